"""Live trees for tests, described instead of written: ``tree(tmp_path, a={}, b={"needs": ["a"]})``.

Every layer gets a module that declares what the layer gives and takes, so that a tree is valid until a test
breaks it with :meth:`Tree.edit` or :meth:`Tree.write`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from dpctl.errors import ConfigError
from dpctl.livetree import Definition, Unit, discover, load_all, preview

ROOT_HCL = """\
locals {
  env = yamldecode(file(find_in_parent_folders("env.yaml")))
}

inputs = {
  account_id = local.env.account_id
}
"""
ENV_YAML = """\
account_id: "054158074701"
region: ap-south-1
"""
UNIT = 'terraform {\n  source = "../../../modules//a"\n}\n'


@dataclass(frozen=True)
class Tree:
    """A repository in a temporary folder."""

    root: Path

    def write(self, path: str, text: str) -> Path:
        """Write a file, making its folders."""
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return file

    def edit(self, path: str, old: str, new: str) -> None:
        """Replace a text that must be there."""
        file = self.root / path
        text = file.read_text(encoding="utf-8")
        assert old in text, f"{old!r} is not in {path}"
        file.write_text(text.replace(old, new, 1), encoding="utf-8")

    def unit(self, layer: str, env: str = "dev") -> Unit:
        """A unit by its layer."""
        directory = self.root / "live" / env / layer
        return Unit(env, layer, directory, directory / "terragrunt.hcl")

    def hcl(self, layer: str, text: str, env: str = "dev") -> Unit:
        """Write a unit's file as it is given."""
        self.write(f"live/{env}/{layer}/terragrunt.hcl", text)
        return self.unit(layer, env)

    def definitions(self, env: str = "dev") -> tuple[Definition, ...]:
        """All units of an environment, loaded."""
        return load_all(discover(self.root, env), {})


def tree(root: Path, env: str = "dev", **layers: dict[str, Any]) -> Tree:
    """Write a repository. Of each layer: ``needs`` (layers), ``takes`` ({layer: outputs}), ``gives``.

    Names of layers are written with ``_`` for ``-``. A layer gives ``id`` if nothing is said, and takes it of
    what it needs.
    """
    made = Tree(root.resolve())
    (made.root / ".git").mkdir(parents=True, exist_ok=True)
    made.write("terragrunt.hcl", ROOT_HCL)
    made.write(f"live/{env}/env.yaml", ENV_YAML)
    for key, spec in layers.items():
        layer = key.replace("_", "-")
        needs = [name.replace("_", "-") for name in spec.get("needs", ())]
        takes = {name: spec.get("takes", {}).get(name, ["id"]) for name in needs}
        made.write(f"live/{env}/{layer}/terragrunt.hcl", _unit(layer, takes))
        made.write(f"modules/{layer}/variables.tf", _variables(takes))
        made.write(f"modules/{layer}/outputs.tf", _outputs(spec.get("gives", ["id"])))
    return made


def input_name(layer: str, output: str) -> str:
    """The input that an output of another layer goes to."""
    return f"{layer}_{output}".replace("-", "_")


def _unit(layer: str, takes: dict[str, list[str]]) -> str:
    text = 'include "root" {\n  path   = find_in_parent_folders("terragrunt.hcl")\n  expose = true\n}\n\n'
    text += f'terraform {{\n  source = "../../../modules//{layer}"\n}}\n'
    for name, outputs in takes.items():
        mocks = "\n".join(f'    {output} = "mock-{output}"' for output in outputs)
        text += (
            f'\ndependency "{name}" {{\n  config_path = "../{name}"\n  mock_outputs = {{\n{mocks}\n  }}\n}}\n'
        )
    lines = [
        f"  {input_name(name, output)} = dependency.{name}.outputs.{output}"
        for name, outputs in takes.items()
        for output in outputs
    ]
    return text + "\ninputs = {\n" + "\n".join(lines) + "\n}\n"


def _variables(takes: dict[str, list[str]]) -> str:
    names = ["account_id", *(input_name(name, output) for name, given in takes.items() for output in given)]
    return "".join(f'variable "{name}" {{\n  type = string\n}}\n' for name in names)


def _outputs(names: list[str]) -> str:
    return "".join(f'output "{name}" {{\n  value = "x"\n}}\n' for name in names)


def problems(call, *args, **kwargs):
    """The problems that a call raises."""
    with pytest.raises(ConfigError) as caught:
        call(*args, **kwargs)
    return caught.value.problems


def inputs(unit, **environ):
    """The inputs of a unit, offline."""
    return preview(unit, environ=environ).inputs
