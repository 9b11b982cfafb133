"""Each layer stands once, in live/_envcommon; an environment's unit only says that it has the layer."""

from __future__ import annotations

import pytest

from dpctl.livetree import discover, environments, preview


def units(repo):
    return [unit for env in environments(repo) for unit in discover(repo, env)]


def test_every_environment_has_every_layer(repo):
    layers = {path.stem for path in (repo / "live/_envcommon").glob("*.hcl")}
    for env in environments(repo):
        assert {unit.layer for unit in discover(repo, env)} == layers


def test_units_are_under_ten_lines_and_differ_in_nothing_but_the_layers_name(repo):
    texts = {unit: unit.file.read_text(encoding="utf-8") for unit in units(repo)}
    assert [unit.name for unit, text in texts.items() if len(text.splitlines()) >= 10] == []
    assert len({text.replace(f"/{unit.layer}.hcl", "/<layer>.hcl") for unit, text in texts.items()}) == 1


@pytest.mark.parametrize("name", ["static", "ddb-redshift", "s3-redshift", "redshift-s3"])
def test_what_an_environment_adds_wins_over_the_layer(repo, tmp_path, name):
    import shutil

    for path in ("live", "modules"):
        shutil.copytree(repo / path, tmp_path / path)
    shutil.copy(repo / "terragrunt.hcl", tmp_path)
    file = tmp_path / "live/dev" / name / "terragrunt.hcl"
    file.write_text(
        file.read_text(encoding="utf-8") + '\ninputs = {\n  project = "own"\n}\n', encoding="utf-8"
    )
    (unit,) = (unit for unit in discover(tmp_path, "dev") if unit.layer == name)
    evaluation = preview(unit, environ={})
    assert evaluation.inputs["project"] == "own"
    assert evaluation.inputs["region"] == "ap-south-1"
    assert evaluation.provenance["project"] == f"live/dev/{name}/terragrunt.hcl:11"
