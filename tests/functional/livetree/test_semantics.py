"""Paths, includes, merging and reading other files: the semantics that docs/live-tree.md promises."""

from __future__ import annotations

import json

import pytest

from dpctl.livetree import evaluate, load, preview
from dpctl.livetree.contract import check
from tests.livetree_builder import UNIT, inputs, problems, tree

INCLUDE = 'include "root" {\n  path = find_in_parent_folders("terragrunt.hcl")\n  %s\n}\n'


# --- paths -----------------------------------------------------------------------------------------------


def test_the_paths_of_the_root_include(made):
    made.write("terragrunt.hcl", """
        inputs = {
          to   = path_relative_to_include()
          from = path_relative_from_include()
          unit = get_terragrunt_dir()
          up   = get_parent_terragrunt_dir()
          orig = get_original_terragrunt_dir()
          repo = get_repo_root()
          in   = get_path_from_repo_root()
          back = get_path_to_repo_root()
          abs  = abspath("../x")
        }
    """)  # fmt: skip
    unit = made.hcl("a", INCLUDE % "" + UNIT)
    root, folder = str(made.root), str(unit.directory)
    assert inputs(unit) == {
        "to": "live/dev/a",
        "from": "../../..",
        "unit": folder,
        "up": root,
        "orig": folder,
        "repo": root,
        "in": "live/dev/a",
        "back": "../../..",
        "abs": f"{root}/live/dev/x",
    }


def test_without_an_include_the_unit_is_its_own_parent(made):
    unit = made.hcl(
        "a", UNIT + "inputs = {\n  a = path_relative_to_include()\n  b = get_parent_terragrunt_dir()\n}\n"
    )
    assert inputs(unit) == {"a": ".", "b": str(unit.directory)}


def test_several_includes_need_a_name(made):
    made.write("common.hcl", "")
    text = INCLUDE % "" + 'include "common" {\n  path = "../../../common.hcl"\n}\n' + UNIT
    unit = made.hcl("a", text + 'inputs = {\n  a = path_relative_to_include("common")\n}\n')
    assert inputs(unit)["a"] == "live/dev/a"
    unit = made.hcl("a", text + "inputs = {\n  a = path_relative_to_include()\n}\n")
    (problem,) = problems(inputs, unit)
    assert (problem.code, problem.hint) == ("wrong-arguments", 'path_relative_to_include("root")')


def test_find_in_parent_folders_starts_above_the_unit_also_in_an_included_file(made):
    made.write("terragrunt.hcl", 'inputs = {\n  found = find_in_parent_folders("terragrunt.hcl")\n}\n')
    made.write("live/terragrunt.hcl", "")
    unit = made.hcl("a", 'include "root" {\n  path = "../../../terragrunt.hcl"\n}\n' + UNIT)
    assert inputs(unit) == {"found": str(made.root / "live/terragrunt.hcl")}


def test_find_in_parent_folders_takes_a_fallback_and_finds_folders(made):
    text = (
        'inputs = {\n  a = find_in_parent_folders("no", "none")\n  b = find_in_parent_folders("modules")\n}\n'
    )
    assert inputs(made.hcl("a", UNIT + text)) == {"a": "none", "b": str(made.root / "modules")}


def test_file_is_relative_to_the_file_it_stands_in(made):
    made.write("shared/common.hcl", 'inputs = {\n  text = file("note.txt")\n}\n')
    made.write("shared/note.txt", "from shared")
    unit = made.hcl("a", 'include "common" {\n  path = "../../../shared/common.hcl"\n}\n' + UNIT)
    assert inputs(unit) == {"text": "from shared"}


def test_the_environment(made):
    text = 'inputs = {\n  a = get_env("A")\n  b = get_env("B", "x")\n  c = get_env("C", "x")\n}\n'
    unit = made.hcl("a", UNIT + text)
    assert inputs(unit, A="1", C="") == {"a": "1", "b": "x", "c": ""}
    (problem,) = problems(inputs, unit)
    assert (problem.code, problem.line, problem.hint) == (
        "missing-variable",
        5,
        'export A=..., or get_env("A", "default")',
    )


