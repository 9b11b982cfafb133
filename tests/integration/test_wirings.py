"""The pipeline in its sandbox, broken by ordinary calls: named, and healed by the call or by the layers."""

from __future__ import annotations

import itertools

import pytest

from dpctl.doctor import pipeline, repairs, rounds
from dpctl.doctor.chain import collect_chain, names_of
from tests.integration.refusing import KINDS, Refusing
from tests.integration.wirings import HARMLESS, OWNERS, RULE, WIRINGS, broken

pytestmark = [
    pytest.mark.sandbox,
    pytest.mark.terraform,
    pytest.mark.slow,
    pytest.mark.xdist_group("dev"),
]
DOCTOR = ("--sandbox", "doctor", "pipeline", "--env", "dev")
# What somebody switched off, which a call switches on again.
SWITCHED = {
    "the trail is stopped",
    "the rule is disabled",
    "the trigger is stopped",
    "the secret is to be deleted",
    "the function may not run at all",
    "the sweeper is off",
    "the schedule is off",
}
ALARM = f"{RULE}-failed-invocations"
SHORTER = "iam.list_roles"  # without it each role is asked about by itself
# What Terraform writes anew, broken all at once.
REWRITTEN = (
    "the target is gone",
    "the machine's role may not write keys",
    "the script is deleted",
    "the schedule is deleted",
    "the sweeper is deleted",
    "the sweeper's role lost its policy",
    "the trigger is deleted",
    "the workflow is deleted",
    "the job is deleted",
    "the dead-letter queue is deleted",
    "the scheduler's role lost its policy",
    "the bucket's policy leaves Redshift out",
)


@pytest.fixture(scope="module", autouse=True)
def put_back(dev_applied):
    """The layers as they were, for the tests that come after."""
    yield
    dev_applied.workspace.dpctl("--sandbox", "apply", "--env", "dev", "--yes")


def look(story):
    chain = collect_chain(story.aws, names_of(story.workspace.environment("dev")))
    return chain, pipeline.examine(chain)


def failing(findings):
    return {one.code for one in findings if one.result == "fail"}


def test_the_applied_layers_are_healthy(dev_applied):
    done = dev_applied.workspace.dpctl(*DOCTOR, "--json")

    assert done.code == 0, done.stdout[-4000:]
    assert {one["result"] for one in done.json["findings"]} == {"pass"}


def test_a_look_takes_at_most_forty_calls(dev_applied):
    assert dev_applied.workspace.dpctl(*DOCTOR, "--json").json["calls"] <= 40


def test_whatever_is_refused_nobody_is_blamed_and_it_is_no_health(dev_applied):
    """Every operation in turn, refused in one of the three ways (each fact in each way: the unit tests)."""
    names = names_of(dev_applied.workspace.environment("dev"))
    whole = Refusing(dev_applied.aws)
    collect_chain(whole, names)

    for operation, kind in zip(sorted(whole.asked), itertools.cycle(KINDS), strict=False):
        chain = collect_chain(Refusing(dev_applied.aws, operation, KINDS[kind]), names)
        findings = pipeline.examine(chain)
        assert failing(findings) == set(), (operation, kind)
        blind = 0 if operation == SHORTER else 4
        assert pipeline.exit_code(chain, findings) == blind, (operation, kind)


def test_an_event_comes_through_and_redshift_is_asked(dev_applied):
    made = dev_applied.workspace.dpctl("--sandbox", "tables", "apply", "--env", "dev", "--yes")
    assert made.code == 0, made.stderr[-2000:]

    done = dev_applied.workspace.dpctl(*DOCTOR, "--active", "--sql", "--json")

    found = {one["code"]: one for one in done.json["findings"]}
    assert found["PD40"]["result"] == "pass", found["PD40"]
    assert found["PD18"]["result"] == "pass", found["PD18"]
    assert any("order_files_autocopy" in line for line in found["PD22"]["evidence"])


@pytest.mark.parametrize("wiring", [*WIRINGS, *OWNERS], ids=lambda one: one.name)
def test_a_broken_wiring_is_named(dev_applied, wiring):
    with broken(dev_applied.aws, wiring):
        chain, findings = look(dev_applied)

    assert wiring.code in failing(findings)
    assert pipeline.exit_code(chain, findings) == 1
    assert next(one for one in findings if one.code == wiring.code).fix


@pytest.mark.parametrize("wiring", HARMLESS, ids=lambda one: one.name)
def test_what_only_looks_different_is_left_alone(dev_applied, wiring):
    with broken(dev_applied.aws, wiring):
        chain, findings = look(dev_applied)

    assert failing(findings) == set()
    assert pipeline.exit_code(chain, findings) == 0


@pytest.mark.parametrize("wiring", [one for one in WIRINGS if one.name in SWITCHED], ids=lambda one: one.name)
def test_what_was_switched_off_is_switched_on_by_the_call_that_is_shown(dev_applied, wiring):
    wiring.breaks(dev_applied.aws)
    chain, findings = look(dev_applied)

    plan = rounds.plan(chain, findings)
    for call in plan.calls:
        getattr(dev_applied.aws.client(call.service), call.operation)(**call.params)

    assert repairs.typed(plan.calls[0], "ap-south-1").startswith("aws ")
    assert failing(look(dev_applied)[1]) == set()


def test_what_terraform_writes_is_written_anew(dev_applied):
    for wiring in WIRINGS:
        if wiring.name in REWRITTEN:
            wiring.breaks(dev_applied.aws)
    alarms = dev_applied.aws.client("cloudwatch")
    alarms.delete_alarms(AlarmNames=[ALARM])

    done = dev_applied.workspace.dpctl(*DOCTOR, "--fix", "--yes", "--json")

    assert done.code == 0, done.stderr[-4000:]
    assert done.json["fixed"]
    assert {one["result"] for one in done.json["findings"]} == {"pass"}
    # nothing is wrong with the chain for want of an alarm: it is told, and left alone
    assert alarms.describe_alarms(AlarmNames=[ALARM])["MetricAlarms"] == []
    assert "ddb-redshift has more that env.yaml asks for" in done.stderr


def test_nothing_to_do_is_done_by_doing_nothing(dev_applied):
    done = dev_applied.workspace.dpctl(*DOCTOR, "--fix")

    assert done.code == 0
    assert "Nothing needs to be fixed." in done.stderr
