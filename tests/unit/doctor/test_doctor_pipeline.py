# ruff: noqa: E501 - tables read better with a row on a line
"""The links of the pipeline, each broken in turn, over answers as AWS gives them."""

import json
from dataclasses import replace
from datetime import timedelta

import jsonschema
import pytest

from dpctl.config.models import CAPTURED
from dpctl.doctor import backlog, pipeline, rounds
from dpctl.doctor.backlog import Tally
from dpctl.doctor.links import Chain
from dpctl.doctor.snapshot import Unknown
from tests.unit.doctor.chains import (
    FACTS,
    MACHINE,
    MAPPING,
    NAMES,
    NOON,
    QUEUE,
    START,
    TABLE,
    WATCH,
    classic,
    dump,
    examined,
    field,
    listening,
    machine,
    redshift,
    refused,
    results,
    role,
    target,
    trigger,
    watch,
    with_field,
    without,
)


def test_a_whole_pipeline_holds():
    assert results() == {}
    chain = Chain(NAMES, FACTS)
    assert "every link that can be seen holds" in pipeline.text(chain, pipeline.examine(chain))
    assert pipeline.exit_code(chain, pipeline.examine(chain)) == 0


ONE_BROKEN = [
    ({"table": None}, {"PD13": "fail", "PD16": "fail"}),
    ({"table": {"Table": {**FACTS["table"]["Table"], "TableStatus": "DELETING"}}}, {"PD13": "fail"}),
    ({"table": {"Table": {"TableStatus": "ACTIVE"}}}, {"PD16": "fail"}),
    ({"mappings": {"EventSourceMappings": []}}, {"PD16": "fail"}),
    ({"mappings": {"EventSourceMappings": [{**MAPPING, "State": "Disabled"}]}}, {"PD16": "fail"}),
    ({"mappings": {"EventSourceMappings": [{**MAPPING, "EventSourceArn": "older"}]}}, {"PD16": "fail"}),
    ({"mappings": {"EventSourceMappings": [{**MAPPING, "LastProcessingResult": "PROBLEM: Function call failed"}]}}, {"PD16": "fail"}),
    ({"capture": {"FunctionName": "CaptureStream", "missing": True}}, {"PD16": "fail"}),
    ({"status": None}, {"PD01": "fail"}),
    ({"status": {"IsLogging": False}}, {"PD01": "fail"}),
    ({"status": {"IsLogging": True, "LatestDeliveryError": "AccessDenied"}}, {"PD01": "warn"}),
    ({"selectors": {}}, {"PD02": "fail"}),
    ({"selectors": with_field(field("eventCategory", "Management"))}, {"PD02": "fail"}),
    ({"selectors": with_field(field("resources.type", "AWS::S3::Object"))}, {"PD02": "fail"}),
    ({"selectors": with_field(field("resources.ARN", TABLE + "2"))}, {"PD02": "fail"}),
    ({"selectors": with_field(field("resources.ARN", StartsWith=["arn:aws:dynamodb"]))}, {}),
    ({"selectors": with_field(field("resources.ARN", NotEquals=[TABLE]))}, {"PD02": "fail"}),
    ({"selectors": with_field(field("readOnly", "true"))}, {"PD02": "fail"}),
    ({"selectors": without("readOnly")}, {"PD02": "warn"}),
    ({"selectors": classic("WriteOnly", "arn:aws:dynamodb")}, {}),
    ({"selectors": classic("All", TABLE)}, {"PD02": "warn"}),
    ({"selectors": classic("ReadOnly", TABLE)}, {"PD02": "fail"}),
    ({"rule": None}, {"PD03": "fail"}),
    ({"rule": {**FACTS["rule"], "State": "DISABLED"}}, {"PD03": "fail"}),
    ({"rule": {"State": "ENABLED", "EventPattern": "{}"}}, {"PD03": "warn"}),
    ({"matches": {"PutItem": False}}, {"PD03": "fail"}),
    ({"targets": {"Targets": []}}, {"PD04": "fail"}),
    ({"targets": {"Targets": [{"Arn": MACHINE}]}}, {"PD04": "fail"}),
    ({"targets": target(Arn=MACHINE + "2")}, {"PD04": "fail"}),
    ({"targets": target(Input="{}")}, {"PD04": "warn"}),
    ({"targets": {"Targets": FACTS["targets"]["Targets"] * 2}}, {"PD04": "warn"}),
    ({"machine": None}, {"PD05": "fail"}),
    ({"machine": {**machine(), "status": "DELETING"}}, {"PD05": "fail"}),
    ({"machine": {"status": "ACTIVE", "definition": "{}"}}, {"PD05": "fail"}),
    ({"machine": {"status": "ACTIVE", "definition": "no JSON"}}, {"PD05": "fail"}),
    ({"machine": machine("Flow-2")}, {"PD05": "fail"}),
    ({"machine": machine("MyFlow")}, {"PD05": "fail"}),
    ({"machine": machine(resource="arn:aws:states:::lambda:invoke")}, {"PD05": "fail"}),
    ({"machine": machine(Parameters={"Name.$": "$.workflow"})}, {"PD05": "warn"}),
    ({"machine": machine(Retry=[])}, {"PD05": "warn"}),
    ({"workflow": None}, {"PD06": "fail"}),
    ({"triggers": []}, {"PD06": "fail", "PD07": "fail"}),
    ({"triggers": trigger(Type="ON_DEMAND")}, {"PD07": "fail"}),
    ({"triggers": trigger(State="DEACTIVATED")}, {"PD07": "fail"}),
    ({"triggers": trigger(State="ACTIVATED")}, {}),
    ({"triggers": trigger(Actions=[{"JobName": "other"}])}, {"PD07": "fail"}),
    ({"triggers": trigger(WorkflowName="Flow-2")}, {"PD06": "fail", "PD07": "fail"}),
    ({"role:machine:states.amazonaws.com": {"name": "r", "missing": True}}, {"PD08": "fail"}),
    ({"role:machine:states.amazonaws.com": role(("s3:PutObject", "o", "implicitDeny"))}, {"PD08": "fail"}),
    ({"role:machine:states.amazonaws.com": role(("s3:PutObject", "o", "unknown"))}, {"PD08": "warn"}),
    ({"role:0:events.amazonaws.com": role(START, service="glue.amazonaws.com")}, {"PD08": "fail"}),
    ({"role:copy:redshift.amazonaws.com": redshift("redshift", "redshift-serverless")}, {}),
    ({"role:copy:redshift.amazonaws.com": redshift("redshift")}, {"PD08": "warn"}),
    ({"role:copy:redshift.amazonaws.com": redshift("redshift-serverless")}, {"PD08": "warn"}),
    ({"role:copy:redshift.amazonaws.com": redshift("glue")}, {"PD08": "fail"}),
    ({"role:copy:redshift.amazonaws.com": {"name": "r", "missing": True}}, {"PD08": "fail"}),
    ({"job": None}, {"PD09": "fail"}),
    ({"script": False}, {"PD09": "fail"}),
    ({"runs": {"JobRuns": [{"JobRunState": "FAILED", "ErrorMessage": "x"}]}}, {"PD09": "fail"}),
    ({"runs": {"JobRuns": [{"JobRunState": "RUNNING"}, {"JobRunState": "FAILED"}]}}, {}),
    ({"mysql_job": {}, "mysql_runs": {"JobRuns": [{"JobRunState": "SUCCEEDED"}]}}, {}),
    ({"mysql_job": {}, "mysql_runs": None}, {}),
    ({"mysql_job": None}, {"PD23": "fail"}),
    ({"mysql_job": {}, "mysql_runs": {"JobRuns": [{"JobRunState": "FAILED"}]}}, {"PD23": "fail"}),
    ({"secret": None}, {"PD14": "fail"}),
    ({"secret": {"DeletedDate": NOON}}, {"PD14": "fail"}),
    ({"keys": {"the table: k": "PendingDeletion"}}, {"PD15": "fail"}),
    ({"keys": {}}, {}),
    ({"pending": Tally(3, 0, "k", NOON)}, {}),
    ({"pending": Tally(3, 1, "k", NOON)}, {"PD10": "warn"}),
    ({"pending": None, "dead_letters": None}, {"PD10": "fail", "PD11": "fail"}),
    ({"dead_letters": Tally(1, 0, "k", NOON)}, {"PD11": "warn"}),
    ({"queues": {QUEUE: 2}}, {"PD12": "fail"}),
    ({"queues": {QUEUE: -1}}, {"PD12": "fail"}),
    ({"integrations": []}, {"PD20": "fail"}),
    ({"integrations": [{"Status": "failed", "Errors": [{"ErrorCode": "x"}]}]}, {"PD20": "fail"}),
    ({"integrations": [{"Status": "creating"}]}, {"PD20": "warn"}),
    ({"bucket_policy": None}, {"PD21": "fail"}),
    ({"bucket_policy": watch("s3:GetBucketLocation")}, {"PD21": "fail"}),
    ({"bucket_policy": watch(*WATCH, effect="Deny")}, {"PD21": "fail"}),
    ({"sweeper": None}, {"PD17": "fail"}),
    ({"sweeper": {**FACTS["sweeper"], "State": "DISABLED"}}, {"PD17": "fail"}),
    ({"sweeper_machine": None}, {"PD17": "fail"}),
    ({"sweeper_machine": machine("Other")}, {"PD17": "fail"}),
    ({"sweeper_machine": {**machine(), "status": "DELETING"}}, {"PD17": "fail"}),
    ({"dumps": []}, {}),
    ({"dumps": [dump("orders FAILED: S3ServiceException"), dump()]}, {}),
    ({"dumps": [dump(), dump("orders FAILED: S3ServiceException")]}, {"PD32": "fail"}),
    ({"dumps": [dump(), dump("x", schedule="weekly")]}, {"PD32": "fail"}),
    ({"throttles": {"calls were dropped after all retries (redshift-s3)": 2}}, {"PD32": "warn"}),
    ({"notifications": listening("s3:ObjectCreated:*")}, {}),
    ({"notifications": listening("s3:ObjectCreated:*"), "integrations": []}, {"PD20": "fail", "PD21": "fail"}),
    ({"notifications": listening("s3:ObjectRemoved:*"), "integrations": []}, {"PD20": "fail"}),
    ({"schedules": []}, {"PD30": "fail"}),
    ({"schedules": [{**FACTS["schedules"][0], "State": "DISABLED"}]}, {"PD30": "fail"}),
    ({"function": {"FunctionName": "unload", "missing": True}}, {"PD31": "fail"}),
    ({"function": {**FACTS["function"], "Concurrency": {"ReservedConcurrentExecutions": 0}}}, {"PD31": "fail"}),
    ({"function": {**FACTS["function"], "State": "Failed"}}, {"PD31": "fail"}),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "expected"), ONE_BROKEN)
