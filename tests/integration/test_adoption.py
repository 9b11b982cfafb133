"""Accounts as people make them by hand are adopted, and nothing is taken from them.

``make seeds``, which CI runs, adopts nine of them and a replica of another, all layers, and
test_adoption_rows the one that has everything; the storm (``make storm``) twenty, with a look ahead and a try
to destroy. The suite adopts the foundation of one.
"""

from __future__ import annotations

import json
import os
from contextlib import contextmanager
from dataclasses import replace

import pytest

from dpctl import sandbox
from dpctl.aws import Aws
from tests.integration.accounts_by_hand import a_network_by_hand, taken
from tests.integration.conftest import copy_tree, denied, faults, stop_all
from tests.integration.one_provider import one_provider

pytestmark = [pytest.mark.sandbox]
NOTHING = {"add": 0, "change": 0, "destroy": 0, "import": 0}


def begin(repo, folder, seed):
    folder.mkdir(exist_ok=True)
    made = copy_tree(repo, folder)
    started = made.dpctl("sandbox", "start", "--env", "dev", "--account", "console", "--seed", str(seed))
    assert started.code == 0, started.stderr
    return made


def running(made):
    """The variables of a running sandbox."""
    found = sandbox.status(made.environment("dev"))
    assert found is not None
    return found.environment()


def picture(made, name):
    file = made.root / f"{name}.json"
    done = made.dpctl("--sandbox", "snapshot", "--env", "dev", "--out", str(file))
    assert done.code == 0, done.stderr
    found = json.loads(file.read_text())
    assert found["unseen"] == {}
    return found


def adopt(made, *layers):
    """Adopt, apply, apply again, try to destroy; the pictures before and after."""
    chosen = [word for layer in layers for word in ("--layer", layer)]
    before = picture(made, "before")
    found = made.dpctl("--sandbox", "adopt", "--env", "dev", "--json", *chosen)
    assert found.code == 0, found.stderr
    assert made.dpctl("validate", "--env", "dev").code == 0
    applied = made.dpctl("--sandbox", "apply", "--env", "dev", "--yes", "--json", *chosen)
    assert applied.code == 0, applied.stderr[-4000:]
    assert all(layer["losses"] == [] for layer in applied.json["layers"])
    return before, picture(made, "after"), found.json


def nothing_is_created_unseen(made):
    """Who may not look whether something is there does not get it made: it may be, and be overwritten."""
    environment = made.environment("dev")
    faults(environment, denied("dynamodb", "DescribeTable"))
    refused = made.dpctl("--sandbox", "apply", "--env", "dev", "--yes", "--layer", "static")
    faults(environment)
    assert refused.code == 4, refused.stderr
    said = " ".join(refused.stderr.split())
    assert "dev/static would create what could not be looked for: it may be there." in said
    assert "aws_dynamodb_table.orders: " in said
    assert "describe_table" in said


@pytest.mark.terraform
@pytest.mark.slow
def test_the_foundation_of_an_account_made_by_hand_is_adopted_and_kept(repo, tmp_path, terraform):
    made = begin(repo, tmp_path, 24)
    try:
        nothing_is_created_unseen(made)
        before, after, found = adopt(made, "static")
        assert taken(before, after) == []
        assert before["roles"]["GlueFullAccessRole"]["Path"] == "/service-role/"
        settings = {one["key"]: one["value"] for one in found["settings"]}
        assert settings["glue.start_trigger"] == "orders-start"
        assert settings["databases.redshift.more_roles"] == [
            "arn:aws:iam::054158074701:role/RedshiftSpectrum"
        ]
        again = made.dpctl("--sandbox", "plan", "--env", "dev", "--layer", "static", "--json")
        assert again.json["layers"][0]["changes"] == NOTHING
        gone = made.dpctl("--sandbox", "destroy", "--env", "dev", "--layer", "static", "--yes", "--json")
        assert gone.code == 1
        reason = gone.json["layers"][0]["reason"]
        assert "module.databases.aws_dynamodb_table.orders" in reason
        assert "it was there before Terraform" in reason
    finally:
        stop_all(made)


def each(numbers):
    """One account a test, in any process."""
    marks = lambda number: [pytest.mark.xdist_group(f"seed-{number}")]  # noqa: E731
    return pytest.mark.parametrize("seed", [pytest.param(one, marks=marks(one)) for one in numbers])


def storm_seeds():
    """Twenty accounts; others by SEEDS=20-39."""
    first, _, last = os.environ.get("SEEDS", "1-20").partition("-")
    return range(int(first), int(last or first) + 1)


