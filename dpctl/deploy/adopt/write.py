"""Import blocks, in a stable order, each with a word about what it is."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from dpctl.deploy.adopt.search import Adoption

HEADER = "# What exists already, and is imported. Written by `dpctl adopt`; it may go once it is applied.\n"


def render(adoptions: Iterable[Adoption]) -> str:
    """The text of an imports.tf."""
    blocks = [
        f"\n# {adoption.title}\nimport {{\n  to = {adoption.address}\n  id = {_string(adoption.id)}\n}}\n"
        for adoption in sorted(adoptions)
    ]
    return HEADER + "".join(blocks)


def write_imports(path: Path, adoptions: Iterable[Adoption]) -> None:
    """Write (or write anew) a file of import blocks."""
    path.write_text(render(adoptions), encoding="utf-8")


def _string(text: str) -> str:
    """A string literal of HCL: JSON's escapes, and templates kept literal."""
    return json.dumps(text, ensure_ascii=False).replace("${", "$${").replace("%{", "%%{")
