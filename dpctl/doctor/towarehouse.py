"""The way to the warehouse: by private addresses, or by its public one where only that can be had."""

from __future__ import annotations

from dataclasses import replace

from dpctl.doctor import model as m
from dpctl.doctor import snapshot as s
from dpctl.doctor.addresses import INTERNET, block
from dpctl.doctor.answers import dns_answer, inside
from dpctl.doctor.firewall import Answer, Outcome, Peer, groups_let
from dpctl.doctor.routes import FAR, lookup, table_of
from dpctl.doctor.snapshot import CannotSee
from dpctl.doctor.target import region_of
from dpctl.doctor.walk import Walk, ranges_of


class ToWarehouse(Walk):
    """A packet to the warehouse's port."""

    def go(self, subnet: m.Subnet) -> None:
        """Find whose the host is, and go there."""
        try:
            warehouse = self.facts[s.WAREHOUSE]
        except CannotSee as blind:
            text = "the warehouse can't be seen"
            self.add("warehouse", self.to.host, "GC20", Answer("unknown", text, blind.unknown.need))
            return
        if warehouse is None or not warehouse.named(self.to.host):
            self._unseen(subnet)
            return
        dns = dns_answer(self.facts, subnet, self.to.host)
        self.add("dns", subnet.vpc, "GC07", dns)
        if dns.outcome != "blocked":
            self.named(subnet, "")
        if warehouse.public and warehouse.vpc and warehouse.vpc != subnet.vpc:
            public = self._public_name(subnet, warehouse)
            if public:
                self._by_public_address(subnet, warehouse, public)
                return
        self._by_private_addresses(subnet, warehouse)

    def _unseen(self, subnet: m.Subnet) -> None:
        """A host of nobody's here: a PrivateLink endpoint of this VPC, or somewhere that can't be seen."""
        endpoint = next(
            (
                one
                for one in self.facts.known(s.ENDPOINTS) or ()
                if one.id in self.to.host and one.vpc == subnet.vpc and one.id
            ),
            None,
        )
        if endpoint is None:
            text = f"{self.to.host} belongs to no warehouse that can be seen from here"
            self.elsewhere = self.shared(subnet) or self.far(subnet)
            self.inferred = True  # its address may still be one of this VPC
            region = region_of(self.to.host)
            if region and not subnet.zone.startswith(region) and not self.elsewhere:
                self.default_route(subnet)
            self.add("warehouse", self.to.host, "GC03", Answer("unknown", text))
            return
        subnets = [one for one in self.facts[s.SUBNETS] if one.id in endpoint.subnets]
        if ranges_of(subnets):
            self.outbound(subnet, Peer(endpoint.id, ranges_of(subnets), endpoint.groups), self.to.port)
            self.inbound(subnet, subnets, endpoint.groups, self.to.port, "endpoint security group", "GC14")
        text = f"{endpoint.id} leads to {endpoint.service}: what is behind it can't be seen from here"
        self.add("warehouse", endpoint.id, "GC20", Answer("unknown", text))

    def _by_private_addresses(self, subnet: m.Subnet, warehouse: m.Warehouse) -> None:
        subnets = [one for one in self.facts[s.SUBNETS] if one.id in warehouse.subnets]
        exact = tuple(block(one) for one in warehouse.addresses)
        ranges = exact or ranges_of(subnets)
        if not ranges:
            self.add("warehouse", warehouse.name, "GC20", Answer("unknown", "its addresses can't be seen"))
            return
        self.outbound(subnet, Peer(warehouse.name, ranges, warehouse.groups), warehouse.port)
        self.local_route(subnet, ranges, warehouse.name, "GC20", warehouse.vpc)
        far = [one for one in subnets if not exact or any(inside(ip, one.block) for ip in exact if one.block)]
        kind = "warehouse security group"
        self.inbound(subnet, far, warehouse.groups, warehouse.port, kind, "GC21")
        self._state(warehouse)

    def _state(self, warehouse: m.Warehouse) -> None:
        text = f"{warehouse.kind} {warehouse.name} is {warehouse.status or 'in no state that is shown'}"
        outcome: Outcome = "unknown" if warehouse.up is None else "open" if warehouse.up else "blocked"
        self.add("warehouse", warehouse.name, "GC20", Answer(outcome, text))

    # -- a warehouse with a public address, in another VPC ------------------------------------------------

    def _public_name(self, subnet: m.Subnet, warehouse: m.Warehouse) -> str:
        """Why its name leads to its public address from here; empty where it does not.

        Amazon VPC peering guide, "Enable DNS resolution for a VPC peering connection": without it a name of
        the other VPC leads to the public address.
        """
        try:
            table = table_of(self.facts, subnet)
            ranges = tuple(block(one) for one in warehouse.addresses)
            choices = lookup(self.facts, table, ranges) if table and ranges else []
        except CannotSee as blind:
            self.doubt = self.doubt or blind.unknown.need
            return ""
        target = choices[0].route.target if choices else ""
        if not target.startswith("pcx-"):
            return "" if target.startswith(FAR) else f"from {subnet.vpc} its name leads to its public address"
        peerings = self.facts.known(s.PEERINGS)
        peering = s.find(peerings or (), target)
        if peering is not None and warehouse.vpc in peering.resolves:
            return ""
        self.inferred = self.inferred or peering is None
        return f"{target} does not resolve names of {warehouse.vpc} to private addresses"

    def _by_public_address(self, subnet: m.Subnet, warehouse: m.Warehouse, why: str) -> None:
        """Out to the internet and in again at the other VPC, from the NAT gateway's address."""
        peer = Peer("public addresses", INTERNET, exact=False)
        self.outbound(subnet, peer, warehouse.port)
        first = len(self.hops)
        way = self.default_route(subnet)
        if way != "open":
            if why.startswith("pcx-"):
                # there is a way, and the route is not at fault: what is wrong is where the name leads
                self.hops[first:] = [replace(hop, code="GC20") for hop in self.hops[first:]]
                self.add("warehouse", warehouse.name, "GC20", Answer(way, why))
            self._state(warehouse)
            return
        nat = next((hop.resource for hop in self.hops if hop.kind == "nat gateway"), "")
        gateway = s.find(self.facts.known(s.NATS) or (), nat)
        if gateway and gateway.public_ip:
            source = Peer(f"{nat} ({gateway.public_ip})", (block(gateway.public_ip),))
            ask = lambda: groups_let(  # noqa: E731
                self.facts, warehouse.groups, source, warehouse.port, outbound=False
            )
            self.add("warehouse security group", ", ".join(warehouse.groups), "GC21", ask)
        self._state(warehouse)
