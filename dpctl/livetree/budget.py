"""How much evaluation may cost: a live tree that doubles a string 33 times ends with an error, not with the
machine.

What is counted is steps, and the size of values with everything in them, however often it is shared.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from dpctl.livetree.values import TooMuch

MAX_STEPS = 2_000_000  # evaluations of nodes per unit; a unit of a hundred inputs takes some thousand
MAX_SIZE = 4_000_000  # characters and items in one value, shared parts counted each time
MAX_TOTAL = 64_000_000  # in everything that one unit makes

MAX_REMEMBERED = 100_000
_counting = False
_steps = 0
_total = 0
_sizes: dict[int, tuple[Any, int]] = {}


T = TypeVar("T")


def counted(work: Callable[[], T]) -> T:
    """Do something with a budget of its own: what one unit may cost. TooMuch ends it."""
    global _counting, _steps, _total, _sizes
    before = _counting, _steps, _total, _sizes
    _counting, _steps, _total, _sizes = True, 0, 0, {}
    try:
        return work()
    finally:
        _counting, _steps, _total, _sizes = before


def step(count: int = 1) -> None:
    """Count work. Raises TooMuch."""
    global _steps
    _steps += count
    if _steps > MAX_STEPS and _counting:
        raise TooMuch(f"evaluating this takes more than {MAX_STEPS:,} steps")


def allow(size: int) -> None:
    """Refuse a value before it is made. Raises TooMuch."""
    if size > MAX_SIZE:
        raise TooMuch(f"this value has more than {MAX_SIZE:,} characters or items")


def spend(value: Any) -> Any:
    """Count a value that was made, and give it back. Raises TooMuch."""
    global _total
    size = size_of(value)
    if size > 1:
        allow(size)
        _total += size
        if _total > MAX_TOTAL and _counting:
            raise TooMuch(f"the values of this unit have more than {MAX_TOTAL:,} characters and items")
    return value


def size_of(value: Any) -> int:
    """Characters and items in a value, each as often as it appears."""
    if isinstance(value, str):
        return len(value)
    if not isinstance(value, list | dict):
        return 1
    found = _sizes.get(id(value))
    if found is not None:
        return found[1]
    parts = value.values() if isinstance(value, Mapping) else value
    size = 1 + sum(map(size_of, parts)) + (sum(map(len, value)) if isinstance(value, Mapping) else 0)
    if len(_sizes) > MAX_REMEMBERED:
        _sizes.clear()
    _sizes[id(value)] = (value, size)  # the value is kept, so that its id stays its own
    return size
