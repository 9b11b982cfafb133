"""Includes, merging, dependencies and mocks: the semantics that docs/live-tree.md promises."""

from __future__ import annotations

import pytest

from dpctl.errors import ConfigError
from dpctl.livetree import evaluate, load, preview
from tests.livetree_builder import tree

UNIT = 'terraform {\n  source = "../../../modules//a"\n}\n'
INCLUDE = 'include "root" {\n  path = find_in_parent_folders("terragrunt.hcl")\n  %s\n}\n'


@pytest.fixture
def made(tmp_path):
    """A repository with the layers a and b (b takes a.id)."""
    return tree(tmp_path / "repo", a={}, b={"needs": ["a"]})


def problems(call, *args, **kwargs):
    """The problems that a call raises."""
    with pytest.raises(ConfigError) as caught:
        call(*args, **kwargs)
    return caught.value.problems


def inputs(unit, **environ):
    """The inputs of a unit, offline."""
    return preview(unit, environ=environ).inputs


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
    assert (problem.code, problem.line, problem.hint) == ("missing-variable", 5, 'get_env("A", "default")')


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


def test_only_a_deep_merge_lets_the_included_file_see_the_units_dependencies(made):
    made.write("terragrunt.hcl", "inputs = { up = dependency.a.outputs.id }\n")
    child = UNIT + 'dependency "a" {\n  config_path  = "../a"\n  mock_outputs = { id = "m" }\n}\n'
    assert inputs(made.hcl("b", INCLUDE % 'merge_strategy = "deep"' + child)) == {"up": "m"}
    (problem,) = problems(inputs, made.hcl("b", INCLUDE % "" + child))
    assert (problem.file, problem.line) == ("terragrunt.hcl", 1)


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


# --- dependencies and mocks ------------------------------------------------------------------------------

DEPENDENCY = 'dependency "a" {{\n  config_path = "../a"\n  {}\n}}\n'
TAKES = "inputs = {\n  x = dependency.a.outputs.id\n}\n"


def full(made, block, command, state, takes=TAKES):
    """Evaluate unit b with a dependency on a, whose state has some outputs."""
    unit = made.hcl("b", UNIT + DEPENDENCY.format(block) + takes)
    return evaluate(unit, command=command, outputs=lambda directory: state, environ={})


def test_outputs_come_from_state_and_are_asked_for_by_directory(made):
    asked = []
    unit = made.hcl("b", UNIT + DEPENDENCY.format("") + TAKES)
    found = evaluate(
        unit, command="apply", outputs=lambda path: asked.append(path) or {"id": "real"}, environ={}
    )
    assert found.inputs == {"x": "real"}
    assert found.mocked == ()
    assert asked == [made.root / "live/dev/a"]


@pytest.mark.parametrize("state", [None, {}])
@pytest.mark.parametrize("command", ["validate", "plan"])
def test_mocks_stand_in_while_there_are_no_outputs(made, command, state):
    found = full(made, 'mock_outputs = { id = "mock" }', command, state)
    assert (found.inputs, found.mocked) == ({"x": "mock"}, ("a",))


@pytest.mark.parametrize("command", ["apply", "destroy", "import", "refresh"])
@pytest.mark.parametrize("listed", ["", 'mock_outputs_allowed_terraform_commands = ["apply", "destroy"]'])
def test_mocks_never_reach_a_command_that_changes_something(made, command, listed):
    (problem,) = problems(full, made, f'mock_outputs = {{ id = "m" }}\n  {listed}', command, None)
    assert (problem.code, problem.line) == ("dependency-not-applied", 4)
    assert problem.hint == "dpctl apply --env dev --layer a"


def test_the_list_of_commands_narrows_the_mocks(made):
    block = 'mock_outputs = { id = "m" }\n  mock_outputs_allowed_terraform_commands = ["validate"]'
    assert full(made, block, "validate", None).mocked == ("a",)
    (problem,) = problems(full, made, block, "plan", None)
    assert problem.code == "dependency-not-applied"


def test_without_mocks_a_dependency_must_be_applied(made):
    (problem,) = problems(full, made, "", "plan", None)
    assert problem.message == "dev/a has no outputs yet (it was not applied), and it has no mock_outputs"


@pytest.mark.parametrize(
    ("strategy", "expected"),
    [
        ("no_merge", None),
        ("shallow", {"id": "real", "new": "mock", "map": {"r": 1}, "list": [1]}),
        ("deep_map_only", {"id": "real", "new": "mock", "map": {"r": 1, "m": 1}, "list": [1]}),
    ],
)
def test_mocks_fill_up_state(made, strategy, expected):
    block = (
        'mock_outputs = { id = "mock", new = "mock", map = { m = 1, r = 0 }, list = [0, 0] }\n'
        f'  mock_outputs_merge_strategy_with_state = "{strategy}"'
    )
    state = {"id": "real", "map": {"r": 1}, "list": [1]}
    found = full(made, block, "plan", state, "inputs = dependency.a.outputs\n")
    assert found.inputs == (expected or state)
    assert found.mocked == (() if expected is None else ("a",))
    applied = full(made, block, "apply", state, "inputs = dependency.a.outputs\n")
    assert (applied.inputs, applied.mocked) == (state, ())


@pytest.mark.parametrize("switch", ["skip_outputs = true", "enabled = false"])
def test_skipped_and_disabled_dependencies_are_not_asked(made, switch):
    block = f'{switch}\n  mock_outputs = {{ id = "mock" }}'
    found = full(made, block, "plan", {"id": "real"})
    assert (found.inputs, found.mocked) == ({"x": "mock"}, ("a",))
    (problem,) = problems(full, made, block, "apply", {"id": "real"})
    assert (problem.code, problem.line) == ("missing-output", 10)
    guarded = full(
        made, block, "apply", {"id": "real"}, 'inputs = { x = try(dependency.a.outputs.id, "none") }\n'
    )
    assert guarded.inputs == {"x": "none"}


def test_a_disabled_dependency_makes_no_edge_and_may_be_missing(made):
    unit = made.hcl("b", UNIT + 'dependency "gone" {\n  config_path = "../gone"\n  enabled = false\n}\n')
    assert load(unit).waits_for == ()


def test_a_missing_output_names_the_unit(made):
    (problem,) = problems(full, made, "", "apply", {"idd": 1})
    assert (problem.code, problem.line) == ("missing-output", 9)
    assert problem.message == "dev/a: there is no output id; there is: idd"
    assert problem.hint == "did you mean output idd?"


def test_preview_shows_references_where_there_are_no_mocks(made):
    unit = made.hcl(
        "b", UNIT + DEPENDENCY.format("") + 'inputs = {\n  x = "arn:${dependency.a.outputs.id}"\n}\n'
    )
    assert inputs(unit) == {"x": "arn:${dependency.a.outputs.id}"}


def test_load_says_which_outputs_are_used_and_where(made):
    lines = ("x = dependency.a.outputs.id", 'y = dependency.a.outputs["b"]', "z = keys(dependency.a.outputs)")
    text = "inputs = {\n" + "\n".join(lines) + "\n}\n"
    definition = load(made.hcl("b", UNIT + DEPENDENCY.format("") + text))
    file = "live/dev/b/terragrunt.hcl"
    assert definition.outputs_used == {"a": {"id": (file, 9), "b": (file, 10), "*": (file, 11)}}


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
