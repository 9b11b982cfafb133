"""JSON files read block by block: the rows, the lines they stand at, and what cannot be read."""

from __future__ import annotations

import pytest

from dpctl.sandbox.redshift.copy import json as reader
from dpctl.sandbox.redshift.copy.errors import LoadError
from dpctl.sandbox.redshift.copy.target import Target, TargetColumn
from dpctl.sandbox.redshift.grammar import Copy, Options
from dpctl.sandbox.redshift.postgres import oids
from dpctl.sandbox.redshift.s3 import Store

TARGET = Target(
    "t",
    "t",
    1,
    (
        TargetColumn("id", "integer", oids.INT4, -1, False, False, False),
        TargetColumn("note", "character varying(20)", oids.VARCHAR, 24, False, False, False),
    ),
)


def read(
    data: bytes, target: Target = TARGET, **options: object
) -> tuple[list[tuple[int, list[str]]], list[LoadError]]:
    """Line and values of each row, and the errors."""
    errors: list[LoadError] = []
    copy = Copy(("t",), (), "s3://b/k", (), "JSON", Options({"PATHS": "auto", **options}))
    made = reader.JsonReader(copy, target, Store(lambda: None), errors)
    rows = []
    for batch in made.batches("s3://b/k", data):
        columns = [[str(value) for value in array.to_pylist()] for array in batch.columns]
        rows += list(zip(batch.lines, map(list, zip(*columns, strict=True)), strict=True))
    return rows, errors


PLAIN = b"".join(b'{"id": %d, "note": "n%d"}\n' % (n, n) for n in range(1, 21))


@pytest.mark.parametrize(
    ("block", "part"), [(1, 99), (30, 99), (100, 99), (9999, 9999), (9999, 60), (9999, 7)]
)
@pytest.mark.parametrize(
    ("data", "lines"),
    [
        (PLAIN, [*range(1, 21)]),
        (PLAIN[:-1], [*range(1, 21)]),
        (PLAIN.replace(b'{"id": 9, ', b'{"id": 9,\n\n'), [*range(1, 10), *range(12, 23)]),
        (PLAIN.replace(b"}\n", b"}", 7), [1] * 8 + [*range(2, 14)]),
        (PLAIN.replace(b'"n3"', b'"n3"}\n{"id": 3, "note": "n3"'), [*range(1, 22)]),
        (b"", []),
        (b"\n\n" + PLAIN, [*range(3, 23)]),
    ],
)
def test_each_row_has_its_line(
    monkeypatch: pytest.MonkeyPatch, block: int, part: int, data: bytes, lines: list[int]
) -> None:
    monkeypatch.setattr(reader, "_BLOCK", block)
    monkeypatch.setattr(reader, "_PART", part)
    rows, errors = read(data)
    assert [line for line, _ in rows] == lines
    assert {tuple(values) for _, values in rows} == {(str(n), f"n{n}") for n in range(1, 21) if lines}
    assert errors == []


@pytest.mark.parametrize("block", [1, 100, 10_000])
def test_what_is_no_json_is_told_by_its_line(monkeypatch: pytest.MonkeyPatch, block: int) -> None:
    monkeypatch.setattr(reader, "_BLOCK", block)
    lines = PLAIN.splitlines(keepends=True)
    lines[4], lines[12] = b'{"id": 5, "note"\n', b'["a list"]\n'
    rows, errors = read(b"".join(lines))
    assert [line for line, _ in rows] == [n for n in range(1, 21) if n not in (5, 13)]
    assert [error.line for error in errors] == [5, 13]


@pytest.mark.parametrize("block", [1, 10_000])
def test_lines_of_a_header_count(monkeypatch: pytest.MonkeyPatch, block: int) -> None:
    monkeypatch.setattr(reader, "_BLOCK", block)
    rows, _ = read(b"not json\nnor this\n" + PLAIN, IGNOREHEADER=2)
    assert [line for line, _ in rows] == [*range(3, 23)]


@pytest.mark.parametrize("oid", [oids.DATE, oids.TIMETZ, oids.SUPER])  # arrow reads rows with the first
@pytest.mark.parametrize("number", [oids.FLOAT4, oids.FLOAT8])
def test_a_zero_keeps_its_sign(oid: int, number: int) -> None:
    columns = (
        TargetColumn("a", "real", number, -1, False, False, False),
        TargetColumn("b", "other", oid, -1, False, oid == oids.SUPER, False),
    )
    rows, errors = read(b'{"a": -0}\n{"a": -0.0}\n{"a": 0}\n{"a": -1}\n', Target("t", "t", 1, columns))
    assert [float(values[0]).hex() for _, values in rows] == ["-0x0.0p+0"] * 2 + [
        "0x0.0p+0",
        "-0x1.0000000000000p+0",
    ]
    assert errors == []


def test_a_number_of_too_many_digits_is_told_by_its_line() -> None:
    data = b'{"id": 1, "note": "n1"}{"id": ' + b"9" * 5000 + b', "note": "x"}\n{"id": 2, "note": "n2"}\n'
    rows, errors = read(data)
    assert [values[0] for _, values in rows] == ["1", "2"]
    assert [error.line for error in errors] == [1]
