"""drain, redrive, replay and status: whole commands over mocked AWS."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import jsonschema
import pytest
from moto import mock_aws
from typer.testing import CliRunner

from dpctl.aws import Aws
from dpctl.cli import app
from dpctl.cli.factory import App
from dpctl.errors import UsageError
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
    assert world.names("pending") == ["redrive-a.json"]
    body = world.s3.get_object(Bucket=BUCKET, Key="capture/pending/redrive-a.json")["Body"].read()
    assert json.loads(body) == {"of": "a.json"}
    assert world.names("dead-letter") == ["b.json"]


def test_replay_copies_what_was_archived_in_the_time(world: World) -> None:
    from datetime import UTC, datetime

    day = datetime.now(UTC).strftime("%Y/%m/%d")
    world.put(f"archive/{day}/100000-abc-x25.json")
    world.put(f"archive/{day}/old-event.json")
    assert "Nothing to do." in world("replay", "--since", "3h", "--until", "2h", "--yes").stdout
    dry = world("replay", "--since", "1h", "--dry-run")
    assert dry.stdout.startswith("26 events to replay, in 2 objects\n")
    assert world.names("pending") == []
    done = world("replay", "--since", "1h", "--no-drain", "--yes")
    assert "26 events pending" in done.stdout
    assert world.names("pending") == ["replay-100000-abc-x25.json", "replay-old-event.json"]
    assert len(world.names("archive")) == 2


@pytest.mark.parametrize("text", ["yesterday", "2026-13-01", "5 hours", ""])
def test_a_time_that_is_none(world: World, text: str) -> None:
    assert world("replay", "--since", text).exit_code == 2


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
    from datetime import UTC, datetime, timedelta

    from dpctl.config import load_environment

    world.put("pending/one-x25.json")
    environment = load_environment(world.repo, "dev")
    aws: Aws = Boto()  # type: ignore[assignment]
    assert look(environment, aws).ok
    found = look(environment, aws, datetime.now(UTC) + timedelta(minutes=20))
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
    assert "dpctl redrive" in found["next"]
    text = (tmp_path / "status.html").read_text(encoding="utf-8")
    assert "&lt;b&gt;too long" in text
    assert "prefers-color-scheme: dark" in text
    assert code == 0


def test_the_screen_names_environment_account_and_place(world: World) -> None:
    first = world("status", "--env", "dev").stdout.splitlines()[0]
    assert first.startswith("dev  account 054158074701  SANDBOX  ")


def test_a_time_is_typed_as_a_moment_or_as_a_span() -> None:
    from datetime import UTC, datetime

    now = datetime(2026, 1, 31, 12, tzinfo=UTC)
    assert folders.moment("90m", now).isoformat() == "2026-01-31T10:30:00+00:00"
    assert folders.moment("2026-01-31T10:00:00+05:30", now).hour == 10
    assert folders.moment("2026-01-31", now).tzinfo is UTC
    with pytest.raises(UsageError):
        folders.moment("soon", now)
