"""The lines of TEXT and JSON unloads, from values as PostgreSQL sends them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dpctl.sandbox.redshift.postgres import oids
from dpctl.sandbox.redshift.postgres.protocol import Field
from dpctl.sandbox.redshift.unload.lines import (
    FRACTIONS,
    NO_NUMBERS,
    JsonLines,
    TextLines,
    escaped_values_of,
    texts_between,
    values_of,
)

_TEXTS = st.text(alphabet="abvnN|\"'\\\n\r\t\v\x01\x02\x03\x04\x05\x07\x7f é€", max_size=6)
_VALUES = st.none() | _TEXTS | st.sampled_from(["", "\x03", "\x01\x01", "NaN", r"\N", "\x02", "\x04\x02"])


def field(name: str, oid: int) -> Field:
    return Field(name, oid, -1, -1)


def sent(values: list[str | None]) -> bytes:
    """A row as PostgreSQL writes it with the options of `VALUES`."""

    def one(value: str | None) -> str:
        if value is None:
            return "\x03"
        if value == "\x03" or set(value) & set("\x01\x02\n\r"):
            return "\x01" + value.replace("\x01", "\x01\x01") + "\x01"
        return value

    return ("\x02".join(map(one, values)) + "\n").encode()


def escaped(values: list[str | None], fields: list[Field]) -> bytes:
    """A row as PostgreSQL writes it with the options of `ESCAPED`, the texts between the values too."""
    letters = {"\b": "b", "\f": "f", "\n": "n", "\r": "r", "\t": "t", "\v": "v", "\\": "\\", "\x02": "\x02"}

    def one(value: str | None) -> str:
        return r"\N" if value is None else "".join("\\" + letters[c] if c in letters else c for c in value)

    texts = texts_between(fields)
    for at, value in enumerate(values if texts else ()):
        if value in NO_NUMBERS and fields[at].oid in FRACTIONS:
            texts[at] = ""
    between = [text for pair in zip(texts, map(one, values), strict=False) for text in pair] + texts[-1:]
    return ("\x02".join(between if texts else map(one, values)) + "\n").encode()


@given(st.lists(_VALUES, min_size=1, max_size=4))
def test_values_come_out_as_they_went_in(values: list[str | None]) -> None:
    wanted = [None if value is None else value.encode() for value in values]
    fields = [field("v", oids.VARCHAR) for _ in values]
    assert values_of(sent(values)) == wanted
    assert escaped_values_of(escaped(values, fields))[1::2] == wanted


@given(st.lists(st.lists(_VALUES, min_size=3, max_size=3), min_size=1, max_size=4))
def test_json_of_a_batch_is_json_of_each_row(rows: list[list[str | None]]) -> None:
    names = ("a", 'b "%s\\', "\x04\x02")
    fields = [field(name, oids.VARCHAR) for name in names]
    written = JsonLines(fields).render([escaped(row, fields) for row in rows])
    assert list(map(json.loads, written.splitlines())) == [dict(zip(names, row, strict=True)) for row in rows]
    assert b"".join(JsonLines(fields).render([escaped(row, fields)]) for row in rows) == written


def test_json_of_more_columns_than_a_query_has_room_for() -> None:
    fields = [field(f"c{at}", oids.VARCHAR if at % 2 else oids.INT4) for at in range(1600)]
    values = [None if at % 7 == 0 else 'a"b\n' if at % 2 else str(at) for at in range(1600)]
    (line,) = JsonLines(fields).render([escaped(values, fields)] * 2).splitlines()[1:]
    read = [value if value is None else str(value) for value in json.loads(line).values()]
    assert not texts_between(fields)
    assert read == values


@pytest.mark.parametrize(
    ("oid", "value", "wanted"),
    [
        (oids.INT8, "-9223372036854775808", "-9223372036854775808"),
        (oids.NUMERIC, "12345678901234567890.50", "12345678901234567890.50"),
        (oids.FLOAT8, "1e+300", "1e+300"),
        (oids.FLOAT8, "NaN", '"NaN"'),
        (oids.FLOAT4, "-Infinity", '"-Infinity"'),
        (oids.BOOL, "true", "true"),
        (oids.SUPER, '{"a": "x\\"y"}', '{"a": "x\\"y"}'),
        (oids.VARCHAR, "NaN", '"NaN"'),
        (oids.VARCHAR, 'a "b" \\ \t', '"a \\"b\\" \\\\ \\t"'),
        (oids.INT4, None, "null"),
        (oids.VARCHAR, None, "null"),
        (oids.VARCHAR, "", '""'),
    ],
)
def test_json_of_each_type(oid: int, value: str | None, wanted: str) -> None:
    fields = [field("v", oid)]
    assert JsonLines(fields).render([escaped([value], fields)]) == f'{{"v":{wanted}}}\n'.encode()


@given(
    st.lists(st.lists(_VALUES, min_size=2, max_size=2), min_size=1, max_size=4), st.booleans(), st.booleans()
)
def test_text_of_a_batch_is_text_of_each_row(rows: Any, escape: bool, quotes: bool) -> None:
    """The rule of the UNLOAD page, value by value: a backslash before what is special, then the quotes."""
    special = "\\\n\r|" + ("\"'" if quotes else "")

    def one(value: str | None) -> str:
        if value is None:
            return "@"
        if escape:
            value = "".join("\\" + c if c in special else c for c in value)
        return f'"{value}"' if quotes else value

    wanted = "".join("|".join(map(one, row)) + "\n" for row in rows).encode()
    lines = TextLines(b"|", b"@", escape=escape, quotes=quotes)
    assert lines.render([sent(row) for row in rows]) == wanted


def test_a_delimiter_that_is_our_own_mark() -> None:
    assert TextLines(b"\x02", b"", escape=True).render([sent(["a", "b\x02"])]) == b"a\x02b\\\x02\n"
