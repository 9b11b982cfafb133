"""Runs with a terraform that follows a script: order, failure, skipping, resuming, guarding, exit codes."""

from __future__ import annotations

import itertools
import json

import jsonschema
import pytest

from dpctl.deploy.session import exclusive
from dpctl.errors import ExitCode

APPLY = ("apply", "--env", "dev", "--yes", "--json")
ALL_DONE = dict.fromkeys(("static", "a", "b"), "succeeded")


def of(fake, command, unit):
    return [call for call in fake.calls if (call["command"], call["unit"]) == (command, unit)]


def test_layers_are_applied_after_what_they_depend_on(dpctl, fake):
    run = dpctl(*APPLY)
    assert (run.code, run.results) == (0, ALL_DONE)
    [static] = of(fake, "apply", "static")
    assert all(of(fake, "plan", layer)[0]["started"] >= static["ended"] for layer in ("a", "b"))


def test_dependents_get_the_outputs_of_the_state_and_no_mock(dpctl, fake):
    fake.script(static={"apply": {"outputs": {"text": "real"}}})
    dpctl(*APPLY)
    assert {call["inputs"]["text"] for call in fake.calls if call["unit"] in "ab"} == {"real"}


def test_two_run_at_the_same_time_and_never_more(dpctl, fake, tree):
    tree.unit("c", ["static"])
    fake.script(**{layer: {"plan": {"seconds": 0.4}} for layer in "abc"})
    dpctl(*APPLY, "--parallelism", "2")
    moments = [(call["started"], call["ended"]) for call in fake.calls if call["command"] == "plan"]
    together = [sum(start < other < end for start, end in moments) + 1 for other, _ in moments]
    assert max(together) == 2


def test_parallelism_of_one_is_one_after_the_other(dpctl, fake):
    fake.script(a={"plan": {"seconds": 0.2}}, b={"plan": {"seconds": 0.2}})
    dpctl(*APPLY, "--parallelism", "1")
    moments = sorted((call["started"], call["ended"]) for call in fake.calls)
    assert all(end <= start for (_, end), (start, _) in itertools.pairwise(moments))


def test_again_nothing_is_initialised_and_nothing_applied(dpctl, fake):
    dpctl(*APPLY)
    before = len(fake.calls)
    run = dpctl(*APPLY)
    assert set(run.results.values()) == {"unchanged"}
    assert [call["command"] for call in fake.calls[before:]] == ["plan"] * 3


def test_init_runs_again_when_a_module_needs_another_provider(dpctl, fake, tree):
    dpctl(*APPLY)
    tree.module(
        "a", 'terraform {\n  required_providers {\n    aws = { source = "hashicorp/aws" }\n  }\n}\n', "v.tf"
    )
    before = len(fake.calls)
    dpctl(*APPLY)
    assert [(c["unit"], c["command"]) for c in fake.calls[before:] if c["command"] == "init"] == [
        ("a", "init")
    ]


def test_a_failed_layer_skips_its_dependents_and_names_itself(dpctl, fake):
    fake.script(static={"apply": {"error": "not allowed"}})
    run = dpctl(*APPLY)
    assert run.code == ExitCode.FAILED
    assert run.results == {"static": "failed", "a": "skipped", "b": "skipped"}
    static, a, _ = run.json["layers"]
    assert "not allowed" in static["reason"]
    assert "modules/static/main.tf:3" in static["reason"]
    assert (a["cause"], a["reason"]) == ("static", "dev/static failed")
    assert of(fake, "plan", "a") == []


def test_independent_layers_carry_on(dpctl, fake):
    fake.script(a={"apply": {"error": "no"}})
    assert dpctl(*APPLY).results == {"static": "succeeded", "a": "failed", "b": "succeeded"}


def test_fail_fast_starts_nothing_more(dpctl, fake):
    fake.script(a={"apply": {"error": "no"}})
    run = dpctl(*APPLY, "--fail-fast", "--parallelism", "1")
    assert run.results == {"static": "succeeded", "a": "failed", "b": "skipped"}


