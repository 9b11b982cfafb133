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
            raise Interrupted(
                f"Statement {name} was interrupted.", why=cancel(), hint=f"dpctl statements show {name}"
            ) from None
        raise AwsError(
            f"Statement {name} did not end within {self.timeout:g} seconds.",
            why=cancel(),
            hint=f"--timeout {max(int(self.timeout * 4), 60)}",
        )
