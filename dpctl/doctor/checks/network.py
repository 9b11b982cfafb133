"""The subnet, its addresses and routes, NAT gateway and network ACLs (GC04-GC06, GC08, GC09, GC19, GC28)."""

from __future__ import annotations

from dpctl.doctor import model as m
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
from dpctl.doctor.paths import Hop, Path, hops_of
from dpctl.doctor.reach import walk_all
from dpctl.doctor.routes import describe, table_of
from dpctl.doctor.snapshot import View
from dpctl.layers import CAPTURE, STATIC

FEW_ADDRESSES = 16
MOVE = "dpctl doctor glue-connection --fix"
# AWS's services whose interface endpoints make a subnet one that needs no way to the internet
DESIGN = ("sts", "secretsmanager", "kms", "glue", "logs", "redshift-data", "redshift-serverless")


@check("GC04", s.CONNECTION, s.SUBNETS, s.EXPECTED)
def subnet(facts: View) -> Finding:
    """The subnet exists, is available, is in the zone the connection names and in the configured VPC."""
    connection = connection_of(facts)
    if connection is None:
        return skipped("GC04", "the connection has no subnet")
    one = subnet_of(facts)
    fix = terraform(facts, CAPTURE, "Point the connection at an existing subnet and its zone.", (MOVE,))
    if one is None:
        gone = [f"{connection.subnet} does not exist"]
        if not connection.subnet.startswith("subnet-"):
            gone.append("it is no id of a subnet: a name does not do")
        return ended("GC04", "fail", connection.subnet, [*gone, *_zone(connection, None)], fix)
    evidence = [f"{one.id}: {one.block} in {one.zone}, {one.vpc}, {one.state}"]
    wrong: list[str] = []
    if one.state != "available":
        wrong.append(f"its state is {one.state}")
    wrong += _zone(connection, one)
    expected = facts[s.EXPECTED]
    if expected and expected.vpc and one.vpc != expected.vpc:
        wrong.append(f"the VPC of env.yaml is {expected.vpc}")
    if not wrong and not one.cidr:
        wrong_family = f"it has IPv6 addresses only ({one.ipv6}); Glue's guide speaks of IPv4 addresses"
        return ended("GC04", "warn", one.id, [*evidence, wrong_family], fix)
    return ended("GC04", "fail" if wrong else "pass", one.id, [*evidence, *wrong], fix)


def _zone(connection: m.Connection, one: m.Subnet | None) -> list[str]:
    """What is wrong with the connection's zone; Glue refuses to start a job without one."""
    if not connection.zone:
        return [f"the connection names no availability zone{f'; the subnet is in {one.zone}' if one else ''}"]
    if one and one.zone_id and connection.zone == one.zone_id:
        return [f"{connection.zone} is the id of the zone; its name is {one.zone}"]
    if one and connection.zone != one.zone:
        return [f"the connection says zone {connection.zone}, the subnet is in {one.zone}"]
    return []


@check("GC05", walks=True)
def expected_subnet(facts: View) -> Finding:
    """The subnet is one of those env.yaml calls private; elsewhere it is luck what it can reach."""
    connection, expected = connection_of(facts), facts[s.EXPECTED]
    if connection is None or not expected or not expected.private_subnets:
        return skipped("GC05", "env.yaml does not say which subnets are meant")
    listed = ", ".join(expected.private_subnets)
    if connection.subnet in expected.private_subnets:
        return ended("GC05", "pass", connection.subnet, [f"{connection.subnet} is one of {listed}"])
    warehouse = facts.known(s.WAREHOUSE)
    evidence = [
        f"{connection.subnet} is none of the private subnets {listed}",
        f"the warehouse is in {', '.join(warehouse.subnets) or 'subnets that are not shown'}"
        if warehouse
        else "",
    ]
    blocked = any(path.outcome == "blocked" for path in walk_all(facts) if path.to.required)
    blocked = blocked or subnet_of(facts) is None
    fix = terraform(
        facts, "static ddb-redshift", f"Move the connection to {expected.subnet or listed}.", (MOVE,)
    )
    return ended("GC05", "fail" if blocked else "warn", connection.subnet, evidence, fix)


@check("GC06", s.CONNECTION, s.SUBNETS, s.JOBS, s.EXPECTED)
def free_addresses(facts: View) -> Finding:
    """Every worker of a job takes an address; the largest job that uses the connection must fit."""
    connection, one = connection_of(facts), subnet_of(facts)
    if connection is None or one is None:
        return skipped("GC06", "the connection has no subnet")
    jobs = [job for job in facts[s.JOBS] if connection.name in job.connections]
    need = max((job.workers for job in jobs), default=0) + 2
    names = ", ".join(f"{job.name} ({job.workers})" for job in jobs)
    evidence = [f"{one.free} free addresses in {one.block}", f"jobs with this connection: {names or 'none'}"]
    result = (
        "pass"
        if not one.cidr
        else "fail"
        if one.free < need
        else "warn"
        if one.free < FEW_ADDRESSES
        else "pass"
    )
    if result == "fail":
        evidence.append(f"{need} are needed: one for each worker, and two to spare")
    fix = terraform(facts, CAPTURE, "Move the connection to a larger subnet, or use fewer workers.", (MOVE,))
    return ended("GC06", result, one.id, evidence, fix)  # type: ignore[arg-type]


