"""The caller, the connection itself, and what it says (GC00-GC03)."""

from __future__ import annotations

import difflib

from dpctl.doctor import snapshot as s
from dpctl.doctor.checks.check import check, ended, skipped, terraform
from dpctl.doctor.finding import Finding, Fix
from dpctl.doctor.reasons import classify
from dpctl.doctor.snapshot import View
from dpctl.doctor.target import address


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


@check("GC01", s.CONNECTION, s.OTHER_CONNECTIONS, s.EXPECTED)
def connection(facts: View) -> Finding:
    """The connection is there, has a place in a network, and its last test succeeded."""
    one = facts[s.CONNECTION]
    if one is None:
        names = facts[s.OTHER_CONNECTIONS]
        expected = facts[s.EXPECTED]
        near = difflib.get_close_matches(expected.connection if expected else "", names, n=3, cutoff=0.3)
        evidence = ["there is no such connection", f"there is: {', '.join(near or names) or 'none'}"]
        return ended("GC01", "fail", "", evidence, terraform(facts, "ddb-redshift", "Create the connection."))
    lines = [
        f"type {one.type or 'not shown'}, schema version {one.schema_version}, status {one.status or 'none'}",
        f"subnet {one.subnet or 'none'} in {one.zone or 'no zone'}, groups {', '.join(one.groups) or 'none'}",
        f"last test {one.validated_at}" if one.validated_at else "",
    ]
    if not one.subnet:
        lines.append("without a subnet, Glue has no way into the warehouse's VPC")
        fix = terraform(facts, "ddb-redshift", "Give the connection a subnet, a zone and a security group.")
        return ended("GC01", "fail", one.name, lines, fix)
    if one.status.upper() == "FAILED":
        lines.append("FAILED is the result of the last test; it stays until the next one")
        fix = Fix("api", "Test the connection again.", ("dpctl doctor glue-connection --active",))
        return ended("GC01", "fail", one.name, lines, fix)
    return ended("GC01", "pass", one.name, lines)


@check("GC02", s.CONNECTION)
def reason(facts: View) -> Finding:
    """What Glue itself said, and which checks that points to."""
    one = facts[s.CONNECTION]
    if one is None or one.status.upper() != "FAILED":
        return skipped("GC02", "the connection has not failed")
    signature = classify(one.reason)
    said = one.reason.strip() or "(Glue gave no reason)"
    if signature is None:
        fix = Fix("manual", "Read Glue's log group /aws-glue/testconnection.")
        return ended("GC02", "warn", one.name, [said, "no known signature"], fix)
    points = f"{signature.title}: see {', '.join(signature.checks)}"
    return ended("GC02", "pass", one.name, [said, points])


@check("GC03", s.CONNECTION, s.WAREHOUSE, s.EXPECTED)
def properties(facts: View) -> Finding:
    """Host, port and database are the warehouse's, and there is exactly one source of the login."""
    one = facts[s.CONNECTION]
    if one is None:
        return skipped("GC03", "there is no connection")
    where = address(one.properties)
    evidence = [f"connection: {where.host or 'no host'}:{where.port or 'no port'}/{where.database}"]
    wrong: list[str] = []
    if not where.database:
        wrong.append("the database is empty")
    if not one.secret and not one.plaintext_password and one.auth_type != "IAM":
        wrong.append("there is neither a secret nor a login")
    warehouse = facts[s.WAREHOUSE]
    if warehouse is None:
        wrong.append(f"no workgroup or cluster of this region has the host {where.host or '(none)'}")
    else:
        evidence.append(f"{warehouse.kind} {warehouse.name}: {warehouse.host}:{warehouse.port}")
        if where.host != warehouse.host.lower():
            wrong.append("the host is not the warehouse's")
        if where.port != warehouse.port:
            wrong.append(
                f"the port is {where.port or 'no number'}, the warehouse listens on {warehouse.port}"
            )
    fix = terraform(facts, "ddb-redshift", "Set the connection's host, port, database and secret.")
    return ended("GC03", "fail" if wrong else "pass", one.name, [*evidence, *wrong], fix)


CHECKS = (caller, connection, reason, properties)
