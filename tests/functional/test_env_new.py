"""A second environment from a first: it is valid, and owns nothing of the first's."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest

from dpctl import validation
from dpctl.config import load_environment
from dpctl.errors import UsageError
from dpctl.livetree import copying


@pytest.fixture
def tree(repo, tmp_path):
    for name in ("live", "modules"):
        shutil.copytree(repo / name, tmp_path / name)
    shutil.copy(repo / "terragrunt.hcl", tmp_path)
    return tmp_path


@pytest.mark.parametrize("source", ["dev", "prod"])
def test_the_copy_is_valid_and_shares_nothing(tree, source):
    copying.make(load_environment(tree, source), "staging")
    problems = validation.check(tree, ["dev", "prod", "staging"], os.environ)
    assert [problem for problem in problems if problem.severity == "error"] == []
    assert {unit.name for unit in (tree / "live" / "staging").iterdir() if unit.is_dir()} == {
        "ddb-redshift", "redshift-s3", "s3-redshift", "static",
    }  # fmt: skip


def test_the_copy_has_a_prefix_and_no_ids(tree):
    dev = load_environment(tree, "dev")
    copying.make(dev, "staging")
    text = (tree / "live" / "staging" / "env.yaml").read_text()
    made = load_environment(tree, "staging")
    assert made.resource("Orders") == "data-pipeline-staging-Orders"
    assert "sg-" not in text
    assert "vpc-0" not in text
    assert "subnet-" not in text
    assert "arn:aws:kms" not in text
    assert made.config.databases.redshift.managed_password
    assert made.config.tables == dev.config.tables
    assert "# what lands in the source bucket, appended as it comes" in text


@pytest.mark.parametrize("name", ["Staging", "a b", "_x", "", "../x"])
def test_a_name_that_is_none_is_refused(tree, name):
    with pytest.raises(UsageError, match="no name"):
        copying.make(load_environment(tree, "dev"), name)


def test_nothing_is_overwritten(tree):
    with pytest.raises(UsageError, match="already"):
        copying.make(load_environment(tree, "dev"), "prod")


@pytest.mark.parametrize(
    ("source", "hint"),
    [
        ("deb", "dpctl --root {tree} env new staging --from dev"),
        ("dev", "`dpctl --root {tree} cost --env staging`"),
    ],
)
def test_what_it_says_to_type_is_of_its_own_option_and_of_the_new_environment(tree, source, hint):
    words = ["--root", str(tree), "env", "new", "staging", "--from", source]
    done = subprocess.run(
        [sys.executable, "-m", "dpctl", *words], capture_output=True, text=True, check=False, cwd=tree
    )
    assert hint.format(tree=tree) in done.stderr, done.stderr
