"""`make permissions`: every command as a role that has its policy and nothing else, and without each action.

A command that is quick is run once for each action of its policy, without that one. It fails with exit code
4; or, where the action only tells more (a part of a survey, how much was loaded), it ends as ever, and says
for want of which action it could not see that.

What takes Terraform minutes starts with nothing instead, and is given the actions that it says are missing,
and only those, until it works: so each of them has been missed, by name, with exit code 4, and no other is in
the policy.
"""

from __future__ import annotations

import json
import re

import pytest

from tests.conftest import require_providers
from tests.integration.conftest import copy_tree, stop_all
from tests.permissions.operator import NAME, Operator, lines, named, pairs, without, words
from tests.permissions.record import ACCOUNTS
from tests.permissions.scenes import Account, files, steps, switched_on, write

pytestmark = [pytest.mark.permissions, pytest.mark.sandbox, pytest.mark.terraform]

QUICK = ("status", "unload", "copy", "sql", "statements", "output", "doctor", "drain", "reconcile", "cost")
ROUNDS = 60
# what the doctor asks on occasions that these accounts do not give: a route to a NAT gateway, a connection
# with a password of its own, one that is not there, a namespace that keeps the password
OCCASIONS = {
    "ec2:DescribeNatGateways",
    "glue:GetDataCatalogEncryptionSettings",
    "glue:GetConnections",
    "redshift-serverless:GetNamespace",
}
LOSS = re.compile(r"^  (module\..+): (?:an entry is taken away|taken away|weaker)$", re.MULTILINE)
# a shorter way, and what is lacking where it is closed
INSTEAD = {"iam:ListRoles": "iam:GetRole"}


def started(repo, folder, env):
    """A sandbox of the environment's kind, with nothing applied."""
    require_providers()
    made = copy_tree(repo, folder)
    switched_on(made, env)
    done = made.dpctl("sandbox", "start", "--env", env, "--account", ACCOUNTS[env])
    assert done.code == 0, done.stderr
    return Account(made, env)


@pytest.fixture(scope="module", params=["dev", "prod"])
def played(request, repo, tmp_path_factory):
    """An account in which every command but destroy was run as a role with its own policy."""
    account = started(repo, tmp_path_factory.mktemp("played"), request.param)
    try:
        operator = Operator(account)
        yield account, operator, list(refusals(operator))
    finally:
        stop_all(account.workspace)


def refusals(operator):
    """Play all steps but destroy, each command with its own policy; those that want more, and their words."""
    account = operator.account
    for step in steps():
        if step.does:
            step.does(account)
        elif step.command != "destroy":
            operator.may(pairs(account, step.command))
            done = operator.run(*step.line)
            if done.code not in step.codes or named(done):
                yield step.line, words(done)


def test_each_command_works_with_its_own_policy(played):
    _, _, failed = played
    assert failed == []


@pytest.mark.parametrize("command", QUICK)
def test_a_quick_command_fails_by_name_without_any_one_of_its_actions(played, command):
    account, operator, _ = played
    allowed = pairs(account, command)
    unmissed = {}
    for action in sorted({action for action, _ in allowed} - (OCCASIONS if command == "doctor" else set())):
        operator.may(without(allowed, action))
        if command == "drain":
            write(account)
        if command == "copy":
            files(account)
        runs = [operator.run(*step.line) for step in lines(command)]
        if not any(INSTEAD.get(action, action) in named(done) for done in runs):
            unmissed[action] = [words(done) for done in runs]
    assert unmissed == {}


@pytest.mark.parametrize("env", ["dev", "prod"])
def test_plan_apply_and_destroy_get_what_they_say_is_missing_and_nothing_else(repo, tmp_path, env):
    account = started(repo, tmp_path, env)
    try:
        boot = account.workspace.dpctl("--sandbox", "state", "bootstrap", "--env", env, "--yes")
        assert boot.code == 0, boot.stderr
        operator = Operator(account)
        for command, line in (
            ("apply", ("apply", "--yes")),
            ("plan", ("plan",)),
            ("destroy", ("destroy", "--yes")),
        ):
            allowed = pairs(account, command)
            given = grown(operator, line, allowed)
            assert {action for action, _ in allowed} - given == set(), f"{command} needs these not"
    finally:
        stop_all(account.workspace)


def unlocked(account):
    """Take away the locks that a run could not: nobody may delete them before s3:DeleteObject is given."""
    s3 = account.aws.client("s3")
    for one in s3.list_objects_v2(Bucket=account.state_bucket).get("Contents", []):
        if one["Key"].endswith(".tflock"):
            s3.delete_object(Bucket=account.state_bucket, Key=one["Key"])


def half_made(account):
    """What Terraform calls tainted: it was made, and its tags, say, could not be read. By layer."""
    s3, found = account.aws.client("s3"), {}
    for one in s3.list_objects_v2(Bucket=account.state_bucket).get("Contents", []):
        if one["Key"].endswith("terraform.tfstate"):
            state = json.loads(s3.get_object(Bucket=account.state_bucket, Key=one["Key"])["Body"].read())
            addresses = [
                ".".join(filter(None, (item.get("module"), item["type"], item["name"]))) + index_of(instance)
                for item in state["resources"]
                for instance in item["instances"]
                if instance.get("status") == "tainted"
            ]
            found |= {one["Key"].split("/")[2]: addresses} if addresses else {}
    return found


def index_of(instance):
    return f"[{json.dumps(instance['index_key'])}]" if "index_key" in instance else ""


def trusted(account):
    """Keep what is half made: to replace it would take deleting, which is nothing that an apply needs."""
    for layer, addresses in half_made(account).items():
        line = ("state", "untaint", *addresses, "--layer", layer, "--env", account.env, "--yes")
        done = account.workspace.dpctl("--sandbox", *line)
        assert done.code == 0, words(done)


def grown(operator, line, allowed):
    """Give a command the actions it names, of those allowed, until it misses none; which those are.

    What AWS itself gives a thing at first (a topic's policy, a log that is kept for ever) is another loss to
    the next round: it is accepted by name.
    """
    given: set[str] = set()
    accepted: list[str] = []
    known = {action for action, _ in allowed}
    for _ in range(ROUNDS):
        operator.may(pair for pair in allowed if pair[0] in given)
        done = operator.run(*line, *accepted)
        missed = named(done) - given
        if done.code == 1 and (lost := LOSS.findall(done.stderr)):
            accepted += [word for one in lost for word in ("--accept", one)]
            given |= missed & known
            continue
        if done.code != 4:
            assert (done.code, missed) == (0, set()), words(done)
            return given
        assert missed, words(done)
        assert missed <= known, words(done)
        given |= missed
        unlocked(operator.account)
        trusted(operator.account)
    raise AssertionError(f"{NAME} was not done after {ROUNDS} rounds")
