"""redshift_connector: the checks of its README, and the expectations of its public tests that fit."""

from __future__ import annotations

import datetime
import decimal
import os
from pathlib import Path
from tempfile import mkdtemp

import redshift_connector
from checks import CASES, SCHEMA, check, fails, same

HERE = {
    "host": os.environ["PGHOST"], "port": int(os.environ["PGPORT"]), "database": os.environ["PGDATABASE"],
    "user": os.environ["PGUSER"], "password": os.environ["PGPASSWORD"],
}  # fmt: skip
OIDS = {
    "int2": 21, "int4": 23, "int8": 20, "numeric": 1700, "float4": 700, "float8": 701, "bool": 16, "bpchar": 1042,
    "varchar": 1043, "date": 1082, "timestamp": 1114, "timestamptz": 1184, "time": 1083, "timetz": 1266,
    "super": 4000, "varbyte": 6551,
}  # fmt: skip
VALUES = {
    "smallint": 7, "integer": 7, "decimal": decimal.Decimal("1.500"), "real": 0.5, "boolean": True,
    "date": datetime.date(2024, 2, 29), "timestamp": datetime.datetime(2024, 2, 29, 1, 2, 3, 456000),
    "timestamptz": datetime.datetime(2024, 2, 29, 1, 2, 3, tzinfo=datetime.UTC),
    "time": datetime.time(1, 2, 3), "super": '{"b":[1,2],"a":null}', "varbyte": "Hello",
    "null of integer": None, "avg of integers": 1, "avg of decimals": decimal.Decimal("1.50"),
}  # fmt: skip


def connect(**options):
    return redshift_connector.connect(**(HERE | {"ssl": True, "sslmode": "verify-ca"} | options))


def row(connection, sql, args=None):
    with connection.cursor() as cursor:
        cursor.execute(sql, args)
        return list(cursor.fetchone())


def run(connection, *sqls):
    with connection.cursor() as cursor:
        for sql in sqls:
            cursor.execute(sql)


def connecting():
    # The driver trusts its own bundle; the sandbox's authority is given by the variable it reads.
    for name, options in {
        "plain": {"ssl": False}, "verify-ca": {}, "verify-full": {"sslmode": "verify-full"},
        "application_name": {"application_name": "py"}, "protocol 0": {"client_protocol_version": 0},
        "protocol 1": {"client_protocol_version": 1}, "protocol 2": {"client_protocol_version": 2},
        "upper case user": {"user": HERE["user"].upper()},
    }.items():  # fmt: skip

        def go(options=options):
            with connect(**options) as connection:
                same([7], row(connection, "select 7"))

        check(f"connect: {name}", go)
    check("connect: a wrong password", lambda: fails(lambda: connect(password="wrong"), "28000"))
    check("connect: an unknown database", lambda: fails(lambda: connect(database="nowhere"), "3D000"))


