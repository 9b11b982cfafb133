"""Rows on their way into a table: conversions and checks, a column at a time."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from typing import Any

from dpctl.sandbox.redshift.copy import binary
from dpctl.sandbox.redshift.copy import errors as load_errors
from dpctl.sandbox.redshift.copy.errors import LoadError
from dpctl.sandbox.redshift.copy.target import TargetColumn
from dpctl.sandbox.redshift.errors import SqlError
from dpctl.sandbox.redshift.grammar import MEGABYTE, Options
from dpctl.sandbox.redshift.postgres import oids


@dataclass(frozen=True)
class Batch:
    """Rows of one file: an arrow array per target column, and the line each row starts at."""

    file: str
    columns: list[Any]
    lines: Sequence[int]
    textual: bool = True
    """Whether the values are fields of text, to which the options for text apply."""


@dataclass(frozen=True)
class Ready:
    """Rows as PostgreSQL's binary COPY or CSV takes them.

    ``ends[i]`` counts the lines of the CSV up to and with row i, None for one each.
    """

    file: str
    data: bytes
    lines: Sequence[int]
    ends: list[int] | None = None
    binary: bool = False

    @property
    def physical_lines(self) -> int:
        """Lines of the CSV."""
        return self.ends[-1] if self.ends else len(self.lines)

    def line_of(self, physical: int) -> int:
        """The line of the source for a line of the CSV, both from 1."""
        from bisect import bisect_left

        row = bisect_left(self.ends, physical) if self.ends else physical - 1
        return self.lines[row]


def make_ready(
    batch: Batch, columns: tuple[TargetColumn, ...], options: Options
) -> tuple[Ready, list[LoadError]]:
    """Convert and check a batch; rows that cannot be loaded are left out and told."""
    import pyarrow as pa

    arrays = batch.columns
    if batch.textual:
        pairs = zip(arrays, columns, strict=True)
        arrays = [_convert(a, column, options) if pa.types.is_string(a.type) else a for a, column in pairs]
    errors, bad = _check(batch, arrays, columns)
    lines = batch.lines
    if bad:
        arrays, lines = _without(arrays, lines, bad)
    rows = binary.rows_of(arrays, columns) if lines else b""
    if rows is not None:
        return Ready(batch.file, rows, lines, binary=True), errors
    arrays = [array.cast(pa.string()) if pa.types.is_decimal(array.type) else array for array in arrays]
    return Ready(batch.file, _csv(arrays), lines, _ends(arrays, len(lines))), errors


def line_starts(arrays: list[Any], first: int, count: int) -> Sequence[int]:
    """The line each row starts at, where fields may hold line feeds, and the line after the last row."""
    ends = _ends(arrays, count)
    return range(first, first + count + 1) if ends is None else [first, *(first + end for end in ends)]


def _convert(array: Any, column: TargetColumn, options: Options) -> Any:
    import pyarrow.compute as pc

    if "TRIMBLANKS" in options and column.textual:
        array = pc.utf8_rtrim(array, characters=" ")
    if "BLANKSASNULL" in options and column.textual:
        array = _null_where(pc.match_substring_regex(array, r"^\s+$"), array)
    if not column.textual:
        array = _null_where(pc.equal(array, ""), array)
    if "TRUNCATECOLUMNS" in options and column.length:
        array = _truncate(array, column.length)
    if column.precision:
        array = _decimals(array, column, "ROUNDEC" in options)
    if column.oid in _INTEGERS:
        array = _integers(array, column)
    if column.oid in (oids.DATE, oids.TIMESTAMP, oids.TIMESTAMPTZ):
        array = _moment(array, column, options)
    if column.oid == oids.SUPER:
        array = pc.replace_substring_regex(array, _BLANKS, r"\1")
    return array


def _decimals(array: Any, column: TargetColumn, rounds: bool) -> Any:
    """Numbers without the digits that the column has no place for; as text where not all are plain ones."""
    import pyarrow as pa
    import pyarrow.compute as pc

    with suppress(pa.ArrowInvalid):
        return array.cast(pa.decimal128(column.precision, column.scale))
    if rounds:
        return array
    places = rf"\d*\.\d{{{column.scale}}})\d+" if column.scale else r"\d+)\.\d*"
    return pc.replace_substring_regex(array, rf"^(\s*[+-]?{places}$", r"\1")


def _integers(array: Any, column: TargetColumn) -> Any:
    """Whole numbers; as text where not all are plain ones."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not pc.any(pc.match_substring(array, "x", ignore_case=True)).as_py():  # arrow reads 0x1f
        with suppress(pa.ArrowInvalid):
            return array.cast(_INTEGERS[column.oid])
    return array


