"""`dpctl permissions`: JSON of policies, files of them, and what goes wrong."""

from __future__ import annotations

import json

import pytest

from dpctl.permissions import MOST, size


@pytest.fixture
def run(repo):
    from typer.testing import CliRunner

    from dpctl.cli import app

    return lambda *words: CliRunner().invoke(app, ["--root", str(repo), "permissions", *words])


def test_the_policy_of_a_command(run):
    done = run("--env", "dev", "--for", "plan")
    assert done.exit_code == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["schema_version"], found["env"], found["for"]) == (1, "dev", ["plan"])
    actions = {
        action
        for policy in found["policies"]
        for statement in policy["Statement"]
        for action in statement["Action"]
    }
    assert {"s3:GetObject", "dynamodb:DescribeTable", "glue:GetJob"} <= actions
    assert "dynamodb:CreateTable" not in actions
    assert all(set(policy) == {"Version", "Statement"} for policy in found["policies"])


def test_without_a_command_it_is_all_of_them_in_documents_that_fit(run):
    found = json.loads(run("--env", "prod").stdout)
    assert found["for"] == ["all"]
    assert len(found["policies"]) > 1
    assert all(size(policy) <= MOST for policy in found["policies"])


def test_names_are_those_of_the_environment(run):
    found = json.loads(run("--env", "prod", "--for", "unload").stdout)
    text = json.dumps(found)
    assert "data-pipeline-prod-exports-111122223333" in text
    assert "054158074701" not in text


def test_several_commands_are_one_policy(run):
    both = json.loads(run("--env", "dev", "--for", "unload", "--for", "copy").stdout)
    assert both["for"] == ["unload", "copy"]


def test_each_document_is_a_file_for_the_aws_cli(run, tmp_path):
    done = run("--env", "dev", "--for", "apply", "--out", str(tmp_path / "policies"))
    policies = json.loads(done.stdout)["policies"]
    files = sorted((tmp_path / "policies").iterdir())
    assert [file.name for file in files] == [
        f"dpctl-dev-apply-{number}.json" for number in range(1, len(policies) + 1)
    ]
    assert [json.loads(file.read_text(encoding="utf-8")) for file in files] == policies


def test_a_command_that_is_not_known(run):
    done = run("--env", "dev", "--for", "fly")
    assert done.exit_code == 2
    assert "'fly' is none of" in " ".join(done.stderr.split())


def test_recorded_without_a_sandbox(run, repo):
    done = run("--env", "prod", "--recorded")
    assert done.exit_code == 1
    assert "is not running" in done.stderr
