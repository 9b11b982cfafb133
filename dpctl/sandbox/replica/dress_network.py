"""The network of a picture: subnets that env.yaml does not name, groups and rules, routes, endpoints."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dpctl.sandbox.replica import routes
from dpctl.sandbox.replica.dress_identity import tag_list
from dpctl.sandbox.replica.ids import fixed
from dpctl.sandbox.replica.seed import Seed

ITSELF = "(itself)"


def network(seed: Seed, options: Mapping[str, Any]) -> None:
    """Bring subnets, groups, routes and endpoints to what the picture has."""
    _subnets(seed, options.get("Subnets") or [])
    groups = options.get("SecurityGroups") or {}
    for identity, group in groups.items():
        if identity.startswith("sg-"):
            _group(seed, identity, group)
    for identity, group in groups.items():  # rules may name other groups: all must be there first
        if identity.startswith("sg-"):
            _rules(seed, identity, group)
    if options.get("RouteTables"):
        tables = routes.tables(seed, options["RouteTables"])
        routes.endpoints(seed, options.get("Endpoints") or [], tables)


def _subnets(seed: Seed, wanted: list[Mapping[str, Any]]) -> None:
    ec2 = seed.client("ec2")
    here = [{"Name": "vpc-id", "Values": [seed.vpc]}]
    there = {one["SubnetId"]: one for one in ec2.describe_subnets(Filters=here)["Subnets"]}
    for subnet in wanted:
        if subnet["SubnetId"] in there:
            continue
        with fixed("subnet", subnet["SubnetId"]):
            ec2.create_subnet(
                VpcId=seed.vpc, CidrBlock=subnet["CidrBlock"], AvailabilityZone=subnet["AvailabilityZone"]
            )
        if subnet.get("Tags"):
            ec2.create_tags(Resources=[subnet["SubnetId"]], Tags=tag_list(subnet["Tags"]))


def _group(seed: Seed, identity: str, group: Mapping[str, Any]) -> None:
    ec2 = seed.client("ec2")
    known = {one["GroupId"] for one in ec2.describe_security_groups()["SecurityGroups"]}
    if identity not in known:
        with fixed("security_group", identity):
            ec2.create_security_group(
                GroupName=group["GroupName"], Description=group["Description"], VpcId=seed.vpc
            )
    if group.get("Tags"):
        ec2.create_tags(Resources=[identity], Tags=tag_list(group["Tags"]))


def _rules(seed: Seed, identity: str, group: Mapping[str, Any]) -> None:
    ec2 = seed.client("ec2")
    [now] = ec2.describe_security_groups(GroupIds=[identity])["SecurityGroups"]
    if now["IpPermissions"]:
        ec2.revoke_security_group_ingress(GroupId=identity, IpPermissions=now["IpPermissions"])
    if now["IpPermissionsEgress"]:
        ec2.revoke_security_group_egress(GroupId=identity, IpPermissions=now["IpPermissionsEgress"])
    ingress, egress = (
        [_named(rule, identity) for rule in group.get(way) or []] for way in ("Ingress", "Egress")
    )
    if ingress:
        ec2.authorize_security_group_ingress(GroupId=identity, IpPermissions=ingress)
    if egress:
        ec2.authorize_security_group_egress(GroupId=identity, IpPermissions=egress)


def _named(rule: Mapping[str, Any], own: str) -> dict[str, Any]:
    """A rule of the picture as the API takes it."""
    pairs = [
        pair | {"GroupId": own if pair.get("GroupId") == ITSELF else pair["GroupId"]}
        for pair in rule.get("UserIdGroupPairs") or []
    ]
    return {**rule, **({"UserIdGroupPairs": pairs} if pairs else {})}
