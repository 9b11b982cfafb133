"""The query of an UNLOAD as PostgreSQL's COPY ... TO STDOUT, one form for each format."""

from __future__ import annotations

from dataclasses import dataclass

from dpctl.sandbox.redshift.errors import SqlError
from dpctl.sandbox.redshift.grammar import Unload
from dpctl.sandbox.redshift.postgres import oids
from dpctl.sandbox.redshift.postgres.protocol import Field
from dpctl.sandbox.redshift.sql.lexer import literal
from dpctl.sandbox.redshift.unload.lines import VALUES

_PARTITIONABLE = frozenset(
    {
        oids.INT2,
        oids.INT4,
        oids.INT8,
        oids.NUMERIC,
        oids.FLOAT4,
        oids.BOOL,
        oids.BPCHAR,
        oids.VARCHAR,
        oids.TEXT,
        oids.DATE,
        oids.TIMESTAMP,
    }
)

# One column that holds a whole line must not be quoted: no line holds these two characters unescaped.
_WHOLE_LINE = "FORMAT csv, DELIMITER E'\\x02', QUOTE E'\\x01', ESCAPE E'\\x01'"

PARTITION_END = b"\x02"
"""Ends the partition key that precedes each row when there is PARTITION BY."""


@dataclass(frozen=True)
class Column:
    """A column of the result: ``alias`` is its name inside the query that PostgreSQL runs."""

    field: Field
    alias: str
    partition: bool = False

    @property
    def name(self) -> str:
        """The name the user gave it."""
        return self.field.name

    @property
    def oid(self) -> int:
        """Its type in PostgreSQL."""
        return self.field.oid

    @property
    def precision_and_scale(self) -> tuple[int, int]:
        """Of a numeric; an expression's own precision is not known and gets 38 digits, 10 of them behind."""
        if self.field.modifier < 4:
            return 38, 10
        return (self.field.modifier - 4) >> 16, (self.field.modifier - 4) & 0x7FF


def columns_of(unload: Unload, fields: tuple[Field, ...]) -> tuple[Column, ...]:
    """The result's columns, those of PARTITION BY marked. Raises SqlError for what cannot be a partition."""
    wanted = unload.options.get("PARTITION BY", ())
    names = [field.name for field in fields]
    for name in wanted:
        if name not in names:
            raise SqlError(f'column "{name}" in PARTITION BY is not in the select list', state="42703")
        if fields[names.index(name)].oid not in _PARTITIONABLE:
            raise SqlError(f'column "{name}" has a type that PARTITION BY does not support', state="0A000")
    if wanted and "INCLUDE" not in unload.options and set(names) <= set(wanted):
        raise SqlError("PARTITION BY needs at least one column that is not a partition column", state="42601")
    unwritten = {"PARQUET": (oids.VARBYTE, oids.TIMETZ), "JSON": (oids.VARBYTE,)}.get(unload.format, ())
    for field in fields:
        if field.oid in unwritten:
            raise SqlError(
                f'the type of column "{field.name}" is not supported by FORMAT {unload.format}', state="0A000"
            )
    return tuple(Column(field, f"c{at}", field.name in wanted) for at, field in enumerate(fields))


def copy_statement(unload: Unload, translated: str, columns: tuple[Column, ...]) -> str:
    """The COPY that gives the rows, each after its partition key when there is PARTITION BY."""
    data = data_columns(unload, columns)
    aliases = ", ".join(column.alias for column in columns)
    source = f"({translated}) AS q({aliases})"
    key = _partition_key(unload, columns)
    if unload.format == "PARQUET":
        return _delimited(source, key, [_parquet(column) for column in data], "FORMAT csv")
    if unload.format == "CSV":
        delimiter = literal(unload.options.get("DELIMITER", ","))
        null = literal(unload.options.get("NULL AS", ""))
        options = f"FORMAT csv, DELIMITER {delimiter}, NULL {null}"
        return _delimited(source, key, [column.alias for column in data], options)
    if "FIXEDWIDTH" in unload.options:
        return _delimited(source, key, [_fixed_line(unload, data)], _WHOLE_LINE)
    values = [_value(column, unload.format) for column in data]
    return _delimited(source, key, values, VALUES)


def data_columns(unload: Unload, columns: tuple[Column, ...]) -> tuple[Column, ...]:
    """The columns that are in the files: all, or without those of PARTITION BY."""
    if "INCLUDE" in unload.options:
        return columns
    return tuple(column for column in columns if not column.partition)


def _partition_key(unload: Unload, columns: tuple[Column, ...]) -> str:
    """The values of the partition columns, each n or v and its hex, with points between: never quoted."""
    by_name = {column.name: column for column in columns}
    parts = [by_name[name] for name in unload.options.get("PARTITION BY", ())]
    if not parts:
        return ""
    values = (f"coalesce('v' || encode(convert_to({_plain(part)}, 'UTF8'), 'hex'), 'n')" for part in parts)
    return " || '.' || ".join(values)


def _delimited(source: str, key: str, values: list[str], options: str) -> str:
    return f"COPY (SELECT {', '.join([key, *values] if key else values)} FROM {source}) TO STDOUT ({options})"


def _plain(column: Column) -> str:
    """A column as the text that Redshift writes."""
    if column.oid == oids.BOOL:
        return f"CASE {column.alias} WHEN true THEN 't' WHEN false THEN 'f' END"
    if column.oid == oids.VARBYTE:
        return f"varbyte_hex({column.alias})"
    if column.oid == oids.SUPER:
        return f"{column.alias}::json::text"
    return f"{column.alias}::text"


def _parquet(column: Column) -> str:
    if column.oid == oids.TIMESTAMPTZ:
        return f"{column.alias} AT TIME ZONE 'UTC'"
    if column.oid == oids.NUMERIC and column.field.modifier < 4:
        return f"round({column.alias}, 10)"
    return column.alias


def _value(column: Column, form: str) -> str:
    """A column as `lines` takes it: what PostgreSQL writes by itself is not made a text first."""
    if column.oid == oids.BOOL and form == "JSON":
        return f"CASE {column.alias} WHEN true THEN 'true' WHEN false THEN 'false' END"
    return _plain(column) if column.oid in (oids.BPCHAR, oids.VARBYTE, oids.SUPER) else column.alias


def _fixed_line(unload: Unload, columns: tuple[Column, ...]) -> str:
    widths = unload.options.get("FIXEDWIDTH")
    if len(widths) != len(columns):
        raise SqlError("the FIXEDWIDTH specification does not match the number of columns", state="22023")
    null = literal(unload.options.get("NULL AS", ""))
    parts = [
        f"redshift_padded(coalesce({_plain(column)}, {null}), {width})"
        for column, (_, width) in zip(columns, widths, strict=True)
    ]
    return " || ".join(parts)
