"""Every permission of every role that the modules make is needed: without it, a recorded call is refused.

The calls are those of the recorded runs, judged again by the sandbox's own evaluator; what none of them
needed stands in ``BEYOND`` with its reason. ``python -m tests.write_permissions`` records again.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from functools import cache

import pytest

from dpctl.sandbox.access.policies import decide
from tests.permissions.least import BEYOND, beyond, permissions, request_of, unneeded, without
from tests.write_permissions import ROLES

RUNS = json.loads(ROLES.read_text(encoding="utf-8"))
REGION = "ap-south-1"


def idle(run):
    """The permissions that no call of a run needed."""
    given = run["roles"].items()
    return [one for role, documents in given for one in unneeded(role, documents, run["needs"], REGION)]


def all_of(run):
    return [one for role, documents in run["roles"].items() for one in permissions(role, documents)]


@cache
def needed():
    """What only one kind of account puts to work is proven by that one's run."""
    return {one.key for run in RUNS.values() for one in set(all_of(run)) - set(idle(run))}


def test_each_permission_is_needed_or_stands_in_the_list():
    rest = {one for run in RUNS.values() for one in idle(run) if one.key not in needed() and not beyond(one)}
    assert sorted(map(str, rest)) == []
    assert len(needed()) >= 50


def test_no_permission_is_granted_to_a_role_twice():
    for run in RUNS.values():
        for role, documents in run["roles"].items():
            given = permissions(role, documents)
            found = Counter((one.action, one.resource, one.condition) for one in given)
            assert [one for one, times in found.items() if times > 1] == [], role


@pytest.mark.parametrize("entry", BEYOND, ids=lambda entry: f"{entry.policy} {entry.action}")
def test_each_entry_of_the_list_names_what_no_run_needed(entry):
    meant = {one.key for run in RUNS.values() for one in all_of(run) if entry.means(one)}
    assert meant - needed()


@pytest.mark.parametrize("env", RUNS)
def test_every_recorded_call_of_these_roles_is_allowed_by_what_the_modules_give(env):
    run = RUNS[env]
    refused = [
        (need["role"], need["action"], need["resource"])
        for need in run["needs"]
        if need["action"] != "sts:AssumeRole"
        and not decide(run["roles"][need["role"]], request_of(need, REGION)).allowed
    ]
    assert refused == []


def test_a_permission_that_is_taken_away_takes_no_other_with_it():
    documents = {
        "p": {
            "Statement": [
                {
                    "Effect": "Allow",
                    "Action": ["s3:GetObject", "s3:PutObject"],
                    "Resource": ["arn:1", "arn:2"],
                },
                {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*"},
            ]
        }
    }
    every = set(permissions("r", documents))
    assert len(every) == 5
    for one in every:
        left = {(each.action, each.resource) for each in permissions("r", without(documents, one))}
        assert left == {(each.action, each.resource) for each in every - {one}}


def test_the_recorded_policies_are_those_of_the_modules(repo):
    text = "".join(path.read_text(encoding="utf-8") for path in (repo / "modules").rglob("*.tf"))
    actions = {
        one.action
        for run in RUNS.values()
        for role, documents in run["roles"].items()
        for one in permissions(role, documents)
    }
    assert sorted(action for action in actions if not re.search(re.escape(action), text)) == []
