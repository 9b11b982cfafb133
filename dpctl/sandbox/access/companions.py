"""What a call needs beside its own action: roles it hands over, secrets and keys it makes AWS use."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote

from dpctl.sandbox.access.needs import Asked, Lookups, Need, at_path

# (service, operation) => where the role is that the call hands over, and to which service it goes (IAM user
# guide, "Grant a user permissions to pass a role to an AWS service").
PASSED: dict[tuple[str, str], tuple[tuple[str, ...], str]] = {
    ("cloudtrail", "CreateTrail"): (("CloudWatchLogsRoleArn",), "cloudtrail.amazonaws.com"),
    ("cloudtrail", "UpdateTrail"): (("CloudWatchLogsRoleArn",), "cloudtrail.amazonaws.com"),
    ("ec2", "CreateFlowLogs"): (("DeliverLogsPermissionArn",), "vpc-flow-logs.amazonaws.com"),
    ("events", "PutTargets"): (("Targets", "RoleArn"), "events.amazonaws.com"),
    ("glue", "CreateJob"): (("Role",), "glue.amazonaws.com"),
    ("glue", "UpdateJob"): (("JobUpdate", "Role"), "glue.amazonaws.com"),
    ("lambda", "CreateFunction"): (("Role",), "lambda.amazonaws.com"),
    ("lambda", "UpdateFunctionConfiguration"): (("Role",), "lambda.amazonaws.com"),
    ("rds", "CreateDBInstance"): (("MonitoringRoleArn",), "monitoring.rds.amazonaws.com"),
    ("redshift-serverless", "CreateNamespace"): (("iamRoles",), "redshift-serverless.amazonaws.com"),
    ("redshift-serverless", "UpdateNamespace"): (("iamRoles",), "redshift-serverless.amazonaws.com"),
    ("scheduler", "CreateSchedule"): (("Target", "RoleArn"), "scheduler.amazonaws.com"),
    ("scheduler", "UpdateSchedule"): (("Target", "RoleArn"), "scheduler.amazonaws.com"),
    ("stepfunctions", "CreateStateMachine"): (("roleArn",), "states.amazonaws.com"),
    ("stepfunctions", "UpdateStateMachine"): (("roleArn",), "states.amazonaws.com"),
}
READS, WRITES = ("GetObject",), ("PutObject", "CopyObject", "CreateMultipartUpload", "UploadPart")


def companions(asked: Asked, look: Lookups) -> Iterator[Need]:
    """The further needs of a call."""
    yield from _passed_roles(asked, look)
    if asked.service == "redshift-data" and asked.operation in ("ExecuteStatement", "BatchExecuteStatement"):
        yield from _sign_in(asked.params, look)
    if asked.service == "s3":
        yield from _copied(asked.params)
        yield from _objects_key(asked, look)
    if (asked.service, asked.operation) == ("secretsmanager", "GetSecretValue"):
        yield from _keys(
            look, "secret key", str(asked.params.get("SecretId", "")), "secretsmanager", "kms:Decrypt"
        )
    if (asked.service, asked.operation) == ("secretsmanager", "BatchGetSecretValue"):
        for name in asked.params.get("SecretIdList") or ("*",):  # which ones a filter finds is not looked up
            arn = name if name.startswith("arn:") else look.named("secret", name) or "*"
            yield Need("secretsmanager:GetSecretValue", arn)
            yield from _keys(look, "secret key", name, "secretsmanager", "kms:Decrypt")
    if asked.service == "sqs" and asked.operation.startswith("SendMessage"):
        url = str(asked.params.get("QueueUrl", ""))
        yield from _keys(look, "queue key", url, "sqs", "kms:GenerateDataKey", "kms:Decrypt")


def _passed_roles(asked: Asked, look: Lookups) -> Iterator[Need]:
    path, service = PASSED.get((asked.service, asked.operation), ((), ""))
    for role in dict.fromkeys(at_path(asked.params, path)) if path else ():
        arn = role if role.startswith("arn:") else look.named("role", role) or role
        yield Need("iam:PassRole", arn, {"iam:passedtoservice": (service,)})


def _sign_in(params: Mapping[str, Any], look: Lookups) -> Iterator[Need]:
    """The Data API reads a secret, or asks for a password, in the caller's name (management guide)."""
    if params.get("SecretArn"):
        secret = str(params["SecretArn"])  # AWS takes the name as well
        arn = secret if secret.startswith("arn:") else look.named("secret", secret)
        yield Need("secretsmanager:GetSecretValue", arn or _any_secret(secret, look))
        yield from _keys(look, "secret key", str(params["SecretArn"]), "secretsmanager", "kms:Decrypt")
    elif params.get("WorkgroupName"):
        arn = look.named("workgroup", str(params["WorkgroupName"])) or "*"
        yield Need("redshift-serverless:GetCredentials", arn)


def _any_secret(name: str, look: Lookups) -> str:
    """A secret that is not there, as a policy would mean it."""
    return f"arn:aws:secretsmanager:{look.region}:{look.account_id}:secret:{name}-??????"


def _copied(params: Mapping[str, Any]) -> Iterator[Need]:
    """The source stands in the header percent-encoded (S3 API reference, "CopyObject")."""
    path, _, version = str(params.get("CopySource", "")).partition("?")
    source = unquote(path).lstrip("/")
    if source:
        action = "s3:GetObjectVersion" if version.startswith("versionId=") else "s3:GetObject"
        yield Need(action, f"arn:aws:s3:::{source}")


def _objects_key(asked: Asked, look: Lookups) -> Iterator[Need]:
    """S3 uses a customer's key in the caller's name (user guide, "Server-side encryption with KMS")."""
    bucket, key = str(asked.params.get("Bucket", "")), str(asked.params.get("Key", ""))
    if asked.operation in WRITES and not asked.params.get("SSEKMSKeyId"):
        yield from _keys(look, "bucket key", bucket, "s3", "kms:GenerateDataKey")
    elif asked.operation in WRITES:
        yield from _keys(look, "key", str(asked.params["SSEKMSKeyId"]), "s3", "kms:GenerateDataKey")
    elif asked.operation in READS:
        yield from _keys(look, "object key", f"{bucket}/{key}", "s3", "kms:Decrypt")


def _keys(look: Lookups, kind: str, name: str, service: str, *actions: str) -> Iterator[Need]:
    arn = look.named(kind, name)
    if arn is None:
        return
    via = f"{service}.{look.region}.amazonaws.com"
    keys = {"kms:viaservice": (via,), "kms:calleraccount": (look.account_id,)}
    for action in actions:
        yield Need(action, arn, keys)
