"""The processes of a sandbox: what they are given, who holds its lock, and that none is left behind."""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import struct
import subprocess
import sys
import threading
from pathlib import Path
from typing import IO, Any

from dpctl import private
from dpctl.sandbox import reaper

# What a process needs of the user's environment to run at all. Everything else stays out: a token of theirs
# (GITHUB_TOKEN, the password of a database) is nothing that a job's script may read.
# The locale's are named: ssh lets LC_* through to another machine, so people send it secrets as LC_TOKEN.
PASSED = (
    "PATH", "LANG", "LANGUAGE", "TZ", "TMPDIR", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH",
    "LC_ALL", "LC_COLLATE", "LC_CTYPE", "LC_MESSAGES", "LC_MONETARY", "LC_NUMERIC", "LC_TIME",
)  # fmt: skip
SERVER, REAPER = "server", "reaper"  # files that are locked while the process of that name lives

_lock = threading.Lock()
_pipe: list[IO[str]] = []


def environment(*more: str) -> dict[str, str]:
    """The part of this process's environment that another may see: an allow-list, and ``more``."""
    return {name: value for name, value in os.environ.items() if name in PASSED or name in more}


def hold(directory: Path) -> IO[bytes]:
    """Lock the file SERVER for as long as this process lives. Raises OSError when another one does."""
    file = private.create(directory / SERVER, keep=True)
    fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return file


def holder(directory: Path, name: str) -> int | None:
    """The process that holds a lock, as the system says; None for nobody.

    What a file says of a process id proves nothing: it may be planted, or another program's by now.
    """
    try:
        with private.create(directory / name, keep=True) as file:
            asked = _packed(fcntl.F_WRLCK, 0)
            kind, pid = _unpacked(fcntl.fcntl(file, fcntl.F_GETLK, asked))
    except OSError:
        return None
    return pid if kind != fcntl.F_UNLCK and pid > 1 else None


# struct flock (fcntl.h): type, whence, start, length, pid; on macOS start, length, pid, type, whence.
def _packed(kind: int, pid: int) -> bytes:
    if sys.platform == "darwin":
        return struct.pack("qqihh", 0, 0, pid, kind, os.SEEK_SET)
    return struct.pack("hhqqi", kind, os.SEEK_SET, 0, 0, pid)


def _unpacked(found: bytes) -> tuple[int, int]:
    if sys.platform == "darwin":
        _, _, pid, kind, _ = struct.unpack("qqihh", found)
    else:
        kind, _, _, _, pid = struct.unpack("hhqqi", found)
    return kind, pid


def start_reaper(directory: Path, data: Path) -> None:
    """Start the process that ends what is left when this one is killed."""
    process = subprocess.Popen(
        [sys.executable, "-I", reaper.__file__, str(directory), str(data), str(os.getpid())],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdout.readline()  # it holds its lock now
    _pipe.append(process.stdin)


def started(process: subprocess.Popen[Any]) -> None:
    """Say that a process leads a group that must not outlive this one."""
    _tell("+", process.pid)


def ended(process: subprocess.Popen[Any]) -> None:
    """Say that it has ended; what it started and left behind is ended too."""
    kill(process)
    _tell("-", process.pid)


def kill(process: subprocess.Popen[Any]) -> None:
    """End a process and everything in its group."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def _tell(sign: str, number: int) -> None:
    with _lock, contextlib.suppress(OSError):
        for pipe in _pipe:
            pipe.write(f"{sign} {number}\n")
            pipe.flush()
