"""The lines of TEXT and JSON unloads, from values as PostgreSQL sends them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dpctl.sandbox.redshift.postgres import oids
from dpctl.sandbox.redshift.postgres.protocol import Field
from dpctl.sandbox.redshift.unload import lines
from dpctl.sandbox.redshift.unload.lines import JsonLines, TextLines, values_of

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


@pytest.fixture(params=["one by one", "together"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both ways in which lines of JSON are made."""
    if request.param == "together":
        monkeypatch.setattr(lines, "_FEW", 0)


@given(st.lists(_VALUES, min_size=1, max_size=4))
def test_values_come_out_as_they_went_in(values: list[str | None]) -> None:
    wanted = [None if value is None else value.encode() for value in values]
    assert values_of(sent(values)) == wanted


_PLAIN = st.none() | st.text(alphabet="abN|\"'\\\x7f é€\ufeff", max_size=6) | st.sampled_from(["NaN", r"\N"])


@given(rows=st.lists(st.lists(_VALUES | _PLAIN, min_size=3, max_size=3), min_size=1, max_size=4))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@pytest.mark.usefixtures("way")
def test_json_of_a_batch_is_json_of_each_row(rows: list[list[str | None]]) -> None:
    names = ("a", 'b "%s\\', "\x04\x02")
    fields = [field(name, oids.VARCHAR) for name in names]
    written = bytes(JsonLines(fields).render([sent(row) for row in rows]))
    assert [json.loads(line) for line in written.decode().split("\n")[:-1]] == [
        dict(zip(names, row, strict=True)) for row in rows
    ]
    assert b"".join(JsonLines(fields).render([sent(row)]) for row in rows) == written


@given(rows=st.lists(st.tuples(_PLAIN, _PLAIN), min_size=1, max_size=4))
def test_together_says_what_one_by_one_says(rows: list[tuple[str | None, str | None]]) -> None:
    """Byte for byte, where lines are put together at all; without a quoted value they always are."""
    made = JsonLines([field("a", oids.VARCHAR), field("n", oids.BPCHAR)])
    whole = b"".join(sent(list(row)) for row in rows)
    together = made._together(whole, len(rows))
    assert together in (None, made.render([sent(list(row)) for row in rows]))
    assert together is not None or whole.startswith("\ufeff".encode())


@pytest.mark.usefixtures("way")
def test_json_of_many_columns() -> None:
    fields = [field(f"c{at}", oids.VARCHAR if at % 2 else oids.INT4) for at in range(1600)]
    values = [None if at % 7 == 0 else 'a"b' if at % 2 else str(at) for at in range(1600)]
    (line,) = bytes(JsonLines(fields).render([sent(values)] * 2)).splitlines()[1:]
    read = [value if value is None else str(value) for value in json.loads(line).values()]
    assert read == values


@pytest.mark.usefixtures("way")
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
    assert JsonLines(fields).render([sent([value])]) == f'{{"v":{wanted}}}\n'.encode()


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