def test_one_broken_link_is_one_finding(changes, expected):
    assert results(**changes) == expected
    for one in examined(**changes):
        assert one.result in {"pass", "error"} or one.fix is not None


@pytest.mark.parametrize("reason", ["AccessDenied", "ThrottlingException", "InternalFailure"])
@pytest.mark.parametrize("fact", FACTS)
def test_what_can_t_be_seen_breaks_nothing_and_is_no_health(fact, reason):
    chain = Chain(NAMES, {**FACTS, fact: Unknown("x:Y", reason)})
    findings = pipeline.examine(chain)

    assert {one.result for one in findings} <= {"pass", "error"}
    assert pipeline.exit_code(chain, findings) == 4
    told = pipeline.text(chain, findings)
    assert "not every link can be seen" in told
    assert ("Not seen for want of: x:Y" in told) is (reason == "AccessDenied")
    assert ("did not answer: x:Y" in told) is (reason != "AccessDenied")
    lacking = pipeline.to_document(chain, findings)["missing_permissions"]
    assert lacking == (["x:Y"] if reason == "AccessDenied" else [])


def test_an_environment_without_a_part_has_no_checks_for_it():
    parts = {"integrations", "bucket_policy", "schedules", "function"}
    trail = {"status", "selectors", "rule", "targets", "machine"}
    few = {name: value for name, value in FACTS.items() if name not in parts | trail}

    codes = {one.code for one in pipeline.examine(Chain(NAMES, few))}

    assert not codes & {"PD20", "PD21", "PD30", "PD31", "PD01", "PD02", "PD03", "PD04", "PD05"}
    assert "PD16" in codes


