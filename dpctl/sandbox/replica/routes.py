"""The route tables and the VPC endpoints of a picture.

Where a route leads is rebuilt as a thing of the same kind: a NAT gateway, a peering with an empty VPC. What
is behind it in the real account is not there.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from ipaddress import ip_network
from typing import Any

from dpctl.sandbox.replica.dress_identity import tag_list
from dpctl.sandbox.replica.ids import fixed
from dpctl.sandbox.replica.seed import Seed

MAIN = "(main)"
ELSEWHERE = "192.168.255.0/24"  # of the VPC behind a peering


def tables(seed: Seed, wanted: list[Mapping[str, Any]]) -> dict[str, str]:
    """Make the tables anew, with their ids; returns each one's id by its name in the picture."""
    ways, made = Ways(seed), {}
    _clear(seed)
    for table in wanted:
        made[str(table["Id"])] = identity = _table(seed, str(table["Id"]))
        for subnet in table.get("Subnets") or []:
            seed.client("ec2").associate_route_table(RouteTableId=identity, SubnetId=subnet)
        if table.get("Tags"):
            seed.client("ec2").create_tags(Resources=[identity], Tags=tag_list(table["Tags"]))
        for route in table.get("Routes") or []:
            through = ways.through(str(route["by"]))
            seed.client("ec2").create_route(RouteTableId=identity, **_to(str(route["to"])), **through)
    return made


def _here(seed: Seed) -> list[dict[str, Any]]:
    return [{"Name": "vpc-id", "Values": [seed.vpc]}]


def _clear(seed: Seed) -> None:
    """Take away the tables of the replica, but for the main one, which stays with its VPC."""
    ec2 = seed.client("ec2")
    for table in ec2.describe_route_tables(Filters=_here(seed))["RouteTables"]:
        if any(one.get("Main") for one in table["Associations"]):
            continue
        for one in table["Associations"]:
            ec2.disassociate_route_table(AssociationId=one["RouteTableAssociationId"])
        ec2.delete_route_table(RouteTableId=table["RouteTableId"])


def _table(seed: Seed, name: str) -> str:
    ec2 = seed.client("ec2")
    if name == MAIN:
        main = [*_here(seed), {"Name": "association.main", "Values": ["true"]}]
        return str(ec2.describe_route_tables(Filters=main)["RouteTables"][0]["RouteTableId"])
    with fixed("route_table", name):
        return str(ec2.create_route_table(VpcId=seed.vpc)["RouteTable"]["RouteTableId"])


def _to(destination: str) -> dict[str, str]:
    if destination.startswith("pl-"):
        return {"DestinationPrefixListId": destination}
    version = ip_network(destination).version
    return {"DestinationCidrBlock" if version == 4 else "DestinationIpv6CidrBlock": destination}


class Ways:
    """What routes lead through; each is made once, when the first route asks for it."""

    def __init__(self, seed: Seed) -> None:
        self.seed, self.ec2 = seed, seed.client("ec2")
        self._made: dict[str, dict[str, str]] = {}

    def through(self, way: str) -> dict[str, str]:
        """What create_route takes for a way of the picture."""
        make: Mapping[str, Callable[[], dict[str, str]]] = {
            "gateway": self._gateway,
            "vpn": self._vpn,
            "nat": self._nat,
            "transit": self._transit,
            "peer": self._peer,
            "egress-only": self._egress_only,
        }
        if way not in self._made:
            self._made[way] = make.get(way, self._interface)()
        return self._made[way]

    def _gateway(self) -> dict[str, str]:
        mine = [{"Name": "attachment.vpc-id", "Values": [self.seed.vpc]}]
        found = self.ec2.describe_internet_gateways(Filters=mine)["InternetGateways"]
        return {"GatewayId": found[0]["InternetGatewayId"]}

    def _vpn(self) -> dict[str, str]:
        made = self.ec2.create_vpn_gateway(Type="ipsec.1")["VpnGateway"]["VpnGatewayId"]
        self.ec2.attach_vpn_gateway(VpnGatewayId=made, VpcId=self.seed.vpc)
        return {"GatewayId": made}

    def _nat(self) -> dict[str, str]:
        made = self.ec2.create_nat_gateway(SubnetId=self.seed.subnets[0], ConnectivityType="private")
        return {"NatGatewayId": made["NatGateway"]["NatGatewayId"]}

    def _transit(self) -> dict[str, str]:
        return {"TransitGatewayId": self.ec2.create_transit_gateway()["TransitGateway"]["TransitGatewayId"]}

    def _peer(self) -> dict[str, str]:
        other = self.ec2.create_vpc(CidrBlock=ELSEWHERE)["Vpc"]["VpcId"]
        made = self.ec2.create_vpc_peering_connection(VpcId=self.seed.vpc, PeerVpcId=other)
        identity = made["VpcPeeringConnection"]["VpcPeeringConnectionId"]
        self.ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=identity)
        return {"VpcPeeringConnectionId": identity}

    def _egress_only(self) -> dict[str, str]:
        made = self.ec2.create_egress_only_internet_gateway(VpcId=self.seed.vpc)
        gateway = made["EgressOnlyInternetGateway"]["EgressOnlyInternetGatewayId"]
        return {"EgressOnlyInternetGatewayId": gateway}

    def _interface(self) -> dict[str, str]:
        made = self.ec2.create_network_interface(SubnetId=self.seed.subnets[0])
        return {"NetworkInterfaceId": made["NetworkInterface"]["NetworkInterfaceId"]}


def endpoints(seed: Seed, wanted: list[Mapping[str, Any]], known: Mapping[str, str]) -> None:
    """Make the endpoints; ``known`` has the route tables by their names in the picture."""
    for endpoint in wanted:
        if endpoint["VpcEndpointType"] == "Interface":
            where = {
                "SubnetIds": endpoint.get("SubnetIds") or [],
                "SecurityGroupIds": endpoint.get("Groups") or [],
                "PrivateDnsEnabled": bool(endpoint.get("PrivateDnsEnabled")),
            }
        else:
            where = {"RouteTableIds": [known[name] for name in endpoint.get("RouteTables") or []]}
        made = seed.client("ec2").create_vpc_endpoint(
            VpcId=seed.vpc,
            ServiceName=endpoint["ServiceName"],
            VpcEndpointType=endpoint["VpcEndpointType"],
            **where,
            **({"PolicyDocument": json.dumps(endpoint["Policy"])} if endpoint.get("Policy") else {}),
        )
        if endpoint.get("Tags"):
            identity = made["VpcEndpoint"]["VpcEndpointId"]
            seed.client("ec2").create_tags(Resources=[identity], Tags=tag_list(endpoint["Tags"]))
