r"""The lines of an UNLOAD as TEXT and as JSON, made of the values that PostgreSQL sends.

PostgreSQL gives the values of a row apart and as they are (`VALUES`): to put a line together in SQL takes
twice the time of the query. A value stands within \x01 where it holds a character of ours or a line end, and
the \x01 in it doubled; NULL is \x03. Most batches have neither and nothing to escape: they go in one piece.
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
"""The options of the COPY whose rows these lines are made of."""

_END, _QUOTE, _NULL = b"\x02", b"\x01", b"\x03"
_QUOTED = re.compile(rb"\x01((?:[^\x01]|\x01\x01)*)\x01|([^\x02]*)", re.DOTALL)
# All that JSON does not escape, with what ends a value and a row and the mark of NULL.
_PLAIN_JSON = bytes(sorted({*range(0x20, 0x100)} - {*b'"\\'} | {*_END, *_NULL, *b"\n"}))
_NO_NUMBERS = ("NaN", "Infinity", "-Infinity")
_NUMBERS = frozenset({oids.INT2, oids.INT4, oids.INT8, oids.FLOAT4, oids.FLOAT8, oids.NUMERIC})
BARE = _NUMBERS | {oids.BOOL, oids.SUPER}
"""The types whose values JSON writes without quotes."""


class Lines(Protocol):
    """One format of lines."""

    def render(self, rows: list[bytes]) -> list[bytes]:
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

    def render(self, rows: list[bytes]) -> list[bytes]:
        """See `Lines`."""
        whole = b"".join(rows)
        if _QUOTE in whole or self.delimiter == _END:
            return [self._line([self._escaped(value) for value in values_of(row)]) for row in rows]
        for character in self._special:
            if character != b"\n":  # a line feed in a value would have put it in quotes: these end rows
                whole = whole.replace(character, b"\\" + character)
        if _NULL in whole:
            lines = (line.split(_END) for line in whole.splitlines())
            return [self._line([None if value == _NULL else value for value in line]) for line in lines]
        if not self.quotes:
            return whole.replace(_END, self.delimiter).splitlines(keepends=True)
        whole = whole.replace(_END, b'"' + self.delimiter + b'"').replace(b"\n", b'"\n"')
        return (b'"' + whole[:-1]).splitlines(keepends=True)

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
        self._names = [encode_basestring(column.name).replace("%", "%%") for column in fields]
        self._places = ["%b" if column.oid in BARE else '"%b"' for column in fields]
        self._templates: dict[tuple[bool, ...], bytes] = {}
        self._exact = self._object(["%s"] * len(fields))
        self._write: list[Callable[[str], str]] = [_writer(column.oid) for column in fields]
        # What is no number stands in quotes, and SUPER is JSON already: neither is what a template writes.
        self._numbers = any(column.oid in _NUMBERS for column in fields)
        self._values = any(column.oid == oids.SUPER for column in fields)

    def render(self, rows: list[bytes]) -> list[bytes]:
        """See `Lines`."""
        whole = b"".join(rows)
        exact = self._values or whole.translate(None, _PLAIN_JSON)
        if exact or (self._numbers and (b"NaN" in whole or b"Infinity" in whole)):
            return [self._line(values_of(row)) for row in rows]
        if _NULL in whole:
            return [self._with_nulls(row.split(_END)) for row in whole.splitlines()]
        plain = self._template((False,) * len(self._names))
        return [plain % tuple(row.split(_END)) for row in whole.splitlines()]

    def _with_nulls(self, values: list[bytes]) -> bytes:
        """A row with nothing to escape: rows with the same NULLs share a template."""
        line = self._template(tuple([value == _NULL for value in values])) % tuple(
            [value for value in values if value != _NULL]
        )
        if _NULL in line:  # it was in a value
            return self._line([None if value == _NULL else value for value in values])
        return line

    def _template(self, nulls: tuple[bool, ...]) -> bytes:
        found = self._templates.get(nulls)
        if found is None:
            places = ["null" if null else place for null, place in zip(nulls, self._places, strict=True)]
            found = self._templates[nulls] = self._object(places).encode()
        return found

    def _object(self, places: list[str]) -> str:
        return "{" + ",".join(map("{}:{}".format, self._names, places)) + "}\n"

    def _line(self, values: list[bytes | None]) -> bytes:
        written = [
            "null" if value is None else write(value.decode())
            for write, value in zip(self._write, values, strict=True)
        ]
        return (self._exact % tuple(written)).encode()


def _writer(oid: int) -> Callable[[str], str]:
    if oid in _NUMBERS:
        return lambda value: f'"{value}"' if value in _NO_NUMBERS else value
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