def test_the_first_broken_link_is_the_verdict():
    chain = Chain(replace(NAMES, env="prod"), {**FACTS, "selectors": {}, "rule": None})
    findings = pipeline.examine(chain)

    document = pipeline.to_document(chain, findings)
    assert document["verdict"]["code"] == "PD02"
    assert "no event is ever sent" in pipeline.text(chain, findings)
    assert "Also     PD03" in pipeline.text(chain, findings)


def test_a_trail_alone_that_follows_puts_only_is_no_health():
    """Deletes would stay in Redshift: where the stream is followed too, it sees them."""
    trail_only = replace(NAMES, capture="", source="")
    found = {one.code: one for one in pipeline.examine(Chain(trail_only, dict(FACTS)))}
    assert found["PD03"].result == "warn"
    assert "UpdateItem, DeleteItem" in str(found["PD03"].evidence)
    every = replace(trail_only, writes=CAPTURED)
    facts = {**FACTS, "matches": dict.fromkeys(CAPTURED, True)}
    for names in (every, NAMES):
        found = {one.code: one for one in pipeline.examine(Chain(names, facts))}
        assert found["PD03"].result == "pass"


def test_every_document_holds_its_schema(repo):
    schema = json.loads(
        (repo / "docs" / "schemas" / "doctor-pipeline.schema.json").read_text(encoding="utf-8")
    )
    validator = jsonschema.Draft202012Validator(schema)
    unknown = Unknown("x:Y", "AccessDenied")
    for changes in ({}, {"rule": None}, {"status": unknown}, dict.fromkeys(FACTS, unknown)):
        chain = Chain(NAMES, {**FACTS, **changes})
        validator.validate(pipeline.to_document(chain, pipeline.examine(chain), ("applied static",)))


