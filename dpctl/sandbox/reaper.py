"""The reaper: a small process beside the server that ends what the server leaves when it is killed.

The server tells it, by a pipe, which process groups it has started and which have ended. The pipe closes when
the server ends, however it ends; then the reaper kills what is left, stops PostgreSQL, and takes the data
away. It holds a lock while it lives, so that the next start and stop wait for it. Imports only the standard
library, because it runs by its path.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

STOP_SECONDS = 10.0
LINK = "postgres"  # as in redshift/postgres/server.py
PREFIX = "dpctl-redshift-"


def main(directory: Path, data: Path, server: int) -> None:
    """Wait for the end of the server, then clean up behind it."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    descriptor = os.open(directory / "reaper", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    fcntl.lockf(descriptor, fcntl.LOCK_EX)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    groups: set[int] = set()
    for line in sys.stdin:
        sign, _, group = line.strip().partition(" ")
        (groups.add if sign == "+" else groups.discard)(int(group))
    for leader in (*groups, server):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(leader, signal.SIGKILL)
    stop_databases(data)
    remove(data)
    with contextlib.suppress(OSError):
        (directory / "sandbox.json").unlink(missing_ok=True)


def stop_databases(data: Path) -> None:
    """Stop every PostgreSQL whose files are below a folder, also one that takes no signal (SIGSTOP)."""
    for file in [*data.rglob("postmaster.pid"), *(x / "postmaster.pid" for x in _elsewhere(data))]:
        pid = _pid(file)
        if pid is not None and _works_in(pid, file.parent):
            _stop(pid, file.parent)
        for child in _inside(file.parent):  # of one that was killed, and that were stopped then
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)


def _stop(pid: int, folder: Path) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGQUIT)  # PostgreSQL's immediate shutdown, its children included
        os.kill(pid, signal.SIGCONT)
    deadline = time.monotonic() + STOP_SECONDS
    while _works_in(pid, folder) and time.monotonic() < deadline:
        time.sleep(0.05)
    if _works_in(pid, folder):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _inside(folder: Path) -> list[int]:
    """The processes of PostgreSQL that work in a folder: each has it as its own. Where /proc tells it."""
    found = []
    for cwd in Path("/proc").glob("[0-9]*/cwd"):
        with contextlib.suppress(OSError):
            if cwd.readlink() == folder.resolve() and "postgres" in _command(int(cwd.parent.name)):
                found.append(int(cwd.parent.name))
    return found


def remove(data: Path) -> None:
    """Take away a folder of data, and the databases that had to be elsewhere; no link is followed."""
    for folder in _elsewhere(data):
        shutil.rmtree(folder, ignore_errors=True)
    if not data.is_symlink():
        shutil.rmtree(data, ignore_errors=True)


def _elsewhere(data: Path) -> list[Path]:
    """Folders in the temporary directory that links below ``data`` lead to: only those made for this."""
    if data.is_symlink() or not data.is_dir():
        return []
    targets = [link.readlink() for link in data.glob(f"*/{LINK}") if link.is_symlink()]
    top = Path(tempfile.gettempdir())
    return [x for x in targets if x.parent == top and x.name.startswith(PREFIX) and not x.is_symlink()]


def _pid(file: Path) -> int | None:
    try:
        pid = int(file.read_text(encoding="utf-8").splitlines()[0])
    except (OSError, ValueError, IndexError):
        return None
    return pid if pid > 1 else None


def _works_in(pid: int, folder: Path) -> bool:
    """Whether a process is alive and the PostgreSQL of this folder: its number may be another's by now."""
    said = _command(pid)
    return "postgres" in said and (str(folder) in said or str(folder.resolve()) in said)


def _command(pid: int) -> str:
    """The command line of a process; empty for one that has ended."""
    if Path("/proc/self").exists():
        try:
            return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            return ""
    command = ["ps", "-o", "command=", "-p", str(pid)]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