def test_the_next_run_finishes_the_rest(dpctl, fake):
    fake.script(a={"apply": {"error": "no"}})
    dpctl(*APPLY)
    fake.script()
    assert dpctl(*APPLY).results == {"static": "unchanged", "a": "succeeded", "b": "unchanged"}


def test_resume_leaves_out_what_the_last_run_finished(dpctl, fake):
    fake.script(b={"apply": {"error": "no"}})
    dpctl(*APPLY)
    fake.script()
    before = len(fake.calls)
    run = dpctl(*APPLY, "--resume")
    assert run.results == {"static": "unchanged", "a": "unchanged", "b": "succeeded"}
    assert {call["unit"] for call in fake.calls[before:]} == {"b"}


def test_resume_does_not_leave_out_what_has_changed(dpctl, fake, tree):
    dpctl(*APPLY)
    tree.unit("static", text="other")
    before = len(fake.calls)
    dpctl(*APPLY, "--resume")
    assert "static" in {call["unit"] for call in fake.calls[before:]}


def test_what_holds_data_is_not_destroyed_unless_it_is_named(dpctl, fake):
    fake.script(static={"plan": {"changes": [["module.d.aws_dynamodb_table.orders", "replace"]]}})
    run = dpctl(*APPLY)
    assert run.results == {"static": "failed", "a": "skipped", "b": "skipped"}
    assert "module.d.aws_dynamodb_table.orders" in run.json["layers"][0]["reason"]
    assert fake.commands("apply") == []
    run = dpctl(*APPLY, "--allow-destroy", "module.d.aws_dynamodb_table.orders")
    assert run.results == ALL_DONE


def test_plan_says_what_apply_would_refuse_and_goes_on(dpctl, fake):
    fake.script(static={"plan": {"changes": [["aws_s3_bucket.x", "delete"]]}})
    run = dpctl("plan", "--json")
    assert run.code == 0
    assert "aws_s3_bucket.x" in run.json["layers"][0]["reason"]


def test_plan_before_anything_is_applied_is_an_estimate(dpctl, fake):
    run = dpctl("plan", "--env", "dev", "--json")
    assert run.code == 0
    assert {layer["layer"]: layer["estimated"] for layer in run.json["layers"]} == {
        "static": False,
        "a": True,
        "b": True,
    }
    assert {call["inputs"]["text"] for call in fake.calls if call["unit"] in "ab"} == {"mock"}
    assert fake.commands("apply") == []


def test_mocks_never_reach_an_apply(dpctl, fake):
    run = dpctl(*APPLY, "--layer", "a")
    assert (run.code, run.results) == (1, {"a": "failed"})
    assert "static" in run.json["layers"][0]["reason"]
    assert fake.commands("apply") == []


def test_dependencies_come_along_when_asked_for(dpctl, fake):
    assert dpctl(*APPLY, "--layer", "a", "--with-dependencies").results == {
        "static": "succeeded",
        "a": "succeeded",
    }


def test_a_second_plan_that_destroys_more_than_the_first_stops(dpctl, fake, tree, monkeypatch):
    """Somebody looked at the plan of ``a``; at its turn it destroys something else."""
    dpctl(*APPLY)
    fake.script(
        static={"plan": {"changes": [["terraform_data.x", "update"]]}},
        a={"plan": {"changes": [["terraform_data.x", "update"]]}},
    )

    def say_yes(self, question, **_options):
        fake.script(a={"plan": {"changes": [["terraform_data.x", "delete"]]}})

    monkeypatch.setattr("dpctl.terminal.Terminal.confirm", say_yes)
    run = dpctl("apply", "--env", "dev", "--json")
    found = {layer["layer"]: layer for layer in run.json["layers"]}
    assert found["static"]["result"] == "succeeded"
    assert found["a"]["result"] == "failed"
    assert "terraform_data.x" in found["a"]["reason"]


