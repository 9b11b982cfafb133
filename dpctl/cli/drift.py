"""``dpctl drift``: what somebody changed by hand."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from dpctl.cli.factory import app_of
from dpctl.cli.options import DetailedExitCode, Env, Json, Layers, Parallelism, TerraformPath
from dpctl.errors import ExitCode

Ignore = Annotated[
    list[str] | None,
    typer.Option(
        "--ignore",
        help="Accept differences: 'ADDRESS' or 'ADDRESS ATTRIBUTE', with * for any text; may be repeated.",
        metavar="PATTERN",
    ),
]


def drift(
    ctx: typer.Context,
    env: Env = None,
    layer: Layers = None,
    ignore: Ignore = None,
    parallelism: Parallelism = 2,
    detailed_exitcode: DetailedExitCode = False,
    terraform: TerraformPath = None,
    as_json: Json = False,
) -> None:
    """Show what was changed in the account behind Terraform's back.

    Compares each layer's state with the account and changes neither. Accepted differences stand in a file
    drift.ignore beside the unit: an address a line and, after it, an attribute.

    Example:
        dpctl --sandbox drift --layer static --ignore '*.aws_iam_role.* tags'
    """
    from dpctl.deploy import drift as drifts
    from dpctl.deploy.job import open_checked, read_tree
    from dpctl.deploy.plan import typed
    from dpctl.deploy.refresh import Refresh
    from dpctl.flows.drifted import keep

    app = app_of(ctx)
    environment = app.environment(env)
    plan = read_tree(environment, "plan", tuple(layer or ()), with_dependencies=False)
    session = open_checked(
        environment,
        app.aws(environment),
        plan,
        terraform=terraform,
        adopt=False,
        say=app.terminal.warning,
        line=typed("drift", environment.name, layer),
    )
    refresh = Refresh(session, plan, app.terminal, tuple(ignore or ()), parallelism)
    ok = refresh.look()
    counts = {found.layer: len(found.drifted) for found in refresh.layers if found.applied}
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    keep(environment.root, environment.name, app.aws(environment).sandboxed, counts, now)
    if as_json:
        app.terminal.json(drifts.document(environment.name, refresh.layers, ok=ok))
    else:
        app.terminal.data(drifts.text(environment.name, refresh.layers))
    if session.processes.interrupted.is_set():
        raise typer.Exit(int(ExitCode.INTERRUPTED))
    if not ok:
        raise typer.Exit(int(ExitCode.FAILED))
    if detailed_exitcode and any(found.drifted for found in refresh.layers):
        raise typer.Exit(int(ExitCode.CHANGES))
