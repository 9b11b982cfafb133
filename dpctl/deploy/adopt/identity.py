"""How roles, policies, keys and secrets are found: by name."""

from __future__ import annotations

from dpctl.deploy.adopt.inventory import Inventory, Values, only


def role(values: Values, aws: Inventory) -> str | None:
    """The role of that name."""
    name = str(values["name"])
    return name if aws.get("iam", "get_role", RoleName=name) else None


def role_policy(values: Values, aws: Inventory) -> str | None:
    """``<role>:<policy>`` of an inline policy."""
    owner, name = str(values["role"]), str(values["name"])
    found = aws.items("iam", "list_role_policies", "PolicyNames", RoleName=owner)
    return f"{owner}:{name}" if name in found else None


def role_policy_attachment(values: Values, aws: Inventory) -> str | None:
    """``<role>/<policy ARN>`` of an attached policy."""
    owner, arn = str(values["role"]), str(values["policy_arn"])
    found = aws.items("iam", "list_attached_role_policies", "AttachedPolicies", RoleName=owner)
    return f"{owner}/{arn}" if any(item["PolicyArn"] == arn for item in found) else None


def exclusive(values: Values, aws: Inventory) -> str | None:
    """The role's name: importing shows in the plan what exclusive management would take away."""
    name = str(values["role_name"])
    return name if aws.get("iam", "get_role", RoleName=name) else None


def policy(values: Values, aws: Inventory) -> str | None:
    """The ARN of the account's own policy of that name."""
    found = aws.items("iam", "list_policies", "Policies", Scope="Local")
    return only([item for item in found if item["PolicyName"] == values["name"]], "Arn")


def kms_key(values: Values, aws: Inventory) -> str | None:
    """The one key that works and has the same description; keys have no names of their own."""
    description = values.get("description", "")
    if not description:
        return None
    found = []
    for entry in aws.items("kms", "list_keys", "Keys"):
        key = (aws.get("kms", "describe_key", KeyId=entry["KeyId"]) or {}).get("KeyMetadata", {})
        managed = key.get("KeyManager", "CUSTOMER") == "CUSTOMER"
        if managed and key.get("KeyState") == "Enabled" and key.get("Description") == description:
            found.append(key)
    return only(found, "KeyId")


def kms_key_policy(values: Values, aws: Inventory) -> str | None:
    """The key's id: every key has a policy."""
    key = str(values["key_id"])
    return key if aws.get("kms", "describe_key", KeyId=key) else None


def kms_alias(values: Values, aws: Inventory) -> str | None:
    """The alias, with its ``alias/``."""
    name = str(values["name"])
    return (
        name
        if any(item["AliasName"] == name for item in aws.items("kms", "list_aliases", "Aliases"))
        else None
    )


def secret(values: Values, aws: Inventory) -> str | None:
    """The ARN of the secret of that name, unless it is being deleted."""
    found = aws.get("secretsmanager", "describe_secret", SecretId=values["name"])
    return str(found["ARN"]) if found and not found.get("DeletedDate") else None


def secret_version(values: Values, aws: Inventory) -> str | None:
    """``<ARN>|<version>`` of the current version; the value itself is not read."""
    owner = str(values["secret_id"])
    found = aws.get("secretsmanager", "describe_secret", SecretId=owner)
    for version, stages in ((found or {}).get("VersionIdsToStages") or {}).items():
        if "AWSCURRENT" in stages:
            return f"{found['ARN']}|{version}"
    return None


def secret_policy(values: Values, aws: Inventory) -> str | None:
    """The ARN of a secret that has a policy."""
    found = aws.get("secretsmanager", "get_resource_policy", SecretId=values["secret_arn"])
    return str(found["ARN"]) if found and found.get("ResourcePolicy") else None
