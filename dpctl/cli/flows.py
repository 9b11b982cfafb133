"""``dpctl drain``, ``redrive``, ``replay``: hands for the person on call."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dpctl import SCHEMA_VERSION
from dpctl.amounts import amount
from dpctl.cli.factory import app_of
from dpctl.cli.options import DryRun, Env, Json, Yes
from dpctl.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from dpctl.config import Environment
    from dpctl.flows.folders import Folders

Timeout = Annotated[
    int, typer.Option("--timeout", min=1, help="Seconds to follow the run.", metavar="SECONDS")
]
Start = Annotated[bool, typer.Option("--drain/--no-drain", help="Start a run afterwards, and follow it.")]
REASONS = 20


def folders_of(ctx: typer.Context, environment: Environment) -> Folders:
    """The chain's folders of an environment."""
    from dpctl.flows.folders import Folders

    bucket = environment.resource(environment.config.storage.glue_assets_bucket)
    return Folders(app_of(ctx).aws(environment).client("s3"), bucket)


def drain(
    ctx: typer.Context,
    env: Env = None,
    timeout: Timeout = 3600,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Load the keys that wait: start a run, or find the active one; follow it.

    Example:
        dpctl drain --env dev
    """
    environment = app_of(ctx).environment(env)
    folders = folders_of(ctx, environment)
    waiting = _waiting(folders)
    if dry_run or not waiting:
        _tell(ctx, environment, "drain", as_json, pending=waiting, left=waiting, dry_run=dry_run)
        return
    _follow(ctx, environment, folders, "drain", timeout, as_json, pending=waiting)


def redrive(
    ctx: typer.Context,
    env: Env = None,
    reason: Annotated[
        str | None,
        typer.Option("--reason", help="Only letters whose reason holds this text.", metavar="TEXT"),
    ] = None,
    drained: Start = True,
    timeout: Timeout = 3600,
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Load dead letters again: all, or those of a reason.

    The events go back to the pending keys, and their items are read as they are now. What still can't be
    loaded is a dead letter again.

    Example:
        dpctl redrive --env dev --reason "column customer"
    """
    environment = app_of(ctx).environment(env)
    folders = folders_of(ctx, environment)
    letters = [letter for letter in folders.letters() if (reason or "").lower() in letter.reason.lower()]
    reasons = Counter(letter.reason for letter in letters)
    lines = [f"{amount(len(letters), 'dead letter')} to redrive"]
    lines += [f"  {count:>6,}  {text}" for text, count in reasons.most_common(REASONS)]
    if not as_json:
        app_of(ctx).terminal.data("\n".join(lines))
    facts: dict[str, Any] = {"letters": len(letters), "reasons": dict(reasons)}
    if dry_run or not letters:
        _tell(ctx, environment, "redrive", as_json, dry_run=dry_run, **facts)
        return
    app_of(ctx).terminal.confirm(
        f"Make {amount(len(letters), 'event')} pending again?", yes=yes, as_json=as_json
    )
    with app_of(ctx).terminal.live() as say:
        facts["redriven"] = folders.redrive(letters, lambda done: say(f"{done:,} of {len(letters):,}"))
    _after(ctx, environment, folders, "redrive", drained, timeout, as_json, facts)


def replay(
    ctx: typer.Context,
    since: Annotated[str, typer.Option("--since", help="2026-01-31T10:00:00Z, or 90m, 2h, 3d ago.")],
    until: Annotated[str | None, typer.Option("--until", help="The same.  [default: now]")] = None,
    env: Env = None,
    drained: Start = True,
    timeout: Timeout = 3600,
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Load archived events again: those that were loaded in a time.

    Their items are read as they are now and merged, and rows whose item is gone are deleted. Events are kept
    for 90 days.

    Example:
        dpctl replay --env dev --since 2h
    """
    from dpctl.flows.folders import moment

    now = datetime.now(UTC)
    environment = app_of(ctx).environment(env)
    folders = folders_of(ctx, environment)
    first, last = moment(since, now), moment(until, now) if until else None
    if last and last < first:
        raise UsageError(
            f"--until {until} is before --since {since}.",
            hint=f"dpctl replay --since {until} --until {since}",
        )
    items = folders.archived(first, last)
    events = sum(item.events for item in items)
    if not as_json:
        app_of(ctx).terminal.data(f"{amount(events, 'event')} to replay, in {amount(len(items), 'object')}")
    facts: dict[str, Any] = {"events": events, "objects": len(items)}
    if dry_run or not items:
        _tell(ctx, environment, "replay", as_json, dry_run=dry_run, **facts)
        return
    app_of(ctx).terminal.confirm(f"Make {amount(events, 'event')} pending again?", yes=yes, as_json=as_json)
    with app_of(ctx).terminal.live() as say:
        facts["replayed"] = folders.replay(items, lambda done: say(f"{done:,} of {events:,}"))
    _after(ctx, environment, folders, "replay", drained, timeout, as_json, facts)


def _waiting(folders: Folders) -> int:
    from dpctl.flows.folders import PENDING

    return sum(item.events for item in folders.listed(PENDING))


def _after(
    ctx: typer.Context,
    environment: Environment,
    folders: Folders,
    command: str,
    drained: bool,
    timeout: int,
    as_json: bool,
    facts: dict[str, Any],
) -> None:
    if drained:
        _follow(ctx, environment, folders, command, timeout, as_json, **facts)
    else:
        _tell(ctx, environment, command, as_json, **facts)


def _follow(
    ctx: typer.Context,
    environment: Environment,
    folders: Folders,
    command: str,
    timeout: int,
    as_json: bool,
    **facts: Any,
) -> None:
    """Start a run, follow it to its end, and say what is left."""
    from dpctl.flows import runs
    from dpctl.flows.folders import DEAD

    glue = app_of(ctx).aws(environment).client("glue")
    workflow = environment.resource(environment.config.glue.workflow)
    dead = sum(1 for _ in folders.listed(DEAD))
    with app_of(ctx).terminal.live() as say:
        run, fine = runs.drain(
            glue,
            workflow,
            seconds=timeout,
            waiting=lambda: _waiting(folders),
            progress=lambda keys: say(f"{keys:,} keys wait"),
        )
    left = _waiting(folders)
    facts |= {
        "run": run.id,
        "started": run.started,
        "succeeded": fine,
        "left": left,
        "dead_letters": sum(1 for _ in folders.listed(DEAD)) - dead,
    }
    _tell(ctx, environment, command, as_json, ok=fine is True and not left, **facts)


def _tell(
    ctx: typer.Context,
    environment: Environment,
    command: str,
    as_json: bool,
    *,
    ok: bool = True,
    **facts: Any,
) -> None:
    if as_json:
        document = {"schema_version": SCHEMA_VERSION, "ok": ok, "command": command, "env": environment.name}
        app_of(ctx).terminal.json(document | facts)
    else:
        app_of(ctx).terminal.report("\n".join(_lines(command, facts)))
    if not ok:
        raise typer.Exit(int(ExitCode.FAILED))


def _lines(command: str, facts: dict[str, Any]) -> list[str]:
    if facts.get("dry_run"):
        waits = f"{amount(facts['pending'], 'key')} waiting. " if "pending" in facts else ""
        return [f"{waits}Nothing was done."]
    if "run" not in facts:
        done = facts.get("redriven", facts.get("replayed"))
        return [f"{amount(done, 'event')} pending; dpctl drain loads them."] if done else ["Nothing to do."]
    how = "started" if facts["started"] else "was active"
    end = {True: "succeeded", False: "failed", None: "goes on; it was followed for as long as asked"}
    lines = [f"Run {facts['run']} {how}, and {end[facts['succeeded']]}."]
    lines.append(
        f"{amount(facts['left'], 'key')} still waiting, {amount(facts['dead_letters'], 'new dead letter')}."
    )
    if facts["succeeded"] is False:
        lines.append("Try: dpctl doctor pipeline")
    return lines
