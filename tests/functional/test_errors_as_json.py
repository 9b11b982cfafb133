"""With --json, a command that could not begin prints one document, whatever the reason."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import jsonschema
import pytest
from typer.testing import CliRunner

from dpctl.cli import app
from tests.deploy_tree import make_tree


@pytest.fixture
def tree(repo, tmp_path):
    made = make_tree(tmp_path / "repo", (repo / "live/dev/env.yaml").read_text(encoding="utf-8"))
    made.unit("static")
    return made


def run(tree, *words):
    return CliRunner().invoke(app, ["--root", str(tree.root), *words])


@pytest.mark.parametrize(
    ("words", "code", "kind"),
    [
        (("plan", "--json", "--no-such-option"), 2, "usage"),
        (("plan", "--json", "--parallelism", "many"), 2, "usage"),
        (("output", "--json"), 2, "usage"),
        (("no-such-command", "--json"), 2, "usage"),
        (("--no-such-option", "plan", "--json"), 2, "usage"),
        (("graph", "--env", "prd", "--format", "json", "--json"), 2, "usage"),
        (("validate", "--env", "prd", "--json"), 2, "usage"),
        (("output", "--layer", "nope", "--json"), 2, "usage"),
        (("apply", "--yes", "--json"), 4, "access"),
        (("drift", "--json"), 4, "access"),
        (("adopt", "--json", "--dry-run"), 4, "access"),
        (("apply", "--yes", "--json", "--terraform", "/nowhere"), 5, "tool-missing"),
        (("state", "bootstrap", "--json", "--yes"), 4, "access"),
    ],
)
def test_one_document(tree, repo, words, code, kind):
    result = run(tree, *words)
    assert result.exit_code == code, result.stderr
    document = json.loads(result.stdout)
    schema = json.loads((repo / "docs/schemas/error.schema.json").read_text(encoding="utf-8"))
    jsonschema.validate(document, schema)
    assert document["error"]["code"] == kind
    assert document["error"]["message"]


def test_a_broken_file_has_its_line(tree):
    file = tree.root / "live/dev/env.yaml"
    file.write_text(file.read_text().replace("region:", "regoin:"))
    result = run(tree, "apply", "--yes", "--json")
    assert result.exit_code == 3
    error = json.loads(result.stdout)["error"]
    assert error["problems"]
    assert any(problem["line"] for problem in error["problems"])


def test_hints_in_documents_carry_what_was_given(tree):
    result = run(tree, "output", "--layer", "nope", "--env", "dev", "--json")
    hint = json.loads(result.stdout)["error"]["hint"]
    assert "dpctl" not in hint or f"--root {tree.root}" in hint


def test_a_reader_who_has_gone_ends_nothing(tree):
    """dpctl ... | head: the exit code is the run's own, and nothing is said of pipes."""
    argv = [sys.executable, "-m", "dpctl", "--root", str(tree.root), "render", "--layer", "static"]
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(argv, stdout=write, stderr=subprocess.PIPE, text=True, check=False)
    os.close(write)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_checkout_that_cannot_be_written_is_said(tree, monkeypatch):
    def refuse(*_args, **_options):
        raise OSError(30, "Read-only file system", "/repo/.dpctl")

    monkeypatch.setattr("dpctl.deploy.job.open_session", refuse)
    result = run(tree, "plan")
    assert result.exit_code == 1
    assert "dpctl can't write to /repo/.dpctl: Read-only file system." in result.stderr
    assert "stumbled" not in result.stderr
