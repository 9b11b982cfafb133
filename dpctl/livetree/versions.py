"""Constraints on versions, as Terraform and Terragrunt write them: ``>= 1.5, < 2.0``, ``~> 1.11.0``."""

from __future__ import annotations

import re
from collections.abc import Callable

_PART = re.compile(r"\s*(=|!=|>=?|<=?|~>)?\s*v?(\d+(?:\.\d+)*)(?:-([0-9A-Za-z.-]+))?(?:\+\S+)?\s*")
_TESTS: dict[str, Callable[[tuple[int, ...], tuple[int, ...]], bool]] = {
    "=": lambda version, wanted: version == wanted,
    "!=": lambda version, wanted: version != wanted,
    ">": lambda version, wanted: version > wanted,
    ">=": lambda version, wanted: version >= wanted,
    "<": lambda version, wanted: version < wanted,
    "<=": lambda version, wanted: version <= wanted,
}


def unreadable(constraint: str) -> str:
    """The part of a constraint that can't be read, or ""."""
    return next((part or "nothing" for part in constraint.split(",") if not _PART.fullmatch(part)), "")


def satisfies(version: str, constraint: str) -> bool:
    """Whether a version, such as 1.11.4, fits a constraint that can be read."""
    match = _PART.fullmatch(version)
    if match is None:
        return False
    have = _numbers(match[2])
    return all(_fits(have, part) for part in constraint.split(","))


def _fits(have: tuple[int, ...], part: str) -> bool:
    match = _PART.fullmatch(part)
    if match is None:
        return False
    sign, wanted = match[1] or "=", _numbers(match[2])
    if sign != "~>":
        return _TESTS[sign](have, wanted)
    fixed = max(match[2].count("."), 1)  # all but the last part that was written stays
    return have >= wanted and have[:fixed] == wanted[:fixed]


def _numbers(text: str) -> tuple[int, ...]:
    parts = [int(part) for part in text.split(".")]
    return (*parts, 0, 0, 0)[: max(3, len(parts))]
