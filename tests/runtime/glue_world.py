"""The account around GlueTestjob: a table, a bucket, a warehouse, and time that passes when told."""

from __future__ import annotations

import json
import time
from types import SimpleNamespace
from typing import Any

import boto3

from tests.runtime.scripts import load
from tests.runtime.warehouse import Warehouse

job = load("glue_shell/GlueTestjob.py")

AHEAD_SECONDS = 30 * 86_400
BUCKET, TABLE = "glue-assets", "Orders"
COLUMNS = [
    {"name": "partkey", "type": "varchar(64)", "nullable": False},
    {"name": "customer", "type": "varchar(16)", "nullable": True},
    {"name": "amount", "type": "decimal(12,2)", "nullable": True},
    {"name": "ordered_at", "type": "timestamp", "nullable": True},
    {"name": "_version", "type": "bigint", "nullable": True},
]
TARGET = {"schema": "public", "name": "orders", "columns": COLUMNS, "key": ["partkey"], "version": "_version"}


class Clock:
    """Time that passes when somebody sleeps; it is ahead of S3's, whenever the tests run."""

    def __init__(self) -> None:
        self.now = self.began = time.time() + AHEAD_SECONDS

    def __call__(self) -> float:
        self.now += 0.001
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


class World:
    """The account around the job."""

    def __init__(self) -> None:
        self.s3, self.dynamodb, self.clock = boto3.client("s3"), boto3.client("dynamodb"), Clock()
        self.s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "ap-south-1"})
        self.dynamodb.create_table(
            TableName=TABLE,
            KeySchema=[{"AttributeName": "PartKey", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "PartKey", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        self.orders = boto3.resource("dynamodb").Table(TABLE)
        self.warehouse = Warehouse()
        self.alerts: list[str] = []
        self.events = 0

    def put(self, key: str, **attributes: Any) -> None:
        self.orders.put_item(Item={"PartKey": key, **attributes})

    def event(self, key: str, name: str | None = None, **changes: Any) -> None:
        """Make an event of this key pending."""
        self.events += 1
        request = {"tableName": TABLE, "key": {"PartKey": key}}
        detail = {"eventName": "PutItem", "requestParameters": request, **changes}
        path = f"capture/pending/{name or f'event-{self.events:05d}'}.json"
        self.s3.put_object(Bucket=BUCKET, Key=path, Body=json.dumps(detail))

    def many_events(self, keys: list[str]) -> None:
        """Make one pending object of many events, as the stream's function writes them."""
        self.events += 1
        details = [
            {"eventName": "MODIFY", "requestParameters": {"tableName": TABLE, "key": {"PartKey": {"S": key}}}}
            for key in keys
        ]
        path = f"capture/pending/many-{self.events}-x{len(keys)}.json"
        self.s3.put_object(Bucket=BUCKET, Key=path, Body="".join(json.dumps(each) + "\n" for each in details))

    def job(self, **settings: Any) -> Any:
        values = {
            "table_name": TABLE,
            "hash_key": "PartKey",
            "hash_key_type": "S",
            "target": job.Target.from_json(json.dumps(TARGET)),
            "copy_role_arn": "arn:aws:iam::123456789012:role/copy",
            "workgroup": "w",
            "database": "dev",
            "secret_arn": "arn",
            "statement_name": "GlueTestjob",
            "batch_size": 100,
            "load_bytes": 64 << 20,
            "window_seconds": 300,
            "chunk_size": 1000,
            "run_seconds": 2700,
            "statement_seconds": 600,
        }
        given = SimpleNamespace(**(values | settings))
        store = job.Store(self.s3, BUCKET, "capture/", self.alerts.append)
        redshift = job.Redshift(self.warehouse, given, self.clock.sleep, self.clock)
        return job.Job(given, store, self.dynamodb, redshift, self.clock.sleep, self.clock)

    def names(self, folder: str) -> list[str]:
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=f"capture/{folder}/")
        keys = [item["Key"] for page in pages for item in page.get("Contents", [])]
        return sorted(key.rpartition("/")[2] for key in keys)

    def body(self, folder: str, name: str) -> bytes:
        """An object of a folder, by the last part of its key."""
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=f"capture/{folder}/")
        [key] = [
            i["Key"] for page in pages for i in page.get("Contents", []) if i["Key"].endswith(f"/{name}")
        ]
        return bytes(self.s3.get_object(Bucket=BUCKET, Key=key)["Body"].read())

    def archived(self) -> list[dict[str, Any]]:
        """The events of the archive."""
        bodies = [self.body("archive", name) for name in self.names("archive")]
        return [json.loads(line) for body in bodies for line in body.decode().splitlines()]

    def dead(self) -> dict[str, dict[str, str]]:
        bodies = {}
        for name in self.names("dead-letter"):
            body = self.s3.get_object(Bucket=BUCKET, Key=f"capture/dead-letter/{name}")["Body"].read()
            bodies[name] = json.loads(body)
        return bodies

    def loaded(self) -> dict[str, Any]:
        return {key: row.get("customer") for key, row in self.warehouse.rows.items()}
