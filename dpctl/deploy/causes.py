"""What a unit's plan follows from, except the account: inputs, modules, its own files, runtime/, Terraform.

Each cause has a hash, so that a run can say which of them has changed; no value of the configuration is kept.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from dpctl.livetree import Unit

Causes = Mapping[str, str]
RUNTIME = "runtime"  # modules upload its scripts
_LOCAL_SOURCE = re.compile(r'^\s*source\s*=\s*"(\.\.?/[^"]*)"', re.MULTILINE)


def find(
    unit: Unit, source: Path, inputs: Mapping[str, Any], *, outside: Mapping[str, str], **others: str
) -> dict[str, str]:
    """The causes of a unit's plan, by name; ``others`` are taken as they are (``terraform``, ``account``)."""
    root = unit.root
    found = {name: _hash(text) for name, text in others.items()}
    for folder in _modules(source):
        found[f"module {_shown(folder, root)}"] = _tree(folder, root)
    found["files of the unit"] = _tree(unit.directory, root)
    if (root / RUNTIME).is_dir():
        found[f"{RUNTIME}/"] = _tree(root / RUNTIME, root)
    for name, value in inputs.items():
        text = json.dumps(value, sort_keys=True, default=str).replace(str(root), "")
        found[f"input {name}"] = _hash(text)
    for name, value in outside.items():
        found[f"TF_VAR_{name}"] = _hash(value)
    return found


def digest(causes: Causes) -> str:
    """One hash of all of them."""
    return _hash(json.dumps(causes, sort_keys=True))


def changed(before: Causes, now: Causes) -> tuple[str, ...]:
    """The names of the causes that differ."""
    return tuple(name for name in sorted({*before, *now}) if before.get(name) != now.get(name))


def _modules(source: Path) -> Iterator[Path]:
    """The module's folder, and those outside of it that its files name, and so on."""
    pending, seen = [source.resolve()], set[Path]()
    while pending:
        folder = pending.pop()
        if folder in seen or not folder.is_dir():
            continue
        seen.add(folder)
        if not any(folder != other and folder.is_relative_to(other) for other in seen):
            yield folder
        for file in folder.rglob("*.tf"):
            names = _LOCAL_SOURCE.findall(file.read_text(encoding="utf-8", errors="replace"))
            pending += [(file.parent / name).resolve() for name in names]


def _tree(folder: Path, root: Path) -> str:
    made = hashlib.sha256()
    for file in sorted(folder.rglob("*")):
        if file.is_file() and "__pycache__" not in file.parts:
            made.update(_shown(file, root).encode() + b"\0")
            made.update(hashlib.sha256(file.read_bytes()).digest())
    return made.hexdigest()


def _shown(path: Path, root: Path) -> str:
    return str(path.relative_to(root)) if path.is_relative_to(root) else str(path)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