_INTEGERS = {oids.INT2: "int16", oids.INT4: "int32", oids.INT8: "int64"}
"""Arrow's names of them."""

_NUMBER = r"\s*[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?\s*"
_NUMBERS = dict.fromkeys(_INTEGERS, r"^\s*[+-]?[0-9]+\s*$") | {oids.NUMERIC: rf"^{_NUMBER}$"}
_NUMBERS |= dict.fromkeys((oids.FLOAT4, oids.FLOAT8), rf"^{_NUMBER}$|^(?i:\s*[+-]?(nan|inf|infinity)\s*)$")
"""The numbers of Redshift; PostgreSQL also reads 0x1f, 1_000 and, as a numeric, NaN and Infinity
(``sql/values.py``)."""

_LARGEST_SUPER = 16 * MEGABYTE
"""Bytes ("Limitations" of SUPER)."""

Explain = Callable[[str, int, TargetColumn, str], LoadError]

_BLANKS = r'("(?:[^"\\]|\\.)*")|\s+'
"""Blanks between the tokens of JSON, or a string, which is kept."""


def _null_where(mask: Any, array: Any) -> Any:
    import pyarrow as pa
    import pyarrow.compute as pc

    return pc.if_else(pc.fill_null(mask, False), pa.scalar(None, pa.string()), array)


def _truncate(array: Any, length: int) -> Any:
    """Cut to a number of bytes, never inside a character."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not pc.any(pc.greater(pc.binary_length(array), length)).as_py():
        return array
    values = (v if v is None else v.encode()[:length].decode("utf-8", "ignore") for v in array.to_pylist())
    return pa.array(values, pa.string())


def _moment(array: Any, column: TargetColumn, options: Options) -> Any:
    name = "DATEFORMAT" if column.oid == oids.DATE else "TIMEFORMAT"
    given = options.get(name)
    if given in (None, "auto"):
        return array
    if given in ("epochsecs", "epochmillisecs"):
        return _epoch(array, 1000 if given == "epochmillisecs" else 1)
    return _formatted(array, given, "ACCEPTANYDATE" in options)


def _epoch(array: Any, divisor: int) -> Any:
    """Epoch numbers as text PostgreSQL reads; what is no number stays, to be refused there."""
    from datetime import UTC, datetime, timedelta

    import pyarrow as pa

    start = datetime(1970, 1, 1, tzinfo=UTC)

    def convert(value: str | None) -> str | None:
        try:
            moment = start + timedelta(seconds=float(value) / divisor) if value else None
        except (ValueError, OverflowError):
            return f"{value} is not an epoch"
        return moment.strftime("%Y-%m-%d %H:%M:%S.%f+00") if moment else None

    return pa.array(map(convert, array.to_pylist()), pa.string())


_PARTS = {
    "YYYY": r"(?P<Y>\d{4})", "YY": r"(?P<y>\d{2})", "MM": r"(?P<m>\d{1,2})", "MONTH": r"(?P<B>[A-Za-z]+)",
    "MON": r"(?P<b>[A-Za-z]{3})", "DD": r"(?P<d>\d{1,2})", "HH24": r"(?P<H>\d{1,2})",
    "HH12": r"(?P<I>\d{1,2})",
    "HH": r"(?P<H>\d{1,2})", "MI": r"(?P<M>\d{1,2})", "SSSS": r"(?P<S>\d{1,2})", "SS": r"(?P<S>\d{1,2})",
    "US": r"(?P<f>\d{1,6})", "MS": r"(?P<f>\d{1,3})", "AM": r"(?P<p>[AaPp][Mm])", "PM": r"(?P<p>[AaPp][Mm])",
    "OF": r"(?P<z>[+-]\d{2}(?::?\d{2})?)", "TZ": r"(?P<z>[+-]\d{2}(?::?\d{2})?)",
}  # fmt: skip
_PART = re.compile("|".join(sorted(_PARTS, key=len, reverse=True)), re.IGNORECASE)


@lru_cache(maxsize=32)
def date_pattern(given: str) -> tuple[re.Pattern[str], str]:
    """A DATEFORMAT or TIMEFORMAT as a pattern and the strptime format of its groups."""
    pattern, at, names = "", 0, []
    for match in _PART.finditer(given):
        pattern += re.escape(given[at : match.start()])
        part = _PARTS[match.group().upper()]
        pattern += part
        names.append(part[4])
        at = match.end()
    pattern += re.escape(given[at:])
    if not names or len(set(names)) != len(names):
        raise SqlError(f"invalid date or time format '{given}'", state="22007")
    fraction = "" if "f" in names or "S" not in names else r"(?:\.(?P<f>\d{1,6}))?"
    return re.compile(pattern + fraction), " ".join(f"%{name}" for name in names)


def _formatted(array: Any, given: str, lenient: bool) -> Any:
    from datetime import datetime

    import pyarrow as pa

    pattern, layout = date_pattern(given)
    names = layout.replace("%", "").split()

    def convert(value: str | None) -> str | None:
        if value is None:
            return None
        match = pattern.fullmatch(value.strip())
        try:
            if not match:
                raise ValueError
            moment = datetime.strptime(" ".join(match.group(name) for name in names), layout)
        except ValueError:
            return None if lenient else f"{value} is not like {given}"
        if "f" not in names and match.groupdict().get("f"):
            moment = moment.replace(microsecond=int(match.group("f").ljust(6, "0")))
        return moment.isoformat(" ")

    return pa.array(map(convert, array.to_pylist()), pa.string())


def _check(
    batch: Batch, arrays: list[Any], columns: tuple[TargetColumn, ...]
) -> tuple[list[LoadError], set[int]]:
    import pyarrow.compute as pc

    errors: list[LoadError] = []
    bad: set[int] = set()
    for array, column in zip(arrays, columns, strict=True):
        for mask, explain in _faults(array, column):
            for row in pc.indices_nonzero(pc.fill_null(mask, False)).to_pylist():
                if row not in bad:
                    errors.append(explain(batch.file, batch.lines[row], column, array[row].as_py()))
                    bad.add(row)
    return errors, bad


def _missing(file: str, line: int, column: TargetColumn, value: str) -> LoadError:
    return load_errors.row_error(file, line, load_errors.MISSING, column)


def _too_long(file: str, line: int, column: TargetColumn, value: str) -> LoadError:
    return load_errors.too_long(file, line, column)


def _too_large(file: str, line: int, column: TargetColumn, value: str) -> LoadError:
    return load_errors.row_error(file, line, load_errors.TOO_LARGE, column)


def _faults(array: Any, column: TargetColumn) -> Iterator[tuple[Any, Explain]]:
    """Which values their column does not take, and what to say of one."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if column.required and array.null_count:
        yield pc.is_null(array), _missing
    if not pa.types.is_string(array.type):
        return
    if column.oid == oids.BPCHAR:
        yield pc.greater(pc.binary_length(array), pc.utf8_length(array)), load_errors.not_ascii
    if column.length:
        yield pc.greater(pc.binary_length(array), column.length), _too_long
    if column.oid == oids.SUPER:
        yield pc.greater(pc.binary_length(array), _LARGEST_SUPER), _too_large
    if number := _NUMBERS.get(column.oid):
        yield pc.invert(pc.match_substring_regex(array, number)), load_errors.bad_value
    if column.oid in (oids.DATE, oids.TIMESTAMP, oids.TIMESTAMPTZ):
        yield pc.match_substring(array, "infinity", ignore_case=True), load_errors.bad_value


