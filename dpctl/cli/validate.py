"""``dpctl validate``: everything that can be checked without AWS."""

from __future__ import annotations

import typer

from dpctl.amounts import amount
from dpctl.cli.factory import app_of
from dpctl.cli.options import Env, Json
from dpctl.errors import ExitCode, Problem


def validate(ctx: typer.Context, env: Env = None, as_json: Json = False) -> None:
    """Check env.yaml, the live tree and the contracts between layers.

    Finds every problem in one run, with file and line, before Terraform or AWS is called: values that can't
    be right, inputs no module declares, outputs no layer has, units that wait for each other. Without --env
    it checks every environment.

    Example:
        dpctl validate --env dev
    """
    import os

    from dpctl import validation
    from dpctl.livetree import environments

    terminal = app_of(ctx).terminal
    envs = [env] if env else environments(app_of(ctx).root)
    problems = validation.check(app_of(ctx).root, envs, os.environ)
    document = validation.document(problems)
    if as_json:
        terminal.json(document)
    else:
        terminal.problems(problems)
        terminal.info(_summary(problems, envs))
    if not document["ok"]:
        raise typer.Exit(int(ExitCode.CONFIG))


def _summary(problems: list[Problem], envs: list[str]) -> str:
    errors = sum(problem.severity == "error" for problem in problems)
    warnings = len(problems) - errors
    counts = [amount(n, word) for n, word in ((errors, "error"), (warnings, "warning")) if n]
    return f"{', '.join(envs)}: {' and '.join(counts) if counts else 'no problems'}."
