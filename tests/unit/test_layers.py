"""The layers' names stand in one place, and the tree and the modules have the same."""

from __future__ import annotations

import ast

from dpctl.layers import LAYERS


def test_every_layer_is_a_unit_and_a_page(repo):
    for env in ("dev", "prod"):
        units = {path.parent.name for path in (repo / "live" / env).glob("*/terragrunt.hcl")}
        assert units == set(LAYERS)
    for layer in LAYERS:
        assert (repo / "live/_envcommon" / f"{layer}.hcl").is_file()
        assert (repo / "docs/layers" / f"{layer}.md").is_file()


def test_no_other_module_spells_a_layer(repo):
    # What is called like a layer and is none: the integration of auto-copy.
    others = {"dpctl/deploy/foresight.py", "dpctl/doctor/chain.py"}
    found = {
        str(path.relative_to(repo))
        for path in (repo / "dpctl").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and node.value in LAYERS
    }
    assert found - others == {"dpctl/layers.py"}
