# ruff: noqa: E501  (tables of rules are read line by line)
"""Routing at its boundaries: the longest prefix, shares, the main table, gateway endpoints."""

from __future__ import annotations

from ipaddress import IPv4Network

import pytest

from dpctl.doctor import model as m
from dpctl.doctor import routes
from dpctl.doctor import snapshot as s
from dpctl.doctor.snapshot import CannotSee, Unknown

SUBNET = m.Subnet("subnet-1", "vpc-1", "ap-south-1a", "10.0.0.0/24", 10)
HOST = "s3.ap-south-1.amazonaws.com"


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


def facts(tables=(), lists=(), endpoints=()):
    """What is known of the network."""
    return Known(
        {s.ROUTES.name: tuple(tables), s.PREFIX_LISTS.name: lists, s.ENDPOINTS.name: tuple(endpoints)}
    )


def table(*pairs, name="rtb-1", vpc="vpc-1", main=False, subnets=(SUBNET.id,)):
    """A table with routes from (destination, target)."""
    return m.RouteTable(name, vpc, main, tuple(subnets), tuple(m.Route(*pair) for pair in pairs))


def test_a_subnet_has_its_own_table_or_the_main_one_of_its_vpc():
    own, main = table(), table(name="rtb-main", main=True, subnets=())
    foreign = table(name="rtb-foreign", vpc="vpc-2", main=True, subnets=())
    other = table(name="rtb-other", subnets=("subnet-2",))
    assert routes.table_of(facts([foreign, main, own]), SUBNET) is own
    assert routes.table_of(facts([foreign, other, main]), SUBNET) is main
    assert routes.table_of(facts([foreign, other]), SUBNET) is None


def test_a_table_as_evidence():
    pairs = (("10.0.0.0/16", "local"), ("0.0.0.0/0", "nat-1", "blackhole"), ("1.0.0.0/8", ""))
    text = "10.0.0.0/16 -> local; 0.0.0.0/0 -> nat-1 [blackhole]; 1.0.0.0/8 -> nothing"
    assert routes.describe(table(*pairs), SUBNET) == f"rtb-1: {text}"
    assert routes.describe(table(*pairs, subnets=()), SUBNET) == f"rtb-1 (main): {text}"


def looked(pairs, *cidrs, lists=()):
    """The targets that decide, with their shares."""
    found = routes.lookup(facts(lists=lists), table(*pairs), [span(cidr) for cidr in cidrs])
    return [(choice.route.target, round(choice.share, 4)) for choice in found]


@pytest.mark.parametrize(
    ("pairs", "cidrs", "found"),
    [
        ((("0.0.0.0/0", "igw-1"),), ["1.2.3.4/32"], [("igw-1", 1.0)]),
        ((("0.0.0.0/0", "igw-1"), ("10.0.0.0/16", "local")), ["10.0.1.0/24"], [("local", 1.0)]),
        ((("10.0.0.0/16", "local"), ("0.0.0.0/0", "igw-1")), ["10.0.1.0/24"], [("local", 1.0)]),
        ((("0.0.0.0/0", "a"), ("10.0.0.0/8", "b"), ("10.0.0.0/25", "c")), ["10.0.0.0/24"], [("c", 0.5), ("b", 0.5)]),
        ((("0.0.0.0/0", "a"), ("10.0.0.0/26", "c")), ["10.0.0.0/24"], [("a", 0.75), ("c", 0.25)]),
        ((("10.0.0.0/26", "c"), ("10.0.0.64/26", "d"), ("10.0.0.0/24", "e")), ["10.0.0.0/24"], [("e", 0.5), ("c", 0.25), ("d", 0.25)]),
        ((("10.1.0.0/16", "far"),), ["10.0.0.0/24"], []),
        ((("0.0.0.0/0", "a"),), [], []),
        ((("0.0.0.0/0", "a"), ("1.0.0.0/8", "b")), ["1.0.0.0/9", "2.0.0.0/9"], [("b", 0.5), ("a", 0.5)]),
        ((("1.2.3.4/32", "host"), ("0.0.0.0/0", "a")), ["1.2.3.4/31"], [("host", 0.5), ("a", 0.5)]),
    ],
)  # fmt: skip
def test_the_longest_prefix_decides(pairs, cidrs, found):
    assert looked(pairs, *cidrs) == found


def test_prefix_lists_route_what_is_in_them_and_awss_own_nothing():
    pairs = (("pl-1", "tgw-1"), ("0.0.0.0/0", "nat-1"))
    mine = m.PrefixList("pl-1", "offices", "1", ("10.0.0.0/25", "10.0.1.0/24"))
    assert looked(pairs, "10.0.0.0/24", lists=(mine,)) == [("tgw-1", 0.5), ("nat-1", 0.5)]
    assert looked(pairs, "10.0.0.0/23", lists=(mine,)) == [("tgw-1", 0.75), ("nat-1", 0.25)]
    for lists in (
        (),
        (m.PrefixList("pl-1", "com.amazonaws.x.s3", "AWS"),),
        (m.PrefixList("pl-1", "x", "1", ()),),
    ):
        assert looked(pairs, "10.0.0.0/24", lists=lists) == [("nat-1", 1.0)]
    unseen = Unknown("ec2:DescribeManagedPrefixLists", "AccessDenied")
    assert looked(pairs, "10.0.0.0/24", lists=unseen) == [("nat-1", 1.0)]


def endpoint(name="vpce-1", kind="Gateway", service="com.amazonaws.ap-south-1.s3", tables=()):
    """An endpoint."""
    return m.Endpoint(name, service, kind, "available", "vpc-1", route_tables=tuple(tables))


@pytest.mark.parametrize(
    ("endpoints", "pairs", "found"),
    [
        ([endpoint()], [("pl-1", "vpce-1")], ("vpce-1", True)),
        ([endpoint()], [("pl-1", "vpce-1", "blackhole")], ("vpce-1", False)),
        ([endpoint(tables=["rtb-1"])], [], ("vpce-1", True)),
        ([endpoint(tables=["rtb-2"])], [], (None, False)),
        ([endpoint(tables=["rtb-1"])], [("pl-1", "vpce-1", "blackhole")], ("vpce-1", False)),
        ([endpoint()], [("0.0.0.0/0", "nat-1")], (None, False)),
        ([endpoint(kind="Interface", tables=["rtb-1"])], [("pl-1", "vpce-1")], (None, False)),
        ([endpoint(kind="gateway")], [("pl-1", "vpce-1")], ("vpce-1", True)),
        ([endpoint(service="com.amazonaws.ap-south-1.dynamodb")], [("pl-1", "vpce-1")], (None, False)),
        ([endpoint(service="com.amazonaws.ap-south-1.dynamodb"), endpoint("vpce-2")], [("pl-1", "vpce-2")], ("vpce-2", True)),
        ([endpoint(), endpoint("vpce-2")], [("0.0.0.0/0", "nat-1"), ("pl-1", "vpce-2")], ("vpce-2", True)),
        ([], [], (None, False)),
    ],
)  # fmt: skip
def test_the_gateway_endpoint_that_a_table_leads_to(endpoints, pairs, found):
    one, active = routes.gateway_endpoint(facts(endpoints=endpoints), table(*pairs), HOST)
    assert (one and one.id, active) == found
