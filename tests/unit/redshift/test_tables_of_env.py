"""Tables against env.yaml, and the statements that env.yaml makes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dpctl.config import Environment, load_environment
from dpctl.errors import UsageError
from dpctl.redshift import build, ddl, settings, tables
from dpctl.redshift.ddl import ColumnSpec, TableSpec, Type
from dpctl.redshift.executor import RecordingExecutor, Result
from dpctl.redshift.tables import Live
from tests.unit.redshift.answers import CATALOGUE_COLUMNS

ROLE = "arn:aws:iam::054158074701:role/Mine"
ORDERS = TableSpec(
    "public",
    "orders",
    (
        ColumnSpec("id", Type("character varying", (64,)), nullable=False),
        ColumnSpec("amount", Type("numeric", (12, 2)), encode="az64"),
        ColumnSpec("note", Type("character varying", (100,))),
    ),
    key=("id",),
    distribution_key="id",
    sort_key=("amount",),
)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("varchar(64)", "character varying(64)"),
        ("VARCHAR", "varchar(256)"),
        ("decimal", "numeric(18,0)"),
        ("decimal(12)", "numeric(12, 0)"),
        ("int", "integer"),
        ("bool", "boolean"),
        ("float", "double precision"),
        ("timestamptz", "timestamp with time zone"),
        ("char", "character(1)"),
    ],
)
def test_spellings_of_one_type(one: str, other: str) -> None:
    assert Type.parse(one) == Type.parse(other)


def test_the_text_of_every_ddl_statement() -> None:
    assert ddl.create_schema_sql("sales") == 'CREATE SCHEMA IF NOT EXISTS "sales"'
    assert ddl.create_table_sql(ORDERS) == (
        'CREATE TABLE "public"."orders" (\n'
        '  "id" character varying(64) NOT NULL,\n'
        '  "amount" numeric(12,2) ENCODE AZ64,\n'
        '  "note" character varying(100),\n'
        '  PRIMARY KEY ("id")\n'
        ")\n"
        'DISTSTYLE KEY DISTKEY ("id")\n'
        'COMPOUND SORTKEY ("amount")'
    )
    column = ORDERS.columns[1]
    assert ddl.add_column_sql(ORDERS, column) == (
        'ALTER TABLE "public"."orders" ADD COLUMN "amount" numeric(12,2) ENCODE AZ64'
    )
    assert ddl.alter_encode_sql(ORDERS, column).endswith('ALTER COLUMN "amount" ENCODE AZ64')
    assert ddl.alter_type_sql(ORDERS, ORDERS.columns[2]).endswith(
        'ALTER COLUMN "note" TYPE character varying(100)'
    )
    assert ddl.alter_distribution_sql(ORDERS).endswith('ALTER DISTSTYLE KEY DISTKEY "id"')
    assert ddl.alter_sort_sql(ORDERS).endswith('ALTER COMPOUND SORTKEY ("amount")')


def live(table: TableSpec) -> Live:
    return Live(frozenset({"public"}), {(table.schema, table.name): table})


def columns(**changes: ColumnSpec | None) -> tuple[ColumnSpec, ...]:
    """The live columns: some replaced, some taken away, some added."""
    known = {column.name: column for column in ORDERS.columns} | changes
    return tuple(column for column in known.values() if column)


@pytest.mark.parametrize(
    ("there", "kinds"),
    [
        (ORDERS, []),
        (replace(ORDERS, columns=columns(note=None)), ["add-column"]),
        (replace(ORDERS, columns=columns(id=None)), ["add-column refused"]),
        (
            replace(ORDERS, columns=columns(note=ColumnSpec("note", Type("character varying", (9,))))),
            ["type"],
        ),
        (
            replace(ORDERS, columns=columns(note=ColumnSpec("note", Type("character varying", (999,))))),
            ["type refused"],
        ),
        (
            replace(
                ORDERS,
                columns=columns(note=ColumnSpec("note", Type("character varying", (9,)), encode="text255")),
            ),
            ["type refused"],
        ),
        (replace(ORDERS, columns=columns(note=ColumnSpec("note", Type("date")))), ["type refused"]),
        (
            replace(ORDERS, columns=columns(amount=ColumnSpec("amount", Type("numeric", (10, 2))))),
            ["type refused"],
        ),
        (
            replace(ORDERS, columns=columns(id=ColumnSpec("id", Type("character varying", (64,))))),
            ["nullability refused"],
        ),
        (
            replace(ORDERS, columns=columns(amount=replace(ORDERS.columns[1], encode="zstd"))),
            ["encoding"],
        ),
        (replace(ORDERS, distribution_key=None), ["distribution"]),
        (replace(ORDERS, sort_key=("id", "amount")), ["sort"]),
        (replace(ORDERS, columns=columns(more=ColumnSpec("more", Type("date")))), ["extra-column"]),
    ],
)
def test_differences(there: TableSpec, kinds: list[str]) -> None:
    changes = tables.diff((ORDERS,), live(there))
    assert [change.kind + " refused" * change.refused for change in changes] == kinds
    assert all(change.sql or change.reason for change in changes)


def test_what_env_yaml_leaves_open_is_no_difference() -> None:
    open_ = replace(ORDERS, distribution_key=None, sort_key=())
    assert tables.diff((open_,), live(ORDERS)) == []


def test_schemas_come_first() -> None:
    sales = replace(ORDERS, schema="sales")
    changes = tables.diff((ORDERS, sales), Live(frozenset({"public"}), {}))
    assert [change.kind for change in changes] == ["create-schema", "create-table", "create-table"]


def test_the_catalogue_is_read() -> None:
    rows = (
        ("public", "orders", "id", "character varying(64)", "NO", "none", "true", 0),
        ("public", "orders", "amount", "numeric(12,2)", "YES", "az64", False, "1"),
        ("public", "orders", "note", "character varying(100)", "YES", "lzo", "f", 0),
    )
    executor = RecordingExecutor(
        [
            ("pg_namespace", Result("s", columns=("nspname",), rows=(("public",),))),
            ("svv_redshift_columns", Result("c", columns=CATALOGUE_COLUMNS, rows=rows)),
        ]
    )
    there = tables.read_live(executor, (ORDERS,))
    assert tables.diff((ORDERS,), there) == []
    assert "table_name IN ('orders')" in executor.statements[1]


def test_env_yaml_becomes_tables(dev: Environment) -> None:
    orders, files = tables.wanted(dev)
    assert (orders.name, orders.distribution_key, orders.sort_key) == ("orders", "partkey", ("order_date",))
    assert files.columns[3].type == Type("numeric", (12, 2))


def test_where_things_are(dev: Environment, repo: Path) -> None:
    assert settings.role_arn(dev, "Other") == "arn:aws:iam::054158074701:role/Other"
    assert [place.uri for place in settings.watched(dev)] == ["s3://manifest-bucket-054158074701/orders/"]
    prod = load_environment(repo, "prod")
    assert settings.role_arn(prod, "R") == "arn:aws:iam::111122223333:role/data-pipeline-prod-R"


def unload(dev: Environment, **values: Any) -> Any:
    fixed = {"name": "orders", "query": None, "to": None, "run": "1", "role": None, "options": {}}
    return build.unload_of(dev, **(fixed | values))


def test_an_unload_takes_env_yaml_and_options_win(dev: Environment) -> None:
    statement = unload(dev)
    assert (statement.format, statement.to) == (
        "parquet",
        "s3://data-pipeline-exports-054158074701/orders/run=1/",
    )
    assert str(statement.max_file_size) == "256 MB"
    assert unload(dev, options={"format": "csv", "header": True}).header
    assert unload(dev, name=None, query="SELECT 1").to.endswith("/query/run=1/")
    assert unload(dev, name="sales.items").query == 'SELECT * FROM "sales"."items"'
    assert unload(dev, name='"s.x"."a""b"').query == 'SELECT * FROM "s.x"."a""b"'
    assert unload(dev, name='sales."it ems"').query == 'SELECT * FROM "sales"."it ems"'
    assert unload(dev, name="s.a.b").query == 'SELECT * FROM "s"."a.b"'
    assert unload(dev, role="default").iam_role == "default"
    assert unload(dev).iam_role == "arn:aws:iam::054158074701:role/RedshiftS3role"
    assert unload(dev, name="public.orders").partition_by == ()


def test_an_unload_of_nothing(dev: Environment) -> None:
    with pytest.raises(UsageError, match="nothing to unload"):
        unload(dev, name=None)
    with pytest.raises(UsageError, match="no table 'order'") as caught:
        unload(dev, name="order")
    assert caught.value.hint == "--table orders"
    with pytest.raises(UsageError, match="no table 'elsewhere'") as caught:
        unload(dev, name="elsewhere")
    assert caught.value.hint.endswith("public.elsewhere")
    with pytest.raises(UsageError, match="'nope', which is not in the result"):
        unload(dev, options={"partition_by": ("nope",)})


def copy(dev: Environment, **values: Any) -> Any:
    fixed = {"name": "orders", "source": None, "columns": (), "role": None, "options": {}}
    return build.copy_of(dev, **(fixed | values))


def test_a_copy_takes_env_yaml_and_options_win(dev: Environment) -> None:
    assert copy(dev, name="order_files").source == "s3://manifest-bucket-054158074701/orders/"
    assert copy(dev, source="s3://a-b/c").columns[0] == "partkey"
    assert copy(dev, source="s3://a-b/c", options={"format": "csv"}).format == "csv"
    with pytest.raises(UsageError, match="COPY from dynamodb://Orders would double the rows of orders"):
        copy(dev, options={"read_ratio": 50})
    commands = "arn:aws:iam::054158074701:role/AmazonRedshift-CommandsAccessRole-20260201T170319"
    assert copy(dev, source="s3://a-b/c").iam_role == commands
    assert copy(dev, name="order_files", role=ROLE).iam_role == ROLE
    with pytest.raises(UsageError, match="no load"):
        copy(dev, name="sales.items")
