"""The warehouse: its state, its security groups, its subnets, and TLS (GC20-GC23)."""

from __future__ import annotations

import re

from dpctl.doctor import snapshot as s
from dpctl.doctor.checks.check import (
    check,
    connection_of,
    ended,
    from_hops,
    skipped,
    subnet_of,
    terraform,
)
from dpctl.doctor.finding import Finding, Fix
from dpctl.doctor.paths import hops_of
from dpctl.doctor.reach import walk_all
from dpctl.doctor.reasons import classify
from dpctl.doctor.snapshot import View
from dpctl.layers import CAPTURE, STATIC

# Amazon Redshift management guide, "Considerations when using Amazon Redshift Serverless": with enhanced VPC
# routing three zones, and free addresses by base capacity (RPU); without it three addresses in each subnet.
FREE_BY_CAPACITY = ((8, 9), (16, 13), (32, 13), (64, 21), (128, 37), (256, 69), (512, 133))
PLAIN_FREE = 3
UNOFFERED = re.compile(r"not supported by server", re.IGNORECASE)  # Connector/J's words
UNTRUSTED = re.compile(r"pkix|certificat|trust", re.IGNORECASE)
TRUST = (
    "TLS is on at both sides, and the certificate is not trusted: use the driver's present version, or give "
    "the connection the certificate (JDBC_ENFORCE_SSL with CUSTOM_JDBC_CERT)."
)


@check("GC20", walks=True)
def available(facts: View) -> Finding:
    """The warehouse is available, and in a network the connection's subnet has a route to."""
    warehouse = facts[s.WAREHOUSE]
    if warehouse is None:
        return skipped("GC20", "the connection's host belongs to no warehouse that can be seen")
    fix = terraform(facts, STATIC, "Bring the warehouse up, in the VPC of the connection.")
    evidence = [
        f"{warehouse.kind} {warehouse.name} is {warehouse.status} in {warehouse.vpc or 'a VPC not shown'}"
    ]
    if warehouse.up is False:
        return ended("GC20", "fail", warehouse.name, evidence, fix)
    broken = [hop for hop in hops_of(walk_all(facts), "GC20") if hop.outcome == "blocked"]
    if broken:
        lines = [*evidence, *(hop.text for hop in broken)]
        inferred = all(hop.inferred for hop in broken)
        return ended("GC20", "fail", warehouse.name, lines, fix, inferred=inferred)
    one = subnet_of(facts)
    if warehouse.public:
        evidence.append("it is publicly accessible")
    elsewhere = one is not None and warehouse.vpc and warehouse.vpc != one.vpc
    if elsewhere and one is not None:
        evidence.append(f"the connection's subnet is in {one.vpc}")
    text = "Turn public access off." if warehouse.public else "Check the peering between the two VPCs."
    if warehouse.up is None:
        text = "Whether it takes connections in this state is not known here: wait, and test again."
    result = "warn" if warehouse.public or elsewhere or warehouse.up is None else "pass"
    return ended("GC20", result, warehouse.name, evidence, Fix("manual", text))  # type: ignore[arg-type]


@check("GC21", walks=True)
def inbound(facts: View) -> Finding:
    """The warehouse's security groups let its port in from the connection."""
    warehouse, connection = facts[s.WAREHOUSE], connection_of(facts)
    if warehouse is None or connection is None:
        return skipped("GC21", "there is no warehouse to get to")
    into = next(iter(warehouse.groups), "sg-...")
    source = next(iter(connection.groups), "sg-...")
    text = f"Let {warehouse.port} into {into} from {source} (the group, since Glue's addresses change)."
    command = (
        f"aws ec2 authorize-security-group-ingress --group-id {into} --protocol tcp "
        f"--port {warehouse.port} --source-group {source}"
    )
    fix = terraform(facts, STATIC, text, (command,))
    found = from_hops("GC21", walk_all(facts), lambda _: fix, "no path to the warehouse was walked")
    if found.result != "pass":
        return found
    wide = [
        f"{group.id} opens {warehouse.port} to everybody"
        for identity in warehouse.groups
        if (group := s.find(facts[s.GROUPS], identity))
        for rule in group.ingress
        if rule.cidr in {"0.0.0.0/0", "::/0"} and rule.from_port <= warehouse.port <= rule.to_port
    ]
    if wide:
        return ended("GC21", "warn", into, [*found.evidence, *wide], Fix("manual", "Name the group instead."))
    return found


