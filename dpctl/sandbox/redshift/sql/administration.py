"""Users, grants and parameters, read from their tokens."""

from __future__ import annotations

from dpctl.sandbox.redshift.errors import syntax_error, unsupported
from dpctl.sandbox.redshift.sql import lexer
from dpctl.sandbox.redshift.sql.cursor import Cursor
from dpctl.sandbox.redshift.sql.known import Known
from dpctl.sandbox.redshift.sql.lexer import identifier, literal
from dpctl.sandbox.redshift.sql.parameters import POSTGRES
from dpctl.sandbox.redshift.sql.plan import Plan

_KNOWN_PARAMETERS = POSTGRES | {"session", "transaction", "time", "local", "role"}

POWERFUL = "redshift_superuser"
"""What makes a superuser of Redshift: a role that every one of them is a member of.

A superuser of PostgreSQL reads and writes the files of this machine and starts programs, so no session of a
client is one. This role has what Redshift's superusers need of it: everybody's tables, users, databases.
"""

ENGINE = "redshift_engine"
"""Whose the functions are that work for every client (guard.sql): a member of every user, no superuser."""

_USER_WORDS = {
    "CREATEUSER": "CREATEROLE CREATEDB",
    "NOCREATEUSER": "NOCREATEROLE",
    "CREATEDB": "CREATEDB",
    "NOCREATEDB": "NOCREATEDB",
}


def create_user(sql: str, known: Known) -> Plan:
    """CREATE USER and ALTER USER: password, superuser, groups."""
    cursor = Cursor(sql)
    word = cursor.expect("CREATE", "ALTER")
    cursor.expect("USER")
    name = identifier(cursor.word())
    cursor.accept("WITH")
    options: list[str] = []
    while not cursor.done:
        if cursor.accept("PASSWORD"):
            options.append(
                "PASSWORD NULL" if cursor.accept("DISABLE") else f"PASSWORD {literal(cursor.string())}"
            )
        elif found := cursor.accept(*_USER_WORDS):
            options.append(_USER_WORDS[found])
        elif cursor.accept("IN"):
            cursor.expect("GROUP")
            options.append(f"IN ROLE {identifier(cursor.word())}")
        elif cursor.accept("VALID"):
            cursor.expect("UNTIL")
            options.append(f"VALID UNTIL {literal(cursor.string())}")
        elif cursor.accept("CONNECTION", "SESSION", "SYSLOG"):
            cursor.next()
            cursor.next()
        elif cursor.accept("EXTERNALID"):
            cursor.next()
        elif word == "ALTER" and not options and cursor.accept("RENAME"):
            cursor.expect("TO")
            return Plan((f"ALTER ROLE {name} RENAME TO {identifier(cursor.word())}",), tag="ALTER USER")
        else:
            raise syntax_error(f'syntax error at or near "{cursor.peek().value}"')
    login = "LOGIN " if word == "CREATE" else ""
    statements = [f"{word} ROLE {name} {login}{' '.join(options)}"]
    if word == "CREATE":
        statements.append(f"GRANT {name} TO {ENGINE}")
    if _USER_WORDS["CREATEUSER"] in options:
        statements.append(f"GRANT {POWERFUL} TO {name} WITH ADMIN TRUE")
    elif _USER_WORDS["NOCREATEUSER"] in options and word == "ALTER":
        statements.append(f"REVOKE {POWERFUL} FROM {name}")
    return Plan(tuple(statements), tag=f"{word} USER")


def drop_user(sql: str, known: Known) -> Plan:
    """DROP USER."""
    return Plan((lexer.rewrite(sql),), tag="DROP USER")


def grant(sql: str, known: Known) -> Plan:
    """GRANT and REVOKE; ASSUMEROLE changes nothing, as every user may name an attached role."""
    cursor = Cursor(sql)
    verb = cursor.expect("GRANT", "REVOKE", "ALTER")
    if cursor.peek().upper == "ASSUMEROLE":
        return Plan(("SELECT 1 WHERE false",), tag=verb)
    words = [(token, token.upper) for token in lexer.tokenize(sql)]
    # PostgreSQL has no keyword before a role: a role is a name like any other.
    dropped = {
        token.start
        for at, (token, word) in enumerate(words)
        if word in ("ROLE", "GROUP") and words[at - 1][1] in ("TO", "FROM", ",", "GRANT", "REVOKE")
    }
    text = "".join(
        f" {lexer.rewrite(sql[token.start : token.end])}" for token, _ in words if token.start not in dropped
    )
    return Plan((text.replace(" . ", ".").strip(),))


def create_role(sql: str, known: Known) -> Plan:
    """CREATE ROLE; one of an identity provider has an id there, which means nothing here."""
    cursor = Cursor(sql)
    cursor.expect("CREATE")
    cursor.expect("ROLE")
    name = identifier(cursor.word())
    if cursor.accept("EXTERNALID"):
        cursor.next()
    cursor.end()
    return Plan((f"CREATE ROLE {name} NOLOGIN",))


def set_parameter(sql: str, known: Known) -> Plan:
    """SET and RESET; parameters that only Redshift has are remembered and have no effect."""
    cursor = Cursor(sql)
    verb = cursor.expect("SET", "RESET")
    name = cursor.peek().value.lower()
    rest = sql[cursor.peek().end :] if not cursor.done else ""
    if name == "enable_case_sensitive_identifier" and "true" in rest.lower().split():
        raise unsupported("enable_case_sensitive_identifier")
    if name in _KNOWN_PARAMETERS or (verb == "RESET" and name == "all"):
        return Plan((lexer.rewrite(sql),))
    values = [token for token in lexer.tokenize(rest) if token.upper not in ("TO", "=")]
    if verb == "RESET" or not values:
        return Plan((f"RESET redshift.{identifier(name)}",), tag=verb)
    return Plan((f"SET redshift.{identifier(name)} = {literal(values[0].value)}",), tag="SET")
