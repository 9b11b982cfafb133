"""What an account would be after a change: the same pure checks then tell whether the change is enough."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from dpctl import prices
from dpctl.doctor import model as m
from dpctl.doctor import snapshot as s
from dpctl.doctor.snapshot import Snapshot

Effect = Callable[[Snapshot], Snapshot]

NEW_GROUP = "sg-new"


@dataclass(frozen=True)
class Cost:
    """What a change adds to the bill, in US dollars a month, without traffic.

    A NAT gateway has a public IPv4 address, which is billed as well (Amazon VPC pricing, "Public IPv4
    addresses").
    """

    endpoints: int = 0
    zones: int = 0
    nats: int = 0
    region: str = prices.HOME

    @property
    def monthly(self) -> float:
        """Dollars a month."""
        price = prices.of(self.region)
        hourly = self.endpoints * self.zones * price.endpoint_hour
        hourly += self.nats * (price.nat_hour + price.public_ipv4_hour)
        return prices.HOURS * hourly


def moved(subnet: m.Subnet, groups: tuple[str, ...] = ()) -> Effect:
    """The connection in another subnet, and with other groups where they are given."""

    def effect(snapshot: Snapshot) -> Snapshot:
        one = snapshot[s.CONNECTION]
        if one is None:
            return snapshot
        there = replace(one, subnet=subnet.id, zone=subnet.zone, groups=groups or one.groups)
        return snapshot.having(s.CONNECTION, there)

    return effect


def fixed_properties(snapshot: Snapshot) -> Snapshot:
    """The connection as the ddb-redshift layer writes it: the warehouse's address, TLS enforced."""
    one, warehouse, expected = snapshot[s.CONNECTION], snapshot.known(s.WAREHOUSE), snapshot.known(s.EXPECTED)
    if one is None or warehouse is None:
        return snapshot
    database = expected.database if expected and expected.database else warehouse.database
    url = f"jdbc:redshift://{warehouse.host}:{warehouse.port}/{database}"
    properties = {"JDBC_CONNECTION_URL": url, "JDBC_ENFORCE_SSL": "true"}
    return snapshot.having(s.CONNECTION, replace(one, properties=properties))


def with_self_rules(group: str) -> Effect:
    """All TCP ports in from the group itself, and out to it."""
    rule = m.Rule("tcp", 0, 65535, group=group)
    return lambda snapshot: with_rule(group, rule, outbound=True)(
        with_rule(group, rule, outbound=False)(snapshot)
    )


def with_rule(group: str, rule: m.Rule, *, outbound: bool) -> Effect:
    """One more rule in a security group."""

    def change(one: m.SecurityGroup) -> m.SecurityGroup:
        if one.id != group:
            return one
        if outbound:
            return replace(one, egress=(*one.egress, rule))
        return replace(one, ingress=(*one.ingress, rule))

    return lambda snapshot: snapshot.having(s.GROUPS, tuple(change(one) for one in snapshot[s.GROUPS]))


def missing_endpoints(snapshot: Snapshot, vpc: str, services: Iterable[str]) -> list[str]:
    """The services that the VPC has no interface endpoint for."""
    there = {
        one.service.rsplit(".", 1)[-1]
        for one in snapshot.known(s.ENDPOINTS) or ()
        if one.vpc == vpc and one.type.lower() == "interface"
    }
    return [service for service in services if service not in there]


def with_endpoints(
    vpc: str,
    subnets: tuple[str, ...],
    group: str,
    services: Iterable[str],
    region: str,
    guard: str = NEW_GROUP,
) -> Effect:
    """Interface endpoints for the services that have none.

    They wear ``guard``: a new group that lets ``group`` in, or one that is there.
    """
    services = tuple(services)

    def effect(snapshot: Snapshot) -> Snapshot:
        fresh = tuple(
            m.Endpoint(
                f"vpce-new-{service}", f"com.amazonaws.{region}.{service}", "Interface", "available", vpc,
                subnets, (guard,), (), True,
            )
            for service in missing_endpoints(snapshot, vpc, services)
        )  # fmt: skip
        snapshot = snapshot.having(s.ENDPOINTS, (*snapshot[s.ENDPOINTS], *fresh))
        if guard != NEW_GROUP:
            return snapshot
        inbound = m.Rule("tcp", 443, 443, group=group)
        made = m.SecurityGroup(NEW_GROUP, "endpoints", vpc, (inbound,), ())
        snapshot = snapshot.having(s.GROUPS, (*snapshot[s.GROUPS], made))
        return with_rule(group, m.Rule("tcp", 443, 443, group=NEW_GROUP), outbound=True)(snapshot)

    return effect


def with_s3_gateway(vpc: str, tables: tuple[str, ...], group: str, region: str) -> Effect:
    """An S3 gateway endpoint on these route tables, and the way out to it."""

    def effect(snapshot: Snapshot) -> Snapshot:
        endpoints = snapshot[s.ENDPOINTS]
        mine = next(
            (
                e
                for e in endpoints
                if e.vpc == vpc and e.type.lower() == "gateway" and e.service.endswith(".s3")
            ),
            None,
        )
        if mine:
            more = replace(mine, route_tables=tuple(dict.fromkeys((*mine.route_tables, *tables))))
            endpoints = tuple(more if one is mine else one for one in endpoints)
        else:
            fresh = m.Endpoint("vpce-new-s3", f"com.amazonaws.{region}.s3", "Gateway", "available", vpc)
            endpoints = (*endpoints, replace(fresh, route_tables=tables))
        lists = snapshot.known(s.PREFIX_LISTS) or ()
        s3 = next((one.id for one in lists if one.name.endswith(".s3")), "")
        snapshot = snapshot.having(s.ENDPOINTS, endpoints)
        return (
            with_rule(group, m.Rule("tcp", 443, 443, prefix_list=s3), outbound=True)(snapshot)
            if s3
            else snapshot
        )

    return effect


def chain(*effects: Effect) -> Effect:
    """Several effects, one after the other."""

    def effect(snapshot: Snapshot) -> Snapshot:
        for one in effects:
            snapshot = one(snapshot)
        return snapshot

    return effect


def tables_of(snapshot: Snapshot, subnets: Iterable[str]) -> tuple[str, ...]:
    """The route tables of these subnets."""
    from dpctl.doctor.routes import table_of

    found = [s.find(snapshot[s.SUBNETS], identity) for identity in subnets]
    tables = [table_of(snapshot, one) for one in found if one]
    return tuple(dict.fromkeys(table.id for table in tables if table))
