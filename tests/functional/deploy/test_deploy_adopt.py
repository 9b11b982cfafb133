"""Adoption: each resource type is made in moto, and found again by what a plan knows of it."""

from __future__ import annotations

import pytest

from dpctl.aws import Aws
from dpctl.deploy import adopt
from dpctl.deploy.adopt.inventory import Inventory, NotKnown, Values
from dpctl.deploy.adopt.registry import HARMLESS, KINDS
from dpctl.deploy.changes import Change
from dpctl.errors import AccessError
from tests.functional.deploy.resources import MADE
from tests.functional.deploy.resources.account import ACCOUNT, REGION
from tests.functional.deploy.resources.storage import make_bucket


@pytest.fixture(scope="module")
def clients():
    """The clients of all tests: making one costs more than a test does."""
    pytest.importorskip("moto")
    return Aws(REGION, {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"})


@pytest.fixture
def world(clients, aws):
    return clients


ARN = f"arn:aws:redshift:{REGION}:{ACCOUNT}:integration:1"
NAMESPACE = f"arn:aws:redshift-serverless:{REGION}:{ACCOUNT}:namespace/1"

# what moto does not know, or not well enough: type, planned values, AWS's answer, import id
ANSWERED = [
    (
        "aws_lambda_event_source_mapping",
        {"function_name": "arn:f", "event_source_arn": "arn:s"},
        {"list_event_source_mappings": {"EventSourceMappings": [{"UUID": "id-1"}]}},
        "id-1",
    ),
    (
        "aws_redshiftserverless_namespace",
        {"namespace_name": "n"},
        {"get_namespace": {"namespace": {}}},
        "n",
    ),
    (
        "aws_redshiftserverless_workgroup",
        {"workgroup_name": "w"},
        {"get_workgroup": {"workgroup": {}}},
        "w",
    ),
    (
        "aws_redshiftserverless_usage_limit",
        {"resource_arn": NAMESPACE, "usage_type": "serverless-compute", "period": None},
        {"list_usage_limits": {"usageLimits": [{"usageLimitId": "u", "period": "monthly"}]}},
        "u",
    ),
    (
        "aws_redshiftserverless_resource_policy",
        {"resource_arn": NAMESPACE},
        {"get_resource_policy": {"resourcePolicy": {"policy": "{}"}}},
        NAMESPACE,
    ),
    (
        "aws_redshift_integration",
        {"integration_name": "i"},
        {"describe_integrations": {"Integrations": [{"IntegrationName": "i", "IntegrationArn": ARN}]}},
        ARN,
    ),
    (
        "aws_redshift_resource_policy",
        {"resource_arn": NAMESPACE},
        {"get_resource_policy": {"ResourcePolicy": {"Policy": "{}"}}},
        NAMESPACE,
    ),
    (
        "aws_s3_bucket_logging",
        {"bucket": "bucket-b"},
        {"get_bucket_logging": {"LoggingEnabled": {"x": 1}}},
        "bucket-b",
    ),
    (
        "aws_s3_bucket_notification",
        {"bucket": "bucket-b"},
        {"get_bucket_notification_configuration": {"ResponseMetadata": {}, "EventBridgeConfiguration": {}}},
        "bucket-b",
    ),
]


@pytest.mark.parametrize(("kind", "make"), MADE, ids=[f"{kind}-{make.__name__}" for kind, make in MADE])
def test_what_exists_is_found_by_its_import_id_and_what_does_not_is_not(clients, kind, make):
    """The same look-up in the account in which it was made, and in one in which nothing was."""
    from moto import mock_aws

    with mock_aws():
        values, identity = make(clients)
        assert KINDS[kind].resolve(Values(values), Inventory(clients, ACCOUNT)) == identity
    with mock_aws():
        assert KINDS[kind].resolve(Values(values), Inventory(clients, ACCOUNT)) is None


def test_every_type_has_a_test():
    assert set(KINDS) == {kind for kind, _ in MADE} | {row[0] for row in ANSWERED}


def test_every_type_that_the_modules_create_can_be_adopted(repo):
    import re

    used = set()
    for file in (repo / "modules").rglob("*.tf"):
        used |= set(re.findall(r'^resource "(\w+)"', file.read_text(encoding="utf-8"), re.MULTILINE))
    assert used
    assert sorted(used - set(KINDS) - HARMLESS) == []


class Answers:
    """A service that answers from a table, and with its own kind of not-found otherwise."""

    region = "ap-south-1"

    def __init__(self, **answers):
        self.answers = answers

    def client(self, _service):
        return self

    def can_paginate(self, _operation):
        return False

    def __getattr__(self, operation):
        def call(**_params):
            from botocore.exceptions import ClientError

            if operation in self.answers:
                return self.answers[operation]
            raise ClientError({"Error": {"Code": "ResourceNotFoundException", "Message": "no"}}, operation)

        return call


@pytest.mark.parametrize(
    ("kind", "values", "answers", "identity"), ANSWERED, ids=[row[0] for row in ANSWERED]
)
def test_what_moto_lacks_is_found_and_missed(kind, values, answers, identity):
    assert KINDS[kind].resolve(Values(values), Inventory(Answers(**answers), ACCOUNT)) == identity
    assert KINDS[kind].resolve(Values(values), Inventory(Answers(), ACCOUNT)) is None


def test_a_bucket_without_notifications_answers_all_the_same():
    aws = Inventory(Answers(get_bucket_notification_configuration={"ResponseMetadata": {}}), ACCOUNT)
    assert KINDS["aws_s3_bucket_notification"].resolve(Values({"bucket": "bucket-b"}), aws) is None


def plan_of(*resources):
    return {
        "resource_changes": [
            {
                "address": address,
                "type": kind,
                "mode": "managed",
                "change": {"actions": ["create"], "after": after},
            }
            for address, kind, after in resources
        ]
    }


def test_what_is_not_known_yet_is_looked_for_again(world):
    make_bucket(world).put_bucket_versioning(Bucket="bucket-b", VersioningConfiguration={"Status": "Enabled"})
    search = adopt.Search(Inventory(world, ACCOUNT))
    versioning = ("aws_s3_bucket_versioning.x", "aws_s3_bucket_versioning", {})
    changes = [Change(versioning[0], versioning[1], "create")]
    assert search.worthwhile(changes)
    first = search.look(plan_of(("aws_s3_bucket.x", "aws_s3_bucket", {"bucket": "bucket-b"}), versioning))
    assert [found.id for found in first] == ["bucket-b"]
    assert search.worthwhile(changes)
    second = search.look(plan_of((versioning[0], versioning[1], {"bucket": "bucket-b"})))
    assert [found.address for found in second] == ["aws_s3_bucket_versioning.x"]
    assert not search.worthwhile(changes)
    assert len(search.adopted) == 2


def test_a_type_nobody_knows_is_said(world):
    search = adopt.Search(Inventory(world, ACCOUNT))
    search.look(plan_of(("aws_quantum.x", "aws_quantum", {})))
    [missed] = search.not_adopted
    assert missed.address == "aws_quantum.x"
    assert "does not know" in missed.reason
    assert missed.error is None


def test_a_refused_look_up_is_said_and_the_rest_goes_on(world):
    class Refusing(Answers):
        def __getattr__(self, operation):
            def call(**_params):
                from botocore.exceptions import ClientError

                raise ClientError({"Error": {"Code": "AccessDenied", "Message": "not for you"}}, operation)

            return call

        def client(self, service):
            return self if service == "iam" else world.client(service)

    make_bucket(world)
    search = adopt.Search(Inventory(Refusing(), ACCOUNT))
    search.look(
        plan_of(
            ("aws_iam_role.r", "aws_iam_role", {"name": "r"}),
            ("aws_s3_bucket.x", "aws_s3_bucket", {"bucket": "bucket-b"}),
        )
    )
    assert [found.address for found in search.adopted] == ["aws_s3_bucket.x"]
    [missed] = search.not_adopted
    assert "not for you" in missed.reason
    assert isinstance(missed.error, AccessError)


def test_a_call_is_made_once(world):
    make_bucket(world)
    inventory = Inventory(world, ACCOUNT)
    assert inventory.items("s3", "list_buckets", "Buckets") is inventory.items(
        "s3", "list_buckets", "Buckets"
    )


def test_unknown_and_null_are_told_apart():
    values = Values({"cidr_ipv4": None})
    assert values["cidr_ipv4"] is None
    with pytest.raises(NotKnown):
        values["security_group_id"]
    assert values.get("security_group_id", "x") == "x"


def test_import_blocks_are_in_order_and_keep_templates_literal():
    text = adopt.render(
        [
            adopt.Adoption('aws_iam_role.r["b"]', "aws_iam_role", "b"),
            adopt.Adoption("aws_glue_connection.c", "aws_glue_connection", '1:a "${b}" %{c}'),
        ]
    )
    assert text == adopt.HEADER + (
        "\n# Glue connection\n"
        'import {\n  to = aws_glue_connection.c\n  id = "1:a \\"$${b}\\" %%{c}"\n}\n'
        "\n# role\n"
        'import {\n  to = aws_iam_role.r["b"]\n  id = "b"\n}\n'
    )


def test_imports_of_a_sandbox_count_in_that_sandbox_only(tmp_path):
    path = tmp_path / "imports.tf"
    found = [adopt.Adoption("aws_s3_bucket.a", "aws_s3_bucket", "bucket")]
    for account, elsewhere in (("", {"": False, "one": False}), ("one", {"": True, "one": False, "2": True})):
        adopt.write_imports(path, found, account)
        assert path.read_text().startswith(adopt.HEADER)
        assert {other: adopt.belongs_elsewhere(path, other) for other in elsewhere} == elsewhere
    assert not adopt.belongs_elsewhere(tmp_path / "not-there.tf", "")
