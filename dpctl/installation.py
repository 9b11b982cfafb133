"""How this dpctl was installed, so that a hint prints a command that works in it."""

from __future__ import annotations

import json
import shlex
import sys
from urllib.parse import unquote, urlsplit

DISTRIBUTION = "dpctl-pipeline"  # dpctl on the package index is another product


def install(*extras: str) -> str:
    """The command that installs dpctl again, with extras, into the environment it runs in.

    dpctl is installed from its repository. Where that is still known (an editable installation, or one from a
    folder: https://packaging.python.org/en/latest/specifications/direct-url/), the command names it.
    """
    wanted = f"[{','.join(extras)}]" if extras else ""
    folder, editable = _source()
    target = shlex.quote((folder or ".") + wanted)
    command = f"{shlex.quote(sys.executable)} -m pip install {'-e ' if editable else ''}{target}"
    return command if folder else f"{command}   # in the folder of dpctl's repository"


def _source() -> tuple[str, bool]:
    """The folder dpctl was installed from, or nothing; and whether its files are used where they stand."""
    import importlib.metadata  # every command with a sandbox imports this module, and few ask

    try:
        text = importlib.metadata.distribution(DISTRIBUTION).read_text("direct_url.json")
        document = json.loads(text or "{}")
    except (importlib.metadata.PackageNotFoundError, ValueError):
        return "", True
    url = urlsplit(document.get("url", ""))
    folder = unquote(url.path) if url.scheme == "file" and "dir_info" in document else ""
    return folder, bool(document.get("dir_info", {}).get("editable")) or not folder
