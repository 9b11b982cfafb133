"""EventBridge Scheduler: schedules of every kind are fired at their time, on the sandbox's clock.

A calm account is quicker and more patient: there a minute of a ``rate(...)`` lasts six seconds, so that
nobody waits for minutes, and a time of day (``cron``, ``at``) counts only when the clock is moved over it:
nobody rehearses at one in the morning by chance. Any schedule is fired by hand too (``/_sandbox/fire``).
"""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from dpctl.sandbox import cron
from dpctl.sandbox.account import Account
from dpctl.sandbox.calls import Answer, Call
from dpctl.sandbox.clock import Entry
from dpctl.sandbox.services import schedules

CALM_SPEED = 10.0  # a minute lasts six seconds
TICK_SECONDS = 0.5
log = logging.getLogger(__name__)


@dataclass
class Due:
    """When a schedule is fired next; ``expression`` is what that was reckoned from."""

    expression: str
    entry: Entry
    since: float


@dataclass
class Schedules:
    """What is due, by the ARN of the schedule; and the thread that looks for those of a calm rate."""

    due: dict[str, Due] = field(default_factory=dict)
    ended: threading.Event = field(default_factory=threading.Event)
    thread: threading.Thread | None = None

    def close(self) -> None:
        """Stop looking."""
        self.ended.set()


def interval(expression: str) -> float | None:
    """The seconds between two firings in a calm account; None for a schedule at a time of day."""
    seconds = cron.rate(expression)
    return None if seconds is None else seconds / CALM_SPEED


def changed(account: Account, call: Call, answer: Answer) -> None:
    """After a schedule was made or changed: reckon when it is due."""
    if answer.status < 300:
        for group, schedule in _known(account):
            _plan(account, group, schedule, account.clock.time())
        _look(account)


def _known(account: Account) -> list[tuple[str, Any]]:
    with account.lock:
        groups = list(account.backend("scheduler").schedule_groups.values())
        return [(group.name, schedule) for group in groups for schedule in list(group.schedules.values())]


def _find(account: Account, arn: str) -> tuple[str, Any] | None:
    return next(((group, found) for group, found in _known(account) if found.arn == arn), None)


def _plan(account: Account, group: str, schedule: Any, since: float) -> None:
    """Have a schedule fired at its next time, unless it waits for that one already."""
    known, text = account.store(Schedules).due, f"{schedule.schedule_expression} {_zone(schedule)}"
    before = known.get(schedule.arn)
    if before and before.expression == text and not before.entry.cancelled:
        return
    if before:
        before.entry.cancel()
    due = _next(schedule, since)
    if due is not None:
        arn = schedule.arn
        entry = account.clock.at(due, f"the schedule {schedule.name}", lambda: _reached(account, arn, due))
        known[arn] = Due(text, entry, since)


def _zone(schedule: Any) -> str:
    return str(getattr(schedule, "schedule_expression_timezone", "") or "UTC")


def _next(schedule: Any, since: float) -> float | None:
    seconds = cron.rate(schedule.schedule_expression)
    if seconds is not None:
        return since + seconds
    moment = datetime.fromtimestamp(since, UTC)
    try:
        due = cron.following(schedule.schedule_expression, moment, _zone(schedule))
    except (ValueError, KeyError):  # made by hand, and AWS would have refused it
        log.warning("the schedule %s has no time: %s", schedule.name, schedule.schedule_expression)
        return None
    return due.timestamp() if due else None


def _reached(account: Account, arn: str, due: float) -> None:
    found = _find(account, arn)
    account.store(Schedules).due.pop(arn, None)
    if found is None:
        return
    group, schedule = found
    if account.clock.advancing or not account.realism.calm:
        _fire(account, group, schedule.name, due)
    _plan(account, group, schedule, due)


def _fire(account: Account, group: str, name: str, due: float) -> None:
    time = datetime.fromtimestamp(due, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    document = {"schedule": name, "group": group, "time": time}
    account.working.spawn(f"the schedule {name}", lambda _: schedules.fire(account, document))


def _look(account: Account) -> None:
    """In a calm account: have somebody look for rates, which are quicker there than the clock."""
    store = account.store(Schedules)
    with account.lock:
        if store.thread is None and account.realism.calm:
            store.thread = threading.Thread(target=_run, args=(account, store), name="schedules", daemon=True)
            store.thread.start()


def _run(account: Account, store: Schedules) -> None:
    while not store.ended.wait(TICK_SECONDS):
        now = account.clock.time()
        for group, schedule in _known(account):
            quick, known = interval(schedule.schedule_expression), store.due.get(schedule.arn)
            if quick is None or known is None or account.clock.advancing or now - known.since < quick:
                continue
            known.entry.cancel()
            _fire(account, group, schedule.name, now)
            _plan(account, group, schedule, now)


AFTER = {("scheduler", "CreateSchedule"): changed, ("scheduler", "UpdateSchedule"): changed}
