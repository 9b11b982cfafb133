"""drain, redrive, replay and status: whole commands over mocked AWS."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import boto3
import jsonschema
import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st
from moto import mock_aws
from typer.testing import CliRunner

from dpctl.aws import Aws
from dpctl.cli import app
from dpctl.cli.factory import App
from dpctl.config import load_environment
from dpctl.errors import AwsError, UsageError
from dpctl.flows import folders, page, runs
from dpctl.flows.status import look

BUCKET = "aws-glue-assets-054158074701-ap-south-1"
WORKFLOW = "Glue-EventBridge-Workflow"


class World:
    def __init__(self, repo: Path) -> None:
        self.repo = repo
        self.s3, self.glue = boto3.client("s3"), boto3.client("glue")
        self.s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "ap-south-1"})
        self.glue.create_workflow(Name=WORKFLOW, MaxConcurrentRuns=1)

    def put(self, key: str, body: Any = "{}") -> None:
        self.s3.put_object(
            Bucket=BUCKET, Key=f"capture/{key}", Body=body if isinstance(body, str) else json.dumps(body)
        )

    def letter(self, name: str, reason: str) -> None:
        self.put(
            f"dead-letter/{name}", {"reason": reason, "pending": name, "event": json.dumps({"of": name})}
        )

    def names(self, folder: str) -> list[str]:
        listed = self.s3.list_objects_v2(Bucket=BUCKET, Prefix=f"capture/{folder}/")
        return sorted(item["Key"].rpartition("/")[2] for item in listed.get("Contents", []))

    def __call__(self, *words: str) -> Any:
        return CliRunner().invoke(app, ["--root", str(self.repo), *words], catch_exceptions=False)


@pytest.fixture
def world(repo: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "ap-south-1")
    monkeypatch.setenv("MOTO_ACCOUNT_ID", "054158074701")
    monkeypatch.setattr(App, "aws", lambda *_: Boto())
    with mock_aws():
        yield World(repo)


class Boto:
    """The way to AWS through boto3, whose clients moto mocks."""

    sandboxed = True
    region = "ap-south-1"

    def client(self, service: str) -> Any:
        return boto3.client(service)


def test_redrive_counts_by_reason_and_does_nothing_when_dry(world: World) -> None:
    for number in range(3):
        world.letter(f"{number}.json", "column customer: too long")
    world.letter("other.json", "column amount: no number")
    dry = world("redrive", "--env", "dev", "--reason", "CUSTOMER", "--dry-run")
    assert dry.stdout.splitlines() == [
        "3 dead letters to redrive",
        "       3  column customer: too long",
        "Nothing was done.",
    ]
    assert (len(world.names("dead-letter")), world.names("pending")) == (4, [])


def test_redrive_makes_the_events_pending_again_as_they_came(world: World) -> None:
    world.letter("a.json", "column customer: too long")
    world.letter("b.json", "column amount: no number")
    done = world("redrive", "--reason", "customer", "--no-drain", "--yes", "--json")
    assert json.loads(done.stdout)["redriven"] == 1
    [name] = world.names("pending")
    assert re.fullmatch(r"redrive-[0-9a-f]{12}-a\.json", name)
    body = world.s3.get_object(Bucket=BUCKET, Key=f"capture/pending/{name}")["Body"].read()
    assert json.loads(body) == {"of": "a.json"}
    assert world.names("dead-letter") == ["b.json"]


def test_what_is_put_back_again_and_again_keeps_its_name_short_and_takes_no_others_place(
    world: World,
) -> None:
    """A run that has read a pending event deletes it by name: one that came later must have another."""
    events, names = folders.Folders(world.s3, BUCKET), set()
    name = f"{'n' * 900}-x3.json"
    for _ in range(5):
        world.letter(name, "column customer: too long")
        assert events.redrive(events.letters(), lambda _: None) == 1
        [name] = [one for one in world.names("pending") if one not in names]
        names.add(name)
    assert len(names) == 5
    assert all(len(one) < 950 and folders.COUNT.search(one) for one in names)
    world.put(f"archive/2026/01/31/{name}")
    for _ in range(2):
        events.replay(events.listed(folders.ARCHIVE), lambda _: None)
    assert len(world.names("pending")) == 7


def test_replay_copies_what_was_archived_in_the_time(world: World) -> None:
    day = datetime.now(UTC).strftime("%Y/%m/%d")
    world.put(f"archive/{day}/100000-abc-x25.json")
    world.put(f"archive/{day}/old-event.json")
    assert "Nothing to do." in world("replay", "--since", "3h", "--until", "2h", "--yes").stdout
    dry = world("replay", "--since", "1h", "--dry-run")
    assert dry.stdout.startswith("26 events to replay, in 2 objects\n")
    assert world.names("pending") == []
    done = world("replay", "--since", "1h", "--no-drain", "--yes")
    assert "26 events pending" in done.stdout
    pending = [re.sub(r"^replay-[0-9a-f]{12}-", "", name) for name in world.names("pending")]
    assert sorted(pending) == ["100000-abc-x25.json", "old-event.json"]
    assert len(world.names("archive")) == 2


@pytest.mark.parametrize(
    "text",
    ["yesterday", "2026-13-01", "5 hours", "", "9999999999d", "99999999d", "0001-01-01T00:00:00+12:00"],
)
def test_a_time_that_is_none(world: World, text: str) -> None:
    done = world("replay", "--since", text)
    assert (done.exit_code, "is not a time" in done.stderr) == (2, True)


def test_a_time_that_ends_before_it_begins(world: World) -> None:
    done = world("replay", "--since", "1h", "--until", "2026-01-31")
    assert (done.exit_code, "--until 2026-01-31 is before --since 1h" in done.stderr) == (2, True)


class Archive:
    """S3 with archived events: each by its folder's clock, and written a little later by S3's."""

    def __init__(self, *written: tuple[datetime, timedelta]) -> None:
        names = (f"{folders.ARCHIVE}{at:%Y/%m/%d/%H%M%S}-{n}.json" for n, (at, _) in enumerate(written))
        times = (at + late for at, late in written)
        entries = zip(names, times, strict=True)
        self.entries = sorted(
            ({"Key": n, "LastModified": t.replace(microsecond=0)} for n, t in entries), key=str
        )

    def get_paginator(self, operation: str) -> Any:
        return self

    def paginate(self, *, StartAfter: str, **_: Any) -> list[Any]:
        return [{"Contents": [one for one in self.entries if one["Key"] > StartAfter]}]


def moments(around: datetime) -> Any:
    """Times near a midnight, told in any zone."""
    zones = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
    seconds = st.integers(-3 * 86_400, 3 * 86_400) | st.integers(-5, 5)
    return st.builds(lambda zone, n: (around + timedelta(seconds=n)).astimezone(zone), zones, seconds)


MIDNIGHTS = [datetime(2026, 3, 1, tzinfo=UTC), datetime(2025, 1, 1, tzinfo=UTC)]


@given(data=st.data(), midnight=st.sampled_from(MIDNIGHTS))
def test_what_was_archived_in_a_time_is_told_by_its_time_and_no_folder_hides_it(
    data: st.DataObject, midnight: datetime
) -> None:
    """Whatever the zones of its two ends, and whatever midnight lies between a folder and its object."""
    late = st.integers(0, 600).map(lambda seconds: timedelta(seconds=seconds))
    archived = st.tuples(moments(midnight).map(lambda at: at.astimezone(UTC)), late)
    written = Archive(*data.draw(st.lists(archived, max_size=8)))
    since = data.draw(moments(midnight))
    until = data.draw(st.none() | moments(midnight))
    found = folders.Folders(written, BUCKET).archived(since, until)
    expected = [
        one["Key"]
        for one in written.entries
        if since <= one["LastModified"] <= (until or since.max.replace(tzinfo=UTC))
    ]
    assert [item.key for item in found] == expected


def test_the_archive_is_read_from_the_first_day_to_the_last_that_a_time_can_name() -> None:
    written = Archive((datetime(2026, 1, 31, tzinfo=UTC), timedelta()))
    first, last = (at.replace(tzinfo=UTC) for at in (datetime.min, datetime.max))
    assert len(folders.Folders(written, BUCKET).archived(first, last)) == 1


def test_drain_has_nothing_to_do_and_says_what_waits_when_dry(world: World) -> None:
    assert world("drain").stdout == "Nothing to do.\n"
    world.put("pending/one-x25.json")
    assert world("drain", "--dry-run").stdout == "25 keys waiting. Nothing was done.\n"


class Glue:
    """A workflow whose run ends after some questions."""

    class exceptions:
        class ConcurrentRunsExceededException(Exception):
            pass

    def __init__(self, busy: bool = False, status: str = "COMPLETED", failed: int = 0) -> None:
        self.busy, self.asked = busy, 0
        self.end = {"Status": status, "Statistics": {"FailedActions": failed}}

    def start_workflow_run(self, Name: str) -> dict[str, str]:
        if self.busy:
            raise self.exceptions.ConcurrentRunsExceededException
        return {"RunId": "new"}

    def get_workflow_runs(self, **_: Any) -> dict[str, Any]:
        return {"Runs": [{"WorkflowRunId": "active", "Status": "RUNNING"}]}

    def get_workflow_run(self, **_: Any) -> dict[str, Any]:
        self.asked += 1
        return {"Run": self.end if self.asked > 2 else {"Status": "RUNNING"}}


@pytest.mark.parametrize(
    ("glue", "identity", "fine"),
    [
        (Glue(), "new", True),
        (Glue(busy=True), "active", True),
        (Glue(failed=1), "new", False),
        (Glue(status="STOPPED"), "new", False),
    ],
)
def test_a_run_is_followed_to_its_end(glue: Glue, identity: str, fine: bool) -> None:
    run = runs.start(glue, "w")
    assert run.id == identity
    quiet = {"progress": lambda: None, "sleep": lambda _: None}
    assert runs.follow(glue, "w", run, seconds=60, **quiet) is fine  # type: ignore[arg-type]


class Busy(Glue):
    """A workflow with a run of its own active, which ends without the newest keys; ours loads them."""

    def __init__(self, active: list[bool], keys: int) -> None:
        super().__init__()
        self.active, self.keys, self.now = active, keys, ""

    def start_workflow_run(self, Name: str) -> dict[str, str]:
        if self.active:
            raise self.exceptions.ConcurrentRunsExceededException
        self.now = "ours"
        return {"RunId": "ours"}

    def get_workflow_runs(self, **_: Any) -> dict[str, Any]:
        listed = self.active.pop(0)
        return {"Runs": [{"WorkflowRunId": "theirs", "Status": "RUNNING" if listed else "COMPLETED"}]}

    def get_workflow_run(self, **_: Any) -> dict[str, Any]:
        self.keys = 0 if self.now == "ours" else self.keys
        return {"Run": self.end}


@pytest.mark.parametrize(
    ("active", "keys", "identity", "started"),
    [
        ([True], 3, "ours", True),  # it looked before the keys came
        ([True, True], 3, "ours", True),  # and so did the one that the sweeper started
        ([True], 0, "theirs", False),  # it loaded them
        ([False, False], 3, "ours", True),  # Glue says that one is active, and it has just ended
    ],
)
def test_keys_that_an_active_run_did_not_see_are_loaded_by_the_next(
    active: list[bool], keys: int, identity: str, started: bool
) -> None:
    glue = Busy(active, keys)
    quiet: Any = {"progress": lambda _: None, "sleep": lambda _: None}
    run, fine = runs.drain(glue, "w", seconds=60, waiting=lambda: glue.keys, **quiet)
    assert (run.id, run.started, fine, glue.keys) == (identity, started, True, 0)


def test_a_workflow_that_starts_nothing_and_lists_nothing_is_told() -> None:
    with pytest.raises(AwsError, match="started no run"):
        runs.start(Busy([False] * 9, 1), "w", lambda _: None)


def test_a_run_that_outlasts_the_patience_is_no_failure() -> None:
    glue, times = Glue(), iter(range(100))
    quiet = {"progress": lambda: None, "sleep": lambda _: None, "clock": lambda: next(times)}
    assert runs.follow(glue, "w", runs.start(glue, "w"), seconds=1, **quiet) is None  # type: ignore[arg-type]


def hops(world: World, *words: str) -> tuple[int, dict[str, Any]]:
    done = world("status", "--env", "dev", "--json", *words)
    document = json.loads(done.stdout)
    schema = json.loads((world.repo / "docs/schemas/status.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(schema).validate(document)
    return done.exit_code, document


def test_what_cannot_be_seen_is_unknown_and_the_rest_is_told(world: World) -> None:
    code, found = hops(world)
    states = {hop["hop"]: hop["state"] for hop in found["chain"]}
    assert list(states) == ["table", "events", "keys", "job", "redshift", "exports"]
    assert (states["table"], states["keys"], code) == ("unknown", "ok", 0)
    assert found["calls"] <= 20


def test_keys_that_wait_while_nothing_runs_are_stuck(world: World, tmp_path: Path) -> None:
    world.put("pending/one-x25.json")
    environment = load_environment(world.repo, "dev")
    aws: Aws = Boto()  # type: ignore[assignment]
    assert look(environment, aws).ok
    at = world.s3.head_object(Bucket=BUCKET, Key="capture/pending/one-x25.json")["LastModified"]
    found = look(environment, aws, at + timedelta(minutes=20))  # by S3's clock, which may not be this one
    [keys] = [hop for hop in found.chain if hop.hop == "keys"]
    assert (keys.state, keys.backlog) == ("stuck", 25)
    assert (keys.oldest_seconds or 0) >= 1190
    assert found.next.endswith("dpctl drain --env dev")
    text = page.page(found)
    assert "dpctl drain --env dev" in text
    assert not [word for word in ("<script", "http://", "https://", "@import", "url(") if word in text]


def test_dead_letters_and_a_failed_run_are_named(world: World, tmp_path: Path) -> None:
    world.letter("a.json", "column customer: <b>too long</b>")
    code, found = hops(world, "--html", str(tmp_path / "status.html"))
    assert found["dead_letters"] == {
        "count": 1,
        "reasons": {"column customer: <b>too long</b>": 1},
        "shown": 1,
    }
    assert found["next"].endswith(" redrive --env dev")
    text = (tmp_path / "status.html").read_text(encoding="utf-8")
    assert "&lt;b&gt;too long" in text
    assert "prefers-color-scheme: dark" in text
    assert code == 0


class Account:
    """AWS's answers by operation, for an account where something is stuck; the rest is refused."""

    sandboxed = True

    def __init__(self, **answers: Any) -> None:
        self.answers = answers
        self.asked: list[str] = []

    def client(self, service: str) -> Any:
        class Client:
            def __getattr__(client, operation: str) -> Any:
                def answer(**params: Any) -> Any:
                    self.asked.append(f"{service}.{operation}")
                    found = self.answers[operation]
                    return found(params) if callable(found) else found

                return answer

        return Client()


