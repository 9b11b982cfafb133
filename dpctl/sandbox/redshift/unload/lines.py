r"""The lines of an UNLOAD as TEXT and as JSON, made of the values that PostgreSQL sends.

PostgreSQL gives the values of a row apart: to put a line together in SQL takes twice the time of the query.
They come as they are (`VALUES`): a value stands within \x01 where it holds a character of ours or a line end,
and the \x01 in it doubled; NULL is \x03. Most batches need no other change and go in one piece.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from json.encoder import encode_basestring
from typing import Any, Protocol

from dpctl.sandbox.redshift.grammar import Unload
from dpctl.sandbox.redshift.postgres import oids
from dpctl.sandbox.redshift.postgres.protocol import Field

VALUES = "FORMAT csv, DELIMITER E'\\x02', QUOTE E'\\x01', ESCAPE E'\\x01', NULL E'\\x03'"
"""The options of the COPY whose rows are taken here."""

_END, _QUOTE, _NULL = b"\x02", b"\x01", b"\x03"
_QUOTED = re.compile(rb"\x01((?:[^\x01]|\x01\x01)*)\x01|([^\x02]*)", re.DOTALL)
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_SPECIAL = ("\\", '"')  # the backslash first: the other is given one
_FEW = 200  # rows that are written one by one before arrow is ready

NO_NUMBERS = ("NaN", "Infinity", "-Infinity")
"""What `FRACTIONS` may hold that is no number of JSON: it stands in quotes."""

FRACTIONS = frozenset({oids.FLOAT4, oids.FLOAT8, oids.NUMERIC})
BARE = FRACTIONS | {oids.INT2, oids.INT4, oids.INT8, oids.BOOL, oids.SUPER}
"""The types whose values JSON writes without quotes."""


class Lines(Protocol):
    """One format of lines."""

    def render(self, rows: list[bytes]) -> bytes | memoryview:
        """The lines of rows, each with its line feed; a view is of their bytes."""


def lines_of(unload: Unload, fields: Sequence[Field]) -> Lines:
    """The lines of an UNLOAD as TEXT or JSON; ``fields`` are the columns that are in its files."""
    if unload.format == "JSON":
        return JsonLines(fields)
    options = unload.options
    return TextLines(
        options.get("DELIMITER", "|").encode(),
        options.get("NULL AS", "").encode(),
        escape="ESCAPE" in options,
        quotes="ADDQUOTES" in options,
    )


def header_of(unload: Unload, names: Sequence[str]) -> bytes:
    """The line of HEADER, to which CSV, DELIMITER, ADDQUOTES and ESCAPE apply too (UNLOAD, "HEADER")."""
    if unload.format == "CSV":
        delimiter = unload.options.get("DELIMITER", ",")
        special = {delimiter, '"', "\n", "\r"}
        fields = ['"' + name.replace('"', '""') + '"' if special & set(name) else name for name in names]
        return f"{delimiter.join(fields)}\n".encode()
    lines = lines_of(unload, ())
    assert isinstance(lines, TextLines)
    return lines.line([name.encode() for name in names])


@dataclass
class TextLines:
    """Values with a delimiter between them; with ESCAPE and ADDQUOTES as the UNLOAD page describes them."""

    delimiter: bytes
    null: bytes
    escape: bool = False
    quotes: bool = False
    _special: list[bytes] = field(init=False)

    def __post_init__(self) -> None:
        self._special = []
        if self.escape:
            # The backslash first: the others are given one.
            self._special = [b"\\", b"\n", b"\r", self.delimiter, *((b'"', b"'") if self.quotes else ())]
            self._special = list(dict.fromkeys(self._special))

    def render(self, rows: list[bytes]) -> bytes:
        """See `Lines`."""
        whole = b"".join(rows)
        if _QUOTE in whole or self.delimiter == _END:
            return b"".join([self.line(values_of(row)) for row in rows])
        for character in self._special:
            if character != b"\n":  # a line feed in a value would have put it in quotes: these end rows
                whole = whole.replace(character, b"\\" + character)
        if _NULL in whole:
            lines = (line.split(_END) for line in whole.splitlines())
            return b"".join([self._line([None if v == _NULL else v for v in line]) for line in lines])
        if not self.quotes:
            return whole.replace(_END, self.delimiter)
        whole = whole.replace(_END, b'"' + self.delimiter + b'"').replace(b"\n", b'"\n"')
        return b'"' + whole[:-1]

    def line(self, values: Sequence[bytes | None]) -> bytes:
        """Values as one line."""
        return self._line([self._escaped(value) for value in values])

    def _line(self, values: list[bytes | None]) -> bytes:
        """Values that are escaped as one line."""
        if self.quotes:
            values = [None if value is None else b'"' + value + b'"' for value in values]
        return self.delimiter.join([self.null if value is None else value for value in values]) + b"\n"

    def _escaped(self, value: bytes | None) -> bytes | None:
        if value is None:
            return None
        for character in self._special:
            value = value.replace(character, b"\\" + character)
        return value


class JsonLines:
    """An object a row: numbers, booleans and SUPER as they are, everything else in quotes."""

    def __init__(self, fields: Sequence[Field]) -> None:
        self._oids = [column.oid for column in fields]
        self._names = [encode_basestring(column.name) for column in fields]
        self._object = "{" + ",".join(f"{name.replace('%', '%%')}:%s" for name in self._names) + "}\n"
        self._write: list[Callable[[str], str]] = [_writer(oid) for oid in self._oids]

    def render(self, rows: list[bytes]) -> bytes | memoryview:
        """See `Lines`."""
        whole = None if len(rows) < _FEW else self._together(b"".join(rows), len(rows))
        return b"".join([self._line(values_of(row)) for row in rows]) if whole is None else whole

    def _together(self, whole: bytes, count: int) -> memoryview | None:
        """The lines, put together a column at a time; None where a value is not written as it came."""
        import numpy as np
        import pyarrow as pa
        import pyarrow.compute as pc

        # What stands between values, and \x03 for NULL; any other character below a blank is a value's.
        nulls = int(np.count_nonzero(np.frombuffer(whole, np.uint8) < 0x20)) - count * len(self._oids)
        if whole.startswith(_BYTE_ORDER_MARK) or (nulls and not _only_nulls(whole, nulls)):
            return None
        columns = _columns(whole, len(self._oids), nulls=nulls > 0)
        if sum(column.null_count for column in columns) != nulls:
            return None  # a value with \x03 in it
        special = [character for character in _SPECIAL if character.encode() in whole]
        exceptions = pa.array(NO_NUMBERS)
        pieces, end = [], "{"
        for name, oid, column in zip(self._names, self._oids, columns, strict=True):
            if oid in FRACTIONS and pc.any(pc.is_in(column, exceptions)).as_py():
                return None
            quote = "" if oid in BARE else '"'
            if quote:
                column = _escaped(column, special)
            if column.null_count:
                column = pc.binary_join_element_wise(quote, column, quote, "").fill_null("null")
                quote = ""
            pieces += [f"{end}{name}:{quote}", column]
            end = f"{quote},"
        lines = pc.binary_join_element_wise(*pieces, f"{end[:-1]}}}\n", "")
        return memoryview(lines.buffers()[2]).cast("B")

    def _line(self, values: list[bytes | None]) -> bytes:
        written = [
            "null" if value is None else write(value.decode())
            for write, value in zip(self._write, values, strict=True)
        ]
        return (self._object % tuple(written)).encode()


def _only_nulls(whole: bytes, nulls: int) -> bool:
    """Whether NULL is the only character below a blank beside those between values, where there are more."""
    return _QUOTE not in whole and whole.count(_NULL) == nulls


def _columns(whole: bytes, width: int, *, nulls: bool) -> list[Any]:
    """Rows without quotes as arrow's columns of text."""
    import pyarrow as pa
    import pyarrow.csv as csv

    names = [str(at) for at in range(width)]
    table = csv.read_csv(
        pa.BufferReader(whole),
        read_options=csv.ReadOptions(column_names=names, use_threads=False, block_size=len(whole) + 1),
        parse_options=csv.ParseOptions(
            delimiter=_END.decode(), quote_char=False, double_quote=False, ignore_empty_lines=False
        ),
        convert_options=csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()),
            null_values=[_NULL.decode()],
            strings_can_be_null=nulls,
            check_utf8=False,  # it is what PostgreSQL sends
        ),
    )
    return [column.combine_chunks() for column in table.columns]


def _escaped(column: Any, special: list[str]) -> Any:
    """Texts as JSON writes them within its quotes; there are no control characters in them."""
    import pyarrow.compute as pc

    for character in special:
        column = pc.replace_substring(column, character, "\\" + character)
    return column


def _writer(oid: int) -> Callable[[str], str]:
    if oid in FRACTIONS:
        return lambda value: f'"{value}"' if value in NO_NUMBERS else value
    return str if oid in BARE else encode_basestring


def values_of(row: bytes) -> list[bytes | None]:
    """The values of a row as PostgreSQL sends it (`VALUES`)."""
    if _QUOTE not in row:
        return [None if value == _NULL else value for value in row[:-1].split(_END)]
    values: list[bytes | None] = []
    at = 0
    while at < len(row):  # behind each value is its end, or the row's
        found = _QUOTED.match(row, at, len(row) - 1)
        assert found is not None  # the second form fits everything
        quoted, bare = found.groups()
        if quoted is not None:
            values.append(quoted.replace(_QUOTE * 2, _QUOTE))
        else:
            values.append(None if bare == _NULL else bare)
        at = found.end() + 1
    return values
