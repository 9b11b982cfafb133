"""``dpctl plan``: what apply would do."""

from __future__ import annotations

import typer

from dpctl.cli.layers import carry_out
from dpctl.cli.options import (
    Adopt,
    ChangedOnly,
    DetailedExitCode,
    Env,
    FailFast,
    Json,
    Layers,
    Out,
    Parallelism,
    Report,
    Resume,
    Since,
    Targets,
    TerraformPath,
    WithDependencies,
)


def plan(
    ctx: typer.Context,
    env: Env = None,
    layer: Layers = None,
    with_dependencies: WithDependencies = False,
    target: Targets = None,
    parallelism: Parallelism = 2,
    resume: Resume = False,
    changed_only: ChangedOnly = False,
    since: Since = None,
    fail_fast: FailFast = False,
    adopt: Adopt = True,
    out: Out = None,
    report: Report = None,
    detailed_exitcode: DetailedExitCode = False,
    terraform: TerraformPath = None,
    as_json: Json = False,
) -> None:
    """Show what apply would do, layer by layer, and change nothing.

    A layer whose dependency is not applied yet, or is about to change, is planned with stand-ins and marked
    as estimated. What AWS has already is shown as an import. With -v every changed attribute is shown.
    With --out the plan is kept in a folder, with a summary.md: apply --plan applies it once it is reviewed.

    Example:
        dpctl --sandbox plan --env dev --layer static
    """
    from dpctl.deploy.executor import Options
    from dpctl.deploy.job import Request

    request = Request(
        command="plan",
        layers=tuple(layer or ()),
        with_dependencies=with_dependencies,
        targets=tuple(target or ()),
        options=Options(
            parallelism, fail_fast, resume=resume, changed_only=changed_only or since is not None
        ),
        terraform=terraform,
        adopt=adopt,
        as_json=as_json,
        since=since,
        out=out,
        report=report,
    )
    carry_out(ctx, env, request, detailed=detailed_exitcode)