def test_destroy_goes_in_reverse_and_only_once(dpctl, fake):
    dpctl(*APPLY)
    before = len(fake.calls)
    run = dpctl("destroy", "--env", "dev", "--yes", "--json")
    assert run.results == ALL_DONE
    applied = [call["unit"] for call in fake.calls[before:] if call["command"] == "apply"]
    assert sorted(applied[:2]) == ["a", "b"]
    assert applied[2:] == ["static"]
    again = dpctl("destroy", "--env", "dev", "--yes", "--json")
    assert set(again.results.values()) == {"unchanged"}


def test_destroying_a_foundation_warns_of_what_stands_on_it(dpctl, fake):
    dpctl(*APPLY)
    said = dpctl("destroy", "--layer", "static", "--yes").stderr
    assert "Warning: dev/a stays, and depends on what would be destroyed." in said


def test_destroy_finds_its_inputs_when_the_dependency_is_gone(dpctl, fake):
    fake.script(static={"apply": {"outputs": {"text": "last known"}}})
    dpctl(*APPLY)
    dpctl("destroy", "--layer", "static", "--yes", "--json")
    run = dpctl("destroy", "--layer", "a", "--yes", "--json")
    assert run.results == {"a": "succeeded"}
    assert fake.calls[-1]["inputs"]["text"] == "last known"


def test_a_protected_unit_and_what_it_needs_stay(dpctl, fake, tree):
    tree.unit("a", ["static"], extra="\nprevent_destroy = true\n")
    dpctl(*APPLY)
    run = dpctl("destroy", "--env", "dev", "--yes", "--json")
    assert run.results == {"a": "excluded", "b": "succeeded", "static": "excluded"}
    assert run.code == 0


def test_nobody_to_ask_is_a_usage_error_and_changes_nothing(dpctl, fake):
    run = dpctl("apply", "--env", "dev")
    assert run.code == ExitCode.USAGE
    assert "--yes" in run.stderr
    assert fake.commands("apply") == []


def test_an_error_before_the_run_still_prints_one_document(dpctl, fake):
    run = dpctl("apply", "--env", "dev", "--json")
    assert run.code == ExitCode.USAGE
    assert run.json["ok"] is False
    assert set(run.results.values()) == {"skipped"}


@pytest.mark.parametrize(("changes", "code"), [([], 0), ([["terraform_data.x", "update"]], 10)])
def test_detailed_exit_code(dpctl, fake, changes, code):
    dpctl(*APPLY)
    fake.script(b={"plan": {"changes": changes}})
    for words in (("plan",), ("plan", "--json")):
        assert dpctl(*words, "--detailed-exitcode").code == code


@pytest.mark.parametrize("form", [(), ("--json",)])
@pytest.mark.parametrize(
    ("script", "code"), [({}, 0), ({"b": {"apply": {"error": "no"}}}, 1), ({"a": {"plan": {"code": 7}}}, 1)]
)
def test_the_exit_code_is_the_same_with_and_without_json(dpctl, fake, form, script, code):
    fake.script(**script)
    assert dpctl("apply", "--yes", *form).code == code


def test_the_wrong_account_is_refused(dpctl, fake, tree):
    file = tree.root / "live/dev/env.yaml"
    file.write_text(file.read_text().replace("123456789012", "210987654321"))
    run = dpctl(*APPLY)
    assert run.code == ExitCode.ACCESS
    assert "123456789012" in run.stderr
    assert "210987654321" in run.stderr
    assert fake.calls == []


def test_two_runs_do_not_share_a_work_directory(dpctl, fake, tree):
    with exclusive(tree.root / ".dpctl" / "runs" / "dev.lock", "dev"):
        run = dpctl(*APPLY)
    assert run.code == ExitCode.FAILED
    assert "Another dpctl is at work on dev (process " in run.stderr
    assert run.json["ok"] is False
    assert fake.calls == []
    assert dpctl(*APPLY).code == 0


