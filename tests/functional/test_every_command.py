"""What holds for every command: global options on either side, and first of all where it goes."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import typer.main
from typer.testing import CliRunner

from dpctl import sandbox
from dpctl.cli import app
from dpctl.cli.given import hoist
from dpctl.errors import DpctlError
from dpctl.flows import load

ROOT = typer.main.get_command(app)
GLOBALS = (["--sandbox"], ["--no-color"], ["-v"], ["-vv"], ["--debug"], ["--root", "/x"], ["--root=/x"])
# what a command needs to get as far as the account
NEEDS = {
    "output": ["--layer", "static"],
    "state unlock": ["--layer", "static"],
    "state untaint": ["aws_s3_bucket.b", "--layer", "static"],
    "tables from-mysql": ["orders"],
    "unload": ["--table", "orders"],
    "copy": ["--table", "orders", "--from", "s3://bucket/orders/"],
    "load": ["--table", "orders"],
    "autocopy show": ["order_files_autocopy"],
    "autocopy run": ["order_files_autocopy"],
    "autocopy drop": ["order_files_autocopy", "--yes"],
    "autocopy retry": ["order_files_autocopy"],
    "sql": ["select 1"],
    "statements show": ["a"],
    "statements cancel": ["a"],
    "replay": ["--since", "1h"],
    "reconcile": ["--table", "orders"],
    "cost": ["--measured"],
}
# commands that reach no account, or are about the sandbox itself
ELSEWHERE = frozenset(
    {
        *("demo", "sandbox start", "sandbox status", "sandbox stop", "sandbox reset", "sandbox env"),
        *("sandbox exec", "sandbox clock advance", "sandbox spark install", "env new", "validate", "graph"),
        *("render", "providers lock", "permissions", "doctor toolchain"),
    }
)


def leaves(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, inner in getattr(command, "commands", {}).items():
        yield from leaves(inner, (*path, name))
    if not hasattr(command, "commands"):
        yield path, command


COMMANDS = dict(leaves(ROOT))


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_global_options_work_before_within_and_after(path):
    own = {name for param in COMMANDS[path].params for name in (*param.opts, *param.secondary_opts)}
    needed = NEEDS.get(" ".join(path), [])
    for words in GLOBALS:
        assert words[0].partition("=")[0] not in own
        for at in range(len(path) + 1):
            assert hoist(ROOT, [*path[:at], *words, *path[at:]]) == [*words, *path]
        if " ".join(path) != "sandbox exec":
            assert hoist(ROOT, [*path, *needed, *words]) == [*words, *path, *needed]


@pytest.mark.parametrize("path", [path for path in COMMANDS if " ".join(path) not in ELSEWHERE], ids=" ".join)
def test_where_a_run_goes_is_said_before_its_sandbox_is_started(path, repo, monkeypatch, tmp_path):
    class Reached(DpctlError):
        pass

    def start(*_args: Any, **_options: Any) -> None:
        raise Reached("The sandbox would start now.")

    monkeypatch.setattr(sandbox, "status", lambda _environment: None)
    monkeypatch.setattr(sandbox, "start", start)
    needed = NEEDS.get(" ".join(path), [])
    if path == ("snapshot",):
        needed = ["--out", str(tmp_path / "picture.json")]
    if path == ("load",):
        monkeypatch.setattr(load, "check", lambda _environment, _table: None)  # dev loads none from MySQL
    run = CliRunner().invoke(app, ["--root", str(repo), *path, *needed, "--env", "dev", "--sandbox"])
    assert "Error: The sandbox would start now." in run.stderr, run.stderr
    assert run.stderr.startswith("dev · account 054158074701 · ap-south-1 · SANDBOX\n"), run.stderr


@pytest.mark.parametrize("words", ["--help", "plan --help", "sandbox clock --help", "--version"])
def test_help_that_nobody_reads_to_its_end_is_no_error(words):
    """The reader is gone before a word is written."""
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [sys.executable, "-m", "dpctl", *words.split()],
        stdout=write,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(write)
    assert done.stderr == ""
    assert done.returncode == 0


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_an_example_stands_on_lines_of_its_own(path):
    done = CliRunner().invoke(app, [*path, "--help"])
    lines = [line.rstrip() for line in done.stdout.splitlines()]
    assert "  Example:" in lines or "Example:" not in done.stdout
