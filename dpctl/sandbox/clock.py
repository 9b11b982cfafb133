"""The time in the sandbox: this machine's, and what it was moved ahead by.

Everything in the account that waits asks one clock: events on their way, resources that are being made,
schedules, retries, jobs that sleep. Moving it fires what falls due, in order. Processes of the account (jobs,
functions) share it by a file (``hosts``).
"""

from __future__ import annotations

import heapq
import itertools
import logging
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from dpctl import private

log = logging.getLogger(__name__)

FILE, SLEEPERS = "ahead", "sleepers"
LOOK_SECONDS = 60.0
Task = Callable[[], object]


@dataclass(order=True)
class Entry:
    """Something that falls due at a time (seconds since 1970, in the sandbox)."""

    due: float
    order: float
    number: int
    what: str = field(compare=False)
    task: Task = field(compare=False, repr=False)
    drop: Callable[[Entry], None] = field(compare=False, repr=False)
    cancelled: bool = field(default=False, compare=False)

    def cancel(self) -> None:
        """It shall not happen; no matter if it has."""
        self.cancelled = True
        self.drop(self)


class Clock:
    """A clock that can be moved ahead, never back; ``folder`` is where processes read it."""

    def __init__(self, folder: Path | None = None, real: Callable[[], float] = time.time) -> None:
        self._real, self._folder, self._ahead = real, folder, 0.0
        self._moves: list[tuple[float, float]] = []  # of this machine: when, and how far it is ahead since
        self._heap: list[Entry] = []
        self._sleepers: list[object] = []
        self._numbers = itertools.count()
        self._changed = threading.Condition()
        self._moving = threading.Lock()  # one moves it at a time
        self._firing = threading.RLock()  # and one fires at a time
        self._sources: list[Callable[[], Iterable[float]]] = []
        self._thread: threading.Thread | None = None
        self._closed = False
        self.advancing = False
        if folder is not None:
            (folder / SLEEPERS).mkdir(parents=True, exist_ok=True)
        self._tell()

    def time(self) -> float:
        """Seconds since 1970."""
        return self._real() + self._ahead

    def now(self) -> datetime:
        """The same as a moment in UTC."""
        return datetime.fromtimestamp(self.time(), UTC)

    @property
    def ahead(self) -> float:
        """How far it was moved (seconds)."""
        return self._ahead

    def moved_since(self, moment: float) -> float:
        """How far it was moved after a moment of this machine (seconds)."""
        moves = list(self._moves)
        return self._ahead - next((ahead for when, ahead in reversed(moves) if when <= moment), 0.0)

    def at(self, due: float, what: str, task: Task, order: float = 0.0) -> Entry:
        """Have something done at a time; what takes long must not be done in the task itself.

        Of what falls due at one time the lower ``order`` comes first, then who asked first.
        """
        entry = Entry(due, order, next(self._numbers), what, task, self._drop)
        with self._changed:
            heapq.heappush(self._heap, entry)
            if self._thread is None and not self._closed:
                self._thread = threading.Thread(target=self._tick, name="clock", daemon=True)
                self._thread.start()
            self._changed.notify_all()
        return entry

    def after(self, seconds: float, what: str, task: Task) -> Entry:
        """Have something done so many seconds from now."""
        return self.at(self.time() + seconds, what, task)

    def watch(self, source: Callable[[], Iterable[float]]) -> None:
        """Stop at more times when the clock is moved: those at which somebody wakes who looks himself."""
        self._sources.append(source)

    def sleep(
        self, seconds: float, ended: Callable[[], bool] = lambda: False, who: object | None = None
    ) -> None:
        """Wait in a thread of this process, until the time is over or ``ended`` says so.

        Until then ``who`` is `asleep`: not a moment longer, however late the thread itself wakes.
        """
        over, sleeper = threading.Event(), who if who is not None else object()

        def wake() -> None:
            with self._changed:
                self._sleepers[:] = [one for one in self._sleepers if one is not sleeper]
            over.set()

        with self._changed:
            self._sleepers.append(sleeper)
        entry = self.after(seconds, "a thread", wake)
        try:
            while not over.wait(0.05) and not ended() and not self._closed:
                pass
        finally:
            entry.cancel()
            wake()

    def asleep(self, who: object) -> bool:
        """Whether somebody sleeps."""
        with self._changed:
            return any(one is who for one in self._sleepers)

    def waiting(self) -> list[tuple[float, str]]:
        """What is to come: when, and what."""
        with self._changed:
            return [(entry.due, entry.what) for entry in sorted(self._heap)]

    def advance(self, seconds: float, settle: Callable[[], bool]) -> list[tuple[float, str]]:
        """Move it ahead: what falls due on the way is done in order, each before the clock goes on.

        ``settle`` waits until nothing runs any more but what waits for this clock itself, and says whether
        that came about. Returns what was done, and when. Raises TimeoutError where it did not.
        """
        done: list[tuple[float, str]] = []
        with self._moving:
            end = self.time() + seconds
            self.advancing = True
            try:
                self._settled(settle)
                while (due := self._next()) <= end:
                    with self._firing:
                        self._move(due)
                        done += self._fire(due)
                    self._settled(settle)
                self._move(end)
                self._settled(settle)
            finally:
                self.advancing = False
                with self._changed:
                    self._changed.notify_all()
        return done

    def close(self) -> None:
        """Nothing falls due any more."""
        with self._changed:
            self._closed = True
            self._heap.clear()
            self._changed.notify_all()

    def _settled(self, settle: Callable[[], bool]) -> None:
        if not settle():
            raise TimeoutError(f"at {self.now():%Y-%m-%d %H:%M:%S} something did not end")

    def _next(self) -> float:
        now = self.time()
        with self._changed:
            own = [self._heap[0].due] if self._heap else []
        others = (due for source in self._sources for due in source() if due > now)
        return min(itertools.chain(own, others), default=float("inf"))

    def _move(self, to: float) -> None:
        """To a time; that of the machine goes on meanwhile, and may be past it already."""
        now = self._real()
        self._ahead = max(self._ahead, to - now)
        if self._moves and self._moves[-1][0] == now:
            self._moves.pop()
        self._moves.append((now, self._ahead))
        self._tell()

    def _tell(self) -> None:
        if self._folder is not None:
            private.write(self._folder / FILE, repr(self._ahead))

    def _fire(self, now: float) -> list[tuple[float, str]]:
        done = []
        while (entry := self._taken(now)) is not None:
            done.append((entry.due, entry.what))
            try:
                entry.task()
            except Exception:
                log.exception("%s", entry.what)
        return done

    def _taken(self, now: float) -> Entry | None:
        with self._changed:
            return heapq.heappop(self._heap) if self._heap and self._heap[0].due <= now else None

    def _drop(self, entry: Entry) -> None:
        with self._changed:
            left = [one for one in self._heap if one is not entry]
            if len(left) < len(self._heap):
                heapq.heapify(left)
                self._heap = left

    def _tick(self) -> None:
        """Real time passes too."""
        while True:
            with self._changed:
                if self._closed:
                    return
                left = self._heap[0].due - self.time() if self._heap else LOOK_SECONDS
                if left > 0 or self.advancing:
                    self._changed.wait(min(max(left, 0.01), LOOK_SECONDS))
                    continue
            with self._firing:
                if not self.advancing:
                    self._fire(self.time())
