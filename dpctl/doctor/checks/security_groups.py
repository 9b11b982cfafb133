"""Security groups on both sides (GC14, GC16-GC18)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from dpctl.doctor import model as m
from dpctl.doctor import snapshot as s
from dpctl.doctor.addresses import block, covered
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
from dpctl.doctor.snapshot import View
from dpctl.layers import CAPTURE, STATIC

TCP = frozenset({"-1", "tcp", "6"})


@check("GC14", walks=True)
def endpoint_groups(facts: View) -> Finding:
    """Each endpoint on the way lets 443 in from the connection."""
    connection = connection_of(facts)
    mine = connection.groups[0] if connection and connection.groups else "the connection's group"
    paths = walk_all(facts)
    closed = next(
        (hop.resource.split(", ")[0] for hop in hops_of(paths, "GC14") if hop.outcome == "blocked"), "sg-..."
    )
    fix = terraform(
        facts,
        STATIC,
        f"Let 443 into {closed} from {mine}.",
        (_authorize("ingress", closed, 443, 443, mine),),
    )
    return from_hops("GC14", paths, lambda _: fix, "no interface endpoint is on the way")


@check("GC16", s.CONNECTION, s.SUBNETS, s.GROUPS, s.ASSOCIATIONS, s.EXPECTED, s.CALLER)
def groups_exist(facts: View) -> Finding:
    """Every security group of the connection exists, in the VPC of its subnet."""
    connection = connection_of(facts)
    if connection is None:
        return skipped("GC16", "the connection has no subnet")
    fix = terraform(facts, CAPTURE, "Give the connection a security group of its VPC.")
    if not connection.groups:
        return ended("GC16", "fail", connection.name, ["the connection has no security group"], fix)
    known, one = facts[s.GROUPS], subnet_of(facts)
    evidence: list[str] = []
    wrong: list[str] = []
    away: list[str] = []
    associations = facts.known(s.ASSOCIATIONS)
    for identity in connection.groups:
        group = s.find(known, identity)
        if group is None:
            name = (
                ""
                if identity.startswith("sg-")
                else ": it is no id of a security group, and a name does not do"
            )
            wrong.append(f"{identity} does not exist{name}")
        elif one and group.vpc != one.vpc and one.vpc not in (associations or {}).get(identity, ()):
            away.append(f"{identity} is in {group.vpc}, the subnet in {one.vpc}")
        else:
            evidence.append(f"{identity} ({group.name}) in {group.vpc}")
    resource, lines = ", ".join(connection.groups), [*evidence, *wrong, *away]
    # a group may be associated with several VPCs (Amazon VPC user guide, "Associate security groups with
    # multiple VPCs")
    # ... and the owner of a shared VPC may share its groups ("Share security groups with Organizations"),
    # which a participant then uses without seeing them
    caller = facts.known(s.CALLER)
    participant = bool(one and one.owner and not (caller and one.owner == caller.account))
    named = all(identity.startswith("sg-") for identity in connection.groups)
    inferred = (participant and named and not away) or (not wrong and associations is None)
    return ended("GC16", "fail" if wrong or away else "pass", resource, lines, fix, inferred=inferred)


@check("GC17", s.CONNECTION, s.SUBNETS, s.GROUPS, s.EXPECTED, s.PREFIX_LISTS)
def self_reference(facts: View) -> Finding:
    """Glue asks for a group that opens all TCP ports to itself: its workers talk to each other."""
    connection, one = connection_of(facts), subnet_of(facts)
    if connection is None:
        return skipped("GC17", "the connection has no subnet")
    known = facts[s.GROUPS]
    groups = [group for identity in connection.groups if (group := s.find(known, identity))]
    if not groups:
        return skipped("GC17", "none of the connection's security groups exists")
    near: list[str] = []
    for group in groups:
        for rule in group.ingress:
            if rule.protocol not in TCP or not _own(facts, rule, group, one):
                continue
            if rule.from_port <= 1 and rule.to_port >= 65535:
                source = rule.group or rule.cidr or rule.prefix_list
                line = f"{group.id} opens all TCP ports to {source}"
                if rule.cidr == "0.0.0.0/0":
                    fix = Fix("manual", f"Name {group.id} itself as the source instead of 0.0.0.0/0.")
                    return ended("GC17", "warn", group.id, [line, "to everybody, not only to itself"], fix)
                return ended("GC17", "pass", group.id, [line])
            source = rule.group or rule.cidr or rule.prefix_list
            near.append(f"{group.id} opens only {rule.from_port}-{rule.to_port} to {source}")
    veiled = next((one for group in groups for one in _veiled(facts, group.ingress)), None)
    if veiled:
        text = f"{veiled} may hold the subnet: what is in it can't be seen"
        return ended(
            "GC17", "warn", groups[0].id, [*near, text], Fix("manual", "Name the group itself as the source.")
        )
    first = groups[0].id
    text = f"Let {first} take all TCP ports (0-65535) from {first}."
    fix = terraform(facts, STATIC, text, (_authorize("ingress", first, 0, 65535, first),))
    evidence = [*near, f"{', '.join(group.id for group in groups)}: no inbound rule opens 0-65535 to itself"]
    return ended("GC17", "fail", first, evidence, fix)


def _own(facts: View, rule: m.Rule, group: m.SecurityGroup, subnet: m.Subnet | None) -> bool:
    """Whether a rule is about the group itself, or about all addresses of the subnet."""
    if rule.group:
        return rule.group == group.id
    if rule.prefix_list and subnet is not None:
        listed = s.find(facts.known(s.PREFIX_LISTS) or (), rule.prefix_list)
        members = [block(cidr) for cidr in (listed.cidrs if listed else None) or ()]
        return covered([block(subnet.block)], members) >= 1.0
    if not rule.cidr or subnet is None:
        return rule.cidr == "0.0.0.0/0"
    return covered([block(subnet.block)], [block(rule.cidr)]) >= 1.0


def _veiled(facts: View, rules: Iterable[m.Rule]) -> Iterator[str]:
    """The prefix lists, none of AWS's own, that rules open all TCP ports to and whose members are unseen."""
    known = facts.known(s.PREFIX_LISTS) or ()
    for rule in rules:
        wide = rule.protocol in TCP and rule.from_port <= 1 and rule.to_port >= 65535
        listed = s.find(known, rule.prefix_list) if rule.prefix_list else None
        aws = listed is not None and listed.name.startswith("com.amazonaws.")
        if wide and rule.prefix_list and not aws and (listed is None or listed.cidrs is None):
            yield rule.prefix_list


