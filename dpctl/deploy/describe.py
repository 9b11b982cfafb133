"""A plan in words: each resource it touches, and which attributes; values only when they are asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from dpctl.deploy.changes import Change
from dpctl.deploy.planned import Planned
from dpctl.deploy.values import HIDDEN, show

ORDER = ("delete", "replace", "update", "import", "create", "move", "forget")
UNKNOWN = "(known after apply)"


def plan_lines(planned: Planned, *, values: bool = False) -> Iterator[str]:
    """What one plan takes, in full, then its changes, what destroys first.

    ``values`` adds old and new value of each attribute.
    """
    for loss in planned.losses:
        first, *rest = loss.lines()
        yield f"    ! LOSS {first}"
        yield from (f"      {line}" for line in rest)
    details = {item["address"]: item["change"] for item in _changes(planned.document)}
    ids = {adoption.address: adoption.id for adoption in planned.adopted}
    ranked = sorted(planned.changes, key=lambda change: (_rank(change), change.address))
    for change in ranked:
        about = [change.reason] if change.reason else []
        if change.imported:
            about.append(f"imported as {ids[change.address]}" if change.address in ids else "imported")
        diff = details.get(change.address)
        attributes = attribute_changes(diff) if diff and change.action in ("update", "replace") else []
        if attributes and not values:
            about.append(", ".join(name for name, _, _ in attributes))
        note = f" ({'; '.join(about)})" if about else ""
        yield f"  {change.sign:>3} {change.address}{note}"
        if values:
            for name, old, new in attributes:
                yield f"        {name}: {old} -> {new}"
    for keepsake in planned.kept:
        yield f"    ! {keepsake.line}"
    for missed in planned.unknown:
        yield f"    ! {missed.address} is created without a look for an existing one: {missed.reason}"
    for blind in planned.ahead.not_seen:
        yield f"    ! what is in the way of {blind.address} can't be seen: {blind.reason}"
    for obstacle in planned.ahead.obstacles:
        yield f"    ! {obstacle.address}: {obstacle.what}"
        yield from (f"      {line}" for line in (*obstacle.why.splitlines(), f"Try: {obstacle.hint}"))


def attribute_changes(change: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """The attributes that differ, each with its old and its new value; secrets are not shown."""
    before, after = change.get("before") or {}, change.get("after") or {}
    unknown = change.get("after_unknown") or {}
    hidden = (change.get("before_sensitive") or {}, change.get("after_sensitive") or {})
    found = []
    for name in sorted({*before, *after, *unknown}):
        old, new = before.get(name), after.get(name)
        computed = _anything(unknown.get(name)) and name not in after
        if old == new and not computed:
            continue
        if computed and old is None:
            continue
        if any(isinstance(side, dict) and _anything(side.get(name)) for side in hidden):
            found.append((name, HIDDEN, HIDDEN))
        else:
            found.append((name, show(old, name), UNKNOWN if computed else show(new, name)))
    return found


def _changes(document: Any) -> Sequence[Mapping[str, Any]]:
    return (document or {}).get("resource_changes") or []


def _rank(change: Change) -> int:
    return ORDER.index(change.action) if change.action in ORDER else len(ORDER)


def _anything(flags: Any) -> bool:
    """Whether a tree of Terraform's flags has a true one."""
    if isinstance(flags, dict):
        return any(_anything(flag) for flag in flags.values())
    if isinstance(flags, list):
        return any(_anything(flag) for flag in flags)
    return bool(flags)
