"""The VPC with its subnets, route tables, groups and endpoints."""

from __future__ import annotations

import json

from dpctl.config import Environment
from dpctl.deploy.adopt import Inventory
from dpctl.deploy.picture.shapes import Shape, from_json, only, tags

DEFAULT, ITSELF, MAIN = "default", "(itself)", "(main)"


def network(aws: Inventory, environment: Environment) -> Shape | None:
    """The VPC of env.yaml with its subnets, route tables, groups and endpoints."""
    vpc = environment.config.network.vpc.id
    if vpc is None:
        return None
    here = [{"Name": "vpc-id", "Values": [vpc]}]
    known = aws.items("ec2", "describe_vpcs", "Vpcs", Filters=here)
    if not known:
        return None
    return {
        "Vpc": only(known[0], "VpcId", "CidrBlock"),
        "Subnets": _listed(
            aws, "describe_subnets", "Subnets", here, "SubnetId", "CidrBlock", "AvailabilityZone"
        ),
        "RouteTables": _tables(aws, here),
        "SecurityGroups": _groups(aws, here),
        "Endpoints": _endpoints(aws, here),
    }


def _listed(aws: Inventory, operation: str, key: str, here: list[Shape], *names: str) -> list[Shape]:
    found = aws.items("ec2", operation, key, Filters=here)
    shapes = [{**only(item, *names), "Tags": tags(item.get("Tags"))} for item in found]
    return sorted(shapes, key=lambda shape: json.dumps(shape, sort_keys=True, default=str))


def _tables(aws: Inventory, here: list[Shape]) -> list[Shape]:
    shapes = []
    for table in aws.items("ec2", "describe_route_tables", "RouteTables", Filters=here):
        subnets = sorted(
            str(one["SubnetId"]) for one in table.get("Associations") or [] if one.get("SubnetId")
        )
        routes = [_route(one) for one in table.get("Routes") or [] if not _implied(one)]
        name = _table_name(table)
        shapes.append({"Id": name, "Subnets": subnets, "Routes": routes, "Tags": tags(table.get("Tags"))})
    return sorted(shapes, key=lambda shape: str(shape["Id"]))


def _table_name(table: Shape) -> str:
    """A route table by its id; the main one, which a VPC brings with it, as that."""
    main = any(one.get("Main") for one in table.get("Associations") or [])
    return MAIN if main else str(table["RouteTableId"])


def _implied(route: Shape) -> bool:
    """Whether a route comes with something else: the VPC's own, those of its gateway endpoints."""
    gateway = str(route.get("GatewayId") or "")
    return gateway == "local" or (gateway.startswith("vpce-") and bool(route.get("DestinationPrefixListId")))


DESTINATIONS = ("DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId")
WAYS = {
    "NatGatewayId": "nat", "TransitGatewayId": "transit", "VpcPeeringConnectionId": "peer",
    "EgressOnlyInternetGatewayId": "egress-only", "NetworkInterfaceId": "interface",
}  # fmt: skip
GATEWAYS = {"igw": "gateway", "vgw": "vpn", "vpce": "endpoint"}  # by the beginning of the id


def _route(route: Shape) -> Shape:
    to = next((route[name] for name in DESTINATIONS if route.get(name)), "")
    kind = str(route.get("GatewayId") or "").partition("-")[0]
    way = next((word for name, word in WAYS.items() if route.get(name)), GATEWAYS.get(kind, "other"))
    return {"to": to, "by": way}


def _endpoints(aws: Inventory, here: list[Shape]) -> list[Shape]:
    names = {
        table["RouteTableId"]: _table_name(table)
        for table in aws.items("ec2", "describe_route_tables", "RouteTables", Filters=here)
    }
    shapes = []
    for one in aws.items("ec2", "describe_vpc_endpoints", "VpcEndpoints", Filters=here):
        shape = only(one, "ServiceName", "VpcEndpointType")
        if one.get("VpcEndpointType") == "Interface":
            shape |= only(one, "PrivateDnsEnabled", "SubnetIds")
            shape["SubnetIds"] = sorted(one.get("SubnetIds") or [])
            shape["Groups"] = sorted(group["GroupId"] for group in one.get("Groups") or [])
        else:
            shape["RouteTables"] = sorted(names.get(each, each) for each in one.get("RouteTableIds") or [])
        policy = from_json(one.get("PolicyDocument"))
        shapes.append({**shape, "Policy": policy, "Tags": tags(one.get("Tags"))})
    return sorted(shapes, key=lambda shape: json.dumps(shape, sort_keys=True, default=str))


def _groups(aws: Inventory, here: list[Shape]) -> Shape:
    found: Shape = {}
    for group in aws.items("ec2", "describe_security_groups", "SecurityGroups", Filters=here):
        found[_group_name(group)] = {
            **only(group, "GroupName", "Description"),
            "Tags": tags(group.get("Tags")),
            "Ingress": _rules(group.get("IpPermissions"), group["GroupId"]),
            "Egress": _rules(group.get("IpPermissionsEgress"), group["GroupId"]),
        }
    return found


def _group_name(group: Shape) -> str:
    """A group by its id; the one that a VPC brings with it by its name, for its id is new in every VPC."""
    return DEFAULT if group.get("GroupName") == DEFAULT else str(group["GroupId"])


def _rules(rules: list[Shape] | None, own: str) -> list[Shape]:
    """Rules without ids that AWS gives anew: a group that names itself says so."""
    shapes = []
    for rule in rules or []:
        shape = only(rule, "IpProtocol", "FromPort", "ToPort", "IpRanges", "Ipv6Ranges", "PrefixListIds")
        pairs = [
            {
                **only(pair, "Description"),
                "GroupId": ITSELF if pair.get("GroupId") == own else pair.get("GroupId"),
            }
            for pair in rule.get("UserIdGroupPairs") or []
        ]
        shapes.append(shape | ({"UserIdGroupPairs": pairs} if pairs else {}))
    return sorted(shapes, key=lambda shape: json.dumps(shape, sort_keys=True, default=str))
