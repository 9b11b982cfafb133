"""``dpctl graph``: the layers, and why one waits for another."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from dpctl.cli.factory import app_of
from dpctl.cli.options import Env, Json, Layers, WithDependencies


class Format(StrEnum):
    """How the graph is written."""

    TEXT = "text"
    JSON = "json"
    MERMAID = "mermaid"
    DOT = "dot"
    SVG = "svg"


def graph(
    ctx: typer.Context,
    env: Env = None,
    layer: Layers = None,
    with_dependencies: WithDependencies = False,
    format: Annotated[Format, typer.Option("--format", "-f", help="How to write it.")] = Format.TEXT,
    as_json: Json = False,
) -> None:
    """Show the layers, and why one waits for another.

    Layers of one wave may run at the same time; an arrow names the outputs that travel along it. With -v the
    text lists every output. The svg opens in any browser.

    Example:
        dpctl graph --env dev --format svg > dev.svg
    """
    from dpctl import graphdraw
    from dpctl.graph import Graph
    from dpctl.graphsvg import as_svg
    from dpctl.livetree import discover, load_all

    name = app_of(ctx).env_name(env)
    found = Graph.build(load_all(discover(app_of(ctx).root, name))).select(layer or (), with_dependencies)
    match Format.JSON if as_json else format:
        case Format.TEXT:
            text = graphdraw.as_text(found, name, every_output=app_of(ctx).terminal.verbosity > 0)
        case Format.JSON:
            text = graphdraw.as_json(found, name)
        case Format.MERMAID:
            text = graphdraw.as_mermaid(found, name)
        case Format.DOT:
            text = graphdraw.as_dot(found, name)
        case Format.SVG:
            text = as_svg(found, name)
    app_of(ctx).terminal.data(text)
