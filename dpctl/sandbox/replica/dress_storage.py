"""The options of buckets, secrets and the trail."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from dpctl.sandbox.replica.dress_identity import tag_list
from dpctl.sandbox.replica.ids import fixed
from dpctl.sandbox.replica.seed import Seed


def keys(seed: Seed, wanted: Mapping[str, str]) -> None:
    """The customer keys that are known by an alias, with their ids."""
    kms = seed.client("kms")
    there = {one["KeyArn"] for one in kms.list_keys()["Keys"]}
    for name, arn in wanted.items():
        identity = arn.rpartition("/")[2]
        if arn not in there:
            with fixed("kms_key", identity):
                kms.create_key(Description="Made by hand")
        if "alias/" in name:
            kms.create_alias(AliasName=f"alias/{name.partition('alias/')[2]}", TargetKeyId=identity)


def buckets(seed: Seed, wanted: Mapping[str, Any]) -> None:
    """Every setting of the buckets that the replica has."""
    there = {item["Name"] for item in seed.client("s3").list_buckets()["Buckets"]}
    for name, options in wanted.items():
        if name in there:
            _bucket(seed, name, options)


def _bucket(seed: Seed, name: str, options: Mapping[str, Any]) -> None:
    s3 = seed.client("s3")
    if options.get("Versioning"):
        s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": options["Versioning"]})
    if options.get("Encryption"):
        s3.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration=options["Encryption"])
    if options.get("Ownership"):
        s3.put_bucket_ownership_controls(Bucket=name, OwnershipControls=options["Ownership"])
    if options.get("PublicAccessBlock"):
        s3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=options["PublicAccessBlock"])
    if options.get("Lifecycle"):
        s3.put_bucket_lifecycle_configuration(
            Bucket=name, LifecycleConfiguration={"Rules": options["Lifecycle"]}
        )
    if options.get("Policy"):
        s3.put_bucket_policy(Bucket=name, Policy=json.dumps(options["Policy"]))
    if options.get("Tags"):
        s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": tag_list(options["Tags"])})


def secrets(seed: Seed, wanted: Mapping[str, Any]) -> None:
    """Description, key and tags; the value is the replica's own."""
    client = seed.client("secretsmanager")
    for name, options in wanted.items():
        changes = {key: options[key] for key in ("Description", "KmsKeyId") if options.get(key)}
        if changes:
            client.update_secret(SecretId=name, **changes)
        if options.get("Tags"):
            client.tag_resource(SecretId=name, Tags=tag_list(options["Tags"]))


def trail(seed: Seed, options: Mapping[str, Any]) -> None:
    """What the trail logs, insights and tags."""
    cloudtrail, name = seed.client("cloudtrail"), seed.config.audit.trail
    given = {
        flag: options[key]
        for key, flag in (
            ("IsMultiRegionTrail", "IsMultiRegionTrail"),
            ("IncludeGlobalServiceEvents", "IncludeGlobalServiceEvents"),
            ("LogFileValidationEnabled", "EnableLogFileValidation"),
        )
        if options.get(key) is not None
    }
    if given:
        cloudtrail.update_trail(Name=name, **given)
    if options.get("AdvancedSelectors"):
        cloudtrail.put_event_selectors(TrailName=name, AdvancedEventSelectors=options["AdvancedSelectors"])
    elif options.get("Selectors"):
        cloudtrail.put_event_selectors(TrailName=name, EventSelectors=options["Selectors"])
    if options.get("Insights"):
        cloudtrail.put_insight_selectors(TrailName=name, InsightSelectors=options["Insights"])
    if options.get("Tags"):
        arn = seed.account.arn("cloudtrail", f"trail/{name}")
        cloudtrail.add_tags(ResourceId=arn, TagsList=tag_list(options["Tags"]))
