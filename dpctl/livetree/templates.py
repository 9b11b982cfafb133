"""Strings with holes: pieces of text, ``${values}`` and ``%{directives}``, put together into one node."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import NoReturn, TypeAlias

from dpctl.errors import ConfigError, Problem
from dpctl.livetree import syntax as s

_OPENING = re.compile(r"\$\$\{|%%\{|\$\{~?|%\{~?")
_FOR = re.compile(r"for\s+(\w[\w-]*)\s*(?:,\s*(\w[\w-]*)\s*)?in\s+(.+)", re.DOTALL)


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


@dataclass(frozen=True)
class Directive:
    """``%{word ...}``: if, else, endif, for, endfor."""

    line: int
    word: str
    names: tuple[str, ...]
    expression: s.Expr | None
    strip_before: bool = False
    strip_after: bool = False


Piece: TypeAlias = Text | Value | Directive


def assemble(pieces: list[Piece], line: int, shown: str) -> s.Expr:
    """One node out of pieces: a Literal when nothing has to be evaluated. Raises ConfigError."""
    reader = _Reader(pieces, shown)
    template = reader.template(line, ())
    parts = template.parts
    if not parts:
        return s.Literal(line, "")
    if len(parts) == 1 and isinstance(parts[0], s.Literal) and isinstance(pieces[0], Text):
        return s.Literal(line, parts[0].value)
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
        if fresh and not (text.endswith("\n") and not text.strip()):
            indent = len(text) - len(text.lstrip())
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
                kept = text.text.rstrip() if neighbour < index else text.text.lstrip()
                result[neighbour] = replace(text, text=kept)
    return result


def scan(body: str, line: int, shown: str, parse: Callable[[str, int], s.Expr]) -> list[Piece]:
    """Cut the body of a heredoc into pieces; ``parse`` reads one expression, given its line."""
    pieces: list[Piece] = []
    position = 0

    def at(offset: int) -> int:
        return line + body.count("\n", 0, offset)

    while match := _OPENING.search(body, position):
        if match.start() > position:
            pieces.extend(_lines(body[position : match.start()], at(position)))
        if match[0] in ("$${", "%%{"):
            pieces.append(Text(at(match.start()), match[0][1:]))
            position = match.end()
            continue
        end = _closing(body, match.end())
        if end < 0:
            _fail(shown, at(match.start()), f"the {match[0]} is never closed")
        inner = body[match.end() : end]
        before, after = match[0].endswith("~"), inner.endswith("~")
        inner = inner.removesuffix("~")
        here = at(match.start())
        if match[0].startswith("$"):
            pieces.append(Value(here, parse(inner, here), before, after))
        else:
            pieces.append(_directive(inner.strip(), here, before, after, shown, parse))
        position = end + 1
    if position < len(body):
        pieces.extend(_lines(body[position:], at(position)))
    return pieces


def _lines(text: str, line: int) -> Iterator[Text]:
    """One piece per line, as HCL has it: that is how far ``~`` and indentation reach."""
    for number, part in enumerate(text.split("\n")):
        last = number == text.count("\n")
        if part or not last:
            yield Text(line + number, part if last else part + "\n")


def _directive(
    text: str, line: int, before: bool, after: bool, shown: str, parse: Callable[[str, int], s.Expr]
) -> Directive:
    word = re.split(r"[\s(]", text, maxsplit=1)[0]
    if word in ("else", "endif", "endfor") and text == word:
        return Directive(line, word, (), None, before, after)
    if word == "if":
        return Directive(line, word, (), parse(text[2:], line), before, after)
    if match := _FOR.fullmatch(text):
        names = (match[1],) if match[2] is None else (match[1], match[2])
        return Directive(line, "for", names, parse(match[3], line), before, after)
    _fail(shown, line, f"%{{ {text[:30]} }} is not a directive: if, else, endif, for, endfor")


def _closing(body: str, position: int) -> int:
    """The offset of the ``}`` that closes what was opened before ``position``; -1 if there is none."""
    depth, quoted = 0, False
    while position < len(body):
        character = body[position]
        if quoted:
            if character == "\\":
                position += 1
            elif character == '"':
                quoted = False
        elif character == '"':
            quoted = True
        elif character == "{":
            depth += 1
        elif character == "}":
            if depth == 0:
                return position
            depth -= 1
        position += 1
    return -1


class _Reader:
    """Reads pieces one after the other and nests what directives enclose."""

    def __init__(self, pieces: list[Piece], shown: str) -> None:
        self.pieces: Iterator[Piece] = iter(pieces)
        self.shown = shown
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
            _fail(self.shown, line, f"the directive is never closed by %{{ {until[-1]} }}")
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
        _fail(self.shown, piece.line, f"%{{ {piece.word} }} without what it belongs to")


def _merges(piece: Value) -> bool:
    """Whether a value would be taken for text: a literal string keeps a template of its own."""
    return isinstance(piece.expression, s.Literal)


def _fail(shown: str, line: int, message: str) -> NoReturn:
    raise ConfigError(Problem("hcl-syntax", message, shown, line))
