"""GlueTestjob over mocked S3 and DynamoDB: the same rows however the events come, and nothing stranded."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Iterator
from datetime import datetime, timezone
from decimal import Decimal
from types import SimpleNamespace
from typing import Any, ClassVar

import boto3
import pytest
from moto import mock_aws

from tests.runtime.glue_world import BUCKET, TABLE, TARGET, World, job
from tests.runtime.scripts import load


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
    [archived] = world.archived()
    assert archived["requestParameters"]["key"] == {"PartKey": "a"}


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
    assert world.loaded() == {"a": "Ada"}
    assert world.names("pending") == []


def test_an_answer_that_is_lost_strands_nothing(world: World) -> None:
    world.put("a", customer="Ada")
    world.event("a")
    world.warehouse.lose_answer = True
    with pytest.raises(ConnectionError):
        world.job().drain()
    world.job(window_seconds=0).drain()
    assert world.loaded() == {"a": "Ada"}
    assert world.names("pending") == []


def test_a_request_that_the_sdk_repeats_has_one_token_and_a_new_attempt_another() -> None:
    class Client:
        meta = boto3.client("redshift-data", region_name="ap-south-1").meta
        tokens: ClassVar[list[str]] = []

        def batch_execute_statement(self, *, ClientToken: str, **_: Any) -> dict[str, str]:
            self.tokens.append(ClientToken)
            return {"Id": "1"}

        def describe_statement(self, *, Id: str) -> dict[str, str]:
            return {"Status": "FINISHED"}

    names = ("workgroup", "database", "secret_arn", "statement_name")
    settings = SimpleNamespace(**dict.fromkeys(names, "x"), statement_seconds=60)
    for script in ("glue_shell/GlueTestjob.py", "glue_etl/DynamotoRedshift.py", "glue_etl/gluejob.py"):
        for _ in range(2):
            load(script).Redshift(Client(), settings).run(["SELECT 1"])
    assert len(set(Client.tokens)) == 6


def test_replay_loads_again_what_was_deleted_since(world: World) -> None:
    world.put("a", customer="Ada")
    world.put("b", customer="Bob")
    world.event("a")
    world.event("b")
    world.job().drain()
    world.warehouse.rows.clear()
    [archived] = world.names("archive")
    world.s3.put_object(
        Bucket=BUCKET, Key=f"capture/pending/{archived}", Body=world.body("archive", archived)
    )
    assert world.job(window_seconds=0).drain() == 2
    assert world.loaded() == {"a": "Ada", "b": "Bob"}


def test_a_run_that_read_earlier_brings_no_deleted_row_back(world: World) -> None:
    """Its statement may outlive a killed run: what it read is older than what the next run has loaded."""
    world.put("a", customer="Ada")
    world.event("a")
    slow, quick = world.job(window_seconds=0), world.job(window_seconds=0)
    staged = job.Load._staged
    first = []

    def stage_late(self: Any, folder: str, rows: list[Any]) -> Any:
        answer = staged(self, folder, rows)
        if not first:
            first.append(folder)
            world.orders.delete_item(Key={"PartKey": "a"})
            world.event("a")
            quick.drain()
            assert world.loaded() == {}
        return answer

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(job.Load, "_staged", stage_late)
        slow.drain()
    assert world.loaded() == {}
    assert world.names("pending") == []


def test_a_fault_of_the_statements_buries_nothing_and_the_next_run_loads(world: World) -> None:
    world.put("a", customer="Ada")
    world.event("a")
    denied = "ERROR: permission denied for relation orders"
    world.warehouse.faults = dict.fromkeys(range(1, 10), denied)
    with pytest.raises(job.StatementFailed, match="permission denied"):
        world.job().drain()
    assert world.names("pending") == ["event-00001.json"]
    assert world.names("dead-letter") == []
    world.warehouse.faults.clear()
    world.job(window_seconds=0).drain()
    assert world.loaded() == {"a": "Ada"}


def test_a_load_log_that_is_missing_is_made(world: World) -> None:
    world.put("a", customer="Ada")
    world.event("a")
    world.warehouse.no_log = True
    assert world.job().drain() == 1
    assert world.loaded() == {"a": "Ada"}


def test_a_serialization_conflict_is_tried_again_at_once(world: World) -> None:
    world.put("a", customer="Ada")
    world.event("a")
    world.warehouse.faults[1] = "ERROR: 1023 Serializable isolation violation on table"
    assert world.job().drain() == 1
    assert world.dead() == {}
    assert world.loaded() == {"a": "Ada"}


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
        (b'{"requestParameters": {"tableName": "Orders", "key": {"PartKey": {"N": "5"}}}}', "of type N"),
        (b"[" * 200_000, "recursion"),
        (b'{"a":' + b"[" * 200_000 + b"]" * 200_000 + b"}", "recursion"),
        (b'{"eventName": "\\ud800\\u0000", "requestParameters": {}}', "names no key"),
    ],
    ids=lambda value: value[:60] if isinstance(value, str) else "",
)
def test_a_poison_event_goes_to_the_dead_letters(world: World, body: bytes, reason: str) -> None:
    world.s3.put_object(Bucket=BUCKET, Key="capture/pending/odd.json", Body=body)
    world.put("good", customer="Ada")
    world.event("good")
    world.job().drain()
    assert world.loaded() == {"good": "Ada"}
    assert reason in world.dead()["odd.json"]["reason"]
    assert not job.UNSENT.search(world.alerts[0]), "SQS would refuse the message, and the run would fail"


def test_binary_keys_are_read_strictly() -> None:
    """Half of a text in base64 is no key: another item would be read for it."""
    request = {"requestParameters": {"tableName": TABLE, "key": {"PartKey": "AP8="}}}
    assert job.keys_of(request, TABLE, "PartKey", "B") == [{"PartKey": {"B": b"\x00\xff"}}]
    for text in ("AP8", "AP8 =", "A!P8=", "ü"):
        request["requestParameters"]["key"] = {"PartKey": text}  # type: ignore[dict-item]
        with pytest.raises(job.Poison):
            job.keys_of(request, TABLE, "PartKey", "B")


def test_two_keys_that_redshift_takes_for_one_cost_neither_its_row(world: World) -> None:
    """In Redshift 'a ' = 'a': the first is a dead letter, and its delete takes nothing of the second's."""
    world.put("a", customer="Ada")
    world.put("a ", customer="Bob")
    world.event("a")
    world.event("a ", "twin")
    world.job(window_seconds=0).drain()
    assert world.loaded() == {"a": "Ada"}
    assert "two keys one row" in world.dead()["twin.json"]["reason"]
    world.orders.delete_item(Key={"PartKey": "a "})
    world.event("a ", "gone")
    world.job(window_seconds=0).drain()
    assert world.loaded() == {"a": "Ada"}


