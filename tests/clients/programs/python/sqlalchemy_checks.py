"""SQLAlchemy's dialect of Redshift, and pandas on it: connect, reflect, to_sql, read_sql."""

from __future__ import annotations

import datetime
import decimal
import os

import pandas
import sqlalchemy as sa
from checks import CASES, SCHEMA, check, fails, same

URL = sa.engine.URL.create(
    "redshift+redshift_connector", os.environ["PGUSER"], os.environ["PGPASSWORD"], os.environ["PGHOST"],
    int(os.environ["PGPORT"]), os.environ["PGDATABASE"],
)  # fmt: skip
VERIFIED = {"ssl": True, "sslmode": "verify-ca"}


def engine(**options):
    return sa.create_engine(URL, connect_args=VERIFIED | options)


def scalar(sql, **args):
    with ENGINE.connect() as connection:
        return connection.execute(sa.text(sql), args).scalar()


def run(*sqls):
    with ENGINE.begin() as connection:
        for sql in sqls:
            connection.execute(sa.text(sql))


ENGINE = engine()


def connecting():
    for name, options in {
        "verify-ca": {}, "plain": {"ssl": False}, "verify-full": {"sslmode": "verify-full"},
        "application_name": {"application_name": "sa"},
    }.items():  # fmt: skip

        def go(options=options):
            other = engine(**options)
            with other.connect() as connection:
                same(7, connection.execute(sa.text("select 7")).scalar())
            other.dispose()

        check(f"connect: {name}", go)
    check("connect: the dialect's first questions", lambda: ENGINE.dialect.server_version_info or "none")
    check("connect: default schema", lambda: same("public", sa.inspect(ENGINE).default_schema_name))
    check("connect: autocommit", autocommit)


def autocommit():
    with ENGINE.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sa.text(f"create table {SCHEMA}.auto (a int)"))
    same(0, scalar(f"select count(*) from {SCHEMA}.auto"))


def values():
    for name, sql, wanted, kind in CASES["values"]:

        def go(sql=sql, wanted=wanted, kind=kind):
            found = scalar(sql.replace(":", "\\:").replace("\\:\\:", "\\:\\:"))
            if wanted is None or kind in ("varchar", "bpchar"):
                same(wanted, found)
            elif kind in ("int2", "int4", "int8", "numeric"):
                same(decimal.Decimal(wanted), decimal.Decimal(found))
            elif kind == "bool":
                same(True, found)

        check(f"values: {name}", go)
    run(f"create table {SCHEMA}.r (a int)")
    for sql in CASES["refused"]:
        check(f"refused: {sql}", lambda sql=sql: fails(lambda: run(sql.replace("T", f"{SCHEMA}.r").replace("::", "\\:\\:")), "0A000", "42601", "42883", "42704"))  # fmt: skip
    for value in (1, 2**40, 0.5, "it's \\ é", True, None, datetime.date(2024, 2, 29), decimal.Decimal("1.25"),
                  datetime.datetime(2024, 1, 2, 3, 4, 5, 678000)):  # fmt: skip
        check(
            f"statements: a parameter {value!r}",
            lambda value=value: same(value, scalar("select :a", a=value)),
        )


def tables():
    meta = sa.MetaData(schema=SCHEMA)
    parent = sa.Table(
        "parent", meta, sa.Column("id", sa.Integer, primary_key=True, autoincrement=False), sa.Column("code", sa.String(10), nullable=False),
        sa.Column("price", sa.Numeric(10, 2)), sa.Column("at", sa.DateTime), sa.Column("on", sa.Date), sa.Column("ok", sa.Boolean),
        sa.Column("f", sa.Float), sa.Column("big", sa.BigInteger), redshift_diststyle="KEY", redshift_distkey="id",
        redshift_sortkey="code",
    )  # fmt: skip
    child = sa.Table(
        "child",
        meta,
        sa.Column("id", sa.Integer),
        sa.Column("parent", sa.Integer, sa.ForeignKey(parent.c.id)),
    )
    check("tables: create_all", lambda: meta.create_all(ENGINE))
    check("tables: create_all once more", lambda: meta.create_all(ENGINE))
    insert = [{"id": n, "code": f"c{n}", "price": decimal.Decimal("1.50"), "at": datetime.datetime(2024, 1, 2, 3, 4, 5),
               "on": datetime.date(2024, 2, 29), "ok": True, "f": 0.5, "big": 2**40} for n in range(3)]  # fmt: skip

    def inserted():
        with ENGINE.begin() as connection:
            connection.execute(parent.insert(), insert)
            same(3, connection.execute(sa.select(sa.func.count()).select_from(parent)).scalar())

    check("tables: insert rows", inserted)

    def selected():
        with ENGINE.connect() as connection:
            row = connection.execute(sa.select(parent).where(parent.c.id == 1)).mappings().one()
        same({**insert[1]}, dict(row))

    check("tables: select them", selected)

    def joined():
        with ENGINE.begin() as connection:
            connection.execute(child.insert(), [{"id": 1, "parent": 2}])
            query = (
                sa.select(parent.c.code)
                .join(child, child.c.parent == parent.c.id)
                .order_by(parent.c.code)
                .limit(1)
            )
            same("c2", connection.execute(query).scalar())

    check("tables: join, order, limit", joined)

    def changed():
        with ENGINE.begin() as connection:
            same(1, connection.execute(parent.update().where(parent.c.id == 0).values(code="new")).rowcount)
            same(1, connection.execute(parent.delete().where(parent.c.id == 0)).rowcount)

    check("tables: update and delete", changed)

    def taken_back():
        with ENGINE.connect() as connection:
            connection.begin()
            connection.execute(child.delete())
            connection.rollback()
        same(1, scalar(f"select count(*) from {SCHEMA}.child"))

    check("transactions: rollback", taken_back)
    run(f"create view {SCHEMA}.pv as select code from {SCHEMA}.parent")


