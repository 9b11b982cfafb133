"""Security groups (stateful, any match allows) and network ACLs (stateless, the first match decides)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from dpctl.doctor import model as m
from dpctl.doctor import snapshot as s
from dpctl.doctor.addresses import Range, block, boxes, covered, size, split
from dpctl.doctor.snapshot import CannotSee, Facts

Outcome = Literal["open", "blocked", "unknown"]
ENOUGH = 0.99  # a rule that takes away less than a hundredth (one port of the client range) breaks nothing
_TCP = frozenset({"-1", "tcp", "6"})


@dataclass(frozen=True)
class Peer:
    """The other side of a connection: addresses, security groups, and the service behind a prefix list."""

    label: str
    ranges: tuple[Range, ...]
    groups: tuple[str, ...] = ()
    service: str = ""
    exact: bool = True


@dataclass(frozen=True)
class Answer:
    """Whether something lets through, why, the permission that would tell more, and a word for it.

    ``inferred`` marks a block that is a conclusion from what can be seen, and no proof.
    """

    outcome: Outcome
    text: str
    permission: str = ""
    label: str = ""
    inferred: bool = False


def rule_matches(rule: m.Rule, port: int) -> bool:
    """Whether a rule is about TCP to this port."""
    return rule.protocol in _TCP and rule.from_port <= port <= rule.to_port


def groups_let(facts: Facts, identities: Iterable[str], peer: Peer, port: int, *, outbound: bool) -> Answer:
    """Whether the union of security groups lets TCP to ``port`` out to, or in from, a peer."""
    known = facts[s.GROUPS]
    groups = [group for identity in identities if (group := s.find(known, identity))]
    names = ", ".join(group.id for group in groups) or "no security group"
    way = "out to" if outbound else "in from"
    if not groups:
        return Answer("unknown", "none of the security groups exists")
    ranges: list[Range] = []
    doubt = ""
    for group in groups:
        for rule in group.egress if outbound else group.ingress:
            if not rule_matches(rule, port):
                continue
            if rule.group and rule.group in peer.groups:
                return Answer("open", f"{group.id} lets {port} {way} {rule.group}")
            if rule.prefix_list:
                members, match = _prefix_list(facts, rule.prefix_list, peer)
                if match == "open":
                    return Answer("open", f"{group.id} lets {port} {way} {rule.prefix_list} ({peer.service})")
                doubt = doubt or match
                ranges += members
            elif rule.cidr:
                ranges.append(block(rule.cidr))
    share = covered(peer.ranges, ranges)
    if share >= ENOUGH:
        return Answer("open", f"{names} lets {port} {way} {peer.label}")
    if doubt:
        return Answer(
            "unknown", f"{names}: a prefix list may let {port} {way} {peer.label}", doubt.strip("?")
        )
    if share > 0:
        return Answer("unknown", f"{names} lets {port} {way} {share:.0%} of {peer.label}")
    return Answer("blocked", f"{names} has no rule that lets {port} {way} {peer.label}")


def _prefix_list(facts: Facts, identity: str, peer: Peer) -> tuple[list[Range], str]:
    """The members of a list; or "open" when it is the peer's; or a doubt, with the missing permission."""
    try:
        one = s.find(facts[s.PREFIX_LISTS], identity)
    except CannotSee as blind:
        return [], blind.unknown.need
    if one is None:
        return [], "?"
    if one.cidrs is not None:
        return [block(cidr) for cidr in one.cidrs], ""
    if one.name.startswith("com.amazonaws."):
        return [], "open" if peer.service and one.name.endswith(f".{peer.service}") else ""
    return [], "ec2:GetManagedPrefixListEntries"


def acl_of(facts: Facts, subnet: m.Subnet) -> m.Acl | None:
    """The network ACL before a subnet: the associated one, or the VPC's default."""
    acls = facts[s.ACLS]
    named = next((acl for acl in acls if subnet.id in acl.subnets), None)
    return named or next((acl for acl in acls if acl.default and acl.vpc == subnet.vpc), None)


def acl_lets(acl: m.Acl, ranges: Iterable[Range], ports: Range, *, egress: bool) -> tuple[float, str]:
    """The share of addresses and ports an ACL lets through, and the rule that takes away most."""
    left = boxes(ranges, ports)
    whole = size(left) or 1
    allowed = 0
    worst: tuple[int, str] = (0, "the final deny (*)")
    for entry in sorted(acl.entries, key=lambda entry: entry.number):
        if entry.egress != egress or entry.protocol not in _TCP:
            continue
        low, high = (0, 65535) if entry.protocol == "-1" else (entry.from_port, entry.to_port)
        inside, left = split(left, (*block(entry.cidr), low, high))
        taken = size(inside)
        if entry.allow:
            allowed += taken
        elif taken > worst[0]:
            number = "the final deny (*)" if entry.number >= 32767 else f"rule {entry.number}"
            worst = (taken, number)
    if size(left) > worst[0]:
        worst = (size(left), "the final deny (*)")
    return allowed / whole, worst[1]


def acl_passes(
    facts: Facts, subnet: m.Subnet, tests: Iterable[tuple[bool, Iterable[Range], Range, str]], *, exact: bool
) -> Answer:
    """Whether the ACL before a subnet passes every (egress, addresses, ports, words): both ways, at best."""
    acl = acl_of(facts, subnet)
    if acl is None:
        return Answer("unknown", f"no network ACL of {subnet.id} was found")
    partial = ""
    for egress, ranges, ports, words in tests:
        share, rule = acl_lets(acl, ranges, ports, egress=egress)
        way = "outbound" if egress else "inbound"
        if share <= 0:
            return Answer("blocked", f"{acl.id} before {subnet.id} drops {way} {words}: {rule} decides")
        if share < ENOUGH:
            partial = (
                partial
                or f"{acl.id} before {subnet.id} passes {share:.0%} of {way} {words}; {rule} drops the rest"
            )
    if partial:
        return Answer(
            "unknown", partial + ("" if exact else "; AWS's addresses change, so this may or may not do")
        )
    return Answer("open", f"{acl.id} before {subnet.id} passes both ways")
