r"""Redshift's lexical rules: the one reader of its SQL, for the statements dpctl sends and for the sandbox.

Inside ``'...'`` a backslash takes the next character with it and ``''`` is a quotation mark; inside ``"..."``
only ``""`` is; ``$$...$$`` and ``$tag$...$tag$`` hold anything; ``/* */`` nest. Sources: "Names and
identifiers" (Redshift Database Developer Guide), and for what AWS leaves open "Lexical Structure" of
PostgreSQL 8.0, which Redshift descends from. Nothing is imported from dpctl (docs/decisions/0031).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Kind = Literal["word", "number", "string", "quoted", "param", "symbol", "comment"]

# Every character that takes more than one byte belongs to a word, Unicode's own spaces too ("Names and
# identifiers"). The letters are written as what they are not: re takes 20 ms to compile a range up to
# U+10FFFF.
_LETTER = r"[^\x00-@\[-^`{-\x7f]"
_LETTER_OR_DIGIT = r"[^\x00-/:-@\[-^`{-\x7f]"
_SPACE = re.compile(r"[ \t\n\r\f]+")
_STRING = re.compile(r"[eE]?'((?:[^'\\]|\\.|'')*)'", re.DOTALL)
_BITS = re.compile(r"[xXbB]'([^']*)'")  # hexadecimal and binary literals: a backslash is no escape in them
_DIGITS = {"x": re.compile(r"[0-9a-fA-F]*"), "b": re.compile(r"[01]*")}
_NAME = re.compile(r'"((?:[^"]|"")*)"')
_DOLLAR = re.compile(rf"\$(?:{_LETTER}{_LETTER_OR_DIGIT}*)?\$")
_COMMENT_EDGE = re.compile(r"/\*|\*/")
# In this order; a word may begin with # (a temporary table), and a colon after a colon is a cast.
_PLAIN: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    ("comment", re.compile(r"--[^\n\r]*")),
    ("word", re.compile(rf"{_LETTER}(?:{_LETTER_OR_DIGIT}|\$)*|#(?:{_LETTER_OR_DIGIT}|\$)+")),
    ("number", re.compile(r"(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")),
    ("param", re.compile(r"\$[0-9]+|:[A-Za-z_][A-Za-z0-9_]*")),
    ("symbol", re.compile(r"::|<=|>=|<>|!=|\|\||.", re.DOTALL)),
)
_ESCAPE = re.compile(r"\\([0-7]{1,3})|\\(.)|''", re.DOTALL)
_CONTROLS = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


class LexicalError(ValueError):
    """Something was opened and not closed, or holds what it can't; ``start`` is its offset."""

    def __init__(self, message: str, start: int) -> None:
        super().__init__(message)
        self.start = start


@dataclass(frozen=True)
class Token:
    """A piece of SQL: its ``text`` from ``start`` on, and its ``value`` (a literal decoded, a name bare)."""

    kind: Kind
    text: str
    start: int
    value: str

    @property
    def end(self) -> int:
        """The offset after the last character."""
        return self.start + len(self.text)

    @property
    def upper(self) -> str:
        """The keyword this may be: upper case for a bare word or a symbol, empty for anything quoted."""
        return self.text.upper() if self.kind in ("word", "symbol") else ""


def tokens(sql: str) -> Iterator[Token]:
    """The tokens of a text, comments too, space left out. Raises LexicalError."""
    position = 0
    while position < len(sql):
        if space := _SPACE.match(sql, position):
            position = space.end()
            continue
        token = _token(sql, position)
        yield token
        position = token.end


def _token(sql: str, start: int) -> Token:
    first = sql[start]
    if first == "'" or (first in "eE" and sql.startswith("'", start + 1)):
        match = _closed(_STRING, sql, start, "quoted string")
        return Token("string", match[0], start, _decoded(match[1], start))
    if first in "xXbB" and sql.startswith("'", start + 1):
        match = _closed(_BITS, sql, start, "quoted string")
        if not _DIGITS[first.lower()].fullmatch(match[1]):
            kind = "hexadecimal" if first in "xX" else "binary"
            raise LexicalError(f"invalid {kind} literal {match[0][:40]}", start)
        return Token("string", match[0], start, match[1])
    if first == '"':
        match = _closed(_NAME, sql, start, "quoted identifier")
        if not match[1]:
            raise LexicalError("zero-length delimited identifier", start)
        return Token("quoted", match[0], start, match[1].replace('""', '"'))
    if sql.startswith("/*", start):
        text = sql[start : _comment_end(sql, start)]
        return Token("comment", text, start, text)
    if first == "$" and (opening := _DOLLAR.match(sql, start)):
        end = sql.find(opening[0], opening.end())
        if end < 0:
            raise LexicalError("unterminated dollar-quoted string", start)
        text = sql[start : end + len(opening[0])]
        return Token("string", text, start, sql[opening.end() : end])
    return _plain(sql, start)


def _plain(sql: str, start: int) -> Token:
    for kind, pattern in _PLAIN:
        match = pattern.match(sql, start)
        if match and not (kind == "param" and sql.startswith("::", start)):
            return Token(kind, match[0], start, match[0])
    raise AssertionError("the last pattern matches any character")


def _closed(pattern: re.Pattern[str], sql: str, start: int, what: str) -> re.Match[str]:
    match = pattern.match(sql, start)
    if not match:
        raise LexicalError(f"unterminated {what}", start)
    return match


def _comment_end(sql: str, start: int) -> int:
    depth = 0
    for edge in _COMMENT_EDGE.finditer(sql, start):
        depth += 1 if edge[0] == "/*" else -1
        if depth == 0:
            return edge.end()
    raise LexicalError("unterminated /* comment", start)


def _decoded(body: str, start: int) -> str:
    r"""What a literal holds: ``\n`` and its kin are control characters, ``\303`` is a byte of UTF-8."""
    if "\\" not in body:
        return body.replace("''", "'")
    found = bytearray()
    position = 0
    for match in _ESCAPE.finditer(body):
        found += body[position : match.start()].encode("utf-8", "surrogatepass")
        if match[1]:
            found.append(int(match[1], 8) & 0xFF)
        else:
            found += _CONTROLS.get(match[2], match[2] or "'").encode("utf-8", "surrogatepass")
        position = match.end()
    found += body[position:].encode("utf-8", "surrogatepass")
    try:
        return found.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError as error:
        raise LexicalError('invalid byte sequence for encoding "UTF8"', start) from error
