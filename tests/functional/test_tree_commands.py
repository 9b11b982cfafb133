"""validate, graph and render as a person and a program see them."""

from __future__ import annotations

import json

import jsonschema
import pytest
from typer.testing import CliRunner

from dpctl.cli import app
from tests.conftest import REPOSITORY
from tests.livetree_builder import tree


def values_of(repo):
    """dev's env.yaml, with a capacity that is not warned of."""
    text = (repo / "live/dev/env.yaml").read_text(encoding="utf-8")
    return text.replace("base_capacity: 128", "base_capacity: 8")


@pytest.fixture
def made(tmp_path):
    """Two layers without an env.yaml that is complete: enough for graph and render."""
    built = tree(
        tmp_path / "repo",
        static={"gives": ["vpc_id"]},
        load={"needs": ["static"], "takes": {"static": ["vpc_id"]}},
    )
    built.write("terragrunt.hcl", """\
locals {
  env = yamldecode(file(find_in_parent_folders("env.yaml")))
}

remote_state {
  backend  = "s3"
  generate = { path = "backend.tf", if_exists = "overwrite_terragrunt" }
  config   = { bucket = "state", key = "${path_relative_to_include()}/terraform.tfstate" }
}

generate "provider" {
  path      = "provider.tf"
  if_exists = "overwrite_terragrunt"
  contents  = "provider \\"aws\\" {}\\n"
}

inputs = {
  account_id = local.env.account_id
}
""")  # fmt: skip
    return built


def run(made, *arguments):
    """Run dpctl on a tree."""
    return CliRunner().invoke(app, ["--root", str(made.root), *arguments])


def schema(repo, name):
    """One of the documented schemas."""
    return json.loads((repo / f"docs/schemas/{name}.schema.json").read_text(encoding="utf-8"))


def test_render_reads_like_the_file(made):
    result = run(made, "-v", "render", "--env", "dev", "--layer", "load")
    assert (result.exit_code, result.stderr) == (
        0,
        "The outputs of static are stand-ins, not what is in state.\n",
    )
    assert result.stdout == """\
# dev/load (live/dev/load/terragrunt.hcl)
source = "modules/load"
dependency = "live/dev/static"

inputs = {
  # terragrunt.hcl:18 <- live/dev/env.yaml:1
  account_id = "054158074701"
  # live/dev/load/terragrunt.hcl:18
  static_vpc_id = "mock-vpc_id"
}

remote_state "s3" {
  bucket = "state"
  key = "live/dev/load/terraform.tfstate"
}

generate "provider" -> provider.tf (overwrite_terragrunt) {
  provider "aws" {}
}
"""  # fmt: skip


def test_what_the_shell_gives_is_rendered_as_apply_would_see_it(made, monkeypatch):
    made.write(
        "modules/load/more.tf",
        'variable "size" {\n  type = number\n}\nvariable "names" {\n  type = list(string)\n}\n'
        'variable "token" {\n  type = string\n  sensitive = true\n}\n',
    )
    monkeypatch.setenv("TF_VAR_account_id", "111122223333")
    monkeypatch.setenv("TF_VAR_size", "7")
    monkeypatch.setenv("TF_VAR_names", '["a", upper("b")]')
    monkeypatch.setenv("TF_VAR_token", "hunter2-hunter2")
    monkeypatch.setenv("TF_VAR_of_another_module", "x")
    document = json.loads(run(made, "-v", "render", "--layer", "load", "--json").stdout)
    assert document["inputs"] == {
        "account_id": "111122223333",
        "names": '["a", upper("b")]',  # Terraform takes no functions here, and will say so
        "size": 7,
        "static_vpc_id": "mock-vpc_id",
        "token": "(sensitive value)",
    }
    assert document["provenance"]["size"] == "TF_VAR_size of the shell"
    monkeypatch.setenv("TF_VAR_names", '["a", "b"]')
    assert json.loads(run(made, "render", "--layer", "load", "--json").stdout)["inputs"]["names"] == [
        "a",
        "b",
    ]


