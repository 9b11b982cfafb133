"""The reader of policies itself: it finds what goes too far, and only that."""

from __future__ import annotations

import json

import pytest

from tests.modules.policies import EXCEPTIONS, Finding, findings, resources, unread

TABLE = "arn:aws:dynamodb:ap-south-1:054158074701:table/Orders"


def plan(*held: tuple[str, dict]) -> dict:
    """A plan with these resources, one module deep."""
    listed = [
        {"mode": "managed", "type": kind, "address": f"module.iam.{kind}.it", "values": values}
        for kind, values in held
    ]
    return {"planned_values": {"root_module": {"child_modules": [{"resources": listed}]}}}


def policy(**statement) -> dict:
    """A role's policy with one statement that allows."""
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement}]}
    return plan(("aws_iam_role_policy", {"policy": json.dumps(document)}))


def trust(**statement) -> dict:
    document = {"Statement": {"Effect": "Allow", "Action": "sts:AssumeRole", **statement}}
    return plan(("aws_iam_role", {"assume_role_policy": json.dumps(document)}))


def codes(document: dict) -> list[str]:
    return [finding.code for finding in findings(document)]


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (policy(Action="dynamodb:PutItem", Resource="*"), ["wildcard-write"]),
        (policy(Action=["dynamodb:GetItem"], Resource=["*"]), ["wildcard-write"]),
        (policy(Action="dynamodb:PutItem", Resource=f"{TABLE[:-6]}*"), ["wildcard-write"]),
        (policy(Action="secretsmanager:GetSecretValue", Resource="*"), ["wildcard-write"]),
        (policy(Action="s3:*", Resource="arn:aws:s3:::bucket/*"), ["wildcard-action"]),
        (policy(Action="*", Resource=TABLE), ["wildcard-action"]),
        (policy(NotAction="iam:*", Resource="*"), ["inverted"]),
        (policy(Action="iam:PassRole", Resource="*"), ["wildcard-write"]),
        (policy(Action="ec2:DeleteNetworkInterface", Resource="*"), ["wildcard-write"]),
        (trust(Principal={"Service": "glue.amazonaws.com"}), ["any-account"]),
        (trust(Principal={"AWS": "*"}), ["public"]),
        (trust(Principal="*"), ["public"]),
        (
            plan(
                ("aws_iam_role_policy_attachment", {"policy_arn": "arn:aws:iam::aws:policy/PowerUserAccess"})
            ),
            ["managed-policy"],
        ),
        (
            plan(("aws_iam_role", {"managed_policy_arns": ["arn:aws:iam::aws:policy/AmazonS3FullAccess"]})),
            ["attached-by-hand"],
        ),
    ],
)
def test_what_goes_too_far_is_found(document, expected):
    assert codes(document) == expected


@pytest.mark.parametrize(
    "document",
    [
        policy(Action="dynamodb:PutItem", Resource=TABLE),
        policy(Action=["s3:PutObject"], Resource="arn:aws:s3:::bucket/*"),
        policy(Action=["ec2:DescribeSubnets", "logs:DescribeLogGroups"], Resource="*"),
        policy(Action="glue:Get*", Resource="*"),
        policy(
            Action="ec2:DeleteNetworkInterface",
            Resource="*",
            Condition={"ArnEquals": {"ec2:Vpc": "arn:aws:ec2:::vpc/v"}},
        ),
        policy(Action="xray:PutTraceSegments", Resource="*"),
        trust(
            Principal={"Service": "glue.amazonaws.com"},
            Condition={"StringEquals": {"aws:SourceAccount": "054158074701"}},
        ),
        plan(
            (
                "aws_kms_key_policy",
                {
                    "policy": json.dumps(
                        {
                            "Statement": [
                                {
                                    "Effect": "Allow",
                                    "Principal": {"AWS": "arn:aws:iam::054158074701:root"},
                                    "Action": "kms:*",
                                    "Resource": "*",
                                }
                            ]
                        }
                    )
                },
            )
        ),
        plan(
            (
                "aws_s3_bucket_policy",
                {
                    "policy": json.dumps(
                        {
                            "Statement": [
                                {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"}
                            ]
                        }
                    )
                },
            )
        ),
        plan(("aws_dynamodb_table", {"policy": None})),
    ],
)
def test_what_is_bounded_is_not(document):
    assert findings(document) == []


def test_a_state_file_is_read_as_a_plan_is():
    text = json.dumps({"Statement": [{"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*"}]})
    state = {
        "version": 4,
        "resources": [
            {
                "module": "module.iam",
                "mode": "managed",
                "type": "aws_iam_role_policy",
                "name": "glue",
                "instances": [{"index_key": "queue", "attributes": {"policy": text}}],
            },
            {
                "mode": "data",
                "type": "aws_iam_policy_document",
                "name": "x",
                "instances": [{"attributes": {}}],
            },
        ],
    }
    address = 'module.iam.aws_iam_role_policy.glue["queue"]'
    assert findings(state) == [Finding(address, "wildcard-write", "sqs:SendMessage on *")]
    assert [resource.address for resource in resources(state)] == [address]


def test_policies_that_are_not_known_yet_are_named():
    change = {"address": "aws_iam_role_policy.it", "change": {"after_unknown": {"policy": True, "id": True}}}
    assert unread({"resource_changes": [change]}) == ["aws_iam_role_policy.it.policy"]


def test_every_exception_has_its_reason():
    assert all(reason for _, reason in EXCEPTIONS.values())
