"""AWS's Service Authorization Reference: which actions there are, and which resources they take."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("reference.json")


@cache
def _all() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return found


def types(action: str) -> tuple[list[str], list[str]] | None:
    """The types of resource that an action always needs, and those it may; None for an unknown action."""
    service, _, name = action.partition(":")
    found = _all().get(service, {}).get("actions", {}).get(name)
    return None if found is None else (found[0], found[1])


def template(action: str, kind: str) -> str:
    """The ARN of a type, with its parts as ``${Name}``."""
    return str(_all()[action.partition(":")[0]]["resources"][kind])