@check("GC18", walks=True)
def egress(facts: View) -> Finding:
    """The connection's groups let it out: 443 to every endpoint or the internet, and the warehouse's port."""
    connection = connection_of(facts)
    group = connection.groups[0] if connection and connection.groups else "sg-..."
    port = next((path.to.port for path in walk_all(facts) if path.to.name == "redshift"), 5439)
    text = f"Let {group} out: 443 to the endpoints and to S3, {port} to the warehouse, all TCP to itself."
    out = "--protocol tcp --port 443 --cidr 0.0.0.0/0"
    command = f"aws ec2 authorize-security-group-egress --group-id {group} {out}"
    fix = terraform(facts, STATIC, text, (command, _authorize("egress", group, 0, 65535, group)))
    found = from_hops("GC18", walk_all(facts), lambda _: fix, "no path was walked")
    if found.result not in {"pass", "skip"} or connection is None:
        return found
    silent = _keeps_in(facts, connection)
    return ended("GC18", "fail", group, [*found.evidence, silent], fix) if silent else found


def _keeps_in(facts: View, connection: m.Connection) -> str:
    """What is wrong when no group lets all TCP ports out to itself, which the workers of one job need."""
    known, one = facts[s.GROUPS], subnet_of(facts)
    groups = [group for identity in connection.groups if (group := s.find(known, identity))]
    if not groups or (one and not one.cidr):
        return ""
    for group in groups:
        for rule in group.egress:
            wide = rule.protocol in TCP and rule.from_port <= 1 and rule.to_port >= 65535
            if wide and _own(facts, rule, group, one):
                return ""
        if next(_veiled(facts, group.egress), ""):
            return ""
    return f"{', '.join(group.id for group in groups)} does not let all TCP ports out to itself"


def _authorize(way: str, group: str, first: int, last: int, source: str) -> str:
    ports = f"{first}-{last}" if first != last else str(first)
    return (
        f"aws ec2 authorize-security-group-{way} --group-id {group} --protocol tcp --port {ports} "
        f"--source-group {source}"
    )


CHECKS = (endpoint_groups, groups_exist, self_reference, egress)
