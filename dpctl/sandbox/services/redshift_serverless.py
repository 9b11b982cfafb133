"""Redshift Serverless: namespaces and workgroups (the control plane; the data is ``dpctl.sandbox.redshift``).

Resources are AVAILABLE as soon as they are asked for. Rules and shapes: the API reference of
redshift-serverless, and what Terraform's provider reads back.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from typing import Any

from dpctl.sandbox.account import Account
from dpctl.sandbox.calls import Call, ServiceError
from dpctl.sandbox.services import redshift_data, redshift_network
from dpctl.sandbox.services.redshift_store import Serverless, find

Params = dict[str, Any]

# What a new workgroup has (Redshift management guide, "Workgroup parameters"); TLS is required by default
# since January 2025.
CONFIG_PARAMETERS = {
    "auto_mv": "true",
    "datestyle": "ISO, MDY",
    "enable_case_sensitive_identifier": "false",
    "enable_user_activity_logging": "true",
    "max_query_execution_time": "14400",
    "query_group": "default",
    "require_ssl": "true",
    "search_path": "$user, public",
    "use_fips_ssl": "false",
}
SECRET_FIELDS = (
    "adminUserPassword",
    "manageAdminPassword",
    "adminPasswordSecretKmsKeyId",
    "tags",
    "iamRoles",
)


def create_namespace(account: Account, call: Call) -> Params:
    """CreateNamespace."""
    params, store = call.params(), account.store(Serverless)
    name = params["namespaceName"]
    if name in store.namespaces:
        raise ServiceError("ConflictException", f"Namespace {name} already exists.", 409)
    if params.get("manageAdminPassword") and params.get("adminUserPassword"):
        raise ServiceError("ValidationException", "Give adminUserPassword or manageAdminPassword, not both.")
    identity = str(uuid.uuid4())
    namespace = {
        "namespaceName": name,
        "namespaceId": identity,
        "namespaceArn": account.arn("redshift-serverless", f"namespace/{identity}"),
        "adminUsername": params.get("adminUsername", "admin"),
        "dbName": params.get("dbName", "dev"),
        "kmsKeyId": params.get("kmsKeyId", "AWS_OWNED_KMS_KEY"),
        "logExports": params.get("logExports", []),
        "defaultIamRoleArn": params.get("defaultIamRoleArn"),
        "iamRoles": [],
        "creationDate": account.clock.now(),
        "status": "AVAILABLE",
    }
    store.namespaces[name] = namespace
    store.tags[namespace["namespaceArn"]] = _tags(params)
    redshift_data.create_database(account, namespace["dbName"])
    _credentials(account, namespace, params)
    _roles(account, namespace, params.get("iamRoles", []))
    return {"namespace": namespace}


def update_namespace(account: Account, call: Call) -> Params:
    """UpdateNamespace."""
    params, store = call.params(), account.store(Serverless)
    namespace = store.namespace(params["namespaceName"])
    for key, value in params.items():
        if key in namespace and key not in SECRET_FIELDS:
            namespace[key] = value
    _credentials(account, namespace, params)
    if "iamRoles" in params:
        _roles(account, namespace, params["iamRoles"])
    return {"namespace": namespace}


def _roles(account: Account, namespace: dict[str, Any], arns: list[str]) -> None:
    """The API shows attached roles as text, with their state."""
    before = role_arns(namespace)
    namespace["iamRoles"] = [f"IamRole(applyStatus=in-sync, iamRoleArn={arn})" for arn in arns]
    redshift_data.attach_roles(account, before, arns, namespace.get("defaultIamRoleArn") or "")


def role_arns(namespace: dict[str, Any]) -> list[str]:
    """The ARNs of the roles attached to a namespace."""
    return [text.split("iamRoleArn=")[1].rstrip(")") for text in namespace["iamRoles"]]


def _credentials(account: Account, namespace: dict[str, Any], params: Params) -> None:
    user = namespace["adminUsername"]
    if params.get("adminUserPassword"):
        redshift_data.set_password(account, user, params["adminUserPassword"], admin=True)
    if params.get("manageAdminPassword") and not namespace.get("adminPasswordSecretArn"):
        password = uuid.uuid4().hex + "A1"
        secret = account.client("secretsmanager").create_secret(
            Name=f"redshift!{namespace['namespaceName']}-{user}",
            SecretString=json.dumps({"username": user, "password": password}),
        )
        namespace["adminPasswordSecretArn"] = secret["ARN"]
        namespace["adminPasswordSecretKmsKeyId"] = params.get("adminPasswordSecretKmsKeyId")
        redshift_data.set_password(account, user, password, admin=True)


def get_namespace(account: Account, call: Call) -> Params:
    """GetNamespace."""
    return {"namespace": account.store(Serverless).namespace(call.params()["namespaceName"])}


def list_namespaces(account: Account, call: Call) -> Params:
    """ListNamespaces."""
    return {"namespaces": list(account.store(Serverless).namespaces.values())}


def delete_namespace(account: Account, call: Call) -> Params:
    """DeleteNamespace."""
    name, store = call.params()["namespaceName"], account.store(Serverless)
    namespace = store.namespace(name)
    users = [group["workgroupName"] for group in store.workgroups.values() if group["namespaceName"] == name]
    if users:
        raise ServiceError(
            "ConflictException",
            f"There is an existing workgroup {users[0]} attached to the namespace {name}.",
            409,
        )
    del store.namespaces[name]
    return {"namespace": namespace | {"status": "DELETING"}}


def create_workgroup(account: Account, call: Call) -> Params:
    """CreateWorkgroup."""
    params, store = call.params(), account.store(Serverless)
    name = params["workgroupName"]
    store.namespace(params["namespaceName"])
    if name in store.workgroups:
        raise ServiceError("ConflictException", f"Workgroup {name} already exists.", 409)
    identity = str(uuid.uuid4())
    workgroup = {
        "workgroupName": name,
        "workgroupId": identity,
        "workgroupArn": account.arn("redshift-serverless", f"workgroup/{identity}"),
        "namespaceName": params["namespaceName"],
        "baseCapacity": params.get("baseCapacity", 128),
        "enhancedVpcRouting": params.get("enhancedVpcRouting", False),
        "publiclyAccessible": params.get("publiclyAccessible", False),
        "port": params.get("port", 5439),
        "ipAddressType": params.get("ipAddressType", "ipv4"),
        "trackName": params.get("trackName", "current"),
        "patchVersion": "1.0.125000",
        "workgroupVersion": "1.0.125000",
        "creationDate": account.clock.now(),
        "status": "AVAILABLE",
    }
    store.tags[workgroup["workgroupArn"]] = _tags(params)
    _configure(account, workgroup, params)
    _place(account, workgroup, params)
    store.workgroups[name] = workgroup
    return {"workgroup": workgroup}


def update_workgroup(account: Account, call: Call) -> Params:
    """UpdateWorkgroup."""
    params = call.params()
    workgroup = account.store(Serverless).workgroup(params["workgroupName"])
    for key in (
        "baseCapacity",
        "enhancedVpcRouting",
        "publiclyAccessible",
        "port",
        "ipAddressType",
        "trackName",
    ):
        if key in params:
            workgroup[key] = params[key]
    _configure(account, workgroup, params)
    _place(account, workgroup, params)
    return {"workgroup": workgroup}


def _configure(account: Account, workgroup: dict[str, Any], params: Params) -> None:
    values = {item["parameterKey"]: item["parameterValue"] for item in workgroup.get("configParameters", [])}
    values = CONFIG_PARAMETERS | values
    for item in params.get("configParameters", []):
        if item["parameterKey"] not in CONFIG_PARAMETERS:
            raise ServiceError(
                "ValidationException", f"The parameter {item['parameterKey']} is not supported."
            )
        values[item["parameterKey"]] = item["parameterValue"]
    workgroup["configParameters"] = [
        {"parameterKey": key, "parameterValue": value} for key, value in sorted(values.items())
    ]
    if params.get("maxCapacity") is not None:
        limit = params["maxCapacity"]
        if 0 < limit < workgroup["baseCapacity"]:
            raise ServiceError("ValidationException", "maxCapacity must not be below baseCapacity.")
        workgroup["maxCapacity"] = limit if limit > 0 else None
    target = params.get("pricePerformanceTarget") or workgroup.get("pricePerformanceTarget")
    workgroup["pricePerformanceTarget"] = target or {"status": "DISABLED"}


def _place(account: Account, workgroup: dict[str, Any], params: Params) -> None:
    """Put the workgroup into its subnets: an address in each, behind its security groups."""
    subnets = (
        params.get("subnetIds") or workgroup.get("subnetIds") or redshift_network.default_subnets(account)
    )
    groups = params.get("securityGroupIds") or workgroup.get("securityGroupIds")
    moved = subnets != workgroup.get("subnetIds")
    workgroup["subnetIds"] = subnets
    workgroup["securityGroupIds"] = groups or redshift_network.default_groups(account, subnets)
    known = workgroup.get("endpoint", {})
    host = account.redshift_host(workgroup["workgroupName"])
    vpc_endpoints = redshift_network.endpoints(account, subnets) if moved else known["vpcEndpoints"]
    workgroup["endpoint"] = {"address": host, "port": workgroup["port"], "vpcEndpoints": vpc_endpoints}


def get_workgroup(account: Account, call: Call) -> Params:
    """GetWorkgroup."""
    return {"workgroup": account.store(Serverless).workgroup(call.params()["workgroupName"])}


def list_workgroups(account: Account, call: Call) -> Params:
    """ListWorkgroups."""
    return {"workgroups": list(account.store(Serverless).workgroups.values())}


def delete_workgroup(account: Account, call: Call) -> Params:
    """DeleteWorkgroup."""
    store, name = account.store(Serverless), call.params()["workgroupName"]
    workgroup = store.workgroup(name)
    del store.workgroups[name]
    return {"workgroup": workgroup | {"status": "DELETING"}}


def get_credentials(account: Account, call: Call) -> Params:
    """GetCredentials: a database user of the caller's name, with a password for an hour at most."""
    params = call.params()
    account.store(Serverless).workgroup(params.get("workgroupName", ""))
    seconds = params.get("durationSeconds", 900)
    if not 900 <= seconds <= 3600:
        raise ServiceError("ValidationException", "durationSeconds must be between 900 and 3600.")
    return redshift_data.temporary_credentials(account, call, seconds)