def test_a_folder_that_somebody_made_is_no_event(world: World) -> None:
    world.s3.put_object(Bucket=BUCKET, Key="capture/pending/", Body=b"")
    world.put("a", customer="Ada")
    world.event("a")
    world.job().drain()
    assert (world.loaded(), world.dead(), world.names("pending")) == ({"a": "Ada"}, {}, [])


def test_an_event_on_several_lines_is_archived_on_one_and_can_be_replayed(world: World) -> None:
    request = {"tableName": TABLE, "key": {"PartKey": "a\nb"}}
    event = {"eventName": "PutItem", "agent": "\ud800", "requestParameters": request}
    world.s3.put_object(Bucket=BUCKET, Key="capture/pending/one.json", Body=json.dumps(event, indent=2))
    world.put("a\nb", customer="Ada")
    world.job().drain()
    assert world.archived() == [event]
    [name] = world.names("archive")
    world.s3.put_object(Bucket=BUCKET, Key="capture/pending/again.json", Body=world.body("archive", name))
    world.warehouse.rows.clear()
    world.job(window_seconds=0).drain()
    assert (world.loaded(), world.dead()) == ({"a\nb": "Ada"}, {})


@pytest.mark.parametrize(("size", "bad"), [(20, 1), (55, 2), (400, 8)])
def test_rows_that_only_redshift_refuses_are_found_by_halving(world: World, size: int, bad: int) -> None:
    """Where Redshift names no row, each refused one costs about log2 of the rows."""
    cursed = set(random.Random(size).sample(range(size), bad))
    for number in range(size):
        world.put(f"key-{number:04d}", customer="cursed" if number in cursed else "fine")
    world.many_events([f"key-{number:04d}" for number in range(size)])
    world.warehouse.refused = {"cursed"}
    assert world.job().drain() == size - bad
    assert len(world.warehouse.rows) == size - bad
    letters = world.dead().values()
    assert len(letters) == bad
    assert all(letter["reason"].startswith("column customer:") for letter in letters)
    assert world.names("pending") == []
    assert len(world.warehouse.executions) <= 6 + bad * (math.ceil(math.log2(size)) + 8)


