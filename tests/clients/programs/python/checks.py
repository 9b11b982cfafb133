"""Small named checks: a line of output each, which tests/clients reads."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

CASES = json.loads((Path(__file__).parent.parent / "cases.json").read_text(encoding="utf-8"))
SCHEMA = f"py{os.getpid()}"


def check(name: str, body: Callable[[], Any]) -> Any:
    """Run one check and print how it went; gives what it returned."""
    try:
        found = body()
    except Exception as error:
        text = f"{type(error).__name__}: {error}".replace("\n", " ").replace("\t", " ")
        outcome = "refused" if "is not supported in the sandbox" in text else "FAIL"
        print(f"{outcome}\t{name}\t{text[:600]}", flush=True)
        return None
    print(f"ok\t{name}", flush=True)
    return found


def same(wanted: Any, found: Any) -> None:
    """Raise AssertionError unless both are equal."""
    if wanted != found:
        raise AssertionError(f"wanted <{wanted!r}>, found <{found!r}>")


def fails(body: Callable[[], Any], *parts: str) -> None:
    """Raise AssertionError unless ``body`` fails, with one of these texts in its error."""
    try:
        body()
    except Exception as error:
        if parts and not any(part in f"{error} {error.args}" for part in parts):
            raise AssertionError(f"fails otherwise: {error}") from error
        return
    raise AssertionError("accepted")
