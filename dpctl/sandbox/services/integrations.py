"""Integrations (S3 and DynamoDB to Redshift) and the resource policies of Redshift, which moto lacks."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, field
from typing import Any

from dpctl.sandbox.account import Account
from dpctl.sandbox.calls import Call, ServiceError
from dpctl.sandbox.services.redshift_store import Serverless

Params = dict[str, Any]


@dataclass
class Integrations:
    """Integrations by ARN, and resource policies (JSON text) by the ARN of a namespace."""

    integrations: dict[str, dict[str, Any]] = field(default_factory=dict)
    policies: dict[str, str] = field(default_factory=dict)


def feeds(account: Account, bucket: str) -> bool:
    """Whether an active integration reports new objects of a bucket to Redshift."""
    arn = f"arn:aws:s3:::{bucket}"
    known = account.store(Integrations).integrations.values()
    return any(item["SourceArn"] == arn and item["Status"] == "active" for item in known)


def create_integration(account: Account, call: Call) -> Params:
    """CreateIntegration; for a bucket with what auto-copy demands (guide, "S3 event integrations")."""
    params, store = call.params(), account.store(Integrations)
    source, target = params["SourceArn"], params["TargetArn"]
    _check_source(account, source, params)
    _check_target(account, target)
    for item in store.integrations.values():
        if (item["SourceArn"], item["TargetArn"]) == (source, target) or item["IntegrationName"] == params[
            "IntegrationName"
        ]:
            raise ServiceError("IntegrationAlreadyExistsFault", "An integration of this name or pair exists.")
    policy = store.policies.get(target, "")
    if source not in policy or "redshift:AuthorizeInboundIntegration" not in policy:
        raise ServiceError(
            "UnauthorizedOperation", f"The resource policy of {target} does not authorize {source}.", 403
        )
    arn = account.arn("redshift", f"integration:{uuid.uuid4()}")
    integration = {
        "IntegrationArn": arn,
        "IntegrationName": params["IntegrationName"],
        "SourceArn": source,
        "TargetArn": target,
        "Status": "active",
        "Errors": [],
        "CreateTime": account.clock.now(),
        "Description": params.get("Description"),
        "KMSKeyId": params.get("KMSKeyId"),
        "AdditionalEncryptionContext": params.get("AdditionalEncryptionContext", {}),
        "Tags": params.get("TagList", []),
    }
    store.integrations[arn] = integration
    return integration


def _check_source(account: Account, source: str, params: Params) -> None:
    if not source.startswith("arn:aws:s3:::"):
        return
    bucket = source.removeprefix("arn:aws:s3:::")
    known = account.backend("s3").buckets.get(bucket)
    if known is None:
        raise ServiceError("IntegrationSourceNotFoundFault", f"The bucket {bucket} does not exist.", 404)
    if params.get("KMSKeyId"):
        raise ServiceError("UnsupportedOperation", "An S3 source takes no KMS key.")
    policy = known.policy or b""
    text = policy.decode() if isinstance(policy, bytes) else str(policy)
    if "redshift.amazonaws.com" not in text or "s3:PutBucketNotification" not in text:
        raise ServiceError(
            "UnauthorizedOperation", f"The policy of {bucket} does not let Redshift be notified.", 403
        )
    taken = getattr(known, "notification_configuration", None)
    if taken is not None and any(
        event.startswith("s3:ObjectCreated")
        for kind in (taken.topic, taken.queue, taken.cloud_function)
        for item in kind
        for event in item.events
    ):
        raise ServiceError(
            "IntegrationConflictOperationFault", f"{bucket} has notifications of new objects already."
        )


def _check_target(account: Account, target: str) -> None:
    if not any(item["namespaceArn"] == target for item in account.store(Serverless).namespaces.values()):
        raise ServiceError("IntegrationTargetNotFoundFault", f"The namespace {target} does not exist.", 404)


def describe_integrations(account: Account, call: Call) -> Params:
    """DescribeIntegrations, of one ARN or of all, filtered by source."""
    params, known = call.params(), account.store(Integrations).integrations
    arn = params.get("IntegrationArn")
    if arn and arn not in known:
        raise ServiceError("IntegrationNotFoundFault", f"The integration {arn} does not exist.", 404)
    found = [known[arn]] if arn else list(known.values())
    keys = {"integration-arn": "IntegrationArn", "source-arn": "SourceArn", "status": "Status"}
    for item in params.get("Filters", []):
        if item["Name"] in keys:
            found = [one for one in found if one[keys[item["Name"]]] in item["Values"]]
    return {"Integrations": found}


def modify_integration(account: Account, call: Call) -> Params:
    """ModifyIntegration: name and description."""
    params = call.params()
    integration = _known(account, params["IntegrationArn"])
    integration |= {key: params[key] for key in ("Description", "IntegrationName") if key in params}
    return integration


def delete_integration(account: Account, call: Call) -> Params:
    """DeleteIntegration."""
    arn = call.params()["IntegrationArn"]
    integration = _known(account, arn)
    del account.store(Integrations).integrations[arn]
    return integration | {"Status": "deleting"}


def _known(account: Account, arn: str) -> dict[str, Any]:
    known = account.store(Integrations).integrations
    if arn not in known:
        raise ServiceError("IntegrationNotFoundFault", f"The integration {arn} does not exist.", 404)
    return known[arn]


def put_resource_policy(account: Account, call: Call) -> Params:
    """PutResourcePolicy on a namespace."""
    params = call.params()
    try:
        json.loads(params["Policy"])
    except ValueError as error:
        raise ServiceError("InvalidPolicyFault", f"The policy is not JSON: {error}") from error
    account.store(Integrations).policies[params["ResourceArn"]] = params["Policy"]
    return {"ResourcePolicy": {"ResourceArn": params["ResourceArn"], "Policy": params["Policy"]}}


def get_resource_policy(account: Account, call: Call) -> Params:
    """GetResourcePolicy."""
    arn = call.params()["ResourceArn"]
    policies = account.store(Integrations).policies
    if arn not in policies:
        raise ServiceError("ResourceNotFoundFault", f"{arn} has no resource policy.", 404)
    return {"ResourcePolicy": {"ResourceArn": arn, "Policy": policies[arn]}}


def delete_resource_policy(account: Account, call: Call) -> Params:
    """DeleteResourcePolicy."""
    arn = call.params()["ResourceArn"]
    if account.store(Integrations).policies.pop(arn, None) is None:
        raise ServiceError("ResourceNotFoundFault", f"{arn} has no resource policy.", 404)
    return {}


def tag(account: Account, call: Call) -> Params | None:
    """CreateTags on an integration; moto does the others."""
    params = call.params()
    integration = account.store(Integrations).integrations.get(params["ResourceName"])
    if integration is None:
        return None
    added = {item["Key"] for item in params["Tags"]}
    kept = [item for item in integration["Tags"] if item["Key"] not in added]
    integration["Tags"] = kept + params["Tags"]
    return {}


def untag(account: Account, call: Call) -> Params | None:
    """DeleteTags on an integration; moto does the others."""
    params = call.params()
    integration = account.store(Integrations).integrations.get(params["ResourceName"])
    if integration is None:
        return None
    integration["Tags"] = [item for item in integration["Tags"] if item["Key"] not in params["TagKeys"]]
    return {}


def describe_tags(account: Account, call: Call) -> Params | None:
    """DescribeTags of an integration; moto does the others."""
    arn = call.params().get("ResourceName", "")
    integration = account.store(Integrations).integrations.get(arn)
    if integration is None:
        return None
    tagged = [
        {"ResourceName": arn, "ResourceType": "integration", "Tag": item} for item in integration["Tags"]
    ]
    return {"TaggedResources": tagged}


HANDLERS = {
    ("redshift", operation): handler
    for operation, handler in {
        "CreateIntegration": create_integration,
        "DescribeIntegrations": describe_integrations,
        "ModifyIntegration": modify_integration,
        "DeleteIntegration": delete_integration,
        "PutResourcePolicy": put_resource_policy,
        "GetResourcePolicy": get_resource_policy,
        "DeleteResourcePolicy": delete_resource_policy,
        "CreateTags": tag,
        "DeleteTags": untag,
        "DescribeTags": describe_tags,
    }.items()
}
