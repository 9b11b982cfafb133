"""What the doctor prints is typed by somebody: each line is a command that its program takes."""

import re
import shlex
from dataclasses import replace

import botocore.session
import typer
from botocore import xform_name

from dpctl.cli import app
from dpctl.doctor import pipeline
from dpctl.doctor.diagnosis import diagnose
from dpctl.doctor.links import Chain
from tests.unit.doctor.chains import FACTS, NAMES, dump
from tests.unit.doctor.test_doctor_heals import (
    CAPTURED_QUEUE,
    DUMPS_QUEUE,
    GLUE,
    LAMBDA,
    OTHERS_QUEUE,
    scheduled,
)
from tests.unit.doctor.test_doctor_pipeline import ONE_BROKEN
from tests.unit.doctor.test_doctor_registry import ACCOUNTS, EXTRA

ASSIGNED = re.compile(r"[A-Z_]+=")  # AWS_PROFILE=... before a command
SESSION = botocore.session.get_session()
HIGH_LEVEL = {("s3", "cp"), ("s3", "rm"), ("s3", "ls"), ("logs", "tail")}  # the CLI's own, no operations
GLOBAL = {"--region", "--cli-binary-format", "--no-cli-pager", "--query", "--output"}
MORE = (
    {"queues": {CAPTURED_QUEUE: 1, DUMPS_QUEUE: 2, OTHERS_QUEUE: 3}},
    {**scheduled(LAMBDA), "dumps": [dump("refused")]},
    {**scheduled(GLUE), "dumps": [dump("refused")]},
)


def printed():
    findings = [one for account in (*ACCOUNTS, *EXTRA) for one in diagnose(account).findings]
    names = replace(NAMES, followed=("orders",))
    for changes in (*(changes for changes, _ in ONE_BROKEN), *MORE):
        findings += pipeline.examine(Chain(names, {**FACTS, **changes}))
    return {line for one in findings if one.fix for line in one.fix.commands}


def taken_by_dpctl(words):
    """Parse a line as `dpctl` does, and run nothing. Raises what the parser raises."""
    context = typer.main.get_command(app).make_context("dpctl", words, resilient_parsing=True)
    command, rest = context.command, words
    while hasattr(command, "commands"):
        name, command, rest = command.resolve_command(context, [word for word in rest if word != "--sandbox"])
        if hasattr(command, "commands"):
            context = command.make_context(name, list(rest), parent=context, resilient_parsing=True)
    command.make_context(name, list(rest), parent=context)


def taken_by_aws(words):
    """Hold a line of the AWS CLI to the service's model; what is wrong with it, or nothing."""
    service, operation, *rest = words
    if (service, operation) in HIGH_LEVEL:
        return ""
    model = SESSION.get_service_model({"s3api": "s3"}.get(service, service))
    names = {xform_name(name, "-"): name for name in model.operation_names}
    if operation not in names:
        return f"no operation {operation}"
    shape = model.operation_model(names[operation]).input_shape
    options = {f"--{xform_name(name, '-')}" for name in (shape.members if shape else ())}
    flags = options | {option.replace("--", "--no-", 1) for option in options} | GLOBAL
    given = {word for word in rest if word.startswith("--")}
    missing = {f"--{xform_name(name, '-')}" for name in (shape.required_members if shape else ())} - given
    return f"unknown {given - flags}, missing {missing}" if given - flags or missing else ""


def test_every_printed_line_is_a_command():
    lines = printed()
    wrong = {}
    for line in lines:
        program, *words = [word for word in shlex.split(line) if not ASSIGNED.match(word)]
        try:
            problem = taken_by_dpctl(words) if program == "dpctl" else taken_by_aws(words)
        except Exception as error:
            problem = f"{type(error).__name__}: {error}"
        if problem or program not in {"dpctl", "aws"}:
            wrong[line] = problem or program

    assert len(lines) > 45
    assert wrong == {}
