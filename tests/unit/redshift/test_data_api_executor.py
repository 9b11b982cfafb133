"""The Data API executor under faults: the right error, and never a second execution."""

from __future__ import annotations

from typing import Any

import pytest

from dpctl.errors import AccessError, AwsError, ExitCode, Interrupted, UsageError
from dpctl.redshift.dataapi import TRIES, DataApiExecutor
from dpctl.redshift.failures import StatementFailed
from dpctl.redshift.polling import Clock, Waiting
from tests.unit.redshift.fakes import FakeClock, FakeDataApi, cut, error, throttled

TARGET = {"WorkgroupName": "default-workgroup", "Database": "dev", "SecretArn": "test/redshift"}


def executor(client: FakeDataApi, *, timeout: float = 60) -> tuple[DataApiExecutor, FakeClock, list[Any]]:
    clock, seen = FakeClock(), []
    waiting = Waiting(timeout, Clock(clock.now, clock.sleep), lambda *progress: seen.append(progress))
    return DataApiExecutor(client, TARGET, waiting), clock, seen


def test_a_statement_runs_and_is_waited_for() -> None:
    client = FakeDataApi(polls=3, end={"ResultRows": 7, "RedshiftQueryId": 42, "RedshiftPid": 9})
    runner, clock, seen = executor(client)
    result = runner.run("UNLOAD ...")
    assert (result.statement_id, result.row_count, result.query_id, result.session_id) == ("id-1", 7, 42, 9)
    assert result.seconds == pytest.approx(sum(clock.naps))
    assert [name for _, name in seen] == ["id-1"] * 4
    (sent,) = client.executed
    assert {key: sent[key] for key in TARGET} == TARGET
    assert sent["Sql"] == "UNLOAD ..."


@pytest.mark.parametrize(
    ("ends", "token"),
    [
        ([], "load"),
        (["FINISHED"], "load"),
        (["STARTED"], "load"),  # it runs: the call that is repeated finds it
        (["FAILED"], "load-2"),
        (["ABORTED", "FAILED"], "load-3"),
        (["FAILED", "FINISHED"], "load-2"),
    ],
)
def test_an_attempt_that_failed_is_followed_by_another(ends: list[str], token: str) -> None:
    """The Data API answers a known token with the old statement, also with the old failure, for 8 hours."""
    client = FakeDataApi()
    runner, _, _ = executor(client)
    for end in ends:
        client.execute_statement(
            Sql="COPY t", ClientToken=(made := runner.attempt("load")), StatementName=f"dpctl {made}"
        )
        client.ends[made] = end
    client.execute_statement(Sql="COPY u", ClientToken="loader", StatementName="dpctl loader")
    client.ends["loader"] = "FAILED"
    assert runner.attempt("load") == token


def test_the_waits_grow_and_are_bounded() -> None:
    runner, clock, _ = executor(FakeDataApi(polls=80), timeout=600)
    runner.run("SELECT 1")
    assert clock.naps[0] == 0.02
    assert max(clock.naps) == 2.0
    assert clock.naps == sorted(clock.naps)


def test_the_end_is_seen_at_most_a_tenth_of_the_time_later() -> None:
    runner, clock, _ = executor(FakeDataApi(polls=80), timeout=600)
    runner.run("SELECT 1")
    for at, nap in enumerate(clock.naps):
        assert nap <= 0.0201 + sum(clock.naps[:at]) / 10


def test_numbers_that_mean_unknown() -> None:
    runner, _, _ = executor(FakeDataApi(end={"ResultRows": -1, "RedshiftQueryId": -1}))
    result = runner.run("SELECT 1")
    assert (result.row_count, result.query_id) == (None, None)


def test_all_pages_are_fetched_with_their_types() -> None:
    columns = [{"name": "a"}, {"name": "b"}]
    pages = [
        {
            "ColumnMetadata": columns,
            "Records": [[{"stringValue": "x"}, {"longValue": 1}], [{"isNull": True}, {"doubleValue": 0.5}]],
            "NextToken": "1",
        },
        {"ColumnMetadata": columns, "Records": [[{"booleanValue": False}, {"blobValue": b"z"}]]},
    ]
    client = FakeDataApi(
        end={"HasResultSet": True}, pages=pages, before={"get_statement_result": [throttled()]}
    )
    runner, _, _ = executor(client)
    result = runner.run("SELECT a, b FROM t", fetch=True)
    assert result.columns == ("a", "b")
    assert result.rows == (("x", 1), (None, 0.5), (False, b"z"))
    assert result.dicts()[0] == {"a": "x", "b": 1}


