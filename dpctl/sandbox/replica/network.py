"""The network: the VPC with its private subnets, and the public one that the Glue connection sits in.

Of the third subnet only the id is known, and what went wrong in it: Glue's calls to STS
time out there. So it is a public subnet, as the VPC wizard lays them out beside private ones in
10.11.128.0/20.
"""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import Any

from dpctl.sandbox.replica.ids import fixed
from dpctl.sandbox.replica.seed import Seed

# The subnet of the Glue connection (plan, 2.4); not one of the private subnets (plan, 1.1).
CONNECTION_SUBNET = "subnet-01830492b092ae6cf"
PUBLIC_PREFIX = 20
# The console makes this pair of groups when it connects an RDS instance to a host.
OTHER_GROUPS = (
    ("rds-ec2-1", "Security group attached to database-1 to allow EC2 instances to connect to the database"),
    ("ec2-rds-1", "Security group attached to instances to securely connect to database-1"),
)


def fill(seed: Seed) -> None:
    """Make the VPC, its subnets, route tables and security groups."""
    ec2, network = seed.client("ec2"), seed.config.network
    ec2.describe_vpcs()  # the first call makes default VPCs, here and in us-east-1: they must not take the id
    with fixed("vpc", network.vpc.id):
        vpc = ec2.create_vpc(CidrBlock=network.vpc.cidr, TagSpecifications=_name("vpc", network.vpc.name))
    vpc_id = seed.vpc = vpc["Vpc"]["VpcId"]
    ec2.modify_vpc_attribute(VpcId=vpc_id, EnableDnsSupport={"Value": True})
    ec2.modify_vpc_attribute(VpcId=vpc_id, EnableDnsHostnames={"Value": True})
    for number, subnet in enumerate(network.private_subnets, 1):
        label = f"private{number}-{subnet.az}"
        identity = _subnet(seed, vpc_id, subnet.id, subnet.cidr, subnet.az, label)
        _table(seed, vpc_id, identity, f"rtb-{label}")
        seed.subnets.append(identity)
    _public(seed, vpc_id)
    _groups(seed, vpc_id)


def _public(seed: Seed, vpc_id: str) -> None:
    ec2, network = seed.client("ec2"), seed.config.network
    gateway = ec2.create_internet_gateway(TagSpecifications=_name("internet-gateway", "dbhost-igw"))
    gateway_id = gateway["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway_id, VpcId=vpc_id)
    cidr = str(next(IPv4Network(network.vpc.cidr).subnets(new_prefix=PUBLIC_PREFIX)))
    zone = network.private_subnets[0].az
    subnet = _subnet(seed, vpc_id, CONNECTION_SUBNET, cidr, zone, f"public1-{zone}")
    table = _table(seed, vpc_id, subnet, "rtb-public")
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway_id)


def _subnet(seed: Seed, vpc_id: str, identity: str | None, cidr: str, zone: str, name: str) -> str:
    with fixed("subnet", identity):
        subnet = seed.client("ec2").create_subnet(
            VpcId=vpc_id,
            CidrBlock=cidr,
            AvailabilityZone=zone,
            TagSpecifications=_name("subnet", f"dbhost-subnet-{name}"),
        )
    return str(subnet["Subnet"]["SubnetId"])


def _table(seed: Seed, vpc_id: str, subnet: str, name: str) -> str:
    ec2 = seed.client("ec2")
    table = ec2.create_route_table(VpcId=vpc_id, TagSpecifications=_name("route-table", f"dbhost-{name}"))
    identity = str(table["RouteTable"]["RouteTableId"])
    ec2.associate_route_table(RouteTableId=identity, SubnetId=subnet)
    return identity


def _groups(seed: Seed, vpc_id: str) -> None:
    """The group of the databases lets itself in: so Glue, Redshift and MySQL, which all wear it, may talk."""
    groups, ec2 = seed.config.network.security_groups, seed.client("ec2")
    database = seed.group = _group(seed, vpc_id, groups.database, "dbsecuritygroup", "dbsecuritygroup")
    itself = [{"GroupId": database}]
    everything = {"IpProtocol": "tcp", "FromPort": 0, "ToPort": 65535, "UserIdGroupPairs": itself}
    ec2.authorize_security_group_ingress(GroupId=database, IpPermissions=[everything])
    for identity, (name, description) in zip(groups.others, OTHER_GROUPS, strict=False):
        _group(seed, vpc_id, identity, name, description)
    for number, identity in enumerate(groups.others[len(OTHER_GROUPS) :], 3):
        _group(seed, vpc_id, identity, f"launch-wizard-{number}", f"launch-wizard-{number}")


def _group(seed: Seed, vpc_id: str, identity: str | None, name: str, description: str) -> str:
    with fixed("security_group", identity):
        group = seed.client("ec2").create_security_group(
            GroupName=name, Description=description, VpcId=vpc_id
        )
    return str(group["GroupId"])


def _name(kind: str, name: str) -> list[dict[str, Any]]:
    return [{"ResourceType": kind, "Tags": [{"Key": "Name", "Value": name}]}]
