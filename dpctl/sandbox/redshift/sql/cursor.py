"""A cursor over the tokens of one statement, for the statements that are read by hand."""

from __future__ import annotations

from dpctl.lexer import Token
from dpctl.sandbox.redshift.errors import SqlError, syntax_error
from dpctl.sandbox.redshift.sql.lexer import stored, tokenize


class Cursor:
    """Reads tokens from left to right; every refusal names the token that did not fit (SQLSTATE 42601)."""

    def __init__(self, sql: str) -> None:
        self.sql = sql
        self._tokens = tokenize(sql)
        self._at = 0

    @property
    def done(self) -> bool:
        """Whether every token was read."""
        return self._at >= len(self._tokens)

    @property
    def at(self) -> int:
        """Where the next token starts in the text."""
        return self.peek().start

    def peek(self, ahead: int = 0) -> Token:
        """A token that is to come; past the end an empty one."""
        at = self._at + ahead
        return self._tokens[at] if at < len(self._tokens) else Token("symbol", "", len(self.sql), "")

    def next(self) -> Token:
        """Take the next token, whatever it is."""
        token = self.peek()
        self._at += 1
        return token

    def accept(self, *words: str) -> str:
        """Take the next token if it is one of these keywords or symbols; gives it, or the empty string."""
        word = self.peek().upper
        if word and word in words:
            self._at += 1
            return word
        return ""

    def expect(self, *words: str) -> str:
        """Take the next token, which has to be one of these."""
        word = self.accept(*words)
        if not word:
            raise self.unexpected()
        return word

    def word(self) -> str:
        """Take a name: as Redshift stores it."""
        token = self.peek()
        if token.kind not in ("word", "quoted"):
            raise self.unexpected()
        self._at += 1
        return stored(token.value)

    def name(self) -> tuple[str, ...]:
        """Take a name with its qualifiers (``schema.table``)."""
        parts = [self.word()]
        while self.accept("."):
            parts.append(self.word())
        return tuple(parts)

    def names(self) -> list[str]:
        """Take names up to and with the closing parenthesis; the opening one has been taken."""
        found = [self.word()]
        while self.accept(","):
            found.append(self.word())
        self.expect(")")
        return found

    def string(self) -> str:
        """Take a literal."""
        token = self.peek()
        if token.kind != "string":
            raise self.unexpected()
        self._at += 1
        return token.value

    def raw(self) -> str:
        """The text of the next token as it stands in the statement."""
        token = self.peek()
        return self.sql[token.start : token.end]

    def number(self) -> int:
        """Take a whole number, with its sign."""
        sign = -1 if self.accept("-") else 1
        token = self.peek()
        if token.kind != "number" or not token.value.isdigit():
            raise self.unexpected()
        self._at += 1
        return sign * int(token.value)

    def end(self) -> None:
        """Nothing may follow."""
        if not self.done:
            raise self.unexpected()

    def unexpected(self) -> SqlError:
        """The refusal of the next token."""
        near = self.raw()
        where = f'at or near "{near}"' if near else "at end of input"
        return syntax_error(f"syntax error {where}")