def test_render_as_json_has_the_documented_shape(made, repo):
    result = run(made, "render", "--layer", "load", "--json")
    document = json.loads(result.stdout)
    jsonschema.validate(document, schema(repo, "render"))
    assert document == {
        "schema_version": 1,
        "env": "dev",
        "layer": "load",
        "source": "modules/load",
        "inputs": {"account_id": "054158074701", "static_vpc_id": "mock-vpc_id"},
        "locals": {},
        "remote_state": {
            "backend": "s3",
            "config": {"bucket": "state", "key": "live/dev/load/terraform.tfstate"},
            "generate": {"path": "backend.tf", "if_exists": "overwrite_terragrunt"},
        },
        "generate": {
            "provider": {
                "path": "provider.tf",
                "if_exists": "overwrite_terragrunt",
                "contents": 'provider "aws" {}\n',
            }
        },
        "dependencies": ["live/dev/static"],
    }
    verbose = json.loads(run(made, "-v", "render", "--layer", "load", "--json").stdout)
    jsonschema.validate(verbose, schema(repo, "render"))
    assert verbose["mocked"] == ["static"]
    assert verbose["provenance"]["static_vpc_id"] == "live/dev/load/terragrunt.hcl:18"


@pytest.mark.parametrize("arguments", [[], ["--json"]])
def test_render_hides_what_the_module_calls_sensitive_everywhere(made, monkeypatch, arguments):
    monkeypatch.setenv("PASSWORD", "hunter22")
    made.write(
        "modules/load/variables.tf", 'variable "password" {\n  sensitive = true\n}\nvariable "url" {}\n'
    )
    made.hcl("load", """\
terraform {
  source = "../../../modules/load"
}
locals {
  password = get_env("PASSWORD")
}
remote_state {
  backend = "http"
  config  = { password = local.password }
}
generate "x" {
  path      = "x"
  if_exists = "overwrite"
  contents  = "is ${local.password}"
}
inputs = {
  password = local.password
  url      = "https://me:${local.password}@host"
}
""")  # fmt: skip
    result = run(made, "render", "--layer", "load", *arguments)
    assert result.exit_code == 0
    assert "hunter22" not in result.output
    assert "https://me:(sensitive value)@host" in result.stdout


@pytest.mark.parametrize("arguments", [[], ["--json"], ["-v"]])
def test_render_hides_what_a_name_calls_a_secret_everywhere(made, arguments):
    """A job's arguments are a plain map to its module."""
    made.hcl("load", """\
terraform {
  source = "../../../modules/load"
}
locals {
  again = "hunter-22"
}
generate "x" {
  path      = "x"
  if_exists = "overwrite"
  contents  = "is hunter-22"
}
inputs = {
  jobs = {
    orders = {
      arguments = {
        "--db_password" = "hunter-22"
        "--api_key"     = ["hunter-23"]
        "--url"         = "jdbc:mysql://me:hunter-24@host/db?password=hunter-25"
        "--conf"        = "{\\"token\\": \\"hunter-26\\"}"
        "--secret_arn"  = "arn:aws:secretsmanager:ap-south-1:054158074701:secret:test/redshift"
        "--secret_name" = "test/redshift"
      }
    }
  }
}
""")  # fmt: skip
    flags = [one for one in arguments if one == "-v"]
    result = run(made, *flags, "render", "--layer", "load", *(one for one in arguments if one not in flags))
    assert result.exit_code == 0, result.output
    assert "hunter" not in result.output
    assert "test/redshift" in result.stdout
    assert "is (sensitive value)" in result.stdout


@pytest.mark.parametrize("layer", ["static", "ddb-redshift", "s3-redshift", "redshift-s3"])
@pytest.mark.parametrize("env", ["dev", "prod"])
def test_what_the_repository_renders_has_no_secrets(repo, env, layer):
    result = CliRunner().invoke(app, ["--root", str(repo), "render", "--env", env, "--layer", layer])
    assert result.exit_code == 0, result.output
    assert "(sensitive value)" not in result.stdout


def test_render_follows_values_back_to_env_yaml(made):
    made.write("live/dev/env.yaml", 'account_id: "1"\nnetwork:\n  vpc:\n    id: x\n')
    made.edit("terragrunt.hcl", "locals {\n", "locals {\n  other = local.env.network\n")
    made.hcl("load", """\
include "root" {
  path   = "../../../terragrunt.hcl"
  expose = true
}
terraform {
  source = "../../../modules/load"
}
locals {
  env = include.root.locals.env
}
inputs = {
  direct   = local.env.network.vpc
  indexed  = local.env["network"]["vpc"].id
  indirect = include.root.locals.other.vpc
  tried    = try(local.env.network.vpc, {})
  missing  = try(local.env.nothing, {})
  computed = upper(local.env.account_id)
}
""")  # fmt: skip
    result = run(made, "-v", "render", "--layer", "load", "--json")
    behind = {
        name: place.partition(" <- ")[2] for name, place in json.loads(result.stdout)["provenance"].items()
    }
    assert behind == {
        "account_id": "live/dev/env.yaml:1",
        "direct": "live/dev/env.yaml:3",
        "indexed": "live/dev/env.yaml:4",
        "indirect": "live/dev/env.yaml:3",
        "tried": "live/dev/env.yaml:3",
        "missing": "",
        "computed": "",
    }


