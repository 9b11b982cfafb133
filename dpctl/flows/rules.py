"""The deployed job's own rules for turning items into rows: its script is loaded from runtime/, and asked.

So what `dpctl reconcile` expects in Redshift is what the job writes there, to the last digit.
"""

from __future__ import annotations

import runpy
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dpctl.errors import UsageError

if TYPE_CHECKING:
    from dpctl.config import Environment
    from dpctl.config.models import Table

SCRIPT = "runtime/glue_shell/GlueTestjob.py"
NO_ROW = -1  # the version of a key whose item no row can be made of: it is neither missing nor stale


@cache
def _script(path: Path) -> dict[str, Any]:
    return runpy.run_path(str(path), run_name="dpctl_rules")


@dataclass(frozen=True)
class Rules:
    """How an item becomes a row of one table. ``key`` is the column of the hash key."""

    script: dict[str, Any]
    target: Any
    hash_key: str

    @classmethod
    def read(cls, environment: Environment, name: str, table: Table) -> Rules:
        """The rules for a table that follows DynamoDB. Raises UsageError where the script is not there."""
        path = environment.root / SCRIPT
        if not path.is_file():
            why = "Its rules say which row belongs to an item."
            raise UsageError(f"There is no {SCRIPT} here.", why=why, hint="dpctl --root DIR reconcile ...")
        script = _script(path.resolve())
        columns = tuple({"name": c.name, "type": c.type, "nullable": c.nullable} for c in table.columns)
        target = script["Target"](table.schema_, name, columns, tuple(table.key), table.version or "")
        return cls(script, target, environment.config.databases.dynamodb.hash_key)

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns, in order."""
        return tuple(self.target.names)

    @property
    def key(self) -> str:
        """The column of the key."""
        return str(self.target.key[0])

    @property
    def version(self) -> str:
        """The column of the version."""
        return str(self.target.version)

    @property
    def key_columns(self) -> tuple[str, ...]:
        """Key and version."""
        return self.key, self.version

    def line(self, item: dict[str, Any], version: int, *, keys_only: bool) -> tuple[str, bool]:
        """The row of an item as a line of JSON, and whether one can be made of it.

        Of an item that fits no row there is its key, with the version NO_ROW.
        """
        if not keys_only:
            try:
                return self._json(self.script["row_of"](item, self.target, version)), True
            except self.script["Poison"]:
                pass
        attribute = item[self.hash_key]
        key = self.script["plain"](attribute)
        try:
            key = self.script["fit"](key, self.target.type_of(self.key))
        except (ValueError, ArithmeticError):
            return self._json({self.version: str(NO_ROW)}), False
        return self._json({self.key: key, self.version: str(version if keys_only else NO_ROW)}), keys_only

    def _json(self, row: dict[str, Any]) -> str:
        return str(self.script["to_json"](row))
