"""``dpctl destroy``: take layers down again, dependents first."""

from __future__ import annotations

import typer

from dpctl.cli.layers import carry_out
from dpctl.cli.options import (
    Accept,
    AllowDestroy,
    DryRun,
    Env,
    FailFast,
    Json,
    Layers,
    Parallelism,
    Report,
    Resume,
    TerraformPath,
    Yes,
)


def destroy(
    ctx: typer.Context,
    env: Env = None,
    layer: Layers = None,
    yes: Yes = False,
    parallelism: Parallelism = 2,
    resume: Resume = False,
    fail_fast: FailFast = False,
    accept: Accept = None,
    allow_destroy: AllowDestroy = None,
    report: Report = None,
    dry_run: DryRun = False,
    terraform: TerraformPath = None,
    as_json: Json = False,
) -> None:
    """Destroy what the layers made, dependents first. There is no undo.

    Lists everything that goes, and asks for the environment's name. What holds data (tables, buckets,
    databases, keys, secrets, the trail) is refused unless each is named with --allow-destroy, and what was
    there before Terraform unless each is named with --accept. A layer without
    state is left as it is, so the command can be run again.

    Example:
        dpctl --sandbox destroy --env dev --layer redshift-s3 --dry-run
    """
    from dpctl.deploy.executor import Options
    from dpctl.deploy.job import Request

    request = Request(
        command="destroy",
        layers=tuple(layer or ()),
        options=Options(parallelism, fail_fast, yes, resume, dry_run),
        terraform=terraform,
        allow_destroy=tuple(allow_destroy or ()),
        accept=tuple(accept or ()),
        adopt=False,
        as_json=as_json,
        report=report,
    )
    carry_out(ctx, env, request)
