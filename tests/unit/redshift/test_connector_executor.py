"""The connector's executor, with a connection that follows a script."""

from __future__ import annotations

import threading
from typing import Any

import pytest
import redshift_connector

from dpctl.errors import AccessError, AwsError, Interrupted, UsageError
from dpctl.redshift.connector import ConnectorExecutor, Login, connect
from dpctl.redshift.failures import StatementFailed
from dpctl.redshift.polling import Clock, Waiting
from tests.unit.redshift.fakes import FakeClock


class FakeCursor:
    def __init__(self, connection: FakeConnection) -> None:
        self.connection = connection
        self.description: Any = None
        self.rowcount = -1
        self._rows: list[Any] = []

    def execute(self, sql: str) -> None:
        self.connection.server.statements.append(sql)
        answer = self.connection.server.answer(self.connection, sql)
        if isinstance(answer, BaseException):
            raise answer
        if answer is not None:
            self.description = [(b"value", 20)]
            self._rows = answer

    def fetchone(self) -> Any:
        return self._rows[0]

    def fetchall(self) -> list[Any]:
        return self._rows


class FakeConnection:
    autocommit = True

    def __init__(self, server: FakeServer, process: int) -> None:
        self.server, self.process, self.closed = server, process, False

    def cursor(self) -> FakeCursor:
        return FakeCursor(self)

    def close(self) -> None:
        self.closed = True


class FakeServer:
    """``script`` maps a part of a statement to its rows or its error; ``endless`` ends when cancelled."""

    def __init__(self, **script: Any) -> None:
        self.script = script
        self.statements: list[str] = []
        self.connections: list[FakeConnection] = []
        self.cancelled = threading.Event()

    def open(self) -> FakeConnection:
        self.connections.append(FakeConnection(self, 100 + len(self.connections)))
        return self.connections[-1]

    def answer(self, connection: FakeConnection, sql: str) -> Any:
        if "pg_backend_pid" in sql:
            return [[connection.process]]
        if "pg_cancel_backend" in sql:
            self.cancelled.set()
            return [[True]]
        if sql == "endless":
            self.cancelled.wait(5)
            return redshift_connector.ProgrammingError({"M": "canceling statement", "C": "57014"})
        for start, answer in self.script.items():
            if start in sql:
                return answer
        return None


def executor(server: FakeServer, *, timeout: float = 60) -> tuple[ConnectorExecutor, FakeClock]:
    clock = FakeClock()
    return ConnectorExecutor(
        server.open, Waiting(timeout, Clock(clock.now, clock.sleep), lambda *_: None)
    ), clock


def test_rows_and_one_connection_for_several_statements() -> None:
    server = FakeServer(SELECT=[[1], [2]])
    runner, _ = executor(server)
    result = runner.run("SELECT value", fetch=True)
    assert (result.rows, result.columns, result.session_id) == (((1,), (2,)), ("value",), 100)
    assert runner.run("CREATE TABLE t ()").statement_id == "100/2"
    assert len(server.connections) == 1
    runner.close()
    assert server.connections[0].closed


def test_each_thread_has_its_own() -> None:
    server = FakeServer()
    runner, _ = executor(server)
    threads = [threading.Thread(target=runner.run, args=("CREATE TABLE t ()",)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(server.connections) == 3


def test_what_the_session_says_about_an_unload_and_a_copy() -> None:
    server = FakeServer(pg_last_unload_count=[[7]], pg_last_unload_id=[[42]], pg_last_copy_count=[[-1]])
    runner, _ = executor(server)
    done = runner.run("UNLOAD ...")
    assert (done.row_count, done.query_id) == (7, 42)
    done = runner.run("COPY ...")
    assert (done.row_count, done.query_id) == (None, None)


def test_the_servers_error_is_ours() -> None:
    fields = {"M": "permission denied for relation orders", "C": "42501"}
    server = FakeServer(UNLOAD=redshift_connector.ProgrammingError(fields))
    runner, _ = executor(server)
    with pytest.raises(StatementFailed) as caught:
        runner.run("UNLOAD ...")
    assert (caught.value.exit_code, caught.value.session_id) == (4, 100)


@pytest.mark.parametrize("lost", [redshift_connector.InterfaceError("closed"), BrokenPipeError("gone")])
def test_a_lost_connection_is_not_tried_again(lost: Exception) -> None:
    server = FakeServer(UNLOAD=lost)
    runner, _ = executor(server)
    with pytest.raises(AwsError, match="connection was lost") as caught:
        runner.run("UNLOAD ...")
    assert "was not sent again" in caught.value.why
    assert server.statements.count("UNLOAD ...") == 1
    runner.run("CREATE TABLE t ()")
    assert len(server.connections) == 2


def test_a_statement_that_never_ends_is_cancelled_from_another_connection() -> None:
    server = FakeServer()
    runner, _ = executor(server, timeout=3)
    with pytest.raises(AwsError, match="did not end within 3 seconds") as caught:
        runner.run("endless")
    assert caught.value.why == "It was cancelled on the server."
    assert "SELECT pg_cancel_backend(100)" in server.statements
    assert server.connections[0].closed


@pytest.mark.parametrize(
    ("statement", "script", "why"),
    [
        ("endless", {}, "It was cancelled on the server."),
        ("UNLOAD x", {"pg_last_unload_id": KeyboardInterrupt()}, "It had ended"),
    ],
)
def test_ctrl_c(statement: str, script: dict[str, Any], why: str) -> None:
    server = FakeServer(**script)
    runner, clock = executor(server)

    def sleep(seconds: float) -> None:
        raise KeyboardInterrupt

    if statement == "endless":
        runner.waiting.clock = Clock(clock.now, sleep)
    with pytest.raises(Interrupted) as caught:
        runner.run(statement)
    assert why in caught.value.why
    assert caught.value.statement_id == "100/1"
    assert "sys_query_history WHERE session_id = 100" in caught.value.hint  # which the Data API does not know
    assert server.connections[0].closed


def test_tokens_need_the_data_api() -> None:
    server = FakeServer()
    with pytest.raises(UsageError, match="--token and --via connector"):
        executor(server)[0].run("UNLOAD ...", token="x")
    assert server.connections == []


def test_nobody_listens() -> None:
    login = Login("127.0.0.1", 1, "dev", "admin", "hunter2", tls=False)
    assert "hunter2" not in repr(login)
    with pytest.raises(AwsError, match=r"Could not connect to 127\.0\.0\.1:1") as caught:
        connect(login)
    assert not isinstance(caught.value, AccessError)
    assert "hunter2" not in f"{caught.value.what}{caught.value.why}"
    assert "--via data-api" in caught.value.hint
