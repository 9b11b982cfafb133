"""What is around the connection's subnet: names, zones, peerings, groups of other VPCs, prefix lists."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from dpctl.doctor import model as m
from dpctl.doctor import parsevpc
from dpctl.doctor import snapshot as s
from dpctl.doctor.asking import attempt, where_known
from dpctl.doctor.routes import FAR
from dpctl.doctor.sections import Sections


class Network(Sections):
    """Asks about the network where it depends on the connection."""

    def vpc_id(self) -> str:
        """The VPC of the connection's subnet, or the expected one."""
        connection, subnets = self.known(s.CONNECTION), self.known(s.SUBNETS)
        subnet = s.find(subnets or (), connection.subnet) if connection else None
        return subnet.vpc if subnet else (self.target.expected.vpc if self.target.expected else "")

    def vpc_dns(self) -> m.VpcDns | None:
        """The two DNS switches."""
        vpc = self.vpc_id()
        if not vpc:
            return None
        support = self.call("ec2", "describe_vpc_attribute", VpcId=vpc, Attribute="enableDnsSupport")
        names = self.call("ec2", "describe_vpc_attribute", VpcId=vpc, Attribute="enableDnsHostnames")
        return m.VpcDns(
            vpc, bool(support["EnableDnsSupport"]["Value"]), bool(names["EnableDnsHostnames"]["Value"])
        )

    def zones(self) -> tuple[m.HostedZone, ...] | s.Unknown:
        """The private hosted zones of the VPC; asked for only where one could make a difference."""
        subnet, table = self.home()
        if subnet is None:
            return ()
        mute = any(
            one.vpc == subnet.vpc and one.type.lower() == "interface" and not one.answers
            for one in self.known(s.ENDPOINTS) or ()
        )
        far = (
            any(one.target.startswith(FAR) and not _to_gateway(one) for one in table.routes)
            if table
            else False
        )
        if not mute and not far:
            return ()
        place = {"VPCId": subnet.vpc, "VPCRegion": self.target.region}
        raw = self.asker.following("route53", "list_hosted_zones_by_vpc", "HostedZoneSummaries", **place)
        return tuple(parsevpc.hosted_zone(item) for item in raw)

    def peerings(self) -> tuple[m.Peering, ...]:
        """The peerings, where the subnet's routes lead to one."""
        _, table = self.home()
        if table is None or not any(one.target.startswith("pcx-") for one in table.routes):
            return ()
        raw = self.pages("ec2", "describe_vpc_peering_connections", "VpcPeeringConnections")
        return tuple(parsevpc.peering(item) for item in raw)

    def associations(self) -> Mapping[str, tuple[str, ...]]:
        """The further VPCs of the connection's groups; asked for only where one is of another VPC."""
        connection, (subnet, _) = self.known(s.CONNECTION), self.home()
        known = self.known(s.GROUPS) or ()
        away = [
            identity
            for identity in (connection.groups if connection else ())
            if (group := s.find(known, identity)) and subnet and group.vpc != subnet.vpc
        ]
        if not away:
            return {}
        filters = [{"Name": "group-id", "Values": away}]
        raw = self.pages(
            "ec2", "describe_security_group_vpc_associations", "SecurityGroupVpcAssociations", Filters=filters
        )
        found: dict[str, tuple[str, ...]] = {}
        for one in raw:
            if one.get("State") == "associated":
                found[one["GroupId"]] = (*found.get(one["GroupId"], ()), one["VpcId"])
        return found

    def public_block(self) -> m.PublicBlock | None:
        """VPC Block Public Access, where the subnet's way out is a NAT gateway; None where there is none.

        Its exclusions are asked for only where it keeps packets from going out.
        """
        _, table = self.home()
        if table is None or not any(one.target.startswith("nat-") for one in table.routes):
            return None
        raw = where_known(lambda: self.call("ec2", "describe_vpc_block_public_access_options"))
        if raw is None:
            return None
        block = parsevpc.public_block(raw.get("VpcBlockPublicAccessOptions") or {})
        if block.mode != parsevpc.BLOCKS_BOTH_WAYS:
            return block
        excluded = attempt("ec2:DescribeVpcBlockPublicAccessExclusions", self._excluded)
        if isinstance(excluded, s.Unknown):
            return replace(block, unseen=excluded.need)
        return replace(block, excluded=excluded)

    def _excluded(self) -> tuple[str, ...]:
        operation, key = "describe_vpc_block_public_access_exclusions", "VpcBlockPublicAccessExclusions"
        return tuple(parsevpc.excluded(self.asker.following("ec2", operation, key)))

    def interfaces(self) -> tuple[m.Interface, ...]:
        """The network interfaces in the connection's subnet."""
        connection = self.known(s.CONNECTION)
        if not connection or not connection.subnet:
            return ()
        filters = [{"Name": "subnet-id", "Values": [connection.subnet]}]
        raw = self.pages("ec2", "describe_network_interfaces", "NetworkInterfaces", Filters=filters)
        return tuple(parsevpc.interface(item) for item in raw)

    def nats(self) -> tuple[m.NatGateway, ...]:
        """The NAT gateways; asked for where a route leads to one."""
        tables = self.known(s.ROUTES)
        if tables is not None and not any(
            route.target.startswith("nat-") for one in tables for route in one.routes
        ):
            return ()
        return tuple(parsevpc.nat(item) for item in self.pages("ec2", "describe_nat_gateways", "NatGateways"))

    def prefix_lists(self) -> tuple[m.PrefixList, ...]:
        """The prefix lists, where a rule or a route names one, and the members of one's own that are named;
        AWS's change by the day.
        """
        groups, tables = self.known(s.GROUPS), self.known(s.ROUTES)
        used = {rule.prefix_list for group in groups or () for rule in (*group.ingress, *group.egress)} | {
            route.destination for table in tables or () for route in table.routes
        }
        if groups is not None and tables is not None and not any(one.startswith("pl-") for one in used):
            return ()

        def members(one: m.PrefixList) -> m.PrefixList:
            if one.owner == "AWS" or one.name.startswith("com.amazonaws.") or one.id not in used:
                return one
            raw = attempt(
                "ec2:GetManagedPrefixListEntries",
                lambda: self.pages("ec2", "get_managed_prefix_list_entries", "Entries", PrefixListId=one.id),
            )
            return (
                one if isinstance(raw, s.Unknown) else replace(one, cidrs=tuple(item["Cidr"] for item in raw))
            )

        raw = self.pages("ec2", "describe_managed_prefix_lists", "PrefixLists")
        return tuple(members(parsevpc.prefix_list(item)) for item in raw)


def _to_gateway(route: m.Route) -> bool:
    """Whether a route leads to a gateway endpoint: AWS's prefix lists do, and nothing far is behind them."""
    return route.destination.startswith("pl-") and route.target.startswith("vpce-")
