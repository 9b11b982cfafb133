"""The names that Python processes inside the account resolve, beside those of the machine: a VPC's DNS."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

FOLDER = Path(__file__).parent / "modules"
"""On the PYTHONPATH: Python imports ``sitecustomize`` from there when it starts."""


def variables(hosts: Mapping[str, str]) -> dict[str, str]:
    """What tells it: ``name=address`` and a space between two."""
    return {"DPCTL_HOSTS": " ".join(f"{name}={address}" for name, address in hosts.items())} if hosts else {}
