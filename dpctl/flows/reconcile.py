"""Which keys DynamoDB has and Redshift lacks, and the other way round; and those keys put back to be loaded.

The table is scanned in segments, keys only, at a bounded share of read units; each page goes to S3 as it
comes, Redshift loads the keys into a table of its own, and compares. So no more than a page is in memory
here, however large the table is.
"""

from __future__ import annotations

import base64
import json
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dpctl.errors import UsageError
from dpctl.flows.folders import PENDING, PREFIX
from dpctl.redshift.copy import Copy, copy_sql
from dpctl.redshift.quoting import identifier, qualified

if TYPE_CHECKING:
    from dpctl.config import Environment
    from dpctl.config.models import Table
    from dpctl.redshift.executor import Executor

SEGMENTS = 8
PAGE = 10_000  # keys in an object
MOST = 50_000  # differences that are fetched; the next run finds the rest
EVENTS = 2_000  # keys in a pending object
Sleep = Callable[[float], None]


@dataclass(frozen=True)
class Difference:
    """A key on one side only: ``missing`` in Redshift, or ``extra`` there."""

    kind: str
    key: str


@dataclass(frozen=True)
class Found:
    """How many items were scanned, how many keys differ, and at most MOST of them by name."""

    scanned: int
    missing: int
    extra: int
    differences: tuple[Difference, ...]


def followed(environment: Environment, name: str) -> tuple[str, Table]:
    """The table that follows DynamoDB. Raises UsageError for another one."""
    table = environment.config.tables.get(name)
    if table is None or table.load is None or table.load.source != "dynamodb" or len(table.key) != 1:
        wanted = [
            known
            for known, each in environment.config.tables.items()
            if each.load and each.load.source == "dynamodb"
        ]
        raise UsageError(
            f"{name} does not follow the DynamoDB table.",
            why=f"env.yaml has load.source: dynamodb for {', '.join(wanted) or 'no table'}.",
            hint=f"dpctl reconcile --table {wanted[0]}" if wanted else "dpctl validate",
        )
    return name, table


@dataclass
class Reconciler:
    """Compares one table; ``units`` are the read units a second that the scan may take."""

    environment: Environment
    executor: Executor
    s3: Any
    dynamodb: Any
    role: str
    units: int
    progress: Callable[[int], None]
    sleep: Sleep = time.sleep
    clock: Callable[[], float] = time.monotonic

    def __post_init__(self) -> None:
        self.bucket = self.environment.resource(self.environment.config.storage.glue_assets_bucket)
        self.name = f"dpctl_reconcile_{uuid.uuid4().hex[:12]}"
        self.prefix = f"{PREFIX}staging/{self.name}/"

    def compare(self, name: str, table: Table) -> Found:
        """Scan, load and compare; what was made for it is removed in the end."""
        key = table.key[0]
        kind = next(column.type for column in table.columns if column.name == key)
        scanned_table, target = qualified(table.schema_, self.name), qualified(table.schema_, name)
        scanned = self._stage(key)
        self.executor.run(f"CREATE TABLE {scanned_table} ({identifier(key)} {kind})")
        try:
            if scanned:
                source = f"s3://{self.bucket}/{self.prefix}"
                statement = Copy(
                    table.schema_, self.name, source, self.role, (key,), format="json", jsonpaths="auto"
                )
                self.executor.run(copy_sql(statement))
            return self._differences(scanned, target, scanned_table, identifier(key))
        finally:
            self.executor.run(f"DROP TABLE {scanned_table}")

    def _stage(self, column: str) -> int:
        """Write the keys of the table to S3, a page at a time; returns how many."""
        scanned, page, number = 0, [], 0
        for key in self._keys():
            page.append(json.dumps({column: key}))
            if len(page) >= PAGE:
                self._put(number, page)
                scanned, page, number = scanned + len(page), [], number + 1
                self.progress(scanned)
        if page:
            self._put(number, page)
        return scanned + len(page)

    def _put(self, number: int, lines: list[str]) -> None:
        body = "".join(f"{line}\n" for line in lines).encode()
        self.s3.put_object(Bucket=self.bucket, Key=f"{self.prefix}{number:06d}.json", Body=body)

    def _keys(self) -> Iterator[str]:
        config = self.environment.config.databases.dynamodb
        request: dict[str, Any] = {
            "TableName": self.environment.resource(config.table),
            "ProjectionExpression": "#k",
            "ExpressionAttributeNames": {"#k": config.hash_key},
            "ReturnConsumedCapacity": "TOTAL",
            "TotalSegments": SEGMENTS,
        }
        for segment in range(SEGMENTS):
            start: dict[str, Any] = {}
            while True:
                began = self.clock()
                answer = self.dynamodb.scan(**request, Segment=segment, **start)
                for item in answer["Items"]:
                    yield _text(item[config.hash_key])
                used = float(answer.get("ConsumedCapacity", {}).get("CapacityUnits", 0))
                self.sleep(max(0.0, used / self.units - (self.clock() - began)))
                if "LastEvaluatedKey" not in answer:
                    break
                start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}

    def _differences(self, scanned: int, target: str, keys: str, key: str) -> Found:
        sides = (
            f"SELECT 'missing' AS kind, k.{key} AS key FROM {keys} k "
            f"LEFT JOIN {target} t ON t.{key} = k.{key} WHERE t.{key} IS NULL "
            f"UNION ALL SELECT 'extra', t.{key} FROM {target} t "
            f"LEFT JOIN {keys} k ON k.{key} = t.{key} WHERE k.{key} IS NULL"
        )
        counted = f"SELECT kind, COUNT(*) AS n FROM ({sides}) AS d GROUP BY kind"
        counts = {row["kind"]: int(row["n"]) for row in self.executor.run(counted, fetch=True).dicts()}
        found: tuple[Difference, ...] = ()
        if counts:
            listed = f"SELECT kind, key FROM ({sides}) AS d ORDER BY 1, 2 LIMIT {MOST}"
            rows = self.executor.run(listed, fetch=True).dicts()
            found = tuple(Difference(row["kind"], str(row["key"])) for row in rows)
        return Found(scanned, counts.get("missing", 0), counts.get("extra", 0), found)

    def fix(self, differences: tuple[Difference, ...]) -> int:
        """Make the keys pending: the drain reads each item as it is, and writes or deletes its row."""
        config = self.environment.config.databases.dynamodb
        table = self.environment.resource(config.table)
        for start in range(0, len(differences), EVENTS):
            part = differences[start : start + EVENTS]
            lines = [
                json.dumps(
                    {
                        "eventName": f"reconcile-{item.kind}",
                        "requestParameters": {
                            "tableName": table,
                            "key": {config.hash_key: {config.hash_key_type: item.key}},
                        },
                    }
                )
                for item in part
            ]
            name = f"reconcile-{uuid.uuid4().hex}-x{len(part)}.json"
            body = "".join(f"{line}\n" for line in lines).encode()
            self.s3.put_object(Bucket=self.bucket, Key=f"{PENDING}{name}", Body=body)
        return len(differences)


def _text(attribute: dict[str, Any]) -> str:
    """A key as the drain writes it to Redshift."""
    ((kind, value),) = attribute.items()
    return base64.b64encode(bytes(value)).decode() if kind == "B" else str(value)
