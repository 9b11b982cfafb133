"""Tables, COPY and UNLOAD in the sandbox, as typed: what goes in comes out, row for row."""

from __future__ import annotations

import json
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from dpctl import sandbox
from dpctl.aws import Aws
from dpctl.cli import app, statements
from dpctl.config import Environment
from dpctl.redshift import settings
from dpctl.redshift.transfer import Transfers
from dpctl.redshift.unload import Unload
from tests.integration import orders
from tests.integration.conftest import copy_tree, denied, faults
from tests.integration.orders import Row

pytestmark = pytest.mark.sandbox

COUNT = 100_000
EXPORTS = "data-pipeline-exports-054158074701"
SOURCE = "manifest-bucket-054158074701"
LOAD = f"s3://{SOURCE}/load/"


@dataclass(frozen=True)
class Place:
    """A running sandbox and the command line on it."""

    root: Path
    environment: Environment
    s3: Any

    def __call__(self, *words: str) -> Any:
        return CliRunner().invoke(
            app, ["--root", str(self.root), "--sandbox", *words], catch_exceptions=False
        )

    def json(self, *words: str, code: int = 0) -> Any:
        result = self(*words, "--json")
        assert result.exit_code == code, result.stderr
        return json.loads(result.stdout)

    def put(self, key: str, body: bytes) -> None:
        self.s3.put_object(Bucket=SOURCE, Key=key, Body=body)

    def bodies(self, document: Any) -> list[bytes]:
        """The files of an unload, fetched from S3."""
        return [self.body(file["url"]) for file in document["files"]]

    def body(self, url: str) -> bytes:
        bucket, _, key = url.removeprefix("s3://").partition("/")
        return bytes(self.s3.get_object(Bucket=bucket, Key=key)["Body"].read())


