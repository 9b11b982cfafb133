# ruff: noqa: E501  (tables of rules are read line by line)
"""Security groups and network ACLs at their boundaries: ports, shares, order, and what can't be seen."""

from __future__ import annotations

from ipaddress import IPv4Network

import pytest

from dpctl.doctor import firewall
from dpctl.doctor import model as m
from dpctl.doctor import snapshot as s
from dpctl.doctor.snapshot import CannotSee, Unknown

SUBNET = m.Subnet("subnet-1", "vpc-1", "ap-south-1a", "10.0.0.0/24", 10)
ALL = (0, 65535)


def span(cidr):
    """The first and the last address of a block."""
    network = IPv4Network(cidr)
    return int(network.network_address), int(network.broadcast_address)


class Known(dict):
    """Facts by section; Unknown ones can't be seen."""

    def __getitem__(self, section):
        value = super().__getitem__(section.name)
        if isinstance(value, Unknown):
            raise CannotSee(section.name, value)
        return value


def facts(ingress=(), egress=(), lists=(), acls=(), more=()):
    """One group, sg-1, with these rules."""
    groups = (m.SecurityGroup("sg-1", "one", "vpc-1", tuple(ingress), tuple(egress)), *more)
    return Known({s.GROUPS.name: groups, s.PREFIX_LISTS.name: lists, s.ACLS.name: tuple(acls)})


def peer(*cidrs, groups=(), service=""):
    """Somebody at these addresses."""
    return firewall.Peer("them", tuple(span(cidr) for cidr in cidrs), groups, service)


def tcp(first, last, cidr="10.0.0.0/24", **rest):
    """A TCP rule."""
    return m.Rule("tcp", first, last, "" if rest else cidr, **rest)


@pytest.mark.parametrize(
    ("rule", "port", "matches"),
    [
        (tcp(443, 443), 443, True),
        (tcp(443, 443), 442, False),
        (tcp(443, 443), 444, False),
        (tcp(440, 450), 440, True),
        (tcp(440, 450), 450, True),
        (m.Rule("6", 1, 2, "0.0.0.0/0"), 2, True),
        (m.Rule("-1", 0, 65535, "0.0.0.0/0"), 443, True),
        (m.Rule("udp", 443, 443, "0.0.0.0/0"), 443, False),
        (m.Rule("icmp", 0, 65535, "0.0.0.0/0"), 443, False),
    ],
)
def test_a_rule_is_about_a_protocol_and_ports_both_ends_in(rule, port, matches):
    assert firewall.rule_matches(rule, port) is matches


def test_the_direction_decides_which_rules_count():
    known = facts(ingress=[tcp(443, 443)])
    there = peer("10.0.0.0/25")
    inward = firewall.groups_let(known, ["sg-1"], there, 443, outbound=False)
    outward = firewall.groups_let(known, ["sg-1"], there, 443, outbound=True)
    assert (inward.outcome, inward.text) == ("open", "sg-1 lets 443 in from them")
    assert (outward.outcome, outward.text) == ("blocked", "sg-1 has no rule that lets 443 out to them")


def test_a_rule_for_other_ports_does_not_end_the_search():
    known = facts(egress=[tcp(80, 80), tcp(443, 443)])
    assert firewall.groups_let(known, ["sg-1"], peer("10.0.0.0/24"), 443, outbound=True).outcome == "open"


def test_groups_add_up_and_one_that_is_not_there_is_passed_over():
    more = (m.SecurityGroup("sg-2", "two", "vpc-1", (), (tcp(1, 65535, "10.0.0.128/25"),)),)
    known = facts(egress=[tcp(1, 65535, "10.0.0.0/25")], more=more)
    found = firewall.groups_let(known, ["sg-0", "sg-1", "sg-2"], peer("10.0.0.0/24"), 443, outbound=True)
    assert (found.outcome, found.text) == ("open", "sg-1, sg-2 lets 443 out to them")
    half = firewall.groups_let(known, ["sg-1"], peer("10.0.0.0/24"), 443, outbound=True)
    assert (half.outcome, half.text) == ("unknown", "sg-1 lets 443 out to 50% of them")
    none = firewall.groups_let(known, ["sg-0"], peer("10.0.0.0/24"), 443, outbound=True)
    assert (none.outcome, none.text) == ("unknown", "none of the security groups exists")


