"""The network of env.yaml as remedies: its parts one by one, so that a fix takes what heals and no more."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from dpctl.config.endpoints import INTERFACE_ENDPOINTS
from dpctl.doctor import aims, whatif
from dpctl.doctor import model as m
from dpctl.doctor.endpoints import needed_services
from dpctl.doctor.remedies import Remedy
from dpctl.doctor.snapshot import CannotSee, Snapshot
from dpctl.layers import STATIC


def networks(snapshot: Snapshot, expected: m.Expected | None) -> list[tuple[Remedy, ...]]:
    """What the static layer makes of the network, the least first; nothing outside of the live tree."""
    whole = whole_network(snapshot, expected)
    if expected is None or whole is None:
        return []
    parts = list(_parts(snapshot, expected))
    few = [some for size in range(1, len(parts) + 1) for some in combinations(parts, size)]
    return [*few, (whole,)]


def whole_network(snapshot: Snapshot, expected: m.Expected | None) -> Remedy | None:
    """All of env.yaml's network; None outside of the live tree, and where it can't be seen."""
    if expected is None or not expected.env or not expected.vpc or not expected.private_subnets:
        return None
    try:
        return _whole(snapshot, expected)
    except CannotSee:
        return None


def _parts(snapshot: Snapshot, expected: m.Expected) -> Iterator[Remedy]:
    group, subnets = expected.database_group, expected.private_subnets
    if group:
        words = f"put the rules of {group} for itself back"
        yield Remedy(words, whatif.with_self_rules(group), layers=(STATIC,), targets=aims.SELF_RULES)
    tables = whatif.tables_of(snapshot, subnets)
    gateway = whatif.with_s3_gateway(expected.vpc, tables, group, expected.region)
    words = "S3's gateway endpoint for the private subnets, and the way out to it"
    yield Remedy(words, gateway, layers=(STATIC,), targets=aims.S3)
    if expected.egress != "endpoints":
        return
    needed = [one for one in needed_services(snapshot) if one in INTERFACE_ENDPOINTS]
    yield _endpoints(snapshot, expected, needed)


def _endpoints(snapshot: Snapshot, expected: m.Expected, services: list[str]) -> Remedy:
    """Interface endpoints of env.yaml, and the rules of their group."""
    fresh, zones = whatif.missing_endpoints(snapshot, expected.vpc, services), len(expected.private_subnets)
    effect = whatif.with_endpoints(
        expected.vpc, expected.private_subnets, expected.database_group, services, expected.region
    )
    words = "put the rules of the interface endpoints back"
    if fresh:
        words = f"interface endpoints for {', '.join(fresh)} in {zones} zones, with their security group"
    cost = whatif.Cost(len(fresh), zones, region=expected.region)
    return Remedy(words, effect, layers=(STATIC,), targets=aims.endpoints(fresh), cost=cost)


def _whole(snapshot: Snapshot, expected: m.Expected) -> Remedy:
    """All of the network, whatever else env.yaml asks of it."""
    group, region = expected.database_group, expected.region
    tables = whatif.tables_of(snapshot, expected.private_subnets)
    effects = [
        whatif.with_self_rules(group),
        whatif.with_s3_gateway(expected.vpc, tables, group, region),
    ]
    words, cost = "all of env.yaml's network (egress: nat)", whatif.Cost(nats=1, region=region)
    if expected.egress == "endpoints":
        every = _endpoints(snapshot, expected, list(INTERFACE_ENDPOINTS))
        effects, cost = [*effects, every.effect], every.cost
        words = f"all of env.yaml's network: {every.text}, S3's gateway endpoint, the security groups' rules"
    return Remedy(words, whatif.chain(*effects), layers=(STATIC,), targets=(aims.NETWORK,), cost=cost)
