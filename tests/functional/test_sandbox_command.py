"""``dpctl sandbox``: what it prints and how it ends, without a server."""

import json
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

    def start(environment, account, *, variant, idle_hours):
        assert variant == ""
        asked.append((environment.name, account, idle_hours))
        return INFO

    monkeypatch.setattr(sandbox, "start", start)
    result = dpctl("start", "--account", "empty", "--idle-hours", "2", "--json")
    assert document(result.stdout)["running"]
    assert asked == [("dev", "empty", 2.0)]


def test_stop_and_reset(dpctl, document, monkeypatch):
    monkeypatch.setattr(sandbox, "stop", lambda environment: True)
    monkeypatch.setattr(sandbox, "reset", lambda environment, account, variant: INFO)
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
