# ruff: noqa: E501 - tables read better with a row on a line
"""What is offered for a broken pipeline: the addresses and calls that heal, and nothing else."""

import json
import shlex
from contextlib import nullcontext
from dataclasses import replace

import pytest

from dpctl.doctor import aims, definition, pipeline, repairs, rounds, write
from dpctl.doctor.linkcheck import layers_fix
from dpctl.doctor.links import Chain
from dpctl.errors import DpctlError
from tests.unit.doctor.chains import (
    FACTS,
    NAMES,
    QUEUE,
    TABLE,
    dump,
    refused,
    role,
)

CAPTURED_QUEUE, DUMPS_QUEUE, OTHERS_QUEUE = (
    f"arn:aws:sqs:ap-south-1:054158074701:{name}"
    for name in ("dynamodb-insert-dead-letters", "redshift-s3-dead-letters", "ours")
)
OTHERS_ROLE = {
    "targets": {"Targets": [{**FACTS["targets"]["Targets"][0], "RoleArn": "arn:aws:iam::1:role/x/Theirs"}]}
}
NO_STREAM = {"table": {"Table": {"TableStatus": "ACTIVE"}}}


@pytest.mark.parametrize(
    ("changes", "targets", "accept"),
    [
        ({"matches": {"PutItem": False}}, aims.CHECKS["PD03"], ("module.eventbridge.aws_cloudwatch_event_rule.writes.event_pattern",)),
        ({"job": None}, aims.CHECKS["PD09"], ()),
        ({"selectors": {}, "bucket_policy": None}, (aims.TRAIL, 'static:module.storage.aws_s3_bucket_policy.this["source"]'),
         ("module.audit.aws_cloudtrail.this.advanced_event_selector",)),
        ({"schedules": []}, (aims.DUMP, *aims.ROLES["scheduler"]), ()),
        (NO_STREAM, (aims.TABLE, *aims.CHECKS["PD16"]), ()),
        ({"queues": {CAPTURED_QUEUE: -1}}, aims.QUEUE, ()),
        ({"queues": {DUMPS_QUEUE: -1, QUEUE: 0}}, aims.DUMP_QUEUE, ()),
        ({"queues": {OTHERS_QUEUE: -1}}, (), ()),
        ({"role:job:glue.amazonaws.com": refused("Glue", "glue")}, aims.of_role("glue", "Glue"), ("module.iam.aws_iam_role_policy.glue.policy",)),
        ({"role:s:scheduler.amazonaws.com": refused("Sweeper", "scheduler")}, aims.of_role("sweeper", "Sweeper"), ("module.iam.aws_iam_role_policy.sweeper.policy",)),
        ({"role:s:scheduler.amazonaws.com": role(service="ec2.amazonaws.com", name="Sweeper")}, aims.of_role("sweeper", "Sweeper"),
         ("module.iam.aws_iam_role.sweeper.assume_role_policy",)),
        ({"role:s:scheduler.amazonaws.com": refused("Dumps", "scheduler")}, aims.of_role("scheduler", "Dumps"), ("module.iam.aws_iam_role_policy.scheduler.policy",)),
        ({"role:t:events.amazonaws.com": refused("Theirs", "events"), **OTHERS_ROLE}, (aims.RULE_TARGET,), (aims.RULE_TARGET.partition(":")[2],)),
        ({"role:t:events.amazonaws.com": refused("Nobody's", "events")}, (), ()),
    ],
)  # fmt: skip
def test_only_the_addresses_that_heal_are_applied_as_the_printed_command_says(changes, targets, accept):
    chain = Chain(NAMES, {**FACTS, **changes})
    findings = pipeline.examine(chain)

    plan = rounds.plan(chain, findings)

    assert plan.targets == targets
    assert plan.accept == accept
    assert set(plan.layers) == {one.partition(":")[0] for one in targets} or not targets
    said = shlex.split(rounds.describe(plan, "dev", "ap-south-1").splitlines()[2])
    printed = [word for one in findings if one.fix for line in one.fix.commands for word in shlex.split(line)]
    for one in targets:
        assert said[said.index(one) - 1] == "--target"
        assert printed[printed.index(one) - 1] == "--target"


def test_a_layer_that_one_fix_needs_whole_is_applied_whole():
    chain = Chain(NAMES, {**FACTS, "job": None, "queues": {OTHERS_QUEUE: -1}, "schedules": []})

    plan = rounds.plan(chain, pipeline.examine(chain))

    assert plan.layers == ("ddb-redshift", "redshift-s3")
    assert plan.targets == aims.CHECKS["PD30"]


def test_a_call_is_typed_as_the_cli_takes_it():
    chain = Chain(
        NAMES,
        {**FACTS, "function": {"FunctionName": "it's", "Concurrency": {"ReservedConcurrentExecutions": 0}}},
    )

    [call] = repairs.calls("PD31", chain)

    assert repairs.typed(call, "eu-west-1") == (
        "aws lambda delete-function-concurrency --function-name 'it'\"'\"'s' --region eu-west-1"
    )


