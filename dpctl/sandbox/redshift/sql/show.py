"""SHOW: of parameters, and of databases, schemas, tables, columns, views, procedures and grants.

Source: the pages "SHOW ..." of the Redshift Database Developer Guide.
"""

from __future__ import annotations

from dpctl.sandbox.redshift.errors import SqlError, unsupported
from dpctl.sandbox.redshift.sql import lexer
from dpctl.sandbox.redshift.sql.cursor import Cursor
from dpctl.sandbox.redshift.sql.known import Known
from dpctl.sandbox.redshift.sql.lexer import identifier, literal
from dpctl.sandbox.redshift.sql.parameters import DEFAULTS, POSTGRES
from dpctl.sandbox.redshift.sql.plan import Plan

_PLAIN = POSTGRES | {"server_version", "server_encoding", "is_superuser", "transaction_isolation"}
_LATER = frozenset(
    {"model", "datashares", "grants", "external", "policies", "template", "templates", "parameters"}
)


def show(sql: str, known: Known) -> Plan:
    """The plan of a SHOW."""
    cursor = Cursor(sql)
    cursor.expect("SHOW")
    name = cursor.peek().value.lower()
    if name in _SHOWN and cursor.peek(1).value:
        cursor.next()
        return Plan((_SHOWN[name](cursor),))
    if name == "databases":
        cursor.next()
        return Plan((_databases(cursor),))
    if name in _LATER:
        words = [token.upper for token in lexer.tokenize(sql)[1:3]]
        raise unsupported(" ".join(["SHOW", *words[: 2 if name == "external" else 1]]))
    if name == "all":
        return Plan((_all(),))
    if name in _PLAIN or name in ("session", "transaction", "time"):
        return Plan((lexer.rewrite(sql),))
    return Plan((f"SELECT {_remembered(name)} AS {identifier(name)}",))


def _all() -> str:
    """Every parameter that a session has, and no other of PostgreSQL's."""
    rows = [f"({literal(name)}, current_setting({literal(name)}))" for name in POSTGRES]
    rows += [f"({literal(name)}, {_remembered(name)})" for name in DEFAULTS]
    return f"SELECT name, setting FROM (VALUES {', '.join(rows)}) AS p(name, setting) ORDER BY name"


def _remembered(name: str) -> str:
    default = literal(DEFAULTS.get(name, "default"))
    return f"coalesce(nullif(current_setting({literal('redshift.' + name)}, true), ''), {default})"


def _databases(cursor: Cursor) -> str:
    query = (
        "SELECT database_name, database_owner, database_type, database_acl, database_options AS parameters, "
        "database_isolation_level FROM svv_redshift_databases"
    )
    return _ended(cursor, query, "database_name")


def _schemas(cursor: Cursor) -> str:
    cursor.expect("FROM")
    cursor.expect("DATABASE")
    where = _in_database(cursor.word())
    return _ended(cursor, f"SELECT * FROM svv_all_schemas WHERE {where}", "schema_name")


def _tables(cursor: Cursor) -> str:
    cursor.expect("FROM")
    cursor.expect("SCHEMA")
    name = cursor.name()
    where = _in_database(name[0]) + " AND " if len(name) > 1 else ""
    query = (
        "SELECT database_name, schema_name, table_name, table_type, table_acl, remarks FROM svv_all_tables "
        f"WHERE {where}schema_name = {literal(name[-1])}"
    )
    return _ended(cursor, query, "table_name")


def _columns(cursor: Cursor) -> str:
    cursor.expect("FROM")
    cursor.expect("TABLE")
    where = _relation(cursor)
    query = (
        "SELECT database_name, schema_name, table_name, column_name, ordinal_position, column_default, "
        "is_nullable, data_type, character_maximum_length, numeric_precision, numeric_scale, remarks "
        f"FROM svv_all_columns WHERE {where}"
    )
    return _ended(cursor, query, "column_name", order="ordinal_position")


def _table(cursor: Cursor) -> str:
    target = ".".join(identifier(part) for part in cursor.name()[-2:])
    cursor.end()
    return f'SELECT redshift_table_ddl({literal(target)}::regclass) AS "Show Table DDL statement"'


def _view(cursor: Cursor) -> str:
    target = ".".join(identifier(part) for part in cursor.name()[-2:])
    cursor.end()
    return f'SELECT redshift_view_ddl({literal(target)}::regclass) AS "Show View DDL statement"'


def _procedure(cursor: Cursor) -> str:
    name = cursor.name()
    where = f"proname = {literal(name[-1])}" + (
        f" AND pronamespace = {literal(name[-2])}::regnamespace" if len(name) > 1 else ""
    )
    return (
        'SELECT pg_get_functiondef(oid) AS "Stored Procedure Definition" FROM pg_proc '
        f"WHERE prokind = 'p' AND {where}"
    )


def _relation(cursor: Cursor) -> str:
    name = cursor.name()
    parts = [f"table_name = {literal(name[-1])}"]
    if len(name) > 1:
        parts.append(f"schema_name = {literal(name[-2])}")
    else:
        parts.append("schema_name = current_schema()")
    if len(name) > 2:
        parts.append(_in_database(name[0]))
    return " AND ".join(parts)


def _in_database(name: str) -> str:
    return f"database_name = {literal(name)}"


def _ended(cursor: Cursor, query: str, name: str, order: str = "") -> str:
    if cursor.accept("LIKE"):
        query += (" AND " if " WHERE " in query else " WHERE ") + f"{name} LIKE {literal(cursor.string())}"
    query += f" ORDER BY {order or name}"
    if cursor.accept("LIMIT"):
        limit = cursor.number()
        if limit < 0:
            raise SqlError("LIMIT must not be negative", state="22023")
        query += f" LIMIT {limit}"
    cursor.end()
    return query


_SHOWN = {
    "schemas": _schemas,
    "tables": _tables,
    "columns": _columns,
    "table": _table,
    "view": _view,
    "procedure": _procedure,
}
