"""Each wiring of the pipeline, broken alone by an ordinary call: named, and healed by what is printed."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from dpctl.doctor import pipeline
from dpctl.doctor.chain import names_of
from dpctl.doctor.layers import Applier
from dpctl.doctor.rounds import Visit
from dpctl.terminal import Terminal
from tests.clients import toolchains
from tests.integration.wirings import WIRINGS
from tests.person import typed

pytestmark = [
    pytest.mark.storm,
    pytest.mark.sandbox,
    pytest.mark.terraform,
    pytest.mark.xdist_group("dev"),
]
DOCTOR = ("--sandbox", "doctor", "pipeline", "--env", "dev")


@pytest.fixture(scope="module")
def look(dev_applied):
    """What `dpctl --sandbox doctor pipeline` finds: its exit code, and the findings by code."""
    environment, aws = dev_applied.workspace.environment("dev"), dev_applied.aws
    terminal = Terminal()
    never = Applier(environment, aws, terminal, True).never_applied
    visit = Visit(names_of(environment), lambda: aws, terminal, "dpctl --sandbox", never_applied=never)

    def ask():
        chain, findings = visit.look()
        return pipeline.exit_code(chain, findings), {one.code: one for one in findings}

    return ask


@pytest.fixture(scope="module", autouse=True)
def healthy(dev_applied, look):
    """The pipeline as it is before anything is broken."""
    made = dev_applied.workspace.dpctl("--sandbox", "tables", "apply", "--env", "dev", "--yes")
    assert made.code == 0, made.stderr
    code, findings = look()
    assert code == 0, findings


@pytest.fixture(scope="module")
def environ():
    """What a terminal has: the aws and the dpctl command."""
    try:
        tool = toolchains.python("aws")
    except toolchains.Missing as missing:
        pytest.skip(str(missing))
    folders = [Path(sys.executable).parent, tool.parent, os.environ["PATH"]]
    return {**os.environ, "PATH": os.pathsep.join(map(str, folders)), "AWS_PAGER": ""}


@pytest.fixture(params=WIRINGS, ids=lambda one: one.name)
def broken(dev_applied, look, request):
    """A wiring that is broken, as the doctor named it."""
    undo = request.param.breaks(dev_applied.aws)
    try:
        code, findings = look()
        assert code == 1
        assert findings[request.param.code].result == "fail"
        yield findings[request.param.code]
    finally:
        if look()[0] != 0:  # this one was not healed: the next is broken alone all the same
            with suppress(Exception):
                undo()


def test_what_is_printed_heals(dev_applied, broken, environ, look):
    for line in broken.fix.commands:
        code, said = typed(line, dev_applied.workspace.root, environ)
        assert code == 0, f"{line}\n{said[-4000:]}"

    code, findings = look()
    assert code == 0, [one for one in findings.values() if one.result != "pass"]


def test_fix_heals(dev_applied, broken):
    if broken.fix.kind == "manual":
        pytest.skip("this is left to a person: what is printed is tested above")

    done = dev_applied.workspace.dpctl(*DOCTOR, "--fix", "--yes", "--json")

    assert done.code == 0, done.stderr[-4000:]
    assert done.json["fixed"]


def test_nothing_else_was_changed(dev_applied):
    """Terraform finds what env.yaml asks for, after all of it."""
    done = dev_applied.workspace.dpctl("--sandbox", "plan", "--env", "dev", "--detailed-exitcode")

    assert done.code == 0, done.stdout[-4000:] + done.stderr[-4000:]
