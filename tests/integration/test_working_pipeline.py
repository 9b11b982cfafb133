"""The applied layers at work: a write becomes a row, the clock dumps it, and every mode can be switched.

The name puts this file after the tests that look at the account as it was applied.
"""

from __future__ import annotations

import io
import json
import re
import time
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dpctl import sandbox
from tests import data_api

pytestmark = [
    pytest.mark.sandbox,
    pytest.mark.terraform,
    pytest.mark.slow,
    pytest.mark.xdist_group("dev"),
]

LAYERS = [word for layer in ("ddb-redshift", "s3-redshift", "redshift-s3") for word in ("--layer", layer)]
SOURCE = "manifest-bucket-054158074701"
ASSETS, EXPORTS = "aws-glue-assets-054158074701-ap-south-1", "data-pipeline-exports-054158074701"


class Pipeline:
    """The account, and what a person would do in it."""

    def __init__(self, story):
        self.story, self.client = story, story.aws.client
        running = sandbox.status(story.workspace.environment("dev"))
        assert running is not None
        self.running = running
        made = story.workspace.dpctl("--sandbox", "tables", "apply", "--env", "dev", "--yes")
        assert made.code == 0, made.stderr

    def post(self, path, document):
        return sandbox.ask(self.running, path, document)

    def settle(self):
        assert self.post("settle", {"seconds": 240})["settled"]

    def fire(self, schedule, at):
        return self.post("fire", {"schedule": schedule, "time": at})

    def put(self, key, customer, amount="1"):
        item = {"PartKey": {"S": key}, "customer": {"S": customer}, "amount": {"N": amount}}
        self.client("dynamodb").put_item(TableName="Orders", Item=item)

    def query(self, sql):
        return data_api.query(self.client("redshift-data"), sql)

    def keys(self, bucket, prefix):
        listed = self.client("s3").list_objects_v2(Bucket=bucket, Prefix=prefix)
        return [item["Key"] for item in listed.get("Contents", [])]

    def apply(self, *words):
        done = self.story.workspace.dpctl("--sandbox", "apply", "--env", "dev", *words, "--yes", "--json")
        assert done.code == 0, done.stderr[-8000:]
        return {layer["layer"]: layer for layer in done.json["layers"]}


@pytest.fixture(scope="module")
def pipeline(dev_applied):
    return Pipeline(dev_applied)


def test_writes_become_rows_and_the_last_one_counts(pipeline):
    before = set(pipeline.keys(ASSETS, "capture/archive/"))  # of who used the account earlier
    for number in range(12):
        pipeline.put(f"key-{number}", "first", "1.25")
    for number in range(4):
        pipeline.put(f"key-{number}", "second")
    pipeline.put("poison", "x" * 300)
    pipeline.settle()
    rows = pipeline.query(
        "SELECT customer, COUNT(*), SUM(amount) FROM public.orders "
        "WHERE partkey LIKE 'key-%' GROUP BY 1 ORDER BY 1"
    )
    assert [(row[0], row[1], Decimal(row[2])) for row in rows] == [
        ("first", 8, Decimal("10.00")),
        ("second", 4, Decimal("4.00")),
    ]
    assert pipeline.keys(ASSETS, "capture/pending/") == []
    found = set(pipeline.keys(ASSETS, "capture/archive/")) - before
    archived = [re.search(r"-x(\d+)\.json$", key) for key in found]
    assert sum(int(found[1]) for found in archived if found) == 16
    [dead] = pipeline.keys(ASSETS, "capture/dead-letter/")
    body = pipeline.client("s3").get_object(Bucket=ASSETS, Key=dead)["Body"].read()
    assert "column customer" in json.loads(body)["reason"]


