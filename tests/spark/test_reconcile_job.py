"""Reconcile by Glue's API: both sides compared by real Spark, with the scripts as they are deployed."""

from __future__ import annotations

import json

import pytest

from tests.spark.chain import ASSETS, SCRIPT, Chain, etl_job

pytestmark = [pytest.mark.spark, pytest.mark.sandbox]
ITEMS = 400
TARGET = {
    "schema": "public",
    "name": "compared",
    "key": ["partkey"],
    "version": "_version",
    "columns": [
        {"name": "partkey", "type": "varchar(64)", "nullable": False},
        {"name": "amount", "type": "decimal(12,2)"},
        {"name": "note", "type": "varchar(16)"},
        {"name": "tags", "type": "super"},
        {"name": "_version", "type": "bigint"},
    ],
}


def key(number: int) -> str:
    return f"k{number:05d}"


@pytest.fixture(scope="module")
def table(account):
    """The items of the table."""
    client = account.client("dynamodb")
    client.create_table(
        TableName="Compared",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "PartKey", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "PartKey", "AttributeType": "S"}],
    )
    items = [
        {
            "PartKey": {"S": key(number)},
            "Amount": {"N": f"{number}.5"},
            "note": {"S": f"note {number}"},
            "tags": {"L": [{"M": {"n": {"N": str(number)}}}]},
        }
        for number in range(ITEMS)
    ]
    for first in range(0, ITEMS, 25):
        puts = [{"PutRequest": {"Item": item}} for item in items[first : first + 25]]
        client.batch_write_item(RequestItems={"Compared": puts})
    return client


@pytest.fixture(scope="module")
def job(account, table):
    """The job, and rows in Redshift that are the items."""
    s3, glue = account.client("s3"), account.client("glue")
    scripts = {"scripts/reconcile.py": SCRIPT.with_name("Reconcile.py")}
    scripts["scripts/rules/GlueTestjob.py"] = SCRIPT.parents[1] / "glue_shell" / "GlueTestjob.py"
    for name, path in scripts.items():
        s3.put_object(Bucket=ASSETS, Key=name, Body=path.read_bytes())
    glue.create_workflow(Name="compared", MaxConcurrentRuns=1)
    arguments = {
        "--prefix": "compared/",
        "--table_name": "Compared",
        "--hash_key": "PartKey",
        "--workflow": "compared",
        "--target": json.dumps(TARGET),
        "--extra-py-files": f"s3://{ASSETS}/scripts/rules/GlueTestjob.py",
    }
    etl_job(account.client, account.environment, "reconcile", "scripts/reconcile.py", arguments)
    made = Chain(account.client, None, "reconcile")
    columns = ", ".join(f"{column['name']} {column['type']}" for column in TARGET["columns"])
    rows = ", ".join(
        f"('{key(n)}', {n}.5, 'note {n}', JSON_PARSE('[{{\"n\": {n}}}]'), 1)" for n in range(ITEMS)
    )
    made.redshift(
        f"CREATE TABLE public.compared ({columns})",
        "CREATE TABLE public.compared_then (LIKE public.compared)",
        f"INSERT INTO public.compared_then VALUES {rows}",
    )
    return made


@pytest.fixture
def equal(job):
    """Both sides are equal."""
    job.redshift("DELETE FROM public.compared")
    job.redshift("INSERT INTO public.compared SELECT * FROM public.compared_then")


def compared(job: Chain, **arguments: str) -> tuple[dict, dict]:
    """A run of the job, and its report. Nothing is left in staging."""
    before = set(job.keys("compared/reconcile/"))
    given = {f"--{name}": value for name, value in arguments.items()}
    run = job.wait(job.client("glue").start_job_run(JobName="reconcile", Arguments=given)["JobRunId"])
    assert job.keys("compared/staging/") == []
    reports = [name for name in job.keys("compared/reconcile/") if name not in before]
    assert len(reports) == 1, run.get("ErrorMessage")
    found = json.loads(job.client("s3").get_object(Bucket=ASSETS, Key=reports[0])["Body"].read())
    return run, found


