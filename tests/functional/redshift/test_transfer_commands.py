"""unload and copy as typed: whole output, exit codes, and the shapes of --json."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from dpctl.errors import Interrupted
from dpctl.redshift.executor import RecordingExecutor, Result
from dpctl.redshift.failures import StatementFailed
from tests.functional.redshift.typed import COPIED, SOURCE, Typed, check
from tests.unit.redshift.answers import ERRORS
from tests.unit.redshift.fakes import FakeS3

EXPORTS = "data-pipeline-exports-054158074701"
ROLE = "arn:aws:iam::054158074701:role/RedshiftS3role"


class WritingExecutor(RecordingExecutor):
    """Writes the manifest an UNLOAD would write."""

    s3: FakeS3
    counts: tuple[int, ...] = (2, 1)

    def run(self, sql: str, *, fetch: bool = False, token: str = "") -> Result:
        if sql.startswith("UNLOAD"):
            (key,) = re.findall(rf"TO 's3://{EXPORTS}/([^']*)'", sql)
            entries = []
            for number, count in enumerate(self.counts):
                name = f"{key}000{number}_part_00.parquet"
                self.s3.put_object(Bucket=EXPORTS, Key=name, Body=b"x" * 1200)
                meta = {"content_length": 1200, "record_count": count}
                entries.append({"url": f"s3://{EXPORTS}/{name}", "meta": meta})
            body = json.dumps({"entries": entries, "meta": {"record_count": sum(self.counts)}}).encode()
            self.s3.put_object(Bucket=EXPORTS, Key=f"{key}manifest", Body=body)
        return super().run(sql, fetch=fetch, token=token)


def writing(dpctl: Typed, *counts: int, rows: int) -> None:
    executor = WritingExecutor([("UNLOAD", Result("id-1", row_count=rows, seconds=2.04))])
    executor.s3, executor.counts = dpctl.s3, counts
    dpctl.executor = executor


@pytest.mark.parametrize("query", ["SELECT 1 AS a", "SELECT 1 AS a ;", "SELECT 1 AS a;;"])
def test_a_dry_run_counts_the_query_that_unload_takes(dpctl: Typed, query: str) -> None:
    dpctl.executor.answers = [("count(*)", Result("id-1", rows=((7,),)))]
    result = dpctl("unload", "--query", query, "--to", f"s3://{EXPORTS}/x/", "--dry-run")
    assert (result.exit_code, result.stdout) == (0, f"Would unload 7 rows to s3://{EXPORTS}/x/\n")
    assert dpctl.executor.statements == ["SELECT count(*) FROM (SELECT 1 AS a) AS q"]


def test_unload(dpctl: Typed) -> None:
    writing(dpctl, 2, 1, rows=3)
    result = dpctl("unload", "--table", "orders", "--to", f"s3://{EXPORTS}/x/")
    assert result.stdout == (
        "Unloaded orders: 3 rows in 2 files, 2.4 KB, 2.0 s\n"
        f"Files      s3://{EXPORTS}/x/\n"
        f"Manifest   s3://{EXPORTS}/x/manifest\n"
        "Statement  id-1\n"
    )
    assert result.stderr == (
        "Unloading orders: statement id-1 has started.\nUnloading orders: statement id-1 runs for 25 s.\n"
    )
    assert result.exit_code == 0
    assert dpctl.opened == ["data-api"]


def test_every_unload_has_a_folder_of_its_own(dpctl: Typed) -> None:
    writing(dpctl, 1, rows=1)
    result = dpctl("unload", "--table", "orders", "--via", "connector")
    assert re.search(rf"Files      s3://{EXPORTS}/orders/run=\d{{8}}T\d{{6}}Z/\n", result.stdout)
    assert dpctl.opened == ["connector"]


def test_a_token_names_the_folder(dpctl: Typed) -> None:
    writing(dpctl, 1, rows=1)
    result = dpctl("unload", "--table", "orders", "--token", "orders-2026-01-31")
    assert f"Files      s3://{EXPORTS}/orders/run=orders-2026-01-31/\n" in result.stdout
    assert dpctl.executor.tokens == ["orders-2026-01-31"]


def test_no_rows_says_so(dpctl: Typed) -> None:
    writing(dpctl, rows=0)
    result = dpctl("unload", "--table", "orders", "--to", f"s3://{EXPORTS}/x/")
    assert result.stdout.startswith(
        "Unloaded orders: 0 rows in 0 files, 0 B, 2.0 s\nThe query found no rows; that is not a failure.\n"
    )
    assert result.exit_code == 0


def test_what_an_unload_without_rows_wrote_is_copied_without_running_anything(
    dpctl: Typed, repo: Path
) -> None:
    writing(dpctl, rows=0)
    to = f"s3://{EXPORTS}/x/"
    dpctl("unload", "--table", "orders", "--to", to)
    ran = len(dpctl.executor.statements)
    result = dpctl("copy", "--table", "orders", "--from", to)
    assert (result.exit_code, len(dpctl.executor.statements)) == (0, ran)
    assert "The manifest lists no file: there was nothing to load, and nothing was run.\n" in result.stdout
    document = check(repo, "copy", dpctl("copy", "--table", "orders", "--from", to, "--json").stdout)
    assert (document["ok"], document["rows"], document["statement_id"]) == (True, 0, None)


def test_unload_json(dpctl: Typed, repo: Path) -> None:
    writing(dpctl, 2, 1, rows=3)
    result = dpctl("unload", "--query", "SELECT 1", "--to", f"s3://{EXPORTS}/x/", "--json")
    document = check(repo, "unload", result.stdout)
    assert (document["rows"], len(document["files"]), document["table"]) == (3, 2, None)
    assert document["sql"].startswith("UNLOAD ('SELECT 1')")


def test_counts_that_do_not_agree_fail(dpctl: Typed, repo: Path) -> None:
    writing(dpctl, 2, 1, rows=4)
    result = dpctl("unload", "--table", "orders", "--to", f"s3://{EXPORTS}/x/", "--json")
    assert result.exit_code == 1
    assert check(repo, "unload", result.stdout)["ok"] is False
    assert "Warning: Redshift unloaded 4 rows, the manifest counts 3\n" in result.stderr


GOLDEN_UNLOAD = f"""\
UNLOAD ('SELECT "partkey", "customer", "status", "amount", "note", "ordered_at", "order_date", "_version" \
FROM "public"."orders"')
TO 's3://{EXPORTS}/x/'
IAM_ROLE '{ROLE}'
FORMAT AS CSV
MANIFEST
VERBOSE
HEADER
DELIMITER AS '\t'
GZIP
NULL AS '\\\\N'
MAXFILESIZE AS 1.5 GB;
"""


def test_unload_sql_runs_nothing(dpctl: Typed, repo: Path) -> None:
    words = ["unload", "--table", "orders", "--to", f"s3://{EXPORTS}/x/", "--format", "csv", "--header"]
    words += ["--delimiter", "\\t", "--compression", "gzip", "--null-as", "\\N", "--max-file-size", "1.5GB"]
    result = dpctl(*words, "--sql")
    assert (result.exit_code, result.stdout, result.stderr) == (0, GOLDEN_UNLOAD, "")
    assert check(repo, "unload", dpctl(*words, "--sql", "--json").stdout)["statement_id"] is None
    assert dpctl.opened == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--format", "parquet", "--header"], "FORMAT PARQUET (--format parquet) and HEADER (--header)"),
        (
            ["--cleanpath", "--allow-overwrite"],
            "CLEANPATH (--cleanpath) and ALLOWOVERWRITE (--allow-overwrite)",
        ),
        (["--include"], "INCLUDE (--include) needs PARTITION BY"),
        (["--no-manifest", "--verbose"], "VERBOSE (--verbose) needs MANIFEST"),
        (["--token", "a", "--via", "connector"], "--token and --via connector"),
        (["--token", "a b"], "--token can't be 'a b'"),
        (["--to", f"s3://{SOURCE}/orders/x/"], "would be loaded again"),
        (["--to", f"s3://{SOURCE}/", "--cleanpath"], "would delete everything"),
        (["--query", "SELECT 1"], "--table and --query"),
        (["--max-file-size", "1TB"], "'1TB' is not a size"),
        (["--max-file-size", "4.9"], "MAXFILESIZE (--max-file-size) can't be 4.9 MB"),
        (["--max-file-size", "6.21GB"], "MAXFILESIZE (--max-file-size) can't be 6.21 GB"),
        (["--where", ""], "--where is empty"),
        (["--where", "  "], "--where is empty"),
        (["--columns", ""], "--columns is empty"),
        (["--since", ""], "--since is empty"),
        (["--to", ""], "--to is empty"),
        (["--iam-role", ""], "--iam-role is empty"),
        (["--query", ""], "--query is empty"),
        (["--columns", "partkey, partkey"], "--columns names a column twice"),
        (["--timeout", "nan"], "nan is not a number"),
        (["--partition-by", "status,nope"], "'nope', which is not in the result"),
        (["--delimiter", "ab"], "DELIMITER (--delimiter) can't be 'ab'"),
        (["--format", "xml"], "xml"),
        (["--partition-by", "nope"], "'nope', which is not in the result"),
    ],
)
def test_bad_words_are_refused_before_any_call(dpctl: Typed, words: list[str], said: str) -> None:
    result = dpctl("unload", "--table", "orders", *words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr
    assert dpctl.opened == []


def test_cleanpath_asks_first(dpctl: Typed) -> None:
    result = dpctl("unload", "--table", "orders", "--cleanpath")
    assert result.exit_code == 2
    assert "pass --yes" in result.stderr
    assert dpctl.opened == []
    writing(dpctl, 1, rows=1)
    assert dpctl("unload", "--table", "orders", "--cleanpath", "--yes").exit_code == 0


def test_a_query_is_one_select(dpctl: Typed) -> None:
    result = dpctl("unload", "--query", "DELETE FROM orders")
    assert (result.exit_code, dpctl.opened) == (2, [])
    assert "Error: The query can't be unloaded.\n  It must be one SELECT or WITH" in result.stderr


@pytest.mark.parametrize(
    ("problem", "code", "said"),
    [
        (
            StatementFailed("S3ServiceException:Access Denied,Status 403,Error AccessDenied"),
            4,
            "Error: S3ServiceException:Access Denied,Status 403,Error AccessDenied\n"
            "  S3 refused the role of IAM_ROLE, not you",
        ),
        (
            StatementFailed("Specified unload destination on S3 is not empty."),
            1,
            "Try: --to with a new prefix",
        ),
        (
            Interrupted("Statement id-1 was interrupted.", why="It was cancelled on the server."),
            130,
            "cancelled",
        ),
    ],
)
def test_failures(dpctl: Typed, problem: Exception, code: int, said: str) -> None:
    dpctl.executor = RecordingExecutor([("UNLOAD", problem)])
    result = dpctl("unload", "--table", "orders")
    assert (result.exit_code, result.stdout) == (code, "")
    assert said in result.stderr
    assert "Traceback" not in result.stderr
    assert len(dpctl.executor.statements) == 1


def test_copy(dpctl: Typed, repo: Path) -> None:
    dpctl.executor = RecordingExecutor(COPIED)
    words = ["copy", "--table", "orders", "--from", f"s3://{SOURCE}/more/"]
    assert dpctl(*words).stdout == (
        "Copied into orders: 10 rows from 2 files, 300 B, 3.0 s\n"
        f"From       s3://{SOURCE}/more/\n"
        "Statement  id-1\n"
    )
    document = check(repo, "copy", dpctl(*words, "--json").stdout)
    assert (document["ok"], document["rows"], document["errors"]) == (True, 10, [])


REJECTED = """\
2 rows did not fit:
  s3://source/a.csv:3: amount (numeric(12,2)): Invalid digit, Value 'x', Pos 0 (not a number)
  s3://source/b.csv:9: note (varchar(5)): String length exceeds DDL length \
