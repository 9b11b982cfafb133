"""moto's settings, and what is mended in it at run time."""

from __future__ import annotations

import functools
import inspect
import json
from typing import Any

from dpctl.sandbox import policies

# The part of an RDS endpoint that AWS gives to an account and region (plan, 1.5).
RDS_SUFFIX = "cx0o02ucshgw"


def configure() -> None:
    """No Docker, managed IAM policies by name, state machines that really run, and what moto gets wrong."""
    from moto.core.config import default_user_config

    default_user_config["lambda"] = {"use_docker": False}
    default_user_config["batch"] = {"use_docker": False}
    default_user_config["stepfunctions"] = {"execute_state_machine": True}
    default_user_config["iam"] = {"load_aws_managed_policies": True}
    _rds_address()
    _rule_descriptions()
    _bucket_policies()


def _rds_address() -> None:
    from moto.rds.models import DBInstance

    def address(instance: DBInstance) -> str:
        return f"{instance.db_instance_identifier}.{RDS_SUFFIX}.{instance.region}.rds.amazonaws.com"

    DBInstance.address = property(address)


def _rule_descriptions() -> None:
    """moto shows a security group rule's description only where the other side is a range of addresses."""
    from moto.ec2.models.security_groups import SecurityGroupRule

    made = SecurityGroupRule.__init__

    @functools.wraps(made)
    def make(rule: SecurityGroupRule, *args: Any, **kwargs: Any) -> None:
        made(rule, *args, **kwargs)
        given = inspect.signature(made).bind(rule, *args, **kwargs).arguments
        sides = (given.get(side) or {} for side in ("source_group", "prefix_list_id"))
        rule.first_description = next((side["Description"] for side in sides if "Description" in side), None)

    def description(rule: SecurityGroupRule) -> str | None:
        changed: str | None = rule.ip_range.get("Description")
        return changed or rule.first_description

    SecurityGroupRule.__init__ = make
    SecurityGroupRule.description = property(description)


def _bucket_policies() -> None:
    """moto reads a bucket's policy without its conditions: one that refuses plain HTTP would refuse all.

    The sandbox listens on this machine only; its requests count as made over TLS.
    """
    from moto.iam.access_control import PermissionResult
    from moto.s3.models import FakeBucket

    results = {
        "allowed": PermissionResult.PERMITTED,
        "explicitDeny": PermissionResult.DENIED,
        "implicitDeny": PermissionResult.NEUTRAL,
    }

    def permission(bucket: FakeBucket, action: str, resource: str) -> PermissionResult:
        if bucket.policy is None:
            return PermissionResult.NEUTRAL
        document = json.loads(bucket.policy)
        context = {"aws:SecureTransport": ["true"]}
        return results[policies.evaluate({"bucket": document}, action, resource, context).decision]

    FakeBucket.get_permission = permission


def reset() -> None:
    """Forget every account that moto holds in this process."""
    from moto.core.base_backend import BackendDict
    from moto.core.model_instances import reset_model_data

    BackendDict.reset()
    reset_model_data()
