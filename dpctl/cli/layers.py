"""What plan, apply and destroy share: a request for some layers, carried out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from dpctl.cli.factory import app_of

if TYPE_CHECKING:
    from dpctl.deploy.job import Request


def carry_out(ctx: typer.Context, env: str | None, request: Request, *, detailed: bool = False) -> None:
    """Run a request in an environment, and exit with its code; ``detailed``: 10 when there are changes."""
    from dpctl.deploy.job import run

    app = app_of(ctx)
    environment = app.environment(env)
    report = run(request, environment, lambda: app.aws(environment), app.terminal)
    raise typer.Exit(int(report.exit_code(detailed=detailed)))
