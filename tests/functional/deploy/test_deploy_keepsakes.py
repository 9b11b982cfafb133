"""Code that is not ours is copied before it is overwritten."""

from __future__ import annotations

import pytest

from dpctl.aws import Aws
from dpctl.deploy import keepsakes, losses

REGION = "ap-south-1"


@pytest.fixture
def world(aws):
    pytest.importorskip("moto")
    clients = Aws(REGION, {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"})
    clients.client("s3").create_bucket(
        Bucket="assets", CreateBucketConfiguration={"LocationConstraint": REGION}
    )
    clients.client("s3").put_object(Bucket="assets", Key="scripts/x.py", Body=b"print('theirs')")
    return clients


def plan_of(kind, before, after, **fields):
    change = {"actions": ["update"], "before": before, "after": after, **fields}
    return {"resource_changes": [{"address": f"{kind}.x", "type": kind, "mode": "managed", "change": change}]}


SCRIPT = ({"bucket": "assets", "key": "scripts/x.py", "content": None}, {"content": "print('ours')"})
NAMED = {"name": "LogEvent"}
THEIRS, OURS = '{"StartAt":"Theirs"}', '{"StartAt":"Ours"}'
MACHINE = (NAMED | {"definition": THEIRS}, NAMED | {"definition": OURS})
IMPORTING = {"importing": {"id": "x"}}


def test_a_script_that_is_not_ours_is_copied_under_its_name_and_hash(world):
    [one] = keepsakes.find(plan_of("aws_s3_object", *SCRIPT, **IMPORTING), world, "assets")
    assert one.key.startswith("adopted/x.py.")
    assert f"kept as s3://assets/{one.key}" in one.line
    keepsakes.save([one], world)
    kept = world.client("s3").get_object(Bucket="assets", Key=one.key)["Body"].read()
    assert kept == b"print('theirs')"


def test_a_definition_that_is_not_ours_is_copied(world):
    [one] = keepsakes.find(plan_of("aws_sfn_state_machine", *MACHINE, **IMPORTING), world, "assets")
    assert one.key.startswith("adopted/LogEvent.asl.json.")
    assert one.body == b'{"StartAt":"Theirs"}'


def test_what_was_changed_by_hand_since_is_not_ours_either(world):
    plan = plan_of("aws_sfn_state_machine", *MACHINE)
    assert keepsakes.find(plan, world, "assets") == ()
    plan["resource_drift"] = [{"address": "aws_sfn_state_machine.x"}]
    assert len(keepsakes.find(plan, world, "assets")) == 1


def test_what_stays_as_it_is_is_not_copied(world):
    same = plan_of("aws_sfn_state_machine", MACHINE[0], {**MACHINE[0], "tags": {}}, **IMPORTING)
    assert keepsakes.find(same, world, "assets") == ()


def test_what_is_kept_is_no_loss():
    assert losses.find(plan_of("aws_sfn_state_machine", *MACHINE, **IMPORTING)) == ()
