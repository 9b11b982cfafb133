"""The buckets and the trail."""

from __future__ import annotations

from typing import Any

from dpctl.config import Environment
from dpctl.deploy.adopt import Inventory
from dpctl.deploy.picture.shapes import Shape, from_json, only, tags


def buckets(aws: Inventory, environment: Environment) -> Shape:
    """The buckets by name, each with its settings and the scripts' names."""
    storage = environment.config.storage
    owned = {item["Name"] for item in aws.items("s3", "list_buckets", "Buckets")}
    names = [
        environment.resource(name)
        for name in (
            storage.source_bucket,
            storage.glue_assets_bucket,
            storage.trail_bucket,
            storage.export_bucket,
        )
    ]
    return {name: _bucket(aws, name) for name in names if name in owned}


def _bucket(aws: Inventory, name: str) -> Shape:
    def ask(operation: str, key: str) -> Any:
        return (aws.get("s3", operation, Bucket=name) or {}).get(key)

    notifications = aws.get("s3", "get_bucket_notification_configuration", Bucket=name) or {}
    scripts = aws.items("s3", "list_objects_v2", "Contents", Bucket=name, Prefix="scripts/")
    return {
        "Versioning": ask("get_bucket_versioning", "Status"),
        "Encryption": ask("get_bucket_encryption", "ServerSideEncryptionConfiguration"),
        "PublicAccessBlock": ask("get_public_access_block", "PublicAccessBlockConfiguration"),
        "Ownership": ask("get_bucket_ownership_controls", "OwnershipControls"),
        "Lifecycle": ask("get_bucket_lifecycle_configuration", "Rules"),
        "Policy": from_json(ask("get_bucket_policy", "Policy")),
        "Tags": tags(ask("get_bucket_tagging", "TagSet")),
        "Notifications": {key: value for key, value in notifications.items() if key != "ResponseMetadata"},
        "Scripts": sorted(item["Key"] for item in scripts),
    }


def trail(aws: Inventory, environment: Environment) -> Shape | None:
    """The trail with its selectors, and the key of its logs."""
    name = environment.resource(environment.config.audit.trail)
    known = aws.items("cloudtrail", "describe_trails", "trailList", trailNameList=[name])
    if not known:
        return None
    one = known[0]
    selectors = aws.get("cloudtrail", "get_event_selectors", TrailName=name) or {}
    insights = None
    if one.get("HasInsightSelectors"):
        insights = (aws.get("cloudtrail", "get_insight_selectors", TrailName=name) or {}).get(
            "InsightSelectors"
        )
    listed = aws.items("cloudtrail", "list_tags", "ResourceTagList", ResourceIdList=[one["TrailARN"]])
    return {
        **only(
            one,
            "S3BucketName",
            "S3KeyPrefix",
            "SnsTopicName",
            "IncludeGlobalServiceEvents",
            "IsMultiRegionTrail",
            "LogFileValidationEnabled",
            "CloudWatchLogsLogGroupArn",
            "CloudWatchLogsRoleArn",
            "KmsKeyId",
        ),
        "Selectors": selectors.get("EventSelectors") or [],
        "AdvancedSelectors": selectors.get("AdvancedEventSelectors") or [],
        "Insights": insights or [],
        "Tags": tags(listed[0].get("TagsList") if listed else None),
    }
