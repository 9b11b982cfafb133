# ruff: noqa: E501
"""From a picture of an account to a change of env.yaml."""

from __future__ import annotations

import re

import pytest

from dpctl.config import load_environment
from dpctl.deploy import settle
from dpctl.deploy.picture import shapes

DEV = "dev"
ARN = "arn:aws:iam::054158074701:role/RedshiftSpectrum"
KEY = "arn:aws:kms:ap-south-1:054158074701:key/0b5e"


@pytest.fixture
def dev(repo):
    return load_environment(repo, DEV)


def said(dev, **picture):
    return {".".join(one.path): one.value for one in settle.settings(dev, picture)}


CASES = [
    ({"roles": {"GlueFullAccessRole": {"Path": "/service-role/"}}}, "iam.paths", {"GlueFullAccessRole": "/service-role/"}),
    ({"namespace": {"iamRoles": [ARN, ARN.replace("Spectrum", "S3role")]}}, "databases.redshift.more_roles", [ARN]),
    ({"workgroup": {"publiclyAccessible": True}}, "databases.redshift.publicly_accessible", True),
    ({"workgroup": {"baseCapacity": 32}}, "databases.redshift.base_capacity", 32),
    (
        {"table": {"KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
                   "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}]}},
        "databases.dynamodb.hash_key", "id",
    ),
    (
        {"jobs": {"GlueTestjob": {"DefaultArguments": {"--mode": "full", "--bucket": "ours"}}}},
        "glue.jobs.GlueTestjob.arguments", {"--mode": "full"},
    ),
    (
        {"triggers": {"go": {"WorkflowName": "Glue-EventBridge-Workflow", "Type": "ON_DEMAND"}}},
        "glue.start_trigger", "go",
    ),
    (
        {"rule": {"Targets": [{"Id": "7", "Arn": "arn:aws:states:x:1:stateMachine:LogEvent"}]}},
        "capture.target", "7",
    ),
    (
        {"trail": {"AdvancedSelectors": [{"Name": "S3", "FieldSelectors": [{"Field": "eventCategory", "Equals": ["Data"]}]}]}},
        "audit.more_selectors", [{"name": "S3", "fields": [{"field": "eventCategory", "equals": ["Data"]}]}],
    ),
    (
        {"trail": {"Selectors": [{"ReadWriteType": "All", "IncludeManagementEvents": True}]}},
        "audit.more_selectors", [{"name": "Management events", "fields": [{"field": "eventCategory", "equals": ["Management"]}]}],
    ),
    ({"trail": {"S3BucketName": "logs-of-the-team"}}, "storage.trail_bucket", "logs-of-the-team"),
    (
        {"buckets": {"manifest-bucket-054158074701": {"Policy": {"Statement": [{"Sid": "Theirs"}, {"Sid": "TlsOnly"}]}}}},
        "storage.more_statements", {"source": ['{"Sid": "Theirs"}']},
    ),
    (
        {"buckets": {"manifest-bucket-054158074701": {"Policy": {"Statement": {"Sid": "Alone"}}}}},
        "storage.more_statements", {"source": ['{"Sid": "Alone"}']},
    ),
    ({"namespace": {"managedPassword": True}}, "databases.redshift.managed_password", True),
    ({"secrets": {"a": {"KmsKeyId": KEY}}}, "iam.kms_key_arns", [KEY]),
    ({"secrets": {"a": {"KmsKeyId": "alias/orders"}}, "keys": {"alias/orders": KEY}}, "iam.kms_key_arns", [KEY]),
    (
        {"buckets": {"b": {"Encryption": {"Rules": [{"ApplyServerSideEncryptionByDefault": {"KMSMasterKeyID": "0b5e"}}]}}},
         "keys": {"0b5e": KEY}},
        "iam.kms_key_arns", [KEY],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("picture", "key", "value"), CASES, ids=[case[1] for case in CASES])
def test_what_the_account_has_becomes_a_setting(dev, picture, key, value):
    assert said(dev, **picture) == {key: value}


@pytest.mark.parametrize(("picture", "key", "value"), CASES, ids=[case[1] for case in CASES])
def test_the_file_has_it_then_and_says_nothing_more(dev, picture, key, value, repo, tmp_path):
    import shutil

    shutil.copytree(repo / "live", tmp_path / "live")
    found = settle.settings(dev, picture)
    file = tmp_path / "live" / DEV / "env.yaml"
    before = file.read_text()
    file.write_text(settle.rewrite(before, found))
    after = load_environment(tmp_path, DEV)
    assert said(after, **picture) == {}
    lines = set(file.read_text().splitlines())
    comments = [line for line in before.splitlines() if line.startswith("#")]
    assert [line for line in comments if line not in lines] == []


def test_an_account_that_is_as_env_yaml_says_asks_for_nothing(dev):
    assert said(dev, workgroup={"baseCapacity": 128, "port": 5439}, namespace={"dbName": "dev"}) == {}


def test_a_key_of_aws_needs_no_permission_of_ours(dev):
    assert said(dev, secrets={"a": {"KmsKeyId": "alias/aws/secretsmanager"}}, keys={}) == {}


@pytest.mark.parametrize(
    "value", ["(redacted)", "jdbc:mysql://(redacted)@h:3306/db", '{"token": "(redacted)"}']
)
def test_a_redacted_argument_is_not_written(dev, value):
    given = {"GlueTestjob": {"DefaultArguments": {"--given": value}}}
    assert said(dev, jobs=given) == {}


def test_our_arguments_are_those_of_the_modules(repo):
    text = "".join(file.read_text() for file in (repo / "modules").rglob("*.tf"))
    ours = settle.OUR_ARGUMENTS.union(*settle.OURS_OF.values())
    assert set(re.findall(r'"(--[\w-]+)"', text)) <= ours


def test_aws_own_tags_are_no_part_of_a_picture():
    """CloudFormation leaves them on what it makes, and no call of ours can set them again."""
    made = [
        {"Key": "aws:cloudformation:stack-name", "Value": "orders"},
        {"Key": "awsome", "Value": "é = 1/2"},
    ]
    assert shapes.tags(made) == {"awsome": "é = 1/2"}
    assert shapes.tags([{"TagKey": "AWS:x", "TagValue": "1"}, {"key": "a", "value": "b"}]) == {"a": "b"}


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("main.tf", "replica"),
        *(
            ("mysql.tf", f"performance_insights_{end}")
            for end in ("enabled", "kms_key_id", "retention_period")
        ),
    ],
)
def test_what_the_sandbox_does_not_have_is_left_to_its_owner(repo, file, name):
    """The row-by-row test of an adoption can't see these: they must stand among what is ignored, and nowhere else."""
    text = (repo / "modules/static-infrastructure/databases" / file).read_text()
    ignored = re.findall(r"ignore_changes = \[(.*?)\]", text, re.DOTALL)
    assert any(re.search(rf"^\s*{name},$", block, re.MULTILINE) for block in ignored)
    assert not re.search(rf"^\s*{name}\s*[={{]", text, re.MULTILINE)