def counts(found: dict) -> tuple[int, ...]:
    return tuple(found[name] for name in ("scanned", "missing", "extra", "stale", "unfit", "fixed"))


def test_both_sides_are_equal(job, equal):
    run, found = compared(job)
    assert run["JobRunState"] == "SUCCEEDED", run.get("ErrorMessage")
    assert counts(found) == (ITEMS, 0, 0, 0, 0, 0)
    assert found["differences"] == []


CHANGES = (
    f"DELETE FROM public.compared WHERE partkey IN ('{key(3)}', '{key(170)}', '{key(399)}')",
    "INSERT INTO public.compared VALUES ('ghost', 1, NULL, NULL, 1), ('it''s', NULL, 'x', NULL, NULL)",
    f"UPDATE public.compared SET amount = 0 WHERE partkey = '{key(10)}'",
    f"UPDATE public.compared SET note = NULL WHERE partkey = '{key(11)}'",
    f"UPDATE public.compared SET tags = JSON_PARSE('[]') WHERE partkey = '{key(12)}'",
    # Read after the scan: newer than it, and no difference.
    f"UPDATE public.compared SET note = 'newer', _version = 99999999999999 WHERE partkey = '{key(13)}'",
)
MISSING = [("missing", key(number)) for number in (3, 170, 399)]
EXTRA = [("extra", "ghost"), ("extra", "it's")]
STALE = [("stale", key(number)) for number in (10, 11, 12)]


def test_rows_that_are_missing_extra_and_stale_fail_the_run_and_are_mended_when_asked(job, equal, table):
    job.redshift(*CHANGES)
    poison = {"PartKey": {"S": key(20)}, "note": {"S": "longer than 16 letters"}}
    table.put_item(TableName="Compared", Item=poison)
    try:
        run, found = compared(job)
        assert run["JobRunState"] == "FAILED"
        assert "8 rows differ: dpctl reconcile --fix" in run["ErrorMessage"]
        assert counts(found) == (ITEMS, 3, 2, 3, 1, 0)
        assert [tuple(one) for one in found["differences"]] == EXTRA + MISSING + STALE
        assert job.keys("compared/pending/") == []

        run, found = compared(job, fix="true")
        assert run["JobRunState"] == "SUCCEEDED", run.get("ErrorMessage")
        assert counts(found) == (ITEMS, 3, 2, 3, 1, 8)
        (pending,) = job.keys("compared/pending/")
        body = job.client("s3").get_object(Bucket=ASSETS, Key=pending)["Body"].read().decode()
        events = [json.loads(line) for line in body.splitlines()]
        asked = [(one["eventName"], one["requestParameters"]["key"]["PartKey"]["S"]) for one in events]
        assert asked == [(f"reconcile-{kind}", name) for kind, name in EXTRA + MISSING + STALE]
        runs = job.client("glue").get_workflow_runs(Name="compared")["Runs"]
        assert len(runs) == 1
    finally:
        whole = {
            "Amount": {"N": "20.5"},
            "note": {"S": "note 20"},
            "tags": {"L": [{"M": {"n": {"N": "20"}}}]},
        }
        table.put_item(TableName="Compared", Item={"PartKey": {"S": key(20)}} | whole)


def test_keys_only_compares_no_values(job, equal):
    job.redshift(*CHANGES)
    run, found = compared(job, keys_only="true")
    assert run["JobRunState"] == "FAILED"
    assert counts(found) == (ITEMS, 3, 2, 0, 0, 0)
    assert [tuple(one) for one in found["differences"]] == EXTRA + MISSING


def test_a_run_that_redshift_refuses_leaves_nothing_in_staging(job, equal):
    job.redshift("DROP TABLE public.compared")
    run = job.wait(job.client("glue").start_job_run(JobName="reconcile", Arguments={})["JobRunId"])
    assert run["JobRunState"] == "FAILED"
    assert "compared" in run["ErrorMessage"]
    assert job.keys("compared/staging/") == []
