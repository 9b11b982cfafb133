"""What sqlglot does with Redshift's SQL, where the sandbox's translator relies on it or works around it."""

from __future__ import annotations

import sqlglot
from sqlglot import exp


def test_unload_is_not_modelled():
    assert isinstance(
        sqlglot.parse_one("unload ('select 1') to 's3://b/p' iam_role default", dialect="redshift"),
        exp.Command,
    )


def test_literals_know_backslashes():
    literal = sqlglot.parse_one(r"select 'a\\b\'c'", dialect="redshift").expressions[0]
    assert literal.this == r"a\b'c"


def test_adjacent_parameters_need_a_space():
    assert sqlglot.parse_one("select $1 ,$2 ", dialect="redshift").sql("postgres") == "SELECT $1, $2"


def test_qualify_of_a_star_would_leave_a_helper_column():
    sql = sqlglot.transpile(
        "select * from t qualify row_number() over (order by a) = 1", read="redshift", write="postgres"
    )[0]
    assert sql.startswith("SELECT * FROM (SELECT *, ROW_NUMBER()")
