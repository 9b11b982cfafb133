"""The buckets, the key, the trail and the secrets."""

from __future__ import annotations

import json
from typing import Any

from dpctl.sandbox.replica.ids import fixed
from dpctl.sandbox.replica.seed import Seed

# The secret that Glue made for its connection (plan, 2.4).
GLUE_SECRET = "glue!{account}-Redshiftconnection-1770324474685"
SCRIPTS = ("GlueTestjob", "DynamotoRedshift", "gluejob")


def fill(seed: Seed) -> None:
    """Make the storage part of the static layer."""
    key = _key(seed)
    _buckets(seed)
    _secrets(seed)
    _trail(seed, key)


def _key(seed: Seed) -> str | None:
    arn = seed.config.audit.kms_key_arn
    if arn is None:
        return None
    trail = seed.account.arn("cloudtrail", f"trail/{seed.config.audit.trail}")
    with fixed("kms_key", arn.rsplit("/", 1)[-1]):
        key = seed.client("kms").create_key(
            Policy=json.dumps(_key_policy(seed, trail)),
            Description="The key created by CloudTrail to encrypt log files. "
            f"Created for {seed.config.audit.trail}",
        )
    return str(key["KeyMetadata"]["Arn"])


def _key_policy(seed: Seed, trail: str) -> dict[str, Any]:
    """The policy that the CloudTrail console writes (CloudTrail user guide, "Default key policy")."""
    owner = {"AWS": seed.account.arn("iam", "root")}
    service = {"Service": "cloudtrail.amazonaws.com"}
    source = {"StringEquals": {"aws:SourceArn": trail}}
    return {
        "Version": "2012-10-17",
        "Id": "Key policy created by CloudTrail",
        "Statement": [
            _allow("Enable IAM User Permissions", owner, "kms:*"),
            _allow("Allow CloudTrail to encrypt logs", service, "kms:GenerateDataKey*")
            | {"Condition": source},
            _allow("Allow CloudTrail to describe key", service, "kms:DescribeKey"),
        ],
    }


def _allow(
    sid: str, principal: dict[str, str], action: str | list[str], resource: str = "*"
) -> dict[str, Any]:
    return {"Sid": sid, "Effect": "Allow", "Principal": principal, "Action": action, "Resource": resource}


def _buckets(seed: Seed) -> None:
    s3, storage = seed.client("s3"), seed.config.storage
    for bucket in (storage.source_bucket, storage.glue_assets_bucket, storage.trail_bucket):
        s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": seed.account.region})
        block = dict.fromkeys(
            ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True
        )
        s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=block)
    policy = _trail_policy(seed, storage.trail_bucket)
    s3.put_bucket_policy(Bucket=storage.trail_bucket, Policy=json.dumps(policy))
    for name in SCRIPTS:
        body = f"# The script that was in the account before Terraform.\nprint({name!r})\n".encode()
        s3.put_object(Bucket=storage.glue_assets_bucket, Key=f"scripts/{name}.py", Body=body)


def _trail_policy(seed: Seed, bucket: str) -> dict[str, Any]:
    """What a trail needs to deliver (CloudTrail user guide, "Amazon S3 bucket policy for CloudTrail")."""
    service = {"Service": "cloudtrail.amazonaws.com"}
    trail = seed.account.arn("cloudtrail", f"trail/{seed.config.audit.trail}")
    logs = f"arn:aws:s3:::{bucket}/AWSLogs/{seed.account.account_id}/*"
    acl = _allow("AWSCloudTrailAclCheck20150319", service, "s3:GetBucketAcl", f"arn:aws:s3:::{bucket}")
    write = _allow("AWSCloudTrailWrite20150319", service, "s3:PutObject", logs)
    acl["Condition"] = {"StringEquals": {"aws:SourceArn": trail}}
    write["Condition"] = {
        "StringEquals": {"aws:SourceArn": trail, "s3:x-amz-acl": "bucket-owner-full-control"},
    }
    return {"Version": "2012-10-17", "Statement": [acl, write]}


def _secrets(seed: Seed) -> None:
    config = seed.config
    redshift, mysql = config.databases.redshift, config.databases.mysql
    host = seed.account.redshift_host(redshift.workgroup)
    login = {"username": redshift.admin_user, "password": seed.password("redshift")}
    place = {"engine": "redshift", "host": host, "port": redshift.port, "database": redshift.database}
    _secret(seed, config.secrets.redshift, login | place)
    _secret(seed, GLUE_SECRET.format(account=seed.account.account_id), login)
    if mysql is not None:
        login = {"username": mysql.username, "password": seed.password("mysql")}
        place = {"engine": "mysql", "port": mysql.port, "dbname": mysql.database, "host": mysql_host(seed)}
        _secret(seed, config.secrets.database, login | place)


def mysql_host(seed: Seed) -> str:
    """The address of the MySQL instance."""
    from dpctl.sandbox.patches import rds_address

    return rds_address(seed.config.databases.mysql.identifier, seed.account.region)


def _secret(seed: Seed, name: str, value: dict[str, Any]) -> None:
    seed.client("secretsmanager").create_secret(Name=name, SecretString=json.dumps(value))


def _trail(seed: Seed, key: str | None) -> None:
    trail, cloudtrail = seed.config.audit.trail, seed.client("cloudtrail")
    cloudtrail.create_trail(
        Name=trail,
        S3BucketName=seed.config.storage.trail_bucket,
        IsMultiRegionTrail=True,
        IncludeGlobalServiceEvents=True,
        EnableLogFileValidation=True,
        **({"KmsKeyId": key} if key else {}),
    )
    fields = [("eventCategory", "Data"), ("resources.type", "AWS::DynamoDB::Table")]
    selector = {
        "Name": "DynamoDB",
        "FieldSelectors": [{"Field": field, "Equals": [value]} for field, value in fields],
    }
    cloudtrail.put_event_selectors(TrailName=trail, AdvancedEventSelectors=[selector])
    cloudtrail.start_logging(Name=trail)
