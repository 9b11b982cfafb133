"""The caller, the connection itself, and what it says (GC00-GC03)."""

from __future__ import annotations

import difflib

from dpctl.doctor import snapshot as s
from dpctl.doctor.checks.check import check, ended, skipped, terraform
from dpctl.doctor.finding import Finding, Fix, Result
from dpctl.doctor.reasons import NO_DATABASE, classify
from dpctl.doctor.requirements import iam_login
from dpctl.doctor.snapshot import View
from dpctl.doctor.target import JUDGED, Address, address, of_serverless, region_of
from dpctl.layers import CAPTURE


@check("GC00", s.CALLER, s.EXPECTED)
def caller(facts: View) -> Finding:
    """The credentials belong to the account and region of env.yaml."""
    who, expected = facts[s.CALLER], facts[s.EXPECTED]
    evidence = [f"{who.arn} in {who.account}, {who.region}"]
    if expected and who.account != expected.account:
        evidence.append(f"env.yaml is about account {expected.account}")
        fix = Fix("manual", "Log in to the other account.", ("AWS_PROFILE=... dpctl doctor glue-connection",))
        return ended("GC00", "fail", who.account, evidence, fix)
    return ended("GC00", "pass", who.account, evidence)


@check("GC01", s.CONNECTION, s.OTHER_CONNECTIONS, s.EXPECTED, s.WAREHOUSE)
def connection(facts: View) -> Finding:
    """The connection is there, has a place in a network, and its last test succeeded."""
    one = facts[s.CONNECTION]
    if one is None:
        names = facts[s.OTHER_CONNECTIONS]
        expected = facts[s.EXPECTED]
        near = difflib.get_close_matches(expected.connection if expected else "", names, n=3, cutoff=0.3)
        evidence = ["there is no such connection", f"known: {', '.join(near or names) or 'none'}"]
        return ended(
            "GC01", "fail", "", evidence, terraform(facts, "static ddb-redshift", "Create the connection.")
        )
    lines = [
        f"type {one.type or 'not shown'}, schema version {one.schema_version}, status {one.status or 'none'}",
        f"subnet {one.subnet or 'none'} in {one.zone or 'no zone'}, groups {', '.join(one.groups) or 'none'}",
        f"last test {one.validated_at}" if one.validated_at else "",
    ]
    if not one.subnet:
        lines.append("without a subnet, Glue has no way into the warehouse's VPC")
        fix = terraform(facts, CAPTURE, "Give the connection a subnet, a zone and a security group.")
        # one that is public, or elsewhere, is reached from Glue's own network
        warehouse = facts.known(s.WAREHOUSE)
        inferred = one.ready and (warehouse is None or warehouse.public)
        return ended("GC01", "fail", one.name, lines, fix, inferred=inferred)
    if one.status.upper() == "FAILED":
        lines.append("FAILED is the result of the last test; it stays until the next one")
        fix = Fix("api", "Test the connection again.", ("dpctl doctor glue-connection --active",))
        return ended("GC01", "fail", one.name, lines, fix)
    return ended("GC01", "pass", one.name, lines)


@check("GC02", s.CONNECTION, s.LOGS)
def reason(facts: View) -> Finding:
    """What Glue itself said, and which checks that points to."""
    one = facts[s.CONNECTION]
    if one is None or one.status.upper() != "FAILED":
        return skipped("GC02", "the connection has not failed")
    logs = facts.known(s.LOGS)
    logged = [line.text for line in logs.lines if not line.job] if logs else []
    signature = next((found for text in (one.reason, *logged) if (found := classify(text))), None)
    said = one.reason.strip() or "(Glue gave no reason)"
    lines = [said, *(f"its log says: {text}" for text in logged)]
    if signature is None:
        fix = Fix("manual", "Read Glue's log group /aws-glue/testconnection.")
        return ended("GC02", "warn", one.name, [*lines, "no known signature"], fix)
    points = f"{signature.title}: see {', '.join(signature.checks)}"
    return ended("GC02", "pass", one.name, [*lines, points])


@check("GC03", s.CONNECTION, s.WAREHOUSE, s.CALLER, s.EXPECTED)
def properties(facts: View) -> Finding:
    """Host, port and database are the warehouse's, and there is exactly one source of the login."""
    one = facts[s.CONNECTION]
    if one is None:
        return skipped("GC03", "there is no connection")
    where = address(one.properties, one.type)
    if where.engine not in JUDGED:
        host = f"{where.host}:{where.port}" if where.host else "where its own properties say"
        lines = [f"a connection to {where.engine}, {host}: what it is about there can't be seen from here"]
        return ended("GC03", "pass", one.name, lines)
    evidence = [f"connection: {where.host or 'no host'}:{where.port or 'no port'}/{where.database}"]
    # How the driver reads a URL, and where a login comes from, is its own affair: READY says that it could.
    read: list[str] = []
    proven: list[str] = []
    if not where.database:
        read.append("the database is empty")
    if not one.secret and not one.plaintext_password and not iam_login(one):
        read.append("there is neither a secret nor a login")
    signature = classify(one.reason) if one.status.upper() == "FAILED" else None
    if signature and signature.title == NO_DATABASE:
        proven.append(f"Glue says: {one.reason.strip()}")
    warehouse, doubt, others = facts[s.WAREHOUSE], "", False
    if warehouse is not None:
        evidence.append(f"{warehouse.kind} {warehouse.name}: {warehouse.host}:{warehouse.port}")
    if warehouse is None or not warehouse.named(where.host):
        missing, doubt = _nobody(where, facts)
        others = missing and not of_serverless(where.host)  # a cluster's name does not tell its account
        if missing:
            (read if others else proven).append(doubt)
    elif where.port != warehouse.port and not where.cluster:
        differs = f"the port is {where.port or 'no number'}, the warehouse listens on {warehouse.port}"
        (proven if where.port else read).append(differs)
    wrong = [*read, *proven]
    inferred = (others and wrong == [doubt]) or (one.ready and not proven)
    fix = terraform(facts, CAPTURE, "Set the connection's host, port, database and secret.")
    result: Result = "fail" if wrong else "warn" if doubt else "pass"
    return ended("GC03", result, one.name, [*evidence, *(wrong or [doubt])], fix, inferred=inferred)


def _nobody(where: Address, facts: View) -> tuple[bool, str]:
    """Whether a host that no warehouse here has is wrong, and why; it may be somebody's who can't be seen."""
    host = where.host
    caller = facts.known(s.CALLER)
    here = caller.region if caller else ""
    if not host:
        return True, "there is no host"
    serverless, region = of_serverless(host), region_of(host)
    if region and region != here:
        return (
            False,
            f"{host} is in {region}, which was not asked: whether it is there can't be seen from here",
        )
    if serverless:
        account, _, managed = serverless
        if managed:
            return (
                False,
                f"{host} is a Redshift-managed VPC endpoint: what is behind it can't be seen from here",
            )
        if caller and account != caller.account:
            return False, f"{host} belongs to account {account}: it can't be seen from here"
        return True, f"no workgroup of this region has the host {host}"
    if region:
        kind = "cluster" if where.engine == "redshift" else "instance"
        return True, f"no {kind} of this account has the host {host}"
    if where.engine != "redshift":
        return False, f"{host} is no name of RDS's own (a server elsewhere): not seen from here"
    return False, f"{host} is no name of Redshift's own (a custom domain, or PrivateLink): not seen from here"


CHECKS = (caller, connection, reason, properties)
