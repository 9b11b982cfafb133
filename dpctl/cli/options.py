"""The options that several commands share, each in one place."""

from __future__ import annotations

from typing import Annotated

import typer

Env = Annotated[
    str | None,
    typer.Option(
        "--env", "-e", help="The environment: a folder of live/.  [env var: DPCTL_ENV]", metavar="ENV"
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document, and ask nothing.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", "--auto-approve", help="Do it without asking.")]
Layers = Annotated[
    list[str] | None,
    typer.Option(
        "--layer", "-l", help="A layer; may be given several times. Without it: all.", metavar="LAYER"
    ),
]
Layer = Annotated[str, typer.Option("--layer", "-l", help="The layer.", metavar="LAYER")]
