"""Redshift's tokens: enough to split statements, to read those sqlglot cannot, and to decode literals.

Literals follow Redshift, not the SQL standard: a quote is doubled or escaped by a backslash, a backslash by a
backslash; ``$$...$$`` takes everything as it stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from dpctl.sandbox.redshift.errors import syntax_error

Kind = Literal["word", "quoted", "string", "number", "param", "symbol"]

_SKIP = re.compile(r"(?:\s+|--[^\n]*)+")
_WORD = re.compile(r"[^\W\d][\w$]*|#[\w$]+")
_NUMBER = re.compile(r"(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_DOLLAR = re.compile(r"\$(?:[A-Za-z_]\w*)?\$")
_PARAM = re.compile(r"\$\d+|:[A-Za-z_]\w*")
_SYMBOL = re.compile(r"::|<=|>=|<>|!=|\|\||.", re.DOTALL)
_IAM = ("IAM:", "IAMR:", "AWSIDC:")
_ESCAPES = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


@dataclass(frozen=True)
class Token:
    """A token; ``value`` is decoded (a literal without its quotes), ``start`` and ``end`` are its place."""

    kind: Kind
    value: str
    start: int
    end: int

    @property
    def upper(self) -> str:
        """The keyword this may be: upper case for a bare word or a symbol, empty for anything quoted."""
        return self.value.upper() if self.kind in ("word", "symbol") else ""


def tokenize(sql: str) -> list[Token]:
    """Every token of ``sql``. Raises SqlError 42601 on what is left open at the end."""
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
        elif token.kind == "param" and backslash:
            # sqlglot would take "$1,$" for the start of a dollar-quoted literal.
            parts.append(f"{sql[at : token.end]} ")
            at = token.end
    return "".join(parts) + sql[at:]


def literal(value: str) -> str:
    """``value`` as a literal of PostgreSQL, where a backslash is a backslash."""
    return "'" + value.replace("'", "''") + "'"


def identifier(name: str) -> str:
    """``name`` as a quoted identifier; folded to lower case even so, unless IAM made it."""
    folded = name if name.startswith(_IAM) else name.lower()
    return '"' + folded.replace('"', '""') + '"'


def _tokens(sql: str) -> Iterator[Token]:
    at = 0
    while True:
        at = _skip(sql, at)
        if at >= len(sql):
            return
        token = _next(sql, at)
        yield token
        at = token.end


def _skip(sql: str, at: int) -> int:
    while True:
        match = _SKIP.match(sql, at)
        at = match.end() if match else at
        if not sql.startswith("/*", at):
            return at
        at = _after_comment(sql, at)


def _after_comment(sql: str, at: int) -> int:
    depth = 0
    for match in re.compile(r"/\*|\*/").finditer(sql, at):
        depth += 1 if match.group() == "/*" else -1
        if depth == 0:
            return match.end()
    raise syntax_error("unterminated /* comment")


def _next(sql: str, at: int) -> Token:
    char = sql[at]
    if char == "'":
        return _string(sql, at)
    if char in "eE" and sql.startswith("'", at + 1):
        token = _string(sql, at + 1)
        return Token("string", token.value, at, token.end)
    if char == '"':
        return _quoted(sql, at)
    if char == "$" and (match := _DOLLAR.match(sql, at)):
        return _dollar(sql, at, match.group())
    patterns: tuple[tuple[Kind, re.Pattern[str]], ...] = (
        ("word", _WORD),
        ("number", _NUMBER),
        ("param", _PARAM),
        ("symbol", _SYMBOL),
    )
    for kind, pattern in patterns:
        # A colon after a colon is a cast, never the start of a named parameter.
        if (match := pattern.match(sql, at)) and not (kind == "param" and sql.startswith("::", at)):
            return Token(kind, match.group(), at, match.end())
    raise AssertionError("the last pattern matches any character")


def _string(sql: str, at: int) -> Token:
    parts: list[str] = []
    end = at + 1
    for match in re.compile(r"''|\\[0-7]{1,3}|\\.|'|[^'\\]+", re.DOTALL).finditer(sql, end):
        text = match.group()
        if text == "'":
            return Token("string", "".join(parts), at, match.end())
        if text == "''":
            parts.append("'")
        elif text[0] == "\\":
            parts.append(chr(int(text[1:], 8)) if text[1] in "01234567" else _ESCAPES.get(text[1], text[1]))
        else:
            parts.append(text)
    raise syntax_error(f'unterminated quoted string at or near "{sql[at : at + 30]}"')


def _quoted(sql: str, at: int) -> Token:
    match = re.compile(r'"((?:[^"]|"")*)"').match(sql, at)
    if not match:
        raise syntax_error(f'unterminated quoted identifier at or near "{sql[at : at + 30]}"')
    if not match.group(1):
        raise syntax_error('zero-length delimited identifier at or near """"')
    return Token("quoted", match.group(1).replace('""', '"'), at, match.end())


def _dollar(sql: str, at: int, tag: str) -> Token:
    body = at + len(tag)
    end = sql.find(tag, body)
    if end < 0:
        raise syntax_error(f'unterminated dollar-quoted string at or near "{sql[at : at + 30]}"')
    return Token("string", sql[body:end], at, end + len(tag))
