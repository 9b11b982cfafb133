"""Import blocks, in a stable order, each with a word about what it is."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path

from dpctl.deploy.adopt.search import Adoption

HEADER = "# What exists already, and is imported. Written by `dpctl adopt`; it may go once it is applied.\n"


TARGET = re.compile(r"^\s*to\s*=\s*(\S.*?)\s*$", re.MULTILINE)
MARK = "# These ids are of a sandbox, and mean nothing anywhere else: "


def render(adoptions: Iterable[Adoption], account: str = "") -> str:
    """The text of an imports.tf; ``account`` is the mark of the sandbox that the ids are of."""
    blocks = [
        f"\n# {adoption.title}\nimport {{\n  to = {adoption.address}\n  id = {_string(adoption.id)}\n}}\n"
        for adoption in sorted(adoptions)
    ]
    return HEADER + (f"{MARK}{account}\n" if account else "") + "".join(blocks)


def belongs_elsewhere(path: Path, account: str) -> bool:
    """Whether a file of import blocks is of a sandbox, and of another one than ``account`` (empty: AWS)."""
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return False
    marks = [line.removeprefix(MARK) for line in lines if line.startswith(MARK)]
    return bool(marks) and marks != [account]


def targets(path: Path) -> frozenset[str]:
    """The addresses that a file of import blocks names; none where there is no file."""
    try:
        return frozenset(TARGET.findall(path.read_text(encoding="utf-8", errors="replace")))
    except OSError:
        return frozenset()


def write_imports(path: Path, adoptions: Iterable[Adoption], account: str = "") -> None:
    """Write (or write anew) a file of import blocks."""
    path.write_text(render(adoptions, account), encoding="utf-8")


def _string(text: str) -> str:
    """A string literal of HCL: JSON's escapes, and templates kept literal."""
    return json.dumps(text, ensure_ascii=False).replace("${", "$${").replace("%{", "%%{")