def test_a_hundredth_that_is_missing_breaks_nothing():
    hundred = (0, 9999)
    known = facts()
    for last, outcome in ((9899, "open"), (9898, "unknown")):
        groups = (m.SecurityGroup("sg-1", "one", "vpc-1", (), (tcp(1, 9, "x"),)),)
        known[s.GROUPS.name] = groups
        block = firewall.block
        firewall.block = lambda cidr, last=last: (0, last)
        try:
            there = firewall.Peer("them", (hundred,))
            assert firewall.groups_let(known, ["sg-1"], there, 5, outbound=True).outcome == outcome
        finally:
            firewall.block = block


def test_a_rule_for_the_peers_group_opens_and_one_for_another_does_not():
    known = facts(ingress=[tcp(5439, 5439, group="sg-9")])
    theirs = firewall.groups_let(known, ["sg-1"], peer(groups=("sg-9",)), 5439, outbound=False)
    assert (theirs.outcome, theirs.text) == ("open", "sg-1 lets 5439 in from sg-9")
    other = firewall.groups_let(known, ["sg-1"], peer("10.0.0.1/32", groups=("sg-8",)), 5439, outbound=False)
    assert other.outcome == "blocked"
    nobody = firewall.groups_let(known, ["sg-1"], peer("10.0.0.1/32"), 5439, outbound=False)
    assert nobody.outcome == "blocked"


AWS_S3 = m.PrefixList("pl-1", "com.amazonaws.ap-south-1.s3", "AWS")
MINE = m.PrefixList("pl-1", "offices", "123", ("10.0.0.0/24",))
HIDDEN = m.PrefixList("pl-1", "offices", "123")


@pytest.mark.parametrize(
    ("lists", "service", "outcome", "permission"),
    [
        ((AWS_S3,), "s3", "open", ""),
        ((AWS_S3,), "dynamodb", "blocked", ""),
        ((AWS_S3,), "", "blocked", ""),
        ((MINE,), "s3", "open", ""),
        ((HIDDEN,), "s3", "unknown", "ec2:GetManagedPrefixListEntries"),
        ((), "s3", "unknown", ""),
        (
            Unknown("ec2:DescribeManagedPrefixLists", "AccessDenied"),
            "s3",
            "unknown",
            "ec2:DescribeManagedPrefixLists",
        ),
    ],
)
def test_prefix_lists(lists, service, outcome, permission):
    known = facts(egress=[tcp(443, 443, prefix_list="pl-1")], lists=lists)
    found = firewall.groups_let(known, ["sg-1"], peer("10.0.0.0/25", service=service), 443, outbound=True)
    assert (found.outcome, found.permission) == (outcome, permission)


def test_the_first_doubt_is_kept_and_a_cidr_after_it_still_counts():
    rules = [tcp(443, 443, prefix_list="pl-1"), tcp(443, 443, prefix_list="pl-2"), tcp(443, 443)]
    lists = (HIDDEN,)
    opened = firewall.groups_let(
        facts(egress=rules, lists=lists), ["sg-1"], peer("10.0.0.9/32"), 443, outbound=True
    )
    assert opened.outcome == "open"
    doubt = firewall.groups_let(
        facts(egress=rules[:2], lists=lists), ["sg-1"], peer("10.0.0.9/32"), 443, outbound=True
    )
    assert (doubt.outcome, doubt.permission) == ("unknown", "ec2:GetManagedPrefixListEntries")
    assert doubt.text == "sg-1: a prefix list may let 443 out to them"


def entry(number, allow, *, egress=True, protocol="tcp", ports=ALL, cidr="0.0.0.0/0"):
    """A rule of an ACL."""
    return m.AclEntry(number, egress, allow, protocol, *ports, cidr)


def lets(*entries, ranges=("10.0.0.0/24",), ports=(443, 443), egress=True):
    """The share, and the rule that takes away most."""
    acl = m.Acl("acl-1", "vpc-1", (SUBNET.id,), False, entries)
    return firewall.acl_lets(acl, [span(cidr) for cidr in ranges], ports, egress=egress)


