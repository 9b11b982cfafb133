"""Waiting for something on a server: with a deadline, and never leaving it running behind one's back."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from dpctl.errors import AwsError, Interrupted
from dpctl.redshift.executor import Progress

T = TypeVar("T")

FIRST_DELAY, LONGEST_DELAY, GROWTH = 0.02, 2.0, 1.1
"""Seconds between two questions, and how they grow: an end is seen a tenth of the time later at most."""


def look_after(name: str) -> str:
    """The command that tells of a statement: the Data API's by its id, a connection's by its process."""
    process, slash, _ = name.partition("/")
    if not slash:
        return f"dpctl statements show {name}"
    columns = "query_id, status, start_time, error_message, query_text"
    query = f"SELECT {columns} FROM sys_query_history WHERE session_id = {process} ORDER BY start_time"
    return f'dpctl sql "{query}"'


def interrupted(name: str, became: str) -> Interrupted:
    """Ctrl-C while a statement was looked after: its id, what became of it, and how to look again."""
    error = Interrupted(f"Statement {name} was interrupted.", why=became, hint=look_after(name))
    error.statement_id = name
    return error


def cancelled(cancel: Callable[[], str]) -> str:
    """What became of a statement that is cancelled; whoever presses Ctrl-C again does not wait for that."""
    try:
        return cancel()
    except KeyboardInterrupt:
        return "Whether it could be cancelled was not waited for: it may still run."


@dataclass
class Clock:
    """Time, so that tests need none."""

    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


@dataclass
class Waiting:
    """How to wait: ``timeout`` in seconds, ``progress`` told now and then."""

    timeout: float
    clock: Clock
    progress: Progress

    def left(self, started: float) -> float:
        """The seconds until the deadline of what began at ``started``; negative when it has passed."""
        return self.timeout - (self.clock.now() - started)

    def until(
        self,
        check: Callable[[], T | None],
        *,
        cancel: Callable[[], str],
        name: str,
        started: float | None = None,
    ) -> T:
        """Ask ``check`` until it answers.

        At the deadline and on Ctrl-C the statement is cancelled on the server; ``cancel`` returns what
        became of that, for the message. Raises AwsError or Interrupted.
        """
        begun = self.clock.now() if started is None else started
        delay = FIRST_DELAY
        try:
            self.progress(0.0, name)
            while True:
                answer = check()
                if answer is not None:
                    return answer
                elapsed = self.clock.now() - begun
                self.progress(elapsed, name)
                if elapsed >= self.timeout:
                    break
                self.clock.sleep(min(delay, max(self.timeout - elapsed, 0.001)))
                delay = min(delay * GROWTH, LONGEST_DELAY)
        except KeyboardInterrupt:
            raise interrupted(name, cancelled(cancel)) from None
        late = AwsError(
            f"Statement {name} did not end within {self.timeout:g} seconds.",
            why=cancel(),
            hint=f"--timeout {max(int(self.timeout * 4), 60)}",
        )
        late.statement_id = name
        raise late
