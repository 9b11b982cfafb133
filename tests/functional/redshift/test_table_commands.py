"""tables and autocopy as typed: whole output, exit codes, and the shapes of --json."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from dpctl.config import load_environment
from dpctl.redshift import autocopy
from dpctl.redshift.copy import copy_sql
from dpctl.redshift.executor import RecordingExecutor, Result
from tests.functional.redshift.typed import COPIED, SOURCE, Typed, check
from tests.unit.redshift.answers import CATALOGUE_COLUMNS, DETAILS, ERROR_COLUMNS


def catalogue(*names: str) -> list[tuple[str, Result]]:
    rows = tuple(
        ("public", name, "partkey", "character varying(64)", "NO", "none", True, 0) for name in names
    )
    return [
        ("pg_namespace", Result("s", columns=("nspname",), rows=(("public",),))),
        ("svv_redshift_columns", Result("c", columns=CATALOGUE_COLUMNS, rows=rows)),
    ]


def test_tables_diff(dpctl: Typed, repo: Path) -> None:
    dpctl.executor = RecordingExecutor(catalogue("orders"))
    result = dpctl("tables", "diff", "--table", "orders", "--detailed-exitcode")
    assert result.exit_code == 10
    assert (
        result.stdout.splitlines()[0]
        == "[to do] public.orders: add the column customer character varying(256)"
    )
    document = check(repo, "tables", dpctl("tables", "diff", "--json").stdout)
    assert [change["kind"] for change in document["changes"]][-1] == "create-table"
    assert not any(sql.startswith(("ALTER", "CREATE")) for sql in dpctl.executor.statements)


def test_tables_apply(dpctl: Typed, repo: Path) -> None:
    dpctl.executor = RecordingExecutor(catalogue())
    refused = dpctl("tables", "apply")
    assert refused.exit_code == 2
    assert "pass --yes" in refused.stderr
    result = dpctl("tables", "apply", "--yes")
    assert result.exit_code == 0
    assert result.stdout == (
        "[done] public.orders: create the table with 8 columns\n"
        "[done] public.order_files: create the table with 7 columns\n"
    )
    check(repo, "tables", dpctl("tables", "apply", "--yes", "--json").stdout)
    assert sum(sql.startswith("CREATE TABLE") for sql in dpctl.executor.statements) == 4


def test_tables_apply_refuses_to_lose_data(dpctl: Typed) -> None:
    rows = (("public", "orders", "partkey", "integer", "NO", "none", True, 0),)
    catalogue_ = [catalogue()[0], ("svv_redshift_columns", Result("c", columns=CATALOGUE_COLUMNS, rows=rows))]
    dpctl.executor = RecordingExecutor(catalogue_)
    result = dpctl("tables", "apply", "--yes", "--table", "orders")
    assert result.exit_code == 1
    assert "[refused] public.orders: partkey: integer becomes character varying(64)\n" in result.stdout


def test_tables_sql_and_unknown_tables(dpctl: Typed, repo: Path) -> None:
    result = dpctl("tables", "apply", "--sql")
    assert result.stdout.count("CREATE TABLE") == 2
    check(repo, "tables", dpctl("tables", "diff", "--sql", "--json").stdout)
    assert dpctl.opened == []
    assert dpctl("tables", "diff", "--table", "order").exit_code == 2


def jobs(*rows: tuple[Any, ...]) -> list[tuple[str, Result]]:
    return [
        ("sys_copy_job_detail", Result("d", columns=DETAILS, rows=((SOURCE, "orders/a", 3, "e", "E"),))),
        ("sys_copy_job", Result("j", columns=("job_name", "job_text", "is_auto"), rows=rows)),
        ("LIMIT 1", Result("r")),
    ]


def test_autocopy(dpctl: Typed, repo: Path) -> None:
    dpctl.executor = RecordingExecutor([*jobs(), *COPIED])
    dpctl.s3.put_object(Bucket=SOURCE, Key="orders/a", Body=b"abc")
    listed = dpctl("autocopy", "list")
    assert listed.stdout == f"order_files_autocopy  missing  order_files from s3://{SOURCE}/orders/\n"
    made = dpctl("autocopy", "create")
    assert made.stdout == "order_files_autocopy: created\n  loaded 10 rows from 2 files\n"
    shown = dpctl("autocopy", "show", "order_files")
    assert shown.stdout.startswith("order_files_autocopy: missing\nCOPY ")
    assert shown.stdout.endswith(
        f"1 file under s3://{SOURCE}/orders/\n  loaded       s3://{SOURCE}/orders/a\n"
    )
    assert shown.exit_code == 1
    assert dpctl("autocopy", "run", "order_files").stdout == "order_files_autocopy: run\n"
    assert dpctl("autocopy", "drop", "order_files", "--yes").stdout == "order_files_autocopy: dropped\n"
    assert dpctl("autocopy", "retry", "order_files").stdout == (
        "order_files_autocopy: retried\n  no file to load\n"
    )


@pytest.mark.parametrize(
    "words",
    [
        ["list"],
        ["create"],
        ["show", "order_files"],
        ["run", "order_files"],
        ["drop", "order_files", "--yes"],
        ["retry", "order_files"],
    ],
    ids=lambda words: words[0],
)
def test_autocopy_json_and_sql(dpctl: Typed, repo: Path, words: list[str]) -> None:
    sql = dpctl("autocopy", *words, "--sql")
    assert (sql.exit_code, dpctl.opened) == (0, [])
    assert sql.stdout.endswith(";\n")
    check(repo, "autocopy", dpctl("autocopy", *words, "--sql", "--json").stdout)
    dpctl.executor = RecordingExecutor([*jobs(), *COPIED])
    result = dpctl("autocopy", *words, "--json")
    assert result.exit_code == (1 if words[0] == "show" else 0)  # the job is missing
    check(repo, "autocopy", result.stdout)


def test_a_failed_file_is_said_and_is_exit_code_1(dpctl: Typed) -> None:
    jobs_of_env = autocopy.wanted(load_environment(dpctl.root, "dev"))
    text = copy_sql(autocopy.find(jobs_of_env, "order_files").plain)
    dpctl.executor = RecordingExecutor([*jobs(("order_files_autocopy", text, 1)), *COPIED])
    dpctl.s3.put_object(Bucket=SOURCE, Key="orders/a", Body=b"abc")
    shown = dpctl("autocopy", "show", "order_files")
    assert shown.exit_code == 1
    assert shown.stdout.startswith("order_files_autocopy: in sync, 1 failed\n")
    assert "autocopy retry order_files\n" in shown.stderr


def test_the_statements_for_the_loader_are_printed_too(dpctl, repo):
    """Where the database's owner is somebody else: user and rights, in an order in which they run."""
    text = dpctl("tables", "apply", "--env", "prod", "--sql").stdout
    user = '"IAMR:data-pipeline-prod-GlueRole"'
    places = [
        text.index(part)
        for part in (
            'CREATE TABLE "public"."orders"',
            f"CREATE USER {user} PASSWORD DISABLE;",
            'CREATE TABLE IF NOT EXISTS "public"."dpctl_load_log"',
            f'GRANT USAGE ON SCHEMA "public" TO {user};',
            f'GRANT SELECT, INSERT, UPDATE, DELETE ON "public"."dpctl_load_log" TO {user};',
            f'GRANT SELECT, INSERT, UPDATE, DELETE ON "public"."orders" TO {user};',
        )
    ]
    assert places == sorted(places)
    assert 'order_files" TO' not in text
    assert "GRANT" not in dpctl("tables", "apply", "--env", "dev", "--sql").stdout  # it loads as admin


