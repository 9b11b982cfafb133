# ruff: noqa: E501 - tables read better with a row on a line
"""The links of the event chain, each broken in turn."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import jsonschema
import pytest

from dpctl.doctor import backlog, pipeline
from dpctl.doctor.backlog import Tally
from dpctl.doctor.finding import PIPELINE_CODES
from dpctl.doctor.links import Chain, Names
from dpctl.doctor.snapshot import Unknown

TABLE = "arn:aws:dynamodb:ap-south-1:054158074701:table/Orders"
MACHINE = "arn:aws:states:ap-south-1:054158074701:stateMachine:LogEvent"
NAMES = Names(
    "dev", "data-events", TABLE, "dynamodb-insert", MACHINE, "Flow", "arn:aws:glue:::workflow/Flow", "GlueTestjob", "er", "sr",
    "nr", ("PutItem",), "054158074701", "ap-south-1", "assets",
)  # fmt: skip
NOON = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)


def trust(service):
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return json.dumps({"Statement": [statement]})


def field(name, *values, **operators):
    return {"Field": name, **({"Equals": list(values)} if values else {}), **operators}


ADVANCED = [
    field("eventCategory", "Data"),
    field("resources.type", "AWS::DynamoDB::Table"),
    field("resources.ARN", TABLE),
    field("readOnly", "false"),
]
PATTERN = {
    "source": ["aws.dynamodb"],
    "detail-type": ["AWS API Call via CloudTrail"],
    "detail": {"eventName": ["PutItem"], "errorCode": [{"exists": False}], "resources": {"ARN": [TABLE]}},
}
FACTS = {
    "status": {"IsLogging": True},
    "selectors": {"AdvancedEventSelectors": [{"FieldSelectors": ADVANCED}]},
    "rule": {"State": "ENABLED", "EventPattern": json.dumps(PATTERN)},
    "targets": {"Targets": [{"Id": "1", "Arn": MACHINE, "RoleArn": "r", "DeadLetterConfig": {"Arn": "q"}}]},
    "machine": {"status": "ACTIVE", "definition": '{"Resource": "glue:startWorkflowRun", "Name": "Flow", "Retry": []}'},
    "workflow": {"Workflow": {"Name": "Flow"}},
    "triggers": [
        {"Name": "t", "Type": "EVENT", "EventBatchingCondition": {"BatchSize": 100, "BatchWindow": 300},
         "Actions": [{"JobName": "GlueTestjob"}]}
    ],
    "job": {"Job": {}},
    "runs": {"JobRuns": [{"JobRunState": "SUCCEEDED"}]},
    "events_role": {"trust": trust("events.amazonaws.com"), "decision": "allowed"},
    "states_role": {"trust": trust("states.amazonaws.com"), "decision": "allowed"},
    "notify_role": {"trust": trust("events.amazonaws.com"), "decision": "allowed"},
    "pending": Tally(),
    "buried": Tally(),
}  # fmt: skip


def results(**changes):
    findings = pipeline.examine(Chain(NAMES, {**FACTS, **changes}))
    return {one.code: one.result for one in findings if one.result != "pass"}


def without(name):
    return {"AdvancedEventSelectors": [{"FieldSelectors": [one for one in ADVANCED if one["Field"] != name]}]}


def with_field(one):
    rest = [other for other in ADVANCED if other["Field"] != one["Field"]]
    return {"AdvancedEventSelectors": [{"FieldSelectors": [*rest, one]}]}


def pattern(**detail):
    return {
        "State": "ENABLED",
        "EventPattern": json.dumps({**PATTERN, "detail": {**PATTERN["detail"], **detail}}),
    }


def classic(kind, *values):
    data = [{"Type": "AWS::DynamoDB::Table", "Values": list(values)}]
    return {"EventSelectors": [{"ReadWriteType": kind, "DataResources": data}]}


def test_a_whole_chain_holds():
    assert results() == {}
    chain = Chain(NAMES, FACTS)
    assert "every link that can be seen holds" in pipeline.text(chain, pipeline.examine(chain))


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
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
        ({"rule": pattern(eventName=["DeleteItem"])}, {"PD03": "fail"}),
        ({"rule": pattern(resources={"ARN": [TABLE + "2"]})}, {"PD03": "fail"}),
        ({"rule": {"State": "ENABLED", "EventPattern": '{"source": ["aws.s3"]}'}}, {"PD03": "fail"}),
        ({"rule": {"State": "ENABLED", "EventPattern": "{"}}, {"PD03": "warn"}),
        ({"targets": {"Targets": []}}, {"PD04": "fail"}),
        ({"targets": {"Targets": [{"Arn": MACHINE}]}}, {"PD04": "fail"}),
        ({"targets": {"Targets": FACTS["targets"]["Targets"] * 2}}, {"PD04": "warn"}),
        ({"machine": None}, {"PD05": "fail"}),
        ({"machine": {"status": "DELETING", "definition": FACTS["machine"]["definition"]}}, {"PD05": "fail"}),
        ({"machine": {"status": "ACTIVE", "definition": "{}"}}, {"PD05": "fail"}),
        (
            {"machine": {"status": "ACTIVE", "definition": 'startWorkflowRun "Other" "Retry"'}},
            {"PD05": "fail"},
        ),
        ({"workflow": None}, {"PD06": "fail"}),
        ({"triggers": []}, {"PD06": "fail", "PD07": "fail"}),
        ({"triggers": [{"Name": "t", "Type": "ON_DEMAND"}]}, {"PD07": "fail"}),
        ({"triggers": [{**FACTS["triggers"][0], "Actions": [{"JobName": "other"}]}]}, {"PD07": "fail"}),
        ({"states_role": None}, {"PD08": "fail"}),
        ({"states_role": {**FACTS["states_role"], "decision": "implicitDeny"}}, {"PD08": "fail"}),
        ({"notify_role": {**FACTS["notify_role"], "trust": trust("glue.amazonaws.com")}}, {"PD08": "fail"}),
        ({"job": None}, {"PD09": "fail"}),
        ({"runs": {"JobRuns": [{"JobRunState": "FAILED", "ErrorMessage": "x"}]}}, {"PD09": "warn"}),
        ({"pending": Tally(3, 0, "k", NOON)}, {}),
        ({"pending": Tally(3, 1, "k", NOON)}, {"PD10": "warn"}),
        ({"pending": None, "buried": None}, {"PD10": "fail", "PD11": "fail"}),
        ({"buried": Tally(1, 0, "k", NOON)}, {"PD11": "warn"}),
    ],
)
def test_one_broken_link_is_one_finding(changes, expected):
    assert results(**changes) == expected


@pytest.mark.parametrize("fact", FACTS)
def test_a_missing_permission_breaks_nothing(fact):
    found = results(**{fact: Unknown("x:Y", "AccessDenied")})

    assert found
    assert set(found.values()) == {"error"}


def test_the_first_broken_link_is_the_verdict_and_every_code_is_documented(repo):
    chain = Chain(replace(NAMES, env="prod"), {**FACTS, "selectors": {}, "rule": None})
    findings = pipeline.examine(chain)

    document = pipeline.to_document(chain, findings)
    assert document["verdict"]["code"] == "PD02"
    assert "no event is ever sent" in pipeline.text(chain, findings)
    page = (repo / "docs" / "doctor.md").read_text(encoding="utf-8")
    for code, title in PIPELINE_CODES.items():
        assert f"| {code} | {title} |" in page


def test_every_document_holds_its_schema(repo):
    schema = json.loads(
        (repo / "docs" / "schemas" / "doctor-pipeline.schema.json").read_text(encoding="utf-8")
    )
    validator = jsonschema.Draft202012Validator(schema)
    unknown = Unknown("x:Y", "AccessDenied")
    for changes in ({}, {"rule": None}, {"status": unknown}, dict.fromkeys(FACTS, unknown)):
        chain = Chain(NAMES, {**FACTS, **changes})
        validator.validate(pipeline.to_document(chain, pipeline.examine(chain)))


def test_what_is_left_behind_is_counted_and_says_what_to_do():
    left = {
        "pending": Tally(10_000, 2, "capture/pending/a.json", NOON, more=True),
        "buried": Tally(2, 2, "capture/dead-letter/it's.json", NOON),
    }
    chain = Chain(NAMES, {**FACTS, **left})

    text = pipeline.text(chain, pipeline.examine(chain))

    assert text.endswith(
        """\
  ! warning  PD10  No key waits for over an hour
                    keys in s3://assets/capture/pending/: more than 10,000
                    for over an hour: 2, the oldest since 2026-01-31 12:00 UTC; no run takes them
  ! warning  PD11  No event was given up
                    events in s3://assets/capture/dead-letter/: 2, the oldest since 2026-01-31 12:00 UTC

Verdict  every link that can be seen holds.
To do (PD10): Mend what keeps the job from running or succeeding (above), then start a run: it takes all keys.
  $ aws glue start-workflow-run --name Flow --region ap-south-1
To do (PD11): Each says why (reason). Mend its item and write it again, then delete the object.
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
    for folder in (backlog.PENDING, backlog.BURIED):
        assert f'"{folder.removeprefix(backlog.PREFIX).rstrip("/")}' in job
