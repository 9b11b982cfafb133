"""``POST /_sandbox/settle``: wait until everything that follows from earlier calls has happened.

``POST /_sandbox/clock`` moves the clock ahead, and waits the same way for each thing that falls due.
"""

from __future__ import annotations

import time
from typing import Any

from dpctl.sandbox import machine_time
from dpctl.sandbox.account import Account
from dpctl.sandbox.services import event_sources, glue_workflows, redshift_data
from dpctl.sandbox.services.events import Deliveries

DEFAULT_SECONDS = 60.0
ADVANCE_SECONDS = 600.0  # of this machine, for what one moment of the clock sets off
LONGEST_ADVANCE = 366 * 86_400.0
SHOWN = 50


def settle(account: Account, document: Any) -> dict[str, Any]:
    """Wait for events, executions, workflow runs, auto-copy and statements; ``{"seconds": 60}`` at most.

    With ``"flush": true`` events that gather at a Glue trigger do not wait for their window. What waits for
    the clock is not waited for.
    """
    given = document if isinstance(document, dict) else {}
    flush = bool(given.get("flush"))
    return {"settled": _wait(account, float(given.get("seconds", DEFAULT_SECONDS)), 0.05, flush=flush)}


def _wait(account: Account, seconds: float, pause: float, *, flush: bool = False) -> bool:
    deadline = time.monotonic() + seconds
    quiet = 0
    while quiet < 3:  # what has ended may have started something: look again
        if time.monotonic() > deadline:
            return False
        if flush:
            for name in list(account.store(glue_workflows.Workflows).waiting):
                glue_workflows.release(account, name)
        quiet = 0 if _busy(account) else quiet + 1
        time.sleep(pause)
    return True


def _busy(account: Account) -> bool:
    if account.store(Deliveries).work.unfinished_tasks:
        return True
    machines = account.backend("stepfunctions").state_machines
    executions = [execution for machine in machines for execution in list(machine.executions)]
    running = [execution for execution in executions if execution.exec_status in (None, "RUNNING")]
    if not all(map(machine_time.only_waits, running)):
        return True
    if account.working.busy(account.clock_folder, account.clock.time()) or event_sources.behind(account):
        return True
    engine = account.store(redshift_data.Redshift).engine
    return engine is not None and not engine.settle(0.05)


def show(account: Account, _document: Any) -> dict[str, Any]:
    """``GET /_sandbox/clock``: the time, how far it was moved, and what is to come."""
    clock = account.clock
    coming = [{"time": _text(due), "what": what} for due, what in clock.waiting()]
    return {
        "time": _text(clock.time()),
        "ahead_seconds": round(clock.ahead, 3),
        "waiting": coming[:SHOWN],
        "waiting_count": len(coming),
    }


def advance(account: Account, document: Any) -> dict[str, Any]:
    """``POST /_sandbox/clock``, ``{"advance_seconds": 900}``: move it, and say what was done on the way."""
    seconds = document.get("advance_seconds") if isinstance(document, dict) else None
    number = isinstance(seconds, int | float) and not isinstance(seconds, bool)
    if seconds is None or not number or not 0 < seconds <= LONGEST_ADVANCE:
        raise ValueError(f"advance_seconds must be above 0 and at most {LONGEST_ADVANCE:.0f}")
    try:
        done = account.clock.advance(float(seconds), lambda: _wait(account, ADVANCE_SECONDS, 0.01))
    except TimeoutError as error:
        raise ValueError(str(error)) from error
    return show(account, None) | {"done": [{"time": _text(due), "what": what} for due, what in done]}


def _text(seconds: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


CONTROL = {("POST", "settle"): settle, ("GET", "clock"): show, ("POST", "clock"): advance}
