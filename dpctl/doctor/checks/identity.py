"""The secret, the role and the keys (GC24-GC26)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from dpctl.doctor import snapshot as s
from dpctl.doctor.checks.check import check, ended, skipped, terraform
from dpctl.doctor.finding import Finding, Fix, Result
from dpctl.doctor.policy import decide, principals_of, trusts
from dpctl.doctor.reasons import classify
from dpctl.doctor.snapshot import View
from dpctl.doctor.target import address
from dpctl.layers import STATIC

NEEDED_KEYS = ("username", "password")


@check("GC24", s.CONNECTION, s.SECRET, s.SECRET_KEYS, s.CALLER)
def secret(facts: View) -> Finding:
    """The secret exists, is not to be deleted, has a current value, and Glue was not refused with it."""
    connection = facts[s.CONNECTION]
    if connection is None or not connection.secret:
        return skipped("GC24", "the connection has no secret")
    abroad = _abroad(facts, connection.secret)
    if abroad and facts.known(s.SECRET) is None:
        fix = Fix(
            "manual",
            "Give the secret a key of its own account's, and let its policy and the key's name the role.",
        )
        return ended("GC24", "warn", connection.secret, [abroad, "it can't be seen from here"], fix)
    one = facts[s.SECRET]
    restore = Fix("manual", "Create the secret with the keys username and password, or name another one.")
    if one is None:
        if connection.secret.startswith("arn:"):
            facts[s.CALLER]  # whose account this is must be known to say that it is not there
        return ended("GC24", "fail", connection.secret, [f"{connection.secret} does not exist"], restore)
    evidence = [
        f"{one.name}, last changed {one.changed_at or 'never'}",
        f"owned by {one.owner}" if one.owner else "",
    ]
    if one.deleted_at:
        command = f"aws secretsmanager restore-secret --secret-id {one.arn}"
        fix = Fix("api", "Take the secret back before it is gone.", (command,))
        return ended("GC24", "fail", one.arn, [*evidence, f"scheduled for deletion on {one.deleted_at}"], fix)
    if not one.current:
        return ended("GC24", "fail", one.arn, [*evidence, "no version of it is AWSCURRENT"], restore)
    if abroad and ("alias/aws/" in one.kms_key or not one.kms_key):
        fix = Fix(
            "manual", "Encrypt the secret with a key of your own, and let the key's policy name the role."
        )
        lines = [*evidence, abroad, "it has the default key, which no other account may use"]
        return ended("GC24", "fail", one.arn, lines, fix, inferred=connection.ready)
    wrong, elsewhere = _keys(facts), _host(facts, connection.properties)
    if wrong or elsewhere:
        # Glue takes the host from the connection: READY tells that the secret's is not in its way
        inferred = connection.ready and not wrong
        return ended("GC24", "fail", one.arn, [*evidence, *wrong, *elsewhere], restore, inferred=inferred)
    changed = _later(one.changed_at, connection.validated_at)
    signature = classify(connection.reason) if connection.status.upper() == "FAILED" else None
    if signature and signature.checks[0] == "GC24" and not changed:
        fix = Fix("manual", "Put the user's present password into the secret.")
        return ended("GC24", "fail", one.arn, [*evidence, "the warehouse refused this login"], fix)
    if changed:
        evidence.append(f"changed after the connection's last test ({connection.validated_at})")
        fix = Fix("api", "Test the connection again.", ("dpctl doctor glue-connection --active",))
        return ended("GC24", "warn", one.arn, evidence, fix)
    return ended("GC24", "pass", one.arn, evidence)


def _abroad(facts: View, secret: str) -> str:
    """That the secret is another account's, where it is (Secrets Manager user guide, "Access from another
    account").
    """
    caller, parts = facts.known(s.CALLER), secret.split(":")
    if caller is None or len(parts) < 7 or parts[4] == caller.account:
        return ""
    return f"{secret} is in account {parts[4]}"


def _keys(facts: View) -> list[str]:
    """What is wrong inside the secret, where ``--deep`` looked; its values are never shown."""
    inside = facts.known(s.SECRET_KEYS)
    if inside is None:
        return []
    if not inside.is_json:
        return ["its value is not a JSON object"]
    missing = [key for key in NEEDED_KEYS if key not in {name.lower() for name in inside.keys}]
    held = ", ".join(inside.keys) or "none"
    return [f"it has no key {', '.join(missing)}; it has: {held}"] if missing else []


def _host(facts: View, properties: Mapping[str, str]) -> list[str]:
    """That the secret is about another host, where ``--deep`` looked."""
    inside, where = facts.known(s.SECRET_KEYS), address(properties)
    if inside is None or not inside.is_json or not inside.host or not where.host:
        return []
    same = inside.host.lower() == where.host
    return [] if same else [f"its host is {inside.host}, the connection's is {where.host}"]


def _later(one: str, other: str) -> bool:
    try:
        first, second = datetime.fromisoformat(one), datetime.fromisoformat(other)
        return first.replace(tzinfo=None) > second.replace(tzinfo=None)
    except ValueError:
        return False


@check("GC25", s.CONNECTION, s.ROLE, s.ALLOWED, s.CALLER, s.EXPECTED)
def role(facts: View) -> Finding:
    """Glue may take on the role, and the role may make network interfaces and read the secret."""
    connection, one = facts[s.CONNECTION], facts[s.ROLE]
    signature = classify(connection.reason) if connection and connection.status.upper() == "FAILED" else None
    refused = bool(signature and signature.checks[0] == "GC25" and connection)
    fix = terraform(facts, STATIC, "Give the role the missing permission, and trust glue.amazonaws.com.")
    if one is None:
        return skipped("GC25", "neither the connection, its jobs nor env.yaml name a role")
    if not one.arn:
        return ended("GC25", "fail", one.name, [f"the role {one.name} does not exist"], fix)
    caller = facts.known(s.CALLER)
    trust = trusts(one.trust, "glue.amazonaws.com", caller.account if caller else "")
    evidence = [f"glue.amazonaws.com may take on {one.name}: {trust}"]
    if trust == "denied":
        return ended("GC25", "fail", one.arn, evidence, fix)
    refusals = [d for d in facts[s.ALLOWED] if not d.allowed]
    denied = [d for d in refusals if not d.missing]
    evidence += [f"{d.action} on {d.resource}: {d.decision}" for d in denied]
    evidence += [
        f"{d.action} on {d.resource}: hangs on {', '.join(d.missing)}, whose value is not known here"
        for d in refusals
        if d.missing
    ]
    if denied:
        # the simulator knows no resource policies of other services, and READY means that Glue could
        inferred = bool(connection and connection.ready) and all(d.decision == "implicitDeny" for d in denied)
        return ended("GC25", "fail", one.arn, evidence, fix, inferred=inferred)
    if refused and connection:
        return ended("GC25", "fail", one.arn, [*evidence, f"Glue says: {connection.reason.strip()}"], fix)
    result: Result = "warn" if trust == "unknown" or refusals else "pass"
    checked = ", ".join(dict.fromkeys(d.action for d in facts[s.ALLOWED] if d.allowed))
    return ended("GC25", result, one.arn, [*evidence, f"allowed: {checked}" if checked else ""], fix)


@check("GC26", s.KEYS, s.KEY_POLICIES, s.ROLE, s.CALLER, s.CONNECTION)
def keys(facts: View) -> Finding:
    """The keys that secret and catalog are encrypted with are enabled, and their policies let the role in."""
    connection = facts[s.CONNECTION]
    found = facts[s.KEYS]
    signature = classify(connection.reason) if connection and connection.status.upper() == "FAILED" else None
    if not found:
        if signature and signature.checks[0] == "GC26" and connection:
            fix = Fix("manual", "Let the role use the key that Glue names.")
            return ended("GC26", "fail", connection.name, [f"Glue says: {connection.reason.strip()}"], fix)
        return skipped("GC26", "no key of your own is used")
    role, caller = facts.known(s.ROLE), facts.known(s.CALLER)
    who = caller.arn if caller else ""
    principals = principals_of(role.arn if role else "", caller.account if caller else "", who)
    evidence: list[str] = []
    wrong: list[str] = []
    doubts: list[str] = []
    for key in found:
        evidence.append(f"{key.arn} is {key.state}")
        if key.state != "Enabled":
            wrong.append(f"{key.arn} can't be used: {key.state}")
    for name, policy in facts[s.KEY_POLICIES].items():
        verdict = decide(policy, principals, "kms:Decrypt", ())
        if verdict != "allowed" and principals:
            line = f"the policy of {name} does not let the role decrypt"
            unsure = verdict != "denied" or not role or not role.arn
            (doubts if unsure else wrong).append(line)
    fix = Fix("manual", "Enable the key, and let its policy allow kms:Decrypt to the role.")
    result: Result = "fail" if wrong else "warn" if doubts else "pass"
    arns = ", ".join(key.arn for key in found)
    # a grant lets in whom the policy leaves out (KMS developer guide, "Grants in AWS KMS"); none is asked for
    by_policy = bool(wrong) and all(key.state == "Enabled" for key in found)
    return ended("GC26", result, arns, [*evidence, *wrong, *doubts], fix, inferred=by_policy)


CHECKS = (secret, role, keys)
