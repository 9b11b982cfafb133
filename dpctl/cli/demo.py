"""``dpctl demo``: the guided tour, in the sandbox."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from dpctl.amounts import duration
from dpctl.cli.factory import app_of
from dpctl.cli.options import Env, Yes

Steps = Annotated[bool, typer.Option("--steps", help="List the stops, and do nothing.")]
NEXT = """The replica stays. What to try next (`. .venv/bin/activate` puts dpctl on the PATH):
  dpctl --sandbox apply --env dev             the fourth layer
  dpctl --sandbox doctor pipeline --env dev   every link from a write to its row
  dpctl sandbox stop                          when you are done\
"""


def demo(ctx: typer.Context, env: Env = None, yes: Yes = False, steps: Steps = False) -> None:
    """Take the tour: a broken account, diagnosed, adopted, and at work.

    Starts a fresh local replica of the account, finds out why its Glue connection fails, lets real Terraform
    adopt what exists, sends five orders from DynamoDB to Redshift, and dumps them to S3. Needs no AWS
    account. The replica stays, to go on from there; an interrupted tour takes it down again.

    Example:
        dpctl demo --steps
    """
    from dpctl import sandbox
    from dpctl.cli.tour import STOPS, Tour, stopped_on_error

    app = app_of(ctx)
    if steps:
        app.terminal.data("\n".join(f"{n}. {s.why}\n   $ {s.command}" for n, s in enumerate(STOPS, start=1)))
        return
    environment = app.environment(env)
    if sandbox.status(environment):
        app.terminal.confirm(f"The sandbox of {environment.name} is running; start it afresh?", yes=yes)
    app.sandboxed = True
    if app.given is not None:
        app.given.sandboxed = True  # what a stop says to type goes there too
    app.announce(environment)
    tour = Tour(app, environment)
    with stopped_on_error(environment):
        for number, stop in enumerate(STOPS, start=1):
            app.terminal.success(f"{number}/{len(STOPS)} {stop.why}  $ {stop.command}")
            stop.run(tour)
    took = time.monotonic() - tour.began
    app.terminal.success(
        f"The tour took {duration(took)}; the verdict came after {duration(tour.first_wow)}."
    )
    app.terminal.data(NEXT)
