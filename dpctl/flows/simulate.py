"""Writes to the DynamoDB table as an application makes them, to see the pipeline at work in the sandbox.

Items have an attribute for each column of the table that follows DynamoDB, with values that fit it.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dpctl.config.models import DynamoDb
    from dpctl.config.tables import Table

FIRST = datetime(2026, 1, 1, tzinfo=UTC)
PREFIX = "simulated-"


@dataclass(frozen=True)
class Counts:
    """How many items are put anew, updated, and deleted."""

    puts: int
    updates: int
    deletes: int


@dataclass
class Simulator:
    """Writes by chance, the same for the same seed. ``client`` is DynamoDB's."""

    client: Any
    name: str
    dynamodb: DynamoDb
    table: Table
    seed: int = 1

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)

    def run(self, counts: Counts, progress: Callable[[int], None]) -> list[str]:
        """Put, update, then delete, each among what was put; returns the keys that are left."""
        keys = [f"{PREFIX}{self.seed}-{number:06d}" for number in range(counts.puts)]
        if self.dynamodb.hash_key_type == "N":
            keys = [str(self.seed * 1_000_000 + number) for number in range(counts.puts)]
        gone = self.chance.sample(keys, min(counts.deletes, len(keys)))
        changed = [self.chance.choice(keys) for _ in range(counts.updates if keys else 0)]
        for done, key in enumerate([*keys, *changed], 1):
            self.client.put_item(TableName=self.name, Item=self.item(key))
            progress(done)
        for done, key in enumerate(gone, len(keys) + len(changed) + 1):
            self.client.delete_item(TableName=self.name, Key={self.dynamodb.hash_key: self._key(key)})
            progress(done)
        return sorted(set(keys) - set(gone))

    def item(self, key: str) -> dict[str, Any]:
        """An item with a value for every column but key and version."""
        item = {self.dynamodb.hash_key: self._key(key)}
        for column in self.table.columns:
            if column.name not in {*self.table.key, self.table.version}:
                item[column.name] = self._value(column.type.lower())
        return item

    def _key(self, key: str) -> dict[str, Any]:
        kind = self.dynamodb.hash_key_type
        return {kind: key.encode() if kind == "B" else key}

    def _value(self, kind: str) -> dict[str, Any]:
        """A value in DynamoDB's JSON that fits a type of Redshift."""
        base = re.split(r"[ (]", kind.strip(), maxsplit=1)[0]
        sizes = [int(size) for size in re.findall(r"\d+", kind)]
        if base in {"smallint", "integer", "int", "bigint"}:
            return {"N": str(self.chance.randrange(1000))}
        if base in {"decimal", "numeric", "real", "float", "double"}:
            scale = sizes[1] if len(sizes) > 1 else 0
            digits = min(4, (sizes[0] if sizes else 18) - scale)
            whole = self.chance.randrange(10**digits)
            return {"N": str(Decimal(whole) + Decimal(self.chance.randrange(10**scale)).scaleb(-scale))}
        if base == "boolean":
            return {"BOOL": self.chance.random() < 0.5}
        if base in {"date", "timestamp", "timestamptz"}:
            at = FIRST + timedelta(seconds=self.chance.randrange(365 * 86_400))
            return {"S": at.strftime("%Y-%m-%d" if base == "date" else "%Y-%m-%dT%H:%M:%SZ")}
        if base in {"time", "timetz"}:
            return {"S": f"{self.chance.randrange(24):02d}:{self.chance.randrange(60):02d}:00"}
        if base == "super":
            return {"M": {"tags": {"L": [{"S": "a"}, {"N": "1.50"}]}}}
        if base == "varbyte":
            return {"B": bytes(self.chance.randrange(256) for _ in range(4))}
        length = sizes[0] if sizes else (1 if base.startswith("char") else 256)
        return {"S": "".join(self.chance.choice("abcdefghij") for _ in range(min(length, 8)))}
