"""Drift: what somebody has changed in the account since Terraform last wrote it down.

``terraform plan -refresh-only`` compares the state with the account and nothing with the configuration. Known
and accepted differences are named in a file ``drift.ignore`` beside the unit: one pattern a line, an address
and after it, if only some attributes are meant, an attribute; ``*`` stands for any text, ``#`` starts a
comment.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from dpctl import SCHEMA_VERSION
from dpctl.deploy.describe import attribute_changes
from dpctl.errors import UsageError

IGNORE_FILE = "drift.ignore"
# attributes that AWS moves on by itself, without anybody changing anything
CLOCKS = frozenset({"latest_restorable_time", "last_modified", "last_accessed_date", "last_updated_date"})


@dataclass(frozen=True)
class Ignored:
    """A pattern of addresses, and of attributes of what has such an address."""

    address: str
    attribute: str = "*"

    def covers(self, address: str, attribute: str) -> bool:
        """Whether a difference is one of these."""
        return _matches(address, self.address) and _matches(attribute, self.attribute)


@dataclass(frozen=True)
class Drifted:
    """One resource that is not as the state says. ``attributes`` is empty when it is gone."""

    address: str
    type: str
    action: str
    attributes: tuple[str, ...] = ()


@dataclass(frozen=True)
class LayerDrift:
    """One unit's drift; ``ignored`` counts accepted differences, ``applied`` is whether it has state."""

    layer: str
    applied: bool
    drifted: tuple[Drifted, ...] = ()
    ignored: int = 0

    def as_dict(self) -> dict[str, Any]:
        """One entry of ``layers``."""
        return {
            "layer": self.layer,
            "applied": self.applied,
            "ignored": self.ignored,
            "drifted": [
                {
                    "address": item.address,
                    "type": item.type,
                    "action": item.action,
                    "attributes": list(item.attributes),
                }
                for item in self.drifted
            ],
        }


def read_ignored(directory: Path, patterns: Iterable[str]) -> tuple[Ignored, ...]:
    """The patterns of a unit's drift.ignore and of the command line. Raises UsageError for what is none."""
    lines = [(pattern, "--ignore", 0) for pattern in patterns]
    file = directory / IGNORE_FILE
    if file.is_file():
        numbered = enumerate(file.read_text(encoding="utf-8").splitlines(), start=1)
        lines += [(line.partition("#")[0].strip(), str(file), number) for number, line in numbered]
    return tuple(_parse(*line) for line in lines if line[0])


def _parse(text: str, file: str, line: int) -> Ignored:
    words = text.split()
    if not 1 <= len(words) <= 2:
        raise UsageError(
            f"{text!r} is not an address and, at most, an attribute.",
            hint="a line such as: module.audit.aws_cloudtrail.this tags",
            file=file,
            line=line,
        )
    return Ignored(*words)


def find(document: Mapping[str, Any], ignored: Sequence[Ignored]) -> tuple[tuple[Drifted, ...], int]:
    """The drift in a plan's JSON that is not accepted, and how many differences are."""
    found: list[Drifted] = []
    accepted = 0
    for resource in document.get("resource_drift") or []:
        address, change = resource["address"], resource["change"]
        gone = change["actions"] == ["delete"]
        names = ["*"] if gone else [n for n, _, _ in attribute_changes(change) if n not in CLOCKS]
        open_names = [name for name in names if not any(rule.covers(address, name) for rule in ignored)]
        accepted += len(names) - len(open_names)
        if open_names:
            attributes = () if gone else tuple(open_names)
            found.append(Drifted(address, resource["type"], "deleted" if gone else "changed", attributes))
    return tuple(sorted(found, key=lambda item: item.address)), accepted


def _matches(text: str, pattern: str) -> bool:
    """fnmatch, with brackets as they stand: they are part of addresses."""
    return fnmatchcase(text, pattern.replace("[", "[[]"))


def document(env: str, layers: Sequence[LayerDrift], *, ok: bool) -> dict[str, Any]:
    """The document of ``drift --json`` (docs/schemas/drift.schema.json)."""
    return {
        "schema_version": SCHEMA_VERSION,
        "env": env,
        "ok": ok,
        "layers": [layer.as_dict() for layer in layers],
    }


def text(env: str, layers: Sequence[LayerDrift]) -> str:
    """The same for a person."""
    lines = []
    for layer in layers:
        if not layer.applied:
            lines.append(f"{env}/{layer.layer}: not applied yet")
            continue
        note = f" ({layer.ignored} accepted)" if layer.ignored else ""
        lines.append(f"{env}/{layer.layer}: {len(layer.drifted) or 'no'} drifted{note}")
        for item in layer.drifted:
            names = f": {', '.join(item.attributes)}" if item.attributes else ""
            lines.append(f"  {'-' if item.action == 'deleted' else '~'} {item.address} {item.action}{names}")
    return "\n".join(lines)
