"""What PostgreSQL reads as a number or a time, and Redshift does not: refused, however it comes."""

from __future__ import annotations

import re

import pytest

INTEGERS, FLOATS = ("smallint", "integer", "bigint"), ("real", "double precision")
TIMES = ("date", "timestamp", "timestamptz")
FOREIGN = [
    *(
        (kind, text)
        for kind in (*INTEGERS, "decimal(10,2)")
        for text in ("0x1f", "0b11", "0o17", "1_0", "-0X1F")
    ),
    *(("decimal(10,2)", text) for text in ("NaN", "nan", "infinity", "-Infinity", "1_0.5")),
    *((kind, text) for kind in FLOATS for text in ("0x1f", "0x1p3", "1_0")),
    *((kind, text) for kind in TIMES for text in ("infinity", "-infinity")),
]
TAKEN = [
    *(
        (kind, text)
        for kind in (*INTEGERS, "decimal(10,2)", *FLOATS)
        for text in ("12", " 12 ", "+5", "-0", "007")
    ),
    *((kind, text) for kind in ("decimal(10,2)", *FLOATS) for text in ("1e5", ".5", "12.", "-1.5E-1")),
    *((kind, text) for kind in FLOATS for text in ("NaN", "Infinity", "-infinity")),
    *(
        (kind, text)
        for kind in TIMES
        for text in ("now", "today", "tomorrow", "yesterday", "20260131", "Jan-31-2026")
    ),
    ("date", "2026.031"),
    ("varchar(20)", "0x1f"),
    ("varchar(20)", "1_0"),
    ("varchar(20)", "infinity"),
]
WAYS = {
    "a cast": "SELECT '{text}'::{kind}",
    "CAST": "SELECT CAST('{text}' AS {kind})",
    "a value": "INSERT INTO {table} (a, v) VALUES ('{text}', 'x')",
    "a place": "INSERT INTO {table} VALUES ('x', '{text}')",
    "a selected value": "INSERT INTO {table} (a) SELECT '{text}'",
    "an update": "UPDATE {table} SET a = '{text}'",
    "a column": "SELECT w::{kind} FROM (SELECT '{text}'::varchar(20) AS w) q",
    "a column of a table": "SELECT v::{kind} FROM {table} WHERE v = '{text}'",
}


@pytest.fixture(scope="module")
def tables(lab):
    """A table for each type, with a row that has each of the texts."""
    made = {}
    for at, kind in enumerate(dict.fromkeys(kind for kind, _ in FOREIGN + TAKEN)):
        made[kind] = f"foreign_{at}"
        lab.run(f"CREATE TABLE {made[kind]} (v varchar(20), a {kind})")
    for kind, text in FOREIGN:
        lab.run(f"INSERT INTO {made[kind]} (v) VALUES ('{text}')")
    return made


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("kind", "text"), FOREIGN)
def test_it_is_refused(lab, tables, kind, text, way):
    error = lab.fails(WAYS[way].format(text=text, kind=kind, table=tables[kind]))
    assert re.search(
        r"Invalid digit, Value '[xXboONniI_]', Pos [0-2], Type: |invalid input syntax for type", error
    )
    assert lab.rows(f"SELECT count(*) FROM {tables[kind]} WHERE a IS NOT NULL") == [(0,)]


@pytest.mark.parametrize(("kind", "text"), FOREIGN)
def test_try_cast_gives_null(lab, kind, text):
    assert lab.rows(f"SELECT try_cast('{text}' AS {kind})") == [(None,)]


@pytest.mark.parametrize("way", [way for way in WAYS if way != "a column of a table"])
@pytest.mark.parametrize(("kind", "text"), TAKEN)
def test_all_others_are_taken(lab, name, kind, text, way):
    if "{table}" in WAYS[way]:
        lab.run(f"CREATE TABLE {name} (v varchar(20), a {kind})")
    lab.run(WAYS[way].format(text=text, kind=kind, table=name))


@pytest.mark.parametrize(
    "number", ["'NaN'::float8", "'infinity'::float8", "'-infinity'::real", "'nan'::real"]
)
def test_no_decimal_is_made_of_a_double_that_is_no_number(lab, number):
    assert "Type: Decimal" in lab.fails(f"SELECT {number}::decimal(10,2)")
    assert lab.rows("SELECT 1.25::float8::decimal(10,2), 1.25::real::decimal(10,1)") == [("1.25", "1.3")]


@pytest.mark.parametrize(
    ("kind", "text", "error"),
    [
        ("float8", "0x1f", "Invalid float format"),
        ("float4", "1_0", "Invalid float format"),
        ("date", "infinity", "Invalid Date Format - length must be 10 or more"),
        ("timestamp", "-infinity", "Invalid timestamp format or value [YYYY-MM-DD HH24:MI:SS]"),
        ("timestamptz", "Infinity", "Invalid timestamp format or value [YYYY-MM-DD HH24:MI:SS]"),
    ],
)
@pytest.mark.parametrize("how", ["CSV", "FORMAT JSON 'auto'"])
def test_copy_takes_none_of_them(lab, name, kind, text, error, how):
    lab.run(f"CREATE TABLE {name} (a {kind})")
    lab.put(f"{name}/x", f"{text}\n" if how == "CSV" else f'{{"a": "{text}"}}\n')
    assert "sys_load_error_detail" in lab.fails(lab.copy(name, f"{name}/", how))
    assert lab.rows(f"SELECT error_message FROM sys_load_error_detail WHERE file_name LIKE '%/{name}/x'") == [
        (error,)
    ]


def test_where_they_are_still_taken(lab, name):
    """What docs/sandbox-differences.md says."""
    lab.run(f"CREATE TABLE {name} (a integer DEFAULT '0x1f', b integer)")
    lab.run(f"INSERT INTO {name} (b) VALUES (10)")
    assert lab.rows(f"SELECT a FROM {name} WHERE b = '1_0'") == [(31,)]