NOW = datetime(2026, 2, 1, 6, tzinfo=UTC)
RUN = {"JobRunState": "SUCCEEDED", "StartedOn": NOW, "CompletedOn": NOW}
FAILED = {"JobRunState": "FAILED", "StartedOn": NOW, "ErrorMessage": "refused"}
LETTER = f"s3://{BUCKET}/capture/dead-letter/one.json: column customer"


def listed(pending: datetime | None = None, dump: datetime | None = NOW) -> Any:
    """The folders: a key that waits since then, a dump made then, and more dead letters than are read."""

    def answer(params: dict[str, Any]) -> dict[str, Any]:
        prefix, found = params["Prefix"], []
        if prefix == folders.PENDING and pending:
            found = [{"Key": f"{prefix}one-x7.json", "LastModified": pending}]
        if prefix.startswith("orders/") and dump:
            found = [{"Key": f"{prefix}run=20260201T000000Z/manifest", "LastModified": dump}]
        if prefix == folders.DEAD:
            found = [{"Key": f"{prefix}{n}.json", "LastModified": NOW} for n in range(9)]
        return {"Contents": found}

    return answer


def said(*results: tuple[str, str]) -> dict[str, Any]:
    """The log of the function that dumps: its runs' results, one table each."""
    lines = [
        {"schedule": "daily", "results": [{"table": "orders", "status": status, "error": why}]}
        for status, why in results
    ]
    return {
        "events": [{"timestamp": number, "message": json.dumps(line)} for number, line in enumerate(lines)]
    }


