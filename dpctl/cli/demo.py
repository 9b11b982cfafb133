"""``dpctl demo``: the guided tour, in the sandbox."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import typer

from dpctl.cli.factory import app_of
from dpctl.cli.options import Env, Yes

if TYPE_CHECKING:
    from dpctl.cli.factory import App
    from dpctl.config import Environment

# What is said, and the command that follows.
STOPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Is the configuration sound? Values, live tree, and what the layers hand to each other.", ("validate",)),
    ("Which layer waits for which, and for what?", ("graph",)),
    ("What of the static layer exists already? It will be imported, not created.", ("adopt", "--dry-run")),
    ("Real Terraform adopts what is there and creates what is missing.", ("apply", "--yes")),
    ("Again: there must be nothing left to do.", ("plan",)),
)
LAYER_COMMANDS = {"adopt", "apply", "plan"}

NEXT = """
What to try next (with `. .venv/bin/activate` dpctl is on the PATH):
  dpctl --sandbox apply --env dev                    the three pipeline layers too
  dpctl --sandbox doctor glue-connection             why the Glue connection is FAILED
  dpctl --sandbox doctor glue-connection --fix       and mend it
  dpctl --sandbox output --env dev --layer static    what the layer hands on
  dpctl unload --table orders --sql                  a statement, printed and not run
  dpctl sandbox stop                                 when you are done\
"""


def demo(ctx: typer.Context, env: Env = None, yes: Yes = False) -> None:
    """Take the tour: adopt and apply the static layer in the sandbox.

    Starts a fresh local replica of the account, checks the configuration, shows the layers, and runs real
    Terraform against the replica. Needs no AWS account. The replica stays, to go on from there; an
    interrupted tour takes it down again.

    Example:
        dpctl demo
    """
    from dpctl import sandbox

    app = app_of(ctx)
    environment = app.environment(env)
    if sandbox.status(environment):
        app.terminal.confirm(f"The sandbox of {environment.name} is running; start it afresh?", yes=yes)
    began = time.monotonic()
    try:
        with app.terminal.status(f"Starting a replica of account {environment.config.account_id}"):
            sandbox.stop(environment)
            running = sandbox.start(environment)
        app.terminal.info(f"The replica listens on {running.endpoint}; nothing leaves this machine.")
        for said, command in STOPS:
            _visit(ctx, app, environment, said, command)
    except BaseException:
        sandbox.stop(environment)
        raise
    app.terminal.success(f"\nThe tour took {time.monotonic() - began:.0f} seconds.")
    app.terminal.data(NEXT)


def _visit(
    ctx: typer.Context, app: App, environment: Environment, said: str, command: tuple[str, ...]
) -> None:
    """Say what comes, show the command as one would type it, and run it."""
    name, *options = command
    layer = ["--layer", "static"] if name in LAYER_COMMANDS else []
    words = [name, "--env", environment.name, *layer, *options]
    app.terminal.info(f"\n# {said}\n$ dpctl --sandbox {' '.join(words)}")
    root: Any = ctx.find_root().command
    code = root.main(["--sandbox", "--root", str(app.root), *words], prog_name="dpctl", standalone_mode=False)
    if code:
        raise typer.Exit(code)