def test_the_account_and_the_command(made):
    text = UNIT + "inputs = {\n  a = get_aws_account_id()\n  c = get_terraform_command()\n}\n"
    unit = made.hcl("a", text)
    found = evaluate(unit, command="apply", outputs=lambda path: None, environ={})
    assert found.inputs == {"a": "054158074701", "c": "apply"}


# --- includes and merging --------------------------------------------------------------------------------


def merged(made, strategy, parent, child):
    """The inputs of a unit whose parent has inputs too."""
    made.write("terragrunt.hcl", f"inputs = {parent}\n")
    return inputs(made.hcl("a", INCLUDE % f'merge_strategy = "{strategy}"' + UNIT + f"inputs = {child}\n"))


@pytest.mark.parametrize(
    ("strategy", "expected"),
    [
        (
            "shallow",
            {"n": 1, "only": "parent", "map": {"b": {"y": 2}}, "list": ["c"], "s": "child", "new": 1},
        ),
        (
            "deep",
            {
                "n": 1,
                "only": "parent",
                "map": {"a": 1, "b": {"x": 1, "y": 2}},
                "list": ["p", "c"],
                "s": "child",
                "new": 1,
            },
        ),
        ("no_merge", {"map": {"b": {"y": 2}}, "list": ["c"], "s": "child", "new": 1}),
    ],
)
def test_the_three_strategies(made, strategy, expected):
    parent = '{ n = 1, only = "parent", map = { a = 1, b = { x = 1 } }, list = ["p"], s = "parent" }'
    child = '{ map = { b = { y = 2 } }, list = ["c"], s = "child", new = 1 }'
    assert merged(made, strategy, parent, child) == expected


def test_a_later_include_wins_over_an_earlier_one_and_the_unit_over_both(made):
    made.write("one.hcl", "inputs = { a = 1, b = 1, c = 1 }\n")
    made.write("two.hcl", "inputs = { b = 2, c = 2 }\n")
    text = "".join(f'include "{name}" {{\n  path = "../../../{name}.hcl"\n}}\n' for name in ("one", "two"))
    unit = made.hcl("a", text + UNIT + "inputs = { c = 3 }\n")
    assert inputs(unit) == {"a": 1, "b": 2, "c": 3}
    assert preview(unit, environ={}).provenance == {
        "a": "one.hcl:1",
        "b": "two.hcl:1",
        "c": "live/dev/a/terragrunt.hcl:10",
    }


def test_expose_shows_locals_and_inputs_and_only_when_asked(made):
    made.write("terragrunt.hcl", 'locals {\n  x = "from root"\n}\ninputs = { y = upper(local.x) }\n')
    body = UNIT + "inputs = {\n  a = include.root.locals.x\n  b = include.root.inputs.y\n}\n"
    assert inputs(made.hcl("a", INCLUDE % "expose = true" + body)) == {
        "y": "FROM ROOT",
        "a": "from root",
        "b": "FROM ROOT",
    }
    found = problems(inputs, made.hcl("a", INCLUDE % "" + body))
    assert [(problem.code, problem.line) for problem in found] == [("not-exposed", 9), ("not-exposed", 10)]


def test_locals_are_never_merged(made):
    made.write("terragrunt.hcl", "locals {\n  x = 1\n}\n")
    (problem,) = problems(inputs, made.hcl("a", INCLUDE % "" + UNIT + "inputs = { a = local.x }\n"))
    assert (problem.code, problem.line) == ("unknown-name", 8)


def test_the_unit_replaces_source_state_and_flags_of_what_it_includes(made):
    parent = """
        terraform {
          source = "../../../modules//b"
        }
        prevent_destroy = true
        remote_state {
          backend = "local"
          config  = { path = "parent" }
        }
        generate "x" {
          path      = "x.tf"
          if_exists = "skip"
          contents  = "parent"
        }
        generate "y" {
          path      = "y.tf"
          if_exists = "skip"
          contents  = "kept"
        }
    """
    made.write("terragrunt.hcl", parent)
    child = (
        UNIT
        + """
        prevent_destroy = false
        remote_state {
          backend = "local"
          config  = { workspace_dir = "child" }
        }
        generate "x" {
          path      = "x.tf"
          if_exists = "overwrite"
          contents  = "child"
        }
    """
    )
    found = preview(made.hcl("a", INCLUDE % 'merge_strategy = "deep"' + child), environ={})
    assert found.source == made.root / "modules/a"
    assert found.prevent_destroy is False
    assert found.remote_state.config == {"workspace_dir": "child"}
    assert {name: item.contents for name, item in found.generate.items()} == {"x": "child", "y": "kept"}