def test_what_is_left_behind_is_counted_and_says_what_to_do():
    left = {
        "pending": Tally(10_000, 2, "capture/pending/a.json", NOON, more=True),
        "dead_letters": Tally(2, 2, "capture/dead-letter/it's.json", NOON),
    }
    chain = Chain(NAMES, {**FACTS, **left})

    text = pipeline.text(chain, pipeline.examine(chain))

    assert "keys in s3://assets/capture/pending/: more than 10,000" in text
    assert text.endswith(
        """\
Verdict  every link that can be seen holds.
To do (PD10): Fix what keeps the job from running or succeeding (above), then start a run: it takes all keys.
  $ aws glue start-workflow-run --name Flow --region ap-south-1
To do (PD11): Each says why (reason). Fix its item and write it again, then delete the object.
  $ aws s3 cp 's3://assets/capture/dead-letter/it'"'"'s.json' -
  $ aws s3 rm 's3://assets/capture/dead-letter/it'"'"'s.json'
"""
    )


def test_a_tally_knows_the_old_ones_and_the_oldest():
    def item(key, minutes):
        return {"Key": key, "LastModified": NOON - timedelta(minutes=minutes)}

    objects = [item("new", 1), item("older", 61), item("oldest", 90), item("not yet", 60)]
    assert backlog.tally(objects, NOON) == Tally(4, 2, "oldest", NOON - timedelta(minutes=90))
    assert backlog.tally([], NOON) == Tally()
    assert backlog.tally([item(str(n), 1) for n in range(backlog.MOST)], NOON).more


def test_the_folders_are_those_of_the_module_and_the_job(repo):
    module = (repo / "modules/dynamodb-to-redshift/main.tf").read_text(encoding="utf-8")
    job = (repo / "runtime/glue_shell/GlueTestjob.py").read_text(encoding="utf-8")
    assert f'state_prefix = "{backlog.PREFIX}"' in module
    for folder in (backlog.PENDING, backlog.DEAD):
        assert f'"{folder.removeprefix(backlog.PREFIX).rstrip("/")}' in job


@pytest.mark.parametrize(
    ("changes", "calls", "layers", "left"),
    [
        ({}, [], (), []),
        ({"status": {"IsLogging": False}}, ["start_logging"], (), []),
        ({"rule": {**FACTS["rule"], "State": "DISABLED"}}, ["enable_rule"], (), []),
        ({"rule": {**FACTS["rule"], "State": "DISABLED"}, "matches": {"PutItem": False}}, [], ("ddb-redshift",), []),
        ({"triggers": trigger(State="DEACTIVATED")}, ["start_trigger"], (), []),
        ({"mappings": {"EventSourceMappings": [{**MAPPING, "State": "Disabled"}]}}, ["update_event_source_mapping"], (), []),
        ({"secret": {"ARN": "a", "DeletedDate": NOON}}, ["restore_secret"], (), []),
        ({"keys": {"the table: k": "PendingDeletion"}}, ["cancel_key_deletion", "enable_key"], (), []),
        ({"runs": {"JobRuns": [{"JobRunState": "FAILED"}]}}, ["start_workflow_run"], (), []),
        ({"runs": {"JobRuns": [{"JobRunState": "FAILED"}]}, "script": False}, [], ("ddb-redshift",), []),
        ({"queues": {QUEUE: 3}}, [], (), ["PD12"]),
        ({"selectors": {}, "schedules": [], "bucket_policy": None}, [], ("static", "redshift-s3"), []),
        ({"role:job:glue.amazonaws.com": refused("Glue", "glue")}, [], ("static", "ddb-redshift"), []),
        ({"keys": {"the table: k": "missing"}}, [], (), ["PD15"]),
        ({"status": Unknown("x:Y", "AccessDenied")}, [], (), []),
    ],
)  # fmt: skip
def test_the_plan_has_calls_for_what_was_switched_off_and_layers_for_the_rest(changes, calls, layers, left):
    chain = Chain(NAMES, {**FACTS, **changes})

    plan = rounds.plan(chain, pipeline.examine(chain))

    assert [call.operation for call in plan.calls] == calls
    assert plan.layers == layers
    assert [one.code for one in plan.left] == left
    assert plan.empty == (not calls and not layers)
