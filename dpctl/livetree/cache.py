"""A cache of parsed files on disk, by content: parsing is most of what reading a large tree costs.

It is JSON, never code, and holds only what the last run that added something has used; a cache that is
missing, old or broken costs time and nothing else.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from dpctl.livetree import hcl, syntax
from dpctl.livetree.unit import Unit

VERSION = 1
MIN_NEW = 20  # fewer new files are parsed faster than the cache is written
FILE = Path(".dpctl", "cache", "hcl.json")


@contextmanager
def parse_cache(units: Sequence[Unit]) -> Iterator[None]:
    """Have parsed files at hand while many units are read; save the new ones at the end."""
    if len(units) < MIN_NEW:
        yield
        return
    path = units[0].root / FILE
    if len(hcl.known()) < len(units):
        _fill(path)
    before = len(hcl.known())
    with hcl.reading_once():
        yield
    if len(hcl.known()) - before >= MIN_NEW:
        with suppress(OSError):
            _save(path)


def _fill(path: Path) -> None:
    with suppress(OSError, ValueError, TypeError, LookupError, AttributeError, RecursionError):
        document = json.loads(path.read_text(encoding="utf-8"))
        if document["version"] == VERSION:
            files = {bytes.fromhex(key): syntax.decode(tree) for key, tree in document["files"].items()}
            for key, body in files.items():
                hcl.known().setdefault(key, body)


def _save(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    files = {key.hex(): syntax.encode(body) for key, body in hcl.known().items()}
    handle, name = tempfile.mkstemp(dir=path.parent, prefix="hcl-")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump({"version": VERSION, "files": files}, file, separators=(",", ":"))
    Path(name).replace(path)
