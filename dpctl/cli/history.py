"""``dpctl statements``: what ran in Redshift, and how to stop it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from dpctl import SCHEMA_VERSION
from dpctl.amounts import amount
from dpctl.cli.factory import app_of
from dpctl.cli.options import Env, Json, Yes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dpctl.redshift.history import Ran

app = typer.Typer(help="Look at the statements that ran in Redshift, and stop one.", no_args_is_help=True)
Id = Annotated[str, typer.Argument(help="The statement's id, as every command prints it.", metavar="ID")]
State = Annotated[
    Literal["all", "started", "finished", "failed", "aborted", "submitted", "picked"],
    typer.Option("--state", help="Only those that are so."),
]
Limit = Annotated[int, typer.Option("--limit", "-n", min=1, max=200, help="How many.", metavar="N")]


@app.command("list")
def list_(
    ctx: typer.Context, env: Env = None, state: State = "all", limit: Limit = 10, as_json: Json = False
) -> None:
    """List the newest statements of the Data API: when, state, rows, seconds.

    Redshift keeps them for 24 hours, and shows each caller its own. One line each; show tells one whole.

    Example:
        dpctl statements list --state failed
    """
    from dpctl.redshift import history

    client, target = _opened(ctx, env)
    found = history.listed(client, target, state=state, limit=limit)
    if as_json:
        _json(ctx, [ran.as_dict() for ran in found], "statements")
        return
    app_of(ctx).terminal.data("\n".join(map(_line, found)) or "No statement ran here in the last 24 hours.")


@app.command("show")
def show(ctx: typer.Context, id_: Id, env: Env = None, as_json: Json = False) -> None:
    """Show one statement, and explain its error.

    Its text, who ran it, how long, and how many rows. It finds a statement again after an interruption:
    whatever happened to dpctl, Redshift goes on.

    Example:
        dpctl statements show 5b1f2a94-7d3c-4a7e-9a57-0c3c2f0b1d11
    """
    from dpctl.redshift import history

    client, _ = _opened(ctx, env)
    _tell(ctx, history.described(client, id_), as_json=as_json)


@app.command("cancel")
def cancel(ctx: typer.Context, id_: Id, env: Env = None, yes: Yes = False, as_json: Json = False) -> None:
    """Stop a statement that is running.

    What it has changed is taken back by Redshift; files that an UNLOAD has written stay.

    Example:
        dpctl statements cancel 5b1f2a94-7d3c-4a7e-9a57-0c3c2f0b1d11 --yes
    """
    from dpctl.redshift import history

    client, _ = _opened(ctx, env)
    ran = history.described(client, id_)
    app_of(ctx).terminal.confirm(f"Cancel {_line(ran)}?", yes=yes, as_json=as_json)
    _tell(ctx, history.cancelled(client, id_), as_json=as_json)


def _opened(ctx: typer.Context, env: str | None) -> tuple[Any, Mapping[str, str]]:
    from dpctl.redshift import settings

    environment = app_of(ctx).known_environment(env)
    aws = app_of(ctx).aws(environment)
    client = aws.client("redshift-data", timeout=settings.CALL_SECONDS)
    return client, settings.target(environment, aws)


def _tell(ctx: typer.Context, ran: Ran, *, as_json: bool) -> None:
    if as_json:
        _json(ctx, ran.as_dict(), "statement")
        return
    rows = [
        ("Statement", ran.id),
        ("State", ran.state),
        ("User", ran.user),
        ("Began", ran.created.isoformat(timespec="seconds") if ran.created else ""),
        ("Took", f"{ran.seconds:.1f} s" if ran.seconds is not None else ""),
        ("Rows", f"{ran.rows:,}" if ran.rows is not None else ""),
        ("Error", ran.error),
        ("", ran.means),
        ("Try", ran.hint),
    ]
    lines = [f"{name:<10} {text}" for name, text in rows if text]
    app_of(ctx).terminal.data("\n".join([*lines, "", ran.sql]))


def _json(ctx: typer.Context, found: Any, name: str) -> None:
    app_of(ctx).terminal.json({"schema_version": SCHEMA_VERSION, "ok": True, name: found})


def _line(ran: Ran) -> str:
    when = ran.created.strftime("%Y-%m-%d %H:%M:%S") if ran.created else ""
    took = f"{ran.seconds:.1f} s" if ran.seconds is not None else "-"
    rows = amount(ran.rows, "row") if ran.rows is not None else "-"
    text = " ".join(ran.sql.split())
    return f"{ran.id}  {when}  {ran.state:<9} {took:>9}  {rows:>12}  {text[:60]}"