def create_usage_limit(account: Account, call: Call) -> Params:
    """CreateUsageLimit."""
    params, identity = call.params(), str(uuid.uuid4())
    limit = {
        "usageLimitId": identity,
        "usageLimitArn": account.arn("redshift-serverless", f"usagelimit/{identity}"),
        "resourceArn": params["resourceArn"],
        "usageType": params["usageType"],
        "amount": params["amount"],
        "period": params.get("period", "monthly"),
        "breachAction": params.get("breachAction", "log"),
    }
    account.store(Serverless).usage_limits[identity] = limit
    return {"usageLimit": limit}


def update_usage_limit(account: Account, call: Call) -> Params:
    """UpdateUsageLimit."""
    params = call.params()
    limit = find(account.store(Serverless).usage_limits, params["usageLimitId"], "Usage limit")
    limit |= {key: value for key, value in params.items() if key in ("amount", "breachAction")}
    return {"usageLimit": limit}


def get_usage_limit(account: Account, call: Call) -> Params:
    """GetUsageLimit."""
    known = account.store(Serverless).usage_limits
    return {"usageLimit": find(known, call.params()["usageLimitId"], "Usage limit")}


def list_usage_limits(account: Account, call: Call) -> Params:
    """ListUsageLimits."""
    params = call.params()
    known = account.store(Serverless).usage_limits.values()
    arn, kind = params.get("resourceArn"), params.get("usageType")
    found = [x for x in known if arn in (None, x["resourceArn"]) and kind in (None, x["usageType"])]
    return {"usageLimits": found}


