"""Mocks that say something else than env.yaml are told, with file and line."""

from __future__ import annotations

import os
import shutil

import pytest

from dpctl import validation


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
            "[for subnet in local.env.network.private_subnets : "
            '{ id = try(coalesce(subnet.id), "subnet-00000000000000000"), az = subnet.az }]',
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