def test_a_definition_is_read_into_its_branches():
    inner = {
        "States": {
            "A": {
                "Type": "Task",
                "Resource": "arn:aws:states:::aws-sdk:glue:startWorkflowRun",
                "Arguments": {"Name": "Deep"},
            }
        }
    }
    put = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:s3:putObject",
        "Parameters": {"Bucket": "b", "Key.$": "States.Format('p/{}', $.id)"},
    }
    document = {
        "States": {
            "P": {"Type": "Parallel", "Branches": [inner]},
            "M": {"Type": "Map", "ItemProcessor": {"States": {"X": put}}},
        }
    }

    work = definition.read(json.dumps(document))

    assert (work.workflows, work.objects) == (("Deep",), ("b/p/",))
    assert definition.read("[]") is None
    assert definition.read('{"States": []}').workflows == ()


def test_the_simulated_event_is_of_this_table_and_region():
    event = write.event(NAMES, "PutItem")

    assert event["detail"]["resources"][0]["ARN"] == TABLE
    assert event["region"] == event["detail"]["awsRegion"] == "ap-south-1"


class Quiet:
    """A terminal that agrees to everything."""

    def status(self, _):
        return nullcontext()

    def info(self, _):
        """Heard by nobody."""

    def confirm(self, *_, **__):
        """Yes."""


def test_redshift_is_asked_once_also_with_a_fix(monkeypatch):
    facts = {**FACTS, "status": {"IsLogging": False}}
    monkeypatch.setattr(rounds, "collect_chain", lambda *_: Chain(NAMES, facts))
    asked = []

    def sql():
        asked.append(1)
        return {"grants": {"public.orders": ("insert",)}}

    class Aws:
        def client(self, _):
            return self

        def start_logging(self, Name):
            facts["status"] = {"IsLogging": True}

    visit = rounds.Visit(NAMES, Aws, Quiet(), sql=sql)
    chain, findings = visit.look()

    _, after, done = visit.fix(chain, findings, lambda *_: None, yes=True, as_json=False)

    assert (len(asked), len(done)) == (1, 1)
    assert {one.code for one in after if one.result == "fail"} == {"PD18"}  # and its answer still counts


def test_a_failed_load_from_mysql_says_of_what_and_how_to_go_on():
    run = {"JobRunState": "FAILED", "ErrorMessage": "BadValues: 20 rows", "Arguments": {"--table": "t"}}
    changes = {"mysql_job": {}, "mysql_runs": {"JobRuns": [run]}, "mysql_log": "SQLException: no"}
    chain = Chain(replace(NAMES, mysql_job="gluejob"), {**FACTS, **changes})
    (found,) = [one for one in pipeline.examine(chain) if one.code == "PD23"]
    assert found.evidence == (
        "last runs: FAILED (t)",
        "its log says: SQLException: no",
        "the last run: FAILED: BadValues: 20 rows",
    )
    assert found.fix.commands == ("dpctl load --env dev --table t",)


LAYER_OF = [(code, targets) for code, targets in aims.CHECKS.items()]
LAYER_OF += [(f"role {kind}", aims.of_role(kind, "r")) for kind in aims.ROLES]
LAYER_OF += [("queue", aims.QUEUE), ("dumps' queue", aims.DUMP_QUEUE), ("copies' queue", aims.COPY_QUEUE)]


@pytest.mark.parametrize(("_", "targets"), LAYER_OF, ids=[name for name, _ in LAYER_OF])
def test_a_layer_that_nobody_has_applied_is_applied_as_a_whole_with_what_it_needs(_, targets):
    mine = {one.partition(":")[0] for one in targets}
    for new in sorted(mine):
        needed = frozenset({new, "static"})
        fix = layers_fix(Chain(NAMES, FACTS, first={new: needed}), mine, targets, ("a.b",))

        told = rounds._options(fix.commands)
        assert set(told["--layer"]) == mine | needed
        assert set(told.get("--target", ())) == {
            one for one in targets if one.partition(":")[0] not in needed
        }
        assert "for the first time" in fix.text
        healthy = layers_fix(Chain(NAMES, FACTS, first={"another": frozenset({"another"})}), mine, targets)
        assert set(rounds._options(healthy.commands)["--target"]) == set(targets)


