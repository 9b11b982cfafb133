"""What is a secret, and what only tells of one."""

from __future__ import annotations

import json

import pytest

from dpctl import redaction
from dpctl.deploy import losses

MARK = "***"


@pytest.mark.parametrize(
    "key",
    ["password", "--password", "DB_PASSWD", "pwd", "ClientSecret", "secret", "api_key", "apikey",
     "ACCESS_KEY", "SecretAccessKey", "private-key", "token", "AuthToken", "passphrase", "credentials",
     "secret_string"],
)  # fmt: skip
def test_what_its_name_calls_a_secret_is_not_shown(key):
    assert redaction.without_secrets({key: "hunter2", "x": [{key: "hunter2"}]}, MARK) == {
        key: MARK, "x": [{key: MARK}],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("secret_arn", "arn:aws:secretsmanager:x"), ("SECRET_ID", "test/redshift"), ("--secret_name", "x"),
        ("secret", "arn:aws:secretsmanager:x"), ("TaskToken.$", "$$.Task.Token"), ("token", "${x}"),
        ("ClientToken", "<aws.scheduler.execution-id>"), ("key", "orders"), ("kms_key", "alias/x"),
        ("password", ""), ("password", None), ("managedPassword", True), ("AccessKeyId", "AKIA"),
        ("max_password_age_days", "30"), ("keyspace", "x"), ("monkey", "x"),
    ],
)  # fmt: skip
def test_what_tells_of_a_secret_is_shown(key, value):
    assert redaction.without_secrets({key: value}, MARK) == {key: value}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("jdbc:mysql://user:pw@host:3306/db", "jdbc:mysql://***@host:3306/db"),
        (
            "jdbc:redshift://h/db?user=u&password=pw&ssl=true",
            "jdbc:redshift://h/db?user=u&password=***&ssl=true",
        ),
        ("https://host/path", "https://host/path"),
        ("s3://bucket/user:x@y", "s3://bucket/user:x@y"),
    ],
)
def test_a_login_in_a_url_is_not_shown(text, shown):
    assert redaction.without_secrets(text, MARK) == shown


def test_a_text_of_json_is_looked_into_and_else_left_as_it_stands():
    assert json.loads(redaction.without_secrets('{"password": "x", "a": 1}', MARK)) == {
        "password": MARK,
        "a": 1,
    }
    assert redaction.without_secrets('{"a":  1}', MARK) == '{"a":  1}'
    assert redaction.without_secrets("{no json", MARK) == "{no json"


def test_a_loss_tells_no_secret():
    before = {"default_arguments": {"--password": "hunter2", "--mode": "full"}}
    for after in ({}, {"default_arguments": {"--mode": "full"}}, {"default_arguments": None}):
        change = {"actions": ["update"], "before": before, "after": after}
        resource = {"address": "a.b", "type": "aws_glue_job", "mode": "managed", "change": change}
        found = losses.find({"resource_changes": [resource]})
        assert found
        assert "hunter2" not in str(found)
