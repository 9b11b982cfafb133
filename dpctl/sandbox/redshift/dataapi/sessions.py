"""Sessions of the Data API: a connection that several statements share, one after the other.

Source: "Reusing sessions" in the Redshift Management Guide (Data API) and the reference of ExecuteStatement
and ListSessions: a session stays for ``SessionKeepAliveSeconds`` after its last statement, for 24 hours at
most, and runs one statement at a time.
"""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

from dpctl.sandbox.redshift.errors import DataApiError
from dpctl.sandbox.redshift.session import Session

MAX_SESSIONS = 500
MAX_LIFE = 24 * 3600
"""Limits of the service: open sessions, and the seconds of one."""


@dataclass
class Kept:
    """A session that outlives its statements; ``user`` and ``database`` are those of its first one.

    ``statement`` is the id of the one that runs, or "" while none does.
    """

    caller: str
    user: str
    database: str
    target: dict[str, str]
    keep: int
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    created: float = field(default_factory=time.time)
    updated: float = field(default_factory=time.time)
    statement: str = ""
    connection: Session | None = None
    closed: bool = False

    @property
    def status(self) -> str:
        """AVAILABLE, BUSY or CLOSED."""
        return "CLOSED" if self.closed else "BUSY" if self.statement else "AVAILABLE"

    def due(self, now: float) -> bool:
        """Whether its time is over."""
        return not self.closed and not self.statement and now > min(self.updated + self.keep, self.ends)

    @property
    def ends(self) -> float:
        """When it ends at the latest."""
        return self.created + MAX_LIFE


class Sessions:
    """All sessions, by id; safe for several threads."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._lock = threading.RLock()
        self._kept: dict[str, Kept] = {}

    def open(self, kept: Kept, statement: str) -> Kept:
        """Begin a session with its first statement. Raises DataApiError."""
        with self._lock:
            self._sweep()
            if sum(1 for item in self._kept.values() if not item.closed) >= MAX_SESSIONS:
                raise DataApiError(
                    "ActiveSessionsExceededException", f"More than {MAX_SESSIONS} active sessions."
                )
            kept.statement = statement
            self._kept[kept.id] = kept
            return kept

    def find(self, name: str, caller: str) -> Kept:
        """The open session of that id. Raises DataApiError."""
        with self._lock:
            self._sweep()
            kept = self._kept.get(name)
            if kept is None or kept.closed or kept.caller != caller:
                raise DataApiError(
                    "ValidationException", f"Session {name} does not exist or is not available."
                )
            return kept

    def take(self, kept: Kept, statement: str, keep: int | None) -> None:
        """Give the session to a statement; ``keep`` changes how long it stays. Raises DataApiError."""
        with self._lock:
            if kept.statement:
                raise DataApiError("ValidationException", f"Session {kept.id} is busy with {kept.statement}.")
            kept.statement = statement
            kept.keep = kept.keep if keep is None else keep

    def leave(self, kept: Kept) -> None:
        """The statement has ended; a session that is kept for no time ends as well."""
        with self._lock:
            kept.statement, kept.updated = "", self._clock()
            if kept.connection is None or not kept.keep:
                self._end(kept)

    def all(self) -> list[Kept]:
        """Those that are open or were lately, the newest first."""
        with self._lock:
            self._sweep()
            return sorted(self._kept.values(), key=lambda item: item.created, reverse=True)

    def close(self) -> None:
        """End every session."""
        with self._lock:
            for kept in self._kept.values():
                self._end(kept)

    def _sweep(self) -> None:
        now = self._clock()
        for name, kept in list(self._kept.items()):
            if kept.due(now):
                self._end(kept)
            if kept.closed and now > kept.ends:
                del self._kept[name]

    def _end(self, kept: Kept) -> None:
        kept.closed = True
        if kept.connection is not None:
            kept.connection.close()
            kept.connection = None
