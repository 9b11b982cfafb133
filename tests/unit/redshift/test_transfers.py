"""After the statement: manifests, counts, load errors."""

from __future__ import annotations

import json
from typing import Any

import pytest

from dpctl.errors import AwsError
from dpctl.redshift import manifest
from dpctl.redshift.copy import Copy
from dpctl.redshift.executor import RecordingExecutor, Result
from dpctl.redshift.failures import StatementFailed
from dpctl.redshift.loads import load_errors, loaded
from dpctl.redshift.location import S3Location
from dpctl.redshift.manifest import File
from dpctl.redshift.transfer import LoadFailed, Transfers
from dpctl.redshift.unload import Unload
from tests.unit.redshift.answers import ERRORS, HISTORY
from tests.unit.redshift.fakes import FakeS3

ROLE = "arn:aws:iam::054158074701:role/RedshiftS3role"
PLACE = S3Location("exports", "orders/run=1/")


def written(
    s3: FakeS3, *counts: int, total: int | None = None, header: bool = False, names: tuple[str, ...] = ()
) -> None:
    """What UNLOAD ... MANIFEST VERBOSE leaves behind; the manifest counts header lines as rows."""
    entries = []
    for number, count in enumerate(counts):
        body = b"x" * (10 + number)
        key = f"{PLACE.key}000{number}_part_00"
        s3.put_object(Bucket="exports", Key=key, Body=body)
        meta = {"content_length": len(body), "record_count": count + header}
        entries.append({"url": f"s3://exports/{key}", "meta": meta})
    sums = {"record_count": sum(counts) + header * len(counts) if total is None else total}
    document = {
        "entries": entries,
        "meta": sums | {"content_length": 21},
        "schema": {"elements": [{"name": name, "type": {"base": "integer"}} for name in names]},
        "author": {"name": "Amazon Redshift"},
    }
    s3.put_object(Bucket="exports", Key=f"{PLACE.key}manifest", Body=json.dumps(document).encode())


def unload(s3: FakeS3, rows: int | None, **options: Any) -> Any:
    fixed = {"manifest": True, "verbose": True}
    statement = Unload("SELECT 1", PLACE.uri, ROLE, **(fixed | options))
    executor = RecordingExecutor([("UNLOAD", Result("id-1", row_count=rows, seconds=2.5))])
    return Transfers(executor, s3).unload(statement)


def test_an_unload_is_counted() -> None:
    s3 = FakeS3()
    written(s3, 3, 4)
    done = unload(s3, 7)
    assert (done.rows, len(done.files), done.bytes, done.problems) == (7, 2, 21, ())
    assert done.manifest == "s3://exports/orders/run=1/manifest"
    assert done.files[1] == File("s3://exports/orders/run=1/0001_part_00", 11, 4)


def test_header_lines_are_not_rows() -> None:
    s3 = FakeS3()
    written(s3, 3, 4, header=True)
    done = unload(s3, 7, header=True)
    assert (done.rows, done.problems) == (7, ())


def test_the_count_comes_from_the_manifest_where_redshift_gives_none() -> None:
    s3 = FakeS3()
    written(s3, 3, 4, header=True)
    assert unload(s3, None, header=True).rows == 7


@pytest.mark.parametrize(("format", "told"), [("json", 1), ("parquet", 1), ("csv", 0), ("text", 0)])
def test_two_columns_of_one_name_are_told_where_files_are_read_by_name(format: str, told: int) -> None:
    s3 = FakeS3()
    written(s3, 3, 4, names=("a", "b", "a"))
    problems = unload(s3, 7, format=format).problems
    assert len(problems) == told
    assert all("more than one column is called a," in problem for problem in problems)


def test_no_rows_is_a_success() -> None:
    s3 = FakeS3()
    written(s3)
    done = unload(s3, 0, format="json")
    assert (done.rows, done.files, done.problems) == (0, (), ())


@pytest.mark.parametrize(
    ("rows", "total", "damage", "problem"),
    [
        (8, None, None, "Redshift unloaded 8 rows, the manifest counts 7"),
        (9, 9, None, "the manifest's files have 7 rows, its total says 9"),
        (7, None, "gone", "0000_part_00 is in the manifest and not in S3"),
        (7, None, "cut", "has 3 bytes, the manifest says 10"),
    ],
)
def test_what_does_not_agree_is_told(rows: int, total: int | None, damage: str | None, problem: str) -> None:
    s3 = FakeS3()
    written(s3, 3, 4, total=total)
    if damage == "gone":
        del s3.objects["exports", f"{PLACE.key}0000_part_00"]
    if damage == "cut":
        s3.put_object(Bucket="exports", Key=f"{PLACE.key}0000_part_00", Body=b"abc")
    (found,) = unload(s3, rows).problems
    assert problem in found


def test_without_a_manifest_the_files_are_listed() -> None:
    s3 = FakeS3()
    written(s3, 1)
    del s3.objects["exports", f"{PLACE.key}manifest"]
    done = unload(s3, 1, manifest=False, verbose=False)
    assert (done.manifest, [file.bytes for file in done.files]) == (None, [10])


def test_a_manifest_that_can_not_be_read_takes_nothing_from_what_redshift_said() -> None:
    done = unload(FakeS3(), 1)
    assert (done.rows, done.location, done.exit_code) == (1, PLACE.uri, 1)
    (problem,) = done.problems
    assert "Could not read s3://exports/orders/run=1/manifest" in problem


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"entries": [{}]}', '{"entries": 5}'])
def test_what_is_no_manifest(text: str) -> None:
    with pytest.raises(AwsError, match="is not a manifest"):
        manifest.parse(text, "s3://exports/manifest")