def test_dependencies_are_merged_by_label_and_paths_are_concatenated(made):
    tree(made.root, c={})
    made.write("terragrunt.hcl", """
        dependency "a" {
          config_path  = "../a"
          mock_outputs = { id = "parent", other = ["p"] }
        }
        dependencies {
          paths = ["../a"]
        }
    """)  # fmt: skip
    child = (
        UNIT
        + """
        dependency "a" {
          config_path  = "../a"
          mock_outputs = { id = "child", other = ["c"] }
        }
        dependencies {
          paths = ["../c"]
        }
    """
    )
    shallow = load(made.hcl("b", INCLUDE % "" + child))
    assert shallow.dependencies[0].mock_outputs == {"id": "child", "other": ["c"]}
    assert [path.name for path in shallow.paths] == ["a", "c"]
    deep = load(made.hcl("b", INCLUDE % 'merge_strategy = "deep"' + child))
    assert deep.dependencies[0].mock_outputs == {"id": "child", "other": ["p", "c"]}


@pytest.mark.parametrize("strategy", ["", 'merge_strategy = "deep"', 'merge_strategy = "shallow"'])
def test_an_included_file_sees_the_units_dependencies(made, strategy):
    made.write("terragrunt.hcl", "inputs = { up = dependency.a.outputs.id }\n")
    child = UNIT + 'dependency "a" {\n  config_path  = "../a"\n  mock_outputs = { id = "m" }\n}\n'
    assert inputs(made.hcl("b", INCLUDE % strategy + child)) == {"up": "m"}


def test_a_unit_looks_at_an_included_dependency_as_it_was_written(made):
    made.write(
        "terragrunt.hcl", 'dependency "a" {\n  config_path  = "../a"\n  mock_outputs = { id = "m" }\n}\n'
    )
    include = INCLUDE % 'merge_strategy = "no_merge"\n  expose = true'
    text = (
        "inputs = { p = include.root.dependency.a.config_path, m = include.root.dependency.a.mock_outputs }\n"
    )
    assert inputs(made.hcl("b", include + UNIT + text)) == {"p": "../a", "m": {"id": "m"}}
    text = "inputs = { o = include.root.dependency.a.outputs }\n"
    (problem,) = problems(inputs, made.hcl("b", include + UNIT + text))
    assert "no include.root.dependency.a.outputs" in problem.message


@pytest.mark.parametrize("below", ["{ k = 1 }", '"text"', "1", "true"])
def test_a_list_is_merged_with_nothing_but_a_list(made, below):
    made.write("terragrunt.hcl", f"inputs = {{ x = {below}, y = {{ z = {below} }} }}\n")
    include = INCLUDE % 'merge_strategy = "deep"'
    for given in ('x = ["a"]', 'y = { z = ["a"] }'):
        (problem,) = problems(inputs, made.hcl("b", include + UNIT + f"inputs = {{\n  {given}\n}}\n"))
        assert "a list can't be merged with" in problem.message
        assert (problem.file, problem.key) == ("live/dev/b/terragrunt.hcl", given[0])


def test_a_unit_does_not_depend_on_itself(made):
    for block in ('dependency "me" {\n  config_path = "."\n}\n', 'dependencies {\n  paths = ["../b"]\n}\n'):
        (problem,) = problems(inputs, made.hcl("b", UNIT + block))
        assert (problem.code, problem.file) == ("cycle", "live/dev/b/terragrunt.hcl")
        assert problem.hint


@pytest.mark.parametrize(
    ("constraint", "fits"),
    [(">= 0.12", True), ("< 0.12", False), ("~> 1.0", True), ("~> 0.12.0", False), (">= 1.0, < 99", True)],
)
def test_the_version_of_terraform_is_checked(made, constraint, fits):
    made.hcl("b", UNIT + f'terraform_version_constraint = "{constraint}"\n')
    found = [problem for problem in check(made.root, "dev", {}) if problem.code == "terraform-version"]
    assert [(problem.file, problem.line) for problem in found] == (
        [] if fits else [("live/dev/b/terragrunt.hcl", 4)]
    )
    assert all(problem.hint for problem in found)


