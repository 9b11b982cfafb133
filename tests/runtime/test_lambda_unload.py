"""The scheduled dump: every table tried, idempotent by time, and failures that the alarm can see."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from typing import Any

import boto3
import pytest

from tests.runtime.scripts import load

dump = load("lambda_unload/handler.py")
UNLOAD = "UNLOAD ('SELECT 1')\nTO 's3://exports/{table}/run=__RUN__/'\nIAM_ROLE 'arn'\nMANIFEST"


class DataApi:
    """The Data API for one statement at a time; ``ends`` are the states each table passes through."""

    def __init__(self, **ends: list[str]) -> None:
        self.meta = boto3.client("redshift-data", region_name="ap-south-1").meta
        self.ends = ends
        self.statements: dict[str, dict[str, Any]] = {}
        self.refuse: set[str] = set()
        self.unreadable = 0

    def execute_statement(self, **request: Any) -> dict[str, str]:
        table = request["StatementName"].rpartition("-")[2]
        if table in self.refuse:
            raise RuntimeError("ThrottlingException")
        token = request["ClientToken"]
        states = list(self.ends.get(table, ["FINISHED"]))
        new = {"request": request, "states": states, "made": datetime.now(timezone.utc)}
        self.statements.setdefault(token, new)
        return {"Id": token}

    def describe_statement(self, *, Id: str) -> dict[str, Any]:
        made = self.statements[Id]["made"]
        if self.unreadable:
            self.unreadable -= 1
            raise RuntimeError("ThrottlingException")
        states = self.statements[Id]["states"]
        state = states.pop(0) if len(states) > 1 else states[0]
        return {
            "Status": state,
            "ResultRows": 7,
            "CreatedAt": made,
            **({"Error": "no grant"} if state == "FAILED" else {}),
        }


def event(*tables: str) -> dict[str, Any]:
    statements = {table: UNLOAD.format(table=table) for table in tables}
    return {"schedule": "daily", "scheduled_time": "2026-01-31T00:30:00Z", "statements": statements}


def run(api: DataApi, *tables: str, seconds: float = 900) -> dict[str, Any]:
    left = [seconds]

    def sleep(pause: float) -> None:
        left[0] -= pause

    connection = dump.Connection(api, "w", "dev", "arn:secret", sleep)
    return dict(dump.unload(connection, event(*tables), lambda: left[0]))


def test_every_table_gets_its_own_folder_named_by_the_time() -> None:
    api = DataApi(orders=["STARTED", "FINISHED"])
    summary = run(api, "orders", "items")
    assert summary["run"] == "20260131T003000Z"
    assert [(each["table"], each["status"], each["rows"]) for each in summary["results"]] == [
        ("items", "FINISHED", 7),
        ("orders", "FINISHED", 7),
    ]
    assert summary["results"][1]["location"] == "s3://exports/orders/run=20260131T003000Z/"
    sent = [statement["request"]["Sql"] for statement in api.statements.values()]
    assert not any("__RUN__" in sql for sql in sent)


def test_the_same_time_again_runs_nothing_again() -> None:
    api = DataApi()
    assert run(api, "orders") == run(api, "orders")
    assert len(api.statements) == 1


@pytest.mark.parametrize("state", ["FAILED", "ABORTED"])
def test_a_dump_that_failed_is_made_again_in_a_folder_of_its_own(state: str) -> None:
    """The token names the attempt: the old statement's failure is not the answer to a new call."""
    api = DataApi(orders=[state])
    for _ in range(3):
        with pytest.raises(dump.UnloadFailed):
            run(api, "orders")
        for statement in api.statements.values():
            statement["made"] -= timedelta(minutes=2)
    made = len(api.statements)
    assert made == 3
    api.ends["orders"] = ["FINISHED"]
    result = run(api, "orders")["results"][0]
    assert result["status"] == "FINISHED"
    assert len(api.statements) == made + 1
    assert result["location"] == f"s3://exports/orders/run=20260131T003000Z-{made}/"
    assert run(api, "orders")["results"][0] == result
    assert len(api.statements) == made + 1


def test_one_failure_stops_no_other_table_and_is_raised_with_all_results() -> None:
    api = DataApi(bad=["FAILED"])
    with pytest.raises(dump.UnloadFailed) as raised:
        run(api, "bad", "orders")
    results = {each["table"]: each for each in json.loads(str(raised.value))["results"]}
    assert results["bad"]["error"] == "no grant"
    assert results["orders"]["status"] == "FINISHED"


def test_a_table_that_cannot_be_started_is_a_result_too() -> None:
    api = DataApi()
    api.refuse = {"bad"}
    with pytest.raises(dump.UnloadFailed, match="ThrottlingException"):
        run(api, "bad", "orders")
    assert len(api.statements) == 1


def test_a_statement_that_outlasts_the_function_is_followed_by_the_next_try() -> None:
    api = DataApi(orders=["STARTED"])
    with pytest.raises(dump.UnloadFailed, match='"STARTED"'):
        run(api, "orders", seconds=30)
    next(iter(api.statements.values()))["states"] = ["FINISHED"]
    assert run(api, "orders")["results"][0]["status"] == "FINISHED"
    assert len(api.statements) == 1


def test_questions_that_fail_are_asked_again_but_not_for_ever() -> None:
    api = DataApi()
    api.unreadable = 5
    assert run(api, "orders")["results"][0]["status"] == "FINISHED"
    api.unreadable = 10**6
    with pytest.raises(dump.UnloadFailed, match="its end is not known"):
        run(api, "orders", seconds=float("inf"))


@pytest.mark.parametrize(
    ("scheduled", "run_name"),
    [
        ("2026-01-31T00:30:00Z", "20260131T003000Z"),
        ("2026-01-31T06:00:00+05:30", "20260131T003000Z"),
        ("2026-01-31T00:30:00", "20260131T003000Z"),
    ],
)
def test_the_run_is_named_in_utc(scheduled: str, run_name: str) -> None:
    assert dump.run_name(scheduled) == run_name


def test_the_handler_reads_its_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    api, made = DataApi(), []
    monkeypatch.setattr(boto3, "client", lambda name, **_: made.append(name) or api)
    for name in ("WORKGROUP", "DATABASE", "SECRET_ARN"):
        monkeypatch.setenv(name, name.lower())

    class Context:
        @staticmethod
        def get_remaining_time_in_millis() -> int:
            return 900_000

    assert dump.handler(event("orders"), Context())["results"][0]["status"] == "FINISHED"
    [statement] = api.statements.values()
    assert statement["request"]["WorkgroupName"] == "workgroup"
