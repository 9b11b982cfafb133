"""What a Terraform module takes and gives: its variables and outputs, read from its .tf files."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dpctl.errors import ConfigError, Problem
from dpctl.livetree import hcl
from dpctl.livetree import syntax as s
from dpctl.livetree.jsontext import decode_json
from dpctl.livetree.places import show
from dpctl.livetree.values import Mismatch

_DECLARES = re.compile(r'^\s*"?(variable|output)"?\s', re.MULTILINE)


@dataclass(frozen=True)
class ModuleVariable:
    """A variable: required when it has no default. ``type`` is the constraint as it was written."""

    name: str
    required: bool
    type: str
    file: str
    line: int
    sensitive: bool = False


@dataclass(frozen=True)
class Module:
    """A module's folder and its contract."""

    directory: Path
    variables: dict[str, ModuleVariable] = field(default_factory=dict)
    outputs: dict[str, tuple[str, int]] = field(default_factory=dict)


def read(directory: Path, root: Path) -> Module:
    """Read a module. Raises ConfigError for .tf files that can't be parsed."""
    module = Module(directory)
    for path in sorted(directory.glob("*.tf")):
        shown = show(path, root)
        text = hcl.text(path, shown)
        if not _DECLARES.search(text):  # most files declare neither, and parsing is what costs
            continue
        lines = text.splitlines()
        for block in hcl.parse(text, shown).blocks:
            if block.kind == "variable" and block.labels:
                module.variables[block.labels[0]] = _variable(block, lines, shown)
            elif block.kind == "output" and block.labels:
                module.outputs[block.labels[0]] = (shown, block.line)
    for path in sorted(directory.glob("*.tf.json")):
        _read_json(path, show(path, root), module)
    return module


def _read_json(path: Path, shown: str, module: Module) -> None:
    """A module in Terraform's JSON syntax: objects, or lists of objects, by kind and name."""
    text = hcl.text(path, shown)
    try:
        document = decode_json(text)
    except Mismatch as mismatch:
        raise ConfigError(Problem("invalid-text", str(mismatch), shown, 1)) from None
    for name, body in _named(document, "variable"):
        module.variables[name] = ModuleVariable(
            name,
            "default" not in body,
            str(body.get("type", "any")),
            shown,
            _line(text, name),
            body.get("sensitive") is True,
        )
    for name, _ in _named(document, "output"):
        module.outputs[name] = (shown, _line(text, name))


def _named(document: Any, kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for part in document if isinstance(document, list) else [document]:
        found = part.get(kind, {}) if isinstance(part, dict) else {}
        for blocks in found if isinstance(found, list) else [found]:
            for name, body in blocks.items() if isinstance(blocks, dict) else ():
                body = body[0] if isinstance(body, list) and body else body
                yield name, body if isinstance(body, dict) else {}


def _line(text: str, name: str) -> int:
    position = text.find(json.dumps(name))
    return text.count("\n", 0, max(position, 0)) + 1


def _variable(block: s.Block, lines: list[str], shown: str) -> ModuleVariable:
    kind, sensitive = block.attribute("type"), block.attribute("sensitive")
    return ModuleVariable(
        block.labels[0],
        block.attribute("default") is None,
        _source(lines, kind.line) if kind else "any",
        shown,
        block.line,
        sensitive is not None and sensitive.value == s.Literal(sensitive.line, True),
    )


def _source(lines: list[str], line: int) -> str:
    """The text of a type constraint: from its ``=`` until its brackets are closed."""
    text = lines[line - 1].partition("=")[2].strip()
    while text.count("(") > text.count(")") and line < len(lines):
        text += " " + lines[line].strip()
        line += 1
    return re.sub(r"\s+", " ", text)