@check("GC22", s.WAREHOUSE, s.SUBNETS, s.EXPECTED)
def subnets(facts: View) -> Finding:
    """A workgroup needs several zones and addresses to spare when it changes its size."""
    warehouse = facts[s.WAREHOUSE]
    if warehouse is None or warehouse.kind != "workgroup":
        return skipped("GC22", "there is no workgroup")
    found = [one for one in facts[s.SUBNETS] if one.id in warehouse.subnets]
    if not found:
        return skipped("GC22", "the workgroup's subnets are not shown")
    zones = {one.zone for one in found}
    routed = warehouse.enhanced_vpc_routing
    need_zones = 3 if routed else 2
    need_free = _need(warehouse.base_capacity) if routed else PLAIN_FREE
    evidence = [f"{one.id} in {one.zone}: {one.free} free addresses" for one in found]
    wrong: list[str] = []
    if len(zones) < need_zones:
        wrong.append(f"{len(zones)} zones; {need_zones} are needed")
    wrong += [
        f"{one.id} has {one.free} free addresses; {need_free} are needed"
        for one in found
        if one.free < need_free
    ]
    fix = terraform(facts, STATIC, "Give the workgroup larger subnets, in more zones.")
    return ended("GC22", "warn" if wrong else "pass", warehouse.name, [*evidence, *wrong], fix)


def _need(capacity: int) -> int:
    return next((need for limit, need in FREE_BY_CAPACITY if capacity <= limit), FREE_BY_CAPACITY[-1][1])


@check("GC23", s.CONNECTION, s.WAREHOUSE, s.EXPECTED)
def tls(facts: View) -> Finding:
    """A workgroup with require_ssl refuses a connection that does not enforce TLS."""
    connection, warehouse = facts[s.CONNECTION], facts[s.WAREHOUSE]
    if connection is None or warehouse is None:
        return skipped("GC23", "there is no warehouse")
    enforced = any(
        connection.properties.get(key, "").lower() == "true" for key in ("ENFORCE_SSL", "JDBC_ENFORCE_SSL")
    )
    evidence = [f"require_ssl {warehouse.require_ssl}", f"the connection enforces TLS: {enforced}"]
    fix = terraform(facts, CAPTURE, "Set JDBC_ENFORCE_SSL (or ENFORCE_SSL) to true.")
    signature = classify(connection.reason) if connection.status.upper() == "FAILED" else None
    if warehouse.require_ssl and not enforced:
        # whether the driver asks for TLS by itself is not seen; a test that succeeded says that it does
        return ended("GC23", "fail", warehouse.name, evidence, fix, inferred=connection.ready)
    if signature and "GC23" in signature.checks:
        evidence.append(f"Glue says: {connection.reason.strip()}")
        if enforced and UNOFFERED.search(connection.reason):
            text = "Turn TLS on at the server; or let the connection do without (JDBC_ENFORCE_SSL: false)."
            return ended("GC23", "fail", connection.name, evidence, Fix("manual", text))
        if enforced and not UNTRUSTED.search(connection.reason):
            evidence.append("TLS is enforced since; the words are those of the last test")
            retest = Fix("api", "Test the connection again.", ("dpctl doctor glue-connection --active",))
            return ended("GC23", "warn", connection.name, evidence, retest)
        return ended("GC23", "fail", connection.name, evidence, Fix("manual", TRUST) if enforced else fix)
    return ended("GC23", "pass", warehouse.name, evidence)


CHECKS = (available, inbound, subnets, tls)
