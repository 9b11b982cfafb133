"""What plan, apply and destroy share: a request for some layers, carried out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from dpctl.cli.factory import app_of

if TYPE_CHECKING:
    from dpctl.aws import Aws
    from dpctl.deploy.job import Request


def carry_out(ctx: typer.Context, env: str | None, request: Request, *, detailed: bool = False) -> None:
    """Run a request in an environment, and exit with its code; ``detailed``: 10 when there are changes."""
    from dpctl.deploy.job import run
    from dpctl.mysql.watch import Comparison

    app = app_of(ctx)
    environment = app.environment(env)
    beside = Comparison(environment)

    def connect() -> Aws:
        aws = app.aws(environment)
        if request.command == "plan":
            beside.begin(aws, lambda: app.mysql(environment))
        return aws

    report = run(request, environment, connect, app.terminal)
    for difference in beside.found():
        app.terminal.warning(f"MySQL and env.yaml: {difference}")
    raise typer.Exit(int(report.exit_code(detailed=detailed)))
