"""Views, late-binding views and materialized views."""

from __future__ import annotations

from dpctl.sandbox.redshift.errors import syntax_error
from dpctl.sandbox.redshift.sql import lexer
from dpctl.sandbox.redshift.sql.cursor import Cursor
from dpctl.sandbox.redshift.sql.known import Known
from dpctl.sandbox.redshift.sql.lexer import identifier, literal
from dpctl.sandbox.redshift.sql.plan import Plan, query

_LATE = ["WITH", "NO", "SCHEMA", "BINDING"]


def create_view(sql: str, known: Known) -> Plan:
    """CREATE VIEW; one WITH NO SCHEMA BINDING may come before its tables and outlives them."""
    cursor = Cursor(sql)
    cursor.expect("CREATE")
    replacing = bool(cursor.accept("OR"))
    if replacing:
        cursor.expect("REPLACE")
    cursor.expect("VIEW")
    target = ".".join(identifier(part) for part in cursor.name())
    columns = cursor.names() if cursor.accept("(") else []
    cursor.expect("AS")
    if cursor.done:
        raise syntax_error("syntax error at end of input")
    start, tokens = cursor.at, lexer.tokenize(sql)
    late = [token.upper for token in tokens[-4:]] == _LATE
    text = query(sql[start : tokens[-5 if late else -1].end], known)
    names = f" ({', '.join(identifier(name) for name in columns)})" if columns else ""
    if not late:
        return Plan((f"CREATE {'OR REPLACE ' if replacing else ''}VIEW {target}{names} AS {text}",))
    if columns:
        text = f"SELECT * FROM ({text}) AS late{names}"
    call = f"redshift_late_view({literal(target)}, {literal(text)}, {str(replacing).lower()})"
    return Plan((f"SELECT {call}",), tag="CREATE VIEW")


def create_materialized_view(sql: str, known: Known) -> Plan:
    """CREATE MATERIALIZED VIEW; how its rows are distributed and refreshed changes nothing here."""
    cursor = Cursor(sql)
    for word in ("CREATE", "MATERIALIZED", "VIEW"):
        cursor.expect(word)
    target = ".".join(identifier(part) for part in cursor.name())
    names = f" ({', '.join(identifier(name) for name in cursor.names())})" if cursor.accept("(") else ""
    while word := cursor.accept("BACKUP", "DISTSTYLE", "DISTKEY", "COMPOUND", "SORTKEY", "AUTO"):
        if word == "BACKUP":
            cursor.expect("YES", "NO")
        elif word == "DISTSTYLE":
            cursor.expect("ALL", "EVEN", "KEY", "AUTO")
        elif word == "AUTO":
            cursor.expect("REFRESH")
            cursor.expect("YES", "NO")
        elif word in ("DISTKEY", "SORTKEY"):
            cursor.expect("(")
            cursor.names()
    cursor.expect("AS")
    return Plan((f"CREATE MATERIALIZED VIEW {target}{names} AS {query(sql[cursor.at :], known)}",))


def alter_materialized_view(sql: str, known: Known) -> Plan:
    """ALTER MATERIALIZED VIEW ... AUTO REFRESH, which refreshes nothing here."""
    cursor = Cursor(sql)
    for word in ("ALTER", "MATERIALIZED", "VIEW"):
        cursor.expect(word)
    target = ".".join(identifier(part) for part in cursor.name())
    for word in ("AUTO", "REFRESH"):
        cursor.expect(word)
    cursor.expect("YES", "NO")
    cursor.end()
    return Plan((f"SELECT {literal(target)}::regclass",), tag="ALTER MATERIALIZED VIEW")
