import pytest

from dpctl.sandbox.access.policies import evaluate, merge


def policy(**statement):
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Resource": "*", **statement}]}


def decide(document, action="s3:GetObject", resource="arn:aws:s3:::b/k", **context):
    documents = document if isinstance(document, list) else [document]
    return evaluate(merge(("p", one) for one in documents), action, resource, context).decision


@pytest.mark.parametrize(
    ("statement", "decision"),
    [
        ({"Action": "s3:GetObject"}, "allowed"),
        ({"Action": "S3:getobject"}, "allowed"),
        ({"Action": ["s3:Put*", "s3:Get*"]}, "allowed"),
        ({"Action": "s3:Get?bject"}, "allowed"),
        ({"Action": "*"}, "allowed"),
        ({"Action": "s3:PutObject"}, "implicitDeny"),
        ({"Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"}, "allowed"),
        ({"Action": "s3:GetObject", "Resource": "arn:aws:s3:::B/*"}, "implicitDeny"),
        ({"Action": "s3:GetObject", "Resource": ["arn:aws:s3:::a/*"]}, "implicitDeny"),
        ({"NotAction": "iam:*"}, "allowed"),
        ({"NotAction": "s3:*"}, "implicitDeny"),
        ({"Action": "s3:*", "NotResource": "arn:aws:s3:::b/*"}, "implicitDeny"),
        ({"Action": "s3:*", "NotResource": "arn:aws:s3:::a/*"}, "allowed"),
        ({"Action": "s3:GetObject", "Effect": "Deny"}, "explicitDeny"),
    ],
)
def test_one_statement(statement, decision):
    assert decide(policy(**statement)) == decision


def test_a_deny_wins_over_an_allow_wherever_it_stands():
    allow, deny = policy(Action="s3:*"), policy(Action="s3:GetObject", Effect="Deny")
    assert decide([allow, deny]) == decide([deny, allow]) == "explicitDeny"
    assert decide([allow, deny], action="s3:PutObject") == "allowed"


@pytest.mark.parametrize(
    ("condition", "context", "decision"),
    [
        ({"StringEquals": {"aws:SourceAccount": "1"}}, {"aws:SourceAccount": ["1"]}, "allowed"),
        ({"StringEquals": {"aws:SourceAccount": "1"}}, {"AWS:sourceaccount": ["1"]}, "allowed"),
        ({"StringEquals": {"aws:SourceAccount": "1"}}, {}, "implicitDeny"),
        ({"StringEqualsIfExists": {"aws:SourceAccount": "1"}}, {}, "allowed"),
        ({"StringNotEquals": {"aws:SourceAccount": "1"}}, {"aws:SourceAccount": ["1"]}, "implicitDeny"),
        ({"StringNotEquals": {"aws:SourceAccount": "1"}}, {}, "allowed"),
        (
            {"ArnLike": {"aws:SourceArn": "arn:aws:glue:*:1:*"}},
            {"aws:SourceArn": ["arn:aws:glue:r:1:job/x"]},
            "allowed",
        ),
        ({"Bool": {"aws:SecureTransport": False}}, {"aws:SecureTransport": ["true"]}, "implicitDeny"),
        ({"Null": {"aws:TagKeys": "true"}}, {}, "allowed"),
        ({"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}, {"aws:SourceIp": ["10.9.9.9"]}, "allowed"),
        ({"ForAllValues:StringLike": {"aws:TagKeys": ["a*"]}}, {"aws:TagKeys": ["a1", "b"]}, "implicitDeny"),
        ({"ForAnyValue:StringLike": {"aws:TagKeys": ["a*"]}}, {"aws:TagKeys": ["a1", "b"]}, "allowed"),
        ({"StringMatches": {"x": "y"}}, {"x": ["y"]}, "implicitDeny"),
    ],
)
def test_conditions(condition, context, decision):
    document = policy(Action="s3:GetObject", Condition=condition)
    assert evaluate({"p": document}, "s3:GetObject", "arn:aws:s3:::b/k", context).decision == decision


def test_the_policies_that_matched_are_named():
    found = merge(
        [("a", policy(Action="s3:*")), ("a", policy(Action="s3:Get*")), ("b", policy(Action="iam:*"))]
    )
    assert evaluate(found, "s3:GetObject", "*").matched == ("a", "a#1")
