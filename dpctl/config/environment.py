"""One environment of the live tree, as everything else is handed it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dpctl.config.models import EnvConfig
    from dpctl.config.tables import Table

FILE = "env.yaml"


@dataclass(frozen=True)
class Environment:
    """One environment: its name, the repository's ``root``, the file its values come from, and the values."""

    name: str
    root: Path
    file: Path
    config: EnvConfig

    @property
    def state_bucket(self) -> str:
        """The bucket of Terraform's states, as terragrunt.hcl names it."""
        config = self.config
        return f"{config.project}-tfstate-{config.account_id}-{config.region}"

    def resource(self, base: str) -> str:
        """The name a resource has in AWS: as it stands, or ``<project>-<env>-<base>``, after ``naming``."""
        config = self.config
        return base if config.naming == "existing" else f"{config.project}-{self.name}-{base}"

    def loaded_from(self, source: str) -> dict[str, Table]:
        """The tables of env.yaml with ``load.source: <source>``, by name."""
        tables = self.config.tables.items()
        return {name: table for name, table in tables if table.load and table.load.source == source}


def environment_names(root: Path) -> list[str]:
    """The folders of ``live/`` that have an env.yaml, sorted."""
    return sorted(path.parent.name for path in (root / "live").glob(f"*/{FILE}"))
