"""The namespaces and workgroups of the account, as every service that looks at them sees them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from dpctl.sandbox.calls import ServiceError


@dataclass
class Serverless:
    """Every namespace and workgroup of the account, by name."""

    namespaces: dict[str, dict[str, Any]] = field(default_factory=dict)
    workgroups: dict[str, dict[str, Any]] = field(default_factory=dict)
    usage_limits: dict[str, dict[str, Any]] = field(default_factory=dict)
    tags: dict[str, dict[str, str]] = field(default_factory=dict)

    def namespace(self, name: str) -> dict[str, Any]:
        """A namespace. Raises ServiceError when there is none."""
        return find(self.namespaces, name, "Namespace")

    def workgroup(self, name: str) -> dict[str, Any]:
        """A workgroup. Raises ServiceError when there is none."""
        return find(self.workgroups, name, "Workgroup")


def find(known: dict[str, dict[str, Any]], name: str, what: str) -> dict[str, Any]:
    """What has a name. Raises ServiceError when there is none."""
    if name not in known:
        raise ServiceError("ResourceNotFoundException", f"{what} {name} not found.", 404)
    return known[name]