def test_no_terraform_is_a_missing_tool(dpctl, monkeypatch):
    monkeypatch.setenv("DPCTL_TERRAFORM", "/nowhere/terraform")
    run = dpctl(*APPLY)
    assert run.code == ExitCode.TOOL
    assert "/nowhere/terraform" in run.stderr


def test_an_invalid_tree_is_found_before_terraform_starts(dpctl, fake, tree):
    tree.module("b", "")
    run = dpctl(*APPLY)
    assert run.code == ExitCode.CONFIG
    assert fake.calls == []


def test_terraform_is_told_not_to_ask_and_where_its_data_is(dpctl, fake, monkeypatch):
    monkeypatch.setenv("TF_WORKSPACE", "other")
    monkeypatch.setenv("TF_CLI_CONFIG_FILE", "/nowhere/terraform.rc")
    monkeypatch.delenv("DPCTL_PROVIDER_MIRROR", raising=False)
    dpctl(*APPLY, "--layer", "static")
    for call in fake.calls:
        assert call["environ"]["TF_INPUT"] == "0"
        assert call["environ"]["TF_DATA_DIR"] == f"{call['cwd']}/.terraform"
        assert "TF_WORKSPACE" not in call["environ"]
        assert "TF_CLI_CONFIG_FILE" not in call["environ"]


def test_the_plan_that_was_made_is_the_one_that_is_applied(dpctl, fake):
    dpctl(*APPLY, "--layer", "static")
    [plan], [apply] = of(fake, "plan", "static"), of(fake, "apply", "static")
    assert "-out=dpctl.tfplan" in plan["argv"]
    assert apply["argv"][-1] == "dpctl.tfplan"
    assert "-auto-approve" not in apply["argv"]


def test_a_locked_state_says_who_holds_it(dpctl, fake, tree):
    dpctl(*APPLY)
    file = tree.state_file("static")
    lock = {
        "ID": "1-2",
        "Who": "ann@host",
        "Operation": "OperationTypeApply",
        "Created": "2020-01-01T00:00:00Z",
    }
    file.with_name(f".{file.name}.lock.info").write_text(json.dumps(lock))
    fake.script(static={"plan": {"error": "Error acquiring the state lock", "located": False}})
    run = dpctl(*APPLY)
    [static] = [layer for layer in run.json["layers"] if layer["layer"] == "static"]
    assert "ann@host" in static["reason"]
    assert "dpctl state unlock --env dev --layer static" in run.stderr
    assert dpctl("state", "unlock", "--layer", "static", "--yes").code == 0
    assert not file.with_name(f".{file.name}.lock.info").exists()


def test_an_init_that_was_skipped_by_mistake_is_made_up_for(dpctl, fake):
    """A failure that belongs to no line of the configuration: init, and plan once more."""
    dpctl(*APPLY, "--layer", "static")
    fake.script(static={"plan": {"error": "Backend initialization required", "located": False}})
    before = len(fake.calls)
    dpctl(*APPLY, "--layer", "static")
    assert [call["command"] for call in fake.calls[before:]] == ["plan", "init", "plan"]


