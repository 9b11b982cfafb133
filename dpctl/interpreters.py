"""The Pythons that AWS would run: one of a version, on this machine, that has boto3 as AWS's have."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

GLUE_SHELL = "3.9"  # Glue developer guide, "Configuring job properties for Python shell jobs"
# Where version managers keep their Pythons, below the home directory.
_MANAGED = (".pyenv/versions", ".local/share/uv/python", ".asdf/installs/python")
_SECONDS = 30.0
_ASKED = "import sys, boto3; print('%d.%d' % sys.version_info[:2])"


@cache
def find(version: str) -> str | None:
    """The path of a Python of a version (``3.9``) that can import boto3; None where there is none.

    It is looked for on the PATH as ``python3.9``, then among those of version managers.
    """
    return next((path for path in _candidates(version) if _fits(path, version)), None)


def _candidates(version: str) -> Iterator[str]:
    on_path = shutil.which(f"python{version}")
    if on_path:
        yield on_path
    for folder in _MANAGED:
        found = Path.home().glob(f"{folder}/*{version}.*/bin/python{version}")
        yield from (str(path) for path in sorted(found))


def _fits(path: str, version: str) -> bool:
    """A version manager's own ``python3.9`` may say that it has none, and a bare one has no boto3."""
    variables = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    try:
        asked = subprocess.run(
            [path, "-I", "-c", _ASKED],
            capture_output=True, text=True, check=False, timeout=_SECONDS, env=variables,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return False
    return asked.returncode == 0 and asked.stdout.strip() == version
