"""The comparison with MySQL beside a plan or a validation: nobody waits long for it."""

from __future__ import annotations

import threading
from collections.abc import Callable

from dpctl.config import Environment
from dpctl.mysql.compare import Difference, compare
from dpctl.mysql.source import SECONDS, Address, Clients, login, session

PATIENT = 30.0  # seconds, where the comparison is what was asked for


class Comparison:
    """A comparison that runs in a thread of its own; without tables from MySQL there is none."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self._thread: threading.Thread | None = None
        self._found: list[Difference] = []
        self.reason = ""
        """Why nothing was compared; empty where it was, or there is nothing to compare."""

    def begin(self, aws: Clients, stand_in: Callable[[], Address | None]) -> None:
        """Start it, where env.yaml loads tables from MySQL."""
        if self._thread is None and self._environment.loaded_from("mysql"):
            self._thread = threading.Thread(target=self._compare, args=(aws, stand_in), daemon=True)
            self._thread.start()

    def found(self, seconds: float = SECONDS) -> list[Difference]:
        """What was found by now, or so many seconds later; nothing where MySQL can't be reached or asked."""
        if self._thread is None:
            return []
        self._thread.join(seconds)
        if self._thread.is_alive():
            self.reason = "MySQL does not answer"
        return list(self._found)

    def _compare(self, aws: Clients, stand_in: Callable[[], Address | None]) -> None:
        try:
            account, ours = _account(aws), self._environment.config.account_id
            if account != ours:
                raise LookupError(f"these credentials are of account {account}, and env.yaml is for {ours}")
            with session(login(self._environment, aws, stand_in())) as opened:
                self._found = compare(self._environment, opened)
        except Exception as error:  # a look in passing: no right to the secret, no way in, no instance yet
            self.reason = str(error) or type(error).__name__


def _account(aws: Clients) -> str:
    return str(aws.client("sts").get_caller_identity()["Account"])
