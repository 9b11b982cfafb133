"""The processes of a sandbox: what they are given of the user's environment."""

from __future__ import annotations

import os

# What a process needs of the user's environment to run at all. Everything else stays out: a token of theirs
# (GITHUB_TOKEN, the password of a database) is nothing that a job's script may read.
PASSED = ("PATH", "LANG", "LANGUAGE", "TZ", "TMPDIR", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")


def environment(*more: str) -> dict[str, str]:
    """The part of this process's environment that another may see: an allow-list, and ``more``."""
    return {
        name: value
        for name, value in os.environ.items()
        if name in PASSED or name in more or name.startswith("LC_")
    }
