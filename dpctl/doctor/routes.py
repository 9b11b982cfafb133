"""Routing as a VPC does it: the longest prefix decides; a subnet without a table has the main one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from dpctl.doctor import model as m
from dpctl.doctor import snapshot as s
from dpctl.doctor.addresses import INTERNET, Range, block, boxes, size, split
from dpctl.doctor.requirements import is_endpoint_of
from dpctl.doctor.snapshot import CannotSee, Facts

# Targets whose far side can't be seen: transit gateways, peerings, VPN and Direct Connect, Cloud WAN,
# appliances, firewalls (Gateway Load Balancer endpoints), outposts.
FAR = ("tgw-", "pcx-", "vgw-", "arn:", "eni-", "i-", "vpce-", "lgw-", "cagw-")


@dataclass(frozen=True)
class Choice:
    """A route, and the share of the wanted addresses that it decides about."""

    route: m.Route
    share: float


def table_of(facts: Facts, subnet: m.Subnet) -> m.RouteTable | None:
    """The route table of a subnet: the one it is associated with, or the VPC's main one."""
    tables = facts[s.ROUTES]
    named = next((table for table in tables if subnet.id in table.subnets), None)
    return named or next((table for table in tables if table.main and table.vpc == subnet.vpc), None)


def describe(table: m.RouteTable, subnet: m.Subnet) -> str:
    """A table and all its routes on one line, as evidence."""
    how = "" if subnet.id in table.subnets else " (main)"
    routes = "; ".join(
        f"{route.destination} -> {route.target or 'nothing'}"
        + ("" if route.state == "active" else f" [{route.state}]")
        for route in table.routes
    )
    return f"{table.id}{how}: {routes}"


def lookup(facts: Facts, table: m.RouteTable, ranges: Iterable[Range]) -> list[Choice]:
    """The routes that decide about these addresses, the one with the largest share first."""
    left = boxes(ranges, (0, 0))
    whole = size(left) or 1
    spans: list[tuple[int, Range, m.Route]] = []
    for route in table.routes:
        for span in spans_of(facts, route):
            spans.append((span[1] - span[0], span, route))
    shares: dict[m.Route, float] = {}
    for _, span, route in sorted(spans, key=lambda item: item[0]):
        inside, left = split(left, (*span, 0, 0))
        if inside:
            shares[route] = shares.get(route, 0.0) + size(inside) / whole
    return sorted((Choice(route, share) for route, share in shares.items()), key=lambda choice: -choice.share)


def outward(facts: Facts, table: m.RouteTable) -> list[Choice]:
    """The routes that decide about public addresses. Those of the VPC itself, which may be public ones in
    private use, are none of AWS's.
    """
    return [one for one in lookup(facts, table, INTERNET) if one.route.target != "local"]


def spans_of(facts: Facts, route: m.Route) -> list[Range]:
    """The addresses a route is for; none for AWS's own prefix lists, which are looked at apart."""
    if not route.destination.startswith("pl-"):
        return [block(route.destination)]
    try:
        one = s.find(facts[s.PREFIX_LISTS], route.destination)
    except CannotSee:
        return []
    return [block(cidr) for cidr in one.cidrs] if one and one.cidrs else []


def gateway_endpoint(facts: Facts, table: m.RouteTable, host: str) -> tuple[m.Endpoint | None, bool]:
    """The gateway endpoint of a service (by its host) that a table leads to, and whether its route is
    active.
    """
    for endpoint in facts[s.ENDPOINTS]:
        if endpoint.type.lower() != "gateway" or not is_endpoint_of(endpoint.service, host):
            continue
        route = next((route for route in table.routes if route.target == endpoint.id), None)
        if route or table.id in endpoint.route_tables:
            return endpoint, route is None or route.state == "active"
    return None, False
