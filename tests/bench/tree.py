"""Makes synthetic live trees of any size, shaped like the real one: root file, env.yaml, layers of units."""

from __future__ import annotations

from pathlib import Path

ROOT = """
locals {
  env = yamldecode(file(find_in_parent_folders("env.yaml")))
}

remote_state {
  backend = "s3"
  generate = { path = "backend.tf", if_exists = "overwrite_terragrunt" }
  config = {
    bucket       = "${local.env.project}-tfstate-${local.env.account_id}-${local.env.region}"
    key          = "${path_relative_to_include()}/terraform.tfstate"
    region       = local.env.region
    use_lockfile = true
  }
}

generate "provider" {
  path      = "provider.tf"
  if_exists = "overwrite_terragrunt"
  contents  = <<-EOT
    provider "aws" {
      region = "${local.env.region}"
    }
  EOT
}

inputs = {
  account_id = local.env.account_id
  region     = local.env.region
}
"""

ENV = """
account_id: "054158074701"
region: ap-south-1
project: bench
"""

MODULE = """
variable "account_id" {
  type = string
}

variable "region" {
  type = string
}

variable "number" {
  type = number
}

variable "upstream" {
  type    = map(string)
  default = {}
}

output "id" {
  value = terraform_data.this.id
}

resource "terraform_data" "this" {
  input = var.number
}
"""

DEPENDENCY = """
dependency "{name}" {{
  config_path                             = "../{name}"
  mock_outputs                            = {{ id = "mock-{name}" }}
  mock_outputs_allowed_terraform_commands = ["validate", "plan"]
}}
"""

UNIT = """# {name}
include "root" {{
  path   = find_in_parent_folders("terragrunt.hcl")
  expose = true
}}

terraform {{
  source = "${{get_repo_root()}}/modules//thing"
}}
{dependencies}
inputs = {{
  number = {number}
  upstream = {{
{upstream}
  }}
}}
"""


def generate(root: Path, units: int = 1000, layers: int = 10, env: str = "dev", fan_in: int = 2) -> Path:
    """Write a repository with ``units`` units in ``layers`` layers, each with ``fan_in`` dependencies.

    Returns ``root``. The same arguments make the same tree.
    """
    (root / "live" / env).mkdir(parents=True)
    (root / "modules" / "thing").mkdir(parents=True)
    (root / ".git").mkdir(exist_ok=True)
    (root / "terragrunt.hcl").write_text(ROOT, encoding="utf-8")
    (root / "live" / env / "env.yaml").write_text(ENV, encoding="utf-8")
    (root / "modules" / "thing" / "main.tf").write_text(MODULE, encoding="utf-8")
    width = max(units // layers, 1)
    for number in range(units):
        layer, column = min(number // width, layers - 1), number % width
        names = [
            f"l{layer - 1:02}-u{(column * fan_in + offset) % width:04}"
            for offset in range(fan_in if layer else 0)
        ]
        names = sorted(set(names))
        unit = UNIT.format(
            name=f"unit {number}",
            dependencies="".join(DEPENDENCY.format(name=name) for name in names),
            number=number,
            upstream="\n".join(f'    "{name}" = dependency.{name}.outputs.id' for name in names),
        )
        column = number - layer * width
        folder = root / "live" / env / f"l{layer:02}-u{column:04}"
        folder.mkdir()
        (folder / "terragrunt.hcl").write_text(unit, encoding="utf-8")
    return root
