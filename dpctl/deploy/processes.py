"""The process groups of one run, stopped in order: asked once, killed when asked again."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any


def send(group: int, number: signal.Signals) -> None:
    """Signal a process group; one that is gone needs none."""
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        return


@dataclass
class Processes:
    """The processes of one run, each the leader of a session and group of its own.

    ``interrupted`` is set by the first request. A Ctrl-C of the terminal reaches Terraform and its providers
    once, from here, and not a second time directly: a second interrupt makes Terraform quit without writing
    its state.
    """

    interrupted: threading.Event = field(default_factory=threading.Event)
    _groups: set[int] = field(default_factory=set)
    _lock: Any = field(default_factory=threading.RLock)

    @contextmanager
    def caring(self, group: int) -> Iterator[None]:
        """While inside, a group is stopped together with the run."""
        with self._lock:
            self._groups.add(group)
            late = self.interrupted.is_set()
        if late:
            send(group, signal.SIGINT)
        try:
            yield
        finally:
            with self._lock:
                self._groups.discard(group)

    def stop(self) -> None:
        """Interrupt everything the first time, kill it the second time."""
        first = not self.interrupted.is_set()
        self.interrupted.set()
        with self._lock:
            groups = list(self._groups)
        for group in groups:
            send(group, signal.SIGINT if first else signal.SIGKILL)

    @contextmanager
    def guarded(self, say: Callable[[str], None]) -> Iterator[None]:
        """While inside, SIGINT, SIGTERM and SIGHUP stop the processes in order instead of ending dpctl."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return

        def handle(_number: int, _frame: Any) -> None:
            first = not self.interrupted.is_set()
            self.stop()  # before it is said: the next one may come while that is written
            say(
                "Interrupted: waiting for Terraform to finish its step and release its lock. "
                "Ctrl-C again kills it."
                if first
                else "Killed: the state may be behind, and locked. The next run puts right what it can; "
                "dpctl state unlock does the rest."
            )

        numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        before = [signal.signal(number, handle) for number in numbers]
        try:
            yield
        finally:
            for number, old in zip(numbers, before, strict=True):
                signal.signal(number, old)
