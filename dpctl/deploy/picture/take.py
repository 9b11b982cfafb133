"""Takes the picture, and keeps it in a file that only its owner can read."""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from dpctl import jsontext
from dpctl.config import Environment
from dpctl.deploy.adopt import Inventory
from dpctl.deploy.picture import data, identity, network, pipeline, storage
from dpctl.deploy.picture.shapes import plain
from dpctl.errors import AwsError, UsageError

VERSION = 1

Reader = Callable[[Inventory, Environment], Any]
SECTIONS: Mapping[str, Reader] = {
    "network": network.network,
    "roles": identity.roles,
    "buckets": storage.buckets,
    "secrets": identity.secrets,
    "keys": identity.keys,
    "trail": storage.trail,
    "table": data.table,
    "mysql": data.mysql,
    "namespace": data.namespace,
    "workgroup": data.workgroup,
    "connections": pipeline.connections,
    "jobs": pipeline.jobs,
    "workflow": pipeline.workflow,
    "triggers": pipeline.triggers,
    "state_machine": pipeline.state_machine,
    "rule": pipeline.rule,
    "integrations": pipeline.integrations,
}


def take(environment: Environment, inventory: Inventory) -> dict[str, Any]:
    """The picture of an environment's account. What AWS refuses to show is in ``unseen``, by section."""
    found: dict[str, Any] = {}
    unseen: dict[str, str] = {}
    for name, reader in SECTIONS.items():
        try:
            found[name] = plain(reader(inventory, environment))
        except NotImplementedError as error:  # a stand-in for AWS that does not know the call
            found[name] = None
            unseen[name] = str(error)
        except AwsError as error:
            found[name] = None
            unseen[name] = f"{error.what} {error.why}".strip()
    return {
        "schema_version": VERSION,
        "account_id": environment.config.account_id,
        "region": environment.config.region,
        "unseen": unseen,
        **found,
    }


def write(picture: Mapping[str, Any], path: Path) -> None:
    """Write a picture, readable by its owner only; the file is there in full or as it was."""
    text = json.dumps(picture, indent=2, sort_keys=True) + "\n"
    temporary = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise UsageError(f"{path} can't be written: {error.strerror}.") from error


def read(path: Path) -> dict[str, Any]:
    """A picture from a file. Raises UsageError for what is none, or of another version."""
    try:
        picture = jsontext.read(path.read_bytes()).raw
    except (OSError, ValueError) as error:
        raise UsageError(
            f"{path} is not a picture of an account.",
            why=str(error),
            hint=f"dpctl snapshot --out {shlex.quote(path.name)}",
        ) from error
    if not isinstance(picture, dict) or picture.get("schema_version") != VERSION:
        raise UsageError(
            f"{path} is not a picture of an account of version {VERSION}.",
            hint=f"dpctl snapshot --out {shlex.quote(path.name)}",
        )
    return picture
