"""The live tree as it was at a commit, to say what has changed since."""

from __future__ import annotations

import io
import subprocess
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from dpctl.errors import ToolMissing, UsageError


@contextmanager
def tree_at(root: Path, revision: str) -> Iterator[Path]:
    """The repository's files at a commit, in a folder that is there while inside.

    Raises UsageError where git does not know the commit, ToolMissing without git.
    """
    if revision.startswith("-"):
        raise UsageError(f"{revision!r} is no commit.", hint="--since main")
    # "REF:./" is the folder of the live tree, which need not be the top of the git repository
    command = ["git", "-C", str(root), "archive", "--format=tar", f"{revision}:./"]
    try:
        done = subprocess.run(command, capture_output=True, check=False)
    except FileNotFoundError as error:
        raise ToolMissing("There is no git here.", why="--since asks it.", hint="install git") from error
    if done.returncode != 0:
        why = done.stderr.decode("utf-8", "replace").strip()
        raise UsageError(f"git has no commit {revision!r} of {root}.", why=why, hint="git log --oneline")
    with TemporaryDirectory(prefix="dpctl-since-") as folder:
        target = Path(folder).resolve()
        # Debian 12's Python 3.11.2 has no filters yet; git itself has no names that lead elsewhere
        safe: dict[str, Any] = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}
        with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
            archive.extractall(target, **safe)
        yield target
