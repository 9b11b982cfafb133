"""A step of a pipeline that works ahead: nothing is lost, doubled or left open."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from dpctl.sandbox.redshift.ahead import ahead


class Source:
    """Numbers, until ``fails_at``; says who took them and whether it was closed."""

    def __init__(self, count: int, fails_at: int = -1) -> None:
        self.count, self.fails_at = count, fails_at
        self.made: list[int] = []
        self.threads: set[str] = set()
        self.closed = False

    def items(self) -> Iterator[int | None]:
        """Zero is None: it is an item as any other."""
        try:
            for number in range(self.count):
                if number == self.fails_at:
                    raise ValueError("broken")
                self.made.append(number)
                self.threads.add(threading.current_thread().name)
                yield number or None
        finally:
            self.closed = True


@pytest.mark.parametrize("count", [0, 1, 2, 3, 50])
def test_the_same_items_in_the_same_order(count: int) -> None:
    source = Source(count)
    assert list(ahead(ahead(source.items()))) == [number or None for number in range(count)]
    assert threading.current_thread().name not in source.threads
    assert source.closed


def test_a_failure_comes_after_what_was_made_before_it() -> None:
    taking = ahead(Source(9, fails_at=4).items())
    assert [next(taking) for _ in range(4)] == [None, 1, 2, 3]
    with pytest.raises(ValueError, match="broken"):
        next(taking)


def test_who_stops_early_closes_the_source_and_few_were_made_in_vain() -> None:
    source = Source(1000)
    taking = ahead(source.items())
    assert next(taking) is None
    taking.close()
    assert source.closed
    assert len(source.made) < 10
    assert not [one for one in threading.enumerate() if one.name in source.threads]


def test_a_consumer_that_fails_leaves_nothing_running() -> None:
    source = Source(1000)
    failing = ({}[item] for item in ahead(item for item in ahead(source.items())))
    with pytest.raises(KeyError):
        next(failing)
    assert source.closed