def test_throttling_on_every_call_is_waited_out() -> None:
    calls = ("execute_statement", "describe_statement", "get_statement_result")
    page = {"ColumnMetadata": [{"name": "a"}], "Records": [[{"longValue": 1}]]}
    client = FakeDataApi(
        before={name: [throttled(), error("InternalServerException", "oops", status=500)] for name in calls},
        end={"HasResultSet": True},
        pages=[page],
    )
    runner, clock, _ = executor(client)
    assert runner.run("SELECT 1", fetch=True).rows == ((1,),)
    assert len(client.executed) == 1
    assert clock.naps[:2] == [0.2, 0.4]


def test_throttling_without_end_is_told() -> None:
    client = FakeDataApi(before={"execute_statement": [throttled()] * 100})
    runner, _, _ = executor(client)
    with pytest.raises(AwsError) as caught:
        runner.run("SELECT 1")
    assert caught.value.what == "Could not start the statement."
    assert "Rate exceeded" in caught.value.why
    assert client.calls["execute_statement"] == TRIES
    assert client.executed == []


def test_a_connection_cut_after_execute_does_not_run_it_twice() -> None:
    client = FakeDataApi(after={"execute_statement": [cut(), cut()]})
    runner, _, _ = executor(client)
    assert runner.run("UNLOAD ...").statement_id == "id-1"
    assert client.calls["execute_statement"] == 3
    assert len(client.executed) == 1


def test_a_connection_that_stays_away_is_told_with_what_is_not_known() -> None:
    client = FakeDataApi(after={"execute_statement": [cut()] * 100})
    runner, _, _ = executor(client)
    with pytest.raises(AwsError) as caught:
        runner.run("UNLOAD ...")
    assert "connection was lost" in caught.value.what
    assert "not known whether the statement runs" in caught.value.why
    assert caught.value.hint == "dpctl statements list"
    assert len(client.executed) == 1


def test_a_statement_that_never_ends_is_cancelled_at_the_deadline() -> None:
    client = FakeDataApi(polls=10**9)
    runner, clock, _ = executor(client, timeout=30)
    with pytest.raises(AwsError) as caught:
        runner.run("UNLOAD ...")
    assert caught.value.what == "Statement id-1 did not end within 30 seconds."
    assert caught.value.why == "It was cancelled on the server."
    assert caught.value.hint == "--timeout 120"
    assert caught.value.exit_code == ExitCode.FAILED
    assert client.cancelled == ["id-1"]
    assert clock.time - 1000 == pytest.approx(30)


def test_what_can_not_be_cancelled_is_told() -> None:
    refused = error("AccessDeniedException", "no CancelStatement", "CancelStatement")
    runner, _, _ = executor(FakeDataApi(polls=10**9, before={"cancel_statement": [refused]}), timeout=1)
    with pytest.raises(AwsError) as caught:
        runner.run("UNLOAD ...")
    assert caught.value.why.startswith("It could not be cancelled and may still run")


def test_ctrl_c_cancels_on_the_server() -> None:
    client = FakeDataApi(polls=10**9)
    runner, clock, _ = executor(client)

    def sleep(seconds: float) -> None:
        raise KeyboardInterrupt

    runner.waiting.clock = Clock(clock.now, sleep)
    with pytest.raises(Interrupted) as caught:
        runner.run("UNLOAD ...")
    assert caught.value.exit_code == ExitCode.INTERRUPTED
    assert caught.value.why == "It was cancelled on the server."
    assert client.cancelled == ["id-1"]


@pytest.mark.parametrize(
    ("when", "why", "cancelled"),
    [
        ("after", "It was cancelled on the server.", ["id-1"]),
        ("before", "It had not been started.", []),
    ],
)
def test_ctrl_c_before_the_id_is_known(when: str, why: str, cancelled: list[str]) -> None:
    script: Any = {when: {"execute_statement": [KeyboardInterrupt()]}}
    client = FakeDataApi(polls=10**9, **script)
    runner, _, _ = executor(client)
    with pytest.raises(Interrupted) as caught:
        runner.run("UNLOAD ...")
    assert (caught.value.why, client.cancelled) == (why, cancelled)


@pytest.mark.parametrize(
    ("stage", "script", "why", "looked_after"),
    [
        (
            "the id",
            {"after": {"execute_statement": [KeyboardInterrupt()]}},
            "cancelled on the server",
            "id-1",
        ),
        (
            "the look-up too",
            {
                "after": {"execute_statement": [KeyboardInterrupt()]},
                "before": {"list_statements": [KeyboardInterrupt()]},
            },
            "it may run",
            "statements list",
        ),
        (
            "the id, and the cancel",
            {
                "after": {"execute_statement": [KeyboardInterrupt()]},
                "before": {"cancel_statement": [KeyboardInterrupt()]},
            },
            "it may still run",
            "id-1",
        ),
        ("the state", {"before": {"describe_statement": [KeyboardInterrupt()]}}, "cancelled on", "id-1"),
        (
            "the cancel too",
            {
                "before": {
                    "describe_statement": [KeyboardInterrupt()],
                    "cancel_statement": [KeyboardInterrupt()],
                }
            },
            "it may still run",
            "id-1",
        ),
        ("the rows", {"before": {"get_statement_result": [KeyboardInterrupt()]}}, "It had ended", "id-1"),
    ],
)
def test_ctrl_c_at_each_call(stage: str, script: Any, why: str, looked_after: str) -> None:
    client = FakeDataApi(end={"HasResultSet": True}, **script)
    runner, _, _ = executor(client)
    with pytest.raises(Interrupted) as caught:
        runner.run("SELECT 1", fetch=True)
    assert why in caught.value.why
    assert looked_after in caught.value.hint
    assert caught.value.statement_id == ("id-1" if looked_after == "id-1" else "")


