"""Gives the replica the options of a picture (see ``dpctl snapshot``): what is in it is set, the rest stays.

A picture holds AWS's own shapes, section by section. Whoever made it, a real account or ``console``, the
options arrive through the API.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dpctl.sandbox.replica import dress_data, dress_identity, dress_network, dress_pipeline, dress_storage
from dpctl.sandbox.replica.seed import Seed

SECTIONS = {
    "network": dress_network.network,
    "roles": dress_identity.roles,
    "keys": dress_storage.keys,
    "buckets": dress_storage.buckets,
    "secrets": dress_storage.secrets,
    "trail": dress_storage.trail,
    "table": dress_data.table,
    "mysql": dress_data.mysql,
    "namespace": dress_data.namespace,
    "workgroup": dress_data.workgroup,
    "connections": dress_pipeline.connections,
    "jobs": dress_pipeline.jobs,
    "workflow": dress_pipeline.workflow,
    "triggers": dress_pipeline.triggers,
    "state_machine": dress_pipeline.state_machine,
    "rule": dress_pipeline.rule,
}


def dress(seed: Seed, picture: Mapping[str, Any]) -> None:
    """Set every option that the picture has; a section that is null or left out changes nothing."""
    for name, set_options in SECTIONS.items():
        if picture.get(name):
            set_options(seed, picture[name])


def paths(picture: Mapping[str, Any]) -> dict[str, str]:
    """The path of each role: it is chosen when a role is made, and never again."""
    return {name: str(role.get("Path", "/")) for name, role in (picture.get("roles") or {}).items()}
