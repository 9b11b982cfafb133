"""CREATE and ALTER for the tables of env.yaml: pure text."""

from __future__ import annotations

import re
from dataclasses import dataclass

from dpctl.errors import UsageError
from dpctl.redshift.quoting import identifier, identifiers, qualified

_TYPE = re.compile(r"([a-z][a-z0-9]*(?: [a-z]+)*) ?(?:\( ?(\d+) ?(?:, ?(\d+) ?)?\))?")
_ENCODING = re.compile(r"[a-z0-9]+")
# spellings of one type, and the lengths Redshift takes when none is given ("Data types")
_SAME = {
    "int": "integer",
    "int2": "smallint",
    "int4": "integer",
    "int8": "bigint",
    "decimal": "numeric",
    "float": "double precision",
    "float8": "double precision",
    "float4": "real",
    "bool": "boolean",
    "varchar": "character varying",
    "nvarchar": "character varying",
    "text": "character varying",
    "char": "character",
    "nchar": "character",
    "bpchar": "character",
    "timestamp": "timestamp without time zone",
    "timestamptz": "timestamp with time zone",
    "time": "time without time zone",
    "timetz": "time with time zone",
    "varbinary": "varbyte",
    "binary varying": "varbyte",
}
_DEFAULTS = {
    "numeric": (18, 0),
    "character varying": (256,),
    "character": (1,),
    "varbyte": (64000,),
}


@dataclass(frozen=True)
class Type:
    """A column's type in one spelling: ``numeric`` with (12, 2)."""

    name: str
    arguments: tuple[int, ...] = ()

    @classmethod
    def parse(cls, text: str) -> Type:
        """Read any spelling. Raises UsageError for what is no type."""
        match = _TYPE.fullmatch(" ".join(text.lower().split()))
        if not match:
            raise UsageError(f"{text!r} is not a column's type.")
        name = _SAME.get(match[1], match[1])
        given = tuple(int(number) for number in match.groups()[1:] if number is not None)
        if match[1] == "float":  # FLOAT(p) is REAL up to 24 binary digits
            return cls("real" if given and given[0] <= 24 else "double precision")
        default = (256,) if match[1] == "bpchar" else _DEFAULTS.get(name, ())
        arguments = (*given, *default[len(given) :]) if default else ()
        return cls(name, arguments)

    def __str__(self) -> str:
        arguments = ",".join(str(number) for number in self.arguments)
        return f"{self.name}({arguments})" if arguments else self.name


@dataclass(frozen=True)
class ColumnSpec:
    """A column; ``encode`` None leaves the encoding to Redshift."""

    name: str
    type: Type
    nullable: bool = True
    encode: str | None = None


@dataclass(frozen=True)
class TableSpec:
    """A table; ``distribution_key`` None leaves the distribution to Redshift (AUTO)."""

    schema: str
    name: str
    columns: tuple[ColumnSpec, ...]
    key: tuple[str, ...] = ()
    distribution_key: str | None = None
    sort_key: tuple[str, ...] = ()


def create_schema_sql(schema: str) -> str:
    """Create a schema unless it is there."""
    return f"CREATE SCHEMA IF NOT EXISTS {identifier(schema)}"


def create_table_sql(table: TableSpec) -> str:
    """Create a table. The primary key is informational in Redshift: nothing enforces it."""
    lines = [_column(column) for column in table.columns]
    if table.key:
        lines.append(f"PRIMARY KEY ({identifiers(table.key)})")
    text = f"CREATE TABLE {qualified(table.schema, table.name)} (\n  " + ",\n  ".join(lines) + "\n)"
    if table.distribution_key:
        text += f"\nDISTSTYLE KEY DISTKEY ({identifier(table.distribution_key)})"
    if table.sort_key:
        text += f"\nCOMPOUND SORTKEY ({identifiers(table.sort_key)})"
    return text


def add_column_sql(table: TableSpec, column: ColumnSpec) -> str:
    """Add a column at the end."""
    return f"{_alter(table)} ADD COLUMN {_column(column)}"


def alter_type_sql(table: TableSpec, column: ColumnSpec) -> str:
    """Change a VARCHAR's length; Redshift changes no other type."""
    return f"{_alter(table)} ALTER COLUMN {identifier(column.name)} TYPE {column.type}"


def alter_encode_sql(table: TableSpec, column: ColumnSpec) -> str:
    """Change a column's compression."""
    return f"{_alter(table)} ALTER COLUMN {identifier(column.name)} ENCODE {_encoding(column.encode or '')}"


def alter_distribution_sql(table: TableSpec) -> str:
    """Change the distribution key."""
    return f"{_alter(table)} ALTER DISTSTYLE KEY DISTKEY {identifier(table.distribution_key or '')}"


def alter_sort_sql(table: TableSpec) -> str:
    """Change the sort key."""
    return f"{_alter(table)} ALTER COMPOUND SORTKEY ({identifiers(table.sort_key)})"


def _alter(table: TableSpec) -> str:
    return f"ALTER TABLE {qualified(table.schema, table.name)}"


def _column(column: ColumnSpec) -> str:
    text = f"{identifier(column.name)} {column.type}"
    if column.encode:
        text += f" ENCODE {_encoding(column.encode)}"
    return text if column.nullable else f"{text} NOT NULL"


def _encoding(name: str) -> str:
    if not _ENCODING.fullmatch(name):
        raise UsageError(f"{name!r} is not an encoding.")
    return name.upper()
