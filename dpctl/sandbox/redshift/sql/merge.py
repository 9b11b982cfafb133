"""MERGE with Redshift's rules: from a table, both branches, one action each, no alias for the target."""

from __future__ import annotations

from dataclasses import replace

from dpctl.sandbox.redshift.errors import SqlError, syntax_error
from dpctl.sandbox.redshift.sql import lexer
from dpctl.sandbox.redshift.sql.cursor import Cursor
from dpctl.sandbox.redshift.sql.known import Known
from dpctl.sandbox.redshift.sql.lexer import identifier, literal
from dpctl.sandbox.redshift.sql.plan import Plan, query


def merge(sql: str, known: Known) -> Plan:
    """The plan of a MERGE; the tag counts the rows, as Redshift's does."""
    cursor = Cursor(sql)
    cursor.expect("MERGE")
    cursor.expect("INTO")
    target = _dotted(cursor)
    if not cursor.accept("USING"):
        raise syntax_error(
            "MERGE: the target table cannot have an alias" if _has_alias(cursor) else _near(cursor)
        )
    if cursor.peek().value == "(":
        raise SqlError("MERGE: the source must be a table, not a subquery", state="0A000")
    source = _dotted(cursor)
    alias = ""
    if cursor.accept("AS") or cursor.peek().upper != "ON":
        alias = identifier(cursor.word())
    cursor.expect("ON")
    # `s.k` is a column of the source s, whatever columns other tables have.
    sources = {name.strip('"') for name in (alias, source.rpartition(".")[2], target.rpartition(".")[2])}
    known = replace(known, supers=known.supers - sources)
    condition = _condition(cursor, known)
    require = f"SELECT redshift_require_table({literal(source)})"
    using = f"{source} {alias}".strip()
    if cursor.accept("REMOVE"):
        cursor.expect("DUPLICATES")
        cursor.end()
        return _replace(target, source, using, condition, require)
    clauses = [_when(cursor, known), _when(cursor, known)]
    cursor.end()
    if {matched for matched, _ in clauses} != {True, False}:
        raise syntax_error("MERGE needs one WHEN MATCHED and one WHEN NOT MATCHED clause")
    actions = " ".join(text for _, text in clauses)
    return Plan((require, f"MERGE INTO {target} USING {using} ON {condition} {actions}"), answer=1)


def _replace(target: str, source: str, using: str, condition: str, require: str) -> Plan:
    """REMOVE DUPLICATES: rows that match are replaced by the source's, and each of those is there once."""
    delete = f"DELETE FROM {target} USING {using} WHERE {condition}"
    return Plan(
        (require, delete, f"INSERT INTO {target} SELECT DISTINCT * FROM {source}"), answer=2, tag="MERGE"
    )


def _dotted(cursor: Cursor) -> str:
    return ".".join(identifier(part) for part in cursor.name())


def _has_alias(cursor: Cursor) -> bool:
    return cursor.peek().kind in ("word", "quoted")


def _near(cursor: Cursor) -> str:
    return cursor.unexpected().message


def _condition(cursor: Cursor, known: Known) -> str:
    text = _until(cursor, "WHEN", "REMOVE")
    return query(f"SELECT {text}", known).removeprefix("SELECT ")


def _when(cursor: Cursor, known: Known) -> tuple[bool, str]:
    cursor.expect("WHEN")
    matched = not cursor.accept("NOT")
    cursor.expect("MATCHED")
    if cursor.peek().upper == "AND":
        raise syntax_error("MERGE: a WHEN clause cannot have a condition")
    cursor.expect("THEN")
    if matched:
        if cursor.accept("DELETE"):
            return True, "WHEN MATCHED THEN DELETE"
        cursor.expect("UPDATE")
        cursor.expect("SET")
        return True, f"WHEN MATCHED THEN UPDATE SET {_assignments(cursor, known)}"
    cursor.expect("INSERT")
    columns = ""
    if cursor.accept("("):
        columns = f" ({', '.join(identifier(name) for name in cursor.names())})"
    cursor.expect("VALUES")
    values = query(f"VALUES {_until(cursor, 'WHEN')}", known)
    return False, f"WHEN NOT MATCHED THEN INSERT{columns} {values}"


def _assignments(cursor: Cursor, known: Known) -> str:
    text = _until(cursor, "WHEN")
    # A list of assignments is a query's business only inside UPDATE.
    update = query(f"UPDATE t SET {text}", known)
    return update.split(" SET ", 1)[1]


def _until(cursor: Cursor, *words: str) -> str:
    """The text up to a keyword at the same level (a CASE has its own WHEN)."""
    start = end = cursor.at
    depth = 0
    while (token := cursor.peek()).value:
        if depth == 0 and token.upper in words:
            break
        depth += {"(": 1, ")": -1, "CASE": 1, "END": -1}.get(token.upper, 0)
        end = cursor.next().end
    if end == start:
        raise cursor.unexpected()
    return lexer.rewrite(cursor.sql[start:end], backslash=True)
