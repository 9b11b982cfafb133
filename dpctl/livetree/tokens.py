"""Cuts HCL into tokens, one at a time: what a token is depends on where the parser stands.

As HashiCorp's scanner (github.com/hashicorp/hcl/v2/hclsyntax/scan_tokens.rl).
"""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import NamedTuple, NoReturn

_SPACE = re.compile(r"(?:[ \t]+|#[^\n]*|//[^\n]*|/\*[\s\S]*?\*/)+")
_SPACE_AND_LINES = re.compile(r"(?:[ \t]+|\r?\n|#[^\n]*|//[^\n]*|/\*[\s\S]*?\*/)+")
_TOKEN = re.compile(
    r"""(?P<word>[^\W\d][\w-]*)
    |(?P<number>[0-9](?:(?:[0-9.]|[eE][+-]?[0-9])*(?:[0-9]|[eE][+-]?[0-9]))?)
    |(?P<heredoc><<-?[^\W\d][\w-]*\r?\n)
    |(?P<line>\r?\n)
    |(?P<sign>\.\.\.|=>|==|!=|>=|<=|&&|\|\||::|~\}|[][(){}.,*/%+\-=<>!?:"])""",
    re.VERBOSE,
)


class Token(NamedTuple):
    """``kind`` is word, number, heredoc, line, sign, end or bad; ``start`` and ``stop`` are offsets."""

    kind: str
    text: str
    start: int
    stop: int


class SyntaxProblem(Exception):
    """Text that can't be read. ``expected`` are the signs that could have come instead, if that is all.

    ``line`` is set where it is all that is known of the place.
    """

    def __init__(
        self,
        start: int,
        message: str = "",
        hint: str = "",
        code: str = "hcl-syntax",
        expected: tuple[str, ...] = (),
        line: int = 0,
    ) -> None:
        super().__init__(message)
        self.line = line
        self.start = start
        self.hint = hint
        self.code = code
        self.expected = expected


class Tokens:
    """The tokens of one text, from ``position`` on."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.position = 0
        self._ends = [match.end() for match in re.finditer("\n", source)]
        self._space = _SPACE
        self._next: Token | None = None

    def line(self, position: int) -> int:
        """The line of an offset, counted from 1."""
        return bisect_right(self._ends, position) + 1

    def peek(self) -> Token:
        """The token that comes next."""
        if self._next is None:
            space = self._space.match(self.source, self.position)
            start = space.end() if space else self.position
            match = _TOKEN.match(self.source, start)
            if match:
                self._next = Token(match.lastgroup or "", match[0], start, match.end())
            else:
                kind = "end" if start >= len(self.source) else "bad"
                self._next = Token(kind, self.source[start : start + 1], start, start + 1)
        return self._next

    def take(self) -> Token:
        """Read the next token."""
        token = self.peek()
        self.position = token.stop
        self._next = None
        return token

    def go(self, position: int) -> None:
        """Read on at another place: behind a string, whose inside is no token."""
        self.position = position
        self._next = None

    def across_lines(self, across: bool) -> bool:
        """Whether ends of lines are passed over from here on; returns what it was before."""
        before = self._space is _SPACE_AND_LINES
        if before != across:
            self._space = _SPACE_AND_LINES if across else _SPACE
            self._next = None
        return before

    def next_is(self, *signs: str) -> bool:
        """Whether one of these signs comes next."""
        token = self.peek()
        return token.kind == "sign" and token.text in signs

    def word_is(self, word: str) -> bool:
        """Whether this word comes next."""
        token = self.peek()
        return token.kind == "word" and token.text == word

    def word(self) -> Token:
        """Read a word. Raises SyntaxProblem."""
        if self.peek().kind != "word":
            self.fail()
        return self.take()

    def sign(self, *signs: str) -> Token:
        """Read one of these signs. Raises SyntaxProblem."""
        if not self.next_is(*signs):
            self.fail(*signs)
        return self.take()

    def fail(self, *expected: str) -> NoReturn:
        """What comes next can't stand here."""
        raise SyntaxProblem(self.peek().start, expected=expected)
