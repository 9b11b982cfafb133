# ruff: noqa: E501  (tables of statements are read line by line)
"""Redshift's SQL and what PostgreSQL gets of it."""

from __future__ import annotations

import pytest

from dpctl.sandbox.redshift.errors import SqlError
from dpctl.sandbox.redshift.sql.allowed import FUNCTIONS
from dpctl.sandbox.redshift.sql.dialect import translate

SUPERS = frozenset({"doc"})

QUERIES = [
    ("select getdate(), sysdate", 'SELECT GETDATE(), SYSDATE() AS "timestamp"'),
    ("select dateadd(month, 1, x)", "SELECT DATEADD('month', 1, \"x\") AS \"date_add\""),
    ("select datediff(day, a, b)", "SELECT DATEDIFF('day', \"a\", \"b\") AS \"date_diff\""),
    ("select date_diff('day', a, b)", "SELECT DATEDIFF('day', \"a\", \"b\") AS \"date_diff\""),
    ("select nvl(a, b), isnull(a, 0)", 'SELECT COALESCE("a", "b"), COALESCE("a", 0)'),
    ("select nvl2(a, b, c)", 'SELECT CASE WHEN NOT "a" IS NULL THEN "b" ELSE "c" END'),
    ("select decode(a, 1, 'x', 'y')", "SELECT CASE WHEN \"a\" = 1 THEN 'x' ELSE 'y' END"),
    ("select approximate count(distinct a) from t", 'SELECT COUNT(DISTINCT "a") FROM "t"'),
    ("select top 2 * from t", 'SELECT * FROM "t" LIMIT 2'),
    ("select len(a), trunc(b), convert_timezone('UTC', 'Asia/Kolkata', c)",
     "SELECT LEN(\"a\"), TRUNC(\"b\"), CONVERT_TIMEZONE('UTC', 'Asia/Kolkata', \"c\")"),
    ("select listagg(a, ',') within group (order by b) from t",
     "SELECT STRING_AGG(CAST(\"a\" AS TEXT), ',' ORDER BY \"b\") FROM \"t\""),
    ("select a::super, b::decimal, c::varchar(max)",
     'SELECT CAST("a" AS super), CAST("b" AS DECIMAL(18, 0)), CAST("c" AS VARCHAR(65535))'),
    ("select * from a minus select * from b", 'SELECT * FROM "a" EXCEPT SELECT * FROM "b"'),
    (r"select 'it\'s', 'a\\b', 'x''y'", "SELECT 'it''s', 'a\\b', 'x''y'"),
    ('select "Name" from "Public"."Orders"', 'SELECT "name" FROM "public"."orders"'),
    ("insert into t values ($1,$2)", 'INSERT INTO "t" VALUES ($1, $2)'),
    ("delete t where a = 1", 'DELETE FROM "t" WHERE "a" = 1'),
    ("select doc.a[0].b from t", "SELECT SUPER_PATH(\"doc\", 'a', '0', 'b') FROM \"t\""),
    ("select t.doc.a::varchar from t",
     "SELECT CAST(SUPER_TEXT(SUPER_PATH(\"t\".\"doc\", 'a')) AS VARCHAR) FROM \"t\""),
    ("select 1 from t where doc.n > 5", "SELECT 1 FROM \"t\" WHERE SUPER_NUMBER(SUPER_PATH(\"doc\", 'n')) > 5"),
    ("select t.a from t", 'SELECT "t"."a" FROM "t"'),
    ("explain select 1", "EXPLAIN SELECT 1"),
    ("create or replace view v as select nvl(a, 1) from t", 'CREATE OR REPLACE VIEW "v" AS SELECT COALESCE("a", 1) FROM "t"'),
    ("vacuum full t to 99 percent", "VACUUM t"),
]  # fmt: skip


@pytest.mark.parametrize(("sql", "wanted"), QUERIES, ids=[sql[:40] for sql, _ in QUERIES])
def test_query(sql, wanted):
    plan = translate(sql, SUPERS)
    assert plan.statements == (wanted,)
    assert plan.simple


def test_create_table_keeps_what_postgresql_does_not_know():
    plan = translate(
        "create table s.t (id bigint identity(1,1), a int encode az64 distkey, b super, c varchar(max) not null "
        "default 'x', primary key (a)) compound sortkey (a, c)"
    )
    table, remembered = plan.statements
    assert table == (
        'CREATE TABLE "s"."t" ("id" bigint GENERATED ALWAYS AS IDENTITY (START WITH 1 INCREMENT BY 1), '
        '"a" integer NOT NULL, "b" super, "c" varchar(65535) NOT NULL DEFAULT \'x\')'
    )
    for part in (
        '"encodings": {"a": "az64"}',
        '"distkey": "a"',
        '"sortkeys": ["a", "c"]',
        '"primary_key": ["a"]',
    ):
        assert part in remembered


