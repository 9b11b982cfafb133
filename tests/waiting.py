"""Waiting for what another process does."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable


def wait_for(
    condition: Callable[[], object], seconds: float = 60, process: subprocess.Popen[str] | None = None
) -> None:
    """Return when the condition holds; fail when the process that brings it about has ended without it.

    The bound is for a process that hangs: ten times and more of what a quiet machine needs.
    """
    deadline = time.monotonic() + seconds
    while not condition():
        if process is not None and process.poll() is not None and not condition():
            raise AssertionError(f"the process ended before it happened, with {process.returncode}")
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)