def delete_usage_limit(account: Account, call: Call) -> Params:
    """DeleteUsageLimit."""
    known, identity = account.store(Serverless).usage_limits, call.params()["usageLimitId"]
    limit = find(known, identity, "Usage limit")
    del known[identity]
    return {"usageLimit": limit}


def tag_resource(account: Account, call: Call) -> Params:
    """TagResource."""
    params = call.params()
    account.store(Serverless).tags.setdefault(params["resourceArn"], {}).update(_tags(params))
    return {}


def untag_resource(account: Account, call: Call) -> Params:
    """UntagResource."""
    params = call.params()
    tags = account.store(Serverless).tags.get(params["resourceArn"], {})
    for key in params["tagKeys"]:
        tags.pop(key, None)
    return {}


def list_tags(account: Account, call: Call) -> Params:
    """ListTagsForResource."""
    tags = account.store(Serverless).tags.get(call.params()["resourceArn"], {})
    return {"tags": [{"key": key, "value": value} for key, value in tags.items()]}


def _tags(params: Params) -> dict[str, str]:
    return {tag["key"]: tag["value"] for tag in params.get("tags", [])}


def _nothing(key: str) -> Callable[[Account, Call], Params]:
    """A list of what the sandbox never has."""
    return lambda account, call: {key: []}


HANDLERS = {
    ("redshift-serverless", operation): handler
    for operation, handler in {
        "CreateNamespace": create_namespace,
        "UpdateNamespace": update_namespace,
        "GetNamespace": get_namespace,
        "ListNamespaces": list_namespaces,
        "DeleteNamespace": delete_namespace,
        "CreateWorkgroup": create_workgroup,
        "UpdateWorkgroup": update_workgroup,
        "GetWorkgroup": get_workgroup,
        "ListWorkgroups": list_workgroups,
        "DeleteWorkgroup": delete_workgroup,
        "GetCredentials": get_credentials,
        "CreateUsageLimit": create_usage_limit,
        "UpdateUsageLimit": update_usage_limit,
        "GetUsageLimit": get_usage_limit,
        "ListUsageLimits": list_usage_limits,
        "DeleteUsageLimit": delete_usage_limit,
        "TagResource": tag_resource,
        "UntagResource": untag_resource,
        "ListTagsForResource": list_tags,
        "ListSnapshots": _nothing("snapshots"),
        "ListRecoveryPoints": _nothing("recoveryPoints"),
        "ListEndpointAccess": _nothing("endpoints"),
        "ListScheduledActions": _nothing("scheduledActions"),
        "ListSnapshotCopyConfigurations": _nothing("snapshotCopyConfigurations"),
        "ListCustomDomainAssociations": _nothing("associations"),
    }.items()
}