def test_rows_that_can_not_be_fetched_say_their_statement() -> None:
    script: Any = {"get_statement_result": [error("ExpiredTokenException", "expired", "GetStatementResult")]}
    runner, _, _ = executor(FakeDataApi(end={"HasResultSet": True}, before=script))
    with pytest.raises(AwsError) as caught:
        runner.run("SELECT 1", fetch=True)
    assert "Statement id-1 had ended" in caught.value.why
    assert caught.value.statement_id == "id-1"


def test_a_token_used_twice_runs_once_and_says_so() -> None:
    client = FakeDataApi(end={"ResultRows": 5})
    runner, _, _ = executor(client)
    first = runner.run("UNLOAD ...", token="orders-1")
    second = runner.run("UNLOAD ...", token="orders-1")
    assert (first.repeated, second.repeated) == (False, True)
    assert (first.statement_id, second.statement_id) == ("id-1", "id-1")
    assert second.row_count == 5
    assert len(client.executed) == 1


def test_a_token_used_for_another_statement_is_refused() -> None:
    client = FakeDataApi()
    runner, _, _ = executor(client)
    runner.run("UNLOAD one", token="orders-1")
    with pytest.raises(UsageError) as caught:
        runner.run("UNLOAD two", token="orders-1")
    assert "'orders-1' was used for another statement" in caught.value.what
    assert "UNLOAD one" in caught.value.why
    assert len(client.executed) == 1


def test_without_a_token_two_runs_are_two_statements() -> None:
    client = FakeDataApi()
    runner, _, _ = executor(client)
    runner.run("UNLOAD ...")
    runner.run("UNLOAD ...")
    assert len(client.executed) == 2


def test_s3_access_denied_is_the_roles_business() -> None:
    text = "ERROR: S3ServiceException:Access Denied,Status 403,Error AccessDenied,Rid X,CanRetry 1"
    end = {"Status": "FAILED", "Error": text, "RedshiftQueryId": 77}
    runner, _, _ = executor(FakeDataApi(end=end))
    with pytest.raises(StatementFailed) as caught:
        runner.run("UNLOAD ...")
    assert caught.value.exit_code == ExitCode.ACCESS
    assert "as the namespace's role" in caught.value.why
    assert caught.value.query_id == 77
    assert len(runner.client.executed) == 1


def test_an_aborted_statement_is_a_failure() -> None:
    runner, _, _ = executor(FakeDataApi(end={"Status": "ABORTED"}))
    with pytest.raises(StatementFailed, match="cancelled"):
        runner.run("UNLOAD ...")


def test_access_denied_by_iam() -> None:
    refused = error("AccessDeniedException", "not authorized to perform: redshift-data:ExecuteStatement")
    client = FakeDataApi(before={"execute_statement": [refused]})
    runner, _, _ = executor(client)
    with pytest.raises(AccessError) as caught:
        runner.run("UNLOAD ...")
    assert caught.value.exit_code == ExitCode.ACCESS
    assert client.calls["execute_statement"] == 1


def test_a_statement_that_is_too_long_is_not_sent() -> None:
    client = FakeDataApi()
    runner, _, _ = executor(client)
    with pytest.raises(UsageError, match="200,000"):
        runner.run("SELECT '" + "x" * 200_000 + "'")
    assert client.calls == {}


def test_statements_that_belong_together_share_a_session_which_is_ended() -> None:
    runner, _, _ = executor(client := FakeDataApi())
    runner.session = True
    for sql in ("BEGIN", "DELETE FROM t", "ROLLBACK"):
        runner.run(sql)
    runner.close()
    runner.close()
    first, *others = client.executed
    assert {key: first[key] for key in TARGET} == TARGET
    assert [one["Sql"] for one in others] == ["DELETE FROM t", "ROLLBACK", "ROLLBACK"]
    assert all(one["SessionId"] == "session-1" and not set(one) & set(TARGET) for one in others)
    assert [one["SessionKeepAliveSeconds"] for one in client.executed] == [300, 300, 300, 0]


def test_a_statement_alone_has_no_session() -> None:
    runner, _, _ = executor(client := FakeDataApi())
    runner.run("SELECT 1")
    runner.close()
    assert [set(one) for one in client.executed] == [{"Sql", "ClientToken", "StatementName", *TARGET}]
