"""A person at a terminal: a printed line is typed as it stands, and each question is answered with yes."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Mapping
from pathlib import Path

PATIENCE_SECONDS = 3600  # for one line, on a machine that is busy


def typed(line: str, folder: Path, environ: Mapping[str, str]) -> tuple[int, str]:
    """Run a line at a terminal, where a person says yes to each question: exit code, and what was said.

    A line that takes longer than anybody waits is killed, with all it started, and has that exit code.
    """
    person, terminal = os.openpty()
    process = subprocess.Popen(
        line,
        shell=True,
        cwd=folder,
        env=dict(environ),
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        start_new_session=True,
    )
    overdue = threading.Timer(PATIENCE_SECONDS, os.killpg, (process.pid, signal.SIGKILL))
    overdue.start()
    os.close(terminal)
    said = b""
    with os.fdopen(person, "r+b", buffering=0) as hand:
        while True:
            try:
                said += (new := hand.read(65536))
            except OSError:  # what Linux says once nobody has the terminal open any more
                new = b""
            if not new:
                break
            if said.endswith(b"[y/N] "):
                hand.write(b"y\n")
    overdue.cancel()
    return process.wait(timeout=60), said.decode("utf-8", "replace")
