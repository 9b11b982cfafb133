"""What an adoption took from an account: two pictures of it compared, before and after."""

from __future__ import annotations

import json
from fnmatch import fnmatchcase
from typing import Any

# What an adoption adds or sets, each decided in docs/adoption.md: all else must be as it was.
DECIDED = (
    "mysql.DeletionProtection",  # protection
    "table.Recovery",
    "table.DeletionProtectionEnabled",
    "buckets.*.PublicAccessBlock.*",
    "buckets.*.Policy.Id",  # a policy's name of itself, which decides nothing
    "trail.Selectors",  # said as advanced ones: test_selectors
    "state_machine.Definition*",  # code: a copy is kept
    "state_machine.loggingConfiguration*",
    "state_machine.tracingConfiguration*",
    "roles.*.Trust*",  # our trust, for this account only
    "connections.Jdbc connection mysql.ConnectionProperties.*",  # TLS on, the secret by its ARN
    "jobs.*.ExecutionProperty*",
    "jobs.DynamotoRedshift.DefaultArguments.--extra-py-files",  # the owner's, then ours: a row of its own
)


def taken(before: Any, after: Any, path: str = "") -> list[str]:
    """What is in ``before`` and not in ``after`` any more, each with its path and both values."""
    if before in (None, "", [], {}, False) or any(fnmatchcase(path, pattern) for pattern in DECIDED):
        return []
    if isinstance(before, dict) and isinstance(after, dict):
        return [
            lost
            for name, value in before.items()
            for lost in taken(value, after.get(name), f"{path}.{name}" if path else name)
        ]
    if isinstance(before, dict) and isinstance(after, list):
        before = [before]  # a statement of a policy may stand without its list
    if isinstance(before, list) and isinstance(after, list):
        return [f"{path}: {item!r} is not in {after!r}" for item in before if not _in(item, after)]
    return [] if before == after else [f"{path}: {before!r} is now {after!r}"]


def _in(item: Any, items: list[Any]) -> bool:
    """Whether an entry is still there: as it was, or with more in it."""
    return any(other == item or (isinstance(item, dict) and not taken(item, other)) for other in items)


def a_network_by_hand(aws: Any, vpc: str, subnet: str, group: str) -> None:
    """What people add to a network: ways out of every kind, endpoints with policies, a second VPC like it."""
    ec2 = aws.client("ec2")
    here = [{"Name": "vpc-id", "Values": [vpc]}]
    tables = ec2.describe_route_tables(Filters=here)["RouteTables"]
    main = next(t for t in tables if any(a.get("Main") for a in t["Associations"]))["RouteTableId"]
    own = next(t for t in tables if any(a.get("SubnetId") == subnet for a in t["Associations"]))
    other = ec2.create_vpc(CidrBlock="10.11.0.0/16")["Vpc"]["VpcId"]  # the same addresses, another VPC
    ec2.create_subnet(VpcId=other, CidrBlock="10.11.128.0/20", AvailabilityZone="ap-south-1a")
    peer = ec2.create_vpc_peering_connection(VpcId=vpc, PeerVpcId=other)["VpcPeeringConnection"]
    nat = ec2.create_nat_gateway(SubnetId=subnet, ConnectivityType="private")["NatGateway"]
    gateway = ec2.create_egress_only_internet_gateway(VpcId=vpc)["EgressOnlyInternetGateway"]
    for route in (
        {"DestinationCidrBlock": "0.0.0.0/0", "NatGatewayId": nat["NatGatewayId"]},
        {"DestinationCidrBlock": "172.16.0.0/12", "VpcPeeringConnectionId": peer["VpcPeeringConnectionId"]},
        {"DestinationIpv6CidrBlock": "::/0",
         "EgressOnlyInternetGatewayId": gateway["EgressOnlyInternetGatewayId"]},
    ):  # fmt: skip
        ec2.create_route(RouteTableId=own["RouteTableId"], **route)
    ec2.create_vpc_endpoint(
        VpcId=vpc,
        ServiceName="com.amazonaws.ap-south-1.dynamodb",
        VpcEndpointType="Gateway",
        RouteTableIds=[main, own["RouteTableId"]],
    )
    statement = {"Effect": "Allow", "Principal": "*", "Action": "sts:*", "Resource": "*"}
    ec2.create_vpc_endpoint(
        VpcId=vpc,
        ServiceName="com.amazonaws.ap-south-1.sts",
        VpcEndpointType="Interface",
        SubnetIds=[subnet],
        SecurityGroupIds=[group],
        PrivateDnsEnabled=False,
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
        TagSpecifications=[
            {"ResourceType": "vpc-endpoint", "Tags": [{"Key": "Owner", "Value": "net & co = 1/2 @x:y"}]}
        ],
    )