@pytest.mark.parametrize(
    ("sql", "statement"),
    [
        ("create temp table x (like s.t including defaults)",
         'CREATE TEMPORARY TABLE "x" (LIKE "s"."t" INCLUDING DEFAULTS INCLUDING IDENTITY)'),
        ("create table x diststyle even as select 1 a", 'CREATE TABLE "x"  AS SELECT 1 AS "a"'),
        ("create table #x (a int)", 'CREATE TEMPORARY TABLE "#x" ("a" integer)'),
        ("create table t (a float(53), b numeric, c char, d text, e timestamptz, f varbyte(10))",
         'CREATE TABLE "t" ("a" double precision, "b" numeric(18,0), "c" char(1), "d" varchar(256), '
         '"e" timestamp with time zone, "f" varbyte(10))'),
        ("alter table t alter column c type varchar(30)", 'ALTER TABLE "t" ALTER COLUMN "c" TYPE varchar(30)'),
        ("alter table t add column c varchar default 'a'",
         'ALTER TABLE "t" ADD COLUMN "c" varchar(256) DEFAULT \'a\''),
        ("create user bob password 'Pass1' createuser",
         "CREATE ROLE \"bob\" LOGIN PASSWORD 'Pass1' CREATEROLE CREATEDB"),
    ],
)  # fmt: skip
def test_definition(sql, statement):
    assert translate(sql).statements[0] == statement


def test_qualify_carries_whole_rows():
    (sql,) = translate(
        "select * from t qualify row_number() over (partition by a order by b) = 1 limit 3"
    ).statements
    assert sql == (
        'SELECT (_q."_row0_t").* FROM (SELECT "t" AS "_row0_t", '
        '(ROW_NUMBER() OVER (PARTITION BY "a" ORDER BY "b") = 1) AS _keep FROM "t") AS _q WHERE _q._keep LIMIT 3'
    )


def test_merge():
    plan = translate(
        "merge into t using d on t.a = d.a when matched then update set b = nvl(d.b, 0), c = case when d.b = 1 then 2 end "
        "when not matched then insert (a, b) values (d.a, d.b)"
    )
    assert plan.answer == 1
    assert plan.statements[1] == (
        'MERGE INTO "t" USING "d" ON "t"."a" = "d"."a" WHEN MATCHED THEN UPDATE SET "b" = COALESCE("d"."b", 0), '
        '"c" = CASE WHEN "d"."b" = 1 THEN 2 END WHEN NOT MATCHED THEN INSERT ("a", "b") VALUES("d"."a", "d"."b")'
    )


REFUSED = [
    ("merge into t x using d on 1=1 when matched then delete when not matched then insert values (1)", "alias"),
    ("merge into t using (select 1) d on 1=1 when matched then delete", "subquery"),
    ("merge into t using d on t.a=d.a when matched then delete", "at end of input"),
    ("merge into t using d on t.a=d.a when matched and d.b then delete when not matched then insert values (1)",
     "condition"),
    ("selec 1", 'at or near "selec"'),
    ("select from where", "syntax error"),
    ("select 1 +", "syntax error"),
    ("create table t (a varchar(70000))", "65535"),
    ("create table t (a numeric(40,2))", "between 1 and 38"),
    ("create table t (a nosuch)", 'type "nosuch" does not exist'),
    ("create table t (a int) diststyle key", "DISTKEY"),
    ("", "syntax error"),
]  # fmt: skip


@pytest.mark.parametrize(("sql", "part"), REFUSED, ids=[sql[:40] for sql, _ in REFUSED])
def test_refused_as_redshift_would(sql, part):
    with pytest.raises(SqlError) as failure:
        translate(sql)
    assert part in failure.value.message


@pytest.mark.parametrize(
    "sql",
    [
        "alter table a append from b",
        "create external table x (a int)",
        "select * from t pivot (sum(a) for b in ('x'))",
        "create table t (a geometry)",
        "analyze compression t",
        "set enable_case_sensitive_identifier to true",
        "create external table x.t (a int)",
        "create function f(int) returns int stable as $$ return 1 $$ language plpythonu",
        "create or replace datashare d",
    ],
)
def test_what_the_sandbox_lacks_is_named(sql):
    with pytest.raises(SqlError) as failure:
        translate(sql, SUPERS)
    assert failure.value.message.endswith("is not supported in the sandbox.")
    assert failure.value.state == "0A000"


