"""Two environments that would own the same thing are refused, with both places named."""

from __future__ import annotations

import shutil

import pytest

from dpctl.errors import ConfigError
from dpctl.livetree import ownership


@pytest.fixture
def tree(repo, tmp_path):
    """The repository's live tree and modules, to be copied within."""
    for name in ("live", "modules"):
        shutil.copytree(repo / name, tmp_path / name)
    shutil.copy(repo / "terragrunt.hcl", tmp_path)
    return tmp_path


def found(tree, *envs):
    return list(ownership.check(tree, envs, {}))


def test_the_repository_s_environments_share_nothing(tree):
    assert found(tree, "dev", "prod") == []


def test_a_copied_environment_is_refused_name_by_name(tree):
    shutil.copytree(tree / "live" / "dev", tree / "live" / "staging")
    problems = found(tree, "staging")
    assert {problem.code for problem in problems} == {"owned-twice"}
    table = next(problem for problem in problems if problem.key == "databases.dynamodb.table")
    assert table.file == "live/staging/env.yaml"
    assert table.line > 0
    assert f"live/dev/env.yaml:{table.line} (dev)" in table.message
    assert "dpctl env new staging --from dev" in table.hint
    assert found(tree, "prod") == []
    assert found(tree, "dev") == problems


def test_a_copy_with_a_prefix_or_of_another_account_is_not(tree):
    copy = tree / "live" / "staging"
    shutil.copytree(tree / "live" / "dev", copy)
    text = (copy / "env.yaml").read_text()
    (copy / "env.yaml").write_text(text.replace("naming: existing", "naming: prefixed"))
    assert found(tree, "staging") == []
    (copy / "env.yaml").write_text(text.replace("054158074701", "123456789012"))
    assert {problem.key for problem in found(tree, "staging")} == set()


def test_one_bucket_is_one_bucket_in_every_account(tree):
    path = tree / "live" / "prod" / "env.yaml"
    text = path.read_text().replace("naming: prefixed", "naming: existing")
    path.write_text(text.replace("source-111122223333", "manifest-bucket-054158074701"))
    assert [problem.key for problem in found(tree, "prod")] == ["storage.source_bucket"]


def test_one_state_is_refused(tree):
    root = tree / "terragrunt.hcl"
    root.write_text(root.read_text().replace("${path_relative_to_include()}/terraform", "terraform"))
    problems = found(tree, "dev")
    assert {problem.key for problem in problems} == {"remote_state"}
    assert "live/dev/" in problems[0].message


def test_a_run_is_refused_too(tree):
    from dpctl.config import load_environment
    from dpctl.deploy.job import read_tree

    shutil.copytree(tree / "live" / "dev", tree / "live" / "staging")
    with pytest.raises(ConfigError):
        read_tree(load_environment(tree, "staging"), "plan", (), with_dependencies=False)
