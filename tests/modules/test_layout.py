"""Every module has the same files, typed and described variables, described outputs, and no loose ends."""

from __future__ import annotations

import re

import pytest

from dpctl.livetree import hcl
from tests.modules.conftest import EVERY, MODULES, TOP, blocks, name

FILES = ("main.tf", "variables.tf", "outputs.tf", "versions.tf", "README.md")
# What the root terragrunt.hcl hands to every unit, whether its module needs it or not.
COMMON = {"name_prefix", "account_id", "region", "project", "environment"}
each_module = pytest.mark.parametrize("module", EVERY, ids=name)


def text(expression) -> str:
    """A string of HCL without anything to evaluate in it."""
    parts = getattr(expression, "parts", (expression,))
    return "".join(str(part.value) for part in parts)


def test_there_are_modules():
    assert {name(module) for module in TOP} >= {"static-infrastructure"}


@each_module
def test_has_its_files(module):
    assert [file for file in FILES if not (module / file).is_file()] == []


@each_module
def test_variables_are_typed_and_described(module):
    bare = [
        block.labels[0]
        for block in blocks(module, "variable")
        if block.attribute("type") is None or block.attribute("description") is None
    ]
    assert bare == []


@each_module
def test_outputs_are_described(module):
    assert [
        block.labels[0] for block in blocks(module, "output") if block.attribute("description") is None
    ] == []


@each_module
def test_descriptions_are_sentences(module):
    for kind in ("variable", "output"):
        for block in blocks(module, kind):
            said = text(block.attribute("description").value)
            assert said.endswith((".", ".)")), f"{block.labels[0]}: {said}"


@each_module
def test_variables_are_used(module):
    source = "".join(path.read_text() for path in module.glob("*.tf"))
    names = {block.labels[0] for block in blocks(module, "variable")}
    unused = {name for name in names if not re.search(rf"\bvar\.{name}\b", source)}
    assert unused <= (COMMON if module in TOP else set())


@each_module
def test_versions_are_bounded(module):
    source = (module / "versions.tf").read_text()
    assert re.search(r'required_version\s*=\s*">= 1\.\d+"', source)
    assert re.search(r'source\s*=\s*"hashicorp/aws"', source)
    assert re.search(r'version\s*=\s*"(~> 5\.100|>= 5\.100, < 6(\.0)?)"', source)


def test_the_docs_name_the_oldest_terraform_that_the_modules_take(repo):
    [needed] = {
        found[1]
        for module in TOP
        for found in re.finditer(
            r'required_version\s*=\s*">= ([\d.]+)"', (module / "versions.tf").read_text()
        )
    }
    assert f"Terraform or OpenTofu {needed} or later" in (repo / "docs/deploy.md").read_text()


@each_module
def test_only_what_an_owner_changes_is_ignored(module):
    """``ignore_changes`` hides differences: each use says why, in a comment before it."""
    for path in module.glob("*.tf"):
        lines = path.read_text().splitlines()
        for number, line in enumerate(lines):
            if re.match(r"\s*ignore_changes\b", line):
                assert lines[number - 1].lstrip().startswith("#"), f"{path}:{number + 1}"


@each_module
def test_skipped_checks_give_a_reason(module):
    for path in module.glob("*.tf"):
        for found in re.finditer(r"checkov:skip=(\w+):?(.*)", path.read_text()):
            assert re.fullmatch(r"CKV2?_AWS_\d+", found[1]), f"{path}: {found[0]}"
            assert len(found[2].split()) >= 3, f"{path}: {found[0]}"


@pytest.mark.parametrize("path", sorted(MODULES.rglob("*.tftest.hcl")), ids=name)
def test_runs_say_what_they_expect(path):
    """A run without an assertion or an expected failure can't fail for the right reason."""
    for block in hcl.read(path, path.name).blocks:
        if block.kind == "run":
            assert block.attribute("expect_failures") or block.of_kind("assert"), block.labels[0]