def test_no_variable_of_the_shell_changes_what_a_run_means(dpctl, fake, monkeypatch):
    """Arguments, another state, another folder, another provider: dropped, and said."""
    wrong = {
        "TF_CLI_ARGS": "-no-color",
        "TF_CLI_ARGS_plan": "-destroy",
        "TF_CLI_ARGS_init": "-backend-config=key=elsewhere",
        "TF_WORKSPACE": "other",
        "TF_DATA_DIR": "/elsewhere",
        "TF_REATTACH_PROVIDERS": "{}",
        "TF_FORCE_LOCAL_BACKEND": "1",
        "TF_SOMETHING_NEW": "1",
    }
    kept = {"TF_TOKEN_app_terraform_io": "t", "TF_LOG_PATH": "/dev/null", "TF_REGISTRY_CLIENT_TIMEOUT": "9"}
    for name, value in (wrong | kept).items():
        monkeypatch.setenv(name, value)
    run = dpctl(*APPLY, "--layer", "static")
    assert run.code == 0
    said = next(line for line in run.stderr.splitlines() if "Not handed to Terraform" in line)
    assert said.rpartition(": ")[2].split(", ") == sorted(wrong)
    for call in fake.calls:
        found = {name: value for name, value in call["environ"].items() if name.startswith("TF_")}
        assert found.items() >= kept.items()
        assert not (wrong.keys() - {"TF_DATA_DIR"}) & found.keys()
        assert found["TF_DATA_DIR"] == f"{call['cwd']}/.terraform"


def test_an_input_of_the_shell_is_said_and_counts_for_resume(dpctl, fake, monkeypatch):
    dpctl(*APPLY)
    monkeypatch.setenv("TF_VAR_text", "mine")
    before = len(fake.calls)
    run = dpctl(*APPLY, "--resume", "--layer", "static")
    assert run.stderr.count("dev/static: TF_VAR_text of the shell wins over the input text.") == 1
    assert len(fake.calls) > before


def test_warnings_of_terraform_are_said_once_and_told(dpctl, fake):
    fake.script(
        static={
            "plan": {"warnings": ["Check block assertion failed"]},
            "apply": {"warnings": ["Check block assertion failed", "Deprecated"]},
        }
    )
    run = dpctl(*APPLY, "--layer", "static")
    assert run.json["layers"][0]["warnings"] == ["Check block assertion failed", "Deprecated"]
    assert run.stderr.count("Check block assertion failed") == 1


@pytest.mark.parametrize("command", ["apply", "destroy"])
def test_a_dry_run_does_not_say_that_it_happened(dpctl, fake, command):
    if command == "destroy":
        dpctl(*APPLY)
    before = fake.commands("apply")
    run = dpctl(command, "--env", "dev", "--dry-run")
    last = run.stdout.rstrip().splitlines()[-1]
    assert last.startswith(f"Would {command} ")
    assert last.endswith("; nothing was changed")
    assert " to " in last
    assert dpctl(command, "--dry-run", "--json").json["dry_run"] is True
    assert fake.commands("apply") == before
    if command == "destroy":
        dpctl("destroy", "--yes")
        assert "Nothing would be destroyed" in dpctl("destroy", "--dry-run").stdout


@pytest.mark.parametrize("name", ["terraform.tfstate", "modules/modules.json"])
def test_what_init_left_half_written_is_made_again(dpctl, fake, tree, name):
    dpctl(*APPLY, "--layer", "static")
    broken = tree.state_file("static").parent / ".terraform" / name
    broken.parent.mkdir(exist_ok=True)
    broken.write_text('{"version": 3,')
    dpctl(*APPLY, "--layer", "static")
    assert fake.commands("init") == ["static init"] * 2


def test_an_init_that_goes_wrong_begins_from_nothing(dpctl, fake, tree):
    dpctl(*APPLY, "--layer", "static")
    data = tree.state_file("static").parent / ".terraform"
    (data / "poison").touch()
    fake.script(static={"init": {"poisoned": True}, "plan": {"error": "no", "located": False}})
    dpctl(*APPLY, "--layer", "static")
    assert not (data / "poison").exists()


def test_a_killed_terraform_is_called_that(dpctl, fake):
    fake.script(static={"plan": {"dies": True}})
    run = dpctl(*APPLY, "--layer", "static")
    assert "terraform plan was killed by SIGKILL" in run.json["layers"][0]["reason"]