def account(**changes: Any) -> Account:
    """An account where everything flows, but for the changes."""
    healthy = {
        "get_job_runs": {"JobRuns": [RUN]},
        "describe_table": {"Table": {"TableStatus": "ACTIVE", "ItemCount": 1}},
        "describe_rule": {"State": "ENABLED"},
        "get_queue_url": {"QueueUrl": "https://queue"},
        "receive_message": {"Messages": [{"Body": LETTER}]},
        "get_schedule": {"State": "ENABLED"},
        "get_workgroup": {"workgroup": {"status": "AVAILABLE", "baseCapacity": 8}},
        "list_objects_v2": listed(),
        "get_object": lambda _: {"Body": io.BytesIO(b'{"meta": {"record_count": 3}, "reason": "column a"}')},
        "get_function_configuration": {"FunctionName": "redshift-unload"},
        "filter_log_events": said(("FAILED", "no space"), ("FINISHED", "")),
        "get_metric_statistics": {"Datapoints": []},
    }
    return Account(**{**healthy, **changes})


STUCK: list[tuple[str, dict[str, Any], str, str]] = [
    (
        "both attempts of a run failed, and a key waits",
        {"get_job_runs": {"JobRuns": [FAILED, RUN]}, "list_objects_v2": listed(pending=NOW)},
        "job",
        "GlueTestjob: the last 1 run failed: refused",
    ),
    (
        "run after run fails",
        {"get_job_runs": {"JobRuns": [FAILED, FAILED, RUN]}},
        "job",
        "GlueTestjob: the last 2 runs failed: refused",
    ),
    (
        "a key is older than the window and two sweeps",
        {"list_objects_v2": listed(pending=NOW - timedelta(minutes=16))},
        "keys",
        "7 keys waiting, nothing runs",
    ),
    (
        "an event could not be delivered",
        {
            "receive_message": {
                "Messages": [{"Body": LETTER}, {"Body": '{"detail": {"eventName": "PutItem"}}'}]
            }
        },
        "events",
        "rule dynamodb-insert enabled, 1 event could not be delivered, see the queue "
        "dynamodb-insert-dead-letters",
    ),
    (
        "the last dump failed",
        {"filter_log_events": said(("FINISHED", ""), ("FAILED", "no space"))},
        "exports",
        "the last dump of orders failed: FAILED: no space",
    ),
    (
        "the sweeper is off, and no key waits",
        {"get_schedule": {"State": "DISABLED"}},
        "keys",
        "the sweeper LogEventSweeper is off",
    ),
    (
        "the sweeper is off, and a key waits",
        {"get_schedule": {"State": "DISABLED"}, "list_objects_v2": listed(pending=NOW)},
        "keys",
        "7 keys waiting, nothing runs, the sweeper LogEventSweeper is off",
    ),
    ("the rule is off", {"describe_rule": {"State": "DISABLED"}}, "events", "rule dynamodb-insert disabled"),
    (
        "the warehouse is not there",
        {"get_workgroup": {"workgroup": {"status": "MODIFYING", "baseCapacity": 8}}},
        "redshift",
        "default-workgroup modifying, 8 RPU",
    ),
]


