"""Every permission that our modules give a role is needed: without it something it does is refused."""

from __future__ import annotations

import pytest

from dpctl import sandbox
from tests.permissions.least import beyond, of_states, unneeded
from tests.permissions.record import states_of
from tests.permissions.scenes import Account, dumps, files, write

pytestmark = [pytest.mark.sandbox, pytest.mark.terraform, pytest.mark.slow, pytest.mark.xdist_group("dev")]


@pytest.fixture(scope="module")
def flowed(dev_applied):
    """The account after its flows: what its roles may do, and what their calls have needed."""
    account = Account(dev_applied.workspace, "dev")
    made = account.workspace.dpctl("--sandbox", "tables", "apply", "--env", "dev", "--yes")
    assert made.code == 0, made.stderr
    for flow in (write, files, dumps):
        flow(account)
    return of_states(states_of(account)), sandbox.ask(account.running, "needs"), account.config.region


def test_every_permission_of_a_role_is_needed(flowed):
    roles, needs, region = flowed
    assert len(roles) >= 8
    found = [one for role, documents in roles.items() for one in unneeded(role, documents, needs, region)]
    assert sorted(str(one) for one in found if not beyond(one)) == []