def test_the_documents_keep_their_schema(dpctl, fake, repo):
    schema = json.loads((repo / "docs/schemas/run.schema.json").read_text(encoding="utf-8"))
    fake.script(a={"apply": {"error": "no"}})
    for words in (("plan", "--json"), APPLY, ("destroy", "--yes", "--json"), ("apply", "--json")):
        jsonschema.validate(dpctl(*words).json, schema)


def test_the_report_on_a_pipe_is_a_table_and_a_sentence(dpctl, fake):
    fake.script(a={"apply": {"error": "no"}})
    run = dpctl("apply", "--env", "dev", "--yes", "--parallelism", "1")
    lines = run.stdout.splitlines()
    rows = [line.split()[:6] for line in lines[-6:-2]]
    assert rows == [
        ["layer", "result", "+", "~", "-", "import"],
        ["static", "succeeded", "1", "0", "0", "0"],
        ["a", "failed", "0", "0", "0", "0"],
        ["b", "succeeded", "1", "0", "0", "0"],
    ]
    assert lines[-1].startswith("Applied 2, failed 1 in ")
    assert lines[-1].endswith(": 2 added")
    assert "1 of 3 START dev/static" in run.stderr
    assert "Error: dev/a: terraform apply failed" in run.stderr


TAKES = {
    "address": "module.d.aws_glue_job.x",
    "type": "aws_glue_job",
    "mode": "managed",
    "change": {
        "actions": ["update"],
        "before": {"description": "the owner's " + "x" * 200, "timeout": 60},
        "after": {"description": None, "timeout": 60},
    },
}


def test_a_loss_is_shown_in_full_and_refused_unless_it_is_named(dpctl, fake):
    fake.script(static={"plan": {"changes": [["module.d.aws_glue_job.x", "update"]]}})
    fake.show({"resource_changes": [TAKES]})
    run = dpctl("plan", "--env", "dev", "--layer", "static")
    assert run.code == 0
    assert f'old: "{TAKES["change"]["before"]["description"]}"' in run.stdout
    run = dpctl(*APPLY, "--layer", "static")
    assert (run.code, run.results) == (1, {"static": "failed"})
    assert "module.d.aws_glue_job.x.description" in run.json["layers"][0]["reason"]
    assert [loss["attribute"] for loss in run.json["layers"][0]["losses"]] == ["description"]
    assert fake.commands("apply") == []
    run = dpctl(*APPLY, "--layer", "static", "--accept", "module.d.aws_glue_job.x.description")
    assert run.results == {"static": "succeeded"}
    assert [loss["attribute"] for loss in run.json["layers"][0]["losses"]] == ["description"]


UNWANTED = {
    **TAKES,
    "address": "aws_glue_job.x",
    "action_reason": "delete_because_count_index",
    "change": {"actions": ["delete"], "before": {}, "after": None},
}


@pytest.fixture
def unwanted(dpctl, fake, tree):
    """A job that was there before Terraform, and stands in the configuration no more."""
    fake.script(static={"plan": {"changes": [["aws_glue_job.x", "create"]]}})
    dpctl(*APPLY, "--layer", "static")
    record = tree.state_file("static").with_name("terraform.tfstate.adopted")
    record.write_text(json.dumps({"adopted": ["aws_glue_job.x"]}))
    fake.script(static={"plan": {"until_forgotten": [["aws_glue_job.x", "delete"]]}})
    fake.show({"resource_changes": [UNWANTED]})


@pytest.mark.usefixtures("unwanted")
def test_what_was_adopted_and_is_not_wanted_any_more_is_let_go_and_stays(dpctl, fake):
    plan = dpctl("plan", "--env", "dev", "--layer", "static")
    assert "x aws_glue_job.x (it stays in the account)" in plan.stdout
    run = dpctl(*APPLY, "--layer", "static")
    [layer] = run.json["layers"]
    assert (run.code, layer["result"], layer["losses"]) == (0, "succeeded", [])
    assert layer["changes"] == {"add": 0, "change": 0, "destroy": 0, "import": 0}
    assert [text.split()[0] for text in layer["warnings"]] == ["aws_glue_job.x"]
    assert [call["argv"] for call in fake.calls if call["command"] == "state"] == [
        ["state", "rm", "aws_glue_job.x"]
    ]
    assert dpctl(*APPLY, "--layer", "static").results == {"static": "unchanged"}


