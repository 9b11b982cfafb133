"""Every dpctl command that a page prints exists, with its options, as printed."""

from __future__ import annotations

import re
import shlex

import botocore.session
import pytest
import typer.main
from botocore import xform_name

from dpctl.cli import app
from dpctl.cli.given import hoist
from dpctl.config import load_environment
from dpctl.layers import LAYERS
from dpctl.livetree import environments
from tests.conftest import REPOSITORY

ROOT = typer.main.get_command(app)
PAGES = [
    REPOSITORY / "README.md",
    *sorted(page for page in (REPOSITORY / "docs").rglob("*.md") if page.name != "cli.md"),
]
FENCE = re.compile(r"^```([\w ]*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`(dpctl [^`\n]*(?:\n[^`\n]+)?)`")
# signs of a pattern rather than a command: placeholders in capitals are fine, they are values
PATTERN = re.compile(r"\.\.\.|[|…]| \[|COMMAND")

# what the CLI makes of a structure (authorize-security-group-ingress), or has for all commands
CLI_OPTIONS = {"protocol", "port", "source-group", "cidr", "region", "profile", "query", "output"}


def printed(text: str) -> list[tuple[str, bool]]:
    """The command lines of a page: of its blocks, to be typed as they stand, and names between backticks."""
    blocks = [block.replace("\\\n", " ") for _, block in FENCE.findall(text)]
    lines = [line.strip().removeprefix("$ ") for block in blocks for line in block.splitlines()]
    lines = [re.sub(r"^([A-Z_]+=\S+ )+", "", line) for line in lines]
    inline = [" ".join(found.split()) for found in INLINE.findall(FENCE.sub("", text))]
    found = [*((line, True) for line in lines), *((line, False) for line in inline)]
    return [pair for pair in found if pair[0].startswith("dpctl ") and not PATTERN.search(pair[0])]


def refused(line: str, whole: bool = True) -> str:
    """Why the command line makes no sense; empty when it does. One that is not whole may lack values."""
    words = shlex.split(line, comments=True)[1:]
    for mark in ("&&", ";", ">", "|"):
        words = words[: words.index(mark)] if mark in words else words
    args = hoist(ROOT, [word.rstrip(";") for word in words])
    try:
        ctx = ROOT.make_context("dpctl", list(args), resilient_parsing=False)
        command, rest = ROOT, [*ctx._protected_args, *ctx.args]
        while hasattr(command, "commands") and rest:
            name, command, rest = command.resolve_command(ctx, rest)
            ctx = command.make_context(name, rest, parent=ctx)
            rest = [*getattr(ctx, "_protected_args", []), *ctx.args] if hasattr(command, "commands") else []
    except SystemExit:
        return ""
    except Exception as error:
        message = getattr(error, "format_message", lambda: "")()
        lacks = message.startswith(("Missing ", "Usage: ")) or message.endswith("requires an argument.")
        return "" if not whole and lacks else message
    return ""


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(REPOSITORY)))
def test_printed_commands_work_as_printed(page):
    found = {line: refused(line, whole) for line, whole in printed(page.read_text(encoding="utf-8"))}
    assert {line: why for line, why in found.items() if why} == {}


@pytest.fixture(scope="module")
def known():
    """Layers, environments and tables that there are, or that a page makes."""
    config = load_environment(REPOSITORY, "dev").config
    shown = "\n".join(one.read_text(encoding="utf-8") for one in PAGES)  # a page may go on from another
    made = set(re.findall(r"dpctl env new (\S+)", shown)) | set(re.findall(r"^  (\w+):", shown, re.MULTILINE))
    return {
        "layer": set(LAYERS),
        "env": {*environments(REPOSITORY), *made},
        "table": {*config.tables, *made},
    }


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(REPOSITORY)))
def test_what_printed_commands_name_is_there(page, known):
    """Layers, environments and tables; what is in capitals stands for a name."""
    text = page.read_text(encoding="utf-8")
    found = [
        pair
        for line, _ in printed(text)
        for pair in re.findall(r"--(layer|env|table)[ =]([a-z][\w-]*)", line)
    ]
    assert [pair for pair in found if pair[1] not in known[pair[0]]] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(REPOSITORY)))
def test_other_tools_know_what_is_printed(page):
    """Targets of make, and operations of the aws CLI with their options."""
    text = page.read_text(encoding="utf-8")
    targets = set(re.findall(r"^(\w+):", (REPOSITORY / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    typed = [line.strip() for _, block in FENCE.findall(text) for line in block.splitlines()]
    typed += re.findall(r"`((?:make|aws) [^`\n]*)`", text)
    assert [line for line in typed if line.startswith("make ") and line.split()[1] not in targets] == []
    assert [line for line in typed if line.startswith("aws ") and not _of_aws(line.split()[1:])] == []


def _of_aws(words: list[str]) -> bool:
    if words[:2] in (["s3", "cp"], ["sso", "login"]):  # the CLI's own
        return True
    service = botocore.session.get_session().get_service_model(words[0])
    operations = {xform_name(name, "-"): name for name in service.operation_names}
    if words[1] not in operations:
        return False
    members = service.operation_model(operations[words[1]]).input_shape.members
    options = {xform_name(name, "-") for name in members} | CLI_OPTIONS
    given = [word.removeprefix("--").partition("=")[0] for word in words[2:] if word.startswith("--")]
    return all(name.removeprefix("no-") in options or f"{name}s" in options for name in given)


def test_the_examples_of_the_help_work_as_printed():
    text = (REPOSITORY / "docs/cli.md").read_text(encoding="utf-8")
    examples = re.findall(r"^ +Example:\n +(dpctl [^\n]+)", text, re.MULTILINE)
    assert len(examples) > 20
    assert {line: why for line in examples if (why := refused(line))} == {}


@pytest.mark.parametrize(
    "line", ["dpctl aply", "dpctl apply --no-such", "dpctl sandbox strat", "dpctl output"]
)
def test_a_command_that_does_not_exist_is_found(line):
    assert refused(line)
