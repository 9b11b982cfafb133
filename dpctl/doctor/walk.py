"""One packet on its way from the connection's network interface: what every walk has in common.

Each hop carries the code of the check it belongs to. A walk goes on after a blocked hop where the rest can
still be judged, so that two faults on one path are both seen; the path *ends* at its first blocked hop. What
can't be seen makes a hop unknown, never blocked; what is blocked only by an inference says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from dpctl.doctor import model as m
from dpctl.doctor import snapshot as s
from dpctl.doctor.addresses import (
    CLIENT_PORTS,
    INTERNET,
    LAST_ADDRESS,
    NAT_PORTS,
    PRIVATE,
    Range,
    block,
    covered,
)
from dpctl.doctor.answers import all_of, name_answer, nat_route, nat_state, public_block, route_answer
from dpctl.doctor.firewall import Answer, Outcome, Peer, acl_passes, groups_let
from dpctl.doctor.paths import Hop, Path
from dpctl.doctor.requirements import Destination
from dpctl.doctor.routes import FAR, lookup, outward, spans_of, table_of
from dpctl.doctor.snapshot import CannotSee, Facts
from dpctl.visible import visible_line


def ranges_of(subnets: Iterable[m.Subnet]) -> tuple[Range, ...]:
    """The addresses in subnets: IPv4 where any of them has some."""
    subnets = tuple(subnets)
    blocks = [one.cidr for one in subnets if one.cidr] or [one.ipv6 for one in subnets if one.ipv6]
    return tuple(block(one) for one in blocks)


class Walk:
    """One packet on its way.

    ``doubt`` is the permission that is missing to know which way it takes. ``elsewhere`` says why a thing
    that is not here may be where it can't be seen: behind a transit gateway, or in the account that owns the
    VPC. ``inferred`` marks what is blocked from here on as a conclusion, not a proof.
    """

    def __init__(self, facts: Facts, connection: m.Connection, to: Destination) -> None:
        self.facts = facts
        self.connection = connection
        self.to = to
        self.hops: list[Hop] = []
        self.doubt = ""
        self.elsewhere = ""
        self.inferred = False

    def path(self) -> Path:
        """Walk, and give the path."""
        subnet = self._subnet()
        if subnet is not None:
            self.inferred = not subnet.cidr  # which family such a packet has can't be told
            self.go(subnet)
        return Path(self.to, tuple(self.hops))

    def go(self, subnet: m.Subnet) -> None:
        """Add the hops after the subnet."""
        raise NotImplementedError

    # -- hops ---------------------------------------------------------------------------------------------

    def add(self, kind: str, resource: str, code: str, ask: Callable[[], Answer] | Answer) -> Outcome:
        """Add a hop; what can't be seen, or hangs on a choice that can't be seen, is unknown."""
        try:
            answer = ask() if callable(ask) else ask
        except CannotSee as blind:
            answer = Answer("unknown", f"{kind} can't be seen", blind.unknown.need)
        if answer.outcome == "blocked" and self.doubt:
            answer = replace(answer, outcome="unknown", permission=self.doubt)
        inferred = answer.outcome == "blocked" and (answer.inferred or self.inferred)
        text, what = visible_line(answer.text), visible_line(resource)
        self.hops.append(
            Hop(kind, what, answer.outcome, text, code, answer.permission, answer.label, inferred)
        )
        return answer.outcome

    def _subnet(self) -> m.Subnet | None:
        identity = self.connection.subnet
        try:
            subnet = s.find(self.facts[s.SUBNETS], identity)
        except CannotSee as blind:
            unseen = Answer("unknown", "subnet can't be seen", blind.unknown.need)
            self.add("subnet", identity, "GC04", unseen)
            return None
        if subnet is None:
            self.add("subnet", identity, "GC04", Answer("blocked", f"{identity} does not exist"))
            return None
        text = f"a network interface with a private address of {subnet.block} in {subnet.zone}"
        self.add("subnet", identity, "GC04", Answer("open", text))
        return subnet

    def shared(self, subnet: m.Subnet) -> str:
        """Why the rest of the VPC can't be seen, where it belongs to another account; else nothing."""
        caller = self.facts.known(s.CALLER)
        if not subnet.owner or (caller and subnet.owner == caller.account):
            return ""
        if caller is None:
            return (
                f"{subnet.vpc} belongs to account {subnet.owner}; whether that is the caller's can't be seen"
            )
        return f"{subnet.vpc} is shared by account {subnet.owner}, and what that owns can't be seen from here"

    def named(self, subnet: m.Subnet, zone: str) -> None:
        """What has a say in the name beside DNS itself; where that can't be seen, the rest is inferred."""
        if self._own_servers(subnet):
            return
        try:
            answer = name_answer(self.facts, self.to.host, zone)
        except CannotSee as blind:
            text = "whether DNS Firewall or a Resolver rule has a say in it can't be seen"
            answer = Answer("unknown", f"{self.to.host}: {text}", blind.unknown.need)
        if answer is None:
            return
        if answer.outcome == "unknown":
            self.inferred = True
            self.elsewhere = self.elsewhere or ("" if answer.permission else answer.text)
        self.add("resolver", subnet.vpc, "GC07", answer)

    def _own_servers(self, subnet: m.Subnet) -> bool:
        """Whether names are asked of other servers than Amazon's: then Resolver has no say in them."""
        vpc = s.find(self.facts.known(s.VPCS) or (), subnet.vpc)
        options = s.find(self.facts.known(s.DHCP) or (), vpc.dhcp_options) if vpc else None
        return bool(options and options.servers and "AmazonProvidedDNS" not in options.servers)

    def far(self, subnet: m.Subnet) -> str:
        """What of the subnet's routes leads to where nothing can be seen; empty when none does."""
        try:
            table = table_of(self.facts, subnet)
        except CannotSee:
            return ""
        routes = [one for one in table.routes if one.state == "active"] if table else []
        targets = [one.target for one in routes if self.may_be_private(one)]
        found = next((target for target in targets if target.startswith(FAR)), "")
        return f"it may be behind {found}: not seen from here" if found else ""

    def may_be_private(self, route: m.Route) -> bool:
        """Whether a route leads to private addresses, or to a list that can't be seen.

        A list that leads to an endpoint is AWS's own, of a gateway endpoint.
        """
        return self._veiled(route) or any(map(_is_private, spans_of(self.facts, route)))

    def _veiled(self, route: m.Route) -> bool:
        """Whether it is a list, not AWS's own, of which nobody told what it holds."""
        listed = route.destination.startswith("pl-") and not route.target.startswith("vpce-")
        return listed and not spans_of(self.facts, route)

    # -- to public addresses ------------------------------------------------------------------------------

    def default_route(self, subnet: m.Subnet) -> Outcome:
        """Add the route hop and what the route leads to; the worst outcome of them."""
        first = len(self.hops)
        try:
            table = table_of(self.facts, subnet)
            choices = outward(self.facts, table) if table else []
        except CannotSee as blind:
            answer = Answer("unknown", "the route table can't be seen", blind.unknown.need)
            return self.add("route", subnet.id, "GC08", answer)
        if table is None:
            missing = Answer("unknown", f"no route table of {subnet.id} was found")
            return self.add("route", subnet.id, "GC08", missing)
        answer = route_answer(table, choices)
        veiled = next((one for one in table.routes if self._veiled(one)), None)
        if not choices and veiled is not None:
            text = f"{table.id}: {veiled.destination} -> {veiled.target}: what the list holds can't be seen"
            answer = Answer("unknown", text, s.PREFIX_LISTS.permission)
        if answer.outcome == "blocked" and self.elsewhere:
            answer = replace(answer, outcome="unknown", text=f"{answer.text}; {self.elsewhere}")
        self.add("route", table.id, "GC08", answer)
        if answer.outcome == "open" and choices[0].route.target.startswith("nat-"):
            self._nat(subnet, choices[0].route.target)
        return Path(self.to, tuple(self.hops[first:])).outcome

    def _nat(self, subnet: m.Subnet, identity: str) -> None:
        """The NAT gateway: its state and kind, its own subnet's route, and the ACL before that subnet."""
        try:
            nat = s.find(self.facts[s.NATS], identity)
        except CannotSee as blind:
            self.add("nat gateway", identity, "GC09", Answer("unknown", "not seen", blind.unknown.need))
            return
        home = s.find(self.facts[s.SUBNETS], nat.subnet) if nat else None
        onward = home if nat and nat.connectivity.lower() != "public" else None
        state = nat_state(self.facts, nat, identity, self.shared(subnet), onward)
        if self.add("nat gateway", identity, "GC09", state) != "open" or home is None:
            return
        self.add("nat route", home.id, "GC09", lambda: nat_route(self.facts, home, identity))
        if onward is None:
            self._public_block(home)
        if home.id != subnet.id:
            near = (block(subnet.block),)
            tests = (
                (False, near, (443, 443), f"443 from {subnet.block}"),
                (True, INTERNET, (443, 443), "443 to public addresses"),
                (False, INTERNET, NAT_PORTS, "answers (1024-65535) from public addresses"),
                (True, near, CLIENT_PORTS, f"answers to {subnet.block}"),
            )
            ask = lambda: acl_passes(self.facts, home, tests, exact=False)  # noqa: E731
            self.add("network acl", home.id, "GC19", ask)

    def _public_block(self, home: m.Subnet) -> None:
        """Whether the region's own switch keeps what leaves a subnet from an internet gateway."""
        try:
            answer = public_block(self.facts, home)
        except CannotSee as blind:
            text = "whether VPC Block Public Access is on can't be seen"
            answer = Answer("unknown", text, blind.unknown.need)
        if answer is not None:
            self.add("public access", home.id, "GC09", answer)

    # -- to something with addresses ----------------------------------------------------------------------

    def outbound(self, subnet: m.Subnet, peer: Peer, port: int) -> None:
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

    def inbound(
        self, subnet: m.Subnet, far: list[m.Subnet], groups: tuple[str, ...], port: int, kind: str, code: str
    ) -> None:
        """The ACLs before the far subnets, and the far side's security groups."""
        near = (block(subnet.block),)
        tests = (
            (False, near, (port, port), f"{port} from {subnet.block}"),
            (True, near, CLIENT_PORTS, f"answers to {subnet.block}"),
        )
        others = [one for one in far if one.id != subnet.id]
        if others:
            self.add(
                "network acl", ", ".join(one.id for one in others), "GC19",
                lambda: all_of([acl_passes(self.facts, one, tests, exact=True) for one in others], len(far)),
            )  # fmt: skip
        peer = Peer(f"the connection ({subnet.block})", near, self.connection.groups)
        self.add(
            kind, ", ".join(groups), code, lambda: groups_let(self.facts, groups, peer, port, outbound=False)
        )

    def local_route(self, subnet: m.Subnet, ranges: tuple[Range, ...], to: str, code: str, vpc: str) -> None:
        """The route to private addresses in a VPC, by default the subnet's own."""

        def ask() -> Answer:
            table = table_of(self.facts, subnet)
            if table is None:
                return Answer("unknown", f"no route table of {subnet.id} was found")
            choices = lookup(self.facts, table, ranges)
            if not choices:
                return Answer("blocked", f"{table.id} has no route to {to}")
            return _private(table, choices[0].route, ranges, to, away=bool(vpc) and vpc != subnet.vpc)

        self.add("route", subnet.id, code, ask)


def _is_private(span: Range) -> bool:
    """Whether a range of addresses is one of IPv4, and not all public: hubs and offices are there."""
    return span[1] <= LAST_ADDRESS and covered([span], INTERNET) < 1.0


def _private(
    table: m.RouteTable, route: m.Route, ranges: tuple[Range, ...], to: str, *, away: bool
) -> Answer:
    """What becomes of a packet to private addresses; ``away`` when they are in another VPC."""
    text = f"{table.id}: {route.destination} -> {route.target}"
    if route.state == "blackhole":
        return Answer("blocked", text + " [blackhole]")
    if route.target == "local":
        why = f"; but {to} is in another VPC, whose addresses these are as well"
        return Answer("blocked", text + why) if away else Answer("open", text)
    if route.target.startswith(FAR) or not route.target:
        return Answer("unknown", f"{text}: the walk ends at {route.target or 'nothing'}, not seen from here")
    if covered(ranges, PRIVATE) >= 1.0:
        return Answer("blocked", f"{text}, which does not lead to private addresses of {to}")
    return Answer("unknown", text)
