"""The ways from the connection's network interface to everything it needs, and from the warehouse to S3."""

from __future__ import annotations

from dataclasses import replace

from dpctl.doctor import model as m
from dpctl.doctor import snapshot as s
from dpctl.doctor.paths import Hop, Path
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
        s.PUBLIC_BLOCK, s.PROBE, s.PROFILES, s.RESOLVER_RULES, s.DNS_FIREWALL,
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
    where = address(connection.properties, connection.type)
    warehouse = facts.known(s.WAREHOUSE)
    port = warehouse.port if warehouse and warehouse.named(where.host) else where.port
    kind = warehouse.kind if warehouse else ""
    wanted = destinations(
        region, connection, facts.known(s.SECRET), facts.known(s.JOBS) or (), where.host, port, kind
    )
    walks = [(ToService if one.service else ToWarehouse)(facts, connection, one) for one in wanted]
    probed = {(one.host, one.port): one for one in facts.known(s.PROBE) or ()}
    paths = (one.path() for one in walks)
    settled = tuple(settle(path, probed.get((path.to.host, path.to.port))) for path in paths)
    return settled + _unload(facts, connection, region)


def settle(path: Path, probed: m.Probed | None) -> Path:
    """The path as a probe from the same subnet and groups proves it.

    Where it got through, every hop of the network is open; an endpoint's policy judges requests, of which the
    probe makes none. Where it did not, the path is blocked, though no hop that can be seen says so.
    """
    if probed is None:
        return path
    way = f"{path.to.host} ({', '.join(probed.addresses)})" if probed.addresses else path.to.host
    if probed.open:
        text = f"a probe reached {way} on port {probed.port}: {probed.tls}, {probed.milliseconds} ms"
        proof = "a probe from here got through"
        hops = [
            hop
            if hop.outcome == "open" or hop.kind == "endpoint policy"
            else replace(hop, outcome="open", text=f"{hop.text} ({proof})", inferred=False, permission="")
            for hop in path.hops
        ]
        return replace(path, hops=(*hops, Hop("probe", path.to.name, "open", text, "GC43")))
    text = f"a probe did not get through to {way} on port {probed.port}: {probed.step}: {probed.error}"
    proven = [replace(hop, inferred=False) if hop.outcome == "blocked" else hop for hop in path.hops]
    return replace(path, hops=(*proven, Hop("probe", path.to.name, "blocked", text, "GC43")))


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