def _without(arrays: list[Any], lines: Sequence[int], bad: set[int]) -> tuple[list[Any], list[int]]:
    import pyarrow as pa

    kept = [row for row in range(len(lines)) if row not in bad]
    places = pa.array(kept, pa.int64())
    return [array.take(places) for array in arrays], [lines[row] for row in kept]


def _csv(arrays: list[Any]) -> bytes:
    import pyarrow as pa
    import pyarrow.csv as csv

    table = pa.Table.from_arrays(arrays, names=[str(at) for at in range(len(arrays))])
    sink = pa.BufferOutputStream()
    csv.write_csv(
        table, sink, csv.WriteOptions(include_header=False, quoting_style="needed", batch_size=65536)
    )
    return bytes(memoryview(sink.getvalue()))


def _ends(arrays: list[Any], count: int) -> list[int] | None:
    import pyarrow as pa
    import pyarrow.compute as pc

    total = None
    for array in arrays:
        if not pa.types.is_string(array.type) or not _may_hold_feeds(array):
            continue
        feeds = pc.fill_null(pc.count_substring(array, "\n"), 0)
        total = feeds if total is None else pc.add(total, feeds)
    if total is None:
        return None
    return list(accumulate(feeds + 1 for feeds in total.to_pylist()))


def _may_hold_feeds(array: Any) -> bool:
    """A look at the bytes of all strings at once: the arrow function takes them one by one."""
    data = array.buffers()[2]
    return data is not None and b"\n" in data.to_pybytes()
