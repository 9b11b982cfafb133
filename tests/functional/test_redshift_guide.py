"""The examples of docs/redshift.md are what the program takes."""

from __future__ import annotations

import re
import shlex

import pytest
from typer.testing import CliRunner

from dpctl.cli import app
from tests.conftest import REPOSITORY

GUIDE = (REPOSITORY / "docs/redshift.md").read_text(encoding="utf-8")
COMMANDS = [line for block in re.findall(r"```\n(.*?)```", GUIDE, re.DOTALL) for line in block.splitlines()]
CODE = re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)


@pytest.mark.parametrize("line", COMMANDS)
def test_every_command_is_taken(line: str) -> None:
    words = shlex.split(line)
    assert words[0] == "dpctl"
    sql = [] if "--sql" in words else ["--sql"]
    result = CliRunner().invoke(app, ["--root", str(REPOSITORY), *words[1:], *sql], catch_exceptions=False)
    assert result.exit_code == 0, result.stderr
    assert result.stdout.endswith(";\n")


@pytest.mark.parametrize("code", CODE)
def test_the_code_runs(code: str) -> None:
    exec(compile(code, "docs/redshift.md", "exec"), {})


def test_there_is_something_to_test() -> None:
    assert len(COMMANDS) > 15
    assert CODE
