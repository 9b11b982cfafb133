"""Writes what ran into the tables below the SYS_* views.

The writer has connections of its own: a user's rollback does not take back what is known about it.
"""

from __future__ import annotations

import itertools
import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from dpctl.sandbox.redshift.postgres.backend import Backend
from dpctl.sandbox.redshift.postgres.server import Postgres
from dpctl.sandbox.redshift.sql.lexer import literal

_FLUSH_AT = 200


@dataclass(frozen=True)
class Who:
    """The columns every row of the history starts with."""

    user_id: int
    query_id: int
    session_id: int
    database: str


class History:
    """Collects rows and writes them in bunches; `flush` before anything is read."""

    def __init__(self, postgres: Postgres) -> None:
        self._postgres = postgres
        self._lock = threading.RLock()
        self._waiting: dict[str, list[str]] = {}
        self._backends: dict[str, Backend] = {}
        self._running: dict[int, tuple[str, dict[str, Any]]] = {}
        # Ids go on rising over restarts without being stored: they start at the second of the start.
        self._ids = itertools.count(int(datetime.now(UTC).timestamp() - 1.7e9) * 1000)

    def next_id(self) -> int:
        """A number for a query, larger than all before it."""
        return next(self._ids)

    def add(self, database: str, table: str, values: dict[str, Any]) -> None:
        """Remember a row of ``sys_history.<table>``."""
        row = _insert(table, values)
        with self._lock:
            waiting = self._waiting.setdefault(database, [])
            waiting.append(row)
            if len(waiting) >= _FLUSH_AT:
                self.flush()

    def began(self, query_id: int, database: str, values: dict[str, Any]) -> None:
        """Remember a statement that runs, until it has `ended`."""
        with self._lock:
            self._running[query_id] = (database, values)

    def ended(self, query_id: int) -> None:
        """The statement runs no more."""
        with self._lock:
            self._running.pop(query_id, None)

    def show_running(self, database: str, but: int) -> None:
        """Put what runs in a database at this moment where SYS_QUERY_HISTORY reads it.

        Not what the session ``but`` runs: that is the question itself.
        """
        with self._lock:
            rows = [
                _insert("running", values)
                for place, values in self._running.values()
                if place == database and values["session_id"] != but
            ]
            list(self.backend(database).run("DELETE FROM sys_history.running;" + "".join(rows)))

    def flush(self) -> None:
        """Write what waits."""
        with self._lock:
            for database, rows in self._waiting.items():
                if rows and database in self._postgres.databases():
                    list(self.backend(database).run("".join(rows)))
                rows.clear()

    def query(self, database: str, sql: str) -> list[tuple[str | None, ...]]:
        """Run a statement of the engine's own on the history."""
        with self._lock:
            self.flush()
            return self.backend(database).query(sql).rows

    def backend(self, database: str) -> Backend:
        """The writer's session in a database; hold the lock."""
        if database not in self._backends:
            self._backends[database] = self._postgres.superuser(database)
        return self._backends[database]

    def forget(self, database: str) -> None:
        """Let go of a database that is about to be dropped."""
        with self._lock:
            self._waiting.pop(database, None)
            if backend := self._backends.pop(database, None):
                backend.close()

    def close(self) -> None:
        """Write what waits and end the sessions."""
        with self._lock:
            if self._postgres.running:
                self.flush()
            for backend in self._backends.values():
                backend.close()
            self._backends.clear()


def microseconds(start: datetime, end: datetime) -> int:
    """A duration as the SYS_* views have it."""
    return int((end - start).total_seconds() * 1_000_000)


def _insert(table: str, values: dict[str, Any]) -> str:
    row = ", ".join(_literal(value) for value in values.values())
    return f"INSERT INTO sys_history.{table} ({', '.join(values)}) VALUES ({row});"


def _literal(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, datetime):
        return f"'{value.isoformat(' ')}'"
    return literal(str(value).replace("\0", ""))
