"""``--target``: a part of a layer, what is left of it, and who waits for what it does not give yet."""

import json

import pytest

ONE = "terraform_data.one"


def of(fake, command, unit):
    return [call for call in fake.calls if (call["command"], call["unit"]) == (command, unit)]


def test_only_the_target_is_planned_in_every_round(dpctl, fake):
    fake.script(static={"plan": {"changes": [[ONE, "create"]]}})

    run = dpctl("apply", "--env", "dev", "--layer", "static", "--target", ONE, "--yes", "--json")

    assert (run.code, run.results) == (0, {"static": "succeeded"})
    assert [f"-target={ONE}" in call["argv"] for call in of(fake, "plan", "static")] == [True]


def test_a_layer_without_a_target_runs_whole(dpctl, fake):
    dpctl("apply", "--env", "dev", "--yes")
    dpctl("plan", "--env", "dev", "--target", f"a:{ONE}", "--target", "a:terraform_data.two")

    aims = {unit: of(fake, "plan", unit)[-1]["argv"] for unit in ("static", "a", "b")}
    assert [word for word in aims["a"] if word.startswith("-target")] == [
        f"-target={ONE}",
        "-target=terraform_data.two",
    ]
    assert not any(word.startswith("-target") for word in (*aims["static"], *aims["b"]))


@pytest.mark.parametrize("name", ["gone:terraform_data.one", "terraform_data.one"])
def test_a_target_of_no_layer_is_refused(dpctl, fake, name):
    run = dpctl("apply", "--env", "dev", "--target", name, "--yes")

    assert run.code == 2
    assert "static, a, b" in run.stderr
    assert fake.calls == []


@pytest.mark.parametrize(
    ("target", "there"),
    [
        ("terraform_data.one", True),
        ("terraform_data.two", True),
        ("terraform_data.two[0]", True),
        ("module.a", True),
        ("module.a.terraform_data.x", True),
        ("terraform_data.on", False),
        ("module.a.terraform_data.y", False),
        ("module.b", False),
    ],
)
def test_a_target_that_is_not_there_is_said(dpctl, fake, target, there):
    addresses = (ONE, "terraform_data.two[0]", 'module.a["k"].terraform_data.z', "module.a.terraform_data.x")
    no_op = {"actions": ["no-op"], "before": {}, "after": {}}
    fake.show({"resource_changes": [{"address": one, "type": "t", "change": no_op} for one in addresses]})
    run = dpctl("plan", "--env", "dev", "--layer", "static", "--target", target)
    assert run.code == 0
    assert ("is nothing that this layer has or would make" in run.stderr) is not there


def test_a_target_of_a_layer_that_stays_out_is_refused(dpctl, fake, tree):
    tree.unit("a", ["static"], extra='\nexclude {\n  if      = true\n  actions = ["all"]\n}\n')
    run = dpctl("apply", "--env", "dev", "--target", f"a:{ONE}", "--yes")
    assert run.code == 2
    assert "a is excluded: the exclude block of its terragrunt.hcl" in run.stderr
    assert fake.calls == []
    run = dpctl("apply", "--env", "dev", "--layer", "static", "--target", f"a:{ONE}", "--yes")
    assert run.code == 2
    assert "The layers of this run are static; a is none of them." in run.stderr
    assert fake.calls == []


def test_what_was_applied_in_part_is_not_finished(dpctl, fake, tree):
    fake.script(static={"plan": {"changes": [[ONE, "create"]]}})
    dpctl("apply", "--env", "dev", "--layer", "static", "--target", ONE, "--yes")

    record = json.loads((tree.root / ".dpctl" / "runs" / "dev.json").read_text())
    assert record["units"]["static"]["result"] == "partly"
    before = len(of(fake, "plan", "static"))
    dpctl("apply", "--env", "dev", "--layer", "static", "--resume", "--yes")
    assert len(of(fake, "plan", "static")) == before + 1


def test_a_target_without_changes_leaves_the_record_alone(dpctl, fake, tree):
    dpctl("apply", "--env", "dev", "--layer", "static", "--yes")
    dpctl("apply", "--env", "dev", "--layer", "static", "--target", ONE, "--yes")

    record = json.loads((tree.root / ".dpctl" / "runs" / "dev.json").read_text())
    assert record["units"]["static"]["result"] in {"succeeded", "unchanged"}


def test_a_broken_configuration_waits_for_nobody(dpctl, fake, tree):
    dpctl("apply", "--env", "dev", "--yes")
    tree.unit("a", ["static"], extra='\nlocals {\n  x = jsondecode("{")\n}\n')

    assert dpctl("plan", "--env", "dev", "--json").code != 0


def test_who_needs_what_a_part_does_not_give_waits_for_the_rest(dpctl, fake):
    fake.script(
        static={"plan": {"changes": [[ONE, "create"]]}, "apply": {"outputs": {"other": "x"}}},
        a={"plan": {"changes": [[ONE, "create"]]}},
    )
    dpctl("apply", "--env", "dev", "--layer", "static", "--target", ONE, "--yes")
    fake.script(
        static={
            "plan": {"changes": [["terraform_data.two", "create"]]},
            "apply": {"outputs": {"text": "real"}},
        }
    )

    planned = dpctl("plan", "--env", "dev", "--json")
    assert planned.code == 0, planned.stderr
    assert {one["layer"]: one["estimated"] for one in planned.json["layers"]} == {
        "static": False, "a": True, "b": True,
    }  # fmt: skip

    applied = dpctl("apply", "--env", "dev", "--yes", "--json")
    assert applied.code == 0, applied.stderr
    assert set(applied.results.values()) == {"succeeded"}
    assert of(fake, "plan", "a")[-1]["inputs"]["text"] == "real"
