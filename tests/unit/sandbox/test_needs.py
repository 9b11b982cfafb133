"""What a call needs: its actions and the ARNs they are needed on."""

from __future__ import annotations

import botocore.session
import pytest

from dpctl.sandbox.access import reference
from dpctl.sandbox.access.companions import companions
from dpctl.sandbox.access.dependents import dependents
from dpctl.sandbox.access.needs import Asked, own_needs
from dpctl.sandbox.access.operations import action_of


class Look:
    account_id, region = "1", "r"

    def named(self, kind, name):
        return {
            ("role", "R"): "arn:aws:iam::1:role/service-role/R",
            ("workgroup", "w"): "arn:aws:redshift-serverless:r:1:workgroup/id",
            ("secret", "s"): "arn:aws:secretsmanager:r:1:secret:s-AbCdEf",
            ("bucket key", "sealed"): "arn:aws:kms:r:1:key/k",
        }.get((kind, name)) or (name.rsplit("/", 1)[-1] if kind == "queue" else None)


def needs(service, operation, **params):
    asked = Asked(service, operation, params)
    found = [*own_needs(asked, Look()), *companions(asked, Look()), *dependents(asked, Look())]
    return {(need.action, need.resource) for need in found}


TAGS = [{"Key": "a", "Value": "b"}]


