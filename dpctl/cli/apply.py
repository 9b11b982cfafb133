"""``dpctl apply``: make the account what the live tree says."""

from __future__ import annotations

import typer

from dpctl.cli.layers import carry_out
from dpctl.cli.options import (
    Accept,
    Adopt,
    AllowDestroy,
    ChangedOnly,
    DetailedExitCode,
    DryRun,
    Env,
    FailFast,
    Json,
    Layers,
    Parallelism,
    PlanFolder,
    Report,
    Resume,
    Since,
    Targets,
    TerraformPath,
    WithDependencies,
    Yes,
)


def apply(
    ctx: typer.Context,
    env: Env = None,
    layer: Layers = None,
    with_dependencies: WithDependencies = False,
    target: Targets = None,
    yes: Yes = False,
    parallelism: Parallelism = 2,
    resume: Resume = False,
    changed_only: ChangedOnly = False,
    since: Since = None,
    fail_fast: FailFast = False,
    accept: Accept = None,
    allow_destroy: AllowDestroy = None,
    adopt: Adopt = True,
    plan: PlanFolder = None,
    report: Report = None,
    dry_run: DryRun = False,
    detailed_exitcode: DetailedExitCode = False,
    terraform: TerraformPath = None,
    as_json: Json = False,
) -> None:
    """Plan the layers, show the plans, ask, and apply exactly those.

    What AWS has already is imported, never created twice. Whatever a plan takes from the account (a value
    that is emptied, shortened or weakened, something adopted that goes) is shown first, and refused unless
    --accept names it; deleting or replacing what holds data needs --allow-destroy. When a layer fails, what
    depends on it is skipped and the rest carries on.
    With --plan each layer is planned again, and refused if that does not mean what was reviewed.

    Example:
        dpctl --sandbox apply --env dev --layer static
    """
    from dpctl.deploy.executor import Options
    from dpctl.deploy.job import Request

    request = Request(
        command="apply",
        layers=tuple(layer or ()),
        with_dependencies=with_dependencies,
        targets=tuple(target or ()),
        options=Options(parallelism, fail_fast, yes, resume, dry_run, changed_only or since is not None),
        terraform=terraform,
        allow_destroy=tuple(allow_destroy or ()),
        accept=tuple(accept or ()),
        adopt=adopt,
        as_json=as_json,
        since=since,
        reviewed=plan,
        report=report,
    )
    carry_out(ctx, env, request, detailed=detailed_exitcode)
