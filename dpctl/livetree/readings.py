"""Where env.yaml is one thing to dpctl's checks, and another to Terraform's ``yamldecode``, which the units
use."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from dpctl.config.document import Document, dotted, read
from dpctl.errors import ConfigError, Problem
from dpctl.livetree import yamltext
from dpctl.livetree.values import Mismatch, Unsure, plain
from dpctl.livetree.yamltext import NotYaml

KEYS = tuple[str | int, ...]


def differences(root: Path, env: str) -> Iterator[Problem]:
    """A problem for each value of an environment's env.yaml that has two readings."""
    path = root / "live" / env / "env.yaml"
    try:
        document = read(path, path.relative_to(root).as_posix())
        theirs = plain(yamltext.decode(path.read_text(encoding="utf-8-sig")))
    except (ConfigError, NotYaml, Unsure):
        return
    except Mismatch as mismatch:
        hint = mismatch.hint or "plain keys and values, as docs/env-yaml.md shows"
        yield Problem("yaml-syntax", str(mismatch), path.relative_to(root).as_posix(), 1, hint=hint)
        return
    yield from _compare(document, document.data, theirs, ())


def _compare(document: Document, ours: Any, theirs: Any, path: KEYS) -> Iterator[Problem]:
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for key in ours:
            if str(key) in theirs:
                yield from _compare(document, ours[key], theirs[str(key)], (*path, key))
            else:
                message = f"the key {key} is another word in the YAML that Terraform reads"
                yield _problem(document, (*path, key), message, f'write it in quotes: "{key}"')
    elif isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        for index, (one, other) in enumerate(zip(ours, theirs, strict=True)):
            yield from _compare(document, one, other, (*path, index))
    elif isinstance(ours, bool) != isinstance(theirs, bool) or ours != theirs:
        message = f"this is {ours!r} to dpctl, and {theirs!r} in the YAML that Terraform reads"
        yield _problem(document, path, message, "write it in quotes")


def _problem(document: Document, path: KEYS, message: str, hint: str) -> Problem:
    return Problem("ambiguous-value", message, document.file, document.line(path), dotted(path), hint)
