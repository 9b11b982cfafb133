"""Writes, events and killed jobs in a storm: Redshift equals DynamoDB row for row, and nothing is lost.

The job is the script that is deployed, as a process of its own against the sandbox. Its statements go on
when it is killed, as in AWS. The sandbox is a storm: by a seed it repeats, shuffles and delays the events.
They come from both sources, one by one and many in an object; runs overlap.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import uuid
from collections import Counter
from typing import Any

import pytest

from dpctl.sandbox.realism import LATE_TRAIL_SECONDS, STEP_SECONDS
from dpctl.sandbox.services import settling
from tests import data_api
from tests.runtime.scripts import RUNTIME, load

pytestmark = pytest.mark.sandbox

LATEST_SECONDS = LATE_TRAIL_SECONDS + STEP_SECONDS
# What the column customer, a varchar(32), can't keep: each is refused for a reason of its own.
POISON: tuple[dict[str, Any], ...] = (
    {"S": "x" * 33},
    {"S": "é" * 17},
    {"S": "before\0after"},
    {"L": [{"M": {"nested": {"S": "y" * 33}}}]},
    {"M": {"a NUL\0 in a name": {"N": "1"}}},
)
capture = load("lambda_capture/handler.py")
BUCKET, TABLE, PREFIX = "aws-glue-assets-054158074701-ap-south-1", "Orders", "capture/"
ROLE = "arn:aws:iam::054158074701:role/AmazonRedshift-CommandsAccessRole-20260201T170319"
COLUMNS = [
    {"name": "partkey", "type": "varchar(64)", "nullable": False},
    {"name": "customer", "type": "varchar(32)", "nullable": True},
    {"name": "_version", "type": "bigint", "nullable": True},
]
TARGET = {"schema": "public", "name": "orders", "columns": COLUMNS, "key": ["partkey"], "version": "_version"}


class Storm:
    """The account, what was written to the table, and the events that are still on their way."""

    def __init__(self, account: Any, seed: int, keys: int) -> None:
        self.account, self.chance = account, random.Random(seed)
        self.s3, self.dynamodb = account.client("s3"), account.client("dynamodb")
        self.data, self.sqs = account.client("redshift-data"), account.client("sqs")
        self.queue = self.sqs.create_queue(QueueName=f"letters-{seed}")["QueueUrl"]
        self.secret = account.client("secretsmanager").describe_secret(SecretId="test/redshift")["ARN"]
        self.keys = [f"key-{number:05d}" for number in range(keys)]
        self.poison = set(self.chance.sample(self.keys, max(2, keys // 200)))
        self.arrived: list[str] = []  # the ids of the events
        self.inbox = self._listen()
        self.killed = self.runs = 0
        self.query("DROP TABLE IF EXISTS public.orders")
        self.query("DROP TABLE IF EXISTS public.dpctl_load_log")
        self.query(
            "CREATE TABLE public.orders (partkey varchar(64) NOT NULL, customer varchar(32), _version bigint)"
        )

    def _listen(self) -> str:
        """A queue for the events of the table, and no state machine for them."""
        events, arn = self.account.client("events"), self.account.arn("sqs", "arrived")
        let = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Resource": arn}
        policy = {"Version": "2012-10-17", "Statement": [let | {"Action": "sqs:SendMessage"}]}
        url = self.sqs.create_queue(QueueName="arrived", Attributes={"Policy": json.dumps(policy)})
        events.disable_rule(Name=self.account.environment.config.capture.rule)
        events.put_rule(Name="storm", EventPattern=json.dumps({"source": ["aws.dynamodb"]}))
        events.put_targets(Rule="storm", Targets=[{"Id": "1", "Arn": arn}])
        return str(url["QueueUrl"])

    def query(self, sql: str) -> list[list[Any]]:
        return data_api.query(self.data, sql)

    def write(self, step: int) -> None:
        """One put, update or delete; the sandbox sends its event once or more, sooner or later."""
        key = self.chance.choice(self.keys)
        kind = self.chance.random()
        name = {"PartKey": {"S": key}}
        value = self.chance.choice(POISON) if key in self.poison else {"S": f"state {step}"}
        if kind < 0.15 and key not in self.poison:
            self.dynamodb.delete_item(TableName=TABLE, Key=name)
        elif kind < 0.4:
            self.dynamodb.update_item(
                TableName=TABLE,
                Key=name,
                UpdateExpression="SET customer = :c",
                ExpressionAttributeValues={":c": value},
            )
        else:
            self.dynamodb.put_item(TableName=TABLE, Item={**name, "customer": value})

    def send(self, share: float) -> None:
        """Let a share of the time pass in which events arrive; they come by either source."""
        settling.advance(self.account, {"advance_seconds": share * LATEST_SECONDS})
        now = self.receive()
        while now:
            size = self.chance.choice([1, 1, 1, 40])
            part, now = now[:size], now[size:]
            events = [self.event(detail) for detail in part]
            name = f"{uuid.uuid4()}-x{len(part)}" if len(part) > 1 else str(uuid.uuid4())
            self.s3.put_object(
                Bucket=BUCKET, Key=f"{PREFIX}pending/{name}.json", Body="\n".join(events).encode()
            )

    def receive(self) -> list[dict[str, Any]]:
        """The details of the events that have arrived, in the order in which they did."""
        found = []
        while more := self.sqs.receive_message(QueueUrl=self.inbox, MaxNumberOfMessages=10).get("Messages"):
            for message in more:
                found.append(json.loads(message["Body"])["detail"])
                self.sqs.delete_message(QueueUrl=self.inbox, ReceiptHandle=message["ReceiptHandle"])
        self.arrived += [detail["eventID"] for detail in found]
        return found

    def event(self, detail: dict[str, Any]) -> str:
        request = detail["requestParameters"]
        if self.chance.random() < 0.5:
            keys = {"PartKey": {"S": request["key"]["PartKey"]}}
            return str(capture.line_of({"eventName": "MODIFY", "dynamodb": {"Keys": keys}}, TABLE))
        return json.dumps({"eventName": detail["eventName"], "requestParameters": request})

    def start(self) -> subprocess.Popen[str]:
        """The job, as a process."""
        self.runs += 1
        arguments = {
            "bucket": BUCKET,
            "prefix": PREFIX,
            "region": "ap-south-1",
            "table_name": TABLE,
            "hash_key": "PartKey",
            "dead_letter_queue": self.queue,
            "workgroup": "default-workgroup",
            "database": "dev",
            "secret_arn": self.secret,
            "copy_role_arn": ROLE,
            "target": json.dumps(TARGET),
            "window_seconds": "0",
            "chunk_size": "400",
            "statement_seconds": "60",
        }
        words = [word for name, value in arguments.items() for word in (f"--{name}", value)]
        return subprocess.Popen(
            [sys.executable, str(RUNTIME / "glue_shell" / "GlueTestjob.py"), *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=self.account.child_environment(self.account.own),
        )

    def drain(self, kill_after: float | None = None, together: int = 1) -> None:
        """Run the job to its end, or kill it at a moment; ``together`` runs overlap."""
        running = [self.start() for _ in range(together)]
        for process in running:
            try:
                process.communicate(timeout=kill_after if kill_after is not None else 600)
            except subprocess.TimeoutExpired:
                process.kill()
                process.communicate()
                self.killed += 1

    def pending(self) -> int:
        return len(self.waiting())

    def waiting(self) -> dict[str, set[str]]:
        """The objects that are pending, each with the keys of its events."""
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=f"{PREFIX}pending/")
        found = {}
        for name in [item["Key"] for page in pages for item in page.get("Contents", [])]:
            body = self.s3.get_object(Bucket=BUCKET, Key=name)["Body"].read().decode()
            found[name] = {_key(json.loads(line)) for line in body.splitlines()}
        return found

    def dead(self) -> set[str]:
        """The keys of the dead letters."""
        pages = self.s3.get_paginator("list_objects_v2").paginate(
            Bucket=BUCKET, Prefix=f"{PREFIX}dead-letter/"
        )
        found = set()
        for item in (item for page in pages for item in page.get("Contents", [])):
            letter = json.loads(self.s3.get_object(Bucket=BUCKET, Key=item["Key"])["Body"].read())
            assert letter["reason"].startswith("column customer (varchar(32))"), letter
            found.add(_key(json.loads(letter["event"])))
        return found

    def items(self) -> dict[str, str]:
        pages = self.dynamodb.get_paginator("scan").paginate(TableName=TABLE)
        return {
            item["PartKey"]["S"]: item["customer"].get("S", "") for page in pages for item in page["Items"]
        }


def _key(event: dict[str, Any]) -> str:
    key = event["requestParameters"]["key"]["PartKey"]
    return str(key["S"] if isinstance(key, dict) else key)


def weather(storm: Storm, writes: int, kills: int) -> None:
    """Write, let events arrive, and kill or overlap runs, until everything is written."""
    for step in range(writes):
        storm.write(step)
        if kills and step % max(1, writes // kills) == 0:
            storm.send(0.5)
            storm.drain(kill_after=storm.chance.uniform(0.3, 4.0), together=storm.chance.choice([1, 1, 2]))
    storm.send(1.0)
    for _ in range(5):
        storm.drain()
        if not storm.pending():
            break


def check(storm: Storm, calls: Counter[tuple[str, str]], writes: int) -> None:
    rows = storm.query("SELECT partkey, customer FROM public.orders")
    items = storm.items()
    expected = {key: text for key, text in items.items() if key not in storm.poison}
    assert len(rows) == len({row[0] for row in rows}), "a key is there twice"
    assert {row[0]: row[1] for row in rows} == expected
    assert storm.pending() == 0
    assert storm.dead() == {key for key in items if key in storm.poison}
    used = {f"{service}.{operation}": count for (service, operation), count in calls.most_common(12)}
    sys.stderr.write(
        f"\n{writes} writes over {len(storm.keys)} keys: {storm.runs} runs, {storm.killed} killed, "
        f"{len(rows)} rows, {len(storm.dead())} dead letters, "
        f"{storm.query('SELECT COUNT(*) FROM sys_query_history')[0][0]} statements\n{json.dumps(used)}\n"
    )


@pytest.mark.xdist_group("flow-storm")
def test_a_small_storm(account: Any, calls: Counter[tuple[str, str]]) -> None:
    storm = Storm(account, seed=1, keys=60)
    weather(storm, writes=200, kills=4)
    check(storm, calls, 200)
    assert len(set(storm.arrived)) == 200
    assert len(storm.arrived) > 220, "no event came twice"


def clear(storm: Storm) -> None:
    """Take away what an earlier storm left."""
    for key in storm.items():
        storm.dynamodb.delete_item(TableName=TABLE, Key={"PartKey": {"S": key}})
    for folder in ("pending", "dead-letter"):
        for page in storm.s3.get_paginator("list_objects_v2").paginate(
            Bucket=BUCKET, Prefix=f"{PREFIX}{folder}/"
        ):
            for item in page.get("Contents", []):
                storm.s3.delete_object(Bucket=BUCKET, Key=item["Key"])


# What each service says when it is too much for it, or breaks: the SDK repeats all of these by itself.
TROUBLES = [
    ("dynamodb", "BatchGetItem", "ProvisionedThroughputExceededException", 400),
    ("dynamodb", "BatchGetItem", "InternalServerError", 500),
    ("s3", "GetObject", "SlowDown", 503),
    ("s3", "PutObject", "InternalError", 500),
    ("s3", "ListObjectsV2", "ServiceUnavailable", 503),
    ("s3", "DeleteObjects", "SlowDown", 503),
    ("redshift-data", "BatchExecuteStatement", "ThrottlingException", 400),
    ("redshift-data", "DescribeStatement", "InternalServerException", 500),
    ("sqs", "SendMessage", "ThrottlingException", 400),
]


def troubles(times: int) -> list[dict[str, Any]]:
    """Faults: each trouble so many times."""
    names = ("service", "operation", "code", "status")
    return [dict(zip(names, trouble, strict=True)) | {"times": times} for trouble in TROUBLES]


@pytest.mark.xdist_group("flow-storm")
def test_a_storm_of_throttling_and_errors(account: Any, front: Any, calls: Counter[tuple[str, str]]) -> None:
    """The SDK outlasts a few faults; many fail a run, which loses nothing, and the next one finishes."""
    storm = Storm(account, seed=3, keys=40)
    clear(storm)
    for step in range(60):
        storm.write(step)
    storm.send(0.7)
    front.faults.replace(troubles(2))
    storm.drain()
    hit = len(TROUBLES) * 2 - sum(fault["times"] for fault in front.faults.as_list())
    assert hit >= len(TROUBLES), "the faults were not met"
    assert storm.pending() == 0
    for step in range(60, 90):
        storm.write(step)
    storm.send(1.0)
    waiting = storm.waiting()
    front.faults.replace([fault for fault in troubles(200) if fault["operation"] == "BatchExecuteStatement"])
    storm.drain()
    gone = waiting.keys() - storm.waiting().keys()
    # What no row can be made of is set aside before Redshift is asked.
    assert all(waiting[name] <= storm.poison for name in gone), "a run that failed took keys with it"
    assert waiting.keys() - gone, "nothing was left to wait"
    front.faults.replace([])
    storm.drain()
    check(storm, calls, 90)


@pytest.mark.storm
@pytest.mark.parametrize("seed", [7])
def test_a_storm(account: Any, calls: Counter[tuple[str, str]], seed: int) -> None:
    storm = Storm(account, seed=seed, keys=1000)
    clear(storm)
    weather(storm, writes=5000, kills=50)
    check(storm, calls, 5000)
    assert storm.killed >= 50
