"""What a Terraform process leaves in its unit's work directory, so that a later dpctl can find it.

Terraform's life does not hang on dpctl's: it leads a session of its own and writes its stream to a file,
which dpctl follows. Beside that file lie a record of what was started, and a lock that the process and all it
starts hold for as long as they live: the system lets it go with the last of them, however they end, so that
"is it still at work?" needs no process ids, which are used again.
"""

from __future__ import annotations

import fcntl
import json
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from dpctl import jsontext

POLL_SECONDS = 0.05

Event = Mapping[str, Any]


@dataclass(frozen=True)
class Started:
    """A Terraform command as it was started.

    ``at`` is in seconds since the epoch. ``account`` tells one sandbox from the next. ``pid`` is 0 where
    dpctl died before it could write it down; ``birth`` tells it from a later process with the same number.
    """

    command: str
    at: float
    folder: str = ""
    account: str = ""
    pid: int = 0
    birth: str = ""

    @property
    def alive(self) -> bool:
        """Whether the process itself is there, and not merely waiting to be collected."""
        return bool(self.pid) and _birth_of_living(self.pid) == self.birth


@dataclass(frozen=True)
class Made:
    """What an apply that was killed has made, by address: its type and the id AWS gave it."""

    account: str = ""
    things: Mapping[str, tuple[str, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Traces:
    """The files of one unit."""

    folder: Path

    @property
    def stream(self) -> Path:
        """What Terraform says, a line at a time; it may hold what a plan or an output holds."""
        return self.folder / "stream"

    def start(self, started: Started) -> None:
        """Write down what is started, before or right after it is."""
        self._put("started.json", asdict(started))

    def started(self) -> Started | None:
        """What was started and not yet settled; None where nothing was."""
        data = self._get("started.json")
        known = Started.__dataclass_fields__.keys()
        try:
            return Started(**{name: value for name, value in data.items() if name in known}) if data else None
        except TypeError:
            return None

    def settle(self) -> None:
        """Forget what was started: its end is known."""
        (self.folder / "started.json").unlink(missing_ok=True)

    def keep(self, made: Made) -> None:
        """Remember what a killed apply made, until the state knows it; nothing: forget."""
        if made.things:
            self._put("made.json", {"account": made.account, "things": dict(made.things)})
        else:
            (self.folder / "made.json").unlink(missing_ok=True)

    def made(self) -> Made:
        """What killed applies made, as far as the state does not know it."""
        data = self._get("made.json")
        things = data.get("things") or {}
        return Made(str(data.get("account", "")), {name: (pair[0], pair[1]) for name, pair in things.items()})

    @contextmanager
    def held(self) -> Iterator[int]:
        """A new lock, to be handed to a process: it is held until the last copy of this number is closed."""
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / "lock"
        path.unlink(missing_ok=True)
        number = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(number, fcntl.LOCK_EX)
            yield number
        finally:
            os.close(number)

    def busy(self) -> bool:
        """Whether the process, or one that it started, is alive."""
        try:
            number = os.open(self.folder / "lock", os.O_RDWR)
        except OSError:
            return False
        try:
            fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(number)
        return False

    def when_ended(self, started: Started) -> threading.Event:
        """An event that is set once the process is gone."""
        ended = threading.Event()

        def wait() -> None:
            while self.busy() and (started.alive or not started.pid):
                time.sleep(POLL_SECONDS)
            ended.set()

        threading.Thread(target=wait, daemon=True).start()
        return ended

    def _put(self, name: str, data: Mapping[str, Any]) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        new = self.folder / f"{name}.new"
        new.write_text(json.dumps(data, indent=2) + "\n", encoding="utf-8")
        new.chmod(0o600)
        new.replace(self.folder / name)

    def _get(self, name: str) -> dict[str, Any]:
        try:
            return jsontext.read((self.folder / name).read_bytes()).mapping()
        except (OSError, jsontext.Unreadable):
            return {}


def birth(pid: int) -> str:
    """When a process began, in the system's own ticks; empty where the system does not say (macOS)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""


def _birth_of_living(pid: int) -> str | None:
    """The same; None for a process that is gone, or has ended and is not collected."""
    try:
        os.kill(pid, 0)
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except ProcessLookupError:
        return None
    except OSError:
        return ""
    return None if stat[0] == "Z" else stat[19]


def follow(path: Path, ended: threading.Event, on_line: Callable[[bytes], None]) -> None:
    """Hand over each line of a growing file, until the event is set and all of it is read.

    An error of ``on_line`` is raised at the end, so that it does not keep anybody from being waited for.
    """
    problem: Exception | None = None
    with path.open("rb") as file:
        rest = b""
        last = False
        while not last:
            last = ended.wait(POLL_SECONDS)
            *lines, rest = (rest + file.read()).split(b"\n")
            if last and rest:
                lines.append(rest)
            for line in lines:
                try:
                    on_line(line + b"\n")
                except Exception as error:
                    problem = problem or error
    if problem is not None:
        raise problem


def event(line: bytes) -> Event | None:
    """A line of Terraform's stream as an event; None for prose, and for a line that was cut off."""
    if not line.startswith(b"{"):
        return None
    try:
        found = jsontext.read(line).mapping()
    except jsontext.Unreadable:
        return None
    return found if "@message" in found else None


def events(path: Path) -> list[Event]:
    """All events of a stream that has ended."""
    try:
        lines = path.read_bytes().splitlines()
    except OSError:
        return []
    return [found for line in lines if (found := event(line)) is not None]
