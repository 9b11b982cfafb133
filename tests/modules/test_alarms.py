"""The topic of a layer's alarms moved into a module: a state from before moves along, and nothing changes."""

from __future__ import annotations

import json
import re
import shutil

import pytest
from moto.server import ThreadedMotoServer

from tests.modules.conftest import MODULES

pytestmark = pytest.mark.terraform

LAYERS = ("dynamodb-to-redshift", "redshift-to-s3", "s3-to-redshift")
BEFORE = """
resource "aws_sns_topic" "alarms" {
  name = "${var.name_prefix}NAME"
}

resource "aws_sns_topic_policy" "alarms" {
  arn = aws_sns_topic.alarms.arn
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "AlarmsOfThisAccount"
        Effect    = "Allow"
        Principal = { Service = "cloudwatch.amazonaws.com" }
        Action    = "sns:Publish"
        Resource  = aws_sns_topic.alarms.arn
        Condition = { StringEquals = { "aws:SourceAccount" = var.account_id } }
      },
      {
        Sid       = "Rules"
        Effect    = "Allow"
        Principal = { Service = "events.amazonaws.com" }
        Action    = "sns:Publish"
        Resource  = aws_sns_topic.alarms.arn
      },
    ]
  })
}

resource "aws_sns_topic_subscription" "email" {
  count = var.alarm_email == null ? 0 : 1

  topic_arn = aws_sns_topic.alarms.arn
  protocol  = "email"
  endpoint  = var.alarm_email
}
"""
VARIABLES = """
variable "name_prefix" { default = "x-" }
variable "account_id" { default = "123456789012" }
variable "alarm_email" { default = "data@example.com" }
"""
PROVIDER = """
provider "aws" {
  region                      = "ap-south-1"
  access_key                  = "any"
  secret_key                  = "any"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true
  endpoints { sns = "ENDPOINT" }
}
"""


@pytest.fixture(scope="module")
def endpoint():
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


def test_a_state_from_before_plans_moves_only(endpoint, with_providers, tmp_path):
    shutil.copytree(MODULES / "alarms", tmp_path / "alarms", ignore=shutil.ignore_patterns("tests"))
    root = tmp_path / "root"
    calls = []
    for layer in LAYERS:
        (tmp_path / layer).mkdir()
        now = (MODULES / layer / "alarms.tf").read_text()
        (name,) = re.findall(r"var\.name_prefix\}([a-z0-9-]+)\"", now)
        (tmp_path / layer / "variables.tf").write_text(VARIABLES)
        (tmp_path / layer / "alarms.tf").write_text(BEFORE.replace("NAME", name))
        calls.append(f'module "{layer}" {{\n  source = "../{layer}"\n}}\n')
    root.mkdir()
    (root / "main.tf").write_text(PROVIDER.replace("ENDPOINT", endpoint) + "".join(calls))

    def run(*words: str) -> str:
        done = with_providers.run(*words, cwd=root)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    run("init", "-input=false")
    run("apply", "-auto-approve", "-input=false")
    for layer in LAYERS:
        shutil.copy(MODULES / layer / "alarms.tf", tmp_path / layer)
    run("init", "-input=false")
    run("plan", "-input=false", "-out=plan")
    changes = json.loads(run("show", "-json", "plan"))["resource_changes"]
    moves = {
        "aws_sns_topic.alarms": "module.alarms.aws_sns_topic.this",
        "aws_sns_topic_policy.alarms": "module.alarms.aws_sns_topic_policy.this",
        "aws_sns_topic_subscription.email[0]": "module.alarms.aws_sns_topic_subscription.email[0]",
    }
    assert {change["previous_address"]: change["address"] for change in changes} == {
        f"module.{layer}.{old}": f"module.{layer}.{new}" for layer in LAYERS for old, new in moves.items()
    }
    assert [change["change"]["actions"] for change in changes] == [["no-op"]] * 9
