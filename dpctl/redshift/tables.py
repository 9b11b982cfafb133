"""The tables of env.yaml and those of the database: what differs, and the statements that fix it.

The order is: schemas, new tables, then for each table new columns, wider columns, encodings, the distribution
key, the sort key. What would lose data is not done: it is refused, with the reason. Where env.yaml names no
encoding, distribution key or sort key, they are Redshift's to choose, and no difference.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from dpctl.amounts import amount
from dpctl.redshift import ddl
from dpctl.redshift.ddl import ColumnSpec, TableSpec, Type
from dpctl.redshift.executor import Executor
from dpctl.redshift.quoting import literal

if TYPE_CHECKING:
    from dpctl.config import Environment

# Redshift changes the length of a VARCHAR unless it has one of these (ALTER TABLE, "ALTER COLUMN TYPE")
FIXED_ENCODINGS = frozenset({"bytedict", "runlength", "text255", "text32k"})


@dataclass(frozen=True)
class Change:
    """One difference. ``sql`` fixes it; without, ``reason`` says why dpctl does not."""

    table: str
    kind: str
    what: str
    sql: str | None = None
    reason: str = ""

    @property
    def refused(self) -> bool:
        """Whether this stands in the way of the two being the same."""
        return self.sql is None and self.kind != "extra-column"

    def as_dict(self) -> dict[str, Any]:
        """The shape of ``--json``."""
        return asdict(self) | {"refused": self.refused}


@dataclass(frozen=True)
class Live:
    """What the database says about the tables: schemas that are there, and tables by schema and name."""

    schemas: frozenset[str]
    tables: dict[tuple[str, str], TableSpec]


def wanted(environment: Environment) -> tuple[TableSpec, ...]:
    """The tables of env.yaml, in the order of the file."""
    return tuple(
        TableSpec(
            schema=table.schema_,
            name=name,
            columns=tuple(
                ColumnSpec(column.name, Type.parse(column.type), column.nullable, column.encode)
                for column in table.columns
            ),
            key=tuple(table.key),
            distribution_key=table.distribution_key,
            sort_key=tuple(table.sort_key),
        )
        for name, table in environment.config.tables.items()
    )


def schemas_sql() -> str:
    """Ask for the schemas of the database."""
    return "SELECT nspname FROM pg_namespace"


def columns_sql(tables: tuple[TableSpec, ...]) -> str:
    """Ask for the columns of these tables, with their encoding, distribution and sort key."""
    schemas = ", ".join(literal(name) for name in sorted({table.schema for table in tables}))
    names = ", ".join(literal(name) for name in sorted({table.name for table in tables}))
    return (
        "SELECT schema_name, table_name, column_name, data_type, is_nullable, encoding, distkey, sortkey\n"
        "FROM svv_redshift_columns\n"
        f"WHERE schema_name IN ({schemas}) AND table_name IN ({names})\n"
        "  AND database_name = current_database()\n"
        "ORDER BY schema_name, table_name, ordinal_position"
    )


def read_live(executor: Executor, tables: tuple[TableSpec, ...]) -> Live:
    """Read from the database what it has of these tables. Raises what the executor raises."""
    schemas = frozenset(str(row[0]) for row in executor.run(schemas_sql(), fetch=True).rows)
    if not tables:
        return Live(schemas, {})
    found: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in executor.run(columns_sql(tables), fetch=True).dicts():
        found.setdefault((str(row["schema_name"]), str(row["table_name"])), []).append(row)
    return Live(schemas, {name: _table(*name, rows) for name, rows in found.items()})


def diff(tables: tuple[TableSpec, ...], live: Live) -> list[Change]:
    """Every difference, in the order in which it can be fixed."""
    changes = [
        Change(schema, "create-schema", f"create the schema {schema}", ddl.create_schema_sql(schema))
        for schema in dict.fromkeys(table.schema for table in tables)
        if schema not in live.schemas
    ]
    for table in tables:
        there = live.tables.get((table.schema, table.name))
        name = f"{table.schema}.{table.name}"
        if there is None:
            what = f"create the table with {amount(len(table.columns), 'column')}"
            changes.append(Change(name, "create-table", what, ddl.create_table_sql(table)))
        else:
            changes += _alterations(name, table, there)
    return changes


def apply(executor: Executor, changes: list[Change]) -> list[Change]:
    """Run what can be fixed, one statement at a time: some ALTERs may not be in a transaction."""
    done = []
    for change in changes:
        if change.sql is not None:
            executor.run(change.sql)
            done.append(change)
    return done


def _alterations(name: str, table: TableSpec, there: TableSpec) -> Iterator[Change]:
    columns = {column.name: column for column in there.columns}
    for column in table.columns:
        if column.name not in columns:
            yield _added(name, table, column)
    for column in table.columns:
        if column.name in columns:
            yield from _altered(name, table, column, columns[column.name])
    if table.distribution_key and table.distribution_key != there.distribution_key:
        what = f"distribute by {table.distribution_key}, not {there.distribution_key or 'AUTO'}"
        yield Change(name, "distribution", what, ddl.alter_distribution_sql(table))
    if table.sort_key and table.sort_key != there.sort_key:
        what = f"sort by {_names(table.sort_key)}, not {_names(there.sort_key)}"
        yield Change(name, "sort", what, ddl.alter_sort_sql(table))
    known = {column.name for column in table.columns}
    for column in there.columns:
        if column.name not in known:
            what = f"the column {column.name} {column.type} is not in env.yaml"
            yield Change(name, "extra-column", what, reason="dropping it would lose its data; it is left")


def _added(name: str, table: TableSpec, column: ColumnSpec) -> Change:
    what = f"add the column {column.name} {column.type}"
    if not column.nullable:
        reason = "a column that may not be NULL can't be added to a table with rows: it has no default"
        return Change(name, "add-column", what, reason=reason)
    return Change(name, "add-column", what, ddl.add_column_sql(table, column))


def _altered(name: str, table: TableSpec, column: ColumnSpec, there: ColumnSpec) -> Iterator[Change]:
    if column.type != there.type:
        yield _retyped(name, table, column, there)
    if column.nullable != there.nullable:
        what = f"{column.name}: {'allow' if column.nullable else 'forbid'} NULL"
        reason = "Redshift can't change this on a table that is there; a new table and INSERT ... SELECT can"
        yield Change(name, "nullability", what, reason=reason)
    if column.encode and there.encode and column.encode != there.encode:
        what = f"{column.name}: encode {column.encode}, not {there.encode}"
        yield Change(name, "encoding", what, ddl.alter_encode_sql(table, column))


def _retyped(name: str, table: TableSpec, column: ColumnSpec, there: ColumnSpec) -> Change:
    what = f"{column.name}: {there.type} becomes {column.type}"
    if column.type.name != there.type.name or column.type.name != "character varying":
        reason = "Redshift changes nothing but the length of VARCHAR; a new column and UPDATE can do it"
        return Change(name, "type", what, reason=reason)
    if column.type.arguments < there.type.arguments:
        return Change(name, "type", what, reason="values that are longer would be lost")
    if there.encode in FIXED_ENCODINGS:
        reason = f"Redshift does not widen a column with the encoding {there.encode}"
        return Change(name, "type", what, reason=reason)
    return Change(name, "type", what, ddl.alter_type_sql(table, column))


def _table(schema: str, name: str, rows: list[dict[str, Any]]) -> TableSpec:
    columns = tuple(
        ColumnSpec(
            str(row["column_name"]),
            Type.parse(str(row["data_type"])),
            str(row["is_nullable"]).upper() in {"YES", "TRUE", "T"},
            _encode(row["encoding"]),
        )
        for row in rows
    )
    sorted_by = sorted((abs(int(row["sortkey"] or 0)), str(row["column_name"])) for row in rows)
    return TableSpec(
        schema,
        name,
        columns,
        distribution_key=next((str(row["column_name"]) for row in rows if _true(row["distkey"])), None),
        sort_key=tuple(column for position, column in sorted_by if position),
    )


def _encode(value: Any) -> str | None:
    text = str(value or "").strip().lower()
    return None if text in {"", "none"} else text


def _true(value: Any) -> bool:
    return value is True or str(value).lower() in {"t", "true", "1"}


def _names(names: tuple[str, ...]) -> str:
    return ", ".join(names) or "AUTO"
