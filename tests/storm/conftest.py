"""One sandbox in this process, a storm, with the table, the bucket and the target of dev."""

from __future__ import annotations

import pytest

from dpctl.config import load_environment
from dpctl.sandbox import server
from dpctl.sandbox.realism import Realism

SEED = 20_261


@pytest.fixture(scope="session")
def running(repo, tmp_path_factory):
    folder, storm = tmp_path_factory.mktemp("sandbox"), Realism("storm", SEED)
    found = server.listen(load_environment(repo, "dev"), "existing", folder, realism=storm)
    yield found
    found.close()


@pytest.fixture(scope="session")
def front(running):
    """The sandbox's front: its faults, and its count of calls."""
    return running.front


@pytest.fixture(scope="session")
def account(front):
    return front.account


@pytest.fixture(scope="session")
def calls(front):
    """How often each operation was called, in the sandbox's own count."""
    return front.calls
