# ruff: noqa: E501 - tables read better with a row on a line
"""The links of the pipeline, each broken in turn, over answers as AWS gives them."""

import json
import shlex
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import jsonschema
import pytest

from dpctl.config.models import CAPTURED
from dpctl.doctor import aims, backlog, definition, pipeline, questions, repairs, rounds, write
from dpctl.doctor.asking import Asker
from dpctl.doctor.backlog import Tally
from dpctl.doctor.linkcheck import layers_fix
from dpctl.doctor.links import Chain, Names
from dpctl.doctor.snapshot import Unknown
from dpctl.errors import DpctlError

TABLE = "arn:aws:dynamodb:ap-south-1:054158074701:table/Orders"
MACHINE = "arn:aws:states:ap-south-1:054158074701:stateMachine:LogEvent"
SWEEPER = f"{MACHINE}Sweeper"
QUEUE = "arn:aws:sqs:ap-south-1:054158074701:dead-letters"
NAMES = Names(
    "dev", "data-events", TABLE, "dynamodb-insert", MACHINE, "Flow", "arn:aws:glue:::workflow/Flow", "GlueTestjob", "er", "sr",
    "nr", ("PutItem",), "054158074701", "ap-south-1", "assets", secret="test/redshift", source="source", integration="s3-redshift",
    groups=("redshift-s3",), schedules=("daily",), capture="CaptureStream", sweeper="LogEventSweeper",
    dumped={"daily": ("orders",)}, roles={"Glue": "glue", "Sweeper": "sweeper", "Dumps": "scheduler"},
)  # fmt: skip
NOON = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)


def trust(service):
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return json.dumps({"Statement": [statement]})


def field(name, *values, **operators):
    return {"Field": name, **({"Equals": list(values)} if values else {}), **operators}


def machine(name="Flow", resource="arn:aws:states:::aws-sdk:glue:startWorkflowRun", **more):
    start = {"Type": "Task", "Resource": resource, "Parameters": {"Name": name}, "Retry": [{}], **more}
    return {"status": "ACTIVE", "definition": json.dumps({"StartAt": "S", "States": {"S": start}})}


def role(*decisions, service="states.amazonaws.com", name="r", **more):
    return {"name": name, "trust": trust(service), "decisions": list(decisions), **more}


def refused(name, service):
    return role(("a:B", "r", "implicitDeny"), service=f"{service}.amazonaws.com", name=name)


def redshift(*services):
    return role(service=[f"{one}.amazonaws.com" for one in services])


def watch(*actions, effect="Allow"):
    one = {"Effect": effect, "Principal": {"Service": "redshift.amazonaws.com"}, "Action": list(actions), "Resource": "*",
           "Condition": {"StringEquals": {"aws:SourceAccount": "054158074701"}}}  # fmt: skip
    tls = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": "*",
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    return {"Policy": json.dumps({"Statement": [tls, one]})}


ADVANCED = [
    field("eventCategory", "Data"),
    field("resources.type", "AWS::DynamoDB::Table"),
    field("resources.ARN", TABLE),
    field("readOnly", "false"),
]
STREAM = TABLE + "/stream/2026"
MAPPING = {"UUID": "u", "State": "Enabled", "EventSourceArn": STREAM, "LastProcessingResult": "OK"}
WATCH = ("s3:GetBucketNotification", "s3:PutBucketNotification", "s3:GetBucketLocation")
START = ("states:StartExecution", MACHINE, "allowed")
FACTS = {
    "table": {"Table": {"TableStatus": "ACTIVE", "LatestStreamArn": STREAM, "StreamSpecification": {"StreamEnabled": True}}},
    "mappings": {"EventSourceMappings": [MAPPING]},
    "capture": {"FunctionName": "CaptureStream", "State": "Active", "Concurrency": {}},
    "status": {"IsLogging": True},
    "selectors": {"AdvancedEventSelectors": [{"FieldSelectors": ADVANCED}]},
    "rule": {"State": "ENABLED", "EventPattern": '{"detail": {"errorCode": [{"exists": false}]}}'},
    "matches": {"PutItem": True},
    "targets": {"Targets": [{"Id": "1", "Arn": MACHINE, "RoleArn": "r", "DeadLetterConfig": {"Arn": QUEUE}}]},
    "machine": machine(),
    "workflow": {"Workflow": {"Name": "Flow"}},
    "triggers": [
        {"Name": "t", "Type": "EVENT", "State": "CREATED", "WorkflowName": "Flow", "EventBatchingCondition": {"BatchSize": 100, "BatchWindow": 300},
         "Actions": [{"JobName": "GlueTestjob"}]}
    ],
    "role:0:events.amazonaws.com": role(START, service="events.amazonaws.com"),
    "role:machine:states.amazonaws.com": role(("glue:StartWorkflowRun", "w", "allowed")),
    "role:job:glue.amazonaws.com": role(("s3:GetObject", "o", "allowed"), service="glue.amazonaws.com"),
    "job": {"Job": {"Command": {"ScriptLocation": "s3://assets/x.py"}}},
    "runs": {"JobRuns": [{"JobRunState": "SUCCEEDED"}]},
    "script": True,
    "secret": {"ARN": "arn:secret", "Name": "test/redshift"},
    "keys": {"the secret: key-1": "Enabled"},
    "queues": {QUEUE: 0},
    "pending": Tally(),
    "dead_letters": Tally(),
    "integrations": [{"IntegrationName": "s3-redshift", "Status": "active"}],
    "bucket_policy": watch(*WATCH),
    "notifications": {},
    "schedules": [{"Name": "daily", "State": "ENABLED", "ScheduleExpression": "cron(0 1 * * ? *)", "FlexibleTimeWindow": {"Mode": "OFF"},
                   "Target": {"DeadLetterConfig": {"Arn": QUEUE}}}],
    "function": {"FunctionName": "unload", "State": "Active", "Concurrency": {}},
    "dumps": [{"at": NOON, "schedule": "daily", "error": ""}],
    "throttles": {"calls were throttled by their target (redshift-s3)": 0},
    "sweeper": {"Name": "LogEventSweeper", "State": "ENABLED", "ScheduleExpression": "rate(5 minutes)", "FlexibleTimeWindow": {"Mode": "OFF"}, "Target": {"Arn": SWEEPER}},
    "sweeper_machine": machine(),
}  # fmt: skip


