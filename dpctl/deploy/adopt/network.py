"""How network resources are found: by their VPC and CIDR, or their VPC and their tag Name."""

from __future__ import annotations

from typing import Any

from dpctl.deploy.adopt.inventory import Inventory, Values, filters, only


def vpc(values: Values, aws: Inventory) -> str | None:
    """A VPC with the same tag Name and CIDR."""
    if not values.tag_name:
        return None
    wanted = filters(tag__Name=values.tag_name, cidr=values["cidr_block"])
    return only(aws.items("ec2", "describe_vpcs", "Vpcs", Filters=wanted), "VpcId")


def subnet(values: Values, aws: Inventory) -> str | None:
    """The subnet with the CIDR; a VPC has each once."""
    found = aws.items("ec2", "describe_subnets", "Subnets", Filters=filters(vpc_id=values["vpc_id"]))
    return only([item for item in found if item["CidrBlock"] == values["cidr_block"]], "SubnetId")


def internet_gateway(values: Values, aws: Inventory) -> str | None:
    """The gateway attached to the VPC; a VPC has at most one."""
    wanted = [{"Name": "attachment.vpc-id", "Values": [values["vpc_id"]]}]
    return only(
        aws.items("ec2", "describe_internet_gateways", "InternetGateways", Filters=wanted),
        "InternetGatewayId",
    )


def nat_gateway(values: Values, aws: Inventory) -> str | None:
    """A gateway that works, in the same subnet, with the same tag Name."""
    wanted = filters(subnet_id=values["subnet_id"])
    found = aws.items("ec2", "describe_nat_gateways", "NatGateways", Filters=wanted)
    same = [
        item for item in found if item["State"] in ("available", "pending") and _tag(item) == values.tag_name
    ]
    return only(same, "NatGatewayId")


def elastic_ip(values: Values, aws: Inventory) -> str | None:
    """An address with the same tag Name."""
    if not values.tag_name:
        return None
    found = aws.items("ec2", "describe_addresses", "Addresses", Filters=filters(tag__Name=values.tag_name))
    return only(found, "AllocationId")


def route_table(values: Values, aws: Inventory) -> str | None:
    """A route table of the VPC with the same tag Name."""
    if not values.tag_name:
        return None
    found = _route_tables(aws, vpc_id=values["vpc_id"])
    return only([item for item in found if _tag(item) == values.tag_name], "RouteTableId")


def route(values: Values, aws: Inventory) -> str | None:
    """``<table>_<destination>``, when the table has a route there."""
    table = values["route_table_id"]
    wanted = (
        ("DestinationCidrBlock", values.get("destination_cidr_block")),
        ("DestinationIpv6CidrBlock", values.get("destination_ipv6_cidr_block")),
        ("DestinationPrefixListId", values.get("destination_prefix_list_id")),
    )
    for item in _route_tables(aws, route_table_id=table):
        for key, destination in wanted:
            if destination and any(entry.get(key) == destination for entry in item["Routes"]):
                return f"{table}_{destination}"
    return None


def route_table_association(values: Values, aws: Inventory) -> str | None:
    """``<subnet>/<table>``, when the two are associated."""
    table, subnet_id = values["route_table_id"], values["subnet_id"]
    for item in _route_tables(aws, route_table_id=table):
        if any(entry.get("SubnetId") == subnet_id for entry in item["Associations"]):
            return f"{subnet_id}/{table}"
    return None


def vpc_endpoint(values: Values, aws: Inventory) -> str | None:
    """The endpoint of the VPC for the same service and of the same type."""
    found = aws.items(
        "ec2", "describe_vpc_endpoints", "VpcEndpoints", Filters=filters(vpc_id=values["vpc_id"])
    )
    same = [
        item
        for item in found
        if item["ServiceName"] == values["service_name"]
        and item["VpcEndpointType"] == values.get("vpc_endpoint_type", "Gateway")
        and str(item.get("State", "available")).lower() in ("available", "pending")
    ]
    return only(same, "VpcEndpointId")


def vpc_endpoint_route_table_association(values: Values, aws: Inventory) -> str | None:
    """``<endpoint>/<table>``, when the endpoint is in the table."""
    endpoint, table = values["vpc_endpoint_id"], values["route_table_id"]
    for item in aws.items("ec2", "describe_vpc_endpoints", "VpcEndpoints", VpcEndpointIds=[endpoint]):
        if table in item.get("RouteTableIds", []):
            return f"{endpoint}/{table}"
    return None


def security_group(values: Values, aws: Inventory) -> str | None:
    """The group of the VPC with the same name."""
    wanted = filters(vpc_id=values["vpc_id"], group_name=values["name"])
    return only(aws.items("ec2", "describe_security_groups", "SecurityGroups", Filters=wanted), "GroupId")


def ingress_rule(values: Values, aws: Inventory) -> str | None:
    """The rule of the group that lets in the same."""
    return _rule(values, aws, egress=False)


def egress_rule(values: Values, aws: Inventory) -> str | None:
    """The rule of the group that lets out the same."""
    return _rule(values, aws, egress=True)


def _rule(values: Values, aws: Inventory, *, egress: bool) -> str | None:
    wanted = filters(group_id=values["security_group_id"])
    found = aws.items("ec2", "describe_security_group_rules", "SecurityGroupRules", Filters=wanted)
    peers = ("cidr_ipv4", "cidr_ipv6", "prefix_list_id", "referenced_security_group_id")
    peer = {name: values[name] for name in peers}
    same = [
        item for item in found if item["IsEgress"] == egress and _peer(item) == peer and _ports(item, values)
    ]
    return only(same, "SecurityGroupRuleId")


def _peer(item: dict[str, Any]) -> dict[str, Any]:
    return {
        "cidr_ipv4": item.get("CidrIpv4") or None,
        "cidr_ipv6": item.get("CidrIpv6") or None,
        "prefix_list_id": item.get("PrefixListId") or None,
        "referenced_security_group_id": (item.get("ReferencedGroupInfo") or {}).get("GroupId") or None,
    }


def _ports(item: dict[str, Any], values: Values) -> bool:
    protocol = str(values["ip_protocol"])
    if item["IpProtocol"] != protocol:
        return False
    ends = (item.get("FromPort", -1), item.get("ToPort", -1))
    return protocol == "-1" or ends == (values.get("from_port", -1), values.get("to_port", -1))


def _route_tables(aws: Inventory, **wanted: str) -> list[Any]:
    return aws.items("ec2", "describe_route_tables", "RouteTables", Filters=filters(**wanted))


def _tag(item: dict[str, Any]) -> str:
    return next((str(tag["Value"]) for tag in item.get("Tags", []) if tag["Key"] == "Name"), "")
