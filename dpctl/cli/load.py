"""``dpctl load``: a table from MySQL."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from dpctl import SCHEMA_VERSION
from dpctl.amounts import amount
from dpctl.cli.factory import app_of
from dpctl.cli.options import Env, Json


def load(
    ctx: typer.Context,
    table: Annotated[
        str,
        typer.Option("--table", "-t", help="A table of env.yaml with load.source: mysql.", metavar="TABLE"),
    ],
    env: Env = None,
    full: Annotated[bool, typer.Option("--full", help="Replace the whole table, whatever its mode.")] = False,
    timeout: Annotated[
        int, typer.Option("--timeout", min=1, help="Seconds to follow the run.", metavar="SECONDS")
    ] = 7200,
    as_json: Json = False,
) -> None:
    """Load a table from MySQL: start the job, follow it, and say what it did.

    The mode (full, append, upsert) is the table's in env.yaml; the first load of a table is always full. Rows
    and watermark move in one transaction: a load that fails leaves the table as it was.

    Example:
        dpctl load --table customers --env dev
    """
    from dpctl.flows import load as loading

    environment = app_of(ctx).environment(env)
    loading.check(environment, table)
    aws = app_of(ctx).aws(environment)
    run = loading.start(aws, environment, table, full=full)
    with app_of(ctx).terminal.live() as say:
        done = loading.follow(
            aws, environment, run, timeout, say, pause=0.5 if aws.sandboxed else loading.PAUSE_SECONDS
        )
    if as_json:
        document = {"schema_version": SCHEMA_VERSION, "ok": True, "run": run}
        app_of(ctx).terminal.json(document | done)
        return
    app_of(ctx).terminal.data(_lines(done))


def _lines(done: dict[str, Any]) -> str:
    lines = [
        f"{done['table']}: {done['mode']} load of {amount(done['read'], 'row')}: "
        f"{done['loaded']:,} loaded, {done['refused']:,} refused"
    ]
    if done.get("set_aside"):
        lines.append(f"set aside in {done['set_aside']}")
    if done.get("watermark"):
        lines.append(f"watermark {done['watermark']}")
    seconds = done["seconds"]
    lines.append(f"read and staged in {seconds['read']} s, loaded in {seconds['load']} s")
    return "\n".join(lines)