def test_rows_that_redshift_names_cost_a_handful_of_batches(world: World) -> None:
    for number in range(500):
        world.put(f"key-{number:04d}", customer="cursed" if number % 25 == 7 else "fine")
    world.many_events([f"key-{number:04d}" for number in range(500)])
    world.warehouse.refused, world.warehouse.tells = {"cursed"}, True
    assert world.job().drain() == 480
    assert len(world.warehouse.executions) == 5
    assert {letter["reason"] for letter in world.dead().values()} == {"column customer: Invalid value"}
    assert world.names("pending") == []


def test_a_search_ends_with_the_runs_time_and_keeps_what_it_found(world: World) -> None:
    for number in range(64):
        world.put(f"key-{number:04d}", customer="cursed" if number % 16 == 1 else "fine")
        world.event(f"key-{number:04d}")
    world.warehouse.refused = {"cursed"}
    running = world.job(run_seconds=300)
    run = running.redshift.run
    running.redshift.run = lambda sql: (world.clock.sleep(10), run(sql))[1]
    running.drain()
    assert world.clock.now < world.clock.began + 400
    left = len(world.names("pending"))
    assert 0 < left < 64
    world.job(window_seconds=0).drain()
    assert (len(world.warehouse.rows), len(world.dead()), world.names("pending")) == (60, 4, [])


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
    listed = [
        {"operation": "Put", "tableName": "Orders", "key": {"PartKey": "h"}, "items": ["PartKey", "note"]}
    ]
    assert keys({"requestItems": [*listed, {"tableName": "Other", "key": {"PartKey": "i"}}]}) == ["h"]
    item = {"PartKey": {"S": "f"}, "amount": {"N": "1"}}
    put_item = {"PutRequest": {"Item": item}}
    others = [{"putRequest": {"item": {"PartKey": "x"}}}]
    requests = [put_item, {"deleteRequest": {"key": {"PartKey": {"S": "g"}}}}]
    assert keys({"requestItems": {"arn:aws:dynamodb:x:1:table/Orders": requests, "Other": others}}) == [
        "f",
        "g",
    ]


@pytest.mark.parametrize(
    "hidden",
    [
        {},
        {"putRequest": {}},
        {"putRequest": {"item": {"a": "x"}}},
        {"putRequest": {"items": ["x"]}},
        {"putRequest": None},
    ],
)
def test_a_batch_that_hides_a_key_loads_the_others_and_says_so(world: World, hidden: Any) -> None:
    world.put("b", customer="Bob")
    requests = [
        hidden,
        {"deleteRequest": {"key": {"PartKey": "a"}}},
        {"putRequest": {"key": {"PartKey": "b"}}},
    ]
    world.event("", requestParameters={"requestItems": {TABLE: requests}})
    world.job().drain()
    assert world.loaded() == {"b": "Bob"}
    [letter] = world.dead().values()
    assert letter["reason"] == "1 of 3 operations name no key PartKey of table Orders"


def test_a_key_that_another_run_has_settled_meanwhile_fails_no_run(world: World) -> None:
    for key in ("a", "b"):
        world.put(key, customer="Ada")
        world.event(key)
    running = world.job()
    objects = running.store.listed("pending", 10)
    world.s3.delete_object(Bucket=BUCKET, Key=objects[0]["Key"])
    assert running._load(objects, math.inf) == 1
    assert world.loaded() == {"b": "Ada"}
    assert (world.names("pending"), world.dead()) == ([], {})


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
    world.warehouse.log.clear()  # this clock went back; nobody has read later
    for number in range(3):
        world.event(f"key-{number}")
    world.job(window_seconds=300, batch_size=3).drain()
    assert world.clock.now - last < 30


def test_keys_that_come_during_a_load_are_loaded_by_the_same_run(world: World) -> None:
    running = world.job(window_seconds=0)
    world.put("a", customer="Ada")
    world.event("a")
    run = running.redshift.run

    def run_and_write(statements: list[str]) -> Any:
        answer = run(statements)
        if world.events < 3:
            world.put(f"late-{world.events}", customer="late")
            world.event(f"late-{world.events}")
        return answer

    running.redshift.run = run_and_write
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


class Sixteen:
    """BatchGetItem as DynamoDB has it: an answer ends at 16 MB, and the rest is unprocessed."""

    def __init__(self, items: dict[str, dict[str, Any]], most: int = 16 << 20) -> None:
        self.items, self.most, self.calls = items, most, 0

    def batch_get_item(self, RequestItems: dict[str, Any]) -> dict[str, Any]:
        self.calls += 1
        found, left, size = [], [], 0
        for key in RequestItems[TABLE]["Keys"]:
            item = self.items.get(key["PartKey"]["S"])
            size += sum(len(value["S"]) for value in item.values()) if item else 0
            if size > self.most:
                left.append(key)
            elif item:
                found.append(item)
        return {"Responses": {TABLE: found}, "UnprocessedKeys": {TABLE: {"Keys": left}} if left else {}}


