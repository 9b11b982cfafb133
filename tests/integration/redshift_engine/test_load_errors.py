# ruff: noqa: E501  (tables of statements are read line by line)
"""Rows that cannot be loaded: found, named by file, line and column, and nothing half done."""

from __future__ import annotations

import re

import pytest

pytestmark = pytest.mark.sandbox

DETAIL = "select file_name, line_number, column_name, error_code, error_message from sys_load_error_detail"


def errors(lab, name):
    found = lab.rows(f"{DETAIL} where file_name like '%/{name}/%' order by 1, 2")
    return [(file.rpartition("/")[2], *rest) for file, *rest in found]


CSV = (
    b'k1,1.5,"two\nlines",2024-01-01,t\n'  # lines 1 and 2
    b"k2,abc,n,2024-01-01,t\n"
    b"k3,1\n"
    b"k4,1,n,2024-01-01,t,more\n"
    b'k5,1,"a\nvery long\nnote indeed",2024-01-01,t\n'  # lines 6 to 8
    b"k6,1,n,2024-13-01,t\n"
    b"k7,1,n,2024-01-01,maybe\n"
    b"\\N,1,n,2024-01-01,t\n"
    b"k9,1,\xff\xfe,2024-01-01,t\n"
    b"k10,99999999999,n,2024-01-01,t\n"
    b"k11,1,n,2024-01-01,f\n"
)
WANTED = [
    ("f", 4, "amount", 1207, "Invalid digit, Value 'a', Pos 0, Type: Decimal"),
    ("f", 5, "", 1214, "Delimiter not found"),
    ("f", 6, "", 1202, "Extra column(s) found"),
    ("f", 7, "note", 1204, "String length exceeds DDL length"),
    ("f", 10, "d", 1205, "Invalid Date Format - length must be 10 or more"),
    ("f", 11, "ok", 1210, "Unknown boolean format"),
    ("f", 12, "k", 1213, "Missing data for not-null field"),
    ("f", 13, "", 1220, "String contains invalid or unsupported UTF8 codepoints"),
    ("f", 14, "amount", 1204, "Overflow for Decimal: '99999999999'"),
]


def test_every_bad_row_is_named(lab, name):
    lab.run(
        f"create table {name} (k varchar(5) not null, amount decimal(8,2), note varchar(15), d date, ok boolean)"
    )
    lab.put(f"{name}/f", b"header\n" + CSV)
    copy = lab.copy(name, f"{name}/f", "csv ignoreheader 1")
    assert f"Load into table '{name}' failed.  Check 'sys_load_error_detail'" in lab.fails(copy)
    assert errors(lab, name) == WANTED
    assert lab.rows(f"select count(*) from {name}") == [(0,)]
    assert "failed" in lab.fails(copy + f" maxerror {len(WANTED) - 1}")
    assert lab.run(copy + f" maxerror {len(WANTED)}")["ResultRows"] == 2
    assert lab.rows(f"select k, note from {name} order by k") == [("k1", "two\nlines"), ("k11", "n")]
    history = lab.rows(f"select status, loaded_rows, error_count from sys_load_history where table_name = '{name}' "
                       "order by start_time")  # fmt: skip
    assert history == [("aborted", 0, 9), ("aborted", 0, 9), ("completed", 2, 9)]


def test_three_bad_rows_in_a_thousand_files(lab, name):
    lab.run(f"create table {name} (id int, amount decimal(10,2), day date)")
    bodies = {number: f"{number},1.50,2024-01-01\n{number},2.50,2024-01-02\n" for number in range(1000)}
    bodies[17] = "17,1.50,2024-01-01\n17,oops,2024-01-02\n"
    bodies[500] = "500,1.50,2024-99-01\n"
    bodies[999] = "999,1.50,2024-01-01\n1x,1,2024-01-01\n"
    for number, body in bodies.items():
        lab.put_quickly(f"{name}/{number:04d}.csv", body.encode())
    lab.fails(lab.copy(name, f"{name}/", "csv"))
    wanted = [
        ("0017.csv", 2, "amount", 1207, "Invalid digit, Value 'o', Pos 0, Type: Decimal"),
        ("0500.csv", 1, "day", 1205, "Invalid Date Format - length must be 10 or more"),
        ("0999.csv", 2, "id", 1207, "Invalid digit, Value 'x', Pos 1, Type: Integer"),
    ]
    assert errors(lab, name) == wanted
    assert lab.run(lab.copy(name, f"{name}/", "csv maxerror 3"))["ResultRows"] == 1996


def test_json_lines(lab, name):
    lab.run(f"create table {name} (a int, b varchar(5))")
    lab.put(f"{name}/f", '{"a": 1}\n\n{"a": nope}\n{"a": "x"}\n{"b": "too long"}\n[1]\n{"a": 2}')
    lab.fails(lab.copy(name, f"{name}/f", "json 'auto'"))
    assert [(line, column, code) for _, line, column, code, _ in errors(lab, name)] == [
        (3, "", 1216), (4, "a", 1207), (5, "b", 1204), (6, "", 1216),
    ]  # fmt: skip


