"""Tests that do something in the account: Glue's own test, AWS's runbook, a statement in the warehouse."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from dpctl import prices
from dpctl.doctor import model as m
from dpctl.doctor import snapshot as s
from dpctl.doctor.asking import Clients, attempt

DEADLINE = 600.0  # seconds; AWS says that a test "can take several minutes"
PAUSE = 3.0
RUNBOOK = "AWSSupport-TroubleshootGlueConnection"

Sleep = Callable[[float], None]
Clock = Callable[[], float]


def ask_glue(
    clients: Clients,
    name: str,
    *,
    deadline: float = DEADLINE,
    sleep: Sleep = time.sleep,
    clock: Clock = time.monotonic,
) -> m.ActiveTest | s.Unknown:
    """Let Glue test a connection, and wait until its result is there (no waiter exists for it)."""
    glue = clients.client("glue")
    started = clock()

    def ask() -> m.ActiveTest:
        before = _state(glue, name)
        glue.test_connection(ConnectionName=name)
        while True:
            now = _state(glue, name)
            if (now[0] not in {"IN_PROGRESS", ""} and now != before) or _settled(before, now):
                break
            if clock() - started > deadline:
                return m.ActiveTest(False, f"no result after {deadline:.0f} s", clock() - started)
            sleep(PAUSE)
        status, reason, _ = now
        text = f"{status}: {reason.strip()}" if reason else status
        return m.ActiveTest(status == "READY", text, clock() - started)

    return attempt("glue:TestConnection", ask)


def _settled(before: tuple[str, str, str], now: tuple[str, str, str]) -> bool:
    """Whether there is nothing to wait for: it was ready, still is, and AWS stores no time of validation."""
    return now[0] == "READY" and before[0] == "READY" and not now[2]


def _state(glue: Any, name: str) -> tuple[str, str, str]:
    raw = glue.get_connection(Name=name, HidePassword=True)["Connection"]
    when = raw.get("LastConnectionValidationTime")
    return raw.get("Status", ""), raw.get("StatusReason", "") or "", str(when or "")


def run_statement(
    clients: Clients,
    warehouse: m.Warehouse,
    database: str,
    secret: str,
    *,
    deadline: float = 120.0,
    sleep: Sleep = time.sleep,
    clock: Clock = time.monotonic,
) -> m.ActiveTest | s.Unknown:
    """Run ``select 1`` through the Data API with the connection's secret; it wakes the workgroup."""
    data = clients.client("redshift-data")
    target = (
        {"WorkgroupName": warehouse.name}
        if warehouse.kind == "workgroup"
        else {"ClusterIdentifier": warehouse.name}
    )
    started = clock()

    def ask() -> m.ActiveTest:
        login = {"SecretArn": secret} if secret else {}
        answer = data.execute_statement(**target, Database=database, Sql="select 1", **login)
        while True:
            done = data.describe_statement(Id=answer["Id"])
            status = done["Status"]
            if status in {"FINISHED", "FAILED", "ABORTED"}:
                text = f"select 1: {status}" + (f": {done['Error']}" if done.get("Error") else "")
                return m.ActiveTest(status == "FINISHED", text, clock() - started)
            if clock() - started > deadline:
                data.cancel_statement(Id=answer["Id"])
                return m.ActiveTest(False, f"select 1: no result after {deadline:.0f} s, cancelled", deadline)
            sleep(0.5)

    return attempt("redshift-data:ExecuteStatement", ask)


def statement_cost(warehouse: m.Warehouse, region: str) -> float:
    """US dollars for the shortest statement on a sleeping workgroup.

    Redshift Serverless bills at least 60 seconds of the base capacity (Amazon Redshift pricing).
    """
    return warehouse.base_capacity * prices.of(region).redshift_rpu_hour / 60


def run_runbook(
    clients: Clients,
    connection: str,
    role: str,
    *,
    deadline: float = 1800.0,
    sleep: Sleep = time.sleep,
    clock: Clock = time.monotonic,
) -> m.ActiveTest | s.Unknown:
    """Run AWS's runbook. It makes a stack, a Lambda and network interfaces, and takes them away again."""
    ssm = clients.client("ssm")
    started = clock()

    def ask() -> m.ActiveTest:
        parameters = {"ConnectionName": [connection], "TestConnectionRole": [role]}
        execution = ssm.start_automation_execution(DocumentName=RUNBOOK, Parameters=parameters)[
            "AutomationExecutionId"
        ]
        while True:
            one = ssm.get_automation_execution(AutomationExecutionId=execution)["AutomationExecution"]
            status = one["AutomationExecutionStatus"]
            if status not in {"Pending", "InProgress", "Waiting"}:
                report = "; ".join(text for lines in (one.get("Outputs") or {}).values() for text in lines)
                return m.ActiveTest(status == "Success", report or status, clock() - started)
            if clock() - started > deadline:
                return m.ActiveTest(False, f"{execution} is still {status} after {deadline:.0f} s", deadline)
            sleep(10.0)

    return attempt("ssm:StartAutomationExecution", ask)
