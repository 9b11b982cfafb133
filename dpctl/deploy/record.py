"""What the last run of an environment left behind, for ``--resume``: results, and hashes of their causes.

It is kept beside the work directories and never holds a value of the configuration.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import Any

from dpctl import jsontext
from dpctl.deploy import causes
from dpctl.deploy.causes import Causes

FINISHED = ("succeeded", "unchanged")
NEVER = "no run from here has finished it"
WAITS = "what it depends on is not applied"


@dataclass
class Record:
    """The record of one environment, written after every unit."""

    file: Path
    units: dict[str, dict[str, Any]]
    _lock: Any = field(default_factory=Lock)

    @classmethod
    def open(cls, folder: Path, env: str, *, sandboxed: bool) -> Record:
        """Read the record; one that is not there, or is broken, is empty."""
        file = folder / "runs" / f"{env}{'-sandbox' if sandboxed else ''}.json"
        try:
            units = {name: _unit(unit) for name, unit in jsontext.read(file.read_bytes())["units"].items()}
        except (OSError, jsontext.Unreadable):
            units = {}
        return cls(file, units)

    def changed(self, layer: str, now: Causes) -> tuple[str, ...]:
        """What has changed since the last run finished a unit; empty when nothing has."""
        last = self.units.get(layer, {})
        if last.get("result") not in FINISHED or not last.get("causes"):
            return (NEVER,)
        return causes.changed(last["causes"], now) if now else (WAITS,)

    def put(self, layer: str, result: str, follows_from: Causes) -> None:
        """Write down a unit's result."""
        with self._lock:
            now = datetime.now(UTC).isoformat(timespec="seconds")
            self.units[layer] = {"result": result, "causes": dict(follows_from), "at": now}
            self.file.parent.mkdir(parents=True, exist_ok=True)
            new = self.file.with_suffix(".new")
            new.write_text(json.dumps({"units": self.units}, indent=2) + "\n", encoding="utf-8")
            new.replace(self.file)


def _unit(found: jsontext.Value) -> dict[str, Any]:
    found.get("causes").items()  # what a unit follows from is an object, or nothing
    return found.mapping()
