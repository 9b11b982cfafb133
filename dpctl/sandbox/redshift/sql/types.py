"""Redshift's column types and what they are in PostgreSQL."""

from __future__ import annotations

from dpctl.sandbox.redshift.errors import SqlError, syntax_error, unsupported
from dpctl.sandbox.redshift.sql.cursor import Cursor

_PLAIN = {
    "SMALLINT": "smallint",
    "INT2": "smallint",
    "INTEGER": "integer",
    "INT": "integer",
    "INT4": "integer",
    "BIGINT": "bigint",
    "INT8": "bigint",
    "REAL": "real",
    "FLOAT4": "real",
    "FLOAT8": "double precision",
    "BOOLEAN": "boolean",
    "BOOL": "boolean",
    "DATE": "date",
    "TIMETZ": "time with time zone",
    "TIMESTAMPTZ": "timestamp with time zone",
    "DATETIME": "timestamp without time zone",
    "SUPER": "super",
    "TEXT": "varchar(256)",
    "BPCHAR": "char(256)",
}

_LIMITS = {"varchar": 65535, "char": 4096, "varbyte": 1_024_000}
_MISSING = frozenset({"GEOMETRY", "GEOGRAPHY", "HLLSKETCH", "INTERVAL"})


def read_type(cursor: Cursor) -> str:
    """Take a type. Raises SqlError for one that Redshift does not have or the sandbox does not."""
    name = cursor.word().upper()
    if name in _MISSING:
        raise unsupported(f"The type {name}")
    if name in _PLAIN:
        return _PLAIN[name]
    match name:
        case "DOUBLE":
            cursor.expect("PRECISION")
            return "double precision"
        case "FLOAT":
            length = _arguments(cursor)
            return "real" if length and _number(length[0]) <= 24 else "double precision"
        case "DECIMAL" | "NUMERIC":
            return _decimal(_arguments(cursor))
        case "TIME" | "TIMESTAMP":
            return _time(cursor, name.lower())
        case "VARCHAR" | "NVARCHAR":
            return _text("varchar", _arguments(cursor), "256")
        case "CHAR" | "CHARACTER" | "NCHAR":
            varying = bool(cursor.accept("VARYING"))
            return _text("varchar" if varying else "char", _arguments(cursor), "256" if varying else "1")
        case "VARBYTE" | "VARBINARY" | "BINARY":
            cursor.accept("VARYING")
            return _text("varbyte", _arguments(cursor), "64000")
    raise SqlError(f'type "{name.lower()}" does not exist', state="42704")


def _arguments(cursor: Cursor) -> list[str]:
    found: list[str] = []
    if cursor.accept("("):
        while True:
            found.append(cursor.next().value.lower())
            if not cursor.accept(","):
                break
        cursor.expect(")")
    return found


def _number(text: str) -> int:
    if not text.isdigit():
        raise syntax_error(f'syntax error at or near "{text}"')
    return int(text)


def _decimal(arguments: list[str]) -> str:
    if len(arguments) > 2:
        raise SqlError("invalid NUMERIC type modifier", state="22023")
    precision, scale = (_number(value) for value in arguments + ["18", "0"][len(arguments) :])
    if not 1 <= precision <= 38:
        raise SqlError(f"NUMERIC precision {precision} must be between 1 and 38", state="22023")
    if not 0 <= scale <= precision:
        raise SqlError(f"NUMERIC scale {scale} must be between 0 and precision {precision}", state="22023")
    return f"numeric({precision},{scale})"


def _time(cursor: Cursor, name: str) -> str:
    zone = cursor.accept("WITH", "WITHOUT")
    if zone:
        cursor.expect("TIME")
        cursor.expect("ZONE")
    return f"{name} {(zone or 'WITHOUT').lower()} time zone"


def _text(kind: str, arguments: list[str], default: str) -> str:
    length = arguments[0] if arguments else default
    size = _LIMITS[kind] if length == "max" else _number(length)
    if not 1 <= size <= _LIMITS[kind]:
        raise SqlError(f"length for type {kind} cannot exceed {_LIMITS[kind]}", state="22023")
    return f"{kind}({size})"
