"""What MySQL's catalogue says of a table."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import Any

from dpctl.errors import UsageError
from dpctl.mysql.source import rows

_COLUMNS = """
SELECT COLUMN_NAME AS name, LOWER(DATA_TYPE) AS kind, LOWER(CAST(COLUMN_TYPE AS CHAR)) AS full,
  IS_NULLABLE AS nullable, CHARACTER_MAXIMUM_LENGTH AS length, CHARACTER_SET_NAME AS charset,
  NUMERIC_PRECISION AS digits, NUMERIC_SCALE AS scale, LOWER(EXTRA) AS extra
FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = %s ORDER BY ORDINAL_POSITION
"""
_INDEXES = """
SELECT INDEX_NAME AS name, COLUMN_NAME AS col, NON_UNIQUE AS repeated, SUB_PART AS part
FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = %s
ORDER BY INDEX_NAME, SEQ_IN_INDEX
"""
_SIZE = """
SELECT TABLE_ROWS AS estimate FROM information_schema.TABLES
WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = %s
"""
# MariaDB has no type JSON: the word makes a LONGTEXT with this check.
_JSON = """
SELECT CHECK_CLAUSE AS text FROM information_schema.CHECK_CONSTRAINTS
WHERE CONSTRAINT_SCHEMA = DATABASE() AND TABLE_NAME = %s
"""


@dataclass(frozen=True)
class Column:
    """A column: ``kind`` is its type (``bigint``), ``full`` the whole of it (``bigint(20) unsigned``).

    ``length`` is in characters for CHAR and VARCHAR, and in bytes for texts and blobs.
    """

    name: str
    kind: str
    full: str
    nullable: bool = True
    length: int = 0
    charset: str = ""
    digits: int = 0
    scale: int = 0
    extra: str = ""

    @property
    def unsigned(self) -> bool:
        """Whether it has no numbers below 0."""
        return "unsigned" in self.full or "zerofill" in self.full


@dataclass(frozen=True)
class SourceTable:
    """A table: its columns, those of its key, those that an index begins with, and about how many rows."""

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    indexed: tuple[str, ...] = ()
    rows: int = 0

    def column(self, name: str) -> Column:
        """A column by its name."""
        return next(one for one in self.columns if one.name == name)


def names(opened: Any) -> list[str]:
    """The tables that the user may see."""
    sql = (
        "SELECT TABLE_NAME AS name FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() ORDER BY 1"
    )
    return [row["name"] for row in rows(opened, sql)]


def read(opened: Any, name: str) -> SourceTable:
    """A table's definition. Raises UsageError with what is near where there is no such table."""
    found = find(opened, name)
    if found is None:
        known = names(opened)
        near = difflib.get_close_matches(name, known, n=3, cutoff=0.5) or known[:10]
        raise UsageError(
            f"MySQL has no table {name!r} that the user may see.",
            why=f"It has: {', '.join(near) or 'none'}.",
            hint=f"dpctl tables from-mysql {near[0]}" if near else "GRANT SELECT to the user of the secret",
        )
    return found


def find(opened: Any, name: str) -> SourceTable | None:
    """A table's definition; None where there is none, or the user may not see it."""
    columns = rows(opened, _COLUMNS, name)
    if not columns:
        return None
    checked = _documents(opened, name)
    indexes: dict[str, list[dict[str, Any]]] = {}
    for row in rows(opened, _INDEXES, name):
        indexes.setdefault(row["name"], []).append(row)
    made = tuple(_column(row, checked) for row in columns)
    size = rows(opened, _SIZE, name)
    return SourceTable(
        name,
        made,
        _key(made, indexes),
        tuple(dict.fromkeys(index[0]["col"] for index in indexes.values() if index[0]["col"])),
        int((size[0]["estimate"] if size else 0) or 0),
    )


def _column(row: dict[str, Any], documents: str) -> Column:
    kind = row["kind"]
    if kind == "longtext" and f"json_valid(`{row['name']}`)" in documents:
        kind = "json"
    return Column(
        row["name"],
        kind,
        row["full"],
        row["nullable"] == "YES",
        int(row["length"] or 0),
        row["charset"] or "",
        int(row["digits"] or 0),
        int(row["scale"] or 0),
        row["extra"] or "",
    )


def _documents(opened: Any, name: str) -> str:
    version = rows(opened, "SELECT VERSION() AS version")[0]["version"]
    if "mariadb" not in str(version).lower():
        return ""
    return "\n".join(str(row["text"]) for row in rows(opened, _JSON, name))


def _key(columns: tuple[Column, ...], indexes: dict[str, list[dict[str, Any]]]) -> tuple[str, ...]:
    """The primary key; without one, the first unique index on whole columns that are never NULL."""
    nullable = {one.name for one in columns if one.nullable}
    for index in sorted(indexes, key=lambda name: (name != "PRIMARY", name)):
        parts = indexes[index]
        whole = all(part["col"] and not part["part"] for part in parts)
        if not parts[0]["repeated"] and whole and not nullable & {part["col"] for part in parts}:
            return tuple(part["col"] for part in parts)
    return ()
