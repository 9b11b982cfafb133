"""What the shell offers after Tab, asked as bash asks it."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
import typer.main
from typer._completion_classes import BashComplete

from dpctl.cli import app


@pytest.fixture
def offered(repo, monkeypatch):
    """The words that are offered for a command line that ends where the cursor is."""
    monkeypatch.chdir(repo / "modules")
    command = typer.main.get_command(app)

    def ask(line: str) -> list[str]:
        words = line.split(" ")
        monkeypatch.setenv("COMP_WORDS", line)
        monkeypatch.setenv("COMP_CWORD", str(len(words) - 1))
        found = BashComplete(command, {}, "dpctl", "_DPCTL_COMPLETE").get_completions(words[1:-1], words[-1])
        return [item.value for item in found]

    return ask


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("dpctl plan --env ", ["dev", "prod"]),
        ("dpctl plan --env p", ["prod"]),
        ("dpctl plan --layer red", ["redshift-s3"]),
        ("dpctl apply -l s", ["s3-redshift", "static"]),
        ("dpctl unload --table ", ["order_files", "orders"]),
        ("dpctl copy --table orders", ["orders"]),
        ("dpctl tables diff --table order_", ["order_files"]),
        ("dpctl doctor glue-connection --only GC0", [f"GC0{n}" for n in range(10)]),
        ("dpctl unl", ["unload"]),
        ("dpctl sandbox ex", ["exec"]),
    ],
)
def test_names_are_offered(offered, line, words):
    assert offered(line) == words


def test_outside_of_a_repository_nothing_is_offered(offered, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert offered("dpctl plan --env ") == []


def test_a_broken_env_yaml_offers_nothing_and_says_nothing(offered, tmp_path, monkeypatch, capsys):
    folder = tmp_path / "live" / "dev"
    folder.mkdir(parents=True)
    (folder / "env.yaml").write_text("tables: [\n")
    monkeypatch.chdir(tmp_path)
    assert offered("dpctl unload --table ") == []
    assert capsys.readouterr() == ("", "")


def test_bash_is_answered(repo):
    """The whole way, as the script that --install-completion writes asks."""
    asked = {"_DPCTL_COMPLETE": "complete_bash", "COMP_WORDS": "dpctl plan --env ", "COMP_CWORD": "3"}
    done = subprocess.run(
        [sys.executable, "-m", "dpctl"],
        cwd=repo,
        env={**os.environ, **asked},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.split() == ["dev", "prod"]
