"""The documentation is what the program is."""

from __future__ import annotations

import re

import pytest
import typer
from typer.core import TyperGroup

from dpctl import __version__
from dpctl.cli import app
from dpctl.errors import ExitCode
from tests.write_docs import PAGES


def commands():
    """Every command that runs something, with its full name."""

    def walk(command, path):
        if isinstance(command, TyperGroup):
            for name, child in command.commands.items():
                yield from walk(child, [*path, name])
        else:
            yield " ".join(path), command

    return list(walk(typer.main.get_command(app), ["dpctl"]))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_generated_pages_are_fresh(page):
    assert page.read_text(encoding="utf-8") == PAGES[page](), "run: make docs"


@pytest.mark.parametrize(("name", "command"), commands(), ids=[name for name, _ in commands()])
def test_every_command_has_help_with_an_example(name, command):
    text = command.help or ""
    first = text.splitlines()[0]
    assert len(first) <= 72
    assert first[0].isupper()
    assert first.endswith(".")
    assert "Example:" in text
    assert re.search(
        rf"^\s*(DPCTL_\S+ )?dpctl (--\S+ )*{re.escape(name.removeprefix('dpctl '))}", text, re.MULTILINE
    )


def test_every_exit_code_is_documented(repo):
    page = (repo / "docs/exit-codes.md").read_text(encoding="utf-8")
    assert [int(code) for code in re.findall(r"^\| (\d+) \|", page, re.MULTILINE)] == [
        int(code) for code in ExitCode
    ]


def test_the_changelog_names_this_version(repo):
    page = (repo / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"## [{__version__}]" in page


def test_links_of_the_documentation_lead_somewhere(repo):
    pages = [repo / "README.md", repo / "CONTRIBUTING.md", *(repo / "docs").rglob("*.md")]
    broken = []
    for page in pages:
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text(encoding="utf-8")):
            if not target.startswith(("http:", "https:", "mailto:")) and not (page.parent / target).exists():
                broken.append(f"{page.relative_to(repo)}: {target}")
    assert broken == []