def test_a_constraint_that_can_not_be_read_is_refused(made):
    (problem,) = problems(inputs, made.hcl("b", UNIT + 'terraform_version_constraint = "one"\n'))
    assert (problem.code, problem.line) == ("invalid-value", 4)


def test_a_module_in_json_has_a_contract_too(made):
    module = {
        "variable": {"needed": {"type": "string"}, "other": [{"default": 1, "sensitive": True}]},
        "output": [{"id": {"value": "x"}}],
    }
    made.write("modules/a/main.tf.json", json.dumps(module, indent=2))
    made.hcl("b", UNIT + "inputs = { account_id = 0, needed = 1, wrong = 2 }\n")
    found = [
        (problem.code, problem.key)
        for problem in check(made.root, "dev", {})
        if problem.file.endswith("b/terragrunt.hcl")
    ]
    assert found == [("undeclared-input", "inputs.wrong")]


def test_the_unit_sees_the_dependencies_of_what_it_includes(made):
    made.write(
        "terragrunt.hcl", 'dependency "a" {\n  config_path  = "../a"\n  mock_outputs = { id = "m" }\n}\n'
    )
    assert inputs(made.hcl("b", INCLUDE % "" + UNIT + "inputs = { x = dependency.a.outputs.id }\n")) == {
        "x": "m"
    }


# --- read_terragrunt_config ------------------------------------------------------------------------------


def test_reading_another_file(made):
    made.write(
        "live/dev/common.hcl",
        "locals {\n  x = 1\n}\ninputs = { y = local.x + 1, here = get_terragrunt_dir() }\n",
    )
    text = """
        locals {
          common = read_terragrunt_config(find_in_parent_folders("common.hcl"))
          none   = read_terragrunt_config("no.hcl", { locals = { z = 3 } })
        }
        inputs = {
          x    = local.common.locals.x
          y    = local.common.inputs.y
          z    = local.none.locals.z
          here = local.common.inputs.here
        }
    """
    assert inputs(made.hcl("a", UNIT + text)) == {"x": 1, "y": 2, "z": 3, "here": str(made.root / "live/dev")}


def test_reading_another_units_file_gives_it_merged(made):
    made.write("terragrunt.hcl", "inputs = { up = 1 }\n")
    made.hcl("a", INCLUDE % "" + UNIT + "inputs = { own = 2 }\n")
    unit = made.hcl(
        "b", UNIT + 'locals {\n  a = read_terragrunt_config("../a")\n}\ninputs = local.a.inputs\n'
    )
    assert inputs(unit) == {"up": 1, "own": 2}


def test_files_that_read_each_other_are_an_error(made):
    made.write("live/dev/x.hcl", 'locals {\n  y = read_terragrunt_config("y.hcl").locals.x\n}\n')
    made.write("live/dev/y.hcl", 'locals {\n  x = read_terragrunt_config("x.hcl").locals.y\n}\n')
    text = UNIT + 'locals {\n  z = read_terragrunt_config("../x.hcl").locals.y\n}\ninputs = { z = local.z }\n'
    assert {problem.code for problem in problems(inputs, made.hcl("a", text))} == {"read-cycle"}


def test_exclude_and_prevent_destroy(made):
    condition = 'get_env("OFF", "false") == "true"'
    text = f'prevent_destroy = true\nexclude {{\n  if      = {condition}\n  actions = ["plan"]\n}}\n'
    unit = made.hcl("a", UNIT + text)
    assert load(unit, {}).prevent_destroy is True
    assert load(unit, {}).exclude.applies("plan") is False
    assert load(unit, {"OFF": "true"}).exclude.applies("plan") is True
    assert load(unit, {"OFF": "true"}).exclude.applies("apply") is False


def test_every_problem_of_a_unit_is_reported(made):
    unit = made.hcl("a", UNIT + "inputs = {\n  a = local.x\n  b = 1 / 0\n  c = 1\n  d = [][0]\n}\n")
    assert [problem.line for problem in problems(inputs, unit)] == [5, 6, 8]
