"""The regular expressions of the models: they are Java's, and a value must match as a whole."""

from __future__ import annotations

from functools import cache
from typing import Any

# Java writes what lies beyond the sixteen-bit plane as two halves; a slip of some models writes it in one.
_REWRITES = (
    (r"\uD800\uDC00-\uDBFF\uDFFF", r"\U00010000-\U0010FFFF"),
    (r"\u10000-\u10FFFF", r"\U00010000-\U0010FFFF"),
)
# The longest time that a value may take, in seconds: no pattern of the models is let loose on a hostile text.
_SECONDS = 2.0


def matches(pattern: str, value: str) -> bool:
    """Whether the whole value matches; one that takes too long to tell does not.

    Services match as a whole, also where a pattern has no anchors (API references: "Pattern"; that is how
    ``[\\w+=,.@-]+`` of IAM keeps a space out of a role's name).
    """
    try:
        return _compiled(pattern).fullmatch(value, timeout=_SECONDS) is not None
    except TimeoutError:
        return False


@cache
def _compiled(pattern: str) -> Any:
    import regex

    for java, ours in _REWRITES:
        pattern = pattern.replace(java, ours)
    # \w, \d and \s are of ASCII in Java; \p{L} is of Unicode in both.
    return regex.compile(pattern, regex.ASCII if r"\p{" not in pattern else 0)
