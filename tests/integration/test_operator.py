"""A sample of `make permissions`: commands as a role with just their policy, and without an action of it.

The whole is tests/permissions/test_enforced.py.
"""

from __future__ import annotations

import pytest

from tests.permissions.operator import Operator, named, pairs, without, words
from tests.permissions.scenes import Account

pytestmark = [pytest.mark.sandbox, pytest.mark.terraform, pytest.mark.xdist_group("dev")]

DOCTOR = ("doctor", "glue-connection")
SAMPLE = [
    (("output", "--layer", "static"), "output", "s3:GetObject"),
    (("sql", "SELECT 1"), "sql", "redshift-data:ExecuteStatement"),
    (("sql", "SELECT 1"), "sql", "redshift-data:GetStatementResult"),
    (("plan", "--layer", "redshift-s3"), "plan", "lambda:GetFunction"),
    (DOCTOR, "doctor", "ec2:DescribeRouteTables"),
]


@pytest.fixture(scope="module")
def operator(dev_applied):
    account = Account(dev_applied.workspace, "dev")
    found = Operator(account)
    yield found
    found.gone()


@pytest.mark.parametrize("line", [("output", "--layer", "static"), ("sql", "SELECT 1"), DOCTOR])
def test_a_command_works_with_its_own_policy(operator, line):
    operator.may(pairs(operator.account, line[0]))
    done = operator.run(*line)
    assert done.code in ((0, 1) if line == DOCTOR else (0,)), words(done)
    assert named(done) == set()


@pytest.mark.parametrize(("line", "command", "action"), SAMPLE)
def test_without_one_of_its_actions_it_ends_with_4_and_names_it(operator, line, command, action):
    operator.may(without(pairs(operator.account, command), action))
    done = operator.run(*line)
    assert done.code == 4, words(done)
    assert action in named(done), words(done)


def test_the_first_line_says_who_it_is(operator):
    operator.may(pairs(operator.account, "output"))
    assert "as arn:aws:iam::054158074701:role/operator" in operator.run("output", "--layer", "static").stderr
