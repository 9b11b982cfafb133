"""A small live tree for tests of deploy: local state, modules of terraform_data, units from a few words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ACCOUNT = "123456789012"  # the account that moto plays
ROOT = """
remote_state {
  backend  = "local"
  generate = { path = "backend.tf", if_exists = "overwrite" }
  config   = { path = "terraform.tfstate" }
}
"""
MODULE = """
variable "text" {
  type = string
}

resource "terraform_data" "x" {
  input = var.text
}

output "text" {
  value = terraform_data.x.output
}
"""


@dataclass(frozen=True)
class Tree:
    """The repository of a test."""

    root: Path

    def unit(
        self, layer: str, needs: Sequence[str] = (), *, text: str = "", module: str = "", extra: str = ""
    ):
        """Write a unit that takes its input from what it depends on, and its module."""
        blocks = [_dependency(name) for name in needs]
        value = f"dependency.{needs[0]}.outputs.text" if needs else f'"{text or layer}"'
        folder = self.root / "live" / "dev" / layer
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "terragrunt.hcl").write_text(
            'include "root" {\n  path = find_in_parent_folders("terragrunt.hcl")\n}\n\n'
            f'terraform {{\n  source = "../../../modules/{layer}"\n}}\n\n'
            + "\n".join(blocks)
            + f"\ninputs = {{\n  text = {value}\n}}\n{extra}"
        )
        self.module(layer, module or MODULE)

    def module(self, name: str, text: str, file: str = "main.tf") -> None:
        path = self.root / "modules" / name / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def state_file(self, layer: str) -> Path:
        return self.root / ".dpctl" / "units" / "dev" / layer / "modules" / layer / "terraform.tfstate"


def _dependency(name: str) -> str:
    return (
        f'dependency "{name}" {{\n  config_path = "../{name}"\n'
        '  mock_outputs_allowed_terraform_commands = ["validate", "plan"]\n'
        '  mock_outputs = { text = "mock" }\n}\n'
    )


def make_tree(folder: Path, env_yaml: str) -> Tree:
    """A tree without units; ``env_yaml`` is an env.yaml of another account."""
    (folder / "live" / "dev").mkdir(parents=True)
    (folder / "terragrunt.hcl").write_text(ROOT)
    (folder / "live" / "dev" / "env.yaml").write_text(env_yaml.replace("054158074701", ACCOUNT))
    return Tree(folder)
