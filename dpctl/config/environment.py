"""One environment of the live tree, as everything else is handed it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dpctl.config.models import EnvConfig

FILE = "env.yaml"


@dataclass(frozen=True)
class Environment:
    """One environment: its name, the repository's ``root``, the file its values come from, and the values."""

    name: str
    root: Path
    file: Path
    config: EnvConfig

    def resource(self, base: str) -> str:
        """The name a resource has in AWS: as it stands, or ``<project>-<env>-<base>``, after ``naming``."""
        config = self.config
        return base if config.naming == "existing" else f"{config.project}-{self.name}-{base}"
