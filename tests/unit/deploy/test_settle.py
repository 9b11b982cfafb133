# ruff: noqa: E501
"""From a picture of an account to a change of env.yaml."""

from __future__ import annotations

import json
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
    ({"namespace": {"adminPasswordSecretKmsKeyId": "0b5e"}, "keys": {"0b5e": KEY}}, "iam.kms_key_arns", [KEY]),
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


@pytest.mark.parametrize("number", range(11, 51, 4))
def test_accounts_made_by_hand_are_said_once(repo, dev, tmp_path, number):
    """What an account has is written in one go, the file still holds, and nothing is left to say."""
    from dpctl.sandbox.replica.console import invent

    picture = shapes.plain(invent(dev.config, number))
    found = settle.settings(dev, picture)
    after = with_settings(repo, tmp_path, found)
    assert found
    assert settle.settings(after, picture) == []
    assert settle.hidden(after, picture) == []


def test_an_account_that_is_as_env_yaml_says_asks_for_nothing(dev):
    assert said(dev, workgroup={"baseCapacity": 128, "port": 5439}, namespace={"dbName": "dev"}) == {}


def test_a_key_of_aws_needs_no_permission_of_ours(dev):
    assert said(dev, secrets={"a": {"KmsKeyId": "alias/aws/secretsmanager"}}, keys={}) == {}
    assert said(dev, namespace={"adminPasswordSecretKmsKeyId": KEY}, keys={}) == {}


BUCKET = "manifest-bucket-054158074701"


def policy(*statements):
    """A picture's section of one bucket, as ``picture.take`` leaves it: without secrets."""
    return shapes.plain({"buckets": {BUCKET: {"Policy": {"Statement": list(statements)}}}})


def when(**condition):
    return {"Sid": "Theirs", "Effect": "Allow", "Condition": {"StringEquals": condition}}


SECRETS = [
    {"jobs": {"GlueTestjob": {"DefaultArguments": {"--given": "jdbc:mysql://me:pw@h:3306/db"}}}},
    {"jobs": {"GlueTestjob": {"DefaultArguments": {"--api_key": "pw"}}}},
    {"jobs": {"GlueTestjob": {"DefaultArguments": {"--given": '{"token": "pw"}'}}}},
    {"buckets": {BUCKET: {"Policy": {"Statement": [when(**{"aws:RequestTag/api-key": "pw"})]}}}},
    {"buckets": {BUCKET: {"Policy": {"Statement": [when(**{"aws:Referer": "https://x/?token=pw"})]}}}},
    {"rule": {"Targets": [{"Id": "https://me:pw@h", "Arn": "arn:aws:states:x:1:stateMachine:LogEvent"}]}},
    {"trail": {"AdvancedSelectors": [{"Name": "n", "FieldSelectors": [{"Field": "f", "Equals": ["//me:pw@h"]}]}]}},
    {"namespace": {"iamRoles": ["arn:aws:iam::054158074701:role/?token=pw"]}},
]  # fmt: skip


@pytest.mark.parametrize("picture", SECRETS)
def test_what_holds_a_secret_is_named_and_not_written(dev, picture):
    seen = shapes.plain(picture)
    assert shapes.HIDDEN in str(seen)
    assert settle.settings(dev, seen) == []
    [left] = settle.hidden(dev, seen)
    assert len(left.hidden) == 1
    assert "pw" not in left.hidden[0]


def test_what_has_no_secret_is_written_beside_what_has_one(dev):
    secret = when(**{"aws:RequestTag/api-key": "pw"})
    seen = policy(secret | {"Sid": "A"}, {"Sid": "B"})
    assert said(dev, **seen) == {"storage.more_statements": {"source": ['{"Sid": "B"}']}}
    seen = shapes.plain(
        {"jobs": {"GlueTestjob": {"DefaultArguments": {"--password": "pw", "--mode": "full"}}}}
    )
    assert said(dev, **seen) == {"glue.jobs.GlueTestjob.arguments": {"--mode": "full"}}


def test_the_time_of_a_token_is_no_secret(dev):
    """AWS's own policy that ends sessions has it (IAM user guide, "Revoking IAM role temporary credentials")."""
    old = {"Sid": "Old", "Condition": {"DateLessThan": {"aws:TokenIssueTime": "2024-01-01T00:00:00Z"}}}
    assert "2024-01-01" in str(said(dev, **policy(old)))


def with_settings(repo, folder, found):
    """dev with settings in its file."""
    import shutil

    shutil.copytree(repo / "live", folder / "live", dirs_exist_ok=True)
    file = folder / "live" / DEV / "env.yaml"
    file.write_text(settle.rewrite(file.read_text(), found))
    return load_environment(folder, DEV)


ARGUMENTS, STATEMENTS = ("glue", "jobs", "GlueTestjob", "arguments"), ("storage", "more_statements")
ROLES, PATHS = ("databases", "redshift", "more_roles"), ("iam", "paths")
OWN = json.dumps(when(**{"aws:RequestTag/api-key": "pw"}))
KEPT = [  # what the file says, what the account has, what the file says then
    (ARGUMENTS, {"--password": "pw"}, {"--password": "pw"}, None),
    (ARGUMENTS, {"--password": "pw"}, {"--password": "pw", "--mode": "full"}, {"--password": "pw", "--mode": "full"}),
    (ARGUMENTS, {"--planned": "1", "--mode": "a"}, {"--mode": "b"}, {"--planned": "1", "--mode": "b"}),
    (ROLES, [ARN, ARN + "2"], [ARN + "3", ARN], [ARN + "3", ARN]),
    (PATHS, {"Glue": "/a/", "Gone": "/b/"}, {"Glue": {"Path": "/"}, "New": {"Path": "/c/"}}, {"Glue": "/", "Gone": "/b/", "New": "/c/"}),
    (ROLES, [ARN, ARN + "2"], [ARN + "2", ARN], None),
    (STATEMENTS, {"source": [OWN]}, [json.loads(OWN)], None),
    (STATEMENTS, {"source": [OWN]}, [{"Sid": "B"}, json.loads(OWN)], {"source": ['{"Sid": "B"}', OWN]}),
    (STATEMENTS, {"source": ['{"Sid":"B"}']}, [{"Sid": "B"}], None),
    (STATEMENTS, {"source": ['{"Sid": "B"}']}, [{"Sid": "B", "Effect": "Deny"}], {"source": ['{"Effect": "Deny", "Sid": "B"}']}),
    (STATEMENTS, {"trail": ['{"Sid": "C"}']}, [{"Sid": "B"}], {"trail": ['{"Sid": "C"}'], "source": ['{"Sid": "B"}']}),
]  # fmt: skip


@pytest.mark.parametrize(("path", "now", "found", "then"), KEPT)
def test_what_the_file_says_already_is_not_lost(repo, tmp_path, path, now, found, then):
    environment = with_settings(repo, tmp_path, [settle.Setting(path, now, "")])
    seen = {
        ARGUMENTS: {"jobs": {"GlueTestjob": {"DefaultArguments": found}}},
        ROLES: {"namespace": {"iamRoles": found}},
        PATHS: {"roles": found},
        STATEMENTS: {"buckets": {BUCKET: {"Policy": {"Statement": found}}}},
    }[path]
    wanted = {} if then is None else {".".join(path): then}
    assert said(environment, **shapes.plain(seen)) == wanted


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