def test_render_of_an_unknown_layer_is_a_usage_error(made):
    result = run(made, "render", "--layer", "statik")
    assert result.exit_code == 2
    assert result.stderr == (
        "Error: There is no layer 'statik'.\n  Known layers: load, static.\n"
        f"Try: dpctl --root {made.root} render --layer static\n"
    )


@pytest.mark.parametrize("arguments", [["--json"], ["--format", "json"]])
def test_graph_as_json_has_the_documented_shape(made, repo, arguments):
    document = json.loads(run(made, "graph", *arguments).stdout)
    jsonschema.validate(document, schema(repo, "graph"))
    assert document == {
        "schema_version": 1,
        "env": "dev",
        "waves": [["static"], ["load"]],
        "edges": [{"from": "load", "to": "static", "outputs": ["vpc_id"]}],
    }


@pytest.mark.parametrize(
    ("form", "start"),
    [("text", "dev: 2 layers"), ("mermaid", "flowchart"), ("dot", "digraph"), ("svg", "<svg")],
)
def test_graph_in_every_format(made, form, start):
    result = run(made, "graph", "--format", form)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.startswith(start)


def test_graph_of_some_layers(made):
    assert run(made, "graph", "--layer", "load").stdout == "dev: 1 layer in 1 wave\n\nwave 1\n  load\n"
    both = run(made, "graph", "--layer", "load", "--with-dependencies").stdout
    assert both.startswith("dev: 2 layers in 2 waves\n")


def test_graph_lists_every_output_only_when_asked(tmp_path):
    names = [f"o{number}" for number in range(8)]
    made = tree(tmp_path, a={"gives": names}, b={"needs": ["a"], "takes": {"a": names}})
    assert "waits for a: o0, o1, o2, o3, o4, o5 and 2 more" in run(made, "graph").stdout
    assert "waits for a: o0, o1, o2, o3, o4, o5, o6, o7" in run(made, "-v", "graph").stdout


def test_graph_of_a_cycle(made):
    made.edit(
        "live/dev/static/terragrunt.hcl", "inputs", 'dependency "l" {\n  config_path = "../load"\n}\ninputs'
    )
    result = run(made, "graph")
    assert result.exit_code == 3
    assert result.stderr == (
        "Error: these units wait for each other: dev/load -> dev/static -> dev/load "
        "(live/dev/load/terragrunt.hcl:10)\n"
        "Try: remove one of these dependencies\n"
    )


def test_an_unknown_environment_is_a_usage_error(made):
    for command in (["validate"], ["graph"], ["render", "--layer", "load"]):
        result = run(made, *command, "--env", "prd")
        assert result.exit_code == 2
        line = f"dpctl --root {made.root} {' '.join(command)} --env dev"
        assert result.stderr == f"Error: There is no environment 'prd'.\n  live/ has: dev.\nTry: {line}\n"


def test_validate_in_words(made, repo):
    made.write("live/dev/env.yaml", values_of(repo))
    assert run(made, "validate").stderr == "dev: no problems.\n"
    made.edit("live/dev/load/terragrunt.hcl", "inputs = {\n", "inputs = {\n  acount_id = 1\n")
    made.edit("live/dev/load/terragrunt.hcl", '  mock_outputs = {\n    vpc_id = "mock-vpc_id"\n  }\n', "")
    result = run(made, "validate")
    assert result.exit_code == 3
    assert result.stderr == (
        "live/dev/load/terragrunt.hcl:10: warning: dependency.static.mock_outputs: the dependency 'static' "
        "has no mocks, so this unit has no plan before it is applied [no-mocks]\n"
        "  Try: mock_outputs = { ... }\n"
        "live/dev/load/terragrunt.hcl:15: error: inputs.acount_id: the module load has no variable "
        "'acount_id' [undeclared-input]\n"
        '  Try: remove it, or add variable "acount_id" to the module\n'
        "dev: 1 error and 1 warning.\n"
    )