def examined(**changes):
    return pipeline.examine(Chain(NAMES, {**FACTS, **changes}))


def results(**changes):
    return {one.code: one.result for one in examined(**changes) if one.result != "pass"}


def without(name):
    return {"AdvancedEventSelectors": [{"FieldSelectors": [one for one in ADVANCED if one["Field"] != name]}]}


def with_field(one):
    rest = [other for other in ADVANCED if other["Field"] != one["Field"]]
    return {"AdvancedEventSelectors": [{"FieldSelectors": [*rest, one]}]}


def classic(kind, *values):
    data = [{"Type": "AWS::DynamoDB::Table", "Values": list(values)}]
    return {"EventSelectors": [{"ReadWriteType": kind, "DataResources": data}]}


def trigger(**changes):
    return [{**FACTS["triggers"][0], **changes}]


def target(**changes):
    return {"Targets": [{**FACTS["targets"]["Targets"][0], **changes}]}


def dump(error="", schedule="daily"):
    return {"at": NOON, "schedule": schedule, "error": error}


def listening(event):
    return {"QueueConfigurations": [{"QueueArn": QUEUE, "Events": [event]}]}


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


def delivered(**how):
    return {"targets": {"Targets": [{**FACTS["targets"]["Targets"][0], **how}]}, "machine": KEYS_MACHINE}


def template(text, **paths):
    return {"InputTransformer": {"InputPathsMap": paths, "InputTemplate": text}}


