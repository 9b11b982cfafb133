"""Notices clients that have hung up while their statement runs, and those that never log in."""

from __future__ import annotations

import logging
import select
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from dpctl.sandbox.redshift.server.client import Client

_PAUSE = 0.2
"""Seconds between two looks."""

_HUNG_UP = getattr(select, "POLLRDHUP", 0)  # Linux; elsewhere only a connection closed both ways is seen

log = logging.getLogger(__name__)


@dataclass(eq=False)
class _Watched:
    client: Client
    act: Callable[[], None]
    until: float | None


class Watch:
    """One thread for all connections."""

    def __init__(self) -> None:
        self._watched: set[_Watched] = set()
        self._lock = threading.Lock()
        self._ended = threading.Event()
        threading.Thread(target=self._look, name="redshift-watch", daemon=True).start()

    def close(self) -> None:
        """Stop looking."""
        self._ended.set()

    @contextmanager
    def hang_up(self, client: Client, act: Callable[[], None]) -> Iterator[None]:
        """Call ``act`` again and again from the moment the client has hung up, until the block ends."""
        with self._over(_Watched(client, act, None)):
            yield

    @contextmanager
    def deadline(self, client: Client, seconds: float) -> Iterator[None]:
        """Cut the client off when the block takes longer."""
        with self._over(_Watched(client, client.cut, time.monotonic() + seconds)):
            yield

    @contextmanager
    def _over(self, watched: _Watched) -> Iterator[None]:
        with self._lock:
            self._watched.add(watched)
        try:
            yield
        finally:
            with self._lock:
                self._watched.discard(watched)

    def _look(self) -> None:
        while not self._ended.wait(_PAUSE):
            with self._lock:
                watched = list(self._watched)
            for item in _due(watched):
                try:
                    item.act()
                except Exception:
                    log.exception("a client that is gone could not be cleared away")


def _due(watched: list[_Watched]) -> list[_Watched]:
    now = time.monotonic()
    found = [item for item in watched if item.until is not None and now > item.until]
    poll, by_number = select.poll(), {}
    for item in watched:
        if item.until is None and (number := item.client.number) >= 0:
            by_number[number] = item
            poll.register(number, _HUNG_UP)
    return found + [by_number[number] for number, _ in poll.poll(0)]
