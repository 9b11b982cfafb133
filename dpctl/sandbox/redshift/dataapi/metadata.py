"""ListDatabases, ListSchemas, ListTables and DescribeTable of the Data API."""

from __future__ import annotations

from typing import Any

from dpctl.sandbox.redshift.dataapi.results import next_token, type_name, window
from dpctl.sandbox.redshift.postgres import oids
from dpctl.sandbox.redshift.session import Session
from dpctl.sandbox.redshift.sql.lexer import literal

OPERATIONS = frozenset({"ListDatabases", "ListSchemas", "ListTables", "DescribeTable"})

_NUMBERS = frozenset({oids.INT8, oids.INT2, oids.INT4, oids.FLOAT4, oids.FLOAT8, oids.NUMERIC})
_SYSTEM = "('pg_catalog', 'information_schema', 'sys_history', 'pg_toast')"


def answer(operation: str, session: Session, params: dict[str, Any]) -> dict[str, Any]:
    """Answer one of the operations. Raises SqlError."""
    match operation:
        case "ListDatabases":
            return _paged("Databases", list(session.namespace.postgres.databases()), params)
        case "ListSchemas":
            return _paged("Schemas", _schemas(session, params), params)
        case "ListTables":
            return _paged("Tables", _tables(session, params), params)
    return _describe(session, params)


def _schemas(session: Session, params: dict[str, Any]) -> list[Any]:
    rows = session.backend.query(
        f"SELECT nspname FROM pg_namespace WHERE nspname NOT IN {_SYSTEM} AND nspname !~ '^pg_(toast|temp)' "
        f"AND nspname LIKE {literal(params.get('SchemaPattern', '%'))} ORDER BY 1"
    ).rows
    return [row[0] for row in rows]


def _tables(session: Session, params: dict[str, Any]) -> list[Any]:
    rows = session.backend.query(
        "SELECT relname, nspname, relkind FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace "
        f"WHERE relkind IN ('r', 'v') AND nspname NOT IN {_SYSTEM} AND nspname !~ '^pg_temp' "
        f"AND nspname LIKE {literal(params.get('SchemaPattern', '%'))} "
        f"AND relname LIKE {literal(params.get('TablePattern', '%'))} ORDER BY 2, 1"
    ).rows
    kinds = {"r": "TABLE", "v": "VIEW"}
    return [{"name": row[0], "schema": row[1], "type": kinds[str(row[2])]} for row in rows]


def _describe(session: Session, params: dict[str, Any]) -> dict[str, Any]:
    schema, table = params.get("Schema", "public"), params.get("Table", "")
    rows = session.backend.query(
        "SELECT column_name, attnotnull, atttypid, atttypmod, "
        "column_default "
        f"FROM redshift_columns WHERE schema_name = {literal(schema)} AND table_name = {literal(table)} "
        "ORDER BY ordinal_position"
    ).rows
    columns = [_column(row, schema, table) for row in rows]
    return _paged("ColumnList", columns, params) | {"TableName": table}


def _column(row: tuple[str | None, ...], schema: str, table: str) -> dict[str, Any]:
    name, required, oid, modifier, default = row
    type_number, size = int(oid or 0), int(modifier or -1) - 4
    is_text = type_number in (oids.BPCHAR, oids.VARCHAR)
    found: dict[str, Any] = {
        "name": name,
        "label": name,
        "schemaName": schema,
        "tableName": table,
        "typeName": type_name(type_number),
        "nullable": 0 if required == "t" else 1,
        "precision": size >> 16 if type_number == oids.NUMERIC and size > 0 else max(size, 0),
        "scale": size & 0x7FF if type_number == oids.NUMERIC and size > 0 else 0,
        "length": max(size, 0) if is_text else 0,
        "isCaseSensitive": is_text,
        "isCurrency": False,
        "isSigned": type_number in _NUMBERS,
    }
    return found | ({"columnDefault": default} if default else {})


def _paged(name: str, items: list[Any], params: dict[str, Any]) -> dict[str, Any]:
    start, end = window(params, len(items), 1000)
    found: dict[str, Any] = {name: items[start:end]}
    return found | ({"NextToken": next_token(end)} if end < len(items) else {})
