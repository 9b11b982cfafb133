"""The roles and the secrets."""

from __future__ import annotations

from typing import Any

from dpctl.config import Environment
from dpctl.deploy.adopt import Inventory
from dpctl.deploy.picture.data import namespace
from dpctl.deploy.picture.shapes import Shape, from_json, only, tags
from dpctl.deploy.picture.storage import buckets


def roles(aws: Inventory, environment: Environment) -> Shape:
    """The roles by name: path, trust, boundary, tags, policies."""
    names = environment.config.iam
    wanted = (
        names.glue, names.redshift_commands, *names.redshift_s3, names.step_functions,
        names.events_to_step_functions, names.events_to_glue, names.scheduler, names.unload_lambda,
    )  # fmt: skip
    found: Shape = {}
    for base in wanted:
        name = environment.resource(base)
        role = (aws.get("iam", "get_role", RoleName=name) or {}).get("Role")
        if role:
            found[name] = _role(aws, name, role)
    return found


def _role(aws: Inventory, name: str, role: Shape) -> Shape:
    inline = aws.items("iam", "list_role_policies", "PolicyNames", RoleName=name)
    attached = aws.items("iam", "list_attached_role_policies", "AttachedPolicies", RoleName=name)
    policies = {
        policy: aws.get("iam", "get_role_policy", RoleName=name, PolicyName=policy)["PolicyDocument"]
        for policy in sorted(inline)
    }
    boundary = (role.get("PermissionsBoundary") or {}).get("PermissionsBoundaryArn")
    return {
        **only(role, "Path", "Description", "MaxSessionDuration"),
        "Trust": from_json(role["AssumeRolePolicyDocument"]),
        "Boundary": boundary,
        "BoundaryPolicy": _policy(aws, boundary) if boundary else None,
        "Tags": tags(role.get("Tags")),
        "Inline": {policy: from_json(document) for policy, document in policies.items()},
        "Attached": sorted(item["PolicyArn"] for item in attached),
        "Documents": {
            item["PolicyArn"]: _policy(aws, item["PolicyArn"])
            for item in attached
            if ":aws:policy/" not in item["PolicyArn"]
        },
    }


def _policy(aws: Inventory, arn: str) -> Any:
    policy = (aws.get("iam", "get_policy", PolicyArn=arn) or {}).get("Policy")
    if not policy:
        return None
    version = policy["DefaultVersionId"]
    return from_json(
        aws.get("iam", "get_policy_version", PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]
    )


def secrets(aws: Inventory, environment: Environment) -> Shape:
    """The secrets by name: never a value."""
    names = environment.config.secrets
    found: Shape = {}
    for base in (names.redshift, names.database):
        name = environment.resource(base)
        secret = aws.get("secretsmanager", "describe_secret", SecretId=name)
        if secret:
            found[name] = {**only(secret, "Description", "KmsKeyId"), "Tags": tags(secret.get("Tags"))}
    return found


def keys(aws: Inventory, environment: Environment) -> dict[str, str]:
    """The ARNs of customer keys that are named otherwise: by an alias, or by the id alone.

    The key of the password that Redshift keeps is among them however it is named: it may be AWS's own.
    """
    named = {secret.get("KmsKeyId") for secret in secrets(aws, environment).values()}
    for bucket in buckets(aws, environment).values():
        for rule in (bucket.get("Encryption") or {}).get("Rules") or []:
            named.add((rule.get("ApplyServerSideEncryptionByDefault") or {}).get("KMSMasterKeyID"))
    wanted = {str(one) for one in named if one and ":key/" not in str(one)}
    managed = (namespace(aws, environment) or {}).get("adminPasswordSecretKmsKeyId")
    found = {}
    for name in sorted(wanted | ({str(managed)} if managed else set())):
        key = (aws.get("kms", "describe_key", KeyId=name) or {}).get("KeyMetadata") or {}
        if key.get("KeyManager") == "CUSTOMER":
            found[name] = str(key["Arn"])
    return found