def test_a_partial_answer_is_progress_and_large_items_are_loaded_in_parts(world: World) -> None:
    """560 items of 390 KB: never more than load_bytes at a time, and no failure however many answers."""
    note = "x" * 390_000
    columns = [*TARGET["columns"], {"name": "note", "type": "varchar(400000)"}]
    items = {f"k{i:03d}": {"PartKey": {"S": f"k{i:03d}"}, "note": {"S": note}} for i in range(120)}
    world.many_events(list(items))
    running = world.job(
        target=job.Target.from_json(json.dumps({**TARGET, "columns": columns})), load_bytes=8 << 20
    )
    running.dynamodb = reads = Sixteen(items, most=2 << 20)  # five items an answer, twenty answers in a row
    assert running.drain() == 120
    assert len(world.warehouse.rows) == 120
    assert reads.calls <= 30
    assert len(world.warehouse.executions) == math.ceil(120 * 390_000 / (8 << 20))
    assert world.names("pending") == []


def test_a_key_that_dynamodb_refuses_does_not_block_the_others(world: World) -> None:
    world.put("good", customer="Ada")
    for bad in ("", "x" * 2049):
        world.event(bad)
    world.event("good")
    world.job().drain()
    assert world.loaded() == {"good": "Ada"}
    assert len(world.dead()) == 2
    assert world.names("pending") == []


def test_a_refused_read_is_halved_until_the_key_is_alone(world: World) -> None:
    class Picky:
        def batch_get_item(self, RequestItems: dict[str, Any]) -> dict[str, Any]:
            if any(key["PartKey"]["S"] == "odd" for key in RequestItems[TABLE]["Keys"]):
                error = {"Error": {"Code": "ValidationException", "Message": "no such key"}}
                raise world.dynamodb.exceptions.ClientError(error, "BatchGetItem")
            return dict(world.dynamodb.batch_get_item(RequestItems=RequestItems))

    for key in ("a", "odd", "b"):
        world.put(key, customer=key)
    world.many_events(["a", "odd", "b"])
    running = world.job()
    running.dynamodb = Picky()
    running.drain()
    assert world.loaded() == {"a": "a", "b": "b"}
    [letter] = world.dead().values()
    assert "DynamoDB refuses the key" in letter["reason"]


def test_a_table_that_refuses_every_key_buries_none(world: World) -> None:
    world.event("a")
    running = world.job(hash_key="Other")
    running.settings.table_name = TABLE
    world.s3.put_object(
        Bucket=BUCKET,
        Key="capture/pending/other.json",
        Body=json.dumps({"requestParameters": {"tableName": TABLE, "key": {"Other": "a"}}}),
    )
    world.s3.delete_object(Bucket=BUCKET, Key="capture/pending/event-00001.json")
    with pytest.raises(world.dynamodb.exceptions.ClientError):
        running.drain()
    assert world.names("pending") == ["other.json"]
    assert world.dead() == {}


def test_a_dead_letter_is_announced_before_its_event_is_deleted(world: World) -> None:
    world.put("bad", customer="x" * 40)
    world.event("bad")
    running = world.job()

    def unreachable(text: str) -> None:
        raise ConnectionError(text)

    running.store.alert = unreachable
    with pytest.raises(ConnectionError):
        running.drain()
    assert world.names("pending") == ["event-00001.json"]
    world.job(window_seconds=0).drain()
    assert len(world.alerts) == 1
    assert world.names("pending") == []


def test_the_window_holds_however_many_events_come(world: World) -> None:
    """At most one load in a window: events alone never cut it short, a load too large would."""
    loads = []
    running = world.job(window_seconds=300, batch_size=20_000, run_seconds=3600)
    run = running.redshift.run

    def count(statements: list[str]) -> Any:
        loads.append(world.clock.now)
        if len(loads) < 6:
            world.many_events([f"key-{len(loads)}-{number}" for number in range(500)])
        return run(statements)

    running.redshift.run = count
    listed = running.store.listed

    def by_this_clock(folder: str, most: int) -> Any:
        found = listed(folder, most)
        if folder == "last-load" and found:
            stamp = float(world.body("last-load", "time"))
            found[0]["LastModified"] = datetime.fromtimestamp(stamp, timezone.utc)
        return found

    running.store.listed = by_this_clock
    world.event("a")
    running.drain()
    gaps = [later - earlier for earlier, later in zip(loads, loads[1:])]
    assert len(gaps) == 5
    assert min(gaps) >= 299
