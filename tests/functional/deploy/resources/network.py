"""The network: VPC, subnets, routes, endpoints, security groups."""

from __future__ import annotations

from tests.functional.deploy.resources.account import REGION


def tags(kind, name):
    return [{"ResourceType": kind, "Tags": [{"Key": "Name", "Value": name}]}]


def make_vpc(world):
    ec2 = world.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.11.0.0/16", TagSpecifications=tags("vpc", "v"))["Vpc"]["VpcId"]
    return ec2, vpc


def make_table(world):
    ec2, vpc = make_vpc(world)
    table = ec2.create_route_table(VpcId=vpc, TagSpecifications=tags("route-table", "t"))["RouteTable"][
        "RouteTableId"
    ]
    return ec2, vpc, table


def vpc(world):
    _, identity = make_vpc(world)
    return {"cidr_block": "10.11.0.0/16", "tags": {"Name": "v"}}, identity


def subnet(world):
    ec2, vpc_id = make_vpc(world)
    made = ec2.create_subnet(VpcId=vpc_id, CidrBlock="10.11.128.0/20")["Subnet"]["SubnetId"]
    return {"vpc_id": vpc_id, "cidr_block": "10.11.128.0/20"}, made


def internet_gateway(world):
    ec2, vpc_id = make_vpc(world)
    made = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(VpcId=vpc_id, InternetGatewayId=made)
    return {"vpc_id": vpc_id}, made


def nat_gateway(world):
    ec2, vpc_id = make_vpc(world)
    place = ec2.create_subnet(VpcId=vpc_id, CidrBlock="10.11.0.0/20")["Subnet"]["SubnetId"]
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    made = ec2.create_nat_gateway(
        SubnetId=place, AllocationId=address, TagSpecifications=tags("natgateway", "n")
    )
    return {"subnet_id": place, "tags": {"Name": "n"}}, made["NatGateway"]["NatGatewayId"]


def elastic_ip(world):
    made = world.client("ec2").allocate_address(Domain="vpc", TagSpecifications=tags("elastic-ip", "e"))
    return {"tags": {"Name": "e"}}, made["AllocationId"]


def route_table(world):
    _, vpc_id, table = make_table(world)
    return {"vpc_id": vpc_id, "tags": {"Name": "t"}}, table


def route(world):
    ec2, vpc_id, table = make_table(world)
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(VpcId=vpc_id, InternetGatewayId=gateway)
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
    return {"route_table_id": table, "destination_cidr_block": "0.0.0.0/0"}, f"{table}_0.0.0.0/0"


def route_table_association(world):
    ec2, vpc_id, table = make_table(world)
    place = ec2.create_subnet(VpcId=vpc_id, CidrBlock="10.11.0.0/20")["Subnet"]["SubnetId"]
    ec2.associate_route_table(RouteTableId=table, SubnetId=place)
    return {"route_table_id": table, "subnet_id": place}, f"{place}/{table}"


def vpc_endpoint(world):
    ec2, vpc_id = make_vpc(world)
    service = f"com.amazonaws.{REGION}.s3"
    made = ec2.create_vpc_endpoint(VpcId=vpc_id, ServiceName=service, VpcEndpointType="Gateway")
    values = {"vpc_id": vpc_id, "service_name": service, "vpc_endpoint_type": "Gateway"}
    return values, made["VpcEndpoint"]["VpcEndpointId"]


def vpc_endpoint_route_table(world):
    ec2, vpc_id, table = make_table(world)
    service = f"com.amazonaws.{REGION}.s3"
    made = ec2.create_vpc_endpoint(VpcId=vpc_id, ServiceName=service, RouteTableIds=[table])
    endpoint = made["VpcEndpoint"]["VpcEndpointId"]
    return {"vpc_endpoint_id": endpoint, "route_table_id": table}, f"{endpoint}/{table}"


def make_group(world):
    ec2, vpc_id = make_vpc(world)
    return ec2, vpc_id, ec2.create_security_group(GroupName="g", Description="g", VpcId=vpc_id)["GroupId"]


def security_group(world):
    _, vpc_id, group = make_group(world)
    return {"vpc_id": vpc_id, "name": "g"}, group


def ingress_rule(world):
    ec2, _, group = make_group(world)
    pairs = [{"GroupId": group}]
    rule = {"IpProtocol": "tcp", "FromPort": 0, "ToPort": 65535, "UserIdGroupPairs": pairs}
    made = ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[rule])
    values = {"security_group_id": group, "ip_protocol": "tcp", "from_port": 0, "to_port": 65535}
    none = {"cidr_ipv4": None, "cidr_ipv6": None, "prefix_list_id": None}
    return {**values, **none, "referenced_security_group_id": group}, made["SecurityGroupRules"][0][
        "SecurityGroupRuleId"
    ]


def egress_rule(world):
    ec2, _, group = make_group(world)
    rule = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}
    made = ec2.authorize_security_group_egress(GroupId=group, IpPermissions=[rule])
    values = {"security_group_id": group, "ip_protocol": "tcp", "from_port": 443, "to_port": 443}
    none = {"cidr_ipv6": None, "prefix_list_id": None, "referenced_security_group_id": None}
    return {**values, **none, "cidr_ipv4": "10.0.0.0/8"}, made["SecurityGroupRules"][0]["SecurityGroupRuleId"]


MADE = [
    ("aws_vpc", vpc),
    ("aws_subnet", subnet),
    ("aws_internet_gateway", internet_gateway),
    ("aws_nat_gateway", nat_gateway),
    ("aws_eip", elastic_ip),
    ("aws_route_table", route_table),
    ("aws_route", route),
    ("aws_route_table_association", route_table_association),
    ("aws_vpc_endpoint", vpc_endpoint),
    ("aws_vpc_endpoint_route_table_association", vpc_endpoint_route_table),
    ("aws_security_group", security_group),
    ("aws_vpc_security_group_ingress_rule", ingress_rule),
    ("aws_vpc_security_group_egress_rule", egress_rule),
]
