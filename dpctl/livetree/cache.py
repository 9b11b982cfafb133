"""A cache of parsed files on disk, by content: parsing is most of what reading a large tree costs.

It is JSON, never code, and holds only what the last run that added something has used; a cache that is
missing, old or broken costs time and nothing else. It is believed over the files, so it lies in the user's
own cache folder and never in the tree, which may come from somebody else.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from dpctl import private
from dpctl.errors import UsageError
from dpctl.livetree import hcl, syntax
from dpctl.livetree.unit import Unit

VERSION = 1
MIN_NEW = 20  # fewer new files are parsed faster than the cache is written
FOLDER = "dpctl"


@contextmanager
def parse_cache(units: Sequence[Unit]) -> Iterator[None]:
    """Have parsed files at hand while many units are read; save the new ones at the end."""
    if len(units) < MIN_NEW:
        yield
        return
    path = file_of(units[0].root)
    if len(hcl.known()) < len(units):
        _fill(path)
    before = len(hcl.known())
    with hcl.reading_once():
        yield
    if len(hcl.known()) - before >= MIN_NEW:
        with suppress(OSError, UsageError, RuntimeError):  # RuntimeError: a user without a home
            _save(path)


def file_of(root: Path) -> Path:
    """The cache of a tree: in XDG_CACHE_HOME, or ``~/.cache`` (XDG Base Directory Specification)."""
    given = Path(os.environ.get("XDG_CACHE_HOME", ""))
    base = given if given.is_absolute() else Path.home() / ".cache"
    digest = hashlib.sha256(str(root.resolve()).encode()).hexdigest()[:16]
    return base / FOLDER / f"hcl-{digest}.json"


def _fill(path: Path) -> None:
    with suppress(OSError, ValueError, TypeError, LookupError, AttributeError, RecursionError):
        if path.lstat().st_uid != os.getuid() or path.parent.lstat().st_uid != os.getuid():
            return
        document = json.loads(private.read(path))
        if document["version"] == VERSION:
            files = {bytes.fromhex(key): syntax.decode(tree) for key, tree in document["files"].items()}
            for key, body in files.items():
                hcl.known().setdefault(key, body)


def _save(path: Path) -> None:
    path.parent.parent.mkdir(parents=True, exist_ok=True)
    private.folder(path.parent.parent, path.parent.name)
    files = {key.hex(): syntax.encode(body) for key, body in hcl.known().items()}
    handle, name = tempfile.mkstemp(dir=path.parent, prefix="hcl-")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump({"version": VERSION, "files": files}, file, separators=(",", ":"))
    Path(name).replace(path)
