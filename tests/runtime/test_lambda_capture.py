"""The function of the stream: keys once, no values, one object a batch, and nothing lost where S3 is away."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from tests.runtime.glue_world import BUCKET, TABLE, World, job
from tests.runtime.scripts import load

capture = load("lambda_capture/handler.py")


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "ap-south-1")
    with mock_aws():
        queue = boto3.client("sqs").create_queue(QueueName="dead")["QueueUrl"]
        boto3.client("glue").create_workflow(Name="workflow", MaxConcurrentRuns=1)
        settings = {
            "BUCKET": BUCKET,
            "PREFIX": "capture/",
            "TABLE": TABLE,
            "WORKFLOW": "workflow",
            "QUEUE": queue,
        }
        for name, value in settings.items():
            monkeypatch.setenv(name, value)
        yield World()


def record(key: str, number: int, name: str = "MODIFY") -> dict[str, Any]:
    change = {
        "Keys": {"PartKey": {"S": key}},
        "NewImage": {"PartKey": {"S": key}, "customer": {"S": "secret value"}},
        "SequenceNumber": str(number),
        "ApproximateCreationDateTime": 1.0,
    }
    return {"eventID": str(number), "eventName": name, "eventSource": "aws:dynamodb", "dynamodb": change}


def test_a_batch_becomes_one_object_of_keys_without_values(world: World) -> None:
    records = [record("a", 1, "INSERT"), record("b", 2), record("a", 3), record("c", 4, "REMOVE")]
    assert capture.handler({"Records": records}, None) == {"batchItemFailures": []}
    [name] = world.names("pending")
    assert name == "stream-1-4-x3.json"
    body = world.body("pending", name).decode()
    assert "secret" not in body
    assert len(boto3.client("glue").get_workflow_runs(Name="workflow")["Runs"]) == 1
    capture.handler({"Records": records}, None)  # delivered again, while a run is active
    assert world.names("pending") == [name]


def test_the_drain_loads_and_deletes_what_the_stream_names(world: World) -> None:
    world.put("a", customer="Ada")
    world.put("b", customer="Bob")
    capture.handler({"Records": [record("a", 1), record("b", 2), record("gone", 3, "REMOVE")]}, None)
    assert world.job().drain() == 3
    assert world.loaded() == {"a": "Ada", "b": "Bob"}
    world.orders.delete_item(Key={"PartKey": "a"})
    capture.handler({"Records": [record("a", 4, "REMOVE")]}, None)
    world.job(window_seconds=0).drain()
    assert world.loaded() == {"b": "Bob"}


@pytest.mark.parametrize("key", [{"S": "ü"}, {"N": "1" * 38}, {"B": "AP8="}])
def test_every_type_of_key_comes_through(key: dict[str, str]) -> None:
    line = capture.line_of({"dynamodb": {"Keys": {"PartKey": key}}}, TABLE)
    [found] = job.keys_of(json.loads(line), TABLE, "PartKey", next(iter(key)))
    assert job.key_text(found["PartKey"]) == next(iter(key.values()))


def test_a_batch_that_s3_refuses_is_delivered_again_from_its_first_record(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BUCKET", "no-such-bucket")
    answer = capture.handler({"Records": [record("a", 7), record("b", 8)]}, None)
    assert answer == {"batchItemFailures": [{"itemIdentifier": "7"}]}


@pytest.mark.parametrize("change", [{}, {"Keys": {}}, {"Keys": None}])
def test_a_record_without_a_key_is_a_dead_letter_and_blocks_nothing(world: World, change: Any) -> None:
    odd = {"dynamodb": {"SequenceNumber": "2", **change}}
    assert capture.handler({"Records": [record("a", 1), odd]}, None) == {"batchItemFailures": []}
    assert world.names("pending") == ["stream-1-2-x1.json"]
    [letter] = world.dead().values()
    assert "name no key" in letter["reason"]
