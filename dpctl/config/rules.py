"""How the rules between the values of env.yaml are written down and checked.

Every rule is a generator over the sections it names; a section that is itself invalid silences only the rules
that need it, so that one run reports everything else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from dpctl.errors import Severity


@dataclass(frozen=True)
class Breach:
    """A rule that is broken: the path of the value, and what is wrong with it."""

    path: tuple[str | int, ...]
    code: str
    message: str
    hint: str = ""
    severity: Severity = "error"


Rule = Callable[..., Iterator[Breach]]
_RULES: list[tuple[tuple[str, ...], Rule]] = []


def rule(*sections: str) -> Callable[[Rule], Rule]:
    """Register a rule over top-level sections, which it gets in this order after the environment's name."""

    def register(function: Rule) -> Rule:
        _RULES.append((sections, function))
        return function

    return register


def check(env: str, sections: dict[str, Any]) -> Iterator[Breach]:
    """Every breach of every rule whose sections are there."""
    for names, function in _RULES:
        if all(name in sections for name in names):
            yield from function(env, *(sections[name] for name in names))
