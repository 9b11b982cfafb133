"""Tables and auto-copy jobs against env.yaml."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dpctl.config import Environment, load_environment
from dpctl.errors import UsageError
from dpctl.redshift import autocopy, build, ddl, settings, tables
from dpctl.redshift.autocopy import AutoCopy, LiveJob
from dpctl.redshift.copy import copy_sql
from dpctl.redshift.ddl import ColumnSpec, TableSpec, Type
from dpctl.redshift.executor import RecordingExecutor, Result
from dpctl.redshift.tables import Live
from tests.unit.redshift.fakes import FakeS3

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


@pytest.fixture(scope="module")
def dev(repo: Path) -> Environment:
    return load_environment(repo, "dev")


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


CATALOGUE_COLUMNS = (
    "schema_name",
    "table_name",
    "column_name",
    "data_type",
    "is_nullable",
    "encoding",
    "distkey",
    "sortkey",
)


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
    assert unload(dev, role="default").iam_role == "default"
    assert unload(dev).iam_role == "arn:aws:iam::054158074701:role/RedshiftS3role"
    assert unload(dev, name="public.orders").partition_by == ()


def test_an_unload_of_nothing(dev: Environment) -> None:
    with pytest.raises(UsageError, match="nothing to unload"):
        unload(dev, name=None)
    with pytest.raises(UsageError, match="no table 'order'") as caught:
        unload(dev, name="order")
    assert caught.value.hint == "--table orders"
    with pytest.raises(UsageError, match="'nope', which is not in the result"):
        unload(dev, options={"partition_by": ("nope",)})


def copy(dev: Environment, **values: Any) -> Any:
    fixed = {"name": "orders", "source": None, "columns": (), "role": None, "options": {}}
    return build.copy_of(dev, **(fixed | values))


def test_a_copy_takes_env_yaml_and_options_win(dev: Environment) -> None:
    assert copy(dev, name="order_files").source == "s3://manifest-bucket-054158074701/orders/"
    assert copy(dev, source="s3://a-b/c").columns[0] == "partkey"
    assert copy(dev, source="s3://a-b/c", options={"format": "csv"}).format == "csv"
    dynamodb = copy(dev, options={"read_ratio": 50})
    assert (dynamodb.source, dynamodb.columns, dynamodb.format) == ("dynamodb://Orders", (), "text")
    commands = "arn:aws:iam::054158074701:role/AmazonRedshift-CommandsAccessRole-20260201T170319"
    assert dynamodb.iam_role == commands
    assert copy(dev, name="order_files", role=ROLE).iam_role == ROLE
    with pytest.raises(UsageError, match="no load"):
        copy(dev, name="sales.items")


# auto-copy


def test_no_jobs_where_copies_are_scheduled(dev: Environment) -> None:
    mode = dev.config.s3_to_redshift.model_copy(update={"mode": "scheduled"})
    scheduled = replace(dev, config=dev.config.model_copy(update={"s3_to_redshift": mode}))
    assert autocopy.wanted(scheduled) == ()


@pytest.fixture
def job(dev: Environment) -> autocopy.Job:
    (job,) = autocopy.wanted(dev)
    return job


BUCKET = "manifest-bucket-054158074701"
DETAILS = ("file_location", "file_name", "file_size", "file_etag", "status")


def detail(*rows: tuple[Any, ...]) -> tuple[str, Result]:
    return "sys_copy_job_detail", Result("d", columns=DETAILS, rows=rows)


def auto(*answers: tuple[str, Any]) -> tuple[AutoCopy, RecordingExecutor, FakeS3]:
    executor, s3 = RecordingExecutor([*answers, detail()]), FakeS3()
    return AutoCopy(executor, s3, "ledger"), executor, s3


def put(s3: FakeS3, *names: str) -> None:
    for name in names:
        s3.put_object(Bucket=BUCKET, Key=f"orders/{name}", Body=name.encode())


def loaded(s3: FakeS3) -> list[list[str]]:
    """The files of each manifest, in the order in which they were written."""
    found = sorted((time, body) for (_, key), (body, time) in s3.objects.items() if key.endswith(".manifest"))
    return [[entry["url"].rpartition("/")[2] for entry in json.loads(body)["entries"]] for _, body in found]


def test_the_jobs_of_env_yaml(job: autocopy.Job) -> None:
    assert (job.name, job.table) == ("order_files_autocopy", "order_files")
    assert copy_sql(job.statement).endswith("FORMAT AS PARQUET\nJOB CREATE order_files_autocopy AUTO ON")


def test_a_new_job_loads_what_is_there_first(job: autocopy.Job) -> None:
    maker, executor, s3 = auto()
    put(s3, "a", "b", "folder/")
    done = maker.create(job, [], backfill=None)
    assert (done.action, len(done.loads)) == ("created", 1)
    assert loaded(s3) == [["a", "b"]]
    copies = [sql for sql in executor.statements if sql.startswith("COPY")]
    assert "\nMANIFEST" in copies[0]
    assert "s3://ledger/_dpctl/autocopy/order_files_autocopy/" in copies[0]
    assert copies[1] == copy_sql(job.statement)


def test_creating_again_loads_nothing_twice(job: autocopy.Job) -> None:
    maker, executor, s3 = auto()
    put(s3, "a")
    maker.create(job, [], backfill=True)
    put(s3, "b")
    maker.create(job, [], backfill=True)
    assert loaded(s3) == [["a"], ["b"]]
    s3.put_object(Bucket=BUCKET, Key="orders/a", Body=b"written anew")
    maker.create(job, [], backfill=True)
    assert loaded(s3)[2:] == [["a"]]
    assert len(set(filter(None, executor.tokens))) == 3


def test_what_arrives_while_the_job_is_made_is_loaded_too(job: autocopy.Job) -> None:
    maker, executor, s3 = auto()
    put(s3, "a")
    run = executor.run

    def arriving(sql: str, **options: Any) -> Result:
        if "MANIFEST" in sql and len(loaded(s3)) == 1:
            put(s3, "between")
        if "JOB CREATE" in sql:
            put(s3, "after")
        return run(sql, **options)

    executor.run = arriving  # type: ignore[method-assign]
    done = maker.create(job, [], backfill=True)
    assert loaded(s3) == [["a"], ["between"]]
    assert [file.url.rpartition("/")[2] for file in done.uncertain] == ["after"]


def test_a_table_with_rows_needs_a_word(job: autocopy.Job) -> None:
    maker, executor, s3 = auto(("LIMIT 1", Result("r", columns=("x",), rows=((1,),))))
    put(s3, "a")
    with pytest.raises(UsageError, match="has rows") as caught:
        maker.create(job, [], backfill=None)
    assert "--no-backfill" in caught.value.hint
    assert not any("JOB CREATE" in sql for sql in executor.statements)
    maker.create(job, [], backfill=False)
    assert loaded(s3) == []


def test_a_job_that_is_there_is_kept_or_replaced(job: autocopy.Job) -> None:
    maker, executor, s3 = auto()
    put(s3, "a")
    spaced = copy_sql(job.plain).replace("\n", "   ").replace("FORMAT AS", "format as")
    assert maker.create(job, [LiveJob(job.name, spaced, auto=True)], backfill=None).action == "kept"
    assert executor.statements == []
    other = LiveJob(job.name, spaced.replace("/orders/", "/other/"), auto=True)
    assert maker.create(job, [other], backfill=None).action == "replaced"
    assert executor.statements[0] == "COPY JOB DROP order_files_autocopy"
    assert loaded(s3) == []


def test_states(job: autocopy.Job) -> None:
    text = copy_sql(job.plain)
    states = {
        (): "missing",
        (LiveJob(job.name, text, auto=True),): "in sync",
        (LiveJob(job.name, copy_sql(job.statement), auto=True),): "in sync",
        (LiveJob(job.name, text, auto=False),): "changed",
        (LiveJob(job.name, text + " MAXERROR 5", auto=True),): "changed",
    }
    for there, state in states.items():
        (status,) = autocopy.statuses([job], there)
        assert status.state == state
    (status,) = autocopy.statuses([], [LiveJob("other", text, auto=True)])
    assert status.state == "not in env.yaml"


def test_failed_files_are_retried_once(job: autocopy.Job) -> None:
    rows = ((BUCKET, "orders/bad", 3, "e", "E"), (BUCKET, "orders/good", 4, "e", "Ingested"))
    maker, _, s3 = auto(detail(*rows, (BUCKET, "orders/gone", 4, "e", "Error")))
    put(s3, "bad", "good", "missed")
    assert len(maker.retry(job)) == 1
    assert maker.retry(job) == []
    maker.retry(job, missed=True)
    assert loaded(s3) == [["bad"], ["missed"]]


@pytest.mark.parametrize(
    ("location", "name"),
    [
        (BUCKET, "orders/a"),
        ("", "orders/a"),
        ("", f"s3://{BUCKET}/orders/a"),
        (f"s3://{BUCKET}", "orders/a"),
        (f"s3://{BUCKET}/orders/a", "orders/a"),
        (f"s3://{BUCKET}/orders/a", "a"),
    ],
)
def test_files_are_known_by_their_url(job: autocopy.Job, location: str, name: str) -> None:
    maker, _, _ = auto(detail((location, name, None, "x", "I")))
    assert maker.files(job) == [
        {"url": f"s3://{BUCKET}/orders/a", "bytes": None, "rows": None, "status": "I"}
    ]


def test_run_drop_and_find(job: autocopy.Job) -> None:
    maker, executor, _ = auto()
    maker.run(job.name)
    maker.drop(job.name)
    assert executor.statements == [
        "COPY JOB RUN order_files_autocopy",
        "COPY JOB DROP order_files_autocopy",
    ]
    assert autocopy.find([job], "order_files") is job
    with pytest.raises(UsageError, match="no auto-copy job 'x'"):
        autocopy.find([job], "x")


def test_live_jobs() -> None:
    rows = (("a ", "COPY ...", 1), ("b", "COPY ...", "f"))
    maker, _, _ = auto(("sys_copy_job", Result("j", columns=("job_name", "job_text", "is_auto"), rows=rows)))
    assert maker.live() == [LiveJob("a", "COPY ...", True), LiveJob("b", "COPY ...", False)]
