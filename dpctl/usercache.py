"""Small files that make the next run quicker, in the user's own cache folder.

Nothing in them is believed without the mark of a secret that only this user has: a cache that somebody else
wrote, or that came with a repository, is no cache. They may be deleted at any time.
"""

from __future__ import annotations

import functools
import hashlib
import hmac
import json
import os
import secrets
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

MAX_BYTES = 64 * 1024 * 1024


def folder() -> Path:
    """``dpctl`` in the user's cache folder ($XDG_CACHE_HOME, or ~/.cache)."""
    named = os.environ.get("XDG_CACHE_HOME", "")
    return Path(named if Path(named).is_absolute() else Path.home() / ".cache", "dpctl")


def load(name: str) -> Any:
    """What was kept under a name; None where that is nothing, broken, or not ours."""
    with suppress(OSError, ValueError, RecursionError):
        path = folder() / name
        if path.stat().st_size > MAX_BYTES:
            return None
        mark, _, body = path.read_bytes().partition(b"\n")
        if (key := _secret(make=False)) and hmac.compare_digest(mark, _mark(key, name, body)):
            return json.loads(body)
    return None


def save(name: str, document: Any) -> None:
    """Keep a document of JSON values; where that can't be done, nothing is kept."""
    with suppress(OSError):
        key = _secret(make=True)
        if key is None:
            return
        body = json.dumps(document, separators=(",", ":")).encode()
        _write(folder() / name, _mark(key, name, body) + b"\n" + body)


def named(text: str) -> str:
    """A text as a name that says nothing about it to others."""
    return hmac.new(_secret(make=True) or b"", text.encode(), hashlib.sha256).hexdigest()


def _mark(key: bytes, name: str, body: bytes) -> bytes:
    return hmac.new(key, name.encode() + b"\n" + body, hashlib.sha256).hexdigest().encode()


def _secret(*, make: bool) -> bytes | None:
    """The secret of this user; made where there is none yet."""
    return _read_secret(folder(), make)


@functools.lru_cache(maxsize=8)
def _read_secret(where: Path, make: bool) -> bytes | None:
    path = where / "key"
    try:
        found = path.stat()
        if (hasattr(os, "getuid") and found.st_uid != os.getuid()) or found.st_mode & 0o077:
            return None
        return path.read_bytes()
    except OSError:
        if not make:
            return None
    try:
        _write(path, secrets.token_bytes(32))
        return path.read_bytes()
    except OSError:
        return None


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")  # 0600
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(name).replace(path)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise
