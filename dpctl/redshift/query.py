"""What UNLOAD takes as its query: one SELECT, or WITH and a SELECT, and nothing else."""

from __future__ import annotations

import itertools

from dpctl.errors import UsageError
from dpctl.lexer import LexicalError, Token, tokens

_STATEMENTS = frozenset({"SELECT", "INSERT", "UPDATE", "DELETE", "MERGE", "VALUES", "TABLE"})


def check_query(text: str) -> str:
    """The query without space around it and without a semicolon at its end.

    Raises UsageError for a second statement, a comment, SELECT INTO, anything that is not a query, a
    parenthesis or literal left open, and an outer LIMIT or TOP (UNLOAD, "Usage notes", Redshift Database
    Developer Guide).
    """
    try:
        found = list(tokens(text))
    except LexicalError as error:
        raise _refused(f"{error} (character {error.start + 1})") from error
    while found and found[-1].text == ";":
        text = text[: found.pop().start]
    _refuse_marks(found)
    outer = list(_outer(found))
    words = _words(outer)
    if not words or words[0] not in {"SELECT", "WITH"}:
        raise _refused("it does not begin with SELECT or WITH")
    if words[0] == "WITH":
        _check_after_with(words)
    if "INTO" in words:
        raise _refused("SELECT INTO makes a table")
    if "LIMIT" in words or _has_top(words):
        raise _refused(
            "an outer LIMIT or TOP is not allowed in UNLOAD",
            hint="SELECT * FROM (SELECT ... LIMIT 10)",
        )
    return text.strip()


def _words(outer: list[Token]) -> list[str]:
    """The words in upper case; what follows a point is a column's name, whatever it is (``t.limit``)."""
    words = [token.text.upper() if token.kind == "word" else token.text for token in outer]
    return [
        f".{word}" if at and words[at - 1] == "." and outer[at].kind == "word" else word
        for at, word in enumerate(words)
    ]


def _refuse_marks(found: list[Token]) -> None:
    for token in found:
        if token.text == ";":
            raise _refused(
                f"there is a semicolon at character {token.start + 1}, and one statement is allowed"
            )
        if token.kind == "comment":
            raise _refused(
                f"there is a comment at character {token.start + 1}",
                hint="the query without comments: in UNLOAD they could hide its end",
            )
        if token.text.startswith("$") and token.kind == "param":
            raise _refused(f"there is a parameter, {token.text}, at character {token.start + 1}")
        if token.kind == "symbol" and (token.text in "$\\" or not token.text.isprintable()):
            raise _refused(f"there is a stray {token.text!r} at character {token.start + 1}")


def _outer(found: list[Token]) -> list[Token]:
    """The tokens outside of all parentheses; a pair of them is left as ``)``."""
    depth = 0
    outer: list[Token] = []
    for token in found:
        if token.text == "(":
            depth += 1
            continue
        if token.text == ")":
            depth -= 1
            if depth < 0:
                raise _refused(f"the parenthesis at character {token.start + 1} closes nothing")
        if depth == 0:
            outer.append(token)
    if depth:
        raise _refused("a parenthesis is left open")
    return outer


def _check_after_with(words: list[str]) -> None:
    for before, word in itertools.pairwise(words):
        if before == ")" and word in _STATEMENTS:
            if word != "SELECT":
                raise _refused(f"WITH is followed by {word}")
            return
    raise _refused("WITH is not followed by SELECT")


def _has_top(words: list[str]) -> bool:
    for index, word in enumerate(words):
        if word == "TOP" and words[index - 1] in {"SELECT", "DISTINCT", "ALL"}:
            return True
    return False


def _refused(reason: str, hint: str = "") -> UsageError:
    return UsageError(
        "The query can't be unloaded.", why=f"It must be one SELECT or WITH: {reason}.", hint=hint
    )
