"""Every client: its program of named checks, of which at least 95 of 100 pass and none fails."""

from __future__ import annotations

import pytest

from tests.clients import results, toolchains
from tests.clients.clients import CLIENTS

pytestmark = [pytest.mark.clients, pytest.mark.sandbox, pytest.mark.slow]


@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.name)
def test_client(client, runs, request):
    try:
        done = runs.ended(client)
    except toolchains.Missing as error:
        pytest.skip(str(error))
    checks = results.parse(done.stdout)
    failed = [f"{check.name}: {check.reason}" for check in checks if check.outcome == "FAIL"]
    assert failed == []
    assert done.returncode == 0, (done.stdout[-1000:], done.stderr[-3000:])
    assert len(checks) >= client.least
    assert sum(check.outcome == "ok" for check in checks) >= 0.95 * len(checks)
    if request.config.getoption("--record"):
        results.record(client.name, checks)
    else:
        known = results.recorded().get(client.name)
        assert known in (None, results.summary(checks)), "make clients RECORD=1, and make docs"
