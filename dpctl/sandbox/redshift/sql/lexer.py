"""Statements told apart by their tokens, and written with literals and names as PostgreSQL reads them."""

from __future__ import annotations

from collections.abc import Iterator

from dpctl import lexer
from dpctl.lexer import LexicalError, Token
from dpctl.sandbox.redshift.errors import syntax_error

_IAM = ("IAM:", "IAMR:", "AWSIDC:")


def tokenize(sql: str) -> list[Token]:
    """Every token of ``sql`` but comments. Raises SqlError 42601 on what is left open at the end."""
    return list(_tokens(sql))


def statements(sql: str) -> list[str]:
    """The statements of a script, in order, without their semicolons and without empty ones."""
    found: list[str] = []
    start: int | None = None
    end = 0
    for token in _tokens(sql):
        if token.value == ";" and token.kind == "symbol":
            if start is not None:
                found.append(sql[start:end])
            start = None
            continue
        start = token.start if start is None else start
        end = token.end
    if start is not None:
        found.append(sql[start:end])
    return found


def keywords(sql: str, count: int = 3) -> tuple[str, ...]:
    """The first words of a statement in upper case, by which it is told apart."""
    words: list[str] = []
    for token in _tokens(sql):
        if len(words) == count:
            break
        words.append(token.upper)
    return tuple(words) + ("",) * (count - len(words))


def rewrite(sql: str, *, backslash: bool = False) -> str:
    """The same statement with its literals and quoted names as PostgreSQL reads them.

    With ``backslash`` the literals are Redshift's, in the one spelling that every lexer agrees on.
    """
    parts: list[str] = []
    at = 0
    for token in _tokens(sql):
        if token.kind in ("string", "quoted"):
            parts.append(sql[at : token.start])
            value = token.value.replace("\\", "\\\\") if backslash else token.value
            parts.append(literal(value) if token.kind == "string" else identifier(token.value))
            at = token.end
        elif token.kind == "word" and token.value[0] == "#":  # a temporary table
            parts.append(sql[at : token.start] + identifier(token.value))
            at = token.end
        elif token.kind == "param" and backslash:
            # sqlglot would take "$1,$" for the start of a dollar-quoted literal.
            parts.append(f"{sql[at : token.end]} ")
            at = token.end
    return "".join(parts) + sql[at:]


def unqualified(sql: str) -> str:
    """The same query without ``pg_catalog.`` before types and in ``OPERATOR(...)`` (psql's)."""
    if "pg_catalog" not in sql.lower():
        return sql
    tokens, parts, at = tokenize(sql), [], 0
    for number, token in enumerate(tokens):
        qualified = [item.upper for item in tokens[number + 1 : number + 3]] == ["PG_CATALOG", "."]
        if qualified and token.upper in ("::", "AS"):
            parts.append(sql[at : token.end] + " ")
            at = tokens[number + 2].end
        elif token.upper == "(" and qualified and number and tokens[number - 1].upper == "OPERATOR":
            end = next(item for item in tokens[number:] if item.upper == ")")
            parts.append(f"{sql[at : tokens[number - 1].start]} {sql[tokens[number + 2].end : end.start]} ")
            at = end.end
    return "".join(parts) + sql[at:]


def literal(value: str) -> str:
    """``value`` as a literal of PostgreSQL, where a backslash is a backslash."""
    return "'" + value.replace("'", "''") + "'"


def stored(name: str) -> str:
    """``name`` as Redshift keeps it: in lower case, quoted or not, unless IAM made it."""
    return name if name.startswith(_IAM) else name.lower()


def identifier(name: str) -> str:
    """``name`` as a quoted identifier; folded even so."""
    return '"' + stored(name).replace('"', '""') + '"'


def _tokens(sql: str) -> Iterator[Token]:
    try:
        yield from (token for token in lexer.tokens(sql) if token.kind != "comment")
    except LexicalError as error:
        near = sql[error.start : error.start + 30]
        raise syntax_error(f'{error} at or near "{near}"') from error
