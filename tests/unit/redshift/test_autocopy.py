"""Auto-copy jobs against env.yaml."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from dpctl.config import Environment
from dpctl.errors import UsageError
from dpctl.redshift import autocopy
from dpctl.redshift.autocopy import AutoCopy, LiveJob
from dpctl.redshift.copy import copy_sql
from dpctl.redshift.dataapi import DataApiExecutor
from dpctl.redshift.executor import RecordingExecutor, Result
from dpctl.redshift.failures import StatementFailed
from dpctl.redshift.polling import Clock, Waiting
from tests.unit.redshift.answers import DETAILS, ERROR_COLUMNS
from tests.unit.redshift.fakes import FakeClock, FakeDataApi, FakeS3


def test_no_jobs_where_copies_are_scheduled(dev: Environment) -> None:
    mode = dev.config.s3_to_redshift.model_copy(update={"mode": "scheduled"})
    scheduled = replace(dev, config=dev.config.model_copy(update={"s3_to_redshift": mode}))
    assert autocopy.wanted(scheduled) == ()


@pytest.fixture
def job(dev: Environment) -> autocopy.Job:
    (job,) = autocopy.wanted(dev)
    return job


BUCKET = "manifest-bucket-054158074701"


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


def test_a_load_that_failed_is_tried_anew(job: autocopy.Job) -> None:
    """Once the role may read the files: the token of before would answer with the refusal."""
    client = FakeDataApi(end={"Status": "FAILED", "Error": "S3ServiceException:Forbidden,Status 403"})
    clock = FakeClock()
    waiting = Waiting(60, Clock(clock.now, clock.sleep), lambda *_: None)
    s3 = FakeS3()
    put(s3, "a")
    maker = AutoCopy(DataApiExecutor(client, {"Database": "dev"}, waiting), s3, "ledger")
    for _ in range(2):
        with pytest.raises(StatementFailed):
            maker.create(job, [], backfill=True)
    tokens = [run["ClientToken"] for run in client.executed if run["Sql"].startswith("COPY")]
    assert len(set(tokens)) == 2


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
    assert len(maker.retry(job).loads) == 1
    assert maker.retry(job).loads == ()
    maker.retry(job, missed=True)
    assert loaded(s3) == [["bad"], ["missed"]]


def test_a_junk_file_keeps_no_other_from_being_loaded(job: autocopy.Job) -> None:
    rows = tuple((BUCKET, f"orders/{name}", 3, "e", "E") for name in ("junk", "fixed", "more"))
    maker, executor, s3 = auto(detail(*rows))
    put(s3, "junk", "fixed", "more")
    run = executor.run

    def refuse(sql: str, **words: Any) -> Any:
        if sql.startswith("COPY"):
            place = sql.split("s3://ledger/")[1].split("'")[0]
            if "junk" in s3.objects["ledger", place][0].decode():
                raise StatementFailed("Invalid version number", statement_id="s")
        return run(sql, **words)

    executor.run = refuse  # type: ignore[method-assign]
    done = maker.retry(job)
    assert [file.url.rpartition("/")[2] for file, _ in done.failures] == ["junk"]
    assert len(done.loads) == 2
    states = {file.file.url.rpartition("/")[2]: file.state for file in maker.files(job)}
    assert states == {"junk": "failed", "fixed": "loaded", "more": "loaded"}


def test_a_file_that_was_overwritten_is_reported_and_loaded_when_asked(job: autocopy.Job) -> None:
    maker, _, s3 = auto()
    put(s3, "a")
    maker.create(job, [], backfill=True)
    assert [file.state for file in maker.files(job)] == ["loaded"]
    s3.put_object(Bucket=BUCKET, Key="orders/a", Body=b"written anew")
    assert [file.state for file in maker.files(job)] == ["overwritten"]
    assert maker.retry(job).loads == ()
    assert len(maker.retry(job, overwritten=True).loads) == 1
    assert [file.state for file in maker.files(job)] == ["loaded"]


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
    [file] = maker.files(job)
    assert file.as_dict() == {
        "url": f"s3://{BUCKET}/orders/a", "bytes": None, "rows": None, "status": "I", "state": "gone",
        "error": None
    }  # fmt: skip


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


def test_a_failed_file_has_the_first_row_that_did_not_fit(job: autocopy.Job) -> None:
    s3 = FakeS3()
    for name in ("bad.csv", "junk.csv", "fine.csv"):
        s3.put_object(Bucket=BUCKET, Key=f"orders/{name}", Body=b"x")
    rows = [
        (BUCKET, f"orders/{name}", 1, "", status)
        for name, status in (("bad.csv", "E"), ("junk.csv", "E"), ("fine.csv", "I"))
    ]
    url = f"s3://{BUCKET}/orders/bad.csv"
    errors = Result(
        "e",
        columns=ERROR_COLUMNS,
        rows=(
            (f"{url}   ", 7, "amount", "numeric", "12,2", 1207, "Invalid digit"),
            (f"{url}   ", 9, "note", "varchar", "5", 1204, "String length exceeds DDL length"),
        ),
    )
    executor = RecordingExecutor([("sys_load_error_detail", errors), detail(*rows)])
    found = {item.file.url.rpartition("/")[2]: item for item in AutoCopy(executor, s3, "ledger").files(job)}
    error = found["bad.csv"].error
    assert error is not None
    assert (error.line, error.column, error.message) == (7, "amount", "Invalid digit")
    assert found["junk.csv"].error is None
    assert found["fine.csv"].state == "loaded"
    asked = [sql for sql in executor.statements if "sys_load_error_detail" in sql]
    assert len(asked) == 1
    assert "junk.csv" in asked[0]
    assert "fine.csv" not in asked[0]


def test_nobody_is_asked_where_no_file_failed(job: autocopy.Job) -> None:
    executor = RecordingExecutor([detail()])
    assert AutoCopy(executor, FakeS3(), "ledger").files(job) == []
    assert not any("sys_load_error_detail" in sql for sql in executor.statements)
