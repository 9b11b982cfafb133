"""Rules between the values of env.yaml. (being written)"""

from __future__ import annotations

from collections.abc import Iterator
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


def check(env: str, sections: dict[str, Any]) -> Iterator[Breach]:
    """Check every rule whose sections are valid."""
    return iter(())
