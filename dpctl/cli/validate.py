"""``dpctl validate``: all that can be checked without AWS, and MySQL's columns where they can be read."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING, Annotated

import typer

from dpctl.amounts import amount
from dpctl.cli.factory import app_of
from dpctl.cli.options import Env, Json
from dpctl.errors import ExitCode, Problem

if TYPE_CHECKING:
    from dpctl.cli.factory import App


def validate(
    ctx: typer.Context,
    env: Env = None,
    mysql: Annotated[
        bool,
        typer.Option(
            "--mysql",
            help="Compare tables with MySQL's too, with your credentials; in a running sandbox always.",
        ),
    ] = False,
    as_json: Json = False,
) -> None:
    """Check env.yaml, the live tree and the contracts between layers.

    Finds every problem in one run, with file and line, before Terraform or AWS is called: values that can't
    be right, inputs no module declares, outputs no layer has, units that wait for each other. Without --env
    it checks every environment. Tables that are loaded from MySQL are compared with its columns in a running
    sandbox, and with --mysql in AWS, where there is a way into the VPC: what differs is a warning.

    Example:
        dpctl validate --env dev
    """
    import os

    from dpctl import validation
    from dpctl.livetree import environments

    terminal = app_of(ctx).terminal
    envs = [env] if env else environments(app_of(ctx).root)
    problems = validation.check(app_of(ctx).root, envs, os.environ)
    if not any(problem.severity == "error" for problem in problems):
        problems += [problem for name in envs for problem in _from_mysql(app_of(ctx), name, asked=mysql)]
    document = validation.document(problems)
    if as_json:
        terminal.json(document)
    else:
        _tell(app_of(ctx), problems, envs)
        terminal.info(_summary(problems, envs))
    if not document["ok"]:
        raise typer.Exit(int(ExitCode.CONFIG))


def _tell(app: App, problems: list[Problem], envs: list[str]) -> None:
    """List the problems; what a hint says to type is about the environment whose file it stands in."""
    asked = app.given.env if app.given else None
    by_environment: dict[str | None, list[Problem]] = {}
    for problem in sorted(problems, key=lambda one: one.file):
        named = set(PurePath(problem.file).parts[1:2]) & set(envs)
        by_environment.setdefault(named.pop() if named else asked, []).append(problem)
    for name, found in by_environment.items():
        if app.given is not None:
            app.given.env = name
        app.terminal.problems(found)


def _from_mysql(app: App, env: str, *, asked: bool) -> list[Problem]:
    """How the tables that are loaded from MySQL differ from it, where it can be asked."""
    from dpctl import sandbox
    from dpctl.mysql.compare import problems
    from dpctl.mysql.watch import PATIENT, Comparison

    environment = app.environment(env)
    if not environment.loaded_from("mysql"):
        return []
    if not asked and not (app.sandboxed and sandbox.status(environment)):
        return []
    comparison = Comparison(environment)
    comparison.begin(app.aws(environment), lambda: app.mysql(environment))
    found = comparison.found(PATIENT)
    if comparison.reason:
        app.terminal.warning(f"{env}: MySQL was not compared with env.yaml: {comparison.reason}")
    return problems(environment, found)


def _summary(problems: list[Problem], envs: list[str]) -> str:
    errors = sum(problem.severity == "error" for problem in problems)
    warnings = len(problems) - errors
    counts = [amount(n, word) for n, word in ((errors, "error"), (warnings, "warning")) if n]
    return f"{', '.join(envs) or 'live'}: {' and '.join(counts) if counts else 'no problems'}."