@pytest.mark.parametrize(
    ("sql", "name"),
    [
        ("create schema a create table t (a int)", "CREATE SCHEMA with statements in it"),
        ("lock table t in share mode", "LOCK with a mode"),
        ("lock t nowait", "LOCK with a mode"),
        ("comment on index i is 'x'", "COMMENT ON INDEX"),
        ("create unique index concurrently i on t (a)", "CREATE INDEX"),
        ("drop sequence if exists s", "DROP SEQUENCE"),
        ("create or replace trigger t after insert on x execute function f()", "CREATE TRIGGER"),
        ("create event trigger x on y execute function z()", "CREATE TRIGGER"),
        ("alter type x add value 'a'", "ALTER TYPE"),
        ("create domain d as int", "CREATE DOMAIN"),
        ("select * from (values (1), (2)) v (a)", "VALUES as a table"),
        ("declare c scroll cursor for select 1", "A cursor WITH HOLD or SCROLL"),
        ("declare c cursor with hold for select 1", "A cursor WITH HOLD or SCROLL"),
        ("declare c no scroll cursor with hold for select 1", "A cursor WITH HOLD or SCROLL"),
    ],
)
def test_what_only_postgresql_has_is_refused_by_its_name(sql, name):
    with pytest.raises(SqlError) as failure:
        translate(sql)
    assert failure.value.state == "0A000"
    assert f"{name}" in failure.value.message
    assert "is not supported in Amazon Redshift" in failure.value.message


@pytest.mark.parametrize(
    ("sql", "name"),
    [
        (
            "select approximate percentile_disc(0.5) within group (order by a) from t",
            "APPROXIMATE PERCENTILE_DISC",
        ),
        ("select @ -5", "The operator @ before a sign"),
        ("select * from t, unpivot t.c[0] as v at k", "UNPIVOT of such an expression"),
        ("select cast(a as interval day to second(3)) from t", "INTERVAL ... DAY TO SECOND"),
        ("select cast(a as interval day to second) from t", "A type INTERVAL with units"),
        ("select a::interval year to month from t", "A type INTERVAL with units"),
        ("create table t (a interval day to second)", "The type INTERVAL"),
        ("select a from t connect by prior a = b", "CONNECT BY"),
        ("select * from t pivot (sum(x) for y in (1, 2))", "PIVOT"),
        ("select * from a, b where a.x = b.x(+)", "The outer join operator (+)"),
    ],
)
def test_what_redshift_has_and_the_sandbox_has_not_is_refused_by_its_name(sql, name):
    with pytest.raises(SqlError) as failure:
        translate(sql)
    assert (failure.value.state, failure.value.message) == (
        "0A000",
        f"{name} is not supported in the sandbox.",
    )


@pytest.mark.parametrize("sql", ["selec 1", "select 1 +", "select (1", "select a from"])
def test_what_is_no_sql_stays_a_syntax_error(sql):
    with pytest.raises(SqlError) as failure:
        translate(sql)
    assert failure.value.state == "42601"


@pytest.mark.parametrize(
    "sort", ["cursor", "NO SCROLL cursor", "cursor without hold", "no scroll cursor without hold"]
)
def test_a_cursor_that_redshift_has(sort):
    """psql's FETCH_COUNT asks for one with NO SCROLL."""
    (made,) = translate(f"declare c {sort} for select 1").statements
    assert made.upper().endswith("FOR SELECT 1")


def test_a_list_of_values_is_no_statement():
    with pytest.raises(SqlError) as failure:
        translate("values (1), (2)")
    assert failure.value.state == "42601"


def test_a_quota_is_taken_and_limits_nothing():
    assert translate("create schema if not exists a authorization b quota 5 gb").statements == (
        "create schema if not exists a authorization b ",
    )


@pytest.mark.parametrize("name", sorted(FUNCTIONS - {"cast", "decode", "object_transform"}))
def test_what_the_list_of_functions_allows_is_not_refused(name):
    """The reader may make a node of a function, which the list of constructs must know as well."""
    told = [refusal(f"select {name}({arguments})") for arguments in ("", "'a'", "'a', 'b'", "1, 2, 3")]
    assert [text for text in told if "not supported in Amazon Redshift" in text] == []


def refusal(sql):
    try:
        translate(sql)
    except SqlError as error:
        return error.message
    return ""


def test_an_array_of_a_query_stays_the_catalogs():
    """psql's ``\\d+`` asks for the options of a relation so."""
    found = translate(
        "select array(select x from pg_catalog.unnest(c.reloptions) x) from pg_catalog.pg_class c"
    )
    assert "redshift_array" not in found.statements[0]
    assert "ARRAY(SELECT" in found.statements[0]
