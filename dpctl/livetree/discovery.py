"""Finds units: every ``terragrunt.hcl`` below ``live/<env>``, except where nobody wrote one.

The search starts at ``live/<env>``, so the root ``terragrunt.hcl`` (which units include) is never one, and a
``live/<env>/terragrunt.hcl`` is not one either. Hidden folders, which hold caches, are skipped.
"""

from __future__ import annotations

import os
from pathlib import Path

from dpctl.errors import UsageError
from dpctl.livetree.unit import FILE, Unit

# where Terraform, Terragrunt and Node keep copies of other people's files
_SKIPPED = {"node_modules"}


def discover(root: Path, env: str) -> tuple[Unit, ...]:
    """The units of an environment, sorted by layer; none is an empty tuple.

    Raises UsageError where there is no folder ``live/<env>``.
    """
    start = root.resolve() / "live" / env
    if not env or not start.is_dir():
        known = environments(root)
        there = f"live/ has: {', '.join(known)}." if known else f"There is no live/ below {root}."
        hint = f"--env {known[0]}" if known else "cd to the repository, or dpctl --root DIR"
        raise UsageError(f"There is no environment {env!r}.", why=there, hint=hint)
    units = []
    for folder, folders, files in os.walk(start):
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name not in _SKIPPED)
        directory = Path(folder)
        if FILE in files and directory != start:
            layer = directory.relative_to(start).as_posix()
            units.append(Unit(env, layer, directory, directory / FILE))
    return tuple(sorted(units, key=lambda unit: unit.layer))


def environments(root: Path) -> list[str]:
    """The folders of ``live/``, sorted."""
    live = root / "live"
    if not live.is_dir():
        return []
    return sorted(path.name for path in live.iterdir() if path.is_dir() and not path.name.startswith("."))


def unit_at(root: Path, directory: Path) -> Unit | None:
    """The unit of a folder; None where the folder is not below ``live/<env>`` of this repository."""
    try:
        parts = directory.relative_to(root / "live").parts
    except ValueError:
        return None
    if len(parts) < 2:
        return None
    return Unit(parts[0], "/".join(parts[1:]), directory, directory / FILE)
