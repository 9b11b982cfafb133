"""The deployed jobs' own rules: their scripts are loaded from runtime/, and asked.

So what `dpctl reconcile` expects in Redshift is what GlueTestjob writes there, to the last digit, and how it
compares is how the Glue job Reconcile does.
"""

from __future__ import annotations

import runpy
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from dpctl.errors import UsageError

if TYPE_CHECKING:
    from dpctl.config import Environment
    from dpctl.config.tables import Table

ROWS, COMPARISON = "runtime/glue_shell/GlueTestjob.py", "runtime/glue_etl/Reconcile.py"
Sleep = Callable[[float], None]
Clock = Callable[[], float]
Item = dict[str, Any]


@cache
def _script(path: Path) -> SimpleNamespace:
    return SimpleNamespace(**runpy.run_path(str(path), run_name="dpctl_rules"))


@dataclass(frozen=True)
class Rules:
    """How an item becomes a row of one table, and how both sides are compared.

    ``hash_key_type`` is S, N or B; with ``keys_only`` values are neither read nor compared.
    """

    rows: Any
    comparison: Any
    target: Any
    name: str
    hash_key: str
    hash_key_type: str
    keys_only: bool

    @classmethod
    def read(cls, environment: Environment, name: str, table: Table, *, keys_only: bool) -> Rules:
        """The rules for a table that follows DynamoDB. Raises UsageError where a script is not there."""
        paths = [environment.root / script for script in (ROWS, COMPARISON)]
        for path in paths:
            if not path.is_file():
                why = "Its rules say which row belongs to an item."
                there = path.relative_to(environment.root)
                raise UsageError(f"There is no {there} here.", why=why, hint="dpctl --root DIR reconcile ...")
        rows, comparison = (_script(path.resolve()) for path in paths)
        columns = tuple({"name": c.name, "type": c.type, "nullable": c.nullable} for c in table.columns)
        target = rows.Target(table.schema_, name, columns, tuple(table.key), table.version or "")
        dynamodb = environment.config.databases.dynamodb
        followed = environment.resource(dynamodb.table)
        return cls(rows, comparison, target, followed, dynamodb.hash_key, dynamodb.hash_key_type, keys_only)

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that are compared."""
        return tuple(self.comparison.columns_of(self.target, self.keys_only))

    def scan(
        self, client: Any, segments: int, units: float, clocks: tuple[Sleep, Clock, Clock]
    ) -> Iterator[tuple[Item, int]]:
        """Every item, segment by segment, with the time before it was read (epoch ms)."""
        for segment in range(segments):
            yield from self.comparison.scan(
                client, self.name, self.hash_key, (segment, segments), units, self.keys_only, clocks
            )

    def pages(self, items: Iterable[tuple[Item, int]]) -> Iterator[tuple[list[str], int]]:
        """Rows as lines of JSON, as many as belong into an object, and how many items fit no row."""
        lines = (
            self.comparison.line_of(self.rows, self.target, self.hash_key, item, version, self.keys_only)
            for item, version in items
        )
        yield from self.comparison.pages(lines)

    def queries(self, scanned: str) -> tuple[str, str]:
        """The queries that count and list the differences to a table of scanned rows."""
        sides = self.comparison.differences_sql(self.rows, self.target, scanned, self.keys_only)
        return self.comparison.counted_sql(sides), self.comparison.listed_sql(sides)

    def pending(self, differences: Sequence[tuple[str, str]]) -> Iterator[tuple[str, bytes]]:
        """The pending objects, by name, that make the drain read these keys again."""
        yield from self.comparison.pending_objects(differences, self.name, self.hash_key, self.hash_key_type)
