"""COPY, carried out: files or items to batches, batches into the table, errors into the history."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from dpctl.sandbox.redshift.copy import errors as load_errors
from dpctl.sandbox.redshift.copy.batch import Batch, Ready, make_ready
from dpctl.sandbox.redshift.copy.columnar import ColumnarReader
from dpctl.sandbox.redshift.copy.dynamodb import DynamoReader
from dpctl.sandbox.redshift.copy.errors import LoadError
from dpctl.sandbox.redshift.copy.files import compression_of, find_files, read_all
from dpctl.sandbox.redshift.copy.json import JsonReader
from dpctl.sandbox.redshift.copy.target import Target, find_target
from dpctl.sandbox.redshift.copy.text import TextReader
from dpctl.sandbox.redshift.errors import SqlError
from dpctl.sandbox.redshift.grammar import Copy
from dpctl.sandbox.redshift.postgres.backend import Result
from dpctl.sandbox.redshift.s3 import Object, Store

if TYPE_CHECKING:
    from dpctl.sandbox.redshift.session import Session

T = TypeVar("T")

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

    def csv(self, batches: Iterator[Batch]) -> Iterator[bytes]:
        """The rows as PostgreSQL's CSV; remembers which of its lines came from where."""
        made = (make_ready(batch, self.target.columns, self.copy.options) for batch in batches)
        for ready, errors in _ahead(made):
            self.errors += errors
            if not ready.lines:
                continue
            if not self._segments:
                self._line = -_uncounted(ready.csv)
            self._segments.append((self._line, Ready(ready.file, b"", ready.lines, ready.ends)))
            self._line += ready.physical_lines
            yield from _pieces(ready.csv)

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


def run_copy(session: Session, copy: Copy, files: list[Object] | None = None) -> tuple[Result, Load]:
    """Load everything or nothing. ``files`` restricts it to these (COPY JOB). Raises SqlError.

    With more errors than MAXERROR allows, ``session.failed_load`` holds what was found.
    """
    session.roles.check(copy.roles, session.user)
    target = find_target(session.backend, copy)
    load = Load(copy, target)
    session.failed_load = load
    session.backend.query("SAVEPOINT redshift_copy")
    notices: list[dict[str, str]] = []
    before, session.backend.on_notice = session.backend.on_notice, notices.append
    try:
        load.rows = session.backend.copy_in(target.statement, load.csv(_batches(session, load, files)))
    finally:
        session.backend.on_notice = before
    for notice in notices:
        load.refused(notice)
    _settle(session, load)
    session.failed_load = None
    return Result(tag="COPY", affected=load.rows), load


def _settle(session: Session, load: Load) -> None:
    """Keep the rows or take them back, as the errors and the options say."""
    options = load.copy.options
    load.errors.sort(key=lambda error: (error.file, error.line))
    load.error_count = len(load.errors)
    limit = float("inf") if "IGNOREALLERRORS" in options else options.get("MAXERROR", 0)
    columnar = load.copy.format in ("PARQUET", "ORC")
    if load.errors and load.error_count > limit:
        hint = "Check 'sys_load_error_detail' system table for details."
        if columnar:
            first = load.errors[0]
            where = f"column {first.column}, file {first.file}, row {first.line}"
            hint += f" The first error: {first.message}, {where}."
        raise SqlError(f"Load into table '{load.copy.table[-1]}' failed.  {hint}", state="XX000")
    if "NOLOAD" in options:
        session.backend.query("ROLLBACK TO SAVEPOINT redshift_copy")
        load.rows = 0


def _batches(session: Session, load: Load, files: list[Object] | None) -> Iterator[Batch]:
    copy, target = load.copy, load.target
    if copy.source.startswith("dynamodb://"):
        table = copy.source.removeprefix("dynamodb://").strip("/")
        yield from DynamoReader(session.surroundings.dynamodb(), table, target).batches()
        return
    store = Store(session.surroundings.s3)
    load.files = find_files(copy, store) if files is None else files
    reader: ColumnarReader | JsonReader | TextReader
    if copy.format in ("PARQUET", "ORC"):
        reader = ColumnarReader(copy, target)
    elif copy.format == "JSON":
        reader = JsonReader(copy, target, store, load.errors)
    else:
        reader = TextReader(copy, target, load.errors)
    for item, data in read_all(store, load.files, compression_of(copy)):
        load.loaded_bytes += len(data)
        yield from reader.batches(item.uri, data)


def _ahead(items: Iterator[T]) -> Iterator[T]:
    """The same items, the next one in the making while PostgreSQL takes the last."""
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="copy-ahead") as pool:
        coming = pool.submit(next, items, None)
        while (item := coming.result()) is not None:
            coming = pool.submit(next, items, None)
            yield item


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
