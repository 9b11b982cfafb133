"""The bucket that holds Terraform's state: what it must be like, and the calls that make it so.

Versioning keeps every earlier state; encryption, the public access block and a policy that refuses plain HTTP
keep it private, because state holds secrets (https://developer.hashicorp.com/terraform/language/backend/s3).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dpctl.aws import Aws, partition, translate

KEEP_OLD_STATES_DAYS = 90
OLD_STATES = {
    "ID": "old-states",
    "Status": "Enabled",
    "Filter": {"Prefix": ""},
    "NoncurrentVersionExpiration": {"NoncurrentDays": KEEP_OLD_STATES_DAYS},
    "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
}
US_EAST_1 = "us-east-1"  # the one region that must not be named in CreateBucket


@dataclass(frozen=True)
class Call:
    """One S3 call; ``purpose`` is what it is for, in the words of a report."""

    purpose: str
    method: str
    params: Mapping[str, Any]


def exists(aws: Aws, bucket: str) -> bool:
    """Whether the bucket is there and may be used. Raises AccessError when it is somebody else's."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        aws.client("s3").head_bucket(Bucket=bucket)
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") in ("404", "NoSuchBucket", "NotFound"):
            return False
        raise translate(error, f"use the state bucket {bucket}") from error
    except BotoCoreError as error:
        raise translate(error, f"use the state bucket {bucket}") from error
    return True


def calls(bucket: str, region: str, *, create: bool) -> tuple[Call, ...]:
    """The calls that make the bucket, or bring one that is there up to what it must be like."""
    place = {} if region == US_EAST_1 else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    made = (Call("create the bucket", "create_bucket", {"Bucket": bucket, **place}),) if create else ()
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BucketKeyEnabled": True}
    flags = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
    return (
        *made,
        Call(
            "block public access",
            "put_public_access_block",
            {"Bucket": bucket, "PublicAccessBlockConfiguration": dict.fromkeys(flags, True)},
        ),
        Call(
            "keep every version",
            "put_bucket_versioning",
            {"Bucket": bucket, "VersioningConfiguration": {"Status": "Enabled"}},
        ),
        Call(
            "encrypt",
            "put_bucket_encryption",
            {"Bucket": bucket, "ServerSideEncryptionConfiguration": {"Rules": [rule]}},
        ),
        Call(
            "refuse plain HTTP",
            "put_bucket_policy",
            {"Bucket": bucket, "Policy": json.dumps(_tls_only(bucket, region))},
        ),
        Call(
            f"drop old versions after {KEEP_OLD_STATES_DAYS} days",
            "put_bucket_lifecycle_configuration",
            {"Bucket": bucket, "LifecycleConfiguration": {"Rules": [OLD_STATES]}},
        ),
    )


def _tls_only(bucket: str, region: str) -> dict[str, Any]:
    arn = f"arn:{partition(region)}:s3:::{bucket}"
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "TlsOnly",
                "Effect": "Deny",
                "Principal": "*",
                "Action": "s3:*",
                "Resource": [arn, f"{arn}/*"],
                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            }
        ],
    }


def carry_out(aws: Aws, planned: tuple[Call, ...]) -> None:
    """Make the calls. Raises AwsError or AccessError at the first that fails."""
    from botocore.exceptions import BotoCoreError, ClientError

    client = aws.client("s3")
    for call in planned:
        try:
            getattr(client, call.method)(**call.params)
        except (BotoCoreError, ClientError) as error:
            raise translate(error, f"{call.purpose} ({call.params['Bucket']})") from error
