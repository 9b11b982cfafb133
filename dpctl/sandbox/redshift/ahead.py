"""A step of a pipeline that works ahead of the next one."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")

_COUNT = 2
"""How many items are made before they are asked for: more than one, for not each takes the same time."""


def ahead(items: Iterator[T]) -> Generator[T, None, None]:
    """The same items, the next ones in the making, in a thread, while the last one is used.

    What was not taken is thrown away; a generator is closed before this ends.
    """
    end = object()
    pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ahead")
    try:
        coming = deque(pool.submit(next, items, end) for _ in range(_COUNT))
        while (item := coming.popleft().result()) is not end:
            coming.append(pool.submit(next, items, end))
            yield item  # type: ignore[misc]  # only `end` is no item
    finally:
        pool.shutdown(cancel_futures=True)
        if isinstance(items, Generator):
            items.close()
