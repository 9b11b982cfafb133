"""Files that are the user's alone: folders 0700, files 0600, and no link followed on the way to them.

What dpctl keeps in ``.dpctl/`` holds plans, states and keys. A repository may come from a stranger, with
links in the place of these folders: what is written or deleted through them would be somewhere else.
"""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import IO

from dpctl.errors import UsageError

FILE_MODE = 0o600
FOLDER_MODE = 0o700


def folder(root: Path, *parts: str) -> Path:
    """Make the folder ``root/parts...``, for the user alone; ``root`` itself is taken as it is.

    Raises UsageError for a part that leads out of the folder above it: a link, ``..``, a name with a slash.
    """
    here = root
    for part in parts:
        if part in ("", ".", "..") or "/" in part or "\0" in part:
            raise UsageError(f"{part!r} is no name of a folder.", hint="letters, digits, - and _")
        here = here / part
        try:
            here.mkdir(mode=FOLDER_MODE)
        except FileExistsError:
            _check(here)
    return here


def _check(path: Path) -> None:
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode):
        kind = "a link" if stat.S_ISLNK(found.st_mode) else "no folder"
        raise UsageError(
            f"{path} is {kind}.",
            why="dpctl keeps its own files there, and would write and delete somewhere else.",
            hint=f"rm {path}",
        )
    if found.st_uid == os.getuid() and stat.S_IMODE(found.st_mode) & 0o077:
        path.chmod(FOLDER_MODE)


def no_links(folder: Path, names: Iterable[str], levels: int = 3) -> None:
    """Raise UsageError where a link stands for a folder or a file: below ``folder``, in these of its folders.

    A link to a device harms nobody.
    """
    pending = [(folder / name, levels - 1) for name in names]
    while pending:
        here, left = pending.pop()
        if here.is_symlink() and not (here.is_char_device() or here.is_block_device()):
            _check(here)
        if left and here.is_dir():
            pending += [(entry, left - 1) for entry in here.iterdir() if entry.is_symlink() or entry.is_dir()]


def create(path: Path, *, keep: bool = False) -> IO[bytes]:
    """Open a file of the user's own to write bytes, empty unless ``keep``. Raises OSError for a link."""
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC | (0 if keep else os.O_TRUNC)
    descriptor = os.open(path, flags, FILE_MODE)
    if stat.S_IMODE(os.fstat(descriptor).st_mode) & 0o077:
        os.fchmod(descriptor, FILE_MODE)
    return os.fdopen(descriptor, "r+b")


def write(path: Path, text: str) -> None:
    """Write a file of the user's own: it is there in full or not at all, and never through a link."""
    temporary = path.with_name(f"{path.name}.{os.getpid()}.new")
    temporary.unlink(missing_ok=True)
    with create(temporary) as file:
        file.write(text.encode())
    temporary.replace(path)


def rewrite(path: Path, text: str) -> None:
    """Change a file that a person keeps: it is there in full at any moment, with the rights it had."""
    path = path.resolve()
    temporary = path.with_name(f"{path.name}.{os.getpid()}.new")
    try:
        temporary.write_bytes(text.encode())
        shutil.copymode(path, temporary)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def read(path: Path) -> str:
    """Read a file that ``write`` wrote. Raises OSError for a link, ValueError for what is not UTF-8."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        return file.read(MAX_READ).decode()


MAX_READ = 64 * 1024 * 1024
