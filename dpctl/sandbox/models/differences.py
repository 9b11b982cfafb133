"""Where a service differs from its published model, with the source of each difference.

A model may be laxer than its service (it lists no pattern, and the service has one) or stricter (it forbids
what the service takes). What is not listed here is as the model says.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Rule:
    """What is true of a member in place of the model's word.

    ``required`` None leaves that to the model; ``constraints`` has min, max, pattern and enum, None for none;
    ``also`` are values that the enumeration lacks. ``code`` is the error's, where it is one for this member.
    """

    required: bool | None = None
    constraints: Mapping[str, Any] = field(default_factory=dict)
    also: tuple[str, ...] = ()
    code: str = ""


@dataclass(frozen=True)
class Difference:
    """One place: the operations (``service:Operation``), the member's path, the rule, and where that stands.

    The path is as AWS prints it, without the numbers of list elements; ``.key`` are the keys of a map.
    """

    operations: tuple[str, ...]
    path: str
    rule: Rule
    says: str
    source: str


_GLUE_CONNECTIONS = ("glue:CreateConnection", "glue:UpdateConnection")

DIFFERENCES: tuple[Difference, ...] = (
    Difference(
        _GLUE_CONNECTIONS,
        "connectionInput.connectionType",
        Rule(also=("REDSHIFT", "SNOWFLAKE")),
        "Glue takes the types of its console, which the model does not list",
        "https://github.com/hashicorp/terraform-provider-aws/issues/41544, "
        "https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/1810",
    ),
    Difference(
        _GLUE_CONNECTIONS,
        "connectionInput.connectionProperties.key",
        Rule(also=("ENFORCE_SSL", "JDBC_PARAMS")),
        "a connection of the type REDSHIFT has properties that the model does not list",
        "https://docs.aws.amazon.com/glue/latest/dg/connection-properties.html",
    ),
    Difference(
        ("s3:CreateBucket",),
        "bucket",
        Rule(
            constraints={
                "min": 3,
                "max": 63,
                "pattern": r"(?!xn--|sthree-|amzn-s3-demo-)(?!(\d{1,3}\.){3}\d{1,3}$)(?!.*\.\.)"
                r"(?!.*(-s3alias|--ol-s3|\.mrap|--x-s3|--table-s3)$)[a-z0-9][a-z0-9.-]*[a-z0-9]",
            },
            code="InvalidBucketName",
        ),
        "the rules of names of buckets are no part of the model",
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html",
    ),
    Difference(
        ("s3:PutObject", "s3:CopyObject", "s3:CreateMultipartUpload"),
        "key",
        Rule(constraints={"bytes": 1024}, code="KeyTooLongError"),
        "a key has at most 1,024 bytes of UTF-8",
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html",
    ),
    Difference(
        ("sqs:CreateQueue",),
        "queueName",
        Rule(constraints={"min": 1, "max": 80, "pattern": r"[A-Za-z0-9_-]+(\.fifo)?"}),
        "the rules of names of queues are no part of the model",
        "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html",
    ),
    Difference(
        ("sns:CreateTopic",),
        "name",
        Rule(
            constraints={"min": 1, "max": 256, "pattern": r"[A-Za-z0-9_-]+(\.fifo)?"}, code="InvalidParameter"
        ),
        "the rules of names of topics are no part of the model",
        "https://docs.aws.amazon.com/sns/latest/api/API_CreateTopic.html",
    ),
    Difference(
        ("cloudtrail:CreateTrail", "cloudtrail:UpdateTrail"),
        "name",
        Rule(
            constraints={
                "min": 3,
                "pattern": r"arn:.*|(?!(\d{1,3}\.){3}\d{1,3}$)(?!.*[._-]{2})[A-Za-z0-9][A-Za-z0-9._-]{1,126}"
                r"[A-Za-z0-9]",
            },
            code="InvalidTrailNameException",
        ),
        "the rules of names of trails are no part of the model",
        "https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_CreateTrail.html",
    ),
    Difference(
        ("secretsmanager:CreateSecret",),
        "name",
        Rule(constraints={"pattern": r"[A-Za-z0-9/_+=.@!-]+"}),
        "the rules of names of secrets are no part of the model",
        "https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html",
    ),
    Difference(
        ("ec2:CreateSecurityGroup",),
        "description",
        Rule(constraints={"min": 1, "max": 255, "pattern": r"[a-zA-Z0-9 ._\-:/()#,@\[\]+=&;{}!$*]*"}),
        "the letters of a security group's description are no part of the model",
        "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSecurityGroup.html",
    ),
    Difference(
        (
            "ec2:AuthorizeSecurityGroupIngress",
            "ec2:AuthorizeSecurityGroupEgress",
        ),
        "ipPermissions.member.ipRanges.member.description",
        Rule(constraints={"max": 255, "pattern": r"[a-zA-Z0-9 ._\-:/()#,@\[\]+=&;{}!$*]*"}),
        "the letters of a rule's description are no part of the model",
        "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpRange.html",
    ),
    Difference(
        ("lambda:CreateFunction", "lambda:UpdateFunctionConfiguration"),
        "timeout",
        Rule(constraints={"max": 900}),
        "a function runs for 15 minutes at most",
        "https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html",
    ),
    Difference(
        ("lambda:CreateFunction", "lambda:UpdateFunctionConfiguration"),
        "memorySize",
        Rule(constraints={"min": 128, "max": 10240}),
        "a function has 10,240 MB at most",
        "https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html",
    ),
    Difference(
        ("dynamodb:CreateTable",),
        "keySchema",
        Rule(constraints={"max": 2}),
        "a table's key has a partition key and at most one sort key",
        "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CreateTable.html, and its Smithy "
        "model in https://github.com/aws/api-models-aws of April 2025",
    ),
    Difference(
        ("rds:CreateDBInstance",),
        "dBInstanceIdentifier",
        Rule(constraints={"min": 1, "max": 63, "pattern": r"[A-Za-z](?!.*--)(?!.*-$)[A-Za-z0-9-]*"}),
        "the rules of names of instances are no part of the model",
        "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html",
    ),
)

AS_MODELLED = Rule()
_RULES: dict[str, dict[str, Rule]] = {}
for _one in DIFFERENCES:
    for _operation in _one.operations:
        _RULES.setdefault(_operation, {})[_one.path] = _one.rule


def rules_of(operation: str) -> Mapping[str, Rule]:
    """The rules of an operation (``service:Operation``), by the paths of their members."""
    return _RULES.get(operation, {})
