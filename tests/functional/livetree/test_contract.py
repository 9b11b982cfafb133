"""The contract between units and modules: what is declared, what is needed, what mocks stand for."""

from __future__ import annotations

from dpctl.livetree import contract, module
from tests.livetree_builder import tree


def check(made):
    """The problems of dev as (code, key, hint)."""
    return [(p.code, p.key, p.hint) for p in contract.check(made.root, "dev", {})]


def test_a_valid_tree_has_no_problems(tmp_path):
    assert check(tree(tmp_path, a={}, b={"needs": ["a"]}, c={"needs": ["a", "b"]})) == []


def test_an_undeclared_input_gets_a_guess_among_those_not_given(tmp_path):
    made = tree(tmp_path, a={}, b={"needs": ["a"]})
    made.edit("live/dev/b/terragrunt.hcl", "a_id =", "a_idd =")
    assert check(made) == [("undeclared-input", "inputs.a_idd", "did you mean a_id?")]  # and not a_id missing


def test_a_missing_input_says_its_type_and_where_it_is_declared(tmp_path):
    made = tree(tmp_path, a={})
    made.write("modules/a/more.tf", 'variable "rules" {\n  type = map(object({\n    id = string\n  }))\n}\n')
    (problem,) = contract.check(made.root, "dev", {})
    assert problem.message == (
        "the module a needs 'rules' (map(object({ id = string })); modules/a/more.tf:1), "
        "and no input gives it"
    )


def test_a_missing_input_of_a_thin_unit_is_at_the_include_that_gives_the_layer(tmp_path):
    made = tree(tmp_path, a={})
    made.write("modules/a/more.tf", 'variable "rules" {\n  type = string\n}\n')
    made.write("live/_envcommon/a.hcl", 'terraform {\n  source = "../../../modules//a"\n}\ninputs = {}\n')
    made.hcl(
        "a",
        'include "root" {\n  path = find_in_parent_folders("terragrunt.hcl")\n}\n\n'
        'include "layer" {\n  path = "${dirname(find_in_parent_folders("terragrunt.hcl"))}'
        '/live/_envcommon/${basename(get_terragrunt_dir())}.hcl"\n}\n',
    )
    (problem,) = contract.check(made.root, "dev", {})
    assert (problem.code, problem.file, problem.line) == ("missing-input", "live/dev/a/terragrunt.hcl", 5)


def test_a_variable_with_a_default_is_not_needed(tmp_path):
    made = tree(tmp_path, a={})
    made.write("modules/a/more.tf", 'variable "x" {\n  default = null\n}\n')
    assert check(made) == []


def test_all_outputs_together_need_mocks_for_all(tmp_path):
    made = tree(tmp_path, a={"gives": ["x", "y"]}, b={"needs": ["a"], "takes": {"a": ["x"]}})
    made.edit("live/dev/b/terragrunt.hcl", "dependency.a.outputs.x", "jsonencode(dependency.a.outputs)")
    assert [code for code, _, _ in check(made)] == ["missing-mock"]


def test_a_disabled_dependency_is_not_looked_at(tmp_path):
    made = tree(tmp_path, a={}, b={"needs": ["a"]})
    made.edit("live/dev/b/terragrunt.hcl", "config_path", "enabled = false\n  config_path")
    made.edit("live/dev/b/terragrunt.hcl", "../a", "../gone")
    assert check(made) == []


def test_modules_are_read_from_all_their_files(tmp_path):
    (tmp_path / "one.tf").write_text('variable "a" {\n  type = list(string)\n  sensitive = true\n}\n')
    (tmp_path / "two.tf").write_text('locals {\n  x = 1\n}\noutput "b" {\n  value = 1\n}\n')
    (tmp_path / "broken.tf").write_text("resource {{{\n")  # declares nothing, so it is not parsed
    read = module.read(tmp_path, tmp_path)
    assert (read.variables["a"].required, read.variables["a"].sensitive) == (True, True)
    assert (read.variables["a"].type, read.variables["a"].line) == ("list(string)", 1)
    assert read.outputs == {"b": ("two.tf", 4)}
