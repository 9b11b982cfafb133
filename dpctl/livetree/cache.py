"""A cache of parsed files on disk, by content: parsing is a good part of what reading a large tree costs.

It is JSON, never code, and holds only what the last run that added something has used; a cache that is
missing, old or broken costs time and nothing else. It lies in the user's cache folder
(:mod:`dpctl.usercache`), because what a repository brings along must not be believed over its files.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from dpctl import usercache
from dpctl.livetree import hcl, syntax
from dpctl.livetree.unit import Unit

VERSION = 2
MIN_NEW = 20  # fewer new files are parsed faster than the cache is written


@contextmanager
def parse_cache(units: Sequence[Unit]) -> Iterator[None]:
    """Have parsed files at hand while many units are read; save the new ones at the end."""
    if len(units) < MIN_NEW:
        yield
        return
    name = file_name(units[0].root)
    if len(hcl.known()) < len(units):
        _fill(name)
    before = len(hcl.known())
    with hcl.reading_once():
        yield
    if len(hcl.known()) - before >= MIN_NEW:
        _save(name)


def file_name(root: Path) -> str:
    """What the cache of a repository is called."""
    return f"hcl-{hashlib.sha256(str(root).encode()).hexdigest()[:16]}.json"


def _fill(name: str) -> None:
    document = usercache.load(name)
    with suppress(ValueError, TypeError, LookupError, AttributeError, RecursionError):
        if document["version"] == VERSION:
            files = {bytes.fromhex(key): syntax.decode(tree) for key, tree in document["files"].items()}
            for key, body in files.items():
                hcl.known().setdefault(key, body)


def _save(name: str) -> None:
    files = {key.hex(): syntax.encode(body) for key, body in hcl.known().items()}
    usercache.save(name, {"version": VERSION, "files": files})
