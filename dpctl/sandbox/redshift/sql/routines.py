"""Stored procedures, user-defined functions in SQL, and prepared statements."""

from __future__ import annotations

from dpctl.sandbox.redshift.errors import syntax_error, unsupported
from dpctl.sandbox.redshift.sql import lexer
from dpctl.sandbox.redshift.sql.cursor import Cursor
from dpctl.sandbox.redshift.sql.known import Known
from dpctl.sandbox.redshift.sql.lexer import identifier, literal
from dpctl.sandbox.redshift.sql.plan import Plan, query
from dpctl.sandbox.redshift.sql.types import read_type

_MODES = ("IN", "OUT", "INOUT")


def create_routine(sql: str, known: Known) -> Plan:
    """CREATE FUNCTION in SQL, CREATE PROCEDURE in PL/pgSQL."""
    cursor = Cursor(sql)
    cursor.expect("CREATE")
    replacing = bool(cursor.accept("OR")) and bool(cursor.expect("REPLACE"))
    kind = cursor.expect("FUNCTION", "PROCEDURE")
    target = ".".join(identifier(part) for part in cursor.name())
    arguments = _arguments(cursor, procedure=kind == "PROCEDURE")
    head = f"CREATE {'OR REPLACE ' if replacing else ''}{kind} {target}({', '.join(arguments)})"
    if kind == "FUNCTION":
        cursor.expect("RETURNS")
        head += f" RETURNS {read_type(cursor)}"
    words, body, language = _rest(cursor)
    if language not in ("SQL", "PLPGSQL") or (kind == "FUNCTION" and language != "SQL"):
        raise unsupported(f"CREATE {kind} in the language {language.lower()}")
    if kind == "FUNCTION":
        body = query(body, known)
    return Plan((f"{head} LANGUAGE {language.lower()} {' '.join(words)} AS {literal(body)}",))


def _arguments(cursor: Cursor, *, procedure: bool) -> list[str]:
    cursor.expect("(")
    found: list[str] = []
    while not cursor.accept(")"):
        name = mode = ""
        mode = cursor.accept(*_MODES)
        if procedure or cursor.peek(1).value not in (",", ")", "("):
            name = identifier(cursor.word()) if procedure or not _is_type(cursor) else ""
        mode = mode or cursor.accept(*_MODES)
        kind = "refcursor" if cursor.accept("REFCURSOR") else read_type(cursor)
        # CALL leaves OUT arguments out in Redshift; in PostgreSQL only those with a default.
        text = f"{'INOUT' if mode == 'OUT' else mode} {name} {kind}{' DEFAULT NULL' if mode == 'OUT' else ''}"
        found.append(" ".join(text.split()))
        cursor.accept(",")
    return found


def _is_type(cursor: Cursor) -> bool:
    return (cursor.peek().upper, cursor.peek(1).upper) in {
        ("DOUBLE", "PRECISION"),
        ("CHARACTER", "VARYING"),
        ("TIMESTAMP", "WITH"),
        ("TIMESTAMP", "WITHOUT"),
        ("BINARY", "VARYING"),
    }


def _rest(cursor: Cursor) -> tuple[list[str], str, str]:
    """Volatility and security, the body, and the language."""
    words: list[str] = []
    body = language = ""
    while not cursor.done:
        if cursor.accept("AS"):
            body = cursor.string()
        elif cursor.accept("LANGUAGE"):
            language = cursor.next().value.upper()
        elif cursor.accept("SECURITY"):
            words.append(f"SECURITY {cursor.expect('DEFINER', 'INVOKER')}")
        elif word := cursor.accept("VOLATILE", "STABLE", "IMMUTABLE"):
            words.append(word)
        elif cursor.accept("NONATOMIC"):
            continue
        elif cursor.accept("SET"):
            name = cursor.word()
            cursor.expect("TO", "=")
            words.append(f"SET {identifier(name)} TO {cursor.next().value}")
        else:
            raise cursor.unexpected()
    if not body or not language:
        raise syntax_error("syntax error at end of input")
    return words, body, language


def call(sql: str, known: Known) -> Plan:
    """CALL of a procedure."""
    cursor = Cursor(sql)
    cursor.expect("CALL")
    target = ".".join(identifier(part) for part in cursor.name())
    cursor.expect("(")
    inner = sql[cursor.at : lexer.tokenize(sql)[-1].start].strip()
    values = query(f"SELECT {inner}", known).removeprefix("SELECT ") if inner else ""
    return Plan((f"CALL {target}({values})",))


def prepare(sql: str, known: Known) -> Plan:
    """PREPARE; what is prepared is translated."""
    cursor = Cursor(sql)
    cursor.expect("PREPARE")
    head = f"PREPARE {identifier(cursor.word())}"
    if cursor.accept("("):
        kinds = [read_type(cursor)]
        while cursor.accept(","):
            kinds.append(read_type(cursor))
        cursor.expect(")")
        head += f" ({', '.join(kinds)})"
    cursor.expect("AS")
    cursor.peek().upper in ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH") or cursor.expect("SELECT")
    return Plan((f"{head} AS {query(sql[cursor.at :], known)}",))
