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
        asleep: dict[int, set[int]] = {}
        for one in sleepers(folder):
            if one.wakes > now:
                asleep.setdefault(one.group, set()).add(one.process)
        return any(awake(work.group, asleep.get(work.group, set())) for work in works)

    def leave(self, work: Work, folder: Path) -> None:
        """The processes of a work have ended, by themselves or killed in their sleep."""
        group, work.group = work.group, 0
        for file in (folder / SLEEPERS).glob(f"{group}-*"):
            file.unlink(missing_ok=True)

    def wakes(self, folder: Path) -> list[float]:
        """When those wake that are asleep."""
        with self._lock:
            groups = {work.group for work in self._works}
        return [one.wakes for one in sleepers(folder) if one.group in groups]


@dataclass(frozen=True)
class Sleeper:
    """A process that sleeps by the sandbox's clock: until the first of its threads wakes."""

    group: int
    process: int
    wakes: float


def sleepers(folder: Path) -> list[Sleeper]:
    """Who sleeps."""
    found = []
    for file in (folder / SLEEPERS).glob("*-*"):
        with suppress(OSError, ValueError):
            group, process = map(int, file.name.split("-"))
            found.append(Sleeper(group, process, min(map(float, file.read_text(encoding="ascii").split()))))
    return found


def awake(group: int, asleep: set[int]) -> bool:
    """Whether a process of a group does something, where these sleep.

    One that has started a sleeper waits for it, and counts as asleep as well.
    """
    if not asleep:
        return True
    parents = members(group)
    idle = set(asleep)
    for process in asleep:
        while (process := parents.get(process, 0)) in parents:
            idle.add(process)
    return not parents.keys() <= idle


def members(group: int) -> dict[int, int]:
    """The living processes of a group, each with its parent; none where the system does not say."""
    found = {}
    for file in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError, ValueError):
            # a program's name, in brackets, may hold anything (proc(5))
            after = file.read_text(encoding="utf-8", errors="replace").rpartition(")")[2]
            state, parent, its_group = after.split()[:3]
            if int(its_group) == group and state not in "ZX":
                found[int(file.parent.name)] = int(parent)
    return found
