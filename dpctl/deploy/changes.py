"""What Terraform's event stream says: changes, their count, errors, and how far an apply has come."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from dpctl.errors import DpctlError

UI_MAJOR = "1"
NO_ANSWER = "Plugin did not respond"  # terraform: internal/plugin/grpc_error.go, codes.Unavailable
DESTROYING = frozenset({"delete", "replace", "remove"})
SIGNS = {
    "create": "+",
    "update": "~",
    "delete": "-",
    "replace": "-/+",
    "import": "<=",
    "move": ">",
    "forget": "x",
}


@dataclass(frozen=True)
class Count:
    """How many resources a plan or an apply touches; a replacement counts as one added, one destroyed."""

    add: int = 0
    change: int = 0
    destroy: int = 0
    imports: int = 0

    def __add__(self, other: Count) -> Count:
        return Count(
            self.add + other.add,
            self.change + other.change,
            self.destroy + other.destroy,
            self.imports + other.imports,
        )

    @property
    def any(self) -> bool:
        """Whether there is anything to count."""
        return self != NONE

    def as_dict(self) -> dict[str, int]:
        """The shape of ``changes`` in ``--json``."""
        return {"add": self.add, "change": self.change, "destroy": self.destroy, "import": self.imports}

    def __str__(self) -> str:
        text = f"+{self.add} ~{self.change} -{self.destroy}"
        return f"{text}, {self.imports} imported" if self.imports else text


NONE = Count()
APPLIED = {"create": Count(add=1), "update": Count(change=1), "delete": Count(destroy=1)}


@dataclass(frozen=True)
class Change:
    """One resource that a plan touches. ``action`` is Terraform's word; ``reason`` is empty without one."""

    address: str
    type: str
    action: str
    reason: str = ""
    imported: bool = False

    @property
    def destroys(self) -> bool:
        """Whether the resource that exists now is gone afterwards."""
        return self.action in DESTROYING

    @property
    def moves(self) -> bool:
        """Whether AWS is called for it: an import or a new address alone only goes to the state."""
        return self.action not in ("import", "move", "forget", "noop", "read")

    @property
    def sign(self) -> str:
        """One to three characters that say the action."""
        return SIGNS.get(self.action, "?")


@dataclass(frozen=True)
class Diagnostic:
    """An error or a warning of Terraform. ``located`` is whether it belongs to a line or a resource."""

    summary: str
    detail: str = ""
    address: str = ""
    file: str = ""
    line: int = 0

    @property
    def unanswered(self) -> bool:
        """Whether the provider ended before it could answer: it crashed, or something killed it."""
        return self.summary == NO_ANSWER

    @property
    def located(self) -> bool:
        """False for what stands before any configuration: no init, no lock, no backend."""
        return bool(self.address or self.file)


@dataclass
class Stream:
    """Collects the events of one plan or apply.

    ``done`` counts what is finished, of ``total`` where that is known. ``running`` is what Terraform waits
    for now, with the time of ``clock`` at which that began. ``made`` holds type and id of what was created,
    ``deleted`` the addresses of what is gone; ``unknown`` names creations whose end was not heard.
    """

    clock: Callable[[], float] = time.monotonic
    changes: list[Change] = field(default_factory=list)
    drift: list[Change] = field(default_factory=list)
    errors: list[Diagnostic] = field(default_factory=list)
    warnings: list[Diagnostic] = field(default_factory=list)
    count: Count = NONE
    applied: Count = NONE
    done: int = 0
    total: int = 0
    running: dict[str, tuple[str, float]] = field(default_factory=dict)
    made: dict[str, tuple[str, str]] = field(default_factory=dict)
    deleted: set[str] = field(default_factory=set)
    unknown: set[str] = field(default_factory=set)

    def take(self, event: Mapping[str, Any]) -> None:
        """Take in one event; kinds that are not known are passed over, as Terraform's contract asks."""
        match event.get("type"):
            case "version":
                _check_version(str(event.get("ui", "")))
            case "planned_change":
                self.changes.append(_change(event["change"]))
            case "resource_drift":
                self.drift.append(_change(event["change"]))
            case "change_summary":
                self.count = _count(event["changes"])
            case "diagnostic":
                self._diagnostic(event["diagnostic"])
            case "refresh_start" | "apply_start" | "import_start":
                self._begin(event["hook"])
            case "apply_complete" | "refresh_complete" | "import_complete" | "apply_errored":
                self._end(str(event["type"]), event["hook"])
            case _:
                return

    def _begin(self, hook: Mapping[str, Any]) -> None:
        address = str(hook["resource"]["addr"])
        self.running[address] = (str(hook["resource"].get("resource_type", "")), self.clock())
        if hook.get("action") == "create":
            self.unknown.add(address)

    def _end(self, kind: str, hook: Mapping[str, Any]) -> None:
        address, action = str(hook["resource"]["addr"]), str(hook.get("action", ""))
        self.running.pop(address, None)
        self.unknown.discard(address)
        self.done += 1
        if kind != "apply_complete":
            return
        self.applied += APPLIED.get(action, NONE)
        if action == "delete" and address not in self.made:  # else: what the new one replaces goes
            self.deleted.add(address)
        elif action == "create" and hook.get("id_key") == "id":
            self.deleted.discard(address)
            self.made[address] = (str(hook["resource"].get("resource_type", "")), str(hook["id_value"]))

    def _diagnostic(self, data: Mapping[str, Any]) -> None:
        place = data.get("range") or {}
        found = Diagnostic(
            summary=str(data.get("summary", "")),
            detail=str(data.get("detail", "")),
            address=str(data.get("address", "")),
            file=str(place.get("filename", "")),
            line=int((place.get("start") or {}).get("line", 0)),
        )
        (self.errors if data.get("severity") == "error" else self.warnings).append(found)

    @property
    def reason(self) -> str:
        """The errors in a few lines."""
        return "\n".join(describe(error) for error in self.errors)


def describe(error: Diagnostic) -> str:
    """One error: where, what, and the first lines of the detail."""
    place = f"{error.file}:{error.line}" if error.line else error.file
    where = ", ".join(part for part in (error.address, place) if part)
    detail = " ".join(error.detail.split())
    text = f"{error.summary}: {detail}" if detail else error.summary
    return f"{where}: {text}" if where else text


def _check_version(version: str) -> None:
    if version.partition(".")[0] != UI_MAJOR:
        raise DpctlError(
            f"This Terraform speaks version {version} of its event stream; dpctl knows version {UI_MAJOR}.",
            hint="dpctl ... --terraform PATH with Terraform 1.10 or later",
        )


def _change(data: Mapping[str, Any]) -> Change:
    resource = data["resource"]
    return Change(
        address=str(resource["addr"]),
        type=str(resource.get("resource_type", "")),
        action=str(data["action"]),
        reason=str(data.get("reason", "")).replace("_", " "),
        imported=bool(data.get("importing")) or data["action"] == "import",
    )


def _count(data: Mapping[str, Any]) -> Count:
    return Count(
        add=int(data.get("add", 0)),
        change=int(data.get("change", 0)),
        destroy=int(data.get("remove", 0)),
        imports=int(data.get("import", 0)),
    )
