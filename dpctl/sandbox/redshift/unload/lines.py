r"""The lines of an UNLOAD as TEXT and as JSON, made of the values that PostgreSQL sends.

PostgreSQL gives the values of a row apart: to put a line together in SQL takes twice the time of the query.
For TEXT they come as they are (`VALUES`): a value stands within \x01 where it holds a character of ours or a
line end, and the \x01 in it doubled; NULL is \x03. For JSON they come escaped (`ESCAPED`), and with the texts
that stand between them (`texts_between`). Most batches need no other change and go in one piece.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from json.encoder import encode_basestring
from typing import Protocol

from dpctl.sandbox.redshift.grammar import Unload
from dpctl.sandbox.redshift.postgres import oids
from dpctl.sandbox.redshift.postgres.protocol import Field

VALUES = "FORMAT csv, DELIMITER E'\\x02', QUOTE E'\\x01', ESCAPE E'\\x01', NULL E'\\x03'"
"""The options of the COPY whose rows `TextLines` takes."""

ESCAPED = "FORMAT text, DELIMITER E'\\x02'"
"""The options of the COPY whose rows `JsonLines` takes: it escapes almost as JSON does."""

_END, _QUOTE, _NULL = b"\x02", b"\x01", b"\x03"
_QUOTED = re.compile(rb"\x01((?:[^\x01]|\x01\x01)*)\x01|([^\x02]*)", re.DOTALL)

# In the texts between values, a quote and a backslash: as they are, they could not be told from a value's.
_MARKS = str.maketrans({'"': "\x04", "\\": "\x05"})
_UNMARK = bytes.maketrans(b"\x04\x05", b'"\\')
_NO_MARK = bytes(range(0x20, 0x100))
_ESCAPED_VALUE = re.compile(rb"((?:[^\x02\\]+|\\.)*)\x02", re.DOTALL)
_ESCAPE = re.compile(rb"\\(.)", re.DOTALL)
_ESCAPES = dict(zip(b"bfnrtv", (b"\b", b"\f", b"\n", b"\r", b"\t", b"\v"), strict=True))
_ESCAPED_NULL = rb"\N"
_MOST_COLUMNS = 800  # a query of PostgreSQL gives 1,664 columns at most, and the texts are some of them

NO_NUMBERS = ("NaN", "Infinity", "-Infinity")
"""What `FRACTIONS` may hold that is no number of JSON: it stands in quotes."""

FRACTIONS = frozenset({oids.FLOAT4, oids.FLOAT8, oids.NUMERIC})
BARE = FRACTIONS | {oids.INT2, oids.INT4, oids.INT8, oids.BOOL, oids.SUPER}
"""The types whose values JSON writes without quotes."""


class Lines(Protocol):
    """One format of lines."""

    def render(self, rows: list[bytes]) -> bytes:
        """The lines of rows, each with its line feed."""


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
            return b"".join([self._line([self._escaped(value) for value in values_of(row)]) for row in rows])
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


def texts_between(fields: Sequence[Field]) -> list[str]:
    """What stands before, between and behind the values of an object, marked; nothing of too many columns.

    The query leaves out the text before one of `NO_NUMBERS`, so that such a row is seen to be no plain one.
    """
    if len(fields) > _MOST_COLUMNS:
        return []
    texts, end = [], "{"
    for column in fields:
        quote = "" if column.oid in BARE else '"'
        texts.append(f"{end}{encode_basestring(column.name)}:{quote}")
        end = f"{quote},"
    return [text.translate(_MARKS) for text in [*texts, f"{end[:-1]}}}"]]


class JsonLines:
    """An object a row: numbers, booleans and SUPER as they are, everything else in quotes."""

    def __init__(self, fields: Sequence[Field]) -> None:
        texts = texts_between(fields)
        self._values = slice(1, None, 2) if texts else slice(None)
        row = (_END * 2).join(text.encode() for text in texts) + b"\n"
        # SUPER is JSON already, with quotes of its own.
        whole = texts and all(column.oid != oids.SUPER for column in fields)
        self._row_marks = row.translate(None, _NO_MARK) if whole else None
        names = [encode_basestring(column.name).replace("%", "%%") for column in fields]
        self._object = "{" + ",".join(f"{name}:%s" for name in names) + "}\n"
        self._write: list[Callable[[str], str]] = [_writer(column.oid) for column in fields]

    def render(self, rows: list[bytes]) -> bytes:
        """See `Lines`."""
        whole = b"".join(rows)
        if not self._is_plain(whole, len(rows)):
            return b"".join([self._line(escaped_values_of(row)[self._values]) for row in rows])
        if b"\\" in whole:
            whole = whole.replace(b"\x04\x02\\N\x02\x04", b"null").replace(b"\x02\\N\x02", b"null")
        return whole.replace(b'"', b'\\"').translate(_UNMARK, _END)

    def _is_plain(self, whole: bytes, count: int) -> bool:
        """Whether nothing in the values is a mark or is written otherwise than PostgreSQL did."""
        if self._row_marks is None or whole.translate(None, _NO_MARK) != self._row_marks * count:
            return False
        return b"\\" not in whole or rb"\v" not in whole

    def _line(self, values: list[bytes | None]) -> bytes:
        written = [
            "null" if value is None else write(value.decode())
            for write, value in zip(self._write, values, strict=True)
        ]
        return (self._object % tuple(written)).encode()


def _writer(oid: int) -> Callable[[str], str]:
    if oid in FRACTIONS:
        return lambda value: f'"{value}"' if value in NO_NUMBERS else value
    return str if oid in BARE else encode_basestring


def escaped_values_of(row: bytes) -> list[bytes | None]:
    """The values of a row as PostgreSQL sends it (`ESCAPED`)."""
    if b"\\" not in row:
        return list(row[:-1].split(_END))
    values = _ESCAPED_VALUE.findall(row[:-1] + _END)
    return [None if value == _ESCAPED_NULL else _ESCAPE.sub(_unescaped, value) for value in values]


def _unescaped(escape: re.Match[bytes]) -> bytes:
    return _ESCAPES.get(escape[1][0], escape[1])


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
