"""``POST /_sandbox/settle``: wait until everything that follows from earlier calls has happened."""

from __future__ import annotations

import time
from typing import Any

from dpctl.sandbox.account import Account
from dpctl.sandbox.services import glue_workflows, redshift_data
from dpctl.sandbox.services.events import Deliveries

DEFAULT_SECONDS = 60.0


def settle(account: Account, document: Any) -> dict[str, Any]:
    """Wait for events, executions, workflow runs and auto-copy; ``{"seconds": 60}`` at most.

    With ``"flush": true`` events that gather at a Glue trigger do not wait for their window.
    """
    given = document if isinstance(document, dict) else {}
    deadline = time.monotonic() + float(given.get("seconds", DEFAULT_SECONDS))
    quiet = 0
    while quiet < 3:  # what has ended may have started something: look again
        if time.monotonic() > deadline:
            return {"settled": False}
        if given.get("flush"):
            for name in list(account.store(glue_workflows.Workflows).waiting):
                glue_workflows.release(account, name)
        quiet = 0 if _busy(account) else quiet + 1
        time.sleep(0.05)
    return {"settled": True}


def _busy(account: Account) -> bool:
    if account.store(Deliveries).work.unfinished_tasks:
        return True
    machines = account.backend("stepfunctions").state_machines
    if any(
        execution.exec_status in (None, "RUNNING") for machine in machines for execution in machine.executions
    ):
        return True
    if not glue_workflows.wait(account, 0.0):
        return True
    engine = account.store(redshift_data.Redshift).engine
    return engine is not None and not engine.settle(0.05)


CONTROL = {("POST", "settle"): settle}
