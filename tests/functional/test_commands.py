"""The table of commands: complete, true to the commands' own words, and cheap."""

from __future__ import annotations

import importlib
import subprocess
import sys

import pytest
import typer

from dpctl.cli import app
from dpctl.cli.commands import TABLE

HEAVY = ("pydantic", "botocore", "boto3", "yaml", "ruamel", "rich", "moto", "redshift_connector")


@pytest.mark.parametrize("name", TABLE)
def test_the_help_page_says_what_the_command_says_of_itself(name: str) -> None:
    module, _, attribute = TABLE[name].place.partition(":")
    found = getattr(importlib.import_module(f"dpctl.cli.{module}"), attribute)
    own = found.info.help if isinstance(found, typer.Typer) else (found.__doc__ or "").strip().split("\n")[0]
    assert TABLE[name].title == own


def test_commands_are_in_the_order_of_the_table() -> None:
    group = typer.main.get_command(app)
    assert list(group.commands) == list(TABLE)
    assert all(group.commands[name].name == name for name in TABLE)


@pytest.mark.parametrize("words", [["--help"], ["--version"], ["validate", "--help"]])
def test_help_imports_no_library_but_typer(words: list[str]) -> None:
    program = (
        "import sys\nfrom dpctl.cli import app\n"
        f"try: app({words!r}, prog_name='dpctl')\n"
        f"finally: print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.stderr.strip().splitlines()[-1] == "[]"


def test_a_name_that_is_nearly_a_command_gets_the_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "dpctl", "aply"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "apply" in done.stderr
