"""The guard: which destructions stop a run, and what is said about them."""

from __future__ import annotations

import pytest

from dpctl.deploy import guard
from dpctl.deploy.changes import Change
from dpctl.errors import ExitCode

TABLE = Change("aws_dynamodb_table.b", "aws_dynamodb_table", "delete")
BUCKET = Change("aws_s3_bucket.a", "aws_s3_bucket", "replace", "cannot_update")


def refused(*args):
    """What the guard says."""
    with pytest.raises(guard.Refused) as caught:
        guard.check(*args)
    return caught.value


def test_one_loss_names_it_and_the_option_that_allows_it():
    error = refused("dev/static", [TABLE], [])
    assert error.what == "dev/static would destroy 1 resource that holds data."
    assert error.why == "- aws_dynamodb_table.b (delete)"
    assert error.hint == "--allow-destroy 'aws_dynamodb_table.b'"
    assert error.exit_code == ExitCode.FAILED


def test_several_losses_are_sorted_and_no_line_allows_them_all():
    error = refused("dev/static", [BUCKET, TABLE], [])
    assert error.what == "dev/static would destroy 2 resources that hold data."
    assert error.why == "- aws_dynamodb_table.b (delete)\n-/+ aws_s3_bucket.a (cannot_update)"
    assert error.hint == guard.EACH
    assert "aws_" not in error.hint


def test_each_has_to_be_named_and_only_by_its_address():
    both = [TABLE, BUCKET]
    guard.check("dev/static", both, [TABLE.address, BUCKET.address])
    assert refused("dev/static", both, [TABLE.address]).why == "-/+ aws_s3_bucket.a (cannot_update)"
    assert refused("dev/static", both, [BUCKET.address]).why == "- aws_dynamodb_table.b (delete)"
    for wrong in ("aws_dynamodb_table", "aws_dynamodb_table.*", "aws_dynamodb_table.bb", ""):
        refused("dev/static", [TABLE], [wrong])


@pytest.mark.parametrize("action", ["delete", "replace", "remove"])
def test_every_way_to_lose_data_counts(action):
    refused("dev/static", [Change("x", "aws_kms_key", action)], [])


@pytest.mark.parametrize("action", ["create", "update", "import", "move", "forget", "noop", "read"])
def test_what_keeps_the_resource_passes(action):
    guard.check("dev/static", [Change("x", "aws_kms_key", action)], [])


@pytest.mark.parametrize("kind", ["aws_iam_role", "aws_sqs_queue", "aws_cloudwatch_log_group"])
def test_what_others_hang_on_goes_by_a_destroy_and_by_no_apply(kind):
    gone = [Change("x", kind, "delete")]
    assert refused("dev/static", gone, []).why == "- x (delete)"
    guard.check("dev/static", gone, [], destroying=True)


def test_what_holds_no_data_may_go():
    guard.check("dev/static", [Change("x", "aws_security_group", "delete")], [])
    guard.check("dev/static", [], [])


def shown_refused(shown, now):
    """What is said when a plan is not the one that was shown."""
    with pytest.raises(guard.Refused) as caught:
        guard.check_shown("dev/a", shown, now)
    return caught.value


def test_a_destruction_that_was_not_shown_is_refused_whatever_it_holds():
    other = Change("aws_security_group.z", "aws_security_group", "delete")
    error = shown_refused([TABLE], [TABLE, other, BUCKET])
    assert error.what == "dev/a would now destroy what the plan that was shown did not."
    assert error.why == "-/+ aws_s3_bucket.a (cannot_update)\n- aws_security_group.z (delete)"
    assert error.hint == "dpctl plan --layer a, then apply again"


def test_an_update_that_was_shown_is_no_destruction_that_was_shown():
    shown_refused([Change(TABLE.address, TABLE.type, "update")], [TABLE])


def test_what_was_shown_and_what_keeps_its_resource_passes():
    guard.check_shown("dev/a", [TABLE], [TABLE, Change("x", "t", "update"), Change("y", "t", "create")])
    guard.check_shown("dev/a", [TABLE], [])
    guard.check_shown("dev/a", [], [])


def test_the_layer_of_the_hint_is_all_that_follows_the_environment():
    with pytest.raises(guard.Refused) as caught:
        guard.check_shown("dev/more/a", [], [TABLE])
    assert caught.value.hint == "dpctl plan --layer more/a, then apply again"
