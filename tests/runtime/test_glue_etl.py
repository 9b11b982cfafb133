"""The ETL jobs: their SQL, and the events that are loaded again."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from datetime import datetime, timezone
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from moto import mock_aws

from tests.runtime.scripts import load

full = load("glue_etl/DynamotoRedshift.py")
gluejob = load("glue_etl/gluejob.py")

TARGET = {
    "schema": "public",
    "name": "orders",
    "columns": [
        {"name": "partkey", "type": "varchar(64)"},
        {"name": "amount", "type": "decimal(12,2)"},
        {"name": "_version", "type": "bigint"},
    ],
    "key": ["partkey"],
    "version": "_version",
}
ROLE = "arn:aws:iam::123456789012:role/copy"


def statements(delete_missing: bool = False) -> list[str]:
    settings = SimpleNamespace(
        table_name="Orders", copy_role_arn=ROLE, read_ratio=50, delete_missing=delete_missing
    )
    return list(full.load_sql(TARGET, full.from_table(settings), settings, 1_700_000_000_000))


def test_the_full_load_is_guarded_by_the_time_before_the_read() -> None:
    sql = statements()
    assert sql[2] == (
        f"COPY arrived FROM 'dynamodb://Orders' IAM_ROLE '{ROLE}' "
        "READRATIO 50 TIMEFORMAT 'auto' DATEFORMAT 'auto'"
    )
    assert sql[3] == 'UPDATE arrived SET "_version" = 1700000000000'
    assert sql[4].endswith('AND "orders"."_version" > arrived."_version"')
    assert sql[5].startswith('MERGE INTO "public"."orders" USING arrived')


def test_rows_of_items_that_are_gone_are_deleted_only_when_asked() -> None:
    assert not any(line.startswith('DELETE FROM "public"."orders"') for line in statements())
    assert statements(delete_missing=True)[5] == (
        'DELETE FROM "public"."orders" WHERE COALESCE("_version", 0) < 1700000000000 '
        'AND NOT EXISTS (SELECT 1 FROM arrived WHERE "orders"."partkey" = arrived."partkey")'
    )


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "ap-south-1")
    with mock_aws():
        client = boto3.client("s3")
        client.create_bucket(Bucket="assets", CreateBucketConfiguration={"LocationConstraint": "ap-south-1"})
        yield client


SETTINGS = SimpleNamespace(bucket="assets", prefix="capture/", workflow="workflow")


def test_events_of_the_time_of_the_read_are_made_pending_again(s3: Any) -> None:
    day = time.strftime("%Y/%m/%d", time.gmtime())
    s3.put_object(Bucket="assets", Key=f"capture/archive/{day}/one.json", Body=b"{}")
    now = s3.head_object(Bucket="assets", Key=f"capture/archive/{day}/one.json")["LastModified"].timestamp()
    again = full.replay(s3, SETTINGS, now - 60, now) + full.replay(s3, SETTINGS, now - 60, now)
    assert len(set(again)) == 2, "a run that has read the first would delete the second"
    assert all(re.fullmatch(r"capture/pending/replay-[0-9a-f]{12}-one\.json", key) for key in again)
    assert full.replay(s3, SETTINGS, now + 3600, now + 7200) == []


MIDNIGHT = 1_769_904_000.0  # 2026-02-01T00:00:00Z


class Archive:
    """S3 with one archived event: of a job's clock in the folder's name, of its own in the time."""

    def __init__(self, folder: str, modified: float) -> None:
        self.key, self.modified = f"capture/archive/{folder}/one.json", modified

    def get_paginator(self, operation: str) -> Any:
        return self

    def paginate(self, *, Bucket: str, Prefix: str) -> list[Any]:
        at = datetime.fromtimestamp(self.modified, timezone.utc)
        found = [{"Key": self.key, "LastModified": at}] if self.key.startswith(Prefix) else []
        return [{"Contents": found}]

    def copy_object(self, **request: Any) -> None:
        assert request["CopySource"]["Key"] == self.key


@pytest.mark.parametrize(
    ("folder", "modified", "since", "found"),
    [
        ("2026/01/31", MIDNIGHT + 2, MIDNIGHT + 1, 1),  # archived before midnight, written after it
        ("2026/02/01", MIDNIGHT - 2, MIDNIGHT - 5, 1),  # by a job whose clock is ahead
        ("2026/02/01", MIDNIGHT + 2, MIDNIGHT - 60, 1),
        ("2026/01/31", MIDNIGHT - 60, MIDNIGHT - 60, 1),
        ("2026/01/31", MIDNIGHT - 60, MIDNIGHT + 1, 0),
    ],
)
def test_an_event_that_is_archived_around_midnight(
    folder: str, modified: float, since: float, found: int
) -> None:
    assert len(full.replay(Archive(folder, modified), SETTINGS, since, MIDNIGHT + 10)) == found


class Workflow:
    """Glue, busy or not."""

    class exceptions:
        class ConcurrentRunsExceededException(Exception):
            pass

    def __init__(self, busy: bool) -> None:
        self.busy, self.started = busy, 0

    def start_workflow_run(self, Name: str) -> None:
        if self.busy:
            raise self.exceptions.ConcurrentRunsExceededException
        self.started += 1


@pytest.mark.parametrize("busy", [True, False])
def test_the_workflow_is_asked_for_a_run_and_an_active_one_is_enough(busy: bool) -> None:
    glue = Workflow(busy)
    full.wake(glue, SETTINGS)
    assert glue.started == (0 if busy else 1)


def test_with_a_key_rows_replace_and_without_one_they_are_appended() -> None:
    replaced = gluejob.load_sql(TARGET, "s3://b/p/", "FORMAT AS PARQUET", ROLE)
    assert replaced[1] == f"COPY arrived FROM 's3://b/p/' IAM_ROLE '{ROLE}' FORMAT AS PARQUET"
    assert replaced[2].startswith('DELETE FROM "public"."orders" USING arrived WHERE')
    appended = gluejob.load_sql({**TARGET, "key": []}, "s3://b/p/", "", ROLE)
    assert [line.split()[0] for line in appended] == ["CREATE", "COPY", "INSERT"]


@pytest.mark.parametrize(
    ("given", "clauses"),
    [
        ({}, "FORMAT AS PARQUET"),
        ({"format": "json", "compression": "gzip"}, "FORMAT AS JSON 'auto' GZIP"),
        (
            {"format": "csv", "delimiter": "'", "ignore_header": 1},
            "FORMAT AS CSV DELIMITER AS '''' IGNOREHEADER AS 1",
        ),
        ({"format": "text", "delimiter": "\\"}, "DELIMITER AS '\\\\'"),
    ],
)
def test_the_files_options_become_clauses(given: dict[str, Any], clauses: str) -> None:
    assert gluejob.format_clauses(given) == clauses
