"""One sandbox in this process, with the table, the bucket and the target of dev."""

from __future__ import annotations

import pytest

from dpctl.config import load_environment
from dpctl.sandbox import server


@pytest.fixture(scope="session")
def account(repo, tmp_path_factory):
    running = server.listen(load_environment(repo, "dev"), "existing", tmp_path_factory.mktemp("sandbox"))
    yield running.front.account
    running.close()


@pytest.fixture(scope="session")
def front(account):
    """The sandbox's front: its faults, and its count of calls."""
    import gc

    from dpctl.sandbox.front import Front

    [found] = [item for item in gc.get_objects() if isinstance(item, Front) and item.account is account]
    return found


@pytest.fixture(scope="session")
def calls(front):
    """How often each operation was called, in the sandbox's own count."""
    return front.calls