def reflecting():
    def look():
        return sa.inspect(ENGINE)

    check("reflect: schemas", lambda: same(True, SCHEMA in look().get_schema_names()))
    check("reflect: tables", lambda: same(True, {"parent", "child"} <= set(look().get_table_names(SCHEMA))))
    check("reflect: views", lambda: same(["pv"], look().get_view_names(SCHEMA)))
    check(
        "reflect: has_table",
        lambda: same((True, False), (look().has_table("parent", SCHEMA), look().has_table("none", SCHEMA))),
    )
    check(
        "reflect: columns",
        lambda: same(
            ["id", "code", "price", "at", "on", "ok", "f", "big"],
            [c["name"] for c in look().get_columns("parent", SCHEMA)],
        ),
    )
    check("reflect: types", lambda: same(["INTEGER", "VARCHAR(10)", "NUMERIC(10, 2)", "TIMESTAMP", "DATE", "BOOLEAN", "DOUBLE PRECISION", "BIGINT"],
        [str(c["type"]) for c in look().get_columns("parent", SCHEMA)]))  # fmt: skip
    check(
        "reflect: not null",
        lambda: same([False, False, True], [c["nullable"] for c in look().get_columns("parent", SCHEMA)][:3]),
    )
    check(
        "reflect: primary key",
        lambda: same(["id"], look().get_pk_constraint("parent", SCHEMA)["constrained_columns"]),
    )
    check(
        "reflect: foreign keys",
        lambda: same(
            [("parent", ["id"])],
            [(k["referred_table"], k["referred_columns"]) for k in look().get_foreign_keys("child", SCHEMA)],
        ),
    )
    check("reflect: unique", lambda: look().get_unique_constraints("parent", SCHEMA))
    check("reflect: indexes", lambda: same([], look().get_indexes("parent", SCHEMA)))
    check("reflect: view definition", lambda: same(True, "code" in look().get_view_definition("pv", SCHEMA)))
    check(
        "reflect: table options",
        lambda: same("KEY", look().get_table_options("parent", SCHEMA)["redshift_diststyle"]),
    )

    def whole():
        meta = sa.MetaData()
        table = sa.Table("child", meta, schema=SCHEMA, autoload_with=ENGINE)
        same({"id", "parent"}, set(table.columns.keys()))
        same(True, f"{SCHEMA}.parent" in meta.tables)

    check("reflect: a table and what it refers to", whole)


def frames():
    frame = pandas.DataFrame({"n": range(5), "s": [f"row {n}" for n in range(5)], "f": [0.5] * 5, "b": [True, False] * 2 + [None],
                              "d": pandas.to_datetime(["2024-02-29"] * 5)})  # fmt: skip

    def write(how, rows, **options):
        frame.to_sql("frame", ENGINE, schema=SCHEMA, if_exists=how, index=False, **options)
        same(rows, scalar(f"select count(*) from {SCHEMA}.frame"))

    check("pandas: to_sql fail", lambda: write("fail", 5))
    check("pandas: to_sql fail, the second time", lambda: fails(lambda: write("fail", 5), "already exists"))
    check("pandas: to_sql append", lambda: write("append", 10))
    check("pandas: to_sql multi", lambda: write("append", 15, method="multi"))
    check("pandas: to_sql replace", lambda: write("replace", 5))
    check(
        "refused: to_sql with an index (CREATE INDEX)",
        lambda: fails(lambda: frame.to_sql("indexed", ENGINE, schema=SCHEMA), "CREATE INDEX"),
    )
    check(
        "pandas: read_sql",
        lambda: same(
            list(range(5)), list(pandas.read_sql(f"select n from {SCHEMA}.frame order by n", ENGINE)["n"])
        ),
    )
    check(
        "pandas: read_sql with parameters",
        lambda: same(
            ["row 3"],
            list(
                pandas.read_sql(
                    sa.text(f"select s from {SCHEMA}.frame where n = :n"), ENGINE, params={"n": 3}
                )["s"]
            ),
        ),
    )
    check(
        "pandas: read_sql_table", lambda: same(5, len(pandas.read_sql_table("frame", ENGINE, schema=SCHEMA)))
    )
    check(
        "pandas: read_sql in chunks",
        lambda: same(
            [2000] * 5,
            [
                len(part)
                for part in pandas.read_sql(
                    "select n::int from generate_series(1, 10000) g(n)", ENGINE, chunksize=2000
                )
            ],
        ),
    )


run(f"create schema {SCHEMA}")
connecting()
values()
tables()
reflecting()
frames()
run(f"drop schema {SCHEMA} cascade")
