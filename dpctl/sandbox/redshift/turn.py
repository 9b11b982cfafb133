"""Whose turn it is: a cancel hits the statement that ran when it came, and never the next one."""

from __future__ import annotations

import threading
from collections.abc import Callable

_AGAIN = 0.05
"""Seconds until a cancel that did not take is sent again: on an idle server it is lost."""

_TRIES = 200


class Turn:
    """Entered by the session's thread for each statement; `interrupt` and `cancel` are for other threads."""

    def __init__(self, stop: Callable[[], None]) -> None:
        self._stop = stop
        self._gate = threading.Lock()
        self._over = threading.Condition(self._gate)
        self._number = 0
        self._running = False

    def __enter__(self) -> None:
        # A cancel on its way holds the gate: no statement begins before it has arrived.
        with self._gate:
            self._number += 1
            self._running = True

    def __exit__(self, *failure: object) -> None:
        with self._gate:
            self._running = False
            self._over.notify_all()

    def interrupt(self) -> None:
        """Ask once that what runs now be stopped."""
        with self._gate:
            if self._running:
                self._stop()

    def cancel(self) -> None:
        """Ask until what runs now has ended; nothing happens when nothing runs."""
        with self._gate:
            number = self._number
            for _ in range(_TRIES):
                if not self._running or self._number != number:
                    return
                self._stop()
                self._over.wait(_AGAIN)
