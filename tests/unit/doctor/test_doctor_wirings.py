# ruff: noqa: E501 - tables read better with a row on a line
"""Pipelines that nobody here made: other ways to the same end, and ends that look like it."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from dpctl.doctor import pipeline, questions
from dpctl.doctor.asking import Asker
from dpctl.doctor.links import Chain
from tests.unit.doctor.chains import (
    FACTS,
    MACHINE,
    MAPPING,
    NAMES,
    QUEUE,
    machine,
    results,
)


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