@pytest.fixture(scope="module")
def place(repo: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    made = copy_tree(repo, tmp_path_factory.mktemp("redshift"))
    environment = made.environment("dev")
    try:
        info = sandbox.start(environment)
        s3 = Aws(info.region, info.environment()).client("s3")
        where = {"LocationConstraint": info.region}
        s3.create_bucket(Bucket=EXPORTS, CreateBucketConfiguration=where)
        yield Place(made.root, environment, s3)
    finally:
        sandbox.stop(environment)


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    return orders.make(COUNT)


@pytest.fixture(scope="module")
def loaded(place: Place, rows: list[Row]) -> Place:
    """The tables of env.yaml, and 100,000 orders in one of them, loaded from four Parquet files."""
    result = place("tables", "apply", "--yes")
    assert result.exit_code == 0, result.stderr
    quarter = COUNT // 4
    for number in range(4):
        part = rows[number * quarter : (number + 1) * quarter]
        place.put(f"load/part-{number}.parquet", orders.parquet(part))
    document = place.json("copy", "--table", "orders", "--from", LOAD)
    assert (document["rows"], document["files"]) == (COUNT, 4)
    return place


FORMATS: dict[str, tuple[list[str], Callable[[list[bytes]], list[Row]]]] = {
    "parquet": ([], orders.from_parquet),
    "csv": (["--format", "csv", "--header", "--compression", "gzip", "--null-as", "\\N"], orders.from_csv),
    "json": (["--format", "json"], orders.from_json),
    "partitioned": (["--partition-by", "order_date", "--include"], orders.from_parquet),
}


@pytest.mark.parametrize("via", ["data-api", "connector"])
@pytest.mark.parametrize("name", FORMATS)
def test_what_was_loaded_is_unloaded_row_for_row(loaded: Place, rows: list[Row], name: str, via: str) -> None:
    options, read = FORMATS[name]
    to = f"s3://{EXPORTS}/{name}/{via}/"
    document = loaded.json("unload", "--table", "orders", "--to", to, "--via", via, *options)
    assert (document["ok"], document["rows"], document["problems"]) == (True, COUNT, [])
    header = len(document["files"]) if name == "csv" else 0
    assert sum(file["rows"] for file in document["files"]) - header == COUNT
    assert read(loaded.bodies(document)) == rows
    if name == "partitioned":
        folders = {file["url"].removeprefix(to).partition("/")[0] for file in document["files"]}
        days = {row[6].isoformat() if row[6] else "__HIVE_DEFAULT_PARTITION__" for row in rows}
        assert folders == {f"order_date={day}" for day in days}


def test_a_round_trip_changes_nothing(loaded: Place, rows: list[Row]) -> None:
    written = loaded.json("unload", "--table", "orders", "--to", f"s3://{EXPORTS}/trip/")
    checksum = _checksum(loaded)
    _sql(loaded, "DROP TABLE orders")
    assert loaded("tables", "apply", "--yes").exit_code == 0
    assert _checksum(loaded) != checksum
    document = loaded.json("copy", "--table", "orders", "--from", written["manifest"], "--manifest")
    assert (document["rows"], document["problems"]) == (COUNT, [])
    assert _checksum(loaded) == checksum
    again = loaded("tables", "diff", "--detailed-exitcode")
    assert again.stdout == "No changes. The tables of dev match its env.yaml.\n"


@pytest.mark.parametrize(
    "options", [[], ["--format", "json"], ["--format", "csv", "--header"], ["--format", "text"]]
)
def test_the_place_that_unload_prints_is_what_copy_takes(loaded: Place, options: list[str]) -> None:
    to = f"s3://{EXPORTS}/compose/{'-'.join(options) or 'parquet'}/"
    query = ["--query", "SELECT * FROM orders WHERE partkey LIKE '%7'"]
    written = loaded.json("unload", *query, "--to", to, *options)
    checksum = _checksum(loaded)
    document = loaded.json("copy", "--table", "orders", "--from", written["location"])
    assert (document["rows"], document["problems"]) == (written["rows"], [])
    _sql(loaded, "DELETE FROM orders WHERE partkey LIKE '%7'")
    loaded.json("copy", "--table", "orders", "--from", written["location"])
    assert _checksum(loaded) == checksum


def test_stale_files_beside_an_unload_fail(loaded: Place) -> None:
    to = ["--to", f"s3://{EXPORTS}/stale/"]
    first = loaded.json("unload", "--query", "SELECT * FROM orders WHERE partkey LIKE '%77'", *to)
    again = loaded("unload", "--query", "SELECT 1 AS one", "--format", "csv", *to, "--allow-overwrite")
    assert again.exit_code == 1
    assert f"{len(first['files'])} objects that this UNLOAD did not write" in again.stderr


def test_sql_by_hand_and_what_ran(loaded: Place) -> None:
    for via in ("data-api", "connector"):
        found = loaded.json("sql", "SELECT count(*) AS n, NULL AS nothing FROM orders", "--via", via)[
            "statements"
        ]
        assert (found[0]["columns"], found[0]["rows"]) == (["n", "nothing"], [[COUNT, None]])
        taken_back = "BEGIN; DELETE FROM orders; ROLLBACK; SELECT count(*) FROM orders"
        found = loaded.json("sql", taken_back, "--via", via, "--write")["statements"]
        assert found[-1]["rows"] == [[COUNT]]
    refused = loaded("sql", "TRUNCATE orders")
    assert (
        refused.exit_code,
        loaded.json("sql", "SELECT count(*) FROM orders")["statements"][0]["rows"],
    ) == (
        2,
        [[COUNT]],
    )
    ran = loaded.json("statements", "list", "--limit", "1")["statements"][0]
    assert (ran["state"], ran["sql"]) == ("finished", "SELECT count(*) FROM orders")
    assert loaded.json("statements", "show", ran["id"])["statement"]["rows"] == 1


def test_an_unload_whose_manifest_may_not_be_read_is_told_all_the_same(loaded: Place) -> None:
    faults(loaded.environment, denied("s3", "GetObject"))
    try:
        result = loaded("unload", "--query", "SELECT 1 AS one", "--to", f"s3://{EXPORTS}/unseen/")
    finally:
        faults(loaded.environment)
    assert result.exit_code == 4
    assert "1 row" in result.stdout
    assert f"s3://{EXPORTS}/unseen/" in result.stdout
    assert "IAM_ROLE" not in result.stderr


def test_nothing_is_overwritten(loaded: Place) -> None:
    words = ["unload", "--query", "SELECT 1 AS one", "--to", f"s3://{EXPORTS}/once/"]
    assert loaded(*words).exit_code == 0
    second = loaded(*words)
    assert second.exit_code == 1
    assert "UNLOAD does not overwrite" in second.stderr
    assert loaded(*words, "--allow-overwrite").exit_code == 0


def test_no_rows(loaded: Place) -> None:
    words = ["unload", "--query", "SELECT * FROM orders WHERE 1 = 0", "--to", f"s3://{EXPORTS}/none/"]
    result = loaded(*words, "--format", "json")
    assert result.exit_code == 0, result.stderr
    assert "that is not a failure" in result.stdout


def test_hostile_values_in_a_query(loaded: Place, rows: list[Row]) -> None:
    hostile = orders.NOTES[-1]
    query = f"SELECT partkey FROM orders WHERE note = '{hostile}' AND partkey < 'order-0000100'"
    document = loaded.json("unload", "--query", query, "--to", f"s3://{EXPORTS}/hostile/", "--format", "csv")
    expected = sorted(row[0] for row in rows[:100] if row[4] == hostile)
    found = b"".join(loaded.bodies(document)).decode().split()
    assert sorted(found) == expected


def test_a_token_runs_once(loaded: Place) -> None:
    words = ["unload", "--query", "SELECT 1 AS one", "--format", "csv", "--token", "once-and-never-again"]
    first, second = loaded.json(*words), loaded.json(*words)
    assert (first["repeated"], second["repeated"]) == (False, True)
    assert first["statement_id"] == second["statement_id"]
    assert first["files"] == second["files"]


def test_a_thousand_files_with_three_bad_rows(loaded: Place) -> None:
    _sql(loaded, "DROP TABLE IF EXISTS many; CREATE TABLE many (id integer, day date, name varchar(5))")
    bad = {17: "x17,2026-01-01,a\n", 400: "400,2026-13-01,a\n", 999: "999,2026-01-01,too long\n"}
    for number in range(1000):
        line = bad.get(number, f"{number},2026-01-01,a\n")
        loaded.put(f"many/{number:04d}.csv", f"{number},2026-01-01,ok\n{line}".encode())
    words = ["copy", "--table", "public.many", "--from", f"s3://{SOURCE}/many/", "--format", "csv"]
    failed = loaded.json(*words, code=1)
    assert failed["ok"] is False
    passed = loaded.json(*words, "--max-error", "10")
    assert passed["rows"] == 1997
    found = {(e["file"].rpartition("/")[2], e["line"], e["column"]) for e in passed["errors"]}
    assert found == {("0017.csv", 2, "id"), ("0400.csv", 2, "day"), ("0999.csv", 2, "name")}
    assert all(error["message"] for error in passed["errors"])
    shown = {error["file"]: error for error in failed["errors"]}
    assert f"s3://{SOURCE}/many/0017.csv" in shown


def test_errors_as_redshift_words_them(loaded: Place) -> None:
    limit = loaded("unload", "--query", "SELECT * FROM nowhere", "--to", f"s3://{EXPORTS}/x1/")
    assert limit.exit_code == 1
    assert " tables apply" in limit.stderr
    nobody = "arn:aws:iam::054158074701:role/NoSuchRole"
    role = loaded("unload", "--table", "orders", "--iam-role", nobody, "--to", f"s3://{EXPORTS}/x2/")
    assert role.exit_code == 4
    mistyped = loaded("unload", "--table", "orders", "--iam-role", "RedshiftS3roll", "--sql")
    assert (mistyped.exit_code, "--iam-role RedshiftS3role" in mistyped.stderr) == (2, True)
    bucket = loaded("copy", "--table", "orders", "--from", "s3://no-such-bucket-here/x/")
    assert bucket.exit_code == 1
    assert "Error: S3ServiceException:The specified bucket does not exist" in bucket.stderr
    nothing = loaded("copy", "--table", "orders", "--from", f"s3://{SOURCE}/nothing/")
    assert "Nothing in S3 begins with the location." in nothing.stderr


def test_the_data_api_says_no(loaded: Place) -> None:
    faults(loaded.environment, denied("redshift-data", "ExecuteStatement"))
    try:
        result = loaded("unload", "--table", "orders")
    finally:
        faults(loaded.environment)
    assert result.exit_code == 4
    assert "Error: Could not start the statement" in result.stderr
    assert "IAM_ROLE" not in result.stderr  # it is the caller who was refused, not the namespace's role


def test_throttling_is_waited_out(loaded: Place) -> None:
    slow = {
        "service": "redshift-data",
        "code": "ThrottlingException",
        "status": 400,
        "message": "Rate exceeded",
    }
    operations = ("ExecuteStatement", "DescribeStatement", "GetStatementResult")
    faults(loaded.environment, *({**slow, "operation": name, "times": 2} for name in operations))
    try:
        result = loaded("tables", "diff")
    finally:
        faults(loaded.environment)
    assert result.exit_code == 0, result.stderr


SLOW = "SELECT count(*) AS n FROM orders a CROSS JOIN orders b CROSS JOIN orders c"


@pytest.mark.parametrize("via", ["data-api", "connector"])
@pytest.mark.parametrize(
    "words",
    [("unload", "--query", SLOW, "--to", f"s3://{EXPORTS}/c/", "--json"), ("sql", SLOW)],
    ids=["unload", "sql"],
)
def test_ctrl_c_cancels_on_the_server(loaded: Place, words: tuple[str, ...], via: str) -> None:
    """A real process and a real signal: the id, what became of it, the command that tells more."""
    argv = [sys.executable, "-m", "dpctl", "--root", str(loaded.root), "--sandbox", *words, "--via", via]
    with subprocess.Popen(argv, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        first = next(line for line in process.stderr if "statement " in line)  # after the header of the run
        process.send_signal(signal.SIGINT)
        printed, said = process.communicate(timeout=60)
    assert (process.returncode, "It was cancelled on the server." in said) == (130, True), said
    name = first.split("statement ")[1].split()[0]
    if words[0] == "unload":
        document = json.loads(printed)
        assert (document["ok"], document["statement_id"]) == (False, name)
        assert f"Its files go to s3://{EXPORTS}/c/" in said
    shown = shlex.split(said.rpartition("Try: dpctl ")[2].splitlines()[0])  # as somebody types it
    result = CliRunner().invoke(app, shown, catch_exceptions=False)
    assert result.exit_code == 0, result.stderr
    assert "aborted" in result.stdout.lower() or "cancel" in result.stdout.lower(), result.stdout


def test_a_timeout_cancels_on_the_server(loaded: Place) -> None:
    for via in ("data-api", "connector"):
        words = ["--to", f"s3://{EXPORTS}/slow-{via}/", "--timeout", "1", "--via", via]
        result = loaded("unload", "--query", SLOW, *words)
        assert result.exit_code == 1
        assert "did not end within 1 seconds" in result.stderr
        assert "It was cancelled on the server." in result.stderr


def test_auto_copy_from_the_first_file_to_a_retry(loaded: Place, rows: list[Row]) -> None:
    few = [row[:-1] for row in rows[:30]]
    _put_orders(loaded, "a", few[:10])
    created = loaded.json("autocopy", "create")["created"]
    assert [(item["action"], item["loads"][0]["rows"]) for item in created] == [("created", 10)]
    assert [job["state"] for job in loaded.json("autocopy", "list")["jobs"]] == ["in sync"]
    assert loaded.json("autocopy", "create")["created"][0]["action"] == "kept"
    _put_orders(loaded, "b", few[10:20])
    loaded.put("orders/bad.parquet", b"this is not Parquet")
    assert loaded("autocopy", "run", "order_files").exit_code == 0
    files = loaded.json("autocopy", "show", "order_files", code=1)["files"]  # a file failed
    states = {file["url"].rpartition("/")[2]: file["status"] for file in files}
    assert set(states) == {"a.parquet", "b.parquet", "bad.parquet"}  # what stood there before, too
    assert states["bad.parquet"] not in {states["a.parquet"], states["b.parquet"]}
    _put_orders(loaded, "bad", few[20:])
    assert loaded.json("autocopy", "retry", "order_files")["loads"][0]["rows"] == 10
    assert loaded.json("autocopy", "retry", "order_files")["loads"] == []
    assert _value(loaded, "SELECT count(*) AS n, count(DISTINCT partkey) AS d FROM order_files") == (30, 30)
    assert loaded("autocopy", "drop", "order_files", "--yes").exit_code == 0
    assert [job["state"] for job in loaded.json("autocopy", "list")["jobs"]] == ["missing"]


def _put_orders(place: Place, name: str, rows: list[Row]) -> None:
    import io

    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pa.schema(list(orders.SCHEMA)[:-1])
    columns = zip(zip(*rows, strict=True), schema.types, strict=True)
    sink = io.BytesIO()
    pq.write_table(pa.Table.from_arrays([pa.array(v, kind) for v, kind in columns], schema=schema), sink)
    place.put(f"orders/{name}.parquet", sink.getvalue())


def _executor(place: Place) -> Any:
    from dpctl.redshift import settings

    info = sandbox.status(place.environment)
    assert info is not None
    aws = Aws(info.region, info.environment())
    return settings.data_api(place.environment, aws, timeout=300, progress=lambda *_: None)


def _sql(place: Place, text: str) -> None:
    for statement in text.split(";"):
        _executor(place).run(statement.strip())


def _value(place: Place, query: str) -> tuple[Any, ...]:
    (row,) = _executor(place).run(query, fetch=True).rows
    return tuple(row)


def _checksum(place: Place) -> tuple[Any, ...]:
    """A sum over every column of every row, NULL and empty text told apart."""
    parts = " || '|' || ".join(f"NVL({name}::varchar, '\\\\N')" for name in orders.COLUMNS)
    total = f"SUM(STRTOL(SUBSTRING(MD5({parts}), 1, 12), 16)::decimal(38,0))"
    return _value(place, f"SELECT COUNT(*) AS n, {total}::varchar AS s FROM orders")


@pytest.mark.parametrize("via", ["data-api", "connector"])
def test_the_rows_to_expect_come_from_the_statistics(loaded: Place, via: statements.Ways) -> None:
    info = sandbox.start(loaded.environment)
    aws = Aws(info.region, info.environment())
    made = settings.data_api if via == "data-api" else settings.connector
    place = {} if via == "data-api" else {"address": lambda: (info.redshift_host, info.redshift_port)}
    executor = made(loaded.environment, aws, timeout=600, progress=lambda *_: None, **place)
    transfers = Transfers(executor, loaded.s3)
    executor.run("ANALYZE orders")
    to, role = f"s3://{EXPORTS}/never/", "arn:aws:iam::054158074701:role/RedshiftS3role"
    assert transfers.expected_rows(Unload("SELECT * FROM orders", to, role)) == pytest.approx(COUNT, rel=0.05)
    assert transfers.expected_rows(Unload("SELECT * FROM (SELECT * FROM orders LIMIT 7)", to, role)) == 7
    assert transfers.expected_rows(Unload("SELECT * FROM nowhere", to, role)) is None
    executor.close()
