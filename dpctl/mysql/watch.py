"""The comparison with MySQL beside a plan: it begins with the plan, and nobody waits long for it."""

from __future__ import annotations

import threading
from collections.abc import Callable

from dpctl.config import Environment
from dpctl.mysql.compare import Difference, compare
from dpctl.mysql.source import SECONDS, Address, Clients, login, session


class Comparison:
    """A comparison that runs in a thread of its own; without tables from MySQL there is none."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self._thread: threading.Thread | None = None
        self._found: list[Difference] = []

    def begin(self, aws: Clients, stand_in: Callable[[], Address | None]) -> None:
        """Start it, where env.yaml loads tables from MySQL."""
        if self._thread is None and self._environment.loaded_from("mysql"):
            self._thread = threading.Thread(target=self._compare, args=(aws, stand_in), daemon=True)
            self._thread.start()

    def lines(self) -> list[str]:
        """What was found by now, a little later at most; nothing where MySQL can't be reached or asked."""
        if self._thread is None:
            return []
        self._thread.join(SECONDS)
        return [
            f"{one.table}: {one.text}" + ("; its load would be refused" if one.fatal else "")
            for one in self._found
        ]

    def _compare(self, aws: Clients, stand_in: Callable[[], Address | None]) -> None:
        try:
            with session(login(self._environment, aws, stand_in())) as opened:
                self._found = compare(self._environment, opened)
        except Exception:  # a look in passing: no right to the secret, no way into the VPC, no instance yet
            return
