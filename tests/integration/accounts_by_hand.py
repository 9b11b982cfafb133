"""What an adoption took from an account: two pictures of it compared, before and after."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Any

# What an adoption adds or sets, each decided in docs/adoption.md: all else must be as it was.
DECIDED = (
    "mysql.DeletionProtection",  # protection
    "table.Recovery",
    "table.DeletionProtectionEnabled",
    "buckets.*.PublicAccessBlock.*",
    "state_machine.Definition*",  # code: a copy is kept
    "state_machine.loggingConfiguration*",
    "state_machine.tracingConfiguration*",
    "roles.*.Trust*",  # our trust, for this account only
    "connections.Jdbc connection mysql.ConnectionProperties.*",  # TLS on, the secret by its ARN
    "jobs.*.ExecutionProperty*",
)


def taken(before: Any, after: Any, path: str = "") -> list[str]:
    """What is in ``before`` and not in ``after`` any more, each with its path and both values."""
    if before in (None, "", [], {}, False) or any(fnmatchcase(path, pattern) for pattern in DECIDED):
        return []
    if isinstance(before, dict) and isinstance(after, dict):
        return [
            lost
            for name, value in before.items()
            for lost in taken(value, after.get(name), f"{path}.{name}" if path else name)
        ]
    if isinstance(before, list) and isinstance(after, list):
        return [f"{path}: {item!r} is not in {after!r}" for item in before if not _in(item, after)]
    return [] if before == after else [f"{path}: {before!r} is now {after!r}"]


def _in(item: Any, items: list[Any]) -> bool:
    """Whether an entry is still there: as it was, or with more in it."""
    return any(other == item or (isinstance(item, dict) and not taken(item, other)) for other in items)
