"""``dpctl sandbox``: what it prints and how it ends, without a server."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dpctl import sandbox
from dpctl.cli import app
from dpctl.installation import install
from dpctl.sandbox.signature import Credentials

INFO = sandbox.SandboxInfo(
    "http://127.0.0.1:4000", "054158074701", "ap-south-1", "existing", 42, "127.0.0.1", 5439, "dev", "admin",
    Path("/tmp/sandbox.log"), Path("/tmp/ca.pem"), Credentials("AKIASANDBOX000000000", "s" * 40), "t" * 32,
)  # fmt: skip


@pytest.fixture
def dpctl(repo):
    def run(*words):
        return CliRunner().invoke(app, ["--root", str(repo), "sandbox", *words])

    return run


@pytest.fixture
def document(repo):
    import jsonschema

    schema = json.loads((repo / "docs/schemas/sandbox-status.schema.json").read_text())

    def check(text):
        found = json.loads(text)
        jsonschema.validate(found, schema)
        return found

    return check


def test_the_status_of_a_running_one(dpctl, document, monkeypatch):
    monkeypatch.setattr(sandbox, "status", lambda environment: INFO)
    result = dpctl("status", "--json")
    assert result.exit_code == 0
    assert document(result.stdout)["redshift"] == {
        "host": "127.0.0.1",
        "port": 5439,
        "database": "dev",
        "user": "admin",
    }
    assert document(result.stdout)["redshift_ca"] == "/tmp/ca.pem"
    assert "http://127.0.0.1:4000" in dpctl("status").stdout


def test_the_status_of_none(dpctl, document, monkeypatch):
    monkeypatch.setattr(sandbox, "status", lambda environment: None)
    result = dpctl("status", "--json")
    assert result.exit_code == 1
    assert document(result.stdout) == {"schema_version": 1, "running": False}
    assert " sandbox start" in dpctl("status").stderr


def test_start_says_where_it_answers(dpctl, document, monkeypatch):
    asked = []

    def start(environment, account, *, variant, idle_hours, realism, seed):
        assert (variant, realism, seed) == ("", None, None)
        asked.append((environment.name, account, idle_hours))
        return INFO

    monkeypatch.setattr(sandbox, "start", start)
    result = dpctl("start", "--account", "empty", "--idle-hours", "2", "--json")
    assert document(result.stdout)["running"]
    assert asked == [("dev", "empty", 2.0)]


def test_a_storm_says_which_one_it_is(dpctl, document, monkeypatch):
    asked = []

    def start(environment, account, **given):
        asked.append((given["realism"], given["seed"]))
        return replace(INFO, realism="storm", seed=7)

    monkeypatch.setattr(sandbox, "start", start)
    found = document(dpctl("start", "--realism", "storm", "--storm-seed", "7", "--json").stdout)
    assert (found["realism"], found["storm_seed"]) == ("storm", 7)
    assert "storm, seed 7" in dpctl("start", "--realism", "storm", "--storm-seed", "7").stdout
    assert asked == [("storm", 7)] * 2


@pytest.mark.parametrize(
    "words", [("--realism", "windy"), ("--storm-seed", "7"), ("--realism", "aws", "--storm-seed", "7")]
)
def test_a_realism_that_is_none(dpctl, words):
    assert dpctl("start", *words).exit_code == 2


CLOCK = {
    "time": "2026-01-31T19:45:00Z", "ahead_seconds": 93_784.0, "waiting_count": 1,
    "waiting": [{"time": "2026-02-01T19:30:00Z", "what": "the schedule orders-daily"}],
}  # fmt: skip


def test_the_clock_is_shown_and_moved(dpctl, monkeypatch):
    asked = []

    def ask(info, page, document, *, timeout):
        asked.append((page, document))
        done = [{"time": "2026-01-31T19:30:00Z", "what": "the schedule orders-daily"}]
        return CLOCK | ({"done": done} if document else {})

    monkeypatch.setattr(sandbox, "status", lambda environment: INFO)
    monkeypatch.setattr(sandbox, "ask", ask)
    shown = (
        "It is 2026-01-31T19:45:00Z in the sandbox, 1d 2h 3m 4s ahead.\n\n"
        "To come (1):\n2026-02-01T19:30:00Z  the schedule orders-daily\n"
    )
    assert dpctl("clock").stdout == shown
    moved = dpctl("clock", "advance", "1h30m")
    assert moved.stdout == "2026-01-31T19:30:00Z  the schedule orders-daily\n" + shown
    assert json.loads(dpctl("clock", "advance", "90s", "--json").stdout)["done"]
    assert asked == [
        ("clock", None),
        ("clock", {"advance_seconds": 5400}),
        ("clock", {"advance_seconds": 90}),
    ]


@pytest.mark.parametrize("text", ["", "15", "m", "-1h", "0s", "1y", "400d", "99999999999d", "1h 30m"])
def test_a_duration_that_is_none(dpctl, text):
    result = dpctl("clock", "advance", "--", text)
    assert result.exit_code == 2
    assert "Traceback" not in result.stderr


def test_there_is_no_clock_without_a_sandbox(dpctl, monkeypatch):
    monkeypatch.setattr(sandbox, "status", lambda environment: None)
    result = dpctl("clock")
    assert result.exit_code == 1
    assert "sandbox start" in result.stderr


def test_stop_and_reset(dpctl, document, monkeypatch):
    monkeypatch.setattr(sandbox, "stop", lambda environment: True)
    monkeypatch.setattr(sandbox, "reset", lambda *_, **__: INFO)
    assert document(dpctl("stop", "--json").stdout)["stopped"]
    assert document(dpctl("reset", "--json").stdout)["pid"] == 42


def test_an_account_that_is_not_known(dpctl):
    result = dpctl("start", "--account", "full")
    assert result.exit_code == 2
    assert "neither existing nor empty" in result.stderr


def test_without_the_packages_there_is_a_hint(dpctl, monkeypatch):
    from dpctl.sandbox import lifecycle

    monkeypatch.setattr(lifecycle, "PACKAGES", ("no_such_package",))
    result = dpctl("start")
    assert result.exit_code == 5
    assert f"Try: {install('sandbox')}" in result.stderr.replace("\n", " ")


@pytest.mark.parametrize("words", ["start", "reset"])
@pytest.mark.parametrize(
    "text", ["", "null", "[]", "{", "[" * 100_000, '{"schema_version": 2}', '{"a": 1, "a": 2}']
)
def test_what_is_no_picture_of_an_account_starts_nothing(dpctl, monkeypatch, tmp_path, words, text):
    started = []
    monkeypatch.setattr(sandbox, words, lambda *_, **__: started.append(words))
    file = tmp_path / "account.json"
    file.write_text(text)
    result = dpctl(words, "--from", str(file))
    assert (result.exit_code, started) == (2, [])
    assert f"{file} is not a picture of an account" in result.stderr
    assert "Try: dpctl" in result.stderr
