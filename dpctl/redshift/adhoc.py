"""Ad hoc SQL: what a text holds, whether it only reads, and its rows as a table or as CSV."""

from __future__ import annotations

import difflib
import itertools
import math
from collections.abc import Sequence
from typing import Any

from dpctl.errors import UsageError
from dpctl.lexer import LexicalError, Token, tokens

BEGINS, ENDS = frozenset({"BEGIN", "START"}), frozenset({"COMMIT", "END", "ROLLBACK", "ABORT"})
READING = frozenset({"SELECT", "WITH", "SHOW", "EXPLAIN", "VALUES", "DESC", "DESCRIBE", "SET", "RESET"})
WRITING = frozenset({"INSERT", "UPDATE", "DELETE", "MERGE", "INTO", "CREATE", "DROP", "ALTER", "TRUNCATE"})
ACTING = frozenset({"PG_TERMINATE_BACKEND", "PG_CANCEL_BACKEND"})
WIDEST = 60  # characters of a value in a table for people


def split(text: str) -> list[str]:
    """The statements of a text, without their semicolons and without empty ones. Raises UsageError."""
    if "\0" in text:
        raise UsageError(
            "The SQL can't be read.", why=f"There is a NUL at character {text.index(chr(0)) + 1}."
        )
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise UsageError("The SQL can't be read.", why=f"It is not valid Unicode: {error}.") from error
    try:
        found = list(tokens(text))
    except LexicalError as error:
        raise UsageError("The SQL can't be read.", why=f"{error} (character {error.start + 1}).") from error
    statements, start = [], 0
    ends = [token for token in found if token.text == ";" and token.kind == "symbol"]
    for end in [*(token.start for token in ends), len(text)]:
        if any(start <= token.start < end and token.kind != "comment" for token in found):
            statements.append(text[start:end].strip())
        start = end + 1
    if not statements:
        raise UsageError("There is no statement.", hint="dpctl sql 'SELECT ...', or --file FILE")
    return statements


def check_reading(statement: str) -> None:
    """Raise UsageError for a statement that may change something.

    It goes by the words outside of quotes: a user's function that writes is not seen. What really holds are
    the rights of the database's user.
    """
    found, first = _opening(statement)
    writes = next((word for word in _words(found) if word in WRITING), "") or _acting(found)
    if first in READING and not writes:
        return
    word = writes or first or found[0].text
    meant = [] if writes else difflib.get_close_matches(word, sorted(READING), n=1, cutoff=0.75)
    raise UsageError(
        f"{word} may change something." if writes else f"{word} is not known to only read.",
        why="dpctl sql only reads, unless it is told otherwise.",
        hint=f"{meant[0]}, or dpctl sql --write ..." if meant else "dpctl sql --write ...",
    )


def check_committed(statements: Sequence[str]) -> None:
    """Raise UsageError for a transaction that is begun and never ended: with the session its work is gone."""
    open_, lost = False, ""
    for statement in statements:
        first = _opening(statement)[1]
        if first in BEGINS or first in ENDS:
            open_, lost = first in BEGINS, ""
        elif open_ and not lost and not _only_reads(statement):
            lost = first
    if lost:
        raise UsageError(
            f"The transaction with {lost} is never committed.",
            why="It ends with the command's session, and what it did would be taken back.",
            hint="COMMIT as the last statement, or the statements without BEGIN",
        )


def _only_reads(statement: str) -> bool:
    try:
        check_reading(statement)
    except UsageError:
        return False
    return True


def _opening(statement: str) -> tuple[list[Token], str]:
    """The tokens of a statement without comments, and its first word; a query may stand in parentheses."""
    found = [token for token in tokens(statement) if token.kind != "comment"]
    return found, next((token.upper for token in found if token.text != "("), "")


def _acting(found: Sequence[Token]) -> str:
    """A call of a function that acts, also behind a schema's name and in quotation marks."""
    for token, after in itertools.pairwise(found):
        name = token.text.strip('"').upper()
        if after.text == "(" and token.kind in {"word", "quoted"} and name in ACTING:
            return name
    return ""


def _words(found: Sequence[Token]) -> list[str]:
    """The keywords: names after a point or after AS are columns, whatever they are called."""
    return [
        token.upper
        for before, token in zip([None, *found], found, strict=False)
        if token.kind == "word" and not (before and (before.text == "." or before.upper == "AS"))
    ]


def as_table(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """Rows as a person reads them: NULL in full, numbers to the right, long values cut with an ellipsis."""
    cells = [[_shown(value) for value in row] for row in rows]
    widths = [max(len(name), *(len(row[at]) for row in cells), 1) for at, name in enumerate(columns)]
    right = [
        bool(rows) and all(isinstance(row[at], int | float) or row[at] is None for row in rows)
        for at in range(len(columns))
    ]

    def line(values: Sequence[str]) -> str:
        padded = (
            value.rjust(width) if number else value.ljust(width)
            for value, width, number in zip(values, widths, right, strict=True)
        )
        return "  ".join(padded).rstrip()

    return "\n".join([line(columns), line(["-" * width for width in widths]), *map(line, cells)])


def as_csv(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """Rows as CSV with a header; NULL is an empty field, and an empty text is ``""``."""
    return "\n".join(",".join(_field(value) for value in row) for row in [columns, *rows]) + "\n"


def plain(value: Any) -> Any:
    """A value for a JSON document, which has no bytes and no number that is none."""
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return value.hex() if isinstance(value, bytes) else value


def _field(value: Any) -> str:
    if value is None:
        return ""
    text = _text(value)
    return '"' + text.replace('"', '""') + '"' if text == "" or set(text) & set(',"\r\n') else text


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.hex() if isinstance(value, bytes) else str(value)


def _shown(value: Any) -> str:
    text = "NULL" if value is None else _text(value).replace("\n", "\\n").replace("\r", "\\r")
    return text if len(text) <= WIDEST else text[: WIDEST - 3] + "..."