@check("GC08", walks=True)
def routes(facts: View) -> Finding:
    """The route table leads to a NAT gateway, or the VPC is made to do without one."""
    connection, one = connection_of(facts), subnet_of(facts)
    if connection is None or one is None:
        return skipped("GC08", "the connection has no subnet")
    paths = walk_all(facts)
    blocked = [hop for hop in hops_of(paths, "GC08", required=True) if hop.outcome == "blocked"]
    fix = terraform(
        facts,
        "static ddb-redshift",
        "Move the connection to a subnet whose route leads to a NAT gateway, or add interface endpoints.",
        (MOVE,),
    )
    if not blocked:
        finding = from_hops("GC08", paths, lambda _: fix, "no path needs a route")
        return (
            finding
            if finding.result != "pass"
            else ended("GC08", "pass", one.id, _table(facts, finding.evidence))
        )
    evidence = _table(facts, [hop.text for hop in blocked])
    with_endpoints = any(
        endpoint.vpc == one.vpc
        and endpoint.type.lower() == "interface"
        and endpoint.service.rsplit(".", 1)[-1] in DESIGN
        for endpoint in facts.known(s.ENDPOINTS) or ()
    )
    far = hops_of([path for path in paths if not path.to.service], "GC08")
    if any(hop in far for hop in blocked):
        evidence.append("the warehouse is outside of the VPC")
    elif with_endpoints and all(hop.label in {"IGW-TRAP", "ISOLATED"} for hop in blocked):
        evidence.append("the VPC has interface endpoints; the subnet relies on them")
        return ended("GC08", "warn", one.id, evidence, fix)
    if _only_s3(paths) and all(hop.label == "ISOLATED" for hop in blocked):
        evidence.append("S3 alone is out of reach, and its gateway endpoint costs nothing")
        return ended("GC08", "warn", one.id, evidence, fix)
    inferred = all(hop.inferred for hop in blocked)
    return ended("GC08", "fail", one.id, evidence, fix, inferred=inferred)


def _only_s3(paths: tuple[Path, ...]) -> bool:
    """Whether of all that is required only S3 can't be reached."""
    return {path.to.service for path in paths if path.to.required and path.outcome == "blocked"} == {"s3"}


def _table(facts: View, lines: tuple[str, ...] | list[str]) -> list[str]:
    subnet = subnet_of(facts)
    table = table_of(facts, subnet) if subnet else None
    return [*([f"{subnet.id}: {describe(table, subnet)}"] if subnet and table else []), *lines]


@check("GC09", walks=True)
def nat(facts: View) -> Finding:
    """The NAT gateway is available, public, and in a subnet that leads to an internet gateway."""
    fix = terraform(facts, STATIC, "Replace the NAT gateway, or lead the route to one that works.")
    return from_hops("GC09", walk_all(facts), lambda _: fix, "no path goes through a NAT gateway")


@check("GC19", walks=True)
def network_acls(facts: View) -> Finding:
    """Network ACLs are stateless: the way out and the way back must both be open, at both ends."""

    def fix(hops: list[Hop]) -> Fix:
        text = "Let the port out and 1024-65535 back in, with a lower rule number than the one that denies."
        subnets = ",".join(dict.fromkeys(one for hop in hops for one in hop.resource.split(", ")))
        see = f"aws ec2 describe-network-acls --filters Name=association.subnet-id,Values={subnets}"
        return Fix("manual", text, (see,))

    return from_hops("GC19", walk_all(facts), fix, "no path was walked")


@check("GC28", s.INTERFACES, s.CONNECTION)
def leftovers(facts: View) -> Finding:
    """Network interfaces that Glue left in the subnet take addresses, and keep it from being deleted."""
    connection = connection_of(facts)
    if connection is None:
        return skipped("GC28", "the connection has no subnet")
    mine = [face for face in facts[s.INTERFACES] if "glue" in face.description.lower()]
    idle = [face for face in mine if face.status == "available"]
    evidence = [f"{len(mine)} network interfaces of Glue in {connection.subnet}, {len(idle)} of them idle"]
    text = "Delete the idle ones once no job runs."
    commands = tuple(
        f"aws ec2 delete-network-interface --network-interface-id {face.id}" for face in idle[:5]
    )
    result = "warn" if len(idle) > FEW_ADDRESSES else "pass"
    return ended("GC28", result, connection.subnet, evidence, Fix("manual", text, commands))  # type: ignore[arg-type]


CHECKS = (subnet, expected_subnet, free_addresses, routes, nat, network_acls, leftovers)
