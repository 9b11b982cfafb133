"""gluejob killed at 20 moments, and what it needs taken away in the middle of a run: never half a load.

A moment is a call that reaches the sandbox, and no time of the clock. After each blow Redshift has a state
that MySQL had, whole; the next run to the end makes both sides equal, and nothing is left in staging.
"""

from __future__ import annotations

import os
import signal
import sys
import threading

import pytest

from dpctl.sandbox.services import glue_runs, rds
from tests.spark.chain import Chain
from tests.spark.conftest import account, chain, front, installed, mariadb

__all__ = ["account", "chain", "front", "installed", "mariadb"]

pytestmark = [pytest.mark.storm, pytest.mark.sandbox]
MOMENTS = int(os.environ.get("DPCTL_STORM_KILLS", "20"))
ROWS = 30_000


class Blows:
    """Counts the calls of a run, and strikes at the one that was asked for."""

    def __init__(self, front, monkeypatch):
        self.calls: list[str] = []
        self._at, self._strike = 0, lambda: None
        self._lock = threading.Lock()
        self._until = None
        take = front.faults.take

        def counted(service: str, operation: str):
            counts = service in ("s3", "redshift-data", "secretsmanager") or operation == "GetConnection"
            if counts and operation != "DescribeStatement":  # asked as often as it takes
                self._count(f"{service}:{operation}")
            return take(service, operation)

        monkeypatch.setattr(front.faults, "take", counted)

    def _count(self, call: str) -> None:
        with self._lock:
            self.calls.append(call)
            strike = len(self.calls) == self._at or (self._until and self._until(self.calls))
            if strike:
                self._at, self._until = 0, None
        if strike:
            self._strike()

    def at(self, number: int, strike) -> None:
        """Strike at the call of this number, from now."""
        with self._lock:
            self.calls.clear()
            self._at, self._strike, self._until = number, strike, None

    def when(self, happened, strike) -> None:
        """Strike as soon as the calls so far say that something happened."""
        with self._lock:
            self.calls.clear()
            self._at, self._strike, self._until = 0, strike, happened


@pytest.fixture
def blows(front, monkeypatch):
    return Blows(front, monkeypatch)


@pytest.fixture(scope="module")
def table(chain: Chain) -> Chain:
    """A table that is replaced by what changed, with its first load done."""
    chain.mysql(
        "CREATE TABLE moving (id INT PRIMARY KEY, name VARCHAR(40), "
        "updated_at TIMESTAMP(6) DEFAULT CURRENT_TIMESTAMP(6) ON UPDATE CURRENT_TIMESTAMP(6))",
        f"INSERT INTO moving (id, name) SELECT seq, CONCAT('row ', seq) FROM seq_1_to_{ROWS}",
    )
    columns = {"id": "integer", "name": "varchar(40)", "updated_at": "timestamp"}
    chain.table("moving", columns, ["id"], mode="upsert", watermark="updated_at")
    chain.load("moving")
    return chain


def states(chain: Chain) -> tuple[list, list]:
    """Both sides, once no statement of a dead run is under way any more."""
    left = chain.mysql("SELECT id, name FROM moving ORDER BY id")
    right = chain.redshift("LOCK public.dpctl_load_log", "SELECT id, name FROM public.moving ORDER BY id")
    return [tuple(row) for row in left], [tuple(row) for row in right]


def kill(account) -> None:
    for process in list(account.store(glue_runs.Runs).processes.values()):
        os.killpg(process.pid, signal.SIGKILL)


def test_a_run_that_is_killed_anywhere_leaves_a_whole_state(account, table, blows):
    blows.at(0, lambda: None)
    assert table.load("moving")["mode"] == "upsert"
    total = len(blows.calls)
    assert total > 10
    before = states(table)[1]
    killed = {}
    for number in range(1, MOMENTS + 1):
        table.mysql(
            f"UPDATE moving SET name = 'kill {number}' WHERE id % 31 = {number}",
            f"DELETE FROM moving WHERE id = {number}",
            f"INSERT INTO moving (id, name) VALUES ({ROWS + number}, 'new')",
        )
        blows.at(max(1, total * number // MOMENTS), lambda: kill(account))
        run = table.wait(table.start("moving", full="true"))
        left, right = states(table)
        whole = right in (before, left)
        assert whole, (number, run["JobRunState"], run.get("ErrorMessage"))
        killed[number] = (run["JobRunState"], right == left)
        before = right
        if number % 5 == 0:
            done = table.load("moving", full="true")  # nothing is left in staging
            left, before = states(table)
            assert left == before
            assert done["loaded"] == len(left)
    sys.stderr.write(f"\n{total} calls in a run; (how it ended, loaded): {killed}\n")
    assert sum(state == "FAILED" for state, _ in killed.values()) >= MOMENTS * 3 // 4


def test_the_database_is_stopped_in_the_middle_of_the_read(account, table, blows):
    before = states(table)[1]
    table.mysql("UPDATE moving SET name = 'stopped' WHERE id % 3 = 0")
    server = rds.server(account)
    # The first rows arrive in S3 when one part of the read is done, and others are not.
    blows.when(lambda calls: calls.count("s3:PutObject") >= 1, lambda: server.pause(False))
    run = table.wait(table.start("moving", full="true"))
    server.pause(True)
    assert run["JobRunState"] == "FAILED", run
    assert states(table)[1] == before
    table.load("moving", full="true")
    left, right = states(table)
    assert left == right


@pytest.mark.parametrize(
    ("service", "operation", "code"),
    [
        ("s3", "PutObject", "AccessDenied"),
        ("redshift-data", "BatchExecuteStatement", "InternalServerException"),
    ],
)
def test_what_the_job_needs_fails_in_the_middle(account, table, front, service, operation, code):
    before = states(table)[1]
    table.mysql(f"UPDATE moving SET name = '{service}' WHERE id % 5 = 0")
    status = 403 if code == "AccessDenied" else 500
    front.faults.replace([{"service": service, "operation": operation, "code": code, "status": status}])
    try:
        run = table.wait(table.start("moving", full="true"))
    finally:
        front.faults.replace([])
    assert run["JobRunState"] == "FAILED"
    assert states(table)[1] == before
    table.load("moving", full="true")
    left, right = states(table)
    assert left == right
