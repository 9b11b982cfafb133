"""Credentials as people have them: each failure is exit 4, with the command that fixes it."""

from __future__ import annotations

import pytest
from botocore import exceptions as boto

from dpctl import aws as ways
from dpctl.aws import Aws, translate
from dpctl.errors import AccessError, ExitCode

FAILURES = [
    (boto.SSOTokenLoadError(profile_name="p", error_msg="no token"), "aws sso login"),
    (boto.UnauthorizedSSOTokenError(), "aws sso login"),
    (boto.TokenRetrievalError(provider="sso", error_msg="expired"), "aws sso login"),
    (boto.RefreshWithMFAUnsupportedError(), "get-session-token"),
    (boto.CredentialRetrievalError(provider="process", error_msg="exit 1"), "get-caller-identity"),
    (boto.InvalidConfigError(error_msg="source_profile"), "aws configure list"),
    (boto.NoCredentialsError(), "dpctl --sandbox"),
    (boto.ProfileNotFound(profile="p"), "dpctl --sandbox"),
]


@pytest.mark.parametrize(("error", "command"), FAILURES, ids=[type(error).__name__ for error, _ in FAILURES])
def test_each_failure_has_the_command_that_fixes_it(error, command, monkeypatch):
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    told = translate(error, "ask AWS who is calling")
    assert isinstance(told, AccessError)
    assert told.exit_code == ExitCode.ACCESS
    assert command in told.hint


def test_the_profile_is_named(monkeypatch):
    monkeypatch.setenv("AWS_PROFILE", "work")
    assert "--profile work" in translate(boto.UnauthorizedSSOTokenError(), "x").hint


def config(tmp_path, monkeypatch, text):
    for name in ("AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    path = tmp_path / "config"
    path.write_text(text)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(path))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))


KEYS = "aws_access_key_id = AKIAEXAMPLE\naws_secret_access_key = secret\n"


def test_a_profile_of_env_yaml_is_handed_to_terraform_as_keys(tmp_path, monkeypatch):
    config(tmp_path, monkeypatch, f"[profile prod]\n{KEYS}")
    given = Aws("ap-south-1", profile="prod").exported()
    assert given["AWS_ACCESS_KEY_ID"] == "AKIAEXAMPLE"
    assert Aws("ap-south-1").exported() == {}


def test_a_profile_that_is_not_there_is_exit_4(tmp_path, monkeypatch):
    config(tmp_path, monkeypatch, "")
    with pytest.raises(AccessError):
        Aws("ap-south-1", profile="prod").exported()


def test_the_sandbox_hands_on_nothing_of_the_user_s(tmp_path, monkeypatch):
    config(tmp_path, monkeypatch, f"[profile prod]\n{KEYS}")
    own = {"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}
    assert Aws("ap-south-1", own, profile="prod", role_arn="arn:aws:iam::1:role/x").exported() == {}


def test_a_role_of_env_yaml_is_taken_on(tmp_path, monkeypatch):
    moto = pytest.importorskip("moto")
    config(tmp_path, monkeypatch, f"[default]\n{KEYS}")
    with moto.mock_aws():
        aws = Aws("ap-south-1", role_arn="arn:aws:iam::123456789012:role/operator")
        caller = aws.client("sts").get_caller_identity()
        assert ":assumed-role/operator/dpctl" in caller["Arn"]
        assert aws.exported()["AWS_SESSION_TOKEN"]


def test_the_hints_are_commands():
    assert "aws" in ways.NO_CREDENTIALS_HINT
