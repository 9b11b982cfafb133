"""Reads what stands inside quotes and heredocs: pieces of text, ``${values}`` and ``%{directives}``."""

from __future__ import annotations

import re
from collections.abc import Callable

from dpctl.livetree import syntax as s
from dpctl.livetree.templates import Directive, Piece, Text, Value, dedent, strip
from dpctl.livetree.tokens import SyntaxProblem, Token, Tokens

_QUOTED = re.compile(
    r"""(?P<escaped>\$\$\{~?|%%\{~?)|(?P<open>[$%]\{~?)|(?P<bare>[$%])
    |(?P<text>(?:\\[^\r\n]|[^"\\$%\r\n])+)|(?P<end>")""",
    re.VERBOSE,
)
_HEREDOC = re.compile(
    r"(?P<escaped>(?:\$\$\{|%%\{)~?\n?)|(?P<open>[$%]\{~?)|(?P<text>[$%]\n?|[^$%\n]*\n|[^$%\n]+)"
)
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|.)", re.DOTALL)
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}
_WORDS = ("if", "for", "else", "endif", "endfor")


class Reader:
    """Reads one string; ``expression`` reads what is inside ``${`` from the same tokens."""

    def __init__(self, tokens: Tokens, shift: int, expression: Callable[[], s.Expr]) -> None:
        self.tokens = tokens
        self.shift = shift
        self.expression = expression

    def quoted(self, opening: Token) -> list[Piece]:
        """The pieces of a string in quotes, after its first quote. Raises SyntaxProblem."""
        pieces: list[Piece] = []
        source, position = self.tokens.source, opening.stop
        while match := _QUOTED.match(source, position):
            kind, position = match.lastgroup, match.end()
            if kind == "end":
                self.tokens.go(position)
                return strip(pieces)
            if kind == "open":
                pieces.append(self._template(match.start(), match[0]))
                position = self.tokens.position
            else:
                text = match[0][1:] if kind == "escaped" else match[0]
                if "\\" in text:
                    text = self._unescaped(text, match.start())
                pieces.append(Text(self._line(match.start()), text))
        raise _unclosed(source, opening, position)

    def heredoc(self, opening: Token) -> list[Piece]:
        """The pieces of a heredoc, after its first line. Raises SyntaxProblem."""
        word = opening.text.strip().lstrip("<").removeprefix("-")
        pieces: list[Piece] = []
        source, position, fresh = self.tokens.source, opening.stop, True
        while match := _HEREDOC.match(source, position):
            kind = match.lastgroup
            if fresh and kind == "text" and match[0].endswith("\n") and match[0].strip() == word:
                self.tokens.go(match.end() - (2 if match[0].endswith("\r\n") else 1))
                pieces = strip(pieces)
                return dedent(pieces) if opening.text.startswith("<<-") else pieces
            position = match.end()
            fresh = match[0].endswith("\n")
            if kind == "open":
                pieces.append(self._template(match.start(), match[0]))
                position = self.tokens.position
            else:
                text = match[0][1:] if kind == "escaped" else match[0]
                pieces.append(Text(self._line(match.start()), text))
        raise SyntaxProblem(
            opening.start, f"the heredoc <<{word} is never closed by its word on a line of its own", word
        )

    def bare(self) -> list[Piece]:
        """The pieces of a whole text."""
        pieces: list[Piece] = []
        source, position = self.tokens.source, self.tokens.position
        while match := _HEREDOC.match(source, position):
            if match.lastgroup == "open":
                pieces.append(self._template(match.start(), match[0]))
                position = self.tokens.position
                continue
            position = match.end()
            text = match[0][1:] if match.lastgroup == "escaped" else match[0]
            pieces.append(Text(self._line(match.start()), text))
        return strip(pieces)

    def _line(self, position: int) -> int:
        return self.tokens.line(position) + self.shift

    def _template(self, start: int, opening: str) -> Piece:
        """``${...}`` or ``%{...}``, whose opening was just read."""
        tokens = self.tokens
        tokens.go(start + len(opening))
        before = tokens.across_lines(True)
        piece: Piece
        if opening.startswith("$"):
            piece = Value(self._line(start), self.expression(), opening.endswith("~"))
        else:
            piece = self._directive(start, opening)
        closing = tokens.peek()
        if not tokens.next_is("}", "~}"):
            if closing.kind == "end":
                raise SyntaxProblem(start, f"the {opening} is never closed", "a } where it ends")
            tokens.fail("}")
        tokens.take()
        tokens.across_lines(before)
        tokens.go(closing.stop)
        return piece.closed(closing.text == "~}")

    def _directive(self, start: int, opening: str) -> Directive:
        tokens, line = self.tokens, self._line(start)
        token = tokens.peek()
        if token.kind != "word" or token.text not in _WORDS:
            message = f"%{{ {token.text} is not a directive: if, else, endif, for, endfor"
            raise SyntaxProblem(start, message, "%%{ where a % and a { are meant")
        word = tokens.take().text
        names: tuple[str, ...] = ()
        condition: s.Expr | None = None
        if word == "for":
            names = (tokens.word().text,)
            if tokens.next_is(","):
                tokens.take()
                names = (*names, tokens.word().text)
            if not tokens.word_is("in"):
                tokens.fail("in")
            tokens.take()
        if word in ("if", "for"):
            condition = self.expression()
        return Directive(line, word, names, condition, opening.endswith("~"))

    def _unescaped(self, text: str, start: int) -> str:
        def one(match: re.Match[str]) -> str:
            word = match[1]
            if word in _ESCAPES:
                return _ESCAPES[word]
            if word == "u007f" or word == "U0000007f":
                raise SyntaxProblem(start, f"\\{word} is a control character, and can't be printed")
            if len(word) > 1 and int(word[1:], 16) < 0x110000 and not 0xD800 <= int(word[1:], 16) < 0xE000:
                return chr(int(word[1:], 16))
            raise SyntaxProblem(start, f"\\{word} is not an escape", "write \\\\ for a backslash")

        return _ESCAPE.sub(one, text)


def _unclosed(source: str, opening: Token, position: int) -> SyntaxProblem:
    if source[position : position + 1] == "\\":
        return SyntaxProblem(position, "a backslash can't end a line", "write \\\\ for a backslash")
    message = "the string on this line is never closed"
    return SyntaxProblem(opening.start, message, 'a " where it ends; a heredoc (<<-EOT) for several lines')
