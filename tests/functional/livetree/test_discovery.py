"""Which files are units, and the cache of parsed files."""

from __future__ import annotations

import pytest

from dpctl import usercache
from dpctl.errors import ConfigError, UsageError
from dpctl.livetree import discover, discovery, environments, hcl, load_all, unit_at
from dpctl.livetree.cache import file_name
from dpctl.validation import check
from tests.bench.tree import generate
from tests.livetree_builder import tree


def test_units_are_sorted_and_the_root_file_is_none(tmp_path):
    made = tree(tmp_path, b={}, a={})
    made.write("live/dev/terragrunt.hcl", "")
    made.write("live/dev/group/inner/terragrunt.hcl", "")
    made.write("live/dev/notes/readme.txt", "")
    assert [unit.name for unit in discover(tmp_path, "dev")] == ["dev/a", "dev/b", "dev/group/inner"]


@pytest.mark.parametrize(
    "folder", [".terragrunt-cache/x/y", ".terraform/modules/z", ".hidden", "node_modules/z"]
)
def test_caches_are_skipped(tmp_path, folder):
    made = tree(tmp_path, a={})
    made.write(f"live/dev/a/{folder}/terragrunt.hcl", "")
    assert [unit.layer for unit in discover(tmp_path, "dev")] == ["a"]


def test_a_unit_knows_its_root_however_deep_it_is(tmp_path):
    made = tree(tmp_path)
    made.write("live/dev/group/inner/terragrunt.hcl", "")
    (unit,) = discover(tmp_path, "dev")
    assert unit.root == made.root
    assert unit_at(made.root, unit.directory) == unit
    assert unit_at(made.root, made.root / "modules/a") is None


def test_environments_are_folders_of_live(tmp_path):
    made = tree(tmp_path, a={})
    made.write("live/prod/x", "")
    made.write("live/.cache/x", "")
    made.write("live/_envcommon/a.hcl", "")
    assert environments(tmp_path) == ["dev", "prod"]


@pytest.mark.parametrize("env", ["nowhere", ""])
def test_an_environment_that_is_not_there(tmp_path, env):
    tree(tmp_path, a={})
    with pytest.raises(UsageError):
        discover(tmp_path, env)


@pytest.mark.parametrize("env", ["Dev", "1st", "a_b", "dev.old", "de v", "_envcommon"])
def test_an_environment_is_named_as_the_modules_want_it(tmp_path, env):
    made = tree(tmp_path, env=env, a={})
    with pytest.raises(ConfigError) as caught:
        discover(made.root, env)
    (problem,) = caught.value.problems
    assert (problem.code, problem.file) == ("environment-name", f"live/{env}")
    assert [found.code for found in check(made.root, [env], {})] == ["environment-name"]


def test_the_rule_for_names_is_the_modules_own(repo):
    rule = f'can(regex("^{discovery._ENVIRONMENT.pattern}$", var.environment))'
    assert rule in (repo / "modules/static-infrastructure/variables.tf").read_text(encoding="utf-8")


@pytest.fixture
def forgetful(monkeypatch, tmp_path):
    """Forget what this process has parsed, as a new process would."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))

    def forget():
        monkeypatch.setattr(hcl, "_parsed", {})

    return forget


def test_parsed_files_are_kept_on_disk_for_large_trees(tmp_path, forgetful, monkeypatch):
    root = generate(tmp_path / "big", units=30, layers=3)
    forgetful()
    first = load_all(discover(root, "dev"), {})
    assert len(usercache.load(file_name(root))["files"]) == 31
    assert not (root / ".dpctl").exists()
    forgetful()
    monkeypatch.setattr(hcl, "_parse", lambda source, shown: pytest.fail(f"{shown} was parsed again"))
    assert load_all(discover(root, "dev"), {}) == first


@pytest.mark.parametrize(
    "content", [None, {}, [1, 2], {"version": 2, "files": {"zz": [99]}}, {"version": 0}, {"version": 2}]
)
def test_a_broken_cache_costs_nothing_but_time(tmp_path, forgetful, content):
    root = generate(tmp_path / "big", units=30, layers=3)
    usercache.save(file_name(root), content)
    forgetful()
    assert len(load_all(discover(root, "dev"), {})) == 30


def test_small_trees_leave_no_cache(tmp_path, forgetful):
    made = tree(tmp_path, a={})
    forgetful()
    made.definitions()
    assert usercache.load(file_name(made.root)) is None


@pytest.mark.parametrize("forgery", ["no mark", "another's mark", "another's secret", "a broken mark"])
def test_a_cache_that_somebody_else_made_is_not_believed(tmp_path, forgetful, forgery):
    root = generate(tmp_path / "big", units=30, layers=3)
    forgetful()
    first = load_all(discover(root, "dev"), {})
    path = usercache.folder() / file_name(root)
    mark, _, body = path.read_bytes().partition(b"\n")
    changed = body.replace(b"ap-south-1", b"us-east-1").replace(b"modules//thing", b"modules//other")
    assert changed != body
    if forgery == "another's secret":
        (usercache.folder() / "key").write_bytes(b"known to everybody")
        (usercache.folder() / "key").chmod(0o644)
        usercache._read_secret.cache_clear()
    marks = {"no mark": b"", "another's mark": mark, "another's secret": mark, "a broken mark": b"\xff"}
    path.write_bytes(marks[forgery] + b"\n" + changed)
    forgetful()
    assert load_all(discover(root, "dev"), {}) == first
    usercache._read_secret.cache_clear()


def test_what_is_kept_is_for_the_user_alone(tmp_path, forgetful):
    forgetful()
    usercache.save("a.json", {"b": 1})
    assert usercache.load("a.json") == {"b": 1}
    assert {path.stat().st_mode & 0o777 for path in usercache.folder().iterdir()} == {0o600}
    assert usercache.folder().stat().st_mode & 0o777 == 0o700