(the value does not fit the column)
"""


def test_a_copy_that_failed_lists_the_rows(dpctl: Typed, repo: Path) -> None:
    failure = StatementFailed("Load into table 'orders' failed.", statement_id="id-1", query_id=42)
    dpctl.executor = RecordingExecutor([("COPY", failure), ("sys_load_error_detail", ERRORS)])
    words = ["copy", "--table", "orders", "--from", f"s3://{SOURCE}/more/", "--format", "csv"]
    result = dpctl(*words)
    assert (result.exit_code, result.stdout) == (1, REJECTED)
    assert "Error: Load into table 'orders' failed.\n" in result.stderr
    document = check(repo, "copy", dpctl(*words, "--json").stdout)
    assert document["ok"] is False
    assert document["errors"][0] == {
        "file": "s3://source/a.csv",
        "line": 3,
        "column": "amount",
        "type": "numeric(12,2)",
        "code": 1207,
        "message": "Invalid digit, Value 'x', Pos 0",
    }


def test_a_copy_that_passed_over_rows_lists_them(dpctl: Typed) -> None:
    dpctl.executor = RecordingExecutor([*COPIED, ("sys_load_error_detail", ERRORS)])
    result = dpctl(
        "copy", "--table", "orders", "--from", f"s3://{SOURCE}/m/", "--format", "csv", "--max-error", "5"
    )
    assert result.exit_code == 0
    assert result.stdout.endswith(REJECTED)


def test_copy_sql(dpctl: Typed, repo: Path) -> None:
    words = ["copy", "--table", "order_files", "--columns", "partkey, note", "--iam-role", "default", "--sql"]
    assert dpctl(*words).stdout == (
        'COPY "public"."order_files" ("partkey", "note")\n'
        f"FROM 's3://{SOURCE}/orders/'\nIAM_ROLE default\nFORMAT AS PARQUET;\n"
    )
    assert check(repo, "copy", dpctl(*words, "--json").stdout)["rows"] is None
    assert dpctl.opened == []


@pytest.mark.parametrize(
    ("words", "blames_the_default"),
    [
        (["--delimiter", ";"], True),
        (["--region", "eu-west-1"], True),
        (["--max-error", "3", "--null-as", "x"], True),
        (["--format", "parquet", "--region", "eu-west-1"], False),
        (["--iam-role", "arn:aws:iam::1:role/x"], False),
        (["--columns", "partkey,partkey"], False),
        (["--max-error", "-1"], False),
    ],
)
def test_parquet_that_nobody_typed_is_said(dpctl: Typed, words: list[str], blames_the_default: bool) -> None:
    result = dpctl("copy", "--table", "orders", "--from", f"s3://{SOURCE}/x/", *words)
    assert (result.exit_code, dpctl.opened) == (2, [])
    assert ("No --format was given" in result.stderr) is blames_the_default


def test_copy_refuses_before_any_call(dpctl: Typed) -> None:
    result = dpctl("copy", "--table", "order_files", "--region", "us-east-1")
    assert (result.exit_code, dpctl.opened) == (2, [])
    assert "FORMAT PARQUET (--format parquet) and REGION (--region) can't be used together." in result.stderr


def test_every_option_of_the_statements_is_on_the_command_line(dpctl: Typed) -> None:
    from dpctl.redshift.copy import Copy
    from dpctl.redshift.options import flag, options_of
    from dpctl.redshift.unload import Unload

    for command, statement in (("unload", Unload), ("copy", Copy)):
        text = dpctl(command, "--help").stdout
        assert [name for name, _ in options_of(statement) if flag(name) not in text] == []