@contextmanager
def account(repo, folder, seed):
    """The account of a number, with one provider for all that is done to it."""
    made = begin(repo, folder / "tree", seed)
    try:
        with one_provider(folder, running(made)) as environ:
            yield replace(made, environ=environ)
    finally:
        stop_all(made)


def kept_and_quiet(made):
    """All layers adopted and applied: nothing is taken, and a second apply has nothing to do."""
    before, after, _ = adopt(made)
    assert taken(before, after) == []
    again = made.dpctl("--sandbox", "apply", "--env", "dev", "--yes", "--json")
    assert {layer["result"] for layer in again.json["layers"]} == {"unchanged"}, again.stdout
    return after


@pytest.mark.terraform
@pytest.mark.seeds
@each(range(1, 10))
def test_an_account_made_by_hand_is_adopted_and_kept(repo, tmp_path, terraform, seed):
    with account(repo, tmp_path, seed) as made:
        kept_and_quiet(made)


@pytest.mark.terraform
@pytest.mark.storm
@each(storm_seeds())
def test_an_account_is_previewed_adopted_kept_and_not_destroyed(repo, tmp_path, terraform, seed):
    with account(repo, tmp_path, seed) as made:
        preview = made.dpctl("--sandbox", "plan", "--env", "dev", "--json")
        assert preview.code == 0, preview.stderr[-4000:]
        assert {layer["result"] for layer in preview.json["layers"]} == {"succeeded"}
        after = kept_and_quiet(made)
        gone = made.dpctl("--sandbox", "destroy", "--env", "dev", "--yes", "--json")
        assert gone.code == 1
        assert taken(after, picture(made, "left")) == []


@pytest.mark.terraform
@pytest.mark.storm
@pytest.mark.seeds
@pytest.mark.xdist_group("rehearsal")
def test_the_first_apply_is_rehearsed_on_a_replica_of_the_account(repo, tmp_path, terraform):
    theirs = begin(repo, tmp_path / "theirs", 10)
    try:
        picture(theirs, "account")
    finally:
        stop_all(theirs)
    (tmp_path / "replica").mkdir()
    made = copy_tree(repo, tmp_path / "replica")
    try:
        start = ("sandbox", "start", "--env", "dev", "--from", str(theirs.root / "account.json"))
        assert made.dpctl(*start).code == 0
        with one_provider(tmp_path, running(made)) as environ:
            kept_and_quiet(replace(made, environ=environ))
    finally:
        stop_all(made)


@pytest.mark.parametrize("seed", [0, 11])
def test_a_snapshot_makes_the_same_account_again(repo, tmp_path, seed):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    made = begin(repo, tmp_path / "one", seed)
    other = copy_tree(repo, tmp_path / "two")
    try:
        network = made.environment("dev").config.network
        by_hand = (network.vpc.id, network.private_subnets[0].id, network.security_groups.database)
        a_network_by_hand(Aws("ap-south-1", running(made)), *by_hand)
        before = picture(made, "before")
        assert {route["by"] for table in before["network"]["RouteTables"] for route in table["Routes"]} == {
            "gateway", "nat", "peer", "egress-only",
        }  # fmt: skip
        file = made.root / "before.json"
        assert file.stat().st_mode & 0o077 == 0
        started = other.dpctl("sandbox", "start", "--env", "dev", "--from", str(file))
        assert started.code == 0, started.stderr
        again = picture(other, "again")
        assert _comparable(again) == _comparable(before)
    finally:
        stop_all(made)
        stop_all(other)


def _comparable(found):
    """A picture without the ids that AWS gives anew: the ends of secrets' ARNs."""
    import re

    return json.loads(re.sub(r"(secret:[^\"]+)-\w{6}\"", r'\1"', json.dumps(found, sort_keys=True)))


def test_the_same_number_makes_the_same_account(repo):
    from dpctl.config import load_environment
    from dpctl.sandbox.replica.console import invent

    config = load_environment(repo, "dev").config
    assert [invent(config, number) for number in range(20)] == [
        invent(config, number) for number in range(20)
    ]
    assert len({json.dumps(invent(config, number)) for number in range(20)}) == 20


def test_a_sandbox_of_another_number_is_another_one(workspace):
    start = ("sandbox", "start", "--env", "dev", "--account", "console", "--seed")
    assert workspace.dpctl(*start, "4").code == 0
    assert workspace.dpctl(*start, "4").code == 0
    assert workspace.dpctl(*start, "5").code == 2
    assert sandbox.status(workspace.environment("dev")).variant == "4"