def test_what_is_printed_and_what_is_done_apply_a_new_layer_as_a_whole(monkeypatch):
    """Three layers are applied, s3-redshift never was: its integration is missing, as all of it is."""
    asked, applied = [], []

    def never(layers):
        asked.append(layers)
        return frozenset(layers) & {"s3-redshift"}

    facts = {**FACTS, "integrations": [], "job": None}
    monkeypatch.setattr(rounds, "collect_chain", lambda *_: Chain(NAMES, facts))
    visit = rounds.Visit(NAMES, lambda: None, Quiet(), never_applied=never)

    chain, findings = visit.look()
    visit.fix(chain, findings, lambda *given: applied.append(given), yes=True, as_json=False)

    found = {one.code: one.fix for one in findings if one.result == "fail"}
    assert found["PD20"].commands == ("dpctl apply --env dev --layer s3-redshift",)
    assert "--target" in found["PD09"].commands[0]
    assert applied == [(("ddb-redshift", "s3-redshift"), aims.CHECKS["PD09"], ())]
    assert set(asked) == {("ddb-redshift",), ("s3-redshift",)}


def test_a_state_that_can_t_be_read_is_no_reason_to_apply_a_whole_layer(monkeypatch):
    def never(_):
        raise DpctlError("no")

    monkeypatch.setattr(rounds, "collect_chain", lambda *_: Chain(NAMES, {**FACTS, "integrations": []}))

    _, findings = rounds.Visit(NAMES, lambda: None, Quiet(), never_applied=never).look()

    [found] = [one for one in findings if one.result == "fail"]
    assert found.fix.commands[0].endswith(f"--target {aims.CHECKS['PD20'][0]}")


def test_what_waits_in_a_queue_is_made_up_for_before_it_is_thrown_away():
    names = replace(NAMES, followed=("orders",))
    arns = {CAPTURED_QUEUE: 1, DUMPS_QUEUE: 2, OTHERS_QUEUE: 3}
    chain = Chain(names, {**FACTS, "queues": arns})

    found = next(one for one in pipeline.examine(chain) if one.code == "PD12")

    words = [shlex.split(line)[:3] for line in found.fix.commands]
    assert [one[2] for one in words] == [
        "receive-message", "receive-message", "receive-message", "--table", "--env", "--table", "purge-queue", "purge-queue",
    ]  # fmt: skip
    assert not [line for line in found.fix.commands if "purge" in line and "/ours" in line]


LAMBDA = {"Arn": "arn:aws:lambda:ap-south-1:1:function:unload",
          "Input": '{"schedule": "daily", "scheduled_time": "<aws.scheduler.scheduled-time>", "statements": {}}'}  # fmt: skip
GLUE = {"Arn": "arn:aws:scheduler:::aws-sdk:glue:startJobRun",
        "Input": '{"JobName": "unload", "Arguments": {"--schedule": "daily"}}'}  # fmt: skip


def scheduled(*targets):
    return {"schedules": [{**FACTS["schedules"][0], "Name": "daily", "Target": one} for one in targets]}


@pytest.mark.parametrize(
    ("target", "operation"),
    [
        (LAMBDA, "invoke"),
        (GLUE, "start_job_run"),
        ({**LAMBDA, "Input": '{"schedule": "weekly"}'}, None),
        ({**LAMBDA, "Input": "[]"}, None),
        ({**LAMBDA, "Input": "no json"}, None),
        ({"Arn": "arn:aws:scheduler:::aws-sdk:redshiftdata:executeStatement", "Input": "{}"}, None),
        ({}, None),
    ],
)
def test_a_dump_that_failed_is_started_as_its_schedule_starts_it(target, operation):
    chain = Chain(NAMES, {**FACTS, **scheduled(target), "dumps": [dump(), dump("refused")]})

    found = next(one for one in pipeline.examine(chain) if one.code == "PD32")
    calls = repairs.calls("PD32", chain)

    assert [call.operation for call in calls] == ([operation] if operation else [])
    assert found.fix.kind == ("api" if operation else "manual")
    if operation == "invoke":
        assert json.loads(calls[0].params["Payload"])["scheduled_time"].endswith("Z")
        assert repairs.typed(calls[0], "ap-south-1").endswith("/dev/stdout --region ap-south-1")
    assert found.fix.commands == (("dpctl doctor pipeline --env dev --fix",) if operation else ())
    assert (
        repairs.calls("PD32", Chain(NAMES, {**FACTS, **scheduled(target), "dumps": [dump("x"), dump()]}))
        == ()
    )


def test_after_a_dump_is_started_its_end_is_waited_for(monkeypatch):
    facts = {**FACTS, **scheduled(LAMBDA), "dumps": [dump("refused")]}
    monkeypatch.setattr(rounds, "collect_chain", lambda *_: Chain(NAMES, dict(facts)))
    waits = []

    def ended(seconds):
        waits.append(seconds)
        facts["dumps"] = [dump("refused"), dump()]

    class Aws:
        def client(self, _):
            return self

        def invoke(self, **_):
            """Accepted."""

    visit = rounds.Visit(NAMES, Aws, Quiet(), sleep=ended, clock=lambda: 0.0)
    chain, findings = visit.look()

    _, after, _ = visit.fix(chain, findings, lambda *_: None, yes=True, as_json=False)

    assert (len(waits), [one.code for one in after if one.result == "fail"]) == (1, [])
