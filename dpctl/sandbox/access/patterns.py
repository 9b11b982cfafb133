"""The texts of a policy: wildcards, ARNs, and variables.

Source: IAM user guide, "IAM JSON policy elements: Resource" and "IAM policy elements: Variables and tags".
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

Lookup = Callable[[str], str | None]
_VARIABLE = re.compile(r"\$\{([^{}]*)\}")
_LITERAL = {"*": "*", "?": "?", "$": "$"}  # ${*} is the letter *, and no wildcard


class Unresolved(Exception):
    """A variable whose key the request does not have, and that has no default."""


def like(
    pattern: str, text: str, lookup: Lookup | None = None, *, wildcards: bool = True, fold: bool = False
) -> bool:
    """Whether a text fits a pattern.

    ``*`` is any text and ``?`` any one letter where ``wildcards`` says so. With ``lookup``, ``${key}`` stands
    for a value of the request, and ``${key, 'text'}`` for the text where it has none. Raises Unresolved.
    """
    if lookup is None or "${" not in pattern:
        return _regex(((True, pattern),), wildcards, fold).fullmatch(text) is not None
    return _regex(tuple(_parts(pattern, lookup)), wildcards, fold).fullmatch(text) is not None


def _parts(pattern: str, lookup: Lookup) -> list[tuple[bool, str]]:
    """The pieces of a pattern: (whether wildcards count in it, text)."""
    pieces: list[tuple[bool, str]] = []
    position = 0
    for found in _VARIABLE.finditer(pattern):
        pieces.append((True, pattern[position : found.start()]))
        pieces.append((False, _value(found[1], lookup)))
        position = found.end()
    return [*pieces, (True, pattern[position:])]


def _value(name: str, lookup: Lookup) -> str:
    if name in _LITERAL:
        return _LITERAL[name]
    key, comma, default = name.partition(",")
    value = lookup(key.strip())
    if value is not None:
        return value
    default = default.strip()
    if comma and len(default) >= 2 and default[0] == default[-1] == "'":
        return default[1:-1]
    raise Unresolved(key)


@lru_cache(maxsize=8192)
def _regex(pieces: tuple[tuple[bool, str], ...], wildcards: bool, fold: bool) -> re.Pattern[str]:
    expression = "".join(
        re.escape(text) if not (wildcards and wild) else _wild(text) for wild, text in pieces
    )
    return re.compile(expression, re.DOTALL | (re.IGNORECASE if fold else 0))


def _wild(text: str) -> str:
    """As a regular expression; a run of stars means the same as one, and takes less time."""
    found = re.sub(r"\*+", "*", text)
    return "".join({"*": ".*", "?": "."}.get(letter, re.escape(letter)) for letter in found)


def arn_like(pattern: str, arn: str, lookup: Lookup | None = None) -> bool:
    """Whether an ARN fits a pattern, each of its six parts by itself: ``*`` does not reach over a colon.

    The last part may have colons of its own. Raises ValueError for a pattern that is no ARN, and Unresolved.
    """
    if pattern == "*":
        return True
    wanted, found = _split(pattern), arn.split(":", 5)
    if len(wanted) != 6 or wanted[0] not in ("arn", "*"):
        raise ValueError(pattern)
    return len(found) == 6 and all(like(one, part, lookup) for one, part in zip(wanted, found, strict=True))


def _split(pattern: str) -> list[str]:
    """Split a pattern at its first five colons, but not inside ``${aws:userid}``."""
    parts: list[str] = []
    depth, start = 0, 0
    for position, letter in enumerate(pattern):
        if pattern.startswith("${", position):
            depth += 1
        elif letter == "}" and depth:
            depth -= 1
        elif letter == ":" and not depth and len(parts) < 5:
            parts.append(pattern[start:position])
            start = position + 1
    return [*parts, pattern[start:]]
