"""``dpctl render``: a unit as dpctl reads it."""

from __future__ import annotations

import typer

from dpctl.cli.factory import app_of
from dpctl.cli.options import Env, Json, Layer


def render(ctx: typer.Context, layer: Layer, env: Env = None, as_json: Json = False) -> None:
    """Show a unit after evaluation: source, inputs, state, files.

    Nothing is asked of AWS: where a unit takes outputs of another one, its mocks are shown, or a reference
    where it has none. With -v each input names the file and line that gave it. Values of variables that the
    module calls sensitive are hidden. TF_VAR_name of the shell wins over an input, as it does in apply.

    Example:
        dpctl --verbose render --env dev --layer static
    """
    import os

    from dpctl.graph import find_layer
    from dpctl.livetree import discover, preview, rendering, shell

    terminal, name = app_of(ctx).terminal, app_of(ctx).env_name(env)
    units = {unit.layer: unit for unit in discover(app_of(ctx).root, name)}
    evaluation = shell.over(preview(find_layer(layer, units), environ=os.environ), os.environ)
    if evaluation.mocked:
        terminal.info(f"The outputs of {', '.join(evaluation.mocked)} are stand-ins, not what is in state.")
    verbose = terminal.verbosity > 0
    if as_json:
        terminal.json(rendering.document(evaluation, provenance=verbose))
    else:
        terminal.data(rendering.as_text(evaluation, provenance=verbose))
