"""``dpctl adopt``: what exists already."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from dpctl import private
from dpctl.cli.factory import app_of
from dpctl.cli.options import DryRun, Env, Json, Layers, Parallelism, TerraformPath
from dpctl.errors import ExitCode

if TYPE_CHECKING:
    from dpctl.config import Environment
    from dpctl.deploy.plan import RunPlan
    from dpctl.deploy.session import Session


def adopt(
    ctx: typer.Context,
    env: Env = None,
    layer: Layers = None,
    dry_run: DryRun = False,
    parallelism: Parallelism = 2,
    terraform: TerraformPath = None,
    as_json: Json = False,
) -> None:
    """Find what AWS has already, and write import blocks and settings for it.

    Plans each layer, looks for everything the plan would create, and writes imports.tf beside the unit for
    what is there. apply does the same by itself, without a file; this is for reviewing it first. What the
    account has that env.yaml can say (paths, roles, arguments, triggers, selectors) is written into env.yaml.

    Example:
        dpctl --sandbox adopt --env dev --layer static --dry-run
    """
    from dpctl.deploy import adoption

    app = app_of(ctx)
    environment = app.environment(env)
    plan, session = _opened(ctx, environment, layer, terraform)
    change = adoption.compare(session)
    rewritten = bool(change.after) and not dry_run
    if rewritten:
        # first the settings: they decide what there is to import
        private.rewrite(environment.file, change.after)
        environment = app.environment(env)
        plan, session = _opened(ctx, environment, layer, terraform)
    search = adoption.Adopting(session, plan, app.terminal, parallelism)
    results, mark = search.look(), session.terraform.account
    written = [] if dry_run else [found.file for found in search.units if adoption.write(found, mark)]
    if rewritten:
        written.append(environment.file)
    ok = not any(result.bad for result in results.values())
    if as_json:
        document = adoption.document(environment.name, search.units, environment.root, ok=ok)
        app.terminal.json(document | {"settings": change.as_dicts(), "left_out": change.left_out()})
    else:
        app.terminal.data(adoption.text(search.units) + change.diff())
    for file in written:
        app.terminal.success(f"Wrote {file.relative_to(environment.root)}")
    if session.processes.interrupted.is_set():
        raise typer.Exit(int(ExitCode.INTERRUPTED))
    raise typer.Exit(int(ExitCode.OK if ok else ExitCode.FAILED))


def _opened(
    ctx: typer.Context, environment: Environment, layer: list[str] | None, terraform: str | None
) -> tuple[RunPlan, Session]:
    """The plan of a look at some layers, and the session to carry it out in."""
    from dpctl.deploy.job import open_checked, read_tree
    from dpctl.deploy.plan import typed

    app = app_of(ctx)
    plan = read_tree(environment, "plan", tuple(layer or ()), with_dependencies=False)
    aws = app.aws(environment)
    line = typed("adopt", environment.name, layer)
    session = open_checked(environment, aws, plan, terraform=terraform, say=app.terminal.warning, line=line)
    return plan, session
