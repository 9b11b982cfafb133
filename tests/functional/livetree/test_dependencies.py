"""Dependencies and mocks: the semantics that docs/live-tree.md promises."""

from __future__ import annotations

import pytest

from dpctl.livetree import evaluate, load
from tests.livetree_builder import UNIT, inputs, problems

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
    assert problem.message == "dev/a: there is no output id; known: idd"
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