def test_updates_deletes_batches_and_transactions_are_followed(pipeline):
    dynamodb = pipeline.client("dynamodb")
    pipeline.put("gone", "soon")
    dynamodb.update_item(
        TableName="Orders",
        Key={"PartKey": {"S": "updated"}},
        UpdateExpression="SET customer = :c",
        ExpressionAttributeValues={":c": {"S": "by update"}},
    )
    batch = [{"PutRequest": {"Item": {"PartKey": {"S": "batched"}, "customer": {"S": "by batch"}}}}]
    batch += [{"DeleteRequest": {"Key": {"PartKey": {"S": "gone"}}}}]
    dynamodb.batch_write_item(RequestItems={"Orders": batch})
    item = {"PartKey": {"S": "transacted"}, "customer": {"S": "by transaction"}}
    dynamodb.transact_write_items(TransactItems=[{"Put": {"TableName": "Orders", "Item": item}}])
    pipeline.settle()
    wanted = {"updated": "by update", "batched": "by batch", "transacted": "by transaction"}
    rows = pipeline.query(
        "SELECT partkey, customer FROM public.orders "
        "WHERE partkey IN ('gone', 'updated', 'batched', 'transacted')"
    )
    assert {row[0]: row[1] for row in rows} == wanted
    assert pipeline.keys(ASSETS, "capture/pending/") == []


def test_a_write_after_a_quiet_time_is_loaded_too(pipeline):
    pipeline.put("late", "alone")
    pipeline.settle()
    assert pipeline.query("SELECT customer FROM public.orders WHERE partkey = 'late'") == [["alone"]]


def test_the_full_load_brings_over_what_no_event_did(pipeline):
    glue, dynamodb = pipeline.client("glue"), pipeline.client("dynamodb")
    # CloudTrail keeps no key of a PartiQL statement: these two changes are no event of the rule's
    for statement in (
        "DELETE FROM \"Orders\" WHERE PartKey = 'late'",
        "INSERT INTO \"Orders\" VALUE {'PartKey': 'unseen', 'customer': 'by hand'}",
    ):
        dynamodb.execute_statement(Statement=statement)
    pipeline.put("poison", "fixed")
    pipeline.settle()
    arguments = {"--delete_missing": "true"}
    run = glue.start_job_run(JobName="DynamotoRedshift", Arguments=arguments)["JobRunId"]
    deadline = time.monotonic() + 120
    while (found := glue.get_job_run(JobName="DynamotoRedshift", RunId=run)["JobRun"])["JobRunState"] in {
        "STARTING",
        "RUNNING",
    }:
        assert time.monotonic() < deadline, found
        time.sleep(0.2)
    assert found["JobRunState"] == "SUCCEEDED", found
    rows = pipeline.query("SELECT partkey, customer FROM public.orders")
    scanned = dynamodb.scan(TableName="Orders")["Items"]
    assert sorted(map(tuple, rows)) == sorted(
        (item["PartKey"]["S"], item["customer"]["S"]) for item in scanned
    )
    assert ("poison", "fixed") in map(tuple, rows)


def test_the_schedule_dumps_once_for_each_time(pipeline):
    for _ in range(2):
        fired = pipeline.fire("orders-daily", "2026-01-31T19:30:00Z")
        assert fired["ok"], fired
        [result] = fired["result"]["results"]
        assert result["status"] == "FINISHED"
    files = pipeline.keys(EXPORTS, "orders/")
    assert {name.rpartition("/")[0] for name in files} == {"orders/run=20260131T193000Z"}
    s3 = pipeline.client("s3")
    parts = [s3.get_object(Bucket=EXPORTS, Key=name)["Body"].read() for name in files if "parquet" in name]
    dumped = pa.concat_tables([pq.read_table(io.BytesIO(part)) for part in parts])
    assert dumped.num_rows == pipeline.query("SELECT COUNT(*) FROM public.orders")[0][0]


OTHER_MODES = [
    ("mode: auto_copy #", "mode: scheduled #"),
    ("gluejob: {enabled: false,", "gluejob: {"),
    ("DynamotoRedshift: {type", "DynamotoRedshift: {enabled: false, type"),
    (
        'tables: [orders], cron: "cron(0 1 * * ? *)", timezone: Asia/Kolkata, method: lambda}',
        'tables: [orders], cron: "rate(1 hour)", timezone: UTC, method: glue}\n'
        '  - {name: files-api, tables: [order_files], cron: "rate(1 day)", method: data_api}',
    ),
    (
        "    load: {source: s3, prefix: orders/, format: parquet}",
        "    load: {source: s3, prefix: orders/, format: parquet}\n"
        "    unload: {prefix: order-files/, format: parquet}",
    ),
]


