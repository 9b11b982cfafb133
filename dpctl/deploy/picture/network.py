"""The VPC with its subnets, route tables, groups and endpoints."""

from __future__ import annotations

import json

from dpctl.config import Environment
from dpctl.deploy.adopt import Inventory
from dpctl.deploy.picture.shapes import Shape, only, tags

DEFAULT, ITSELF = "default", "(itself)"


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
        "Endpoints": _listed(
            aws,
            "describe_vpc_endpoints",
            "VpcEndpoints",
            here,
            "ServiceName",
            "VpcEndpointType",
            "PrivateDnsEnabled",
            "SubnetIds",
            "RouteTableIds",
        ),
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
        routes = [_route(one) for one in table.get("Routes") or [] if one.get("GatewayId") != "local"]
        shapes.append({"Subnets": subnets, "Routes": routes, "Tags": tags(table.get("Tags"))})
    return sorted(shapes, key=lambda shape: json.dumps(shape, sort_keys=True, default=str))


def _route(route: Shape) -> Shape:
    to = route.get("DestinationCidrBlock") or route.get("DestinationPrefixListId") or ""
    ways = {
        "GatewayId": "gateway",
        "NatGatewayId": "nat",
        "TransitGatewayId": "transit",
        "VpcPeeringConnectionId": "peer",
    }
    way = next((word for name, word in ways.items() if route.get(name)), "other")
    gateway = str(route.get("GatewayId") or "")
    return {"to": to, "by": "endpoint" if gateway.startswith("vpce-") else way}


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