@pytest.mark.parametrize(
    ("changes", "hop", "detail"), [case[1:] for case in STUCK], ids=[c[0] for c in STUCK]
)
def test_an_account_that_is_stuck_somewhere(
    repo: Path, changes: dict[str, Any], hop: str, detail: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where it is stuck is said, with what to do next and exit code 1; Redshift sleeps on."""
    found = account(**changes)
    monkeypatch.setattr(App, "aws", lambda *_: found)
    monkeypatch.setattr("dpctl.flows.status.datetime", FrozenNow)
    done = CliRunner().invoke(app, ["--root", str(repo), "status", "--env", "dev", "--json"])
    document = json.loads(done.stdout)
    assert done.exit_code == 1
    stuck = {one["hop"]: one["detail"] for one in document["chain"] if one["state"] == "stuck"}
    assert stuck == {hop: detail}
    assert document["next"].startswith(f"{detail}: dpctl ")
    assert len(found.asked) == document["calls"] <= 20
    assert not [call for call in found.asked if call.startswith("redshift-data")]


ACTIONS = {
    "describe_table": "dynamodb:DescribeTable",
    "get_schedule": "scheduler:GetSchedule",
    "get_queue_url": "sqs:GetQueueUrl",
    "get_function_configuration": "lambda:GetFunctionConfiguration",
    "get_metric_statistics": "cloudwatch:GetMetricStatistics",
    "list_objects_v2": "s3:ListBucket",
    "get_object": "s3:GetObject",
}


@pytest.mark.parametrize("operation", ACTIONS)
def test_what_is_not_seen_for_want_of_an_action_names_it(
    repo: Path, operation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where no hop is unknown without it."""
    action = ACTIONS[operation]

    def refuse(_: dict[str, Any]) -> Any:
        message = f"User: arn:aws:iam::054158074701:user/me is not authorized to perform: {action}"
        raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": message}}, "Any")

    found = account(**{operation: refuse})
    monkeypatch.setattr(App, "aws", lambda *_: found)
    monkeypatch.setattr("dpctl.flows.status.datetime", FrozenNow)
    command = ["--root", str(repo), "status", "--env", "dev"]
    said = CliRunner().invoke(app, command).stdout
    assert f"\nNot seen for want of: {action}\n" in said
    assert json.loads(CliRunner().invoke(app, [*command, "--json"]).stdout)["lacking"] == [action]
    seen = look(load_environment(repo, "dev"), found, NOW)  # type: ignore[arg-type]
    assert f"Not seen for want of: {action}" in page.page(seen)


def log(*pages: list[tuple[str, str]], group: str = "/aws/lambda/redshift-unload") -> Any:
    """The pages of a log, by their tokens; another log is not asked for."""

    def answer(params: dict[str, Any]) -> dict[str, Any]:
        assert params["logGroupName"] == group
        assert params["startTime"] == (NOW - timedelta(days=8)).timestamp() * 1000, "a weekly dump is seen"
        number = int(params.get("nextToken", 0))
        more = {"nextToken": str(number + 1)} if number + 1 < len(pages) else {}
        return said(*pages[number]) | more

    return answer


@pytest.mark.parametrize(
    ("pages", "group", "state"),
    [
        ([[], [], [("FAILED", "no space")]], "", "stuck"),
        ([[("FAILED", "no space")], [], [("FINISHED", "")]], "", "ok"),
        ([[("FAILED", "no space")]], "/ours/unload", "stuck"),
        ([[("FAILED", "no space")]] * 30, "", "unknown"),
    ],
    ids=["behind empty pages", "mended on a later page", "in a log of its own", "more than may be read"],
)
def test_the_last_dump_is_the_last_of_all_pages(
    repo: Path, pages: list[list[tuple[str, str]]], group: str, state: str
) -> None:
    answers: dict[str, Any] = {"filter_log_events": log(*pages, **({"group": group} if group else {}))}
    if group:
        answers["get_function_configuration"] = {"LoggingConfig": {"LogGroup": group}}
    found = account(**answers)
    status = look(load_environment(repo, "dev"), found, NOW)  # type: ignore[arg-type]
    assert {hop.hop: hop.state for hop in status.chain}["exports"] == state
    assert status.loads["last"] is None
    assert status.layers == []
    assert status.cost["redshift_usd"] == 0
    assert status.dead_letters["count"] == 9
    assert len(found.asked) == status.calls <= 20


class FrozenNow(datetime):
    """The clock of the accounts above."""

    @classmethod
    def now(cls, tz: Any = None) -> datetime:
        return NOW


@pytest.mark.parametrize("source", ["cloudtrail", "stream", "both"])
def test_an_account_where_everything_flows_is_told_so_in_twenty_calls(repo: Path, source: str) -> None:
    environment = load_environment(repo, "dev")
    config = environment.config
    capture = config.capture.model_copy(update={"source": source})
    environment = replace(environment, config=config.model_copy(update={"capture": capture}))
    mappings = {"EventSourceMappings": [{"State": "Enabled"}]}
    table = {"TableStatus": "ACTIVE", "ItemCount": 1, "StreamSpecification": {"StreamEnabled": True}}
    found = account(list_event_source_mappings=mappings, describe_table={"Table": table})
    status = look(environment, found, NOW)  # type: ignore[arg-type]
    assert {hop.hop: hop.state for hop in status.chain} == dict.fromkeys(
        ("table", "events", "keys", "job", "redshift", "exports"), "ok"
    )
    assert status.ok
    assert status.dead_letters["count"] == 9
    assert len(found.asked) == status.calls <= 20
    assert not [call for call in found.asked if call.startswith("redshift-data")]


def test_the_screen_names_environment_account_and_place(world: World) -> None:
    first = world("status", "--env", "dev").stdout.splitlines()[0]
    assert first.startswith("dev  account 054158074701  SANDBOX  ")


def test_a_time_is_typed_as_a_moment_or_as_a_span() -> None:
    now = datetime(2026, 1, 31, 12, tzinfo=UTC)
    assert folders.moment("90m", now).isoformat() == "2026-01-31T10:30:00+00:00"
    assert folders.moment("2026-01-31T10:00:00+05:30", now).isoformat() == "2026-01-31T04:30:00+00:00"
    assert folders.moment("2026-01-31", now).tzinfo is UTC
    with pytest.raises(UsageError):
        folders.moment("soon", now)