# logs and messages go only when somebody says so (docs/deploy.md, "The guard")
MAY_GO = [
    word
    for address in (
        "module.lambda.aws_cloudwatch_log_group.function[0]",
        "module.glue.aws_cloudwatch_log_group.job[0]",
        "module.redshift_autocopy.aws_sqs_queue.dead_letters[0]",
    )
    for word in ("--allow-destroy", address)
]


@pytest.mark.storm
def test_every_mode_and_method_can_be_switched_and_works(pipeline):
    """A job that was there before Terraform is let go of, and adopted again when it is switched on again."""
    workspace = pipeline.story.workspace
    workspace.edit("dev", *OTHER_MODES)
    try:
        pipeline.apply(*LAYERS, *MAY_GO)
        _scheduled_copy_replaces(pipeline)
        _other_methods_dump(pipeline)
        again = pipeline.apply(*LAYERS)
        assert {layer["result"] for layer in again.values()} == {"unchanged"}
        _a_notification_is_in_the_way_of_auto_copy(pipeline)
    finally:
        workspace.edit("dev", *((new, old) for old, new in OTHER_MODES))
        pipeline.apply(*LAYERS, *MAY_GO)
    jobs = pipeline.client("glue").get_jobs()["Jobs"]
    assert "DynamotoRedshift" in {job["Name"] for job in jobs}


def _a_notification_is_in_the_way_of_auto_copy(pipeline):
    s3, workspace = pipeline.client("s3"), pipeline.story.workspace
    queue = "arn:aws:sqs:ap-south-1:054158074701:dynamodb-insert-dead-letters"
    notification = {"Id": "news", "QueueArn": queue, "Events": ["s3:ObjectCreated:*"]}
    s3.put_bucket_notification_configuration(
        Bucket=SOURCE, NotificationConfiguration={"QueueConfigurations": [notification]}
    )
    (auto_copy, scheduled), *_ = OTHER_MODES
    workspace.edit("dev", (scheduled, auto_copy))
    done = workspace.dpctl("--sandbox", "apply", "--env", "dev", "--layer", "s3-redshift", "--yes")
    workspace.edit("dev", (auto_copy, scheduled))
    s3.put_bucket_notification_configuration(Bucket=SOURCE, NotificationConfiguration={})
    assert done.code == 1
    assert f"  news (s3:ObjectCreated:*) -> {queue}" in done.stderr
    # beside it, the hint tells how the queue of mode scheduled may go
    assert "take news off the bucket, or set s3_to_redshift.mode: scheduled in live/dev/env.yaml" in (
        done.stderr
    )
    integrations = pipeline.client("redshift").describe_integrations()["Integrations"]
    assert [item for item in integrations if item["SourceArn"].endswith(SOURCE)] == []


def _scheduled_copy_replaces(pipeline):
    columns = {name: pa.array(["x", "y"]) for name in ("partkey", "customer", "status")}
    columns["amount"] = pa.array([Decimal("1.50"), Decimal("2.25")], pa.decimal128(12, 2))
    columns["note"] = pa.array(["it's", None])
    columns["ordered_at"] = pa.array([None, None], pa.timestamp("us"))
    columns["order_date"] = pa.array([None, None], pa.date32())
    buffer = io.BytesIO()
    pq.write_table(pa.table(columns), buffer)
    pipeline.client("s3").put_object(Bucket=SOURCE, Key="orders/one.parquet", Body=buffer.getvalue())
    for at in ("2026-02-01T00:00:00Z", "2026-02-01T00:00:00Z", "2026-02-01T01:00:00Z"):
        assert pipeline.fire("copy-order_files", at)["ok"]
        pipeline.settle()
    assert pipeline.query("SELECT COUNT(*), SUM(amount)::varchar FROM public.order_files") == [[2, "3.75"]]


def _other_methods_dump(pipeline):
    for schedule in ("orders-daily", "files-api"):
        assert pipeline.fire(schedule, "2026-02-01T00:30:00Z")["ok"]
    deadline = time.monotonic() + 60
    wanted = {"orders/run=20260201T003000Z/manifest", "order-files/run=2026-02-01T00:30:00Z/manifest"}
    while not wanted <= (found := set(pipeline.keys(EXPORTS, ""))):
        assert time.monotonic() < deadline, found
        time.sleep(0.2)
