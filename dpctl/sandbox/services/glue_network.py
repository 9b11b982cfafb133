"""How a Glue job gets into a VPC: with its role, Glue makes network interfaces for each connection."""

from __future__ import annotations

from typing import Any

from dpctl.sandbox.access.needs import Need
from dpctl.sandbox.account import Account
from dpctl.sandbox.calls import ServiceError
from dpctl.sandbox.services import circumstances, roles
from dpctl.sandbox.services.glue_connections import Connections

# Glue developer guide, "Setting up networking for development", and the managed policy AWSGlueServiceRole.
LOOKS = (
    "ec2:DescribeNetworkInterfaces", "ec2:DescribeRouteTables", "ec2:DescribeSecurityGroups",
    "ec2:DescribeSubnets", "ec2:DescribeVpcAttribute", "ec2:DescribeVpcEndpoints",
)  # fmt: skip
TAG = "aws-glue-service-resource"


def attach(account: Account, job: dict[str, Any], access_key: str) -> None:
    """Do for each connection of a job what needs permissions of its role. Raises ServiceError."""
    caller = roles.caller_of(account, access_key)
    known = account.store(Connections).connections
    names = [name for name in job["Connections"].get("Connections", []) if name in known]
    if caller is None:
        return
    for name in names:
        place = known[name].get("PhysicalConnectionRequirements") or {}
        for need in [*_read(account, name), *(_placed(account, place) if place.get("SubnetId") else ())]:
            try:
                roles.check(account, caller, need)
            except ServiceError as error:
                why = f"The connection {name} cannot be used. {error.message}"
                raise ServiceError(error.code, why, error.status) from error
        groups = place.get("SecurityGroupIdList", [])
        circumstances.place(account, access_key, place.get("SubnetId"), groups)


def _read(account: Account, name: str) -> list[Need]:
    arns = (account.arn("glue", "catalog"), account.arn("glue", f"connection/{name}"))
    return [Need("glue:GetConnection", arn) for arn in arns]


def _placed(account: Account, place: dict[str, Any]) -> list[Need]:
    interface = account.arn("ec2", "network-interface/*")
    groups = [account.arn("ec2", f"security-group/{one}") for one in place.get("SecurityGroupIdList", [])]
    made = [interface, account.arn("ec2", f"subnet/{place['SubnetId']}"), *groups]
    subnet = account.backend("ec2").get_subnet(place["SubnetId"])
    vpc = {"ec2:vpc": (account.arn("ec2", f"vpc/{subnet.vpc_id}"),)}
    tagged = {"aws:tagkeys": (TAG,)}
    return [
        *(Need(action) for action in LOOKS),
        *(Need("ec2:CreateNetworkInterface", arn) for arn in made),
        Need("ec2:CreateTags", interface, tagged),
        Need("ec2:DeleteNetworkInterface", interface, vpc),
        Need("ec2:DeleteTags", interface, tagged),
    ]
