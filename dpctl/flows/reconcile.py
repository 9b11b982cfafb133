"""What Redshift lacks, has otherwise or has too much, by DynamoDB; and those keys put back to be loaded.

The table is scanned in segments at a bounded share of read units; each item becomes the row that the deployed
job would make of it, a page goes to S3 as it comes, Redshift loads the rows into a table of its own, and
compares. So no more than a page is in memory here, however large the table is.

A row carries as its version the time before its item was read. A row in Redshift that was read later than the
scan did is newer, and no difference; one that was read before, and has other values, is stale.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dpctl.errors import UsageError
from dpctl.flows.folders import PENDING, PREFIX
from dpctl.flows.rules import Rules
from dpctl.redshift.copy import Copy, copy_sql
from dpctl.redshift.quoting import identifier, qualified

if TYPE_CHECKING:
    from dpctl.config import Environment
    from dpctl.config.models import Table
    from dpctl.redshift.executor import Executor

SEGMENTS = 8
PAGE = 10_000  # rows in an object, or
PAGE_BYTES = 8 << 20
MOST = 50_000  # differences that are fetched; the next run finds the rest
EVENTS = 2_000  # keys in a pending object
Sleep = Callable[[float], None]


@dataclass(frozen=True)
class Difference:
    """A key that is ``missing`` in Redshift, ``extra`` there, or has a row that is ``stale``."""

    kind: str
    key: str


@dataclass(frozen=True)
class Found:
    """How many items were scanned, how many keys differ, and at most MOST of them by name.

    ``unfit`` are items that no row can be made of: the dead letters say why.
    """

    scanned: int
    missing: int
    extra: int
    stale: int
    unfit: int
    differences: tuple[Difference, ...]


def followed(environment: Environment, name: str) -> tuple[str, Table]:
    """The table that follows DynamoDB. Raises UsageError for another one."""
    following = environment.loaded_from("dynamodb")
    table = following.get(name)
    if table is None or len(table.key) != 1:
        wanted = list(following)
        raise UsageError(
            f"{name} does not follow the DynamoDB table.",
            why=f"env.yaml has load.source: dynamodb for {', '.join(wanted) or 'no table'}.",
            hint=f"dpctl reconcile --table {wanted[0]}" if wanted else "dpctl validate",
        )
    return name, table


@dataclass
class Reconciler:
    """Compares one table; ``units`` are the read units a second that the scan may take.

    With ``keys_only`` values are neither scanned nor compared, and no row is found stale.
    """

    environment: Environment
    executor: Executor
    s3: Any
    dynamodb: Any
    role: str
    units: int
    progress: Callable[[int], None]
    keys_only: bool = False
    sleep: Sleep = time.sleep
    clock: Callable[[], float] = time.monotonic
    now: Callable[[], float] = time.time

    def __post_init__(self) -> None:
        self.bucket = self.environment.resource(self.environment.config.storage.glue_assets_bucket)
        self.name = f"dpctl_reconcile_{uuid.uuid4().hex[:12]}"
        self.prefix = f"{PREFIX}staging/{self.name}/"

    def compare(self, name: str, table: Table) -> Found:
        """Scan, load and compare; what was made for it is removed in the end."""
        rules = Rules.read(self.environment, name, table)
        names = rules.key_columns if self.keys_only else rules.columns
        kinds = {column.name: column.type for column in table.columns}
        scanned, target = qualified(table.schema_, self.name), qualified(table.schema_, name)
        items, unfit = self._stage(rules)
        columns = ", ".join(f"{identifier(column)} {kinds[column]}" for column in names)
        self.executor.run(f"CREATE TABLE {scanned} ({columns})")
        try:
            if items:
                source = f"s3://{self.bucket}/{self.prefix}"
                statement = Copy(
                    table.schema_,
                    self.name,
                    source,
                    self.role,
                    names,
                    format="json",
                    jsonpaths="auto",
                    date_format="auto",
                    time_format="auto",
                )
                self.executor.run(copy_sql(statement))
            counts, found = self._differences(scanned, target, rules, kinds)
        finally:
            self.executor.run(f"DROP TABLE {scanned}")
        missing, extra, stale = (counts.get(kind, 0) for kind in ("missing", "extra", "stale"))
        return Found(items, missing, extra, stale, unfit, found)

    def _stage(self, rules: Rules) -> tuple[int, int]:
        """Write the rows to S3, a page at a time; returns how many items there are, and how many unfit."""
        items = unfit = number = size = 0
        page: list[str] = []
        for item, version in self._items(rules):
            line, fits = rules.line(item, version, keys_only=self.keys_only)
            items, unfit, size = items + 1, unfit + (not fits), size + len(line)
            page.append(line)
            if len(page) >= PAGE or size >= PAGE_BYTES:
                self._put(number, page)
                page, size, number = [], 0, number + 1
                self.progress(items)
        if page:
            self._put(number, page)
        return items, unfit

    def _put(self, number: int, lines: list[str]) -> None:
        body = "".join(f"{line}\n" for line in lines).encode()
        self.s3.put_object(Bucket=self.bucket, Key=f"{self.prefix}{number:06d}.json", Body=body)

    def _items(self, rules: Rules) -> Iterator[tuple[dict[str, Any], int]]:
        """Every item, with the time before it was read (epoch ms)."""
        config = self.environment.config.databases.dynamodb
        request: dict[str, Any] = {
            "TableName": self.environment.resource(config.table),
            "ReturnConsumedCapacity": "TOTAL",
            "TotalSegments": SEGMENTS,
        }
        if self.keys_only:
            request |= {
                "ProjectionExpression": "#k",
                "ExpressionAttributeNames": {"#k": config.hash_key},
            }
        for segment in range(SEGMENTS):
            start: dict[str, Any] = {}
            while True:
                began, version = self.clock(), int(self.now() * 1000)
                answer = self.dynamodb.scan(**request, Segment=segment, **start)
                for item in answer["Items"]:
                    yield item, version
                used = float(answer.get("ConsumedCapacity", {}).get("CapacityUnits", 0))
                self.sleep(max(0.0, used / self.units - (self.clock() - began)))
                if "LastEvaluatedKey" not in answer:
                    break
                start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}

    def _differences(
        self, scanned: str, target: str, rules: Rules, kinds: dict[str, str]
    ) -> tuple[dict[str, int], tuple[Difference, ...]]:
        key, version = identifier(rules.key), identifier(rules.version)
        sides = (
            f"SELECT 'missing' AS kind, k.{key} AS key FROM {scanned} k LEFT JOIN {target} t "
            f"ON t.{key} = k.{key} WHERE t.{key} IS NULL AND k.{version} >= 0 "
            f"UNION ALL SELECT 'extra', t.{key} FROM {target} t "
            f"LEFT JOIN {scanned} k ON k.{key} = t.{key} WHERE k.{key} IS NULL"
        )
        if not self.keys_only:
            others = [column for column in rules.columns if column not in {rules.key, rules.version}]
            differ = " OR ".join(_unlike(identifier(column), kinds[column]) for column in others) or "FALSE"
            sides += (
                f" UNION ALL SELECT 'stale', t.{key} FROM {target} t JOIN {scanned} k ON k.{key} = t.{key} "
                f"WHERE COALESCE(t.{version}, 0) < k.{version} AND ({differ})"
            )
        counted = f"SELECT kind, COUNT(*) AS n FROM ({sides}) AS d GROUP BY kind"
        counts = {row["kind"]: int(row["n"]) for row in self.executor.run(counted, fetch=True).dicts()}
        if not counts:
            return {}, ()
        listed = f"SELECT kind, key FROM ({sides}) AS d ORDER BY 1, 2 LIMIT {MOST}"
        rows = self.executor.run(listed, fetch=True).dicts()
        return counts, tuple(Difference(row["kind"], str(row["key"])) for row in rows)

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


def _unlike(column: str, kind: str) -> str:
    """That two values of a column are not the same; SUPER is compared by its text."""
    ours, theirs = f"k.{column}", f"t.{column}"
    if kind.strip().lower() == "super":
        ours, theirs = f"JSON_SERIALIZE({ours})", f"JSON_SERIALIZE({theirs})"
    return f"{ours} <> {theirs} OR (k.{column} IS NULL) <> (t.{column} IS NULL)"
