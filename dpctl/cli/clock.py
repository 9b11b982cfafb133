"""``dpctl sandbox clock``: the time in the sandbox, and moving it."""

from __future__ import annotations

import re
from typing import Annotated, Any

import typer

from dpctl import SCHEMA_VERSION
from dpctl.cli.factory import App, app_of
from dpctl.cli.options import Env, Json

app = typer.Typer(help="Show the time in the sandbox, or move it ahead.", invoke_without_command=True)
UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
LONGEST = 366 * 86_400
TIMEOUT_SECONDS = 86_400.0  # what falls due is waited for, however much it is


@app.callback()
def show(ctx: typer.Context, env: Env = None, as_json: Json = False) -> None:
    """Show the time in the sandbox, or move it ahead.

    What waits in the sandbox waits for its clock: events on their way, resources that are being made,
    schedules, retries, the windows of jobs. Alone it shows the time, and what is to come.

    Example:
        dpctl sandbox clock
    """
    if ctx.invoked_subcommand is None:
        _print(app_of(ctx), _ask(app_of(ctx), env), as_json)


@app.command("advance")
def advance(
    ctx: typer.Context,
    duration: Annotated[str, typer.Argument(help="How far: 90s, 15m, 2h, 1d, 1h30m.", metavar="DURATION")],
    env: Env = None,
    as_json: Json = False,
) -> None:
    """Move the clock ahead: what falls due on the way is done, in order.

    It comes back when all of that has ended. There is no way back.

    Example:
        dpctl sandbox clock advance 15m
    """
    seconds = parse(duration)
    with app_of(ctx).terminal.status(f"Moving the clock ahead by {duration}"):
        document = _ask(app_of(ctx), env, {"advance_seconds": seconds})
    _print(app_of(ctx), document, as_json)


def parse(text: str) -> int:
    """The seconds of a duration. Raises BadParameter for what is none."""
    if not re.fullmatch(r"(\d{1,9}[smhd])+", text):
        raise typer.BadParameter(f"{text!r} is no duration: 90s, 15m, 2h, 1d.", param_hint="DURATION")
    seconds = sum(int(number) * UNITS[unit] for number, unit in re.findall(r"(\d+)([smhd])", text))
    if not 0 < seconds <= LONGEST:
        raise typer.BadParameter("it must be more than nothing, and a year at most.", param_hint="DURATION")
    return seconds


def _ask(app: App, env: str | None, document: Any = None) -> dict[str, Any]:
    from dpctl import sandbox

    found: dict[str, Any] = sandbox.ask(app.running(env), "clock", document, timeout=TIMEOUT_SECONDS)
    return found


def _print(app: App, document: dict[str, Any], as_json: bool) -> None:
    if as_json:
        app.terminal.json({"schema_version": SCHEMA_VERSION, **document})
        return
    ahead = document["ahead_seconds"]
    lines = [f"{one['time']}  {one['what']}" for one in document.get("done", ())]
    lines += [f"It is {document['time']} in the sandbox{f', {_span(ahead)} ahead' if ahead else ''}."]
    waiting = document["waiting"]
    if waiting:
        lines += ["", f"To come ({document['waiting_count']}):"]
        lines += [f"{one['time']}  {one['what']}" for one in waiting]
    app.terminal.data("\n".join(lines))


def _span(seconds: float) -> str:
    """``93784`` -> ``1d 2h 3m 4s``."""
    left, parts = round(seconds), []
    for unit in ("d", "h", "m", "s"):
        number, left = divmod(left, UNITS[unit])
        if number:
            parts.append(f"{number}{unit}")
    return " ".join(parts) or "0s"
