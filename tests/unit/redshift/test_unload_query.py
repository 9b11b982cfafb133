"""Which queries may be unloaded."""

from __future__ import annotations

import pytest

from dpctl.errors import UsageError
from dpctl.redshift.query import check_query

GOOD = [
    "SELECT 1",
    "select * from t where a = 'x;--' and b = $$/* ; $$",
    "WITH a AS (SELECT 1), b(x) AS (SELECT 2 LIMIT 1) SELECT * FROM a, b",
    "WITH RECURSIVE a(n) AS (SELECT 1 UNION ALL SELECT n+1 FROM a WHERE n<3) SELECT n FROM a",
    "SELECT * FROM (SELECT * FROM t ORDER BY 1 LIMIT 10)",
    "SELECT (SELECT TOP 1 a FROM t) FROM u",
    'SELECT "limit", "into", x AS "top" FROM t',
    "SELECT 'it\\'s; fine' FROM t",
    "SELECT a FROM t UNION ALL SELECT b FROM u",
    "SELECT a - -1 FROM t",
]


@pytest.mark.parametrize("query", GOOD)
def test_queries_that_are_taken(query: str) -> None:
    assert check_query(f"\n  {query} ;\n;") == query


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("", "SELECT or WITH"),
        (" ; ", "SELECT or WITH"),
        ("DELETE FROM t", "SELECT or WITH"),
        ("(SELECT 1)", "SELECT or WITH"),
        ("EXPLAIN SELECT 1", "SELECT or WITH"),
        ("SELECT 1; DROP TABLE t", "semicolon at character 9"),
        ("SELECT 'a\\'; DROP TABLE t; --", "unterminated"),
        ("SELECT 1 -- x", "comment at character 10"),
        ("SELECT /* x */ 1", "comment at character 8"),
        ("SELECT * INTO u FROM t", "SELECT INTO"),
        ("WITH a AS (SELECT 1) DELETE FROM t", "followed by DELETE"),
        ("WITH a AS (SELECT 1) INSERT INTO t SELECT * FROM a", "followed by INSERT"),
        ("WITH a AS (SELECT 1)", "not followed by SELECT"),
        ("SELECT 1)", "closes nothing"),
        ("SELECT 1) TO 's3://evil/' (", "closes nothing"),
        ("SELECT (1", "left open"),
        ('SELECT "a FROM t', "unterminated"),
        ('SELECT "" FROM t', "zero-length"),
        ("SELECT $$a FROM t", "unterminated"),
        ("SELECT /* 1", "unterminated"),
        ("SELECT 1\0", "stray '\\x00'"),
        ("SELECT $", "stray '$'"),
        ("SELECT $1", "a parameter, $1"),
        ("SELECT 1 \\ 2", "stray '\\\\'"),
        ("SELECT \x08", "stray '\\x08'"),
        ("SELECT * FROM t LIMIT 10", "outer LIMIT"),
        ("SELECT a FROM t UNION SELECT b FROM u LIMIT 1", "outer LIMIT"),
        ("SELECT TOP 10 * FROM t", "outer LIMIT"),
        ("SELECT DISTINCT TOP 10 a FROM t", "outer LIMIT"),
    ],
)
def test_queries_that_are_refused(query: str, reason: str) -> None:
    with pytest.raises(UsageError) as caught:
        check_query(query)
    assert reason in caught.value.why


def test_a_limit_comes_with_the_way_around_it() -> None:
    with pytest.raises(UsageError) as caught:
        check_query("SELECT 1 LIMIT 1")
    assert caught.value.hint == "SELECT * FROM (SELECT ... LIMIT 10)"


@pytest.mark.parametrize(
    "query",
    [
        "SELECT t.limit FROM t",
        "SELECT t . limit, t.top, t.into FROM t",
        "SELECT x'0aF' || b'01' || X'' FROM t",
    ],
)
def test_names_after_a_point_and_hexadecimal_literals_are_no_keywords_and_no_escapes(query):
    assert check_query(query) == query


@pytest.mark.parametrize("literal", [r"x'\'", r"X'0\'", r"b'\'", "B'2'"])
def test_a_backslash_is_no_escape_in_a_hexadecimal_literal(literal):
    """It ends at its mark: what follows is SQL, not text."""
    with pytest.raises(UsageError, match="can't be unloaded") as caught:
        check_query(f"SELECT {literal}; DROP TABLE t; SELECT '")
    assert "literal" in caught.value.why
