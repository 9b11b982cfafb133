"""One COPY under way: what it loads, what it could not load, and the rows on their way to PostgreSQL."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby

from dpctl.sandbox.redshift.ahead import ahead
from dpctl.sandbox.redshift.copy import binary
from dpctl.sandbox.redshift.copy import errors as load_errors
from dpctl.sandbox.redshift.copy.batch import Batch, Ready, make_ready
from dpctl.sandbox.redshift.copy.errors import LoadError
from dpctl.sandbox.redshift.copy.target import Target
from dpctl.sandbox.redshift.errors import SqlError
from dpctl.sandbox.redshift.grammar import Copy
from dpctl.sandbox.redshift.s3 import Object

_SKIPPED = re.compile(r'at line (\d+) for column "?(.*?)"?: (?:"(.*)"|null input)', re.DOTALL)
_MAX_TOLD = 10_000


@dataclass
class Load:
    """One COPY under way, and what came of it."""

    copy: Copy
    target: Target
    files: list[Object] = field(default_factory=list)
    errors: list[LoadError] = field(default_factory=list)
    error_count: int = 0
    loaded_bytes: int = 0
    rows: int = 0
    _segments: list[tuple[int, Ready]] = field(default_factory=list)
    _line: int = 0

    def copies(self, batches: Iterator[Batch]) -> Iterator[tuple[str, Iterator[bytes]]]:
        """PostgreSQL's COPY statements, each with its data; the next one when that has been taken.

        The first has none: it asks whether this user may, before any file is read.
        """
        yield self.target.statement(binary=False), iter(())
        for is_binary, group in groupby(self._ready(batches), key=lambda ready: ready.binary):
            written = _binary if is_binary else self._csv
            yield self.target.statement(is_binary), written(group)

    def _ready(self, batches: Iterator[Batch]) -> Iterator[Ready]:
        # One thread reads the files, one makes them ready, and PostgreSQL takes the last.
        made = (make_ready(batch, self.target.columns, self.copy.options) for batch in ahead(batches))
        for ready, errors in ahead(made):
            self.errors += errors
            if ready.lines:
                yield ready

    def _csv(self, group: Iterator[Ready]) -> Iterator[bytes]:
        """Rows as CSV; remembers which of its lines came from where."""
        self._segments.clear()
        for ready in group:
            if not self._segments:
                self._line = -_uncounted(ready.data)
            self._segments.append((self._line, Ready(ready.file, b"", ready.lines, ready.ends)))
            self._line += ready.physical_lines
            yield from _pieces(ready.data)

    def refused(self, notice: dict[str, str]) -> None:
        """PostgreSQL left out a row: it tells its line, column and value."""
        match = _SKIPPED.search(notice.get("M", ""))
        if not match or len(self.errors) >= _MAX_TOLD:
            return
        line, name, value = int(match.group(1)), match.group(2), match.group(3) or ""
        column = next((item for item in self.target.columns if item.name == name), None)
        start, ready = next((pair for pair in reversed(self._segments) if pair[0] < line), self._segments[0])
        source = ready.line_of(max(1, line - start))
        if column is None:
            self.errors.append(load_errors.row_error(ready.file, source, (1200, notice["M"])))
        else:
            self.errors.append(load_errors.bad_value(ready.file, source, column, value))


class LoadFailed(Exception):
    """A COPY was refused or failed after its target was known; ``load`` says how far it came."""

    def __init__(self, load: Load, error: SqlError) -> None:
        super().__init__(str(error))
        self.load, self.error = load, error


def _binary(group: Iterator[Ready]) -> Iterator[bytes]:
    yield binary.HEADER
    for ready in group:
        yield from _pieces(ready.data)
    yield binary.END


def _uncounted(data: bytes) -> int:
    r"""How many lines of its first row PostgreSQL does not count.

    Until it has seen the end of a row, it takes \r for what ends a line, inside of quotes too.
    """
    end = 0
    while (end := data.find(b"\n", end)) >= 0 and data.count(b'"', 0, end) % 2:
        end += 1
    row = data if end < 0 else data[:end]
    return row.count(b"\n") - row.count(b"\r")


def _pieces(data: bytes, size: int = 1 << 20) -> Iterator[bytes]:
    view = memoryview(data)
    for start in range(0, len(data), size):
        yield bytes(view[start : start + size])
