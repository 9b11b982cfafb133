"""``dpctl adopt``: what exists already."""

from __future__ import annotations

import typer

from dpctl.cli.factory import app_of
from dpctl.cli.options import DryRun, Env, Json, Layers, Parallelism, TerraformPath
from dpctl.errors import ExitCode


def adopt(
    ctx: typer.Context,
    env: Env = None,
    layer: Layers = None,
    dry_run: DryRun = False,
    parallelism: Parallelism = 2,
    terraform: TerraformPath = None,
    as_json: Json = False,
) -> None:
    """Find what AWS has already, and write import blocks for it.

    Plans each layer, looks for everything the plan would create, and writes imports.tf beside the unit for
    what is there. apply does the same by itself, without a file; this is for reviewing it first.

    Example:
        dpctl --sandbox adopt --env dev --layer static --dry-run
    """
    from dpctl.deploy import adoption
    from dpctl.deploy.job import open_checked, read_tree

    app = app_of(ctx)
    environment = app.environment(env)
    plan = read_tree(environment, "plan", tuple(layer or ()), with_dependencies=False)
    session = open_checked(
        environment, app.aws(environment), plan, terraform=terraform, say=app.terminal.warning
    )
    search = adoption.Adopting(session, plan, app.terminal, parallelism)
    results = search.look()
    mark = session.terraform.account
    written = [] if dry_run else [found.file for found in search.units if adoption.write(found, mark)]
    ok = not any(result.bad for result in results.values())
    if as_json:
        app.terminal.json(adoption.document(environment.name, search.units, environment.root, ok=ok))
    else:
        app.terminal.data(adoption.text(search.units))
    for file in written:
        app.terminal.success(f"Wrote {file.relative_to(environment.root)}")
    if session.processes.interrupted.is_set():
        raise typer.Exit(int(ExitCode.INTERRUPTED))
    raise typer.Exit(int(ExitCode.OK if ok else ExitCode.FAILED))
