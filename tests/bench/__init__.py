"""``make bench``: ratios of two things measured in one run, never pass or fail."""

from __future__ import annotations

import resource
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module


@dataclass(frozen=True)
class Figure:
    """One line of the bench's table; ``goal`` is prose, such as ``at most 2``."""

    what: str
    value: float
    goal: str


def children() -> float:
    """CPU seconds of all processes that were waited for."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


Bench = Callable[[], Iterator[Figure]]


def _later(module: str) -> Callable[[], Bench]:
    return lambda: import_module(f"tests.bench.{module}").figures


BENCHES: dict[str, Callable[[], Bench]] = {
    name: _later(name) for name in ("startup", "livetree", "deploy", "redshift", "doctor", "flows", "mysql")
}
