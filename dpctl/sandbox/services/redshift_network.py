"""Where a workgroup stands in the account's network: an interface in each of its subnets."""

from __future__ import annotations

from typing import Any

from dpctl.sandbox.account import Account
from dpctl.sandbox.calls import ServiceError


def default_subnets(account: Account) -> list[str]:
    """The subnets of the default VPC, where a workgroup goes that names none."""
    ec2 = account.backend("ec2")
    vpc = ec2.get_default_vpc()
    return sorted(subnet.id for subnet in ec2.describe_subnets() if vpc and subnet.vpc_id == vpc.id)


def default_groups(account: Account, subnets: list[str]) -> list[str]:
    """The default security group of the VPC that the subnets are in."""
    ec2 = account.backend("ec2")
    vpc = _subnet(account, subnets[0]).vpc_id
    return [
        group.id
        for group in ec2.describe_security_groups()
        if group.vpc_id == vpc and group.name == "default"
    ]


def endpoints(account: Account, subnets: list[str]) -> list[dict[str, Any]]:
    """The VPC endpoint of a workgroup. Raises ServiceError when the subnets are not of one VPC."""
    found = [_subnet(account, identity) for identity in subnets]
    vpcs = {subnet.vpc_id for subnet in found}
    if len(vpcs) != 1:
        raise ServiceError("ValidationException", "The subnets must be in one VPC.")
    vpc = vpcs.pop()
    interfaces = [_interface(subnet, number) for number, subnet in enumerate(found)]
    identity = f"vpce-0{abs(hash((vpc, *subnets))) % 16**16:016x}"
    return [{"vpcEndpointId": identity, "vpcId": vpc, "networkInterfaces": interfaces}]


def _interface(subnet: Any, number: int) -> dict[str, str]:
    # AWS keeps the first four addresses of a subnet, and the last (VPC user guide, "Subnet CIDR blocks").
    address = subnet.cidr.network_address + 20 + number
    return {
        "networkInterfaceId": f"eni-0{abs(hash((subnet.id, number))) % 16**16:016x}",
        "subnetId": subnet.id,
        "privateIpAddress": str(address),
        "availabilityZone": subnet.availability_zone,
    }


def _subnet(account: Account, identity: str) -> Any:
    for subnet in account.backend("ec2").describe_subnets():
        if subnet.id == identity:
            return subnet
    raise ServiceError("ValidationException", f"The subnet ID '{identity}' does not exist.")
