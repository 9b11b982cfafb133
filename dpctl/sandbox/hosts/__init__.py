"""What Python processes inside the account take from it: a VPC's names, and the sandbox's clock."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

FOLDER = Path(__file__).parent / "modules"
"""On the PYTHONPATH: Python imports ``sitecustomize`` from there when it starts."""


def variables(hosts: Mapping[str, str]) -> dict[str, str]:
    """What tells it the names: ``name=address`` and a space between two."""
    return {"DPCTL_HOSTS": " ".join(f"{name}={address}" for name, address in hosts.items())} if hosts else {}


def clock(folder: Path) -> dict[str, str]:
    """What tells it the time: the folder of the sandbox's clock."""
    return {"DPCTL_CLOCK": str(folder)}