def test_a_hint_of_validate_is_about_the_environment_of_its_file(repo):
    result = CliRunner().invoke(app, ["--root", str(repo), "validate"])
    assert (result.exit_code, result.stderr.splitlines()[-1]) == (0, "dev, prod: 2 warnings.")
    assert f"`dpctl --root {repo} cost --env dev` tells what it saves" in result.stderr


def test_validate_as_json_has_the_documented_shape(made, repo):
    made.write("live/dev/env.yaml", "account_id: 5\n")
    result = run(made, "validate", "--json")
    document = json.loads(result.stdout)
    jsonschema.validate(document, schema(repo, "validate"))
    assert (result.exit_code, result.stderr, document["ok"]) == (3, "", False)


def test_warnings_alone_are_no_failure(made, repo):
    made.write("live/dev/env.yaml", values_of(repo))
    made.edit("live/dev/load/terragrunt.hcl", "mock_outputs = {\n", 'mock_outputs = {\n    old = "x"\n')
    result = run(made, "validate", "--json")
    assert result.exit_code == 0
    assert [problem["code"] for problem in json.loads(result.stdout)["problems"]] == ["stale-mock"]


def test_validate_checks_every_environment(made, repo):
    made.write("live/dev/env.yaml", values_of(repo))
    made.write("live/test/notes.txt", "")
    document = json.loads(run(made, "validate", "--json").stdout)
    assert [(problem["code"], problem["file"]) for problem in document["problems"]] == [
        ("no-units", "live/test"),
        ("missing-file", "live/test/env.yaml"),
    ]
    assert run(made, "validate", "--env", "dev").exit_code == 0


def test_the_live_tree_of_this_repository_is_valid(repo):
    result = CliRunner().invoke(app, ["--root", str(repo), "validate", "--json"])
    problems = [p for p in json.loads(result.stdout)["problems"] if p["severity"] == "error"]
    assert (result.exit_code, problems) == (0, [])


@pytest.mark.parametrize("env", ["dev", "prod"])
@pytest.mark.parametrize("layer", ["static", "ddb-redshift", "s3-redshift", "redshift-s3"])
def test_every_unit_of_this_repository_can_be_rendered(repo, env, layer):
    result = CliRunner().invoke(
        app, ["--root", str(repo), "render", "--env", env, "--layer", layer, "--json"]
    )
    document = json.loads(result.stdout)
    jsonschema.validate(document, schema(repo, "render"))
    assert document["remote_state"]["config"]["key"] == f"live/{env}/{layer}/terraform.tfstate"


KEYS = {
    "the layer's name is not in it": (
        'key = "${path_relative_to_include()}/terraform.tfstate"',
        'key = "x"',
        True,
    ),
    "one file for all": (
        'backend  = "s3"\n  generate = { path = "backend.tf", if_exists = "overwrite_terragrunt" }\n'
        '  config   = { bucket = "state", key = "${path_relative_to_include()}/terraform.tfstate" }',
        'backend = "local"\n  config = { path = "/states/x.tfstate" }',
        True,
    ),
    "a file in each work directory": (
        'backend  = "s3"\n  generate = { path = "backend.tf", if_exists = "overwrite_terragrunt" }\n'
        '  config   = { bucket = "state", key = "${path_relative_to_include()}/terraform.tfstate" }',
        'backend = "local"\n  config = { path = "terraform.tfstate" }',
        False,
    ),
    "as it should be": ("remote_state {", "remote_state {", False),
}


@pytest.mark.parametrize(("old", "new", "shared"), KEYS.values(), ids=list(KEYS))
def test_two_units_with_one_state_are_found(made, old, new, shared):
    made.edit("terragrunt.hcl", old, new)
    result = run(made, "validate", "--env", "dev", "--json")
    found = [p for p in json.loads(result.stdout)["problems"] if p["code"] == "shared-state"]
    assert len(found) == shared
    for problem in found:
        assert (problem["file"], problem["line"]) == ("live/dev/static/terragrunt.hcl", 1)
        assert "dev/static and dev/load have one state" in problem["message"]


def test_nothing_is_planned_on_a_shared_state(made):
    made.edit("terragrunt.hcl", 'key = "${path_relative_to_include()}/terraform.tfstate"', 'key = "x"')
    made.write("live/dev/env.yaml", (REPOSITORY / "live/dev/env.yaml").read_text(encoding="utf-8"))
    result = run(made, "plan", "--env", "dev")
    assert result.exit_code == 3, result.stderr
    assert "shared-state" in result.stderr or "have one state" in result.stderr
