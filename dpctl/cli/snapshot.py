"""``dpctl snapshot``: a picture of the account, to rehearse on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dpctl.cli.factory import app_of
from dpctl.cli.options import Env, Json

Out = Annotated[Path, typer.Option("--out", help="The file to write; only you can read it.", metavar="FILE")]


def snapshot(ctx: typer.Context, out: Out, env: Env = None, as_json: Json = False) -> None:
    """Write down the settings of the account, without secrets and rows.

    Reads only. A sandbox that is started from the file has the account's own roles, tags, options and rules,
    so that the first apply is rehearsed on the truth.

    Example:
        dpctl --sandbox snapshot --env dev --out account.json
    """
    from dpctl import SCHEMA_VERSION
    from dpctl.deploy import picture
    from dpctl.deploy.adopt import Inventory

    app = app_of(ctx)
    environment = app.environment(env)
    inventory = Inventory(app.aws(environment), environment.config.account_id)
    taken = picture.take(environment, inventory)
    picture.write(taken, out)
    for section, reason in taken["unseen"].items():
        app.terminal.warning(f"{section} can't be seen: {reason}")
    if as_json:
        document = {"schema_version": SCHEMA_VERSION, "file": str(out), "unseen": taken["unseen"]}
        app.terminal.json(document)
    app.terminal.success(f"Wrote {out}. Try: dpctl sandbox start --from {out}")
