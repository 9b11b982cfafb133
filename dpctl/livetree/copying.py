"""A second environment from a first: the same layers and tables, a prefix before every name, and no ids."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

from dpctl.config import Environment
from dpctl.errors import UsageError
from dpctl.livetree.discovery import discover, misnamed
from dpctl.livetree.unit import FILE

# what belongs to the account that the first one adopted: ids, and what its owners have beside
OF_THE_OTHER = (
    ("network", "vpc", "id"),
    ("network", "security_groups"),
    ("audit", "kms_key_arn"),
    ("audit", "more_selectors"),
    ("storage", "more_statements"),
    ("storage", "options"),
    ("databases", "redshift", "more_roles"),
    ("glue", "connection", "subnet"),
    ("glue", "connection", "security_group"),
    ("glue", "connection", "manage"),
    ("glue", "start_trigger"),
    ("capture", "target"),
    ("iam",),  # names of consoles are too long for a prefix: the defaults are short
)
# bucket names are the world's: with the prefix they carry the account
BUCKETS = {
    "source_bucket": "source",
    "glue_assets_bucket": "glue",
    "trail_bucket": "trail",
    "export_bucket": "exports",
}


def make(source: Environment, name: str) -> Path:
    """Write ``live/<name>``: env.yaml and a terragrunt.hcl for each layer; returns the folder.

    Raises UsageError when the name is not one, or the folder is there.
    """
    folder = source.root / "live" / name
    if not re.fullmatch(r"[a-z][a-z0-9-]*", name) or misnamed(name):
        raise UsageError(
            f"{name!r} is no name for an environment.",
            why="It becomes part of names in AWS: lower case letters, digits and hyphens.",
        )
    if folder.exists():
        raise UsageError(f"live/{name} is there already.", hint=f"dpctl validate --env {name}", file=folder)
    text = rewrite(source.file.read_text(encoding="utf-8"), source)
    units = {unit.layer: unit.file.read_text(encoding="utf-8") for unit in discover(source.root, source.name)}
    for layer, content in units.items():
        target = folder / layer / FILE
        target.parent.mkdir(parents=True)
        target.write_text(content, encoding="utf-8")
    (folder / source.file.name).write_text(text, encoding="utf-8")
    return folder


def rewrite(text: str, source: Environment) -> str:
    """The text of the new env.yaml; comments and order stay."""
    from ruamel.yaml import YAML

    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 4096
    yaml.indent(mapping=2, sequence=4, offset=2)
    document = yaml.load(text)
    for path in OF_THE_OTHER:
        _drop(document, path)
    for kind in ("private_subnets", "public_subnets"):
        for subnet in document["network"].get(kind) or []:
            subnet.pop("id", None)
    for job in document["glue"]["jobs"].values():
        job.pop("arguments", None)
    document["naming"] = "prefixed"
    for key, base in BUCKETS.items():
        document["storage"][key] = f"{base}-{source.config.account_id}"
    for database in ("redshift", "mysql"):  # nobody has put a password into a secret yet: AWS makes one
        if document["databases"].get(database):
            document["databases"][database]["managed_password"] = True
    out = io.StringIO()
    yaml.dump(document, out)
    return out.getvalue()


def _drop(document: Any, path: tuple[str, ...]) -> None:
    for part in path[:-1]:
        document = document.get(part)
        if not isinstance(document, dict):
            return
    document.pop(path[-1], None)