KEYS_MACHINE = {
    "status": "ACTIVE",
    "definition": json.dumps({"StartAt": "Record", "States": {
        "Record": {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:s3:putObject", "Next": "Start", "Parameters": {
            "Bucket": "assets", "Key.$": "States.Format('capture/pending/{}.json', $.id)", "Body.$": "States.JsonToString($.detail)", "X.$": "$$.Execution.Id"}},
        "Start": {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:glue:startWorkflowRun", "Parameters": {"Name": "Flow"}, "Retry": [{}], "End": True}}}),
}  # fmt: skip
ELSEWHERE = {"status": "ACTIVE", "definition": KEYS_MACHINE["definition"].replace('"assets"', '"other"')}


def job(place="s3://assets/x.py", **given):
    arguments = {f"--{name}": value for name, value in given.items()}
    return {"Job": {"Command": {"ScriptLocation": place}, "DefaultArguments": arguments, "Timeout": 60}}


def running(most):
    return {"Job": {"ExecutionProperty": {"MaxConcurrentRuns": most}}}


def run(state, hours):
    return {"JobRunState": state, "StartedOn": datetime.now(UTC) - timedelta(hours=hours, seconds=1)}


def dated(**dates):
    return {"schedules": [{**FACTS["schedules"][0], **dates}]}


ALIAS = {**FACTS["targets"]["Targets"][0], "Arn": f"{MACHINE}:live"}
YEAR = timedelta(days=365)


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        # what the target gets
        (delivered(), {}),
        (delivered(InputPath="$.detail"), {"PD04": "fail"}),
        (delivered(Input='{"id": "1"}'), {"PD04": "fail"}),
        (delivered(Input="no json"), {"PD04": "fail"}),
        (delivered(Input='{"id": "1", "detail": {}}'), {"PD04": "warn"}),
        (delivered(**template('{"id": <id>}', id="$.id")), {"PD04": "fail"}),
        (delivered(**template('{"id": "<id>", "detail": <d>}', id="$.id", d="$.detail")), {"PD04": "warn"}),
        (delivered(**template('{"id": "<id>", "detail": <d>}', id="$.id", d="$.nothing")), {"PD04": "fail"}),
        (delivered(**template("<aws.events.event.json>")), {"PD04": "warn"}),
        (delivered(**template('"the item <id>"', id="$.id")), {"PD04": "fail"}),
        # which machine, and what it does
        ({"targets": {"Targets": [ALIAS]}}, {}),
        ({"machine": {**machine(), "type": "EXPRESS"}}, {"PD05": "warn"}),
        ({"machine": KEYS_MACHINE}, {}),
        ({"machine": ELSEWHERE}, {"PD05": "fail"}),
        # what the job was told
        ({"job": job(bucket="assets", prefix="capture/", table_name="Orders")}, {}),
        ({"job": job(bucket="old-assets", prefix="capture/")}, {"PD09": "fail"}),
        ({"job": job(prefix="capture2/")}, {"PD09": "fail"}),
        ({"job": job(table_name="OrdersOld")}, {"PD09": "fail"}),
        ({"job": job(run_seconds="2700")}, {}),
        ({"job": job(run_seconds="3600")}, {"PD09": "warn"}),
        # what keeps a run from starting, or from seeing all
        ({"job": running(1), "runs": {"JobRuns": [run("RUNNING", hours=2)]}}, {"PD09": "warn"}),
        ({"job": running(1), "runs": {"JobRuns": [run("RUNNING", hours=0)]}}, {}),
        ({"job": running(3), "runs": {"JobRuns": [run("RUNNING", hours=2)]}}, {}),
        ({"job": running(1), "runs": {"JobRuns": [{"JobRunState": "RUNNING"}]}}, {}),
        ({"job": {"Job": {"DefaultArguments": {"--job-bookmark-option": "job-bookmark-enable"}}}}, {"PD09": "warn"}),
        ({"job": {"Job": {"DefaultArguments": {"--job-bookmark-option": "job-bookmark-disable"}}}}, {}),
        # schedules that never come
        (dated(EndDate=datetime.now(UTC) - YEAR), {"PD30": "fail"}),
        (dated(EndDate=datetime.now(UTC) + YEAR, StartDate=datetime.now(UTC) - YEAR), {}),
        (dated(StartDate=datetime.now(UTC) + YEAR), {"PD30": "warn"}),
        # keys
        ({"keys": {"the script: k": "PendingDeletion"}}, {"PD15": "fail"}),
        ({"keys": {f"the queue {QUEUE}: k": "Disabled"}}, {"PD15": "fail"}),
        # the function that reads the stream
        ({"mappings": {"EventSourceMappings": [{**MAPPING, "LastProcessingResult": "PROBLEM: Function call failed"}]}}, {"PD16": "fail"}),
        ({"mappings": {"EventSourceMappings": [{**MAPPING, "State": "Disabled", "StateTransitionReason": "User action"}]}}, {"PD16": "fail"}),
    ],
)  # fmt: skip
def test_wirings_that_nobody_here_made(changes, found):
    assert results(**changes) == found


def test_an_old_script_is_told():
    names = replace(NAMES, script="s3://assets/scripts/GlueTestjob.py")
    found = {one.code: one for one in pipeline.examine(Chain(names, FACTS))}

    assert found["PD09"].result == "warn"
    assert "the layer keeps s3://assets/scripts/GlueTestjob.py" in found["PD09"].evidence[-1]


class Answers:
    """One client for everything, with an answer for each operation."""

    def __init__(self, **answers):
        self.answers, self.asked = answers, []

    def client(self, service):
        return self

    def __getattr__(self, operation):
        def call(**params):
            self.asked.append((operation, params))
            return self.answers[operation]

        return call


def test_an_alias_is_followed_to_the_version_that_gets_most_of_its_calls():
    routes = [
        {"stateMachineVersionArn": f"{MACHINE}:{n}", "weight": weight} for n, weight in ((1, 10), (2, 90))
    ]
    made = Answers(
        describe_state_machine_alias={"routingConfiguration": routes},
        describe_state_machine={"status": "ACTIVE"},
    )

    assert questions.machine(Asker(made), f"{MACHINE}:live") == {"status": "ACTIVE"}
    assert made.asked[-1] == ("describe_state_machine", {"stateMachineArn": f"{MACHINE}:2"})

    questions.machine(Asker(made), f"{MACHINE}:7")
    assert made.asked[-1] == ("describe_state_machine", {"stateMachineArn": f"{MACHINE}:7"})


def test_the_keys_of_queues_and_of_the_script_are_looked_at():
    told = {"Attributes": {"ApproximateNumberOfMessages": "0", "KmsMasterKeyId": "key-q"}}
    made = Answers(get_queue_attributes=told, describe_key={"KeyMetadata": {"KeyState": "Disabled"}})
    asker = Asker(made, {"targets": FACTS["targets"], "script": {"SSEKMSKeyId": "key-s"}})

    assert questions.queues(asker, NAMES) == {QUEUE: 0}
    assert questions.keys(asker) == {"the script: key-s": "Disabled", f"the queue {QUEUE}: key-q": "Disabled"}


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
