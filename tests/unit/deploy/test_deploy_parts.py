"""The pure parts of deploy: events, counts, the guard, order, results, states, descriptions, drift."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from types import SimpleNamespace

import pytest

from dpctl.deploy import bootstrap, describe, drift, guard, plan, state
from dpctl.deploy.changes import Change, Count, Stream
from dpctl.deploy.executor import Preview
from dpctl.deploy.named import Named
from dpctl.deploy.plan import RunPlan, Step
from dpctl.deploy.planned import Planned
from dpctl.deploy.report import preview_text, summary
from dpctl.deploy.result import Result, RunReport
from dpctl.deploy.schedule import Schedule
from dpctl.errors import DpctlError, ExitCode, UsageError
from dpctl.livetree import Definition, Dependency, Exclude, Unit

ROOT = Path("/repo")


def definition(layer, needs=(), **fields):
    folder = ROOT / "live" / "dev" / layer
    unit = Unit("dev", layer, folder, folder / "terragrunt.hcl")
    dependencies = tuple(Dependency(name, ROOT / "live" / "dev" / name) for name in needs)
    return Definition(unit, ROOT / "modules" / layer, dependencies, **fields)


def hook(address, action):
    return {"resource": {"addr": address}, "action": action}


# events


def test_a_stream_is_changes_counts_and_errors():
    stream = Stream()
    resource = {"addr": "aws_vpc.x", "resource_type": "aws_vpc"}
    stream.take({"type": "version", "ui": "1.9"})
    stream.take(
        {"type": "planned_change", "change": {"resource": resource, "action": "replace", "reason": "tainted"}}
    )
    stream.take(
        {
            "type": "planned_change",
            "change": {"resource": resource, "action": "update", "importing": {"id": "v"}},
        }
    )
    stream.take({"type": "change_summary", "changes": {"add": 1, "change": 1, "remove": 1, "import": 1}})
    stream.take({"type": "diagnostic", "diagnostic": {"severity": "warning", "summary": "old"}})
    stream.take({"type": "something new"})
    assert stream.changes == [
        Change("aws_vpc.x", "aws_vpc", "replace", "tainted"),
        Change("aws_vpc.x", "aws_vpc", "update", imported=True),
    ]
    assert stream.count == Count(1, 1, 1, 1)
    assert stream.errors == []


def test_an_error_says_where_and_what():
    stream = Stream()
    place = {"filename": "main.tf", "start": {"line": 7}}
    error = {
        "severity": "error",
        "summary": "Denied",
        "detail": "not\n for you",
        "address": "aws_vpc.x",
        "range": place,
    }
    stream.take({"type": "diagnostic", "diagnostic": error})
    assert stream.reason == "aws_vpc.x, main.tf:7: Denied: not for you"
    assert stream.errors[0].located


def test_a_failed_apply_counts_what_it_did():
    stream = Stream()
    for action in ("create", "create", "update", "delete", "read"):
        stream.take({"type": "apply_complete", "hook": hook("aws_vpc.x", action)})
    stream.take({"type": "apply_errored", "hook": hook("aws_vpc.y", "create")})
    assert stream.applied == Count(add=2, change=1, destroy=1)
    assert stream.done == 6


def test_another_major_version_of_the_events_is_refused():
    with pytest.raises(DpctlError, match=r"2\.0"):
        Stream().take({"type": "version", "ui": "2.0"})


# the guard


@pytest.mark.parametrize(
    "kind",
    [
        "aws_cloudtrail",
        "aws_cloudwatch_log_group",
        "aws_db_instance",
        "aws_dynamodb_table",
        "aws_iam_role",
        "aws_kms_key",
        "aws_redshiftserverless_namespace",
        "aws_redshiftserverless_workgroup",
        "aws_s3_bucket",
        "aws_secretsmanager_secret",
        "aws_sqs_queue",
    ],
)
@pytest.mark.parametrize("action", ["delete", "replace", "remove"])
def test_what_holds_data_is_guarded(kind, action):
    change = Change(f"module.x.{kind}.y", kind, action)
    with pytest.raises(guard.Refused) as refused:
        guard.check("dev/static", [change], Named())
    assert change.address in refused.value.why
    assert f"--allow-destroy '{change.address}'" in refused.value.hint
    guard.check("dev/static", [change], Named([change.address]))


@pytest.mark.parametrize(("kind", "action"), [("aws_s3_bucket", "update"), ("aws_glue_job", "delete")])
def test_other_changes_pass(kind, action):
    guard.check("dev/static", [Change("x", kind, action)], Named())


@pytest.mark.parametrize("kind", ["aws_cloudwatch_log_group", "aws_iam_role", "aws_sqs_queue"])
def test_a_destroy_takes_down_what_we_made_for_ourselves(kind):
    guard.check("prod/x", [Change("x", kind, "delete")], Named(), destroying=True)


def test_a_destruction_that_was_not_shown_stops():
    shown = [Change("a", "t", "delete")]
    guard.check_shown("dev/a", shown, [Change("a", "t", "delete"), Change("b", "t", "update")])
    with pytest.raises(guard.Refused):
        guard.check_shown("dev/a", shown, [Change("b", "t", "replace")])


# the plan of a run

TREE = [
    definition("static"),
    definition("ddb", ["static"]),
    definition("dump", ["static"]),
    definition("alone"),
]


def test_waves_and_what_each_step_waits_for():
    made = plan.build("apply", "dev", TREE)
    assert [(step.layer, step.wave) for step in made.steps] == [
        ("alone", 1),
        ("static", 1),
        ("ddb", 2),
        ("dump", 2),
    ]
    assert made.steps[2].needs == {"static"}


def test_destroy_goes_from_the_back():
    made = plan.build("destroy", "dev", TREE)
    assert [step.layer for step in made.steps] == ["ddb", "dump", "alone", "static"]
    assert made.steps[-1].needs == {"ddb", "dump"}


def test_a_dependency_outside_of_the_selection_counts_as_done():
    [step] = plan.build("apply", "dev", TREE, ["ddb"]).steps
    assert step.needs == frozenset()
    both = plan.build("apply", "dev", TREE, ["ddb"], with_dependencies=True)
    assert [step.layer for step in both.steps] == ["static", "ddb"]


def test_destroying_a_foundation_names_what_stands_on_it():
    assert [unit.layer for unit in plan.build("destroy", "dev", TREE, ["static"]).left] == ["ddb", "dump"]
    assert plan.build("destroy", "dev", TREE).left == ()
    assert plan.build("apply", "dev", TREE, ["static"]).left == ()


def test_an_unknown_layer_is_a_usage_error():
    with pytest.raises(UsageError):
        plan.build("apply", "dev", TREE, ["sttic"])


def test_what_must_stay_and_what_it_stands_on_are_excluded_from_destroy():
    tree = [
        definition("static"),
        definition("ddb", ["static"], prevent_destroy=True),
        definition("dump", ["static"]),
    ]
    excluded = {step.layer: step.excluded for step in plan.build("destroy", "dev", tree).steps}
    assert "prevent_destroy" in excluded["ddb"]
    assert "dev/ddb" in excluded["static"]
    assert excluded["dump"] == ""
    assert not any(step.excluded for step in plan.build("apply", "dev", tree).steps)


def test_an_exclude_block_leaves_a_unit_out_of_the_commands_it_names():
    tree = [definition("static", exclude=Exclude(True, ("apply",)))]
    assert plan.build("apply", "dev", tree).steps[0].excluded
    assert not plan.build("plan", "dev", tree).steps[0].excluded


# carrying it out


def run(made, outcomes, **options):
    schedule = Schedule(
        steps=made.steps,
        needs={step.layer: step.needs for step in made.steps},
        parallelism=options.pop("parallelism", 1),
        fail_fast=options.pop("fail_fast", False),
        stop=options.pop("stop", Event()),
    )
    order = []

    def work(step):
        order.append(step.layer)
        if outcomes.get(step.layer) == "error":
            raise DpctlError("broken", why="because", hint="fix it")
        return Result(step.layer, outcomes.get(step.layer, "succeeded"))

    return schedule.run(work), order


def test_a_chain_is_skipped_with_the_first_failure_as_its_cause():
    tree = [definition("a"), definition("b", ["a"]), definition("c", ["b"]), definition("d")]
    results, order = run(plan.build("apply", "dev", tree), {"a": "error"})
    assert order == ["a", "d"]
    assert results["a"] == Result(
        "a", "failed", "broken\nbecause", hint="fix it", seconds=results["a"].seconds
    )
    assert (results["c"].result, results["c"].cause) == ("skipped", "a")
    assert results["d"].result == "succeeded"


def test_nothing_starts_after_an_interruption():
    stop = Event()
    stop.set()
    results, order = run(plan.build("apply", "dev", TREE), {}, stop=stop)
    assert order == []
    assert {result.reason for result in results.values()} == {"interrupted"}


def test_an_error_that_is_ours_is_not_swallowed():
    """A mistake in dpctl is not a failed layer."""
    made = plan.build("apply", "dev", [definition("a")])
    schedule = Schedule(made.steps, {"a": frozenset()}, 1, False, Event())
    with pytest.raises(ZeroDivisionError):
        schedule.run(lambda _step: Result("a", "succeeded", seconds=1 / 0))


# results


@pytest.mark.parametrize(
    ("results", "detailed", "code"),
    [
        (["succeeded"], False, ExitCode.OK),
        (["succeeded"], True, ExitCode.CHANGES),
        (["unchanged", "excluded"], True, ExitCode.OK),
        (["succeeded", "failed"], True, ExitCode.FAILED),
        (["skipped"], False, ExitCode.FAILED),
    ],
)
def test_exit_codes(results, detailed, code):
    report = RunReport("apply", "dev", tuple(Result(str(n), kind) for n, kind in enumerate(results)))
    assert report.exit_code(detailed=detailed) == code
    interrupted = RunReport("apply", "dev", report.results, interrupted=True)
    assert interrupted.exit_code(detailed=detailed) == ExitCode.INTERRUPTED


EXISTING = [definition("a"), definition("b", "a"), definition("c", exclude=Exclude(True, ("all",)))]


@pytest.mark.parametrize(
    ("command", "layers", "targets", "scope"),
    [
        ("apply", (), (), ("dev/a", "dev/b")),
        ("apply", ("a",), (), ("dev/a",)),
        ("apply", ("a", "b"), ("a:x.y",), ("dev/a:x.y", "dev/b")),
        ("apply", ("c",), (), ()),
        ("destroy", (), (), ()),
        ("destroy", ("b",), (), ("dev/b",)),
    ],
)
def test_a_run_speaks_of_what_it_looked_at(command, layers, targets, scope):
    """Of a layer that is not part of it, and of one that is excluded, it knows nothing."""
    assert plan.build(command, "dev", EXISTING, layers).aimed(targets).scope == scope
    assert plan.build(command, "dev", EXISTING[:2]).scope == ()


SEEN = Result("a", "unchanged")
GUESSED = Result("b", "unchanged", estimated=True)
OUT = Result("c", "excluded")


@pytest.mark.parametrize(
    ("command", "scope", "results", "said"),
    [
        ("plan", (), (SEEN,), "No changes. live/dev matches its configuration."),
        ("plan", ("dev/a",), (SEEN, OUT), "No changes. dev/a matches its configuration."),
        ("plan", ("dev/a", "dev/b"), (SEEN,), "No changes. dev/a, dev/b match their configuration."),
        (
            "plan",
            (),
            (SEEN, GUESSED),
            "No changes so far; what dev/b will take of other layers is not known yet.",
        ),
        ("plan", (), (OUT,), "Nothing was looked at: all of it is excluded."),
        ("destroy", (), (OUT,), "Nothing was destroyed: there is nothing left of live/dev that may go."),
        ("destroy", ("dev/c",), (OUT,), "Nothing was destroyed: there is nothing left of dev/c that may go."),
    ],
)
def test_nothing_to_do_is_said_of_no_more_than_was_looked_at(command, scope, results, said):
    assert summary(RunReport(command, "dev", results, scope=scope)) == said


@pytest.mark.parametrize(
    ("planned", "said"),
    [
        ({"empty": True}, "no changes"),
        ({"empty": False}, "only outputs change"),
        ({"empty": False, "changes": (Change("a.b", "move", "a"),)}, "no resource changes"),
        ({"empty": False, "count": Count(add=1)}, "+1 ~0 -0"),
    ],
)
def test_a_plan_without_resources_is_not_always_empty(planned, said):
    step = Step(definition("a").unit, definition("a"), 1)
    made = Planned(step, None, SimpleNamespace(mocked=()), **planned)
    preview = Preview(Result("a", "succeeded", changes=made.count), made)
    run = RunPlan("plan", "dev", (step,))
    assert preview_text(run, {"a": preview}, values=False).splitlines()[0] == f"dev/a: {said}"


# state

STATE = {
    "version": 4,
    "serial": 3,
    "lineage": "l",
    "outputs": {"a": {"value": [1]}, "b": {"value": "x", "sensitive": True}},
    "resources": [
        {"mode": "managed", "type": "t", "name": "n", "instances": [{"index_key": "k"}, {"index_key": 0}]},
        {"mode": "managed", "module": 'module.m["x"]', "type": "t", "name": "n", "instances": [{}]},
        {"mode": "data", "type": "t", "name": "d", "instances": [{}]},
    ],
}


def test_a_state_is_outputs_and_addresses():
    found = state.parse(json.dumps(STATE))
    assert found.outputs == {"a": [1], "b": "x"}
    assert found.sensitive == {"b"}
    assert found.addresses == ('module.m["x"].t.n', 't.n["k"]', "t.n[0]")
    assert not found.empty


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"version": 3}', b"\xff\xfe"])
def test_what_is_no_state_is_said(text):
    with pytest.raises(DpctlError):
        state.parse(text)


@pytest.mark.parametrize(
    ("age", "words"), [(5, "5 seconds"), (600, "10 minutes"), (9000, "2 hours"), (None, "an unknown time")]
)
def test_the_age_of_a_lock(age, words):
    now = datetime(2026, 1, 1, tzinfo=UTC)
    created = None if age is None else now - timedelta(seconds=age)
    assert state.Lock("1", "w", "o", created, "p").age(now) == words


# descriptions


def test_secrets_are_not_described():
    change = {
        "before": {"password": "old", "size": 1, "same": 0},
        "after": {"password": "new", "size": 2, "same": 0},
        "after_unknown": {"arn": True},
        "after_sensitive": {"password": True},
    }
    assert describe.attribute_changes({**change, "before": {**change["before"], "arn": "a"}}) == [
        ("arn", '"a"', describe.UNKNOWN),
        ("password", describe.HIDDEN, describe.HIDDEN),
        ("size", "1", "2"),
    ]


# drift

DRIFT = {
    "resource_drift": [
        {
            "address": 'aws_iam_role.r["a"]',
            "type": "aws_iam_role",
            "change": {
                "actions": ["update"],
                "before": {"tags": {}, "path": "/"},
                "after": {"tags": {"x": "y"}, "path": "/p/"},
            },
        },
        {
            "address": "aws_db_instance.m",
            "type": "aws_db_instance",
            "change": {
                "actions": ["update"],
                "before": {"latest_restorable_time": 1},
                "after": {"latest_restorable_time": 2},
            },
        },
        {
            "address": "aws_sqs_queue.q",
            "type": "aws_sqs_queue",
            "change": {"actions": ["delete"], "before": {}, "after": None},
        },
    ]
}


@pytest.mark.parametrize(
    ("patterns", "found", "accepted"),
    [
        ([], {'aws_iam_role.r["a"]': ("path", "tags"), "aws_sqs_queue.q": ()}, 0),
        (['aws_iam_role.r["a"] tags'], {'aws_iam_role.r["a"]': ("path",), "aws_sqs_queue.q": ()}, 1),
        (["aws_iam_role.*"], {"aws_sqs_queue.q": ()}, 2),
        (["* tags", "aws_sqs_queue.q"], {'aws_iam_role.r["a"]': ("path",)}, 2),
        (['aws_iam_role.r["b"]'], {'aws_iam_role.r["a"]': ("path", "tags"), "aws_sqs_queue.q": ()}, 0),
    ],
)
def test_accepted_drift_is_left_out(patterns, found, accepted):
    drifted, count = drift.find(DRIFT, drift.read_ignored(Path("/nowhere"), patterns))
    assert {item.address: item.attributes for item in drifted} == found
    assert count == accepted


def test_a_pattern_that_is_none_names_its_line(tmp_path):
    (tmp_path / drift.IGNORE_FILE).write_text("# known\naws_iam_role.r tags\none two three\n")
    with pytest.raises(UsageError) as error:
        drift.read_ignored(tmp_path, [])
    assert error.value.line == 3


# the state's bucket


def test_the_state_bucket_is_versioned_encrypted_closed_and_tls_only():
    methods = [call.method for call in bootstrap.calls("b", "ap-south-1", create=True)]
    assert methods == [
        "create_bucket",
        "put_public_access_block",
        "put_bucket_versioning",
        "put_bucket_encryption",
        "put_bucket_policy",
        "put_bucket_lifecycle_configuration",
    ]
    assert [call.method for call in bootstrap.calls("b", "ap-south-1", create=False)] == methods[1:]


@pytest.mark.parametrize(
    ("region", "place"), [("us-east-1", None), ("ap-south-1", {"LocationConstraint": "ap-south-1"})]
)
def test_us_east_1_is_not_named_when_the_bucket_is_made(region, place):
    assert bootstrap.calls("b", region, create=True)[0].params.get("CreateBucketConfiguration") == place