def test_noload_checks_and_keeps_nothing(lab, name):
    lab.run(f"create table {name} (a int)")
    lab.put(f"{name}/f", "1\n")
    lab.run(lab.copy(name, f"{name}/f", "noload"))
    assert lab.rows(f"select count(*) from {name}") == [(0,)]
    lab.put(f"{name}/f", "x\n")
    lab.fails(lab.copy(name, f"{name}/f", "noload"))


def test_a_failed_copy_fails_the_transaction(lab, name, connect):
    lab.run(f"create table {name} (a int)")
    lab.put(f"{name}/f", "x\n")
    connection = connect()
    cursor = connection.cursor()
    cursor.execute(f"insert into {name} values (1)")
    with pytest.raises(Exception, match="sys_load_error_detail"):
        cursor.execute(lab.copy(name, f"{name}/f"))
    with pytest.raises(Exception, match="current transaction is aborted"):
        cursor.execute("select 1")
    connection.rollback()
    cursor.execute(f"select count(*) from {name}")
    assert cursor.fetchall() == ([0],)


@pytest.mark.parametrize(
    ("format", "body"), [("CSV", "ab\né\nabcde\n"), ("JSON 'auto'", '{"a":"ab"}\n{"a":"é"}\n')]
)
def test_a_char_is_ascii(lab, name, format, body):
    lab.run(f"CREATE TABLE {name} (a char(5))")
    lab.put(f"{name}.x", body)
    lab.run(lab.copy(name, f"{name}.x", f"{format} MAXERROR 1"))
    told = (
        "SELECT line_number, error_code, trim(error_message) FROM sys_load_error_detail "
        f"WHERE file_name LIKE '%/{name}.x'"
    )
    text = "Multibyte character not supported for CHAR (Hint: Try using VARCHAR). Invalid char: c3 a9"
    assert lab.rows(told) == [(2, 1220, text)]
    assert lab.rows(f"SELECT count(*) FROM {name}") == [(body.count("\n") - 1,)]


@pytest.mark.parametrize(
    ("kind", "value", "said"),
    [
        ("char(5)", "'é'", "CHAR string contains invalid ASCII character"),
        ("char(5)", "'abcdef'", "value too long for type character"),
        ("varchar(3)", "'éé'", "value too long for type character varying"),
        ("decimal(10,2)", "'NaN'", "Invalid digit, Value 'N', Pos 0, Type: Decimal"),
        ("decimal(38,37)", "'NaN'::float8", "Invalid digit, Value 'N', Pos 0, Type: Decimal"),
        ("decimal", "'nan'", "Invalid digit, Value 'n', Pos 0, Type: Decimal"),
    ],
)
def test_values_that_only_postgresql_stores_are_refused(lab, name, kind, value, said):
    lab.run(f"CREATE TABLE {name} (b int, a {kind})")
    for statement in (
        f"INSERT INTO {name} (a) VALUES ({value})",
        f"INSERT INTO {name} SELECT 1, {value}",
        f"UPDATE {name} SET a = {value}",
    ):
        lab.run(f"INSERT INTO {name} (b) VALUES (1)")
        with pytest.raises(Exception, match=re.escape(said)):
            lab.run(statement)
    assert lab.rows(f"SELECT count(a) FROM {name}") == [(0,)]


@pytest.mark.parametrize(
    ("kind", "text", "said"),
    [
        ("integer", "0x1f", "Invalid digit, Value 'x', Pos 1, Type: Integer"),
        ("bigint", "1_000", "Invalid digit, Value '_', Pos 1, Type: Long"),
        ("smallint", "0b1", "Invalid digit, Value 'b', Pos 1, Type: Short"),
        ("decimal(12,2)", "NaN", "Invalid digit, Value 'N', Pos 0, Type: Decimal"),
        ("decimal(38,2)", "-Infinity", "Invalid digit, Value 'I', Pos 1, Type: Decimal"),
        ("decimal(12,2)", "1_0.5", "Invalid digit, Value '_', Pos 1, Type: Decimal"),
    ],
)
def test_numbers_that_only_postgresql_reads_are_told(lab, name, kind, text, said):
    lab.run(f"CREATE TABLE {name} (a {kind})")
    lab.put(f"{name}.csv", f"1\n{text}\n 2 \n")
    lab.run(lab.copy(name, f"{name}.csv", "CSV MAXERROR 1"))
    assert lab.rows(f"SELECT count(*), sum(a)::int FROM {name}") == [(2, 3)]
    told = f"SELECT line_number, error_message FROM sys_load_error_detail WHERE file_name LIKE '%/{name}.csv'"
    assert [(line, message.strip()) for line, message in lab.rows(told)] == [(2, said)]
