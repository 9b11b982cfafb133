"""The table a COPY loads: which columns take part, and what each of them admits."""

from __future__ import annotations

from dataclasses import dataclass

from dpctl.sandbox.redshift.errors import SqlError
from dpctl.sandbox.redshift.grammar import Copy
from dpctl.sandbox.redshift.postgres import oids
from dpctl.sandbox.redshift.postgres.backend import Backend
from dpctl.sandbox.redshift.sql.lexer import identifier, literal


@dataclass(frozen=True)
class TargetColumn:
    """A column: ``type`` in Redshift's words, ``oid`` and ``modifier`` in PostgreSQL's."""

    name: str
    type: str
    oid: int
    modifier: int
    required: bool
    default: bool
    identity: bool

    @property
    def length(self) -> int:
        """Bytes a char or varchar holds; 0 for other types and for no limit."""
        return self.modifier - 4 if self.oid in (oids.VARCHAR, oids.BPCHAR) and self.modifier > 4 else 0

    @property
    def textual(self) -> bool:
        """Whether an empty field is an empty string here, and not NULL."""
        return self.oid in (oids.VARCHAR, oids.BPCHAR, oids.TEXT)

    @property
    def is_super(self) -> bool:
        """Whether this is a SUPER column."""
        return self.oid == oids.SUPER

    @property
    def precision(self) -> int:
        """Digits of a numeric; 0 where they are not limited."""
        return (self.modifier - 4) >> 16 if self.oid == oids.NUMERIC and self.modifier > 4 else 0

    @property
    def scale(self) -> int:
        """Digits behind the point of a numeric."""
        return (self.modifier - 4) & 0x7FF if self.oid == oids.NUMERIC and self.modifier > 4 else 0


@dataclass(frozen=True)
class Target:
    """A table and its columns that are loaded, in the order of the fields."""

    name: str
    table: str
    oid: int
    columns: tuple[TargetColumn, ...]

    def statement(self, binary: bool) -> str:
        """PostgreSQL's COPY that takes rows as binary, or as CSV and tells of those it cannot read."""
        names = ", ".join(identifier(column.name) for column in self.columns)
        how = "FORMAT binary" if binary else "FORMAT csv, ON_ERROR ignore, LOG_VERBOSITY verbose"
        return f"COPY {self.table} ({names}) FROM STDIN ({how})"


def find_target(backend: Backend, copy: Copy) -> Target:
    """Look the table up. Raises SqlError for a table or column that is not there or left out wrongly."""
    name = ".".join(copy.table)
    table = ".".join(identifier(part) for part in copy.table)
    oid = backend.value(f"SELECT to_regclass({literal(table)})::oid")
    if oid is None:
        raise SqlError(f"Cannot COPY into nonexistent table {name}", state="42P01")
    if backend.value(f"SELECT relkind FROM pg_class WHERE oid = {oid}") != "r":
        raise SqlError(f'cannot copy to non-table relation "{name}"', state="42809")
    rows = backend.query(
        "SELECT attname, redshift_type(atttypid, atttypmod), atttypid, atttypmod, attnotnull, "
        f"atthasdef OR attidentity <> '', attidentity <> '' FROM pg_attribute WHERE attrelid = {oid} "
        "AND attnum > 0 AND NOT attisdropped ORDER BY attnum"
    ).rows
    columns = {str(row[0]): _column(row) for row in rows}
    return Target(name, table, int(oid), _chosen(copy, columns))


def _column(row: tuple[str | None, ...]) -> TargetColumn:
    name, kind, oid, modifier = str(row[0]), str(row[1]), int(row[2] or 0), int(row[3] or -1)
    return TargetColumn(name, kind, oid, modifier, row[4] == "t", row[5] == "t", row[6] == "t")


def _chosen(copy: Copy, columns: dict[str, TargetColumn]) -> tuple[TargetColumn, ...]:
    explicit = "EXPLICIT_IDS" in copy.options
    if not copy.columns:
        return tuple(column for column in columns.values() if explicit or not column.identity)
    for name in copy.columns:
        if name not in columns:
            raise SqlError(f'column "{name}" of relation "{copy.table[-1]}" does not exist', state="42703")
        if columns[name].identity and not explicit:
            raise SqlError(f'cannot set an identity column "{name}" without EXPLICIT_IDS', state="42601")
    for column in columns.values():
        if column.required and not column.default and column.name not in copy.columns:
            raise SqlError("NOT NULL column without DEFAULT must be included in column list", state="42601")
    return tuple(columns[name] for name in copy.columns)