@pytest.mark.parametrize(
    "words", [["--from", "dynamodb://Orders", "--read-ratio", "50"], ["--read-ratio", "50"]]
)
def test_a_whole_table_is_not_copied_over_rows_with_a_key(dpctl: Typed, words: list[str]) -> None:
    for more in ([], ["--sql"]):
        refused = dpctl("copy", "--table", "orders", "--read-ratio", "50", *words, *more)
        assert refused.exit_code == 2
        assert "would double the rows of orders" in refused.stderr
    assert dpctl.opened == []


def test_autocopy_of_an_unknown_job(dpctl: Typed) -> None:
    result = dpctl("autocopy", "retry", "nope")
    assert result.exit_code == 2
    assert "It has: order_files_autocopy." in result.stderr


def test_autocopy_show_tells_line_and_reason_of_a_failed_file(dpctl: Typed, repo: Path) -> None:
    (job,) = autocopy.wanted(load_environment(repo, "dev"))
    dpctl.s3.put_object(Bucket=SOURCE, Key="orders/a", Body=b"abc")
    dpctl.s3.put_object(Bucket=SOURCE, Key="orders/b", Body=b"abc")
    rows = ((SOURCE, "orders/a", 3, "", "E"), (SOURCE, "orders/b", 3, "", "E"))
    error = (f"s3://{SOURCE}/orders/a", 3, "amount", "numeric", "12,2", 1207, "Invalid digit")
    dpctl.executor = RecordingExecutor(
        [
            ("sys_load_error_detail", Result("e", columns=ERROR_COLUMNS, rows=(error,))),
            ("sys_copy_job_detail", Result("d", columns=DETAILS, rows=rows)),
            *jobs((job.name, copy_sql(job.statement), "t"))[1:],
        ]
    )
    shown = dpctl("autocopy", "show", "order_files")
    assert shown.exit_code == 1
    assert shown.stdout.startswith("order_files_autocopy: in sync, 2 failed\n")
    assert f"s3://{SOURCE}/orders/a:3: amount (numeric(12,2)): Invalid digit (not a number)\n" in shown.stdout
    assert "Redshift keeps no row of it" in shown.stdout
    document = check(repo, "autocopy", dpctl("autocopy", "show", "order_files", "--json").stdout)
    assert [file["error"] and file["error"]["line"] for file in document["files"]] == [3, None]
