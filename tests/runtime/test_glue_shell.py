"""GlueTestjob over mocked S3 and DynamoDB: the same rows however the events come, and nothing stranded."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from moto import mock_aws

from tests.runtime.glue_world import BUCKET, TABLE, TARGET, World, job


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "ap-south-1")
    with mock_aws():
        yield World()


def test_items_become_rows_and_events_are_archived(world: World) -> None:
    world.put("a", Customer="Ada", AMOUNT=Decimal("12.50"), ordered_at="2026-01-31T10:00:00Z", other={"x": 1})
    world.event("a")
    assert world.job().drain() == 1
    row = world.warehouse.rows["a"]
    assert (row["customer"], row["amount"], row["ordered_at"]) == ("Ada", "12.50", "2026-01-31T10:00:00Z")
    assert world.names("pending") == []
    assert world.names("archive") == ["event-00001.json"]


def test_shuffled_repeated_and_late_events_give_the_last_state(world: World) -> None:
    names = [f"key-{number}" for number in range(30)]
    order = names * 3
    random.Random(7).shuffle(order)
    for step, key in enumerate(order):
        world.put(key, customer=f"state {step}")
        if step % 10 == 0:
            world.job(window_seconds=0).drain()
        world.event(random.Random(step).choice(order))  # any event, not this one's
    for key in names:
        world.event(key)
    for key in names[:5]:
        world.orders.delete_item(Key={"PartKey": key})
        world.event(key)
    world.job(window_seconds=0).drain()
    expected = {item["PartKey"]: item["customer"] for item in world.orders.scan()["Items"]}
    assert world.loaded() == expected
    assert len(expected) == 25
    assert world.names("pending") == []


def test_an_event_that_arrives_after_the_delete_brings_nothing_back(world: World) -> None:
    world.put("a", customer="Ada")
    world.event("a")
    world.job().drain()
    world.orders.delete_item(Key={"PartKey": "a"})
    world.event("a", eventName="DeleteItem")
    world.event("a", eventName="PutItem")
    world.job(window_seconds=0).drain()
    assert world.loaded() == {}


@pytest.mark.parametrize("size", [1, 40, 400])
def test_the_number_of_statements_does_not_grow_with_the_keys(world: World, size: int) -> None:
    for number in range(size):
        world.put(f"key-{number}", customer="x")
        world.event(f"key-{number}")
    world.job().drain()
    [statements] = world.warehouse.executions
    assert len(statements) == 10
    assert len(world.warehouse.rows) == size


def test_a_crash_before_the_archive_repeats_harmlessly(world: World) -> None:
    world.put("a", customer="Ada")
    world.event("a")
    crashing = world.job()

    def crash(*_: Any) -> None:
        raise KeyboardInterrupt

    crashing.store.archive = crash
    with pytest.raises(KeyboardInterrupt):
        crashing.drain()
    assert world.names("pending") == ["event-00001.json"]
    assert world.job(window_seconds=0).drain() == 1
    assert len(world.warehouse.executions) == 1  # the token named the statement that had run
    world.event("a", "event-00001")
    world.warehouse.forget_tokens()
    world.job(window_seconds=0).drain()
    assert len(world.warehouse.executions) == 2
    assert len(world.warehouse.log) == 1  # the batch is logged once
    assert world.loaded() == {"a": "Ada"}
    assert world.names("pending") == []


def test_an_answer_that_is_lost_runs_nothing_twice(world: World) -> None:
    world.put("a", customer="Ada")
    world.event("a")
    world.warehouse.lose_answer = True
    with pytest.raises(ConnectionError):
        world.job().drain()
    world.job(window_seconds=0).drain()
    assert len(world.warehouse.executions) == 1
    assert world.loaded() == {"a": "Ada"}


def test_a_failed_batch_is_tried_again_with_a_new_token(world: World) -> None:
    world.put("a", customer="Ada")
    world.event("a")
    world.warehouse.faults[1] = "ERROR: permission denied for relation orders"
    with pytest.raises(job.StatementFailed, match="permission denied"):
        world.job().drain()
    assert world.names("pending") == ["event-00001.json"]
    assert world.names("dead-letter") == []
    world.job(window_seconds=0).drain()
    assert world.loaded() == {"a": "Ada"}


def test_a_serialization_conflict_is_tried_again_at_once(world: World) -> None:
    world.put("a", customer="Ada")
    world.event("a")
    world.warehouse.faults[1] = "ERROR: 1023 Serializable isolation violation on table"
    assert world.job().drain() == 1
    assert len(world.warehouse.executions) == 2


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        ({"customer": "x" * 17}, "column customer (varchar(16)): the text has 17 bytes"),
        ({"customer": "ü" * 9}, "18 bytes"),
        ({"amount": "a lot"}, "column amount"),
        ({"amount": Decimal("12345678901.5")}, "does not fit"),
        ({"ordered_at": "yesterday"}, "column ordered_at"),
    ],
)
def test_a_poison_item_goes_to_the_dead_letters_and_blocks_nothing(
    world: World, item: dict[str, Any], reason: str
) -> None:
    world.put("bad", **item)
    world.put("good", customer="Ada")
    world.event("bad")
    world.event("good")
    assert world.job().drain() == 1
    assert world.loaded() == {"good": "Ada"}
    [letter] = world.dead().values()
    assert reason in letter["reason"]
    assert json.loads(letter["event"])["requestParameters"]["key"] == {"PartKey": "bad"}
    assert "dead-letter/event-00001.json" in world.alerts[0]
    assert world.names("pending") == []


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"not json", "Expecting value"),
        (b"[1, 2]", "not a JSON object"),
        (b'{"eventName": "ExecuteStatement", "requestParameters": {"statement": "***"}}', "names no key"),
        (b'{"requestParameters": {"tableName": "Other", "key": {"PartKey": "a"}}}', "names no key"),
        (b'{"requestParameters": {"tableName": "Orders", "key": {"PartKey": null}}}', "no key"),
    ],
)
def test_a_poison_event_goes_to_the_dead_letters(world: World, body: bytes, reason: str) -> None:
    world.s3.put_object(Bucket=BUCKET, Key="capture/pending/odd.json", Body=body)
    world.put("good", customer="Ada")
    world.event("good")
    world.job().drain()
    assert world.loaded() == {"good": "Ada"}
    assert reason in world.dead()["odd.json"]["reason"]


def test_rows_that_only_redshift_refuses_are_found_by_halving(world: World) -> None:
    for number in range(20):
        world.put(f"key-{number}", customer="cursed" if number == 13 else "fine")
        world.event(f"key-{number}")
    world.warehouse.refused = {"cursed"}
    assert world.job().drain() == 19
    assert len(world.warehouse.rows) == 19
    [letter] = world.dead().values()
    assert "Load into table" in letter["reason"]
    assert world.names("pending") == []


def test_batches_and_transactions_name_all_their_keys() -> None:
    def keys(parameters: dict[str, Any]) -> list[str]:
        event = {"eventName": "x", "requestParameters": parameters}
        return [key["PartKey"]["S"] for key in job.keys_of(event, "Orders", "PartKey", "S")]

    put = {"put": {"tableName": "Orders", "key": {"PartKey": "a"}}}
    gone = {"Delete": {"TableName": "arn:aws:dynamodb:x:1:table/Orders", "Key": {"PartKey": {"S": "b"}}}}
    other = {"update": {"tableName": "Others", "key": {"PartKey": "c"}}}
    assert keys({"transactItems": [put, gone, other]}) == ["a", "b"]
    requests = [{"putRequest": {"key": {"PartKey": "d"}}}, {"deleteRequest": {"key": {"PartKey": "e"}}}]
    assert keys({"requestItems": {"Orders": requests}}) == ["d", "e"]


def test_one_event_may_hold_good_and_poison_keys(world: World) -> None:
    world.put("bad", customer="x" * 40)
    world.put("good", customer="Ada")
    keys = [{"put": {"tableName": TABLE, "key": {"PartKey": key}}} for key in ("bad", "good")]
    world.event("", requestParameters={"transactItems": keys})
    world.job().drain()
    assert world.loaded() == {"good": "Ada"}
    assert len(world.dead()) == 1
    assert world.names("pending") == []


def test_the_first_key_does_not_wait_and_the_next_ones_wait_for_the_window(world: World) -> None:
    world.put("a", customer="Ada")
    world.event("a")
    began = world.clock.now
    world.job().drain()
    assert world.clock.now - began < 5
    last = world.s3.head_object(Bucket=BUCKET, Key="capture/last-load/time")["LastModified"].timestamp()
    world.clock.now = last + 1
    world.event("a")
    world.job(window_seconds=300).drain()
    assert 300 <= world.clock.now - last < 310
    world.clock.now = last + 1
    for number in range(3):
        world.event(f"key-{number}")
    world.job(window_seconds=300, batch_size=3).drain()
    assert world.clock.now - last < 30


def test_keys_that_come_during_a_load_are_loaded_by_the_same_run(world: World) -> None:
    running = world.job(window_seconds=0)
    world.put("a", customer="Ada")
    world.event("a")
    merge = running._merge

    def merge_and_write(*arguments: Any) -> None:
        merge(*arguments)
        if world.events < 3:
            world.put(f"late-{world.events}", customer="late")
            world.event(f"late-{world.events}")

    running._merge = merge_and_write
    assert running.drain() == 3
    assert world.names("pending") == []


class Stubborn:
    """DynamoDB that leaves keys unprocessed at first."""

    def __init__(self, client: Any, times: int) -> None:
        self.client, self.times = client, times

    def batch_get_item(self, RequestItems: dict[str, Any]) -> dict[str, Any]:
        if self.times > 0:
            self.times -= 1
            return {"Responses": {}, "UnprocessedKeys": RequestItems}
        return dict(self.client.batch_get_item(RequestItems=RequestItems))


def test_unprocessed_keys_are_asked_for_again(world: World) -> None:
    world.put("a", customer="Ada")
    world.event("a")
    running = world.job()
    running.dynamodb = Stubborn(world.dynamodb, 4)
    running.drain()
    assert world.loaded() == {"a": "Ada"}


def test_keys_that_stay_unprocessed_are_not_taken_for_deleted(world: World) -> None:
    world.put("a", customer="Ada")
    world.event("a")
    running = world.job()
    running.dynamodb = Stubborn(world.dynamodb, 10**6)
    with pytest.raises(RuntimeError, match="unprocessed"):
        running.drain()
    assert world.names("pending") == ["event-00001.json"]


@pytest.mark.parametrize(
    ("written", "stored"), [("1.0", "1"), ("100", "100"), ("1E2", "100"), ("0.10", "0.1")]
)
def test_a_number_is_the_same_key_however_it_is_written(written: str, stored: str) -> None:
    assert job.key_text({"N": written}) == job.key_text({"N": stored}) == stored


def test_texts_are_quoted_for_redshift() -> None:
    assert job.literal("it's\\") == "'it''s\\\\'"
    assert job.identifier('a"b') == '"a""b"'


def test_arguments_that_glue_adds_are_left_alone() -> None:
    given = ["--bucket", "b", "--prefix", "p/", "--region", "r", "--table_name", "t", "--hash_key", "k"]
    given += ["--dead_letter_queue", "q", "--workgroup", "w", "--database", "d", "--secret_arn", "s"]
    given += [
        "--copy_role_arn",
        "c",
        "--target",
        json.dumps(TARGET),
        "--JOB_RUN_ID",
        "jr_1",
        "--scriptLocation",
        "x",
    ]
    settings = job.arguments(given)
    assert settings.target.names[0] == "partkey"
    assert settings.window_seconds == 300
