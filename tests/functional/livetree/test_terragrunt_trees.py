"""Trees that Terragrunt 1.1.3 was given, with what it rendered, or that it refused: dpctl does the same.

A path that starts with ``/`` is one of the repository; the others are below ``live/x``. The unit is
``x/unit``.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dpctl.errors import ConfigError
from dpctl.livetree import Unit, preview

TREES = json.loads(Path(__file__).with_name("terragrunt-trees.json").read_text(encoding="utf-8"))
ENV = 'account_id: "054158074701"\nregion: ap-south-1\n'


def write(root, files):
    """A repository with a module that takes anything, and an environment x."""
    given = {"live/x/env.yaml": ENV, "modules/m/main.tf": ""}
    given |= {path[1:] if path.startswith("/") else f"live/x/{path}": text for path, text in files.items()}
    (root / ".git").mkdir()
    for path, text in given.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    directory = root / "live/x/unit"
    return Unit("x", "unit", directory, directory / "terragrunt.hcl")


def rendered(unit):
    """What a tree's ``want`` holds."""
    found = preview(unit, environ={})
    result = {"inputs": dict(found.inputs)}
    if found.remote_state:
        result["remote_state"] = dict(found.remote_state.config)
    if found.generate:
        result["generate"] = {name: item.contents for name, item in found.generate.items()}
    return result


@pytest.mark.parametrize("case", TREES, ids=[case["name"] for case in TREES])
def test_the_same_as_terragrunt(tmp_path, case):
    unit = write(tmp_path.resolve(), case["files"])
    if case["want"].get("refused"):
        with pytest.raises(ConfigError):
            preview(unit, environ={})
    else:
        assert rendered(unit) == case["want"]