def statements(c):
    t = f"{SCHEMA}.t"
    for name, sql, wanted, kind in CASES["values"]:

        def go(name=name, sql=sql, wanted=wanted, kind=kind):
            with c.cursor() as cursor:
                cursor.execute(sql)
                same(OIDS[kind], cursor.description[0][1])
                found = cursor.fetchone()[0]
            if name in VALUES:
                same(VALUES[name], found)
            elif wanted is None or kind in ("varchar", "bpchar"):
                same(wanted, found)
            elif kind in ("int2", "int4", "int8", "numeric"):
                same(decimal.Decimal(wanted), decimal.Decimal(found))

        check(f"values: {name}", go)
    run(c, f"create table {SCHEMA}.r (a int)")
    for sql in CASES["refused"]:

        def refuse(sql=sql):
            fails(lambda: run(c, sql.replace("T", f"{SCHEMA}.r")), "0A000", "42601", "42883", "42704")
            same([1], row(c, "select 1"))

        check(f"refused: {sql}", refuse)
    for sql in (f"create table {t} (a int, b varchar(20));", f"alter table {t} add column c int;",
                f"create view {SCHEMA}.v as select 1 a with no schema binding;", f"drop view {SCHEMA}.v;"):  # fmt: skip
        check(f"statements: with its semicolon: {' '.join(sql.split()[:2])}", lambda sql=sql: run(c, sql))
    for style, sql, args in (
        ("format", "select %s + 1", (1,)), ("qmark", "select ? + 1", (1,)), ("numeric", "select :1 + 1", (1,)),
        ("named", "select :a + 1", {"a": 1}), ("pyformat", "select %(a)s + 1", {"a": 1}),
    ):  # fmt: skip

        def styled(style=style, sql=sql, args=args):
            with c.cursor() as cursor:
                cursor.paramstyle = style
                cursor.execute(sql, args)
                same(2, cursor.fetchone()[0])

        check(f"statements: paramstyle {style}", styled)
    for value in (1, 2**40, 0.5, "it's \\ é", True, None, datetime.date(2024, 2, 29), decimal.Decimal("1.25"),
                  datetime.datetime(2024, 1, 2, 3, 4, 5, 678000), datetime.time(1, 2, 3)):  # fmt: skip
        check(
            f"statements: a parameter {value!r}",
            lambda value=value: same([value], row(c, "select %s", (value,))),
        )

    def many():
        with c.cursor() as cursor:
            cursor.executemany(
                f"insert into {t} (a, b) values (%s, %s)", [(n, f"row {n}") for n in range(100)]
            )
        same([100], row(c, f"select count(*) from {t}"))

    check("batch: executemany", many)

    def bulk():
        with c.cursor() as cursor:
            rows = [[n, f"row {n}"] for n in range(500)]
            cursor.insert_data_bulk(
                filename=csv(rows), table_name=f"{SCHEMA}.t", parameter_indices=[0, 1], column_names=["a", "b"],
                delimiter=",", batch_size=100,
            )  # fmt: skip
        same([600], row(c, f"select count(*) from {t}"))

    check("batch: insert_data_bulk", bulk)

    def rowcount():
        with c.cursor() as cursor:
            cursor.execute(f"update {t} set c = 1 where a < 10")
            same(20, cursor.rowcount)

    check("statements: row counts", rowcount)

    def pages():
        with c.cursor() as cursor:
            cursor.execute("select n::int, 'text ' || n from generate_series(1, 20000) g(n)")
            first = cursor.fetchmany(500)
            rest = cursor.fetchall()
            same((500, 19500, 200010000), (len(first), len(rest), sum(item[0] for item in (*first, *rest))))

    check("cursors: 20,000 rows", pages)

    def frame():
        with c.cursor() as cursor:
            cursor.execute(f"select a, b from {t} order by a limit 2")
            same((2, ["a", "b"]), (len(found := cursor.fetch_dataframe()), list(found.columns)))

    check("cursors: fetch_dataframe", frame)

    def write_frame():
        import pandas

        with c.cursor() as cursor:
            cursor.write_dataframe(pandas.DataFrame({"a": [1001, 1002], "b": ["x", "y"], "c": [1, 2]}), t)
        same([2], row(c, f"select count(*) from {t} where a > 1000"))

    check("cursors: write_dataframe", write_frame)

    def numpy():
        with c.cursor() as cursor:
            cursor.execute("select 1 union all select 2")
            same(3, int(cursor.fetch_numpy_array().sum()))

    check("cursors: fetch_numpy_array", numpy)

    def rollback():
        run(c, f"create table {SCHEMA}.tx (a int)")
        c.commit()
        run(c, f"insert into {SCHEMA}.tx values (1)")
        c.rollback()
        run(c, f"insert into {SCHEMA}.tx values (2)")
        c.commit()
        same([2], row(c, f"select sum(a) from {SCHEMA}.tx"))

    c.autocommit = False
    check("transactions: rollback and commit", rollback)

    def failed():
        fails(lambda: run(c, "select nope"), "42703")
        fails(lambda: run(c, "select 1"), "25P02")
        c.rollback()
        same([1], row(c, "select 1"))

    check("transactions: an error fails the rest", failed)
    c.rollback()
    c.autocommit = True
    for sql, state in (("select * from nowhere", "42P01"), ("selec 1", "42601"), ("select 'x'::int", "22P02"),
                       ("select 1/0", "22012"), ("select nope", "42703")):  # fmt: skip
        check(f"errors: {sql}", lambda sql=sql, state=state: fails(lambda: run(c, sql), state))
    check("errors: error classes", lambda: fails(lambda: run(c, "select nope"), "nope"))


def csv(rows):
    path = Path(mkdtemp()) / "rows.csv"
    path.write_text("a,b\n" + "".join(f"{a},{b}\n" for a, b in rows), encoding="utf-8")
    return str(path)


def metadata(c):
    run(c, f"create table {SCHEMA}.parent (id bigint identity(1,1) primary key, code varchar(10) default 'x')",
        f"create table {SCHEMA}.child (id int, parent bigint references {SCHEMA}.parent(id))",
        f"create view {SCHEMA}.pv as select code from {SCHEMA}.parent")  # fmt: skip

    def names(body):
        with c.cursor() as cursor:
            return {str(value) for item in body(cursor) for value in item}

    def has(body, *wanted):
        missing = set(wanted) - names(body)
        same(set(), missing)

    check("metadata: get_schemas", lambda: has(lambda k: k.get_schemas(), SCHEMA))
    check(
        "metadata: get_schemas of a pattern",
        lambda: has(lambda k: k.get_schemas(schema_pattern=SCHEMA), SCHEMA),
    )
    check("metadata: get_catalogs", lambda: has(lambda k: k.get_catalogs(), "dev"))
    check(
        "metadata: get_tables", lambda: has(lambda k: k.get_tables(None, SCHEMA, None, None), "parent", "pv")
    )
    check(
        "metadata: get_tables of types",
        lambda: has(lambda k: k.get_tables(None, SCHEMA, None, ["VIEW"]), "pv"),
    )
    check(
        "metadata: get_columns",
        lambda: has(lambda k: k.get_columns(None, SCHEMA, "parent", None), "id", "code"),
    )
    check(
        "metadata: get_primary_keys", lambda: has(lambda k: k.get_primary_keys(None, SCHEMA, "parent"), "id")
    )
    check("metadata: get_procedures", lambda: names(lambda k: k.get_procedures(None, SCHEMA, None)))
    check("metadata: get_table_types", lambda: names(lambda k: k.get_table_types()))


connecting()
with connect() as connection:
    connection.autocommit = True
    run(connection, f"create schema {SCHEMA}")
    statements(connection)
    metadata(connection)
    run(connection, f"drop schema {SCHEMA} cascade")