@pytest.mark.usefixtures("unwanted")
def test_import_blocks_of_what_was_let_go_of_are_passed_over(dpctl, fake, tree):
    """Terraform takes no import block for what the configuration does not have."""
    beside = tree.root / "live/dev/static/imports.tf"
    beside.write_text('import {\n  to = aws_glue_job.x\n  id = "x"\n}\n')
    place = tree.state_file("static").with_name("imports.tf")
    assert dpctl("plan", "--env", "dev", "--layer", "static").code == 0
    assert place.exists()
    dpctl(*APPLY, "--layer", "static")
    record = json.loads(tree.state_file("static").with_name("terraform.tfstate.adopted").read_text())
    assert record == {"adopted": [], "created": [], "released": ["aws_glue_job.x"]}
    again = dpctl(*APPLY, "--layer", "static")
    assert again.results == {"static": "unchanged"}
    assert not place.exists()
    assert "passed over imports.tf, which names aws_glue_job.x" in again.stderr


@pytest.mark.usefixtures("unwanted")
def test_a_reviewed_plan_lets_go_of_it_too(dpctl, fake, tmp_path):
    folder = str(tmp_path / "reviewed")
    assert dpctl("plan", "--env", "dev", "--layer", "static", "--out", folder).code == 0
    run = dpctl(*APPLY, "--layer", "static", "--plan", folder)
    assert run.results == {"static": "succeeded"}, run.stdout
    assert "static state" in fake.commands("state")


@pytest.mark.usefixtures("unwanted")
@pytest.mark.parametrize("option", ["--accept", "--allow-destroy"])
def test_what_is_not_wanted_any_more_goes_where_that_is_said(dpctl, fake, option):
    names = ("--accept", "aws_glue_job.x", option, "aws_glue_job.x")
    assert dpctl(*APPLY, "--layer", "static", *names).results == {"static": "succeeded"}
    assert fake.commands("state") == []


@pytest.mark.usefixtures("unwanted")
@pytest.mark.parametrize("other", [{"action_reason": "replace_because_tainted"}, {"deposed": "abcd"}])
def test_only_what_the_configuration_does_not_name_is_let_go(dpctl, fake, other):
    fake.show({"resource_changes": [{**UNWANTED, **other}]})
    run = dpctl(*APPLY, "--layer", "static")
    assert run.results == {"static": "failed"}
    assert "was there before Terraform" in run.json["layers"][0]["reason"]
    assert fake.commands("state") == []


def test_what_was_adopted_is_not_destroyed_unless_it_is_named(dpctl, fake, tree):
    fake.script(static={"plan": {"changes": [["aws_glue_job.x", "create"]]}})
    dpctl(*APPLY, "--layer", "static")
    record = tree.state_file("static").with_name("terraform.tfstate.adopted")
    record.write_text(json.dumps({"adopted": ["aws_glue_job.x"]}))
    goes = {
        **TAKES,
        "address": "aws_glue_job.x",
        "change": {"actions": ["delete"], "before": {}, "after": None},
    }
    fake.script(static={"plan": {"changes": [["aws_glue_job.x", "delete"]]}})
    fake.show({"resource_changes": [goes]})
    destroy = ("destroy", "--env", "dev", "--layer", "static", "--yes", "--json")
    run = dpctl(*destroy)
    assert run.results == {"static": "failed"}
    assert "was there before Terraform" in run.json["layers"][0]["reason"]
    assert dpctl(*destroy, "--accept", "static:aws_glue_job.x").results == {"static": "succeeded"}
