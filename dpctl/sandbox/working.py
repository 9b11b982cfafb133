"""Who is at work in the account: jobs, functions, schedules; and who of them only waits for the clock."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from dpctl.sandbox.clock import SLEEPERS

log = logging.getLogger(__name__)


@dataclass(eq=False)
class Work:
    """One that is at work; ``group`` is the process group that does it, ``waiting`` for somebody else."""

    group: int = 0
    waiting: bool = False


class Working:
    """Everybody who is at work."""

    def __init__(self) -> None:
        self._works: set[Work] = set()
        self._lock = threading.Lock()

    def begin(self, *, waiting: bool = False) -> Work:
        """Be at work from now on, until `end`."""
        found = Work(waiting=waiting)
        with self._lock:
            self._works.add(found)
        return found

    def end(self, work: Work) -> None:
        """Be no more at work."""
        with self._lock:
            self._works.discard(work)

    @contextmanager
    def work(self) -> Iterator[Work]:
        """Be at work for as long as the block takes."""
        found = self.begin()
        try:
            yield found
        finally:
            self.end(found)

    def spawn(self, name: str, task: Callable[[Work], object]) -> None:
        """Do something in a thread of its own, that counts from now on."""
        work = self.begin()

        def run() -> None:
            try:
                task(work)
            except Exception:
                log.exception("%s", name)
            finally:
                self.end(work)

        threading.Thread(target=run, name=name, daemon=True).start()

    def busy(self, folder: Path, now: float) -> bool:
        """Whether anybody does something other than wait for the clock to be later than it is."""
        with self._lock:
            works = [work for work in self._works if not work.waiting]
        if not works:
            return False
        asleep = {group for group, wakes in sleepers(folder) if wakes > now}
        return any(work.group not in asleep for work in works)

    def leave(self, work: Work, folder: Path) -> None:
        """The processes of a work have ended, by themselves or killed in their sleep."""
        group, work.group = work.group, 0
        for file in (folder / SLEEPERS).glob(f"{group}-*"):
            file.unlink(missing_ok=True)

    def wakes(self, folder: Path) -> list[float]:
        """When those wake that are asleep."""
        with self._lock:
            groups = {work.group for work in self._works}
        return [wakes for group, wakes in sleepers(folder) if group in groups]


def sleepers(folder: Path) -> list[tuple[int, float]]:
    """The process groups that sleep by the sandbox's clock, and until when."""
    found = []
    for file in (folder / SLEEPERS).glob("*-*"):
        with suppress(OSError, ValueError):
            found.append((int(file.name.partition("-")[0]), float(file.read_text(encoding="ascii"))))
    return found
