"""What Redshift lacks, has otherwise or has too much, by DynamoDB; and those keys put back to be loaded.

The table is scanned in segments at a bounded share of read units; each item becomes the row that the deployed
job would make of it, a page goes to S3 as it comes, Redshift loads the rows into a table of its own, and
compares. So no more than a page is in memory here, however large the table is. Where one process takes too
long there is the Glue job Reconcile, on Spark: the comparison is the same, its script's.

A row carries as its version the time before its item was read. A row in Redshift that was read later than the
scan did is newer, and no difference; one that was read before, and has other values, is stale.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dpctl.errors import UsageError
from dpctl.flows.folders import PENDING, PREFIX
from dpctl.flows.rules import Rules
from dpctl.redshift.copy import Copy, copy_sql
from dpctl.redshift.quoting import identifier, qualified
from dpctl.redshift.settings import required_table

if TYPE_CHECKING:
    from dpctl.config import Environment
    from dpctl.config.tables import Table
    from dpctl.redshift.executor import Executor

SEGMENTS = 8
Sleep = Callable[[float], None]


@dataclass(frozen=True)
class Difference:
    """A key that is ``missing`` in Redshift, ``extra`` there, or has a row that is ``stale``."""

    kind: str
    key: str


@dataclass(frozen=True)
class Found:
    """How many items were scanned, how many keys differ, and the first of them by name.

    ``unfit`` are items that no row can be made of: the dead letters say why.
    """

    scanned: int
    missing: int
    extra: int
    stale: int
    unfit: int
    differences: tuple[Difference, ...]

    @property
    def clean(self) -> bool:
        """Whether Redshift has just the rows that DynamoDB's items make."""
        return not (self.missing or self.extra or self.stale)

    def as_dict(self) -> dict[str, Any]:
        """What was found, as ``--json`` has it."""
        differences = [{"kind": item.kind, "key": item.key} for item in self.differences]
        counts = {name: getattr(self, name) for name in ("scanned", "missing", "extra", "stale", "unfit")}
        return {"ok": self.clean, **counts, "differences": differences}


def followed(environment: Environment, name: str) -> tuple[str, Table]:
    """The table that follows DynamoDB. Raises UsageError for another one."""
    required_table(environment, name)
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
        rules = Rules.read(self.environment, name, table, keys_only=self.keys_only)
        kinds = {column.name: column.type for column in table.columns}
        scanned = qualified(table.schema_, self.name)
        items, unfit = self._stage(rules)
        columns = ", ".join(f"{identifier(column)} {kinds[column]}" for column in rules.columns)
        self.executor.run(f"CREATE TABLE {scanned} ({columns})")
        try:
            if items:
                source = f"s3://{self.bucket}/{self.prefix}"
                statement = Copy(
                    table.schema_,
                    self.name,
                    source,
                    self.role,
                    rules.columns,
                    format="json",
                    jsonpaths="auto",
                    date_format="auto",
                    time_format="auto",
                )
                self.executor.run(copy_sql(statement))
            counts, found = self._differences(rules, scanned)
        finally:
            self.executor.run(f"DROP TABLE {scanned}")
        missing, extra, stale = (counts.get(kind, 0) for kind in ("missing", "extra", "stale"))
        return Found(items, missing, extra, stale, unfit, found)

    def _stage(self, rules: Rules) -> tuple[int, int]:
        """Write the rows to S3, a page at a time; returns how many items there are, and how many unfit."""
        items = unfit = 0
        clocks = (self.sleep, self.clock, self.now)
        scanned = rules.scan(self.dynamodb, SEGMENTS, self.units, clocks)
        for number, (page, bad) in enumerate(rules.pages(scanned)):
            body = "".join(f"{line}\n" for line in page).encode()
            self.s3.put_object(Bucket=self.bucket, Key=f"{self.prefix}{number:06d}.json", Body=body)
            items, unfit = items + len(page), unfit + bad
            self.progress(items)
        return items, unfit

    def _differences(self, rules: Rules, scanned: str) -> tuple[dict[str, int], tuple[Difference, ...]]:
        counted, listed = rules.queries(scanned)
        counts = {row["kind"]: int(row["n"]) for row in self.executor.run(counted, fetch=True).dicts()}
        if not counts:
            return {}, ()
        rows = self.executor.run(listed, fetch=True).dicts()
        return counts, tuple(Difference(row["kind"], str(row["key"])) for row in rows)

    def fix(self, name: str, table: Table, differences: tuple[Difference, ...]) -> int:
        """Make the keys pending: the drain reads each item as it is, and writes or deletes its row."""
        rules = Rules.read(self.environment, name, table, keys_only=self.keys_only)
        for place, body in rules.pending([(item.kind, item.key) for item in differences]):
            self.s3.put_object(Bucket=self.bucket, Key=f"{PENDING}{place}", Body=body)
        return len(differences)
