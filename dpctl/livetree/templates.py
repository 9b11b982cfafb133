"""Strings with holes: pieces of text, ``${values}`` and ``%{directives}``, put together into one node."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TypeAlias

from dpctl.livetree import syntax as s
from dpctl.livetree.tokens import SyntaxProblem

# what Go's unicode.IsSpace calls space
SPACE = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))


@dataclass(frozen=True)
class Text:
    """Literal text, escapes already resolved."""

    line: int
    text: str


@dataclass(frozen=True)
class Value:
    """``${expression}``; the flags are the ``~`` at either end, which eat white space."""

    line: int
    expression: s.Expr
    strip_before: bool = False
    strip_after: bool = False

    def closed(self, strip_after: bool) -> Value:
        """The same, now that its end is known."""
        return replace(self, strip_after=True) if strip_after else self


@dataclass(frozen=True)
class Directive:
    """``%{word ...}``: if, else, endif, for, endfor."""

    line: int
    word: str
    names: tuple[str, ...]
    expression: s.Expr | None
    strip_before: bool = False
    strip_after: bool = False

    def closed(self, strip_after: bool) -> Directive:
        """The same, now that its end is known."""
        return replace(self, strip_after=True) if strip_after else self


Piece: TypeAlias = Text | Value | Directive


def assemble(pieces: list[Piece], line: int) -> s.Expr:
    """One node out of pieces: a Literal when nothing has to be evaluated. Raises SyntaxProblem."""
    if len(pieces) == 1 and isinstance(pieces[0], Value):
        return pieces[0].expression  # a string that is nothing but ${x} is x, of whatever type
    reader = _Reader(pieces)
    template = reader.template(line, ())
    parts = template.parts
    if not parts:
        return s.Literal(line, "")
    if len(parts) == 1 and isinstance(parts[0], s.Literal) and isinstance(pieces[0], Text):
        text = str(parts[0].value)
        return s.Literal(line, text if text.isascii() else unicodedata.normalize("NFC", text))
    return template


def dedent(pieces: list[Piece]) -> list[Piece]:
    """Take away the indentation that the lines of a ``<<-`` heredoc share.

    As in HCL, blank lines do not count and stay as they are, a line that starts with a template has no
    indentation, and what follows a ``~`` that ate the line's end does not start a line.
    """
    starts: list[int] = []
    width: int | None = None
    fresh = True
    for index, piece in enumerate(pieces):
        text = piece.text if isinstance(piece, Text) else ""
        if fresh and not (text.endswith("\n") and not text.strip(SPACE)):
            indent = len(text) - len(text.lstrip(SPACE))
            width = indent if width is None else min(width, indent)
            starts.append(index)
        fresh = text.endswith("\n")
    result = list(pieces)
    for index in starts:
        if isinstance(piece := result[index], Text):
            result[index] = replace(piece, text=piece.text[width or 0 :])
    return result


def strip(pieces: list[Piece]) -> list[Piece]:
    """Apply the ``~`` markers to the text beside them, which goes no further than its line."""
    result = list(pieces)
    for index, piece in enumerate(pieces):
        if isinstance(piece, Text):
            continue
        for wanted, neighbour in ((piece.strip_before, index - 1), (piece.strip_after, index + 1)):
            if wanted and 0 <= neighbour < len(result) and isinstance(text := result[neighbour], Text):
                kept = text.text.rstrip(SPACE) if neighbour < index else text.text.lstrip(SPACE)
                result[neighbour] = replace(text, text=kept)
    return result


class _Reader:
    """Reads pieces one after the other and nests what directives enclose."""

    def __init__(self, pieces: list[Piece]) -> None:
        self.pieces: Iterator[Piece] = iter(pieces)
        self.ended_by = ""

    def template(self, line: int, until: tuple[str, ...]) -> s.Template:
        """Everything up to one of the directives ``until``, which is left in ``ended_by``."""
        parts: list[s.Expr] = []
        for piece in self.pieces:
            if isinstance(piece, Text):
                if parts and isinstance(parts[-1], s.Literal) and isinstance(parts[-1].value, str):
                    parts[-1] = s.Literal(parts[-1].line, parts[-1].value + piece.text)
                elif piece.text:
                    parts.append(s.Literal(piece.line, piece.text))
            elif isinstance(piece, Value):
                parts.append(
                    s.Template(piece.line, (piece.expression,)) if _merges(piece) else piece.expression
                )
            elif piece.word in until:
                self.ended_by = piece.word
                return s.Template(line, tuple(parts))
            else:
                parts.append(self._nested(piece))
        if until:
            raise SyntaxProblem(0, f"the directive is never closed by %{{ {until[-1]} }}", line=line)
        return s.Template(line, tuple(parts))

    def _nested(self, piece: Directive) -> s.Expr:
        if piece.word == "if":
            then = self.template(piece.line, ("else", "endif"))
            otherwise = s.Template(piece.line, ())
            if self.ended_by == "else":
                otherwise = self.template(piece.line, ("endif",))
            return s.TemplateIf(piece.line, piece.expression, then, otherwise)
        if piece.word == "for":
            key = piece.names[0] if len(piece.names) == 2 else ""
            body = self.template(piece.line, ("endfor",))
            return s.TemplateFor(piece.line, key, piece.names[-1], piece.expression, body)
        raise SyntaxProblem(0, f"%{{ {piece.word} }} without what it belongs to", line=piece.line)


def _merges(piece: Value) -> bool:
    """Whether a value would be taken for text: a literal string keeps a template of its own."""
    return isinstance(piece.expression, s.Literal) and isinstance(piece.expression.value, str)
