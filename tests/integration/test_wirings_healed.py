"""Each wiring of the pipeline, broken alone by an ordinary call: named, and healed by what is printed."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from dpctl import sandbox
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


def doctor(story, *options):
    return story.workspace.dpctl(*DOCTOR, *options, "--json")


def of(done, code):
    return next(one for one in done.json["findings"] if one["code"] == code)


@pytest.fixture(scope="module", autouse=True)
def healthy(dev_applied):
    """The pipeline as it is before anything is broken."""
    done = doctor(dev_applied)
    assert done.code == 0, done.stdout[-4000:]


@pytest.fixture(scope="module")
def environ(dev_applied):
    """What a terminal beside the sandbox has: its account, and the aws and dpctl commands."""
    running = sandbox.status(dev_applied.workspace.environment("dev"))
    try:
        tool = toolchains.python("aws")
    except toolchains.Missing as missing:
        pytest.skip(str(missing))
    folders = [Path(sys.executable).parent, tool.parent, os.environ["PATH"]]
    return {
        **os.environ,
        **running.environment(),
        "PATH": os.pathsep.join(map(str, folders)),
        "AWS_PAGER": "",
    }


@pytest.fixture(params=WIRINGS, ids=lambda one: one.name)
def broken(dev_applied, request):
    """A wiring that is broken, and how the doctor named it."""
    undo = request.param.breaks(dev_applied.aws)
    try:
        done = doctor(dev_applied)
        assert done.code == 1, done.stderr[-2000:]
        named = of(done, request.param.code)
        assert named["result"] == "fail"
        yield named
    finally:
        if doctor(dev_applied).code != 0:  # this one was not healed: the next is broken alone all the same
            with suppress(Exception):
                undo()


def test_what_is_printed_heals(dev_applied, broken, environ):
    for line in broken["fix"]["commands"]:
        code, said = typed(line, dev_applied.workspace.root, environ)
        assert code == 0, f"{line}\n{said[-4000:]}"

    done = doctor(dev_applied)
    assert done.code == 0, [one for one in done.json["findings"] if one["result"] != "pass"]


def test_fix_heals(dev_applied, broken):
    if broken["fix"]["kind"] == "manual":
        pytest.skip("this is left to a person: what is printed is tested above")

    done = doctor(dev_applied, "--fix", "--yes")

    assert done.code == 0, done.stderr[-4000:]
    assert done.json["fixed"]


def test_nothing_else_was_changed(dev_applied):
    """Terraform finds what env.yaml asks for, after all of it."""
    done = dev_applied.workspace.dpctl("--sandbox", "plan", "--env", "dev", "--detailed-exitcode")

    assert done.code == 0, done.stdout[-4000:] + done.stderr[-4000:]
