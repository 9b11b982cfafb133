"""Faults: calls that the sandbox is told to refuse, or to answer late."""

from __future__ import annotations

import threading
from dataclasses import asdict, dataclass, replace
from typing import Any

KEYS = ("service", "operation", "code", "status", "times", "message", "delay_seconds")
MAX_DELAY_SECONDS = 600.0


@dataclass(frozen=True)
class Fault:
    """One rule. ``service`` is boto3's name; ``operation`` the API's, or ``*`` for all of the service.

    ``code`` None only delays. ``times`` counts down to nothing; None means always.
    """

    service: str
    operation: str
    code: str | None = None
    status: int = 400
    times: int | None = None
    message: str = ""
    delay_seconds: float = 0.0

    def matches(self, service: str, operation: str) -> bool:
        """Whether this rule speaks of that call."""
        return self.service == service and self.operation in ("*", operation)


class Faults:
    """The list of faults, shared by all requests."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._lock = threading.Lock()

    def replace(self, document: Any) -> None:
        """Take the list of a ``POST /_sandbox/faults``. Raises ValueError, with the list as it was."""
        faults = parse(document)
        with self._lock:
            self._faults = faults

    def as_list(self) -> list[dict[str, Any]]:
        """The list as ``GET /_sandbox/faults`` shows it."""
        with self._lock:
            return [asdict(fault) for fault in self._faults]

    def take(self, service: str, operation: str) -> Fault | None:
        """The first fault that hits a call; its count goes down by one."""
        with self._lock:
            for index, fault in enumerate(self._faults):
                if not fault.matches(service, operation):
                    continue
                if fault.times is not None:
                    left = fault.times - 1
                    self._faults[index : index + 1] = [replace(fault, times=left)] if left else []
                return fault
        return None


def parse(document: Any) -> list[Fault]:
    """Read a list of faults. Raises ValueError that names the entry and what is wrong with it."""
    if not isinstance(document, list):
        raise ValueError("the faults must be a list of objects")
    return [_parse(index, item) for index, item in enumerate(document)]


def _parse(index: int, item: Any) -> Fault:
    where = f"fault {index}"
    if not isinstance(item, dict):
        raise ValueError(f"{where} is not an object")
    unknown = sorted(set(item) - set(KEYS))
    if unknown:
        raise ValueError(f"{where}: there is no key {unknown[0]!r}; known: {', '.join(KEYS)}")
    service, operation = item.get("service"), item.get("operation")
    if not (isinstance(service, str) and service and isinstance(operation, str) and operation):
        raise ValueError(f"{where} needs a service and an operation")
    code, times = item.get("code"), item.get("times")
    status, delay = item.get("status", 400), item.get("delay_seconds", 0)
    if code is not None and not (isinstance(code, str) and code):
        raise ValueError(f"{where}: code must be a string, as AccessDenied is")
    if times is not None and not (_is_int(times) and times > 0):
        raise ValueError(f"{where}: times must be a number above 0, or null for always")
    if not (_is_int(status) and 400 <= status <= 599):
        raise ValueError(f"{where}: status must be from 400 to 599")
    if isinstance(delay, bool) or not isinstance(delay, int | float) or not 0 <= delay <= MAX_DELAY_SECONDS:
        raise ValueError(f"{where}: delay_seconds must be from 0 to {MAX_DELAY_SECONDS:g}")
    message = str(item.get("message") or f"The sandbox was told to refuse {operation}.")
    return Fault(service, operation, code, status, times, message, float(delay))


def _is_int(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
