"""The way of a packet from the connection's network interface to each destination, hop by hop.

Each hop carries the code of the check it belongs to. A walk goes on after a blocked hop where the rest can
still be judged, so that two faults on one path are both seen; the path *ends* at its first blocked hop. What
can't be seen makes a hop unknown, never blocked.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from dpctl.doctor import model as m
from dpctl.doctor import snapshot as s
from dpctl.doctor.addresses import CLIENT_PORTS, INTERNET, NAT_PORTS, Range, block
from dpctl.doctor.answers import (
    all_of,
    dns_answer,
    endpoint_state,
    inside,
    nat_route,
    nat_state,
    route_answer,
)
from dpctl.doctor.firewall import Answer, Outcome, Peer, acl_passes, groups_let
from dpctl.doctor.paths import Hop, Path
from dpctl.doctor.policy import decide, principals_of
from dpctl.doctor.requirements import ENDPOINT_ACTIONS, Destination, destinations
from dpctl.doctor.routes import gateway_endpoint, lookup, table_of
from dpctl.doctor.snapshot import CannotSee, Facts
from dpctl.doctor.target import address

# What a walk may read; every check that is made of walks declares it.
READS = tuple(
    section.name
    for section in (
        s.CALLER, s.CONNECTION, s.EXPECTED, s.JOBS, s.SUBNETS, s.VPCS, s.VPC_DNS, s.DHCP, s.ROUTES, s.NATS,
        s.ENDPOINTS, s.GROUPS, s.ACLS, s.PREFIX_LISTS, s.WAREHOUSE, s.SECRET, s.ROLE,
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
    region = caller.region if caller else expected.region if expected else ""
    where = address(connection.properties)
    warehouse = facts.known(s.WAREHOUSE)
    port = warehouse.port if warehouse else where.port
    wanted = destinations(
        region, connection, facts.known(s.SECRET), facts.known(s.JOBS) or (), where.host, port
    )
    return tuple(Walk(facts, connection, one).path() for one in wanted)


class Walk:
    """One packet on its way. ``doubt`` is the permission that is missing to know which way it takes."""

    def __init__(self, facts: Facts, connection: m.Connection, to: Destination) -> None:
        self.facts = facts
        self.connection = connection
        self.to = to
        self.hops: list[Hop] = []
        self.doubt = ""

    def path(self) -> Path:
        """Walk, and give the path."""
        subnet = self._subnet()
        if subnet is not None:
            if self.to.service:
                self._to_service(subnet)
            else:
                self._to_warehouse(subnet)
        return Path(self.to, tuple(self.hops))

    # -- hops ---------------------------------------------------------------------------------------------

    def add(self, kind: str, resource: str, code: str, ask: Callable[[], Answer] | Answer) -> Outcome:
        """Add a hop; what can't be seen, or hangs on a choice that can't be seen, is unknown."""
        try:
            answer = ask() if callable(ask) else ask
        except CannotSee as blind:
            answer = Answer("unknown", f"{kind} can't be seen", blind.unknown.permission)
        if answer.outcome == "blocked" and self.doubt:
            answer = replace(answer, outcome="unknown", permission=self.doubt)
        hop = Hop(kind, resource, answer.outcome, answer.text, code, answer.permission, answer.label)
        self.hops.append(hop)
        return answer.outcome

    def _subnet(self) -> m.Subnet | None:
        identity = self.connection.subnet
        try:
            subnet = s.find(self.facts[s.SUBNETS], identity)
        except CannotSee as blind:
            self.add(
                "subnet",
                identity,
                "GC04",
                Answer("unknown", "subnet can't be seen", blind.unknown.permission),
            )
            return None
        if subnet is None:
            self.add("subnet", identity, "GC04", Answer("blocked", f"{identity} does not exist"))
            return None
        text = f"a network interface with a private address of {subnet.cidr} in {subnet.zone}"
        self.add("subnet", identity, "GC04", Answer("open", text))
        return subnet

    # -- to a service of AWS ------------------------------------------------------------------------------

    def _to_service(self, subnet: m.Subnet) -> None:
        candidates = self._interface_endpoints(subnet)
        target = self._resolve(subnet, candidates)
        if self.to.service == "s3" and target is None and self._through_gateway(subnet):
            return
        if target is not None:
            self._through_interface(subnet, target)
            return
        self._through_internet(subnet, candidates)

    def _interface_endpoints(self, subnet: m.Subnet) -> list[m.Endpoint]:
        """The VPC's interface endpoints of the service; sets the doubt when endpoints can't be seen."""
        try:
            endpoints = self.facts[s.ENDPOINTS]
        except CannotSee as blind:
            self.doubt = blind.unknown.permission
            return []
        return [
            one
            for one in endpoints
            if one.type.lower() == "interface"
            and one.vpc == subnet.vpc
            and one.service.endswith(f".{self.to.service}")
        ]

    def _resolve(self, subnet: m.Subnet, candidates: list[m.Endpoint]) -> m.Endpoint | None:
        """Add the DNS hop; the endpoint the name resolves to, or None for the public address."""
        private = [one for one in candidates if one.private_dns]
        chosen = next((one for one in private if one.state.lower() == "available"), next(iter(private), None))
        dns = dns_answer(self.facts, subnet, self.to.host)
        hostnames = self.facts.known(s.VPC_DNS)
        if chosen and dns.outcome == "open" and hostnames and not hostnames.hostnames:
            text = f"enableDnsHostnames is off: {self.to.host} is a public address in spite of {chosen.id}"
            self.add("dns", subnet.vpc, "GC07", Answer("open", text))
            return None
        if dns.permission and chosen:
            self.doubt = self.doubt or dns.permission
        if dns.outcome == "open":
            where = f"the private addresses of {chosen.id}" if chosen else "a public address"
            dns = Answer("open", f"{self.to.host} resolves to {where}")
        self.add("dns", subnet.vpc, "GC07", dns)
        return chosen

    def _why_no_endpoint(self, subnet: m.Subnet, candidates: list[m.Endpoint]) -> Answer:
        if self.doubt:
            return Answer("unknown", "VPC endpoints can't be seen", self.doubt)
        if self.to.service == "sts-global":
            return Answer("blocked", "no endpoint of a region answers for the global STS")
        if not candidates:
            return Answer("blocked", f"{subnet.vpc} has no endpoint for {self.to.service}", label="MISSING")
        one = candidates[0]
        if not one.private_dns:
            return Answer(
                "blocked", f"{one.id} is there, but its private DNS is off: the name does not lead to it"
            )
        text = f"{one.id} is there, but enableDnsHostnames of {subnet.vpc} is off"
        return Answer("blocked", text, label="NO-HOSTNAMES")

    @property
    def endpoint_code(self) -> str:
        """The check that speaks for the endpoint of this destination."""
        return {"sts": "GC12", "sts-global": "GC27", "s3": "GC10"}.get(self.to.service, "GC13")

    def _through_interface(self, subnet: m.Subnet, endpoint: m.Endpoint) -> None:
        subnets = [one for one in self.facts[s.SUBNETS] if one.id in endpoint.subnets]
        ranges = tuple(block(one.cidr) for one in subnets)
        if not ranges:
            self.add("endpoint", endpoint.id, self.endpoint_code, endpoint_state(endpoint, subnets))
            return
        peer = Peer(f"{endpoint.id} ({self.to.service})", ranges, endpoint.groups, self.to.service)
        self._outbound(subnet, peer, 443)
        self._local_route(subnet, ranges, endpoint.id)
        self.add("endpoint", endpoint.id, self.endpoint_code, endpoint_state(endpoint, subnets))
        self._inbound(subnet, subnets, endpoint.groups, 443, "endpoint security group", "GC14")
        self._policy(endpoint)

    def _through_gateway(self, subnet: m.Subnet) -> bool:
        """Whether the route table leads to a gateway endpoint; its hops are added."""
        try:
            table = table_of(self.facts, subnet)
            endpoint, active = gateway_endpoint(self.facts, table, "s3") if table else (None, False)
        except CannotSee as blind:
            self.doubt = self.doubt or blind.unknown.permission
            return False
        if table is None or endpoint is None:
            return False
        self._outbound(subnet, Peer("S3", INTERNET, service="s3", exact=False), 443)
        text = f"{table.id}: S3's prefix list -> {endpoint.id}"
        answer = Answer("open", text) if active else Answer("blocked", text + " [blackhole]")
        self.add("route", table.id, "GC10", answer)
        state = endpoint_state(endpoint, None)
        self.add("endpoint", endpoint.id, "GC10", state)
        self._policy(endpoint)
        return True

    def _policy(self, endpoint: m.Endpoint) -> None:
        if not endpoint.policy:
            return
        role, caller, secret = self._identities()
        principals = principals_of(role.arn if role else "", caller.account if caller else "")
        resources = [secret.arn] if secret and self.to.service == "secretsmanager" else []
        action = ENDPOINT_ACTIONS.get(self.to.service, "")
        verdict = decide(endpoint.policy, principals, action, resources)
        if verdict == "allowed":
            answer = Answer("open", f"the policy of {endpoint.id} allows {action}")
        elif verdict == "denied" and (role is None or not role.arn):
            text = f"the policy of {endpoint.id} allows {action} to some, and the role can't be seen"
            answer = Answer("unknown", text, s.ROLE.permission)
        elif verdict == "denied":
            answer = Answer("blocked", f"the policy of {endpoint.id} does not allow {action} to the role")
        else:
            answer = Answer("unknown", f"the policy of {endpoint.id} allows {action} only under a condition")
        self.add("endpoint policy", endpoint.id, "GC15", answer)

    def _identities(self) -> tuple[m.Role | None, m.Caller | None, m.Secret | None]:
        return self.facts.known(s.ROLE), self.facts.known(s.CALLER), self.facts.known(s.SECRET)

    # -- to the internet ----------------------------------------------------------------------------------

    def _through_internet(self, subnet: m.Subnet, candidates: list[m.Endpoint]) -> None:
        no_endpoint = self._why_no_endpoint(subnet, candidates)
        peer = Peer("public addresses", INTERNET, service=self.to.service, exact=False)
        self._outbound(subnet, peer, 443)
        way = self._default_route(subnet)
        stopped = any(hop.outcome == "blocked" and hop.code in {"GC08", "GC09"} for hop in self.hops)
        if stopped or (way != "open" and no_endpoint.outcome == "unknown"):
            code = "GC07" if no_endpoint.label == "NO-HOSTNAMES" else self.endpoint_code
            self.add("endpoint", subnet.vpc, code, no_endpoint)

    def _default_route(self, subnet: m.Subnet) -> Outcome:
        """Add the route hop and what the route leads to; the worst outcome of them."""
        first = len(self.hops)
        try:
            table = table_of(self.facts, subnet)
            choices = lookup(self.facts, table, INTERNET) if table else []
        except CannotSee as blind:
            answer = Answer("unknown", "the route table can't be seen", blind.unknown.permission)
            return self.add("route", subnet.id, "GC08", answer)
        if table is None:
            return self.add(
                "route", subnet.id, "GC08", Answer("unknown", f"no route table of {subnet.id} was found")
            )
        answer = route_answer(table, choices)
        self.add("route", table.id, "GC08", answer)
        if answer.outcome == "open" and choices[0].route.target.startswith("nat-"):
            self._nat(subnet, choices[0].route.target)
        return Path(self.to, tuple(self.hops[first:])).outcome

    def _nat(self, subnet: m.Subnet, identity: str) -> None:
        """The NAT gateway: its state and kind, its own subnet's route, and the ACL before that subnet."""

        def state() -> Answer:
            return nat_state(s.find(self.facts[s.NATS], identity), identity)

        if self.add("nat gateway", identity, "GC09", state) != "open":
            return
        nat = s.find(self.facts[s.NATS], identity)
        try:
            home = s.find(self.facts[s.SUBNETS], nat.subnet) if nat else None
        except CannotSee:
            home = None
        if home is None:
            return
        self.add("nat route", home.id, "GC09", lambda: nat_route(self.facts, home, identity))
        if home.id != subnet.id:
            near = (block(subnet.cidr),)
            tests = (
                (False, near, (443, 443), f"443 from {subnet.cidr}"),
                (True, INTERNET, (443, 443), "443 to public addresses"),
                (False, INTERNET, NAT_PORTS, "answers (1024-65535) from public addresses"),
                (True, near, CLIENT_PORTS, f"answers to {subnet.cidr}"),
            )
            ask = lambda: acl_passes(self.facts, home, tests, exact=False)  # noqa: E731
            self.add("network acl", home.id, "GC19", ask)

    # -- to the warehouse ---------------------------------------------------------------------------------

    def _to_warehouse(self, subnet: m.Subnet) -> None:
        try:
            warehouse = self.facts[s.WAREHOUSE]
        except CannotSee as blind:
            text = "the warehouse can't be seen"
            self.add("warehouse", self.to.host, "GC20", Answer("unknown", text, blind.unknown.permission))
            return
        if warehouse is None or warehouse.host.lower() != self.to.host.lower():
            text = f"{self.to.host} belongs to no warehouse that can be seen"
            self.add("warehouse", self.to.host, "GC03", Answer("unknown", text))
            return
        self.add("dns", subnet.vpc, "GC07", dns_answer(self.facts, subnet, self.to.host))
        subnets = [one for one in self.facts[s.SUBNETS] if one.id in warehouse.subnets]
        exact = tuple(block(one) for one in warehouse.addresses)
        ranges = exact or tuple(block(one.cidr) for one in subnets)
        if not ranges:
            self.add("warehouse", warehouse.name, "GC20", Answer("unknown", "its addresses can't be seen"))
            return
        self._outbound(subnet, Peer(warehouse.name, ranges, warehouse.groups), warehouse.port)
        self._local_route(subnet, ranges, warehouse.name)
        far = [one for one in subnets if not exact or any(inside(ip, one.cidr) for ip in exact)]
        kind = "warehouse security group"
        self._inbound(subnet, far, warehouse.groups, warehouse.port, kind, "GC21")
        ready = warehouse.status.upper() in {"AVAILABLE", "MODIFYING"}
        answer = Answer(
            "open" if ready else "blocked", f"{warehouse.kind} {warehouse.name} is {warehouse.status}"
        )
        self.add("warehouse", warehouse.name, "GC20", answer)

    # -- what both have -----------------------------------------------------------------------------------

    def _outbound(self, subnet: m.Subnet, peer: Peer, port: int) -> None:
        """The connection's security groups, and the ACL before its subnet in both directions."""
        names = ", ".join(self.connection.groups)
        ask = lambda: groups_let(self.facts, self.connection.groups, peer, port, outbound=True)  # noqa: E731
        self.add("security group", names, "GC18", ask)
        tests = (
            (True, peer.ranges, (port, port), f"{port} to {peer.label}"),
            (False, peer.ranges, CLIENT_PORTS, f"answers from {peer.label}"),
        )
        self.add(
            "network acl", subnet.id, "GC19", lambda: acl_passes(self.facts, subnet, tests, exact=peer.exact)
        )

    def _inbound(
        self, subnet: m.Subnet, far: list[m.Subnet], groups: tuple[str, ...], port: int, kind: str, code: str
    ) -> None:
        """The ACLs before the far subnets, and the far side's security groups."""
        near = (block(subnet.cidr),)
        tests = (
            (False, near, (port, port), f"{port} from {subnet.cidr}"),
            (True, near, CLIENT_PORTS, f"answers to {subnet.cidr}"),
        )
        others = [one for one in far if one.id != subnet.id]
        if others:
            self.add(
                "network acl", ", ".join(one.id for one in others), "GC19",
                lambda: all_of([acl_passes(self.facts, one, tests, exact=True) for one in others], len(far)),
            )  # fmt: skip
        peer = Peer(f"the connection ({subnet.cidr})", near, self.connection.groups)
        self.add(
            kind, ", ".join(groups), code, lambda: groups_let(self.facts, groups, peer, port, outbound=False)
        )

    def _local_route(self, subnet: m.Subnet, ranges: tuple[Range, ...], to: str) -> None:
        def ask() -> Answer:
            table = table_of(self.facts, subnet)
            if table is None:
                return Answer("unknown", f"no route table of {subnet.id} was found")
            choices = lookup(self.facts, table, ranges)
            if not choices:
                return Answer("blocked", f"{table.id} has no route to {to}")
            route = choices[0].route
            text = f"{table.id}: {route.destination} -> {route.target}"
            if route.state == "blackhole":
                return Answer("blocked", text + " [blackhole]")
            return Answer("open" if route.target == "local" else "unknown", text)

        self.add("route", subnet.id, "GC08" if self.to.service else "GC20", ask)
