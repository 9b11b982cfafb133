"""Finds units: every ``terragrunt.hcl`` below ``live/<env>``, except where nobody wrote one.

The search starts at ``live/<env>``, so the root file (which units include) is never one, and a
``live/<env>/terragrunt.hcl`` is not one either. Hidden folders, which hold caches, are skipped. Folders of
``live/`` that begin with ``_`` or ``.`` are no environments: ``_envcommon`` holds what environments share.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from dpctl.errors import ConfigError, Problem, UsageError
from dpctl.livetree.unit import FILE, Unit

# the rule of the modules' variable "environment": the name becomes part of resources' names
_ENVIRONMENT = re.compile(r"[a-z][a-z0-9-]*")

# where Terraform, Terragrunt and Node keep copies of other people's files
_SKIPPED = {"node_modules"}
# forms of Terragrunt's files that are not read -> what to write instead
_OTHER_FORMS = {
    f"{FILE}.json": f"the same as {FILE}, in HCL",
    "terragrunt.stack.hcl": f"one folder per layer: live/<env>/<layer>/{FILE} (stacks are not read)",
}


def discover(root: Path, env: str) -> tuple[Unit, ...]:
    """The units of an environment, sorted by layer; none is an empty tuple.

    Raises UsageError where there is no folder ``live/<env>``, ConfigError where its name is not one for
    an environment.
    """
    start = root.resolve() / "live" / env
    if start.is_dir() and (problem := misnamed(env)):
        raise ConfigError([problem])
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


def overlooked(root: Path, env: str) -> list[Problem]:
    """What looks like a layer and is none: a link, Terragrunt's JSON form, a stack."""
    start = root / "live" / env
    found: list[Problem] = []
    for folder, folders, files in os.walk(start):
        here = Path(folder).relative_to(root).as_posix()
        for name in sorted(folders):
            if (Path(folder) / name).is_symlink() and (Path(folder) / name / FILE).is_file():
                what = "a layer that is a link is not read: one folder is one layer with one state"
                hint = f"cp -r $(readlink -f {here}/{name}), without the link"
                found.append(Problem("linked-layer", what, f"{here}/{name}", hint=hint))
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name not in _SKIPPED)
        for name, instead in _OTHER_FORMS.items():
            if name in files:
                what = f"{name} is not read, so nothing in it is checked or applied"
                found.append(Problem("unread-file", what, f"{here}/{name}", hint=instead))
    return found


def environments(root: Path) -> list[str]:
    """The folders of ``live/``, sorted, but those that begin with ``_`` or ``.``."""
    live = root / "live"
    if not live.is_dir():
        return []
    return sorted(path.name for path in live.iterdir() if path.is_dir() and path.name[0] not in "._")


def misnamed(env: str) -> Problem | None:
    """What is wrong with an environment's name: it becomes part of the names of resources."""
    if not env or _ENVIRONMENT.fullmatch(env):
        return None
    return Problem(
        "environment-name",
        "an environment's name is lower case letters, digits and hyphens, and starts with a letter",
        f"live/{env}",
        hint=f"git mv live/{env} live/NAME, or begin the name with _ where the folder is no environment",
    )


def unit_at(root: Path, directory: Path) -> Unit | None:
    """The unit of a folder; None where the folder is not below ``live/<env>`` of this repository."""
    try:
        parts = directory.relative_to(root / "live").parts
    except ValueError:
        return None
    if len(parts) < 2:
        return None
    return Unit(parts[0], "/".join(parts[1:]), directory, directory / FILE)
