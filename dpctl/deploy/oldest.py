"""Terraform that is too old is refused before a run begins, with the version that will do."""

from __future__ import annotations

from pathlib import Path

from dpctl.deploy.terraform import EMBEDDED, OLDEST, Tool, how_to_install, version_of
from dpctl.errors import ToolMissing
from dpctl.livetree import versions

REMEMBERED = "terraform-version"


def too_old(version: str) -> bool:
    """Whether a version is older than what the live tree needs; one that is not known (empty) may do."""
    return bool(version) and not versions.satisfies(version, f">= {OLDEST}")


def check(tool: Tool, folder: Path) -> None:
    """Raise ToolMissing for a Terraform that is older than what the live tree needs.

    A program that passed is remembered under ``folder`` and not asked again; one whose version can't be
    read passes too, and speaks for itself. The embedded one is pinned by its package.
    """
    if tool.name == EMBEDDED:
        return
    mark = folder / REMEMBERED
    try:
        if mark.read_text(encoding="utf-8") == tool.signature:
            return
    except OSError:
        pass
    found = version_of(tool)
    if too_old(found):
        raise ToolMissing(
            f"{tool.name} {found} is too old: dpctl needs {OLDEST} or later.",
            why=f"It is {tool.argv[0]}; the state's lock in S3 (use_lockfile) came with {OLDEST}.",
            hint=how_to_install(),
        )
    if found:
        mark.write_text(tool.signature, encoding="utf-8")
