"""What ``dpctl drift`` last saw, so that ``dpctl status`` can tell of it without asking Terraform again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TypedDict

from dpctl import private


class Seen(TypedDict):
    """How many resources of a layer had drifted, and when that was seen (UTC)."""

    drifted: int
    at: str


def _parts(env: str, sandboxed: bool) -> tuple[str, str]:
    return ".dpctl", f"drift-{env}{'-sandbox' if sandboxed else ''}.json"


def keep(root: Path, env: str, sandboxed: bool, layers: dict[str, int], at: str) -> None:
    """Remember how much of each layer had drifted; other layers stay as they were seen."""
    folder, name = _parts(env, sandboxed)
    seen: dict[str, Seen] = kept(root, env, sandboxed)
    seen |= {layer: {"drifted": count, "at": at} for layer, count in layers.items()}
    private.write(private.folder(root.resolve(), folder) / name, json.dumps(seen, indent=2) + "\n")


def kept(root: Path, env: str, sandboxed: bool) -> dict[str, Seen]:
    """What was seen, by layer; nothing where nobody has looked, or the file can't be read."""
    folder, name = _parts(env, sandboxed)
    try:
        document = json.loads((root / folder / name).read_text(encoding="utf-8"))
        return {str(layer): Seen(drifted=int(s["drifted"]), at=str(s["at"])) for layer, s in document.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}