@pytest.mark.parametrize(
    ("entries", "share", "rule"),
    [
        ((entry(100, True),), 1.0, "the final deny (*)"),
        ((), 0.0, "the final deny (*)"),
        ((entry(100, False), entry(200, True)), 0.0, "rule 100"),
        ((entry(200, True), entry(100, False)), 0.0, "rule 100"),
        ((entry(100, True), entry(200, False)), 1.0, "the final deny (*)"),
        ((entry(100, True, egress=False), entry(200, False)), 0.0, "rule 200"),
        ((entry(100, True, protocol="udp"), entry(200, False)), 0.0, "rule 200"),
        ((entry(100, True, protocol="6"),), 1.0, "the final deny (*)"),
        ((entry(100, True, protocol="-1", ports=(7, 7)),), 1.0, "the final deny (*)"),
        ((entry(100, True, ports=(7, 7)),), 0.0, "the final deny (*)"),
        ((entry(100, True, cidr="10.0.0.0/25"),), 0.5, "the final deny (*)"),
        ((entry(100, False, cidr="10.0.0.0/26"), entry(200, True)), 0.75, "rule 100"),
        ((entry(100, False, cidr="10.0.0.0/26"), entry(200, True, cidr="10.0.0.0/25")), 0.25, "the final deny (*)"),
        ((entry(9, False, cidr="10.0.0.0/27"), entry(10, False, cidr="10.0.0.128/25"), entry(11, True)), 0.375, "rule 10"),
        ((entry(9, False, cidr="10.0.0.0/26"), entry(10, False, cidr="10.0.0.64/26"), entry(11, True)), 0.5, "rule 9"),
        ((entry(32766, False),), 0.0, "rule 32766"),
        ((entry(32767, False),), 0.0, "the final deny (*)"),
    ],
)  # fmt: skip
def test_the_first_rule_of_an_acl_that_matches_decides(entries, share, rule):
    assert lets(*entries) == (pytest.approx(share), rule)


def test_ports_of_an_acl_and_an_address_alone():
    assert lets(entry(100, True, ports=(440, 449)), ports=(440, 459))[0] == pytest.approx(0.5)
    assert lets(entry(100, True, egress=False), egress=False) == (1.0, "the final deny (*)")
    assert lets(entry(100, True), ranges=()) == (0.0, "the final deny (*)")
    assert lets(entry(100, True), ranges=("10.0.0.1/32",)) == (1.0, "the final deny (*)")


def test_which_acl_stands_before_a_subnet():
    named = m.Acl("acl-named", "vpc-1", (SUBNET.id,), False, ())
    default = m.Acl("acl-default", "vpc-1", (), True, ())
    foreign = m.Acl("acl-foreign", "vpc-2", (), True, ())
    other = m.Acl("acl-other", "vpc-1", ("subnet-2",), False, ())
    assert firewall.acl_of(facts(acls=(default, named)), SUBNET) is named
    assert firewall.acl_of(facts(acls=(foreign, other, default)), SUBNET) is default
    assert firewall.acl_of(facts(acls=(foreign, other)), SUBNET) is None


def passes(acls, tests, exact=True):
    """What an ACL says to several tests."""
    return firewall.acl_passes(facts(acls=acls), SUBNET, tests, exact=exact)


OUT = (True, [span("10.0.0.0/24")], (443, 443), "to them")
BACK = (False, [span("10.0.0.0/24")], (1024, 65535), "from them")


def acl(*entries):
    """The ACL of the subnet."""
    return (m.Acl("acl-1", "vpc-1", (SUBNET.id,), False, entries),)


def test_an_acl_passes_when_every_direction_does():
    both = acl(entry(1, True), entry(1, True, egress=False))
    assert passes(both, [OUT, BACK]).text == "acl-1 before subnet-1 passes both ways"
    assert passes(both, [OUT, BACK]).outcome == "open"
    one = passes(acl(entry(1, True)), [OUT, BACK])
    assert one.outcome == "blocked"
    assert one.text == "acl-1 before subnet-1 drops inbound from them: the final deny (*) decides"
    none = passes((), [OUT])
    assert (none.outcome, none.text) == ("unknown", "no network ACL of subnet-1 was found")


def test_a_part_that_is_dropped_is_a_doubt_and_a_later_block_still_blocks():
    half = entry(1, True, cidr="10.0.0.0/25")
    back = entry(1, True, egress=False)
    found = passes(acl(half, back), [OUT, BACK])
    assert found.outcome == "unknown"
    words = "acl-1 before subnet-1 passes 50% of outbound to them; the final deny (*) drops the rest"
    assert found.text == words
    assert passes(acl(half, back), [OUT, BACK], exact=False).text == (
        words + "; AWS's addresses change, so this may or may not do"
    )
    assert passes(acl(half), [OUT, BACK]).outcome == "blocked"
    both = acl(half, entry(1, True, egress=False, cidr="10.0.0.0/26"))
    assert passes(both, [OUT, BACK]).text == words  # the first doubt is told


def test_a_hundredth_of_an_acl_breaks_nothing():
    for last, outcome in ((1000 + 98, "open"), (1000 + 97, "unknown")):
        ports = (1000, 1099)
        rule = acl(entry(1, True, ports=(1000, last)))
        assert passes(rule, [(True, [span("10.0.0.0/24")], ports, "x")]).outcome == outcome
