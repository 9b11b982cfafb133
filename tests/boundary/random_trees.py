"""Random live trees: a unit with files that it includes, reads and depends on, as people might write them."""

from __future__ import annotations

import random

STRATEGIES = ("shallow", "deep", "no_merge")
NAMES = ("a", "b", "c", "list", "map")
SOURCE = 'terraform {\n  source = "../../../modules//m"\n}\n'


class Trees:
    """Makes the files of one tree after the other, by a seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def tree(self) -> dict[str, str]:
        """Path to text: from the repository with a ``/`` in front, the others from ``live/x``."""
        pick = self.random
        included = ["root"] if pick.random() < 0.5 else ["root", "common"]
        files = {
            "d/terragrunt.hcl": SOURCE,
            "e/terragrunt.hcl": SOURCE,
            "read.hcl": self._file(["read"], depends=pick.random() < 0.2),
            "/terragrunt.hcl": self._file(["root"], depends=pick.random() < 0.4, state=True),
            "common.hcl": self._file(["common"], depends=pick.random() < 0.4),
        }
        files["unit/terragrunt.hcl"] = self._unit(included)
        return files

    def _unit(self, included: list[str]) -> str:
        pick = self.random
        blocks = []
        exposed = []
        for name in included:
            path = {"root": 'find_in_parent_folders("terragrunt.hcl")', "common": '"../common.hcl"'}[name]
            lines = [f"  path = {path}"]
            if pick.random() < 0.8:
                lines.append(f'  merge_strategy = "{pick.choice(STRATEGIES)}"')
            if pick.random() < 0.6:
                lines.append("  expose = true")
                exposed.append(name)
            blocks.append(f'include "{name}" {{\n' + "\n".join(lines) + "\n}\n")
        blocks.append(SOURCE)
        sees = [
            f"include.{name}.{part}" for name in exposed for part in ("locals.a", "inputs.b", "locals.map")
        ]
        if pick.random() < 0.5:
            sees += ["local.read.locals.a", "local.read.inputs.map"]
        body = self._file(["unit", *included], depends=pick.random() < 0.6, sees=sees, reads=True)
        return "\n".join(blocks) + body

    def _file(
        self,
        titles: list[str],
        *,
        depends: bool,
        sees: list[str] | None = None,
        reads: bool = False,
        state: bool = False,
    ) -> str:
        pick, late = self.random, []
        where = titles[0]
        read = '  read = read_terragrunt_config("../read.hcl")\n' if reads else ""
        text = f'locals {{\n  a = "{where}-a"\n  map = {self._map(where, [])}\n{read}}}\n'
        for name in ("d", "e"):
            if depends and pick.random() < 0.7:
                text += self._dependency(name, where)
                late.append(f"dependency.{name}.outputs.o")
                late.append(f"dependency.{name}.outputs.m")
        early = ["local.a", "local.map", "path_relative_to_include()", "path_relative_from_include()"]
        early += ["basename(get_terragrunt_dir())", "basename(get_parent_terragrunt_dir())"]
        if len(titles) > 2:
            early = [
                f'{one[:-2]}("{pick.choice(titles[1:])}")' if one.startswith("path_") else one
                for one in early
            ]
            early = [one for one in early if "parent" not in one]
        known = [*early, *late, *late, *(sees or []), *(sees or [])]
        if where != "unit" or pick.random() < 0.85:
            names = pick.sample(NAMES, pick.randint(1, len(NAMES)))
            if where != "unit":  # others look at these
                names = sorted({*names, "b", "map"})
            pairs = [f"  {name} = {self._value(name, where, known)}" for name in names]
            text += "inputs = {\n" + "\n".join(pairs) + "\n}\n"
        if state and pick.random() < 0.7:
            text += self._state()
        if pick.random() < 0.3:
            text += self._generate(where, known)
        if pick.random() < 0.1:
            text += f"prevent_destroy = {pick.choice(['true', 'false'])}\n"
        return text

    def _value(self, name: str, where: str, known: list[str]) -> str:
        pick = self.random
        if name == "list" and pick.random() < 0.9:
            return f'["{where}", {pick.choice(known)}]' if pick.random() < 0.5 else f'["{where}"]'
        if name == "map" and pick.random() < 0.9:
            return self._map(where, known)
        return pick.choice(
            [
                f'"{where}"',
                "null",
                "1.50",
                "true",
                "[]",
                "{}",
                pick.choice(known),
                f'"${{{pick.choice(known)}}}"',
            ]
        )

    def _map(self, where: str, known: list[str], depth: int = 0) -> str:
        pick = self.random
        pairs = []
        for key in pick.sample(("x", "y", "z"), pick.randint(0, 3)):
            if depth < 2 and pick.random() < 0.4:
                value = self._map(where, known, depth + 1)
            else:
                value = pick.choice([f'"{where}"', f'["{where}"]', "null", "2", *known[:1]])
            pairs.append(f"{key} = {value}")
        return "{ " + ", ".join(pairs) + " }"

    def _dependency(self, name: str, where: str) -> str:
        pick = self.random
        path = f"./{name}" if where == "read" and pick.random() < 0.5 else f"../{name}"
        lines = [f'  config_path = "{path}"'] if pick.random() < 0.9 else []
        lines.append(f'  mock_outputs = {{ o = "{where}-{name}", m = {self._map(where, [])} }}')
        if pick.random() < 0.1:
            lines.append("  enabled = false")
        if where == "read" and pick.random() < 0.2:  # elsewhere render has "" for it
            lines.append("  skip_outputs = true")
        return f'dependency "{name}" {{\n' + "\n".join(lines) + "\n}\n"

    def _state(self) -> str:
        key = self.random.choice(["${path_relative_to_include()}/s", "${local.a}", "fixed"])
        return (
            'remote_state {\n  backend = "local"\n'
            '  generate = { path = "backend.tf", if_exists = "overwrite" }\n'
            f'  config = {{ path = "{key}" }}\n}}\n'
        )

    def _generate(self, where: str, known: list[str]) -> str:
        name = f"{where}_{self.random.choice('pq')}"  # twice the same label is a known difference
        text = self.random.choice(["local.a", *known[:1], "path_relative_to_include()"])
        if "path_" in text and "(" in text and where == "unit":
            text = "local.a"
        return (
            f'generate "{name}" {{\n  path = "{name}.tf"\n  if_exists = "overwrite"\n'
            f'  contents = "# {where} ${{{text}}}"\n}}\n'
        )