@pytest.mark.parametrize(
    ("call", "params", "expected"),
    [
        (
            "s3:DeleteObjects",
            {"Bucket": "b", "Delete": {"Objects": [{"Key": "x", "VersionId": "1"}, {"Key": "y"}]}},
            {("s3:DeleteObjectVersion", "arn:aws:s3:::b/x"), ("s3:DeleteObject", "arn:aws:s3:::b/y")},
        ),
        (
            "s3:PutObject",
            {"Bucket": "b", "Key": "k", "Tagging": "a=b", "ACL": "private"},
            {(f"s3:{one}", "arn:aws:s3:::b/k") for one in ("PutObject", "PutObjectTagging", "PutObjectAcl")},
        ),
        (
            "dynamodb:Query",
            {"TableName": "T", "IndexName": "I"},
            {("dynamodb:Query", "arn:aws:dynamodb:r:1:table/T/index/I")},
        ),
        ("dynamodb:Query", {"TableName": "T"}, {("dynamodb:Query", "arn:aws:dynamodb:r:1:table/T")}),
        (
            "events:PutEvents",
            {"Entries": [{"EventBusName": "x"}, {}, {"EventBusName": "arn:aws:events:r:1:event-bus/y"}]},
            {("events:PutEvents", f"arn:aws:events:r:1:event-bus/{bus}") for bus in ("x", "default", "y")},
        ),
        (
            "redshift-data:ExecuteStatement",
            {"WorkgroupName": "w", "Sql": "SELECT 1", "SecretArn": "s"},
            {
                ("redshift-data:ExecuteStatement", "arn:aws:redshift-serverless:r:1:workgroup/id"),
                ("secretsmanager:GetSecretValue", "arn:aws:secretsmanager:r:1:secret:s-AbCdEf"),
            },
        ),
        (
            "events:ListTagsForResource",
            {"ResourceARN": "arn:aws:events:r:1:rule/x"},
            {("events:ListTagsForResource", "arn:aws:events:r:1:rule/x")},
        ),
        (
            "ec2:CreateSecurityGroup",
            {
                "GroupName": "g",
                "VpcId": "vpc-00000001",
                "TagSpecifications": [{"ResourceType": "security-group", "Tags": TAGS}],
            },
            {
                ("ec2:CreateSecurityGroup", "arn:aws:ec2:r:1:vpc/vpc-00000001"),
                ("ec2:CreateSecurityGroup", "arn:aws:ec2:r:1:security-group/*"),
                ("ec2:CreateTags", "arn:aws:ec2:r:1:security-group/*"),
            },
        ),
        (
            "dynamodb:CreateTable",
            {"TableName": "T", "Tags": TAGS},
            {(f"dynamodb:{one}", "arn:aws:dynamodb:r:1:table/T") for one in ("CreateTable", "TagResource")},
        ),
        (
            "kms:CreateKey",
            {"Tags": [{"TagKey": "a", "TagValue": "b"}]},
            {("kms:CreateKey", "*"), ("kms:TagResource", "arn:aws:kms:r:1:key/*")},
        ),
        (
            "redshift-serverless:CreateNamespace",
            {"namespaceName": "n", "manageAdminPassword": True},
            {
                ("redshift-serverless:CreateNamespace", "arn:aws:redshift-serverless:r:1:namespace/*"),
                *(
                    (f"secretsmanager:{one}Secret", "arn:aws:secretsmanager:r:1:secret:redshift!*")
                    for one in ("Create", "Describe", "Rotate", "Update")
                ),
                ("secretsmanager:TagResource", "arn:aws:secretsmanager:r:1:secret:redshift!*"),
            },
        ),
        ("s3:ListObjectsV2", {"Bucket": "b", "Prefix": "p/"}, {("s3:ListBucket", "arn:aws:s3:::b")}),
        ("s3:HeadObject", {"Bucket": "b", "Key": "a/k"}, {("s3:GetObject", "arn:aws:s3:::b/a/k")}),
        (
            "s3:GetObject",
            {"Bucket": "b", "Key": "k", "VersionId": "1"},
            {("s3:GetObjectVersion", "arn:aws:s3:::b/k")},
        ),
        ("s3:ListBuckets", {}, {("s3:ListAllMyBuckets", "*")}),
        (
            "s3:DeleteObjects",
            {"Bucket": "b", "Delete": {"Objects": [{"Key": "x"}, {"Key": "y"}]}},
            {("s3:DeleteObject", "arn:aws:s3:::b/x"), ("s3:DeleteObject", "arn:aws:s3:::b/y")},
        ),
        (
            "s3:CopyObject",
            {"Bucket": "b", "Key": "k", "CopySource": "other/o"},
            {("s3:PutObject", "arn:aws:s3:::b/k"), ("s3:GetObject", "arn:aws:s3:::other/o")},
        ),
        (
            "s3:CopyObject",
            {"Bucket": "b", "Key": "k", "CopySource": "other/%70rivate/a%3Fb?versionId=1"},
            {("s3:PutObject", "arn:aws:s3:::b/k"), ("s3:GetObjectVersion", "arn:aws:s3:::other/private/a?b")},
        ),
        (
            "s3:PutObject",
            {"Bucket": "sealed", "Key": "k"},
            {("s3:PutObject", "arn:aws:s3:::sealed/k"), ("kms:GenerateDataKey", "arn:aws:kms:r:1:key/k")},
        ),
        (
            "secretsmanager:BatchGetSecretValue",
            {"SecretIdList": ["s", "arn:aws:secretsmanager:r:1:secret:t"]},
            {
                ("secretsmanager:BatchGetSecretValue", "*"),
                ("secretsmanager:GetSecretValue", "arn:aws:secretsmanager:r:1:secret:s-AbCdEf"),
                ("secretsmanager:GetSecretValue", "arn:aws:secretsmanager:r:1:secret:t"),
            },
        ),
        (
            "secretsmanager:BatchGetSecretValue",
            {"Filters": [{"Key": "name", "Values": ["s"]}]},
            {("secretsmanager:BatchGetSecretValue", "*"), ("secretsmanager:GetSecretValue", "*")},
        ),
        (
            "dynamodb:BatchGetItem",
            {"RequestItems": {"T": {"Keys": []}}},
            {("dynamodb:BatchGetItem", "arn:aws:dynamodb:r:1:table/T")},
        ),
        (
            "redshift-data:ExecuteStatement",
            {
                "WorkgroupName": "w",
                "SecretArn": "arn:aws:secretsmanager:r:1:secret:s-AbCdEf",
                "Sql": "select 1",
            },
            {
                ("redshift-data:ExecuteStatement", "arn:aws:redshift-serverless:r:1:workgroup/id"),
                ("secretsmanager:GetSecretValue", "arn:aws:secretsmanager:r:1:secret:s-AbCdEf"),
            },
        ),
        ("redshift-data:DescribeStatement", {"Id": "1"}, {("redshift-data:DescribeStatement", "*")}),
        (
            "secretsmanager:GetSecretValue",
            {"SecretId": "s"},
            {("secretsmanager:GetSecretValue", "arn:aws:secretsmanager:r:1:secret:s-AbCdEf")},
        ),
        (
            "sqs:SendMessage",
            {"QueueUrl": "http://127.0.0.1:1/1/q", "MessageBody": "x"},
            {("sqs:SendMessage", "arn:aws:sqs:r:1:q")},
        ),
        (
            "lambda:Invoke",
            {"FunctionName": "f"},
            {("lambda:InvokeFunction", "arn:aws:lambda:r:1:function:f")},
        ),
        (
            "glue:GetConnection",
            {"Name": "c"},
            {
                ("glue:GetConnection", "arn:aws:glue:r:1:catalog"),
                ("glue:GetConnection", "arn:aws:glue:r:1:connection/c"),
            },
        ),
        ("glue:StartJobRun", {"JobName": "j"}, {("glue:StartJobRun", "arn:aws:glue:r:1:job/j")}),
        (
            "stepfunctions:StartExecution",
            {"stateMachineArn": "arn:aws:states:r:1:stateMachine:m"},
            {("states:StartExecution", "arn:aws:states:r:1:stateMachine:m")},
        ),
        (
            "glue:CreateJob",
            {"Name": "j", "Role": "R", "Command": {}},
            {
                ("glue:CreateJob", "arn:aws:glue:r:1:job/j"),
                ("iam:PassRole", "arn:aws:iam::1:role/service-role/R"),
            },
        ),
        ("iam:GetRole", {"RoleName": "R"}, {("iam:GetRole", "arn:aws:iam::1:role/service-role/R")}),
        ("sts:GetCallerIdentity", {}, set()),
        ("ec2:DescribeSubnets", {"SubnetIds": ["subnet-00000001"]}, {("ec2:DescribeSubnets", "*")}),
        (
            "ec2:DeleteVpcEndpoints",
            {"VpcEndpointIds": ["vpce-0123456789abcdef0"]},
            {("ec2:DeleteVpcEndpoints", "arn:aws:ec2:r:1:vpc-endpoint/vpce-0123456789abcdef0")},
        ),
        (
            "events:PutRule",
            {"Name": "n"},
            {("events:PutRule", "arn:aws:events:r:1:rule/n")},
        ),
        (
            "stepfunctions:StartExecution",
            {"stateMachineArn": "arn:aws:states:r:1:stateMachine:m", "name": "e"},
            {("states:StartExecution", "arn:aws:states:r:1:stateMachine:m")},
        ),
        (
            "secretsmanager:PutSecretValue",
            {"SecretId": "s", "SecretString": "arn:aws:secretsmanager:r:1:secret:t"},
            {
                ("secretsmanager:PutSecretValue", "arn:aws:secretsmanager:r:1:secret:s-AbCdEf"),
                ("secretsmanager:PutSecretValue", "arn:aws:secretsmanager:r:1:secret:t"),
            },
        ),
        (
            "s3:PutObject",
            {"Bucket": "b", "Key": "arn:aws:s3:::c/k"},
            {
                ("s3:PutObject", "arn:aws:s3:::b/arn:aws:s3:::c/k"),
                ("s3:PutObject", "arn:aws:s3:::c/k"),
            },
        ),
        (
            "events:DescribeEventBus",
            {"Name": "arn:aws:events:r:1:event-bus/x"},
            {("events:DescribeEventBus", "arn:aws:events:r:1:event-bus/x")},
        ),
    ],
)
def test_needs(call, params, expected):
    service, operation = call.split(":")
    assert needs(service, operation, **params) == expected


# What is newer than the pinned reference, or takes several actions, is refused to roles by name
# (``enforce``).
@pytest.mark.parametrize(
    "service",
    ["dynamodb", "glue", "lambda", "secretsmanager", "sqs", "sns", "stepfunctions", "redshift-data", "logs",
     "events", "scheduler", "kms", "iam", "redshift-serverless", "cloudtrail", "s3"],
)  # fmt: skip
def test_most_operations_has_an_action_that_aws_knows(service):
    model = botocore.session.Session().get_service_model(service)
    missing = [
        name
        for name in model.operation_names
        if (action := action_of(service, name, {})) and reference.types(action) is None
    ]
    assert len(missing) <= 0.2 * len(model.operation_names), missing


def test_the_reference_is_the_one_of_the_pinned_package():
    from tests import write_reference

    assert write_reference.text() == write_reference.FILE.read_text(encoding="utf-8")
