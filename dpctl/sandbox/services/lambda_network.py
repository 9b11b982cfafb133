"""What a function in a VPC can reach: the sandbox's network, seen from its subnet and groups."""

from __future__ import annotations

from typing import Any

from dpctl.sandbox import walk
from dpctl.sandbox.account import Account
from dpctl.sandbox.services import glue_test
from dpctl.sandbox.services.redshift_store import Serverless

VARIABLE = "DPCTL_NETWORK"
SERVICES = (
    "sts", "secretsmanager", "s3", "kms", "glue", "logs", "redshift", "redshift-serverless", "dynamodb",
)  # fmt: skip


def seen_from(account: Account, vpc: dict[str, Any]) -> dict[str, str] | None:
    """What is open, by ``host:port``: empty, or why it is not reached. None without a place in a VPC.

    A host that is not here does not resolve.
    """
    subnets, groups = vpc.get("SubnetIds") or [], vpc.get("SecurityGroupIds") or []
    if not subnets:
        return None
    network, source = walk.collect(account.client("ec2")), walk.Source(subnets[0], tuple(groups))
    seen = {}
    for service in SERVICES:
        name = f"com.amazonaws.{account.region}.{service}"
        host = f"{service}.{account.region}.amazonaws.com"
        seen[f"{host}:443"] = _why(lambda name=name: walk.reach_service(network, source, name))
    # no endpoint of a region answers for the global name
    seen["sts.amazonaws.com:443"] = _why(lambda: walk.reach_service(network, source, "com.amazonaws.sts"))
    for workgroup in account.store(Serverless).workgroups.values():
        host = workgroup["endpoint"]["address"]
        target = glue_test.redshift(account, host)
        if target is not None:
            places, port = target[0], target[1]
            reach = lambda places=places, port=port: walk.reach_interface(network, source, places, port)  # noqa: E731
            seen[f"{host}:{port}"] = _why(reach)
    return seen


def _why(reach: Any) -> str:
    try:
        reach()
    except walk.Unreachable as lost:
        return str(lost)
    return ""
