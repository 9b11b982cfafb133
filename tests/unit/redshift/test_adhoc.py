"""SQL by hand: where statements end, which of them only read, and how rows are shown."""

from __future__ import annotations

import csv
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dpctl.errors import UsageError
from dpctl.redshift import adhoc


@pytest.mark.parametrize(
    ("text", "statements"),
    [
        ("SELECT 1", ["SELECT 1"]),
        ("SELECT 1;", ["SELECT 1"]),
        ("SELECT ';' ; SELECT $$;$$;", ["SELECT ';'", "SELECT $$;$$"]),
        ("-- one;\nSELECT 1; /* two; */ SELECT 2", ["-- one;\nSELECT 1", "/* two; */ SELECT 2"]),
        (";;SELECT 1;;", ["SELECT 1"]),
        (r"SELECT '\''; SELECT 2", [r"SELECT '\''", "SELECT 2"]),
    ],
)
def test_where_statements_end(text, statements):
    assert adhoc.split(text) == statements


@pytest.mark.parametrize(
    "text", ["", " ", ";", "-- nothing", "SELECT 'open", "SELECT /* open", "SELECT '\0'", "SELECT '\udcff'"]
)
def test_no_statement(text):
    with pytest.raises(UsageError):
        adhoc.split(text)


@pytest.mark.parametrize(
    ("statement", "reads"),
    [
        ("SELECT 1", True),
        ("with a as (select 1) select * from a", True),
        ("SHOW TABLES FROM SCHEMA dev.public", True),
        ("EXPLAIN SELECT 1", True),
        ("SELECT t.delete, x AS update FROM t", True),
        ("SELECT 'drop table t'", True),
        ('SELECT "insert" FROM t', True),
        ("-- drop\nSELECT 1", True),
        ("INSERT INTO t VALUES (1)", False),
        ("SELECT * INTO u FROM t", False),
        ("WITH a AS (SELECT 1) DELETE FROM t", False),
        ("EXPLAIN DELETE FROM t", False),
        ("SELECT pg_terminate_backend(pid) FROM stv_sessions", False),
        ("SELECT PG_CANCEL_BACKEND(1)", False),
        ("SELECT pg_catalog.pg_cancel_backend(1)", False),
        ('SELECT "pg_catalog" . "pg_terminate_backend" /* x */ (1)', False),
        ("SELECT pg_cancel_backend FROM t", True),
        ("WITH a AS (SELECT 1) SELECT * INTO u FROM a", False),
        ("SELECT 1 FROM t FOR UPDATE", False),
        ("EXPLAIN SELECT 1 INTO u", False),
        ("/* /* */ select */ DROP TABLE t", False),
        ("PREPARE p AS DELETE FROM t", False),
        ("EXECUTE p", False),
        ("SET query_group TO 'x'", True),
        ("SELECT $$drop table t$$", True),
        ("drop table t", False),
        ("CALL p()", False),
        ("COPY t FROM 's3://b/x' IAM_ROLE default", False),
        ("UNLOAD ('select 1') TO 's3://b/x' IAM_ROLE default", False),
        ("GRANT SELECT ON t TO u", False),
        ("VACUUM t", False),
        ("BEGIN", False),
        ("(SELECT 1) UNION (SELECT 2)", True),
        ("( /* x */ (SELECT 1))", True),
        ("(DELETE FROM t)", False),
        ("((SELECT 1 INTO u))", False),
    ],
)
def test_which_statements_only_read(statement, reads):
    if reads:
        adhoc.check_reading(statement)
        return
    with pytest.raises(UsageError, match=r"may change something|not known to only read") as caught:
        adhoc.check_reading(statement)
    assert "--write" in caught.value.hint


@pytest.mark.parametrize(
    ("statement", "hint"),
    [
        ("selec 1", "SELECT, or dpctl sql --write ..."),
        ("slect * from t", "SELECT, or dpctl sql --write ..."),
        ("wiht a as (select 1) select 1", "WITH, or dpctl sql --write ..."),
        ("DELETE FROM t", "dpctl sql --write ..."),
        ("RESTORE t", "dpctl sql --write ..."),
        ("VACUUM t", "dpctl sql --write ..."),
    ],
)
def test_a_word_that_nearly_reads_is_a_typo_before_it_is_a_write(statement, hint):
    with pytest.raises(UsageError) as caught:
        adhoc.check_reading(statement)
    assert caught.value.hint == hint


@pytest.mark.parametrize(
    ("text", "lost"),
    [
        ("BEGIN; INSERT INTO t VALUES (1)", "INSERT"),
        ("-- x\nSTART TRANSACTION; SELECT 1; DELETE FROM t; SELECT 2", "DELETE"),
        ("INSERT INTO t VALUES (1); BEGIN; COMMIT; begin; CALL p()", "CALL"),
        ("BEGIN; INSERT INTO t VALUES (1); COMMIT", ""),
        ("BEGIN; INSERT INTO t VALUES (1); END; SELECT 1", ""),
        ("BEGIN; INSERT INTO t VALUES (1); ROLLBACK", ""),
        ("BEGIN; INSERT INTO t VALUES (1); ABORT", ""),
        ("BEGIN; SELECT 1", ""),
        ("BEGIN; SET query_group TO 'x'; SELECT 1", ""),
        ("INSERT INTO t VALUES (1)", ""),
        ("COMMIT; INSERT INTO t VALUES (1)", ""),
    ],
)
def test_what_is_never_committed_is_not_begun(text, lost):
    if not lost:
        adhoc.check_committed(adhoc.split(text))
        return
    with pytest.raises(UsageError, match=f"The transaction with {lost} is never committed"):
        adhoc.check_committed(adhoc.split(text))


def test_values_in_a_document():
    values = (1, 1.5, float("nan"), float("inf"), float("-inf"), b"\xff\x00", None, "NaN", True)
    plain = [adhoc.plain(value) for value in values]
    assert plain == [1, 1.5, "NaN", "Infinity", "-Infinity", "ff00", None, "NaN", True]
    json.dumps(plain, allow_nan=False)


def test_a_table_for_people():
    text = adhoc.as_table(("id", "name"), [(1, "a"), (None, None), (1000, "x\ny" + "z" * 80)])
    assert text == ("  id  name\n----  " + "-" * 60 + "\n   1  a\nNULL  NULL\n1000  x\\ny" + "z" * 53 + "...")


def test_no_rows_is_a_header():
    assert adhoc.as_table(("a",), []) == "a\n-"


cells = st.none() | st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8)


@given(st.lists(st.tuples(cells, cells), max_size=5))
def test_csv_is_read_back_and_tells_null_from_empty(rows):
    text = adhoc.as_csv(("a", "b"), rows)
    read = list(csv.reader(io.StringIO(text, newline="")))
    assert read == [["a", "b"], *([value or "" for value in row] for row in rows)]
    for row in rows:
        if row == (None, ""):
            assert '\n,""\n' in text
