"""``dpctl output``: what a layer hands on."""

from __future__ import annotations

from typing import Annotated

import typer

from dpctl.cli.factory import app_of
from dpctl.cli.options import Env, Json, Layer

Name = Annotated[str | None, typer.Argument(help="One output; its bare value is printed.", metavar="NAME")]
ShowSensitive = Annotated[
    bool, typer.Option("--show-sensitive", help="Print values that are marked sensitive, too.")
]


def output(
    ctx: typer.Context,
    layer: Layer,
    name: Name = None,
    env: Env = None,
    show_sensitive: ShowSensitive = False,
    as_json: Json = False,
) -> None:
    """Print the outputs of a layer, read straight from its state.

    Terraform is not needed for it. Values marked sensitive are shown as (sensitive), null with --json.

    Example:
        dpctl --sandbox output --env dev --layer static vpc_id
    """
    from dpctl.deploy.show import outputs_of, outputs_text

    app = app_of(ctx)
    environment = app.environment(env)
    found = outputs_of(environment, app.aws(environment), layer, show_sensitive=show_sensitive)
    if as_json:
        app.terminal.json(found.as_dict(name))
    else:
        app.terminal.data(outputs_text(found, name))
