r"""Redshift's lexical rules: where a literal, a quoted name or a comment begins and ends.

Inside ``'...'`` a backslash takes the next character with it and ``''`` is a quotation mark; inside ``"..."``
only ``""`` is; ``$$...$$`` and ``$tag$...$tag$`` hold anything; ``/* */`` nest. Nothing more is needed to
know which words and semicolons of a text are SQL and which are data.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Kind = Literal["word", "number", "string", "name", "dollar", "comment", "mark"]

# ASCII only: every byte above 0x7f belongs to a word, Unicode's own spaces too. The letters are written as
# what they are not: re takes 20 ms to compile a range up to U+10FFFF.
_LETTER = r"[^\x00-@\[-^`{-\x7f]"
_LETTER_OR_DIGIT = r"[^\x00-/:-@\[-^`{-\x7f]"
_SPACE = re.compile(r"[ \t\n\r\f\v]+")
_LINE_COMMENT = re.compile(r"--[^\n\r]*")
_STRING = re.compile(r"'(?:[^'\\]|\\.|'')*'", re.DOTALL)
_NAME = re.compile(r'"(?:[^"]|"")*"')
_WORD = re.compile(rf"{_LETTER}(?:{_LETTER_OR_DIGIT}|\$)*")
_NUMBER = re.compile(r"(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_DOLLAR = re.compile(rf"\$(?:{_LETTER}{_LETTER_OR_DIGIT}*)?\$")
_COMMENT_EDGE = re.compile(r"/\*|\*/")


class LexicalError(ValueError):
    """Something was opened and not closed; ``start`` is its offset."""

    def __init__(self, message: str, start: int) -> None:
        super().__init__(message)
        self.start = start


@dataclass(frozen=True)
class Token:
    """A piece of SQL, as it stands in the text between ``start`` and ``end``."""

    kind: Kind
    text: str
    start: int

    @property
    def end(self) -> int:
        """The offset after the last character."""
        return self.start + len(self.text)

    @property
    def value(self) -> str:
        """What a literal or a name holds; the text itself for everything else."""
        if self.kind == "string":
            return re.sub(r"\\(.)|''", lambda m: m[1] or "'", self.text[1:-1], flags=re.DOTALL)
        if self.kind == "name":
            return self.text[1:-1].replace('""', '"')
        if self.kind == "dollar":
            edge = self.text.index("$", 1) + 1
            return self.text[edge:-edge]
        return self.text


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
    if first == "'":
        return _closed(_STRING, "string", sql, start, "a literal")
    if first == '"':
        return _closed(_NAME, "name", sql, start, "a quoted name")
    if sql.startswith("/*", start):
        return Token("comment", sql[start : _comment_end(sql, start)], start)
    if first == "$" and (opening := _DOLLAR.match(sql, start)):
        end = sql.find(opening[0], opening.end())
        if end < 0:
            raise LexicalError(f"{opening[0]} is opened and not closed", start)
        return Token("dollar", sql[start : end + len(opening[0])], start)
    kinds: tuple[tuple[Kind, re.Pattern[str]], ...] = (
        ("comment", _LINE_COMMENT),
        ("word", _WORD),
        ("number", _NUMBER),
    )
    for kind, pattern in kinds:
        if match := pattern.match(sql, start):
            return Token(kind, match[0], start)
    return Token("mark", first, start)


def _closed(pattern: re.Pattern[str], kind: Kind, sql: str, start: int, what: str) -> Token:
    match = pattern.match(sql, start)
    if not match:
        raise LexicalError(f"{what} is opened and not closed", start)
    return Token(kind, match[0], start)


def _comment_end(sql: str, start: int) -> int:
    depth = 0
    for edge in _COMMENT_EDGE.finditer(sql, start):
        depth += 1 if edge[0] == "/*" else -1
        if depth == 0:
            return edge.end()
    raise LexicalError("a comment is opened and not closed", start)
