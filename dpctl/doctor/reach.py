"""The ways from the connection's network interface to everything it needs, and from the warehouse to S3."""

from __future__ import annotations

from dataclasses import replace

from dpctl.doctor import model as m
from dpctl.doctor import snapshot as s
from dpctl.doctor.paths import Path
from dpctl.doctor.requirements import Destination, destinations, host_of
from dpctl.doctor.snapshot import Facts
from dpctl.doctor.target import address
from dpctl.doctor.toservice import ToService
from dpctl.doctor.towarehouse import ToWarehouse

# What a walk may read; every check that is made of walks declares it.
READS = tuple(
    section.name
    for section in (
        s.CALLER, s.CONNECTION, s.EXPECTED, s.JOBS, s.SUBNETS, s.VPCS, s.VPC_DNS, s.DHCP, s.ROUTES, s.NATS,
        s.ENDPOINTS, s.GROUPS, s.ACLS, s.PREFIX_LISTS, s.WAREHOUSE, s.SECRET, s.ROLE, s.ZONES, s.PEERINGS,
    )
)  # fmt: skip


def walk_all(facts: Facts) -> tuple[Path, ...]:
    """The paths of a connection to everything it needs, computed once for a snapshot.

    Raises CannotSee when the connection is unknown.
    """
    derived = facts.derived
    if "paths" not in derived:
        derived["paths"] = _walk_all(facts)
    return tuple(derived["paths"])


def _walk_all(facts: Facts) -> tuple[Path, ...]:
    connection = facts[s.CONNECTION]
    if connection is None or not connection.subnet:
        return ()
    caller, expected = facts.known(s.CALLER), facts.known(s.EXPECTED)
    region = caller.region if caller else expected.region if expected else _region(facts, connection)
    where = address(connection.properties)
    warehouse = facts.known(s.WAREHOUSE)
    port = warehouse.port if warehouse and warehouse.named(where.host) else where.port
    kind = warehouse.kind if warehouse else ""
    wanted = destinations(
        region, connection, facts.known(s.SECRET), facts.known(s.JOBS) or (), where.host, port, kind
    )
    walks = [(ToService if one.service else ToWarehouse)(facts, connection, one) for one in wanted]
    return tuple(one.path() for one in walks) + _unload(facts, connection, region)


def _region(facts: Facts, connection: m.Connection) -> str:
    """The region of the connection's subnet, by its zone's name (``ap-south-1a``)."""
    subnet = s.find(facts.known(s.SUBNETS) or (), connection.subnet)
    zone = subnet.zone if subnet else connection.zone
    return zone.rstrip("abcdefghijklmnopqrstuvwxyz")


def _unload(facts: Facts, connection: m.Connection, region: str) -> tuple[Path, ...]:
    """The warehouse's own way to S3, where its COPY and UNLOAD go through its subnets.

    Amazon Redshift management guide, "Enhanced VPC routing": without a way to S3 they hang. A warehouse with
    a public address goes out by that.
    """
    warehouse = facts.known(s.WAREHOUSE)
    if warehouse is None or not warehouse.enhanced_vpc_routing or warehouse.public:
        return ()
    to = Destination(
        "s3 from the warehouse",
        host_of("s3", region),
        443,
        "s3",
        True,
        "COPY and UNLOAD, by enhanced VPC routing",
    )
    known = {one.id for one in facts.known(s.SUBNETS) or ()}
    starts = [
        replace(connection, name="", subnet=one, groups=warehouse.groups)
        for one in warehouse.subnets
        if one in known
    ]
    paths = [_of("GC10", ToService(facts, one, to).path()) for one in starts]
    return tuple(next(([path] for path in paths if path.outcome == "blocked"), paths[:1]))


def _of(code: str, path: Path) -> Path:
    """The path with all its hops ascribed to one check."""
    return replace(path, hops=tuple(replace(hop, code=code) for hop in path.hops))
