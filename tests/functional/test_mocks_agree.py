"""Mocks that say something else than env.yaml are told, with file and line."""

from __future__ import annotations

import os
import shutil

import pytest

from dpctl import validation
from dpctl.livetree import evaluate
from dpctl.livetree.discovery import unit_at


@pytest.fixture
def tree(repo, tmp_path):
    for name in ("live", "modules"):
        shutil.copytree(repo / name, tmp_path / name)
    shutil.copy(repo / "terragrunt.hcl", tmp_path)
    return tmp_path


def disagreeing(tree, env="dev"):
    return [one for one in validation.check(tree, [env], os.environ) if one.code == "mock-disagrees"]


@pytest.mark.parametrize("env", ["dev", "prod"])
def test_the_repository_s_mocks_agree(tree, env):
    assert disagreeing(tree, env) == []


@pytest.mark.parametrize("layer", ["ddb-redshift", "s3-redshift"])
def test_subnets_that_are_not_made_yet_are_not_one_and_the_same(tree, layer):
    """A module that looks one up by its id found two: prod could not be planned before static was applied."""
    unit = unit_at(tree, tree / "live" / "prod" / layer)
    found = evaluate(unit, command="plan", outputs=lambda _: None, environ={}).inputs["private_subnets"]
    assert len({subnet["id"] for subnet in found}) == len(found) == 2


@pytest.mark.parametrize(
    ("old", "new", "output", "severity"),
    [
        (
            '"${local.prefix}${local.env.storage.glue_assets_bucket}"',
            '"mock"',
            "glue_assets_bucket",
            "warning",
        ),
        (
            "[for index, subnet in local.env.network.private_subnets : "
            '{ id = try(coalesce(subnet.id), format("subnet-%017d", index)), az = subnet.az }]',
            '[{ id = "subnet-00000000000000000", az = "ap-south-1a" }]',
            "private_subnets",
            "error",
        ),
    ],
)
def test_a_mock_that_is_made_up_is_told(tree, old, new, output, severity):
    path = tree / "live" / "_envcommon" / "ddb-redshift.hcl"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    [problem] = disagreeing(tree)
    assert problem.key == f"dependency.static.mock_outputs.{output}"
    assert problem.severity == severity
    assert problem.file.endswith("ddb-redshift.hcl")
    assert problem.line > 0
