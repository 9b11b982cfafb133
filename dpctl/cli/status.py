"""``dpctl status``: is data flowing, and what to do next."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dpctl import SCHEMA_VERSION
from dpctl.cli.factory import app_of
from dpctl.cli.options import Env, Json
from dpctl.errors import ExitCode

if TYPE_CHECKING:
    from dpctl.config import Environment
    from dpctl.flows.status import Status

MARKS = {"ok": "ok     ", "warn": "warning", "stuck": "STUCK  ", "unknown": "unknown"}
PAUSE_SECONDS = 10.0


def status(
    ctx: typer.Context,
    env: Env = None,
    watch: Annotated[
        bool, typer.Option("--watch", help="Look again every 10 seconds, until Ctrl-C.")
    ] = False,
    html: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="Write the same as one page.")
    ] = None,
    rows: Annotated[
        bool, typer.Option("--rows", help="Also ask Redshift, which wakes it: rows, and files that failed.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Show whether data flows, hop by hop, and what to do next.

    Asks AWS at most 20 questions, and does not wake Redshift. With --rows it does, and also tells how many
    rows the tables have, and which files auto-copy could not load. Exit code 1 when something is stuck.

    Example:
        dpctl status --env prod --html status.html
    """
    from dpctl.flows import page
    from dpctl.flows.status import look

    environment = app_of(ctx).environment(env)
    aws = app_of(ctx).aws(environment)
    while True:
        found = look(environment, aws)
        if rows:
            _ask_redshift(ctx, environment, found)
        found.next = app_of(ctx).terminal.retell(found.next)
        if html is not None:
            html.write_text(page.page(found), encoding="utf-8")
        if as_json:
            app_of(ctx).terminal.json({"schema_version": SCHEMA_VERSION, **found.as_dict()})
        else:
            app_of(ctx).terminal.data("\n".join(lines_of(found)))
        if not watch:
            break
        time.sleep(PAUSE_SECONDS)
    if not found.ok:
        raise typer.Exit(int(ExitCode.FAILED))


def reason_of(file: dict[str, Any]) -> str:
    """A file of auto-copy, and the first row for which it did not load."""
    error = file["error"]
    if not error:
        return str(file["url"])
    return f"{error['file']}:{error['line']}: {error['column']}: {error['message']}"


def _ask_redshift(ctx: typer.Context, environment: Environment, found: Status) -> None:
    from dpctl.cli import statements
    from dpctl.flows import warehouse
    from dpctl.redshift.autocopy import AutoCopy

    app = app_of(ctx)
    bucket = environment.resource(environment.config.storage.export_bucket)
    doing = "Counting rows"
    with statements.executor(app, environment, via="data-api", timeout=300, doing=doing) as executor:
        warehouse.add(found, environment, AutoCopy(executor, statements.open_s3(app, environment), bucket))


def lines_of(found: Status) -> list[str]:
    """The screen."""
    where = "SANDBOX" if found.sandbox else "AWS"
    lines = [f"{found.env}  account {found.account}  {where}  {found.at}", ""]
    for hop in found.chain:
        facts = [hop.detail]
        if hop.backlog and hop.oldest_seconds is not None:
            facts.append(f"the oldest for {hop.oldest_seconds:,} s")
        if hop.last_success:
            facts.append(f"last success {hop.last_success}")
        lines.append(f"  {MARKS[hop.state]}  {hop.hop:<9} {'; '.join(facts)}")
    loads = found.loads
    lines += ["", f"Loads         {loads['today']:,} events today, the last {loads['last'] or 'not today'}"]
    if loads["last_error"]:
        lines.append(
            f"              {loads['failed_runs']} of the last 10 runs failed: {loads['last_error']}"
        )
    for dump in found.dumps:
        rows = "" if dump["rows"] is None else f", {dump['rows']:,} rows"
        lines.append(f"Dump          {dump['table']}: {dump['last'] or 'none yet'}{rows}")
    for job in found.autocopy:
        lines.append(
            f"Auto-copy     {job['name']}: {job['state']}, {job['loaded']:,} loaded, {job['failed']:,} failed"
        )
        for file in job["files"]:
            lines.append(f"              {file['state']}  {reason_of(file)}")
    letters = found.dead_letters
    lines.append(f"Dead letters  {'unknown' if letters['count'] is None else letters['count']}")
    lines += [f"              {count}x {reason}" for reason, count in letters["reasons"].items()]
    for layer in found.layers:
        drift = f"; {layer['drifted']} drifted, seen {layer['drift_seen']}" if "drifted" in layer else ""
        lines.append(f"Layer         {layer['layer']}: applied {layer['applied']}{drift}")
    usd = found.cost["redshift_usd"]
    if usd is not None:
        lines.append(f"This month    Redshift's compute: {usd:,.2f} USD so far")
    if found.lacking:
        lines += ["", f"Not seen for want of: {', '.join(found.lacking)}"]
    return [*lines, "", f"Do this next: {found.next}"]
