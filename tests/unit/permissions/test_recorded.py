"""The recorded data: actions that AWS knows, scoped wherever it can be, for any environment."""

from __future__ import annotations

import json
import re

import pytest

from dpctl.config import load_environment
from dpctl.permissions import FILE, MOST, Names, commands, needs, policies, size
from dpctl.sandbox.access import reference
from dpctl.sandbox.access.conditions import Context, holds
from dpctl.sandbox.access.policies import evaluate
from tests.permissions.page import ISSUER, trust

ENVS = {"dev": "existing", "prod": "prefixed"}
ASKED = ("plan", "apply", "destroy", "doctor", "unload", "copy", "status", "ci")
RECORDED = json.loads(FILE.read_text(encoding="utf-8"))
ROWS = [
    (naming, command, action, template)
    for naming, found in RECORDED.items()
    for command, actions in found.items()
    for action, templates in actions.items()
    for template in templates
]


def test_every_action_is_one_of_awss():
    assert [row for row in ROWS if reference.types(row[2]) is None] == []


def test_star_stands_only_where_aws_knows_no_resource():
    """Service Authorization Reference: an action without a resource type takes ``*`` alone."""
    wide = {row[2] for row in ROWS if row[3] == "*"}
    assert {action for action in wide if reference.types(action) != ([], [])} == set()


def test_no_template_holds_what_is_the_recorded_accounts_alone():
    own = re.compile(r"054158074701|111122223333|ap-south-1|[0-9a-f]{8}-[0-9a-f]{4}-|-prod-|live/(dev|prod)/")
    assert sorted({row[3] for row in ROWS if own.search(row[3])}) == []


@pytest.mark.parametrize("env", ENVS)
def test_the_policies_fit_and_say_what_was_recorded(repo, env):
    environment = load_environment(repo, env)
    assert set(ASKED) <= set(commands())
    for command in commands():
        found = policies(environment, [command])
        assert found or command not in RECORDED[ENVS[env]]
        assert all(size(policy) <= MOST for policy in found)
        documents = {str(number): policy for number, policy in enumerate(found)}
        for action, resource in needs(environment, [command]):
            assert evaluate(documents, action, resource).allowed


@pytest.mark.parametrize("env", ENVS)
def test_every_template_means_something_in_its_own_environment(repo, env):
    names = Names.of(load_environment(repo, env))
    assert [row for row in ROWS if row[0] == ENVS[env] and not names.expand(row[3])] == []


def test_whoever_plans_may_not_change_what_is_deployed(repo):
    writes = re.compile(r":(Create|Delete(?!Object)|Update|Modify|Authorize|Attach|Put(?!Object)|Run|Invoke)")
    for env in ENVS:
        found = needs(load_environment(repo, env), ["ci"])
        assert [pair for pair in found if writes.search(pair[0])] == []
        written = {arn for action, arn in found if action in ("s3:PutObject", "s3:DeleteObject")}
        assert all(arn.endswith(".tflock") for arn in written)


@pytest.mark.parametrize(
    ("subject", "plans", "applies"),
    [
        ("repo:ORG/REPO:pull_request", True, False),
        ("repo:ORG/REPO:ref:refs/heads/main", False, True),
        ("repo:ORG/REPO:ref:refs/heads/other", False, False),
        ("repo:ORG/OTHER:pull_request", False, False),
        ("repo:ORG/REPO:ref:refs/heads/main2", False, False),
    ],
)
def test_who_takes_on_which_role_of_ci(subject, plans, applies):
    for wanted, role in ((plans, "pull_request"), (applies, "ref:refs/heads/main")):
        [statement] = trust("111122223333", role)["Statement"]
        for audience in ("sts.amazonaws.com", "another"):
            context = Context.of({f"{ISSUER}:aud": audience, f"{ISSUER}:sub": subject})
            held = holds(statement["Condition"], context, variables=True)
            assert held == (wanted and audience == "sts.amazonaws.com")
