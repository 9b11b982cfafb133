"""The clock of EventBridge Scheduler: it fires schedules of the kind ``rate(...)``, quicker than in AWS.

A rehearsal does not wait for minutes: here a minute lasts six seconds. Schedules at a time of day (``cron``,
``at``) are fired by hand only (``POST /_sandbox/fire``): nobody rehearses at one in the morning.
"""

from __future__ import annotations

import logging
import re
import threading
import time
from dataclasses import dataclass, field

from dpctl.sandbox.account import Account
from dpctl.sandbox.calls import Answer, Call
from dpctl.sandbox.services import schedules

SECONDS = {"minute": 6.0, "hour": 360.0, "day": 8640.0}
RATE = re.compile(r"rate\((\d+) (minute|hour|day)s?\)")
TICK_SECONDS = 0.5
log = logging.getLogger(__name__)


@dataclass
class Clock:
    """When each schedule was last fired, by its ARN; and the thread that looks."""

    fired: dict[str, float] = field(default_factory=dict)
    ended: threading.Event = field(default_factory=threading.Event)
    thread: threading.Thread | None = None

    def close(self) -> None:
        """Stop looking."""
        self.ended.set()


def interval(expression: str) -> float | None:
    """The seconds between two firings here; None for a schedule that is fired by hand."""
    found = RATE.fullmatch(expression)
    return int(found[1]) * SECONDS[found[2]] if found else None


def start(account: Account, call: Call, answer: Answer) -> None:
    """After a schedule was made or changed: have somebody look at the clock."""
    clock = account.store(Clock)
    with account.lock:
        if clock.thread is None and answer.status < 300:
            clock.thread = threading.Thread(target=_run, args=(account, clock), name="schedules", daemon=True)
            clock.thread.start()


def _run(account: Account, clock: Clock) -> None:
    while not clock.ended.wait(TICK_SECONDS):
        for group, name, arn, seconds in _known(account):
            now = time.monotonic()
            if now - clock.fired.setdefault(arn, now) < seconds:
                continue
            clock.fired[arn] = now
            try:
                schedules.fire(account, {"schedule": name, "group": group})
            except Exception:
                log.exception("the schedule %s", name)


def _known(account: Account) -> list[tuple[str, str, str, float]]:
    with account.lock:
        groups = list(account.backend("scheduler").schedule_groups.values())
        return [
            (group.name, schedule.name, schedule.arn, seconds)
            for group in groups
            for schedule in list(group.schedules.values())
            if schedule.state == "ENABLED" and (seconds := interval(schedule.schedule_expression))
        ]


AFTER = {("scheduler", "CreateSchedule"): start, ("scheduler", "UpdateSchedule"): start}
