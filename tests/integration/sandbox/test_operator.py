"""A sample of `make permissions`: commands as a role with just their policy, and without each of its actions.

The whole is tests/permissions/test_enforced.py; these commands need nothing that Terraform makes.
"""

from __future__ import annotations

import json

import pytest

from tests.permissions.operator import Operator, named, pairs, without, words
from tests.permissions.scenes import Account

pytestmark = pytest.mark.sandbox

LINES = {
    "sql": ("sql", "SELECT 1"),
    "statements": ("statements", "list"),
    "unload": ("unload", "--query", "SELECT 1 AS one", "--yes"),
}


@pytest.fixture(scope="module")
def operator(place):
    account = Account(place, "dev")
    export = account.config.storage.export_bucket  # a layer makes it; here nothing is applied
    place_of = {"LocationConstraint": account.config.region}
    account.aws.client("s3").create_bucket(Bucket=export, CreateBucketConfiguration=place_of)
    return Operator(account)


@pytest.mark.parametrize("command", LINES)
def test_a_command_needs_each_action_of_its_policy_and_nothing_else(operator, command):
    allowed = pairs(operator.account, command)
    operator.may(allowed)
    done = operator.run(*LINES[command])
    assert done.code == 0, words(done)
    unmissed = {}
    for action in sorted({action for action, _ in allowed}):
        operator.may(without(allowed, action))
        done = operator.run(*LINES[command])
        if done.code != 4 or action not in named(done):
            unmissed[action] = words(done)
    assert unmissed == {}


def test_the_first_line_says_who_it_is_and_an_unknown_role_is_refused(operator):
    operator.may(pairs(operator.account, "sql"))
    assert "as arn:aws:iam::054158074701:role/operator" in operator.run(*LINES["sql"]).stderr
    line = ("--sandbox", "sql", "SELECT 1", "--env", "dev")
    done = operator.account.workspace.dpctl(*line, DPCTL_SANDBOX_ROLE="nobody")
    assert done.code != 0
    assert "nobody" in done.stderr
    assert "Traceback" not in done.stderr


def test_recorded_is_what_the_runs_have_needed(operator):
    operator.account.post("needs", {})
    done = operator.account.workspace.dpctl("--sandbox", *LINES["sql"], "--env", "dev")
    assert done.code == 0, words(done)
    found = json.loads(operator.account.workspace.dpctl("permissions", "--env", "dev", "--recorded").stdout)
    actions = {
        action
        for policy in found["policies"]
        for statement in policy["Statement"]
        for action in statement["Action"]
    }
    assert actions == {action for action, _ in pairs(operator.account, "sql")}