def test_a_manifest_for_copy_has_lengths() -> None:
    text = manifest.render([File("s3://a/b", 5), File("s3://a/c")])
    assert json.loads(text)["entries"] == [
        {"url": "s3://a/b", "mandatory": True, "meta": {"content_length": 5}},
        {"url": "s3://a/c", "mandatory": True},
    ]
    assert manifest.parse(text, "x").files == (File("s3://a/b", 5), File("s3://a/c"))


def copy(answers: list[Any], **options: Any) -> tuple[Any, RecordingExecutor]:
    statement = Copy("public", "orders", "s3://source/in/", ROLE, format="csv", **options)
    executor = RecordingExecutor(answers)
    return Transfers(executor, FakeS3()).copy(statement), executor


def test_a_copy_is_counted_from_redshifts_history() -> None:
    done, executor = copy([("COPY", Result("id-1", query_id=42)), ("sys_load_history", HISTORY)])
    assert (done.rows, done.files, done.bytes, done.errors) == (10, 2, 300, ())
    assert "WHERE query_id = 42" in executor.statements[1]
    assert len(executor.statements) == 2


def test_rows_that_were_passed_over_are_fetched() -> None:
    answers = [
        ("COPY", Result("id-1", query_id=42)),
        ("sys_load_history", HISTORY),
        ("sys_load_error_detail", ERRORS),
    ]
    done, _ = copy(answers, max_error=10)
    assert [error.sentence for error in done.errors] == [
        "s3://source/a.csv:3: amount (numeric(12,2)): Invalid digit, Value 'x', Pos 0 (not a number)",
        "s3://source/b.csv:9: note (varchar(5)): String length exceeds DDL length "
        "(the value does not fit the column)",
    ]


def test_a_copy_that_failed_brings_its_rows() -> None:
    failure = StatementFailed("Load into table 'orders' failed.", statement_id="id-1", query_id=42)
    with pytest.raises(LoadFailed) as caught:
        copy([("COPY", failure), ("sys_load_error_detail", ERRORS)])
    assert [(error.line, error.column, error.code) for error in caught.value.errors] == [
        (3, "amount", 1207),
        (9, "note", 1204),
    ]
    assert caught.value.what == failure.what


def test_a_failure_whose_rows_can_not_be_read_is_still_that_failure() -> None:
    denied = StatementFailed("permission denied for relation sys_load_error_detail")
    failure = StatementFailed("Load into table 'orders' failed.", query_id=42)
    with pytest.raises(LoadFailed) as caught:
        copy([("COPY", failure), ("sys_load_error_detail", denied)])
    assert caught.value.errors == ()


def test_load_errors_by_session_and_with_other_columns() -> None:
    executor = RecordingExecutor(
        [("SELECT *", ERRORS), ("sys_load_error_detail", StatementFailed("column x does not exist"))]
    )
    assert len(load_errors(executor, query_id=None, session_id=7)) == 2
    assert "WHERE session_id = 7" in executor.statements[0]
    assert load_errors(executor, query_id=None) == ()


def test_history_that_is_not_to_be_seen() -> None:
    executor = RecordingExecutor([("sys_load_history", StatementFailed("permission denied for relation x"))])
    assert loaded(executor, 42) is None
    assert loaded(RecordingExecutor(), 42) is None
    assert loaded(RecordingExecutor(), None) is None


def test_a_copy_from_a_manifest_is_compared_with_it() -> None:
    s3 = FakeS3()
    written(s3, 3, 4, header=True)
    statement = Copy(
        "public", "orders", f"{PLACE.uri}manifest", ROLE, format="csv", manifest=True, ignore_header=1
    )
    for rows, problems in ((7, ()), (6, ("Redshift loaded 6 rows, the manifest lists 7",))):
        executor = RecordingExecutor([("COPY", Result("id-1", row_count=rows))])
        assert Transfers(executor, s3).copy(statement).problems == problems


PLAN = "XN Seq Scan on orders  (cost=0.00..10000.00 rows=1000000 width=94)"


@pytest.mark.parametrize(
    ("answer", "rows"),
    [
        (Result("id", rows=((PLAN,), ("  Filter: ((rows)::text = 'rows=3'::text)",))), 1_000_000),
        (Result("id", rows=(("XN Limit  (cost=0.00..0.05 rows=5 width=8)",), (f"  ->  {PLAN}",))), 5),
        (Result("id", rows=(("----- no plan -----",),)), None),
        (Result("id"), None),
        (AwsError("The statement failed."), None),
    ],
)
def test_the_rows_to_expect_are_the_planners(answer: Result | Exception, rows: int | None) -> None:
    executor = RecordingExecutor([("EXPLAIN SELECT 1", answer)])
    assert Transfers(executor, FakeS3()).expected_rows(Unload("SELECT 1", PLACE.uri, ROLE)) == rows


@pytest.mark.parametrize(
    ("server", "files", "told"),
    [
        ("ERROR: out of disk", 2, "2 files that it wrote before stay in s3://exports/orders/run=1/"),
        ("ERROR: out of disk", 0, ""),
        ("ERROR: Specified unload destination on S3 is not empty.", 2, ""),
        ("ERROR: S3ServiceException:...,Status 404,Error NoSuchBucket", 0, ""),
    ],
)
def test_a_failed_unload_tells_the_files_it_leaves(server: str, files: int, told: str) -> None:
    s3 = FakeS3()
    for number in range(files):
        s3.put_object(Bucket="exports", Key=f"{PLACE.key}000{number}_part_00", Body=b"x")
    failure = StatementFailed(server)
    statement = Unload("SELECT 1", PLACE.uri, ROLE)
    with pytest.raises(StatementFailed) as caught:
        Transfers(RecordingExecutor([("UNLOAD", failure)]), s3).unload(statement)
    assert ("it wrote before" in caught.value.why) == bool(told)
    assert told in caught.value.why
