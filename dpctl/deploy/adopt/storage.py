"""How buckets and what hangs on them are found.

A bucket's setting is imported when it is configured; AWS's own defaults (encryption since 2023, ownership)
count as configured, because Terraform would otherwise report their creation.
"""

from __future__ import annotations

from collections.abc import Callable

from dpctl.deploy.adopt.inventory import Inventory, Values


def bucket(values: Values, aws: Inventory) -> str | None:
    """The bucket of that name, if it is in this account and region."""
    name = str(values["bucket"])
    return name if region(name, aws) == aws.aws.region else None


def region(name: str, aws: Inventory) -> str | None:
    """Where a bucket of this account is; None for one that is not this account's."""
    owned = aws.items("s3", "list_buckets", "Buckets")
    if not any(item["Name"] == name for item in owned):
        return None
    place = (aws.get("s3", "get_bucket_location", Bucket=name) or {}).get("LocationConstraint")
    # AWS: GetBucketLocation; the first region has no name there, and Ireland once had another
    return {"": "us-east-1", "EU": "eu-west-1"}.get(place or "", str(place or ""))


def setting(operation: str, key: str) -> Callable[[Values, Inventory], str | None]:
    """A resolver for a setting of a bucket: there when ``operation`` answers with something under ``key``."""

    def resolve(values: Values, aws: Inventory) -> str | None:
        name = str(values["bucket"])
        answer = aws.get("s3", operation, Bucket=name)
        return name if answer and answer.get(key) else None

    return resolve


def notification(values: Values, aws: Inventory) -> str | None:
    """The bucket's notifications, when there are any."""
    name = str(values["bucket"])
    answer = aws.get("s3", "get_bucket_notification_configuration", Bucket=name) or {}
    return name if any(key != "ResponseMetadata" for key in answer) else None


def item(values: Values, aws: Inventory) -> str | None:
    """``<bucket>/<key>`` of an object."""
    name, key = str(values["bucket"]), str(values["key"])
    return f"{name}/{key}" if aws.get("s3", "head_object", Bucket=name, Key=key) else None
