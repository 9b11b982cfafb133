"""What to type after an init that failed: on a machine without internet, how to bring providers along."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from pathlib import Path

from dpctl.deploy.cliconfig import MIRROR

REGISTRIES = {"terraform": "registry.terraform.io", "tofu": "registry.opentofu.org"}
PATIENCE_SECONDS = 3.0
PROXIES = ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy")


def hint(program: str, environ: Mapping[str, str], log: str) -> str:
    """The way on, from what can be found out; Terraform's words are not interpreted.

    ``program`` is the file name of Terraform or OpenTofu, ``log`` where all it said is written.
    """
    tool = "tofu" if "tofu" in program else "terraform"
    registry = REGISTRIES[tool]
    mirror = environ.get(MIRROR, "")
    read = f"less {log}"
    if mirror and (Path(mirror) / registry).is_dir():
        return f"{read}; the providers come from {MIRROR}={mirror}"
    if _reachable(registry, environ):
        return read
    fill = f"{tool} providers mirror DIR, in the module on a machine with internet"
    if mirror:
        return f"{fill}: {mirror} has no folder {registry}, and {registry} can't be reached; {read}"
    return f"{fill}, bring DIR here, and {MIRROR}=DIR: {registry} can't be reached; {read}"


def _reachable(host: str, environ: Mapping[str, str]) -> bool:
    if any(environ.get(name) for name in PROXIES):
        return True  # the proxy knows; a look of our own would say nothing
    try:
        socket.create_connection((host, 443), timeout=PATIENCE_SECONDS).close()
    except OSError:
        return False
    return True
