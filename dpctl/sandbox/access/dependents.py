"""What creating something needs beside its own action: tags are set, secrets made, a hosted zone joined.

Source: Service Authorization Reference, the column "Dependent actions"; for tags also each service's guide
on tagging at creation.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from dpctl.sandbox.access.keys import of_call
from dpctl.sandbox.access.needs import Asked, Lookups, Need, resources
from dpctl.sandbox.access.operations import action_of

# (service, operation) => the parameter with the tags, and the action that sets them.
TAGGED: dict[tuple[str, str], tuple[str, str]] = {
    ("budgets", "CreateBudget"): ("ResourceTags", "budgets:TagResource"),
    ("cloudtrail", "CreateTrail"): ("TagsList", "cloudtrail:AddTags"),
    ("cloudwatch", "PutMetricAlarm"): ("Tags", "cloudwatch:TagResource"),
    ("dynamodb", "CreateTable"): ("Tags", "dynamodb:TagResource"),
    ("events", "PutRule"): ("Tags", "events:TagResource"),
    ("glue", "CreateConnection"): ("Tags", "glue:TagResource"),
    ("glue", "CreateJob"): ("Tags", "glue:TagResource"),
    ("glue", "CreateTrigger"): ("Tags", "glue:TagResource"),
    ("glue", "CreateWorkflow"): ("Tags", "glue:TagResource"),
    ("iam", "CreatePolicy"): ("Tags", "iam:TagPolicy"),
    ("iam", "CreateRole"): ("Tags", "iam:TagRole"),
    ("kms", "CreateKey"): ("Tags", "kms:TagResource"),
    ("lambda", "CreateEventSourceMapping"): ("Tags", "lambda:TagResource"),
    ("lambda", "CreateFunction"): ("Tags", "lambda:TagResource"),
    ("logs", "CreateLogGroup"): ("tags", "logs:TagResource"),
    ("rds", "CreateDBInstance"): ("Tags", "rds:AddTagsToResource"),
    ("rds", "CreateDBSubnetGroup"): ("Tags", "rds:AddTagsToResource"),
    ("redshift", "CreateIntegration"): ("TagList", "redshift:CreateTags"),
    ("redshift-serverless", "CreateNamespace"): ("tags", "redshift-serverless:TagResource"),
    ("redshift-serverless", "CreateWorkgroup"): ("tags", "redshift-serverless:TagResource"),
    ("scheduler", "CreateScheduleGroup"): ("Tags", "scheduler:TagResource"),
    ("secretsmanager", "CreateSecret"): ("Tags", "secretsmanager:TagResource"),
    ("sns", "CreateTopic"): ("Tags", "sns:TagResource"),
    ("sqs", "CreateQueue"): ("tags", "sqs:TagQueue"),
    ("stepfunctions", "CreateStateMachine"): ("tags", "states:TagResource"),
}
# (service, operation) => the parameter that lets the service keep a password in a secret of its own, how the
# secret's name begins, and what the caller needs for it.
_SECRET = ("CreateSecret", "TagResource")
MANAGED: dict[tuple[str, str], tuple[str, str, tuple[str, ...]]] = {
    ("rds", "CreateDBInstance"): ("ManageMasterUserPassword", "rds!", _SECRET),
    ("rds", "ModifyDBInstance"): ("ManageMasterUserPassword", "rds!", (*_SECRET, "RotateSecret")),
    ("redshift-serverless", "CreateNamespace"): (
        "manageAdminPassword",
        "redshift!",
        (*_SECRET, "DescribeSecret", "RotateSecret", "UpdateSecret"),
    ),
    ("redshift-serverless", "UpdateNamespace"): (
        "manageAdminPassword",
        "redshift!",
        (*_SECRET, "DescribeSecret", "RotateSecret", "UpdateSecret"),
    ),
}


def dependents(asked: Asked, look: Lookups) -> Iterator[Need]:
    """The further needs of a call that creates or changes something."""
    call = (asked.service, asked.operation)
    parameter, action = TAGGED.get(call, ("", ""))
    if parameter and asked.params.get(parameter):
        made = resources(action_of(asked.service, asked.operation, asked.params), asked, look)
        for one in resources(action, asked, look) if made == ["*"] else made:
            yield Need(action, one, _tags(asked, action))
    parameter, prefix, actions = MANAGED.get(call, ("", "", ()))
    if parameter and asked.params.get(parameter):
        arn = f"arn:aws:secretsmanager:{look.region}:{look.account_id}:secret:{prefix}*"
        yield from (Need(f"secretsmanager:{one}", arn) for one in actions)
    if asked.service == "ec2":
        yield from _tagged_in_ec2(asked, look)
    if call == ("ec2", "CreateVpcEndpoint") and asked.params.get("PrivateDnsEnabled"):
        yield Need("route53:AssociateVPCWithHostedZone", "arn:aws:route53:::hostedzone/*")
    if asked.service == "s3" and asked.operation in ("PutObject", "CopyObject", "CreateMultipartUpload"):
        yield from _with_object(asked.params)


def _tags(asked: Asked, action: str) -> Mapping[str, tuple[str, ...]]:
    return of_call(asked, action.partition(":")[0])


def _tagged_in_ec2(asked: Asked, look: Lookups) -> Iterator[Need]:
    """EC2 user guide, "Grant permission to tag Amazon EC2 resources during creation"."""
    for one in asked.params.get("TagSpecifications") or ():
        if one.get("Tags"):
            arn = f"arn:aws:ec2:{look.region}:{look.account_id}:{one.get('ResourceType', '*')}/*"
            keys = {**_tags(asked, "ec2:CreateTags"), "ec2:createaction": (asked.operation,)}
            yield Need("ec2:CreateTags", arn, keys)


def _with_object(params: Mapping[str, Any]) -> Iterator[Need]:
    """An object that is written with tags or an ACL (S3 API reference, "PutObject")."""
    arn = f"arn:aws:s3:::{params.get('Bucket', '')}/{params.get('Key', '')}"
    for parameter, action in (("Tagging", "s3:PutObjectTagging"), ("ACL", "s3:PutObjectAcl")):
        if params.get(parameter):
            yield Need(action, arn)
