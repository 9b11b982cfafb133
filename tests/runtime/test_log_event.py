"""LogEvent's definition, run by moto's state machine executor: no key is ever stranded."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import botocore.session
import pytest
from moto import mock_aws
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import state_task_service_aws_sdk

TEMPLATE = Path(__file__).parents[2] / "modules/dynamodb-to-redshift/stepfunctions/log_event.asl.json.tftpl"
BUCKET = "glue-assets"
PENDING = "capture/pending/"
EVENT = {
    "id": "event-1",
    "detail": {"eventName": "PutItem", "requestParameters": {"key": {"PartKey": "ü-1"}}},
}


class Account:
    """One mocked account with the machine in it; ``calls`` are the operations that reached a service."""

    def __init__(self, session: botocore.session.Session) -> None:
        self.events = session.get_component("event_emitter")
        self.s3, self.sqs = boto3.client("s3"), boto3.client("sqs")
        self.glue, self.states = boto3.client("glue"), boto3.client("stepfunctions")
        self.s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "ap-south-1"})
        self.queue = self.sqs.create_queue(QueueName="dead-letters")["QueueUrl"]
        self.glue.create_workflow(Name="workflow", MaxConcurrentRuns=1)
        definition = self.render()
        role = "arn:aws:iam::123456789012:role/LogEvent"
        self.machine = self.states.create_state_machine(name="LogEvent", definition=definition, roleArn=role)
        self.calls: list[str] = []
        for operation in ("s3.PutObject", "s3.ListObjectsV2", "glue.StartWorkflowRun"):
            self.events.register(f"before-call.{operation}", self._record)
        sweeper = self.render(TEMPLATE.with_name("sweeper.asl.json.tftpl"))
        self.sweeper = self.states.create_state_machine(name="Sweeper", definition=sweeper, roleArn=role)

    def render(self, template: Path = TEMPLATE) -> str:
        values = {
            "bucket": BUCKET,
            "prefix": "capture/",
            "workflow": "workflow",
            "queue_url": self.queue,
            "retry_seconds": 1,
            "retry_most_seconds": 1,
            "retries": 2,
        }
        return re.sub(
            r"\$\{(\w+)\}", lambda found: str(values[found[1]]), template.read_text(encoding="utf-8")
        )

    def _record(self, model: Any, **_: Any) -> None:
        self.calls.append(model.name)

    def fail(
        self, operation: str, code: str, times: float, before: Callable[[], None] = lambda: None
    ) -> None:
        """Answer the next ``times`` calls of an operation with an error, doing ``before`` first."""
        left = [times]

        def answer(**_: Any) -> tuple[SimpleNamespace, dict[str, Any]] | None:
            if left[0] <= 0:
                return None
            left[0] -= 1
            before()
            metadata = {"HTTPStatusCode": 400, "RequestId": "r"}
            error = {"Error": {"Code": code, "Message": "made to fail"}, "ResponseMetadata": metadata}
            return SimpleNamespace(status_code=400), error

        self.events.register_last(f"before-call.{operation}", answer)

    def sweep(self, name: str) -> dict[str, Any]:
        """Execute the sweeper to its end."""
        return self.run({}, name, self.sweeper["stateMachineArn"])

    def transitions(self, result: dict[str, Any]) -> int:
        """The state transitions of an execution: into its states, and out of the last one."""
        history = self.states.get_execution_history(executionArn=result["executionArn"])["events"]
        return 1 + sum(event["type"].endswith("StateEntered") for event in history)

    def run(
        self, event: dict[str, Any] = EVENT, name: str = "first", arn: str | None = None
    ) -> dict[str, Any]:
        """Execute the machine to its end."""
        arn = arn or self.machine["stateMachineArn"]
        execution = self.states.start_execution(stateMachineArn=arn, name=name, input=json.dumps(event))
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            result = self.states.describe_execution(executionArn=execution["executionArn"])
            if result["status"] != "RUNNING":
                return dict(result)
            time.sleep(0.05)
        raise AssertionError("the execution did not end")

    def pending(self) -> list[str]:
        listed = self.s3.list_objects_v2(Bucket=BUCKET, Prefix=PENDING)
        return [item["Key"].removeprefix(PENDING) for item in listed.get("Contents", [])]

    def runs(self) -> int:
        return len(self.glue.get_workflow_runs(Name="workflow")["Runs"])

    def dead_letters(self) -> list[dict[str, Any]]:
        messages = self.sqs.receive_message(QueueUrl=self.queue).get("Messages", [])
        return [json.loads(message["Body"]) for message in messages]


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "ap-south-1")
    # moto names errors of services it has no entry for in lower case; Step Functions capitalizes them
    monkeypatch.setitem(state_task_service_aws_sdk._SERVICE_ERROR_NAMES, "glue", "Glue")
    monkeypatch.setitem(state_task_service_aws_sdk._SERVICE_ERROR_NAMES, "s3", "S3")
    session = botocore.session.Session()
    with mock_aws(config={"stepfunctions": {"execute_state_machine": True}}):
        boto3.setup_default_session(botocore_session=session)
        yield Account(session)
    boto3.DEFAULT_SESSION = None


def test_the_first_event_is_recorded_before_the_workflow_starts(account: Account) -> None:
    assert account.run()["status"] == "SUCCEEDED"
    assert account.calls == ["PutObject", "StartWorkflowRun"]
    assert account.pending() == ["event-1.json"]
    body = account.s3.get_object(Bucket=BUCKET, Key=PENDING + "event-1.json")["Body"].read()
    assert json.loads(body) == EVENT["detail"]
    assert account.runs() == 1


def test_a_repeated_event_overwrites_its_own_object(account: Account) -> None:
    account.run(name="first")
    account.run(name="again")
    assert account.pending() == ["event-1.json"]


@pytest.mark.parametrize("refusal", ["ConcurrentRunsExceededException", "ThrottlingException"])
def test_while_a_run_is_active_the_event_stops_there(account: Account, refusal: str) -> None:
    account.fail("glue.StartWorkflowRun", refusal, times=float("inf"))
    result = account.run()
    assert result["status"] == "SUCCEEDED"
    assert account.calls == ["PutObject", "StartWorkflowRun"]
    assert account.pending() == ["event-1.json"]
    assert account.transitions(result) <= 4


def test_an_event_that_starts_the_run_costs_three_transitions(account: Account) -> None:
    assert account.transitions(account.run()) == 3


def test_the_sweeper_starts_a_run_for_keys_that_wait_and_only_then(account: Account) -> None:
    assert account.sweep("nothing")["status"] == "SUCCEEDED"
    assert account.runs() == 0
    account.fail("glue.StartWorkflowRun", "ConcurrentRunsExceededException", times=1)
    account.run()
    assert (account.pending(), account.runs()) == (["event-1.json"], 0)
    assert account.sweep("stranded")["status"] == "SUCCEEDED"
    assert account.runs() == 1


def test_a_sweeper_that_finds_a_run_active_is_content(account: Account) -> None:
    account.fail("glue.StartWorkflowRun", "ConcurrentRunsExceededException", times=float("inf"))
    account.run()
    assert account.sweep("active")["status"] == "SUCCEEDED"


def test_a_sweeper_that_may_not_start_the_workflow_fails_visibly(account: Account) -> None:
    account.fail("glue.StartWorkflowRun", "AccessDeniedException", times=float("inf"))
    account.run()
    assert account.sweep("denied")["status"] == "FAILED"


def test_a_passing_failure_of_glue_is_retried(account: Account) -> None:
    account.fail("glue.StartWorkflowRun", "InternalServiceException", times=2)
    assert account.run()["status"] == "SUCCEEDED"
    assert account.runs() == 1


def test_glue_that_stays_away_fails_visibly_and_keeps_the_key(account: Account) -> None:
    account.fail("glue.StartWorkflowRun", "InternalServiceException", times=float("inf"))
    result = account.run()
    assert (result["status"], result["error"]) == ("FAILED", "EventKept")
    assert account.pending() == ["event-1.json"]
    assert [letter["id"] for letter in account.dead_letters()] == ["event-1"]


def test_a_passing_failure_of_s3_is_retried(account: Account) -> None:
    account.fail("s3.PutObject", "SlowDown", times=2)
    assert account.run()["status"] == "SUCCEEDED"
    assert account.pending() == ["event-1.json"]
    assert account.runs() == 1


def test_s3_that_stays_away_fails_visibly_and_keeps_the_whole_event(account: Account) -> None:
    account.fail("s3.PutObject", "InternalError", times=float("inf"))
    result = account.run()
    assert (result["status"], result["error"]) == ("FAILED", "EventKept")
    assert account.runs() == 0
    [letter] = account.dead_letters()
    assert letter["detail"] == EVENT["detail"]
    assert "made to fail" in letter["failure"]["Cause"]
