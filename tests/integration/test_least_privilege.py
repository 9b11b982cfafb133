"""What the four layers may do, read from their states once everything in them is known."""

from __future__ import annotations

import json

import pytest

from tests.modules.policies import findings

pytestmark = [pytest.mark.sandbox, pytest.mark.terraform, pytest.mark.xdist_group("dev")]


def test_no_policy_goes_further_than_it_must(dev_applied):
    """Managed policies that were attached before adoption stay in dev: see iam.exclusive in env.yaml."""
    s3 = dev_applied.aws.client("s3")
    [bucket] = [each["Name"] for each in s3.list_buckets()["Buckets"] if "-tfstate-" in each["Name"]]
    keys = [each["Key"] for each in s3.list_objects_v2(Bucket=bucket)["Contents"]]
    states = {key: json.loads(s3.get_object(Bucket=bucket, Key=key)["Body"].read()) for key in keys}
    assert len(states) == 4
    found = [finding for state in states.values() for finding in findings(state)]
    assert [
        finding for finding in found if finding.code != "attached-by-hand" and not for_topics(finding)
    ] == []


def for_topics(finding):
    """EventBridge supports no condition in a topic's policy ("Amazon SNS permissions" of its guide)."""
    return "aws_sns_topic" in finding.address and finding.what.startswith("events.amazonaws.com ")
