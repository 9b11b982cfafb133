"""``dpctl reconcile``: what one side has and the other lacks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from dpctl import SCHEMA_VERSION
from dpctl.amounts import amount
from dpctl.cli import completion, statements
from dpctl.cli.factory import app_of
from dpctl.cli.options import Env, Json
from dpctl.cli.statements import Timeout, Via
from dpctl.errors import ExitCode

if TYPE_CHECKING:
    from dpctl.flows.reconcile import Found
    from dpctl.terminal import Terminal

SHOWN = 20


def reconcile(
    ctx: typer.Context,
    table: Annotated[
        str,
        typer.Option(
            "--table", "-t", metavar="TABLE", autocompletion=completion.tables, help="The table of env.yaml."
        ),
    ],
    env: Env = None,
    fix: Annotated[bool, typer.Option("--fix", help="Make the keys that differ pending.")] = False,
    units: Annotated[
        int, typer.Option("--read-units", min=1, metavar="N", help="Read units a second for the scan.")
    ] = 500,
    keys_only: Annotated[
        bool, typer.Option("--keys-only", help="Compare keys, not values: for tables with large items.")
    ] = False,
    via: Via = "data-api",
    timeout: Timeout = 3600,
    as_json: Json = False,
) -> None:
    """Compare DynamoDB and Redshift: rows that are missing, extra or stale.

    Scans the table at a bounded share of read units, makes of each item the row that the job would, and
    compares them in Redshift, which it wakes. What was written in the last minutes may still be on its way.
    With --fix the keys that differ are made pending; dpctl drain loads them. Exit code 1 when rows differ.

    Example:
        dpctl reconcile --table orders --env dev --fix
    """
    from dpctl.flows import reconcile as flow
    from dpctl.redshift.settings import role_arn

    app = app_of(ctx)
    environment = app.environment(env)
    name, definition = flow.followed(environment, table)
    role = role_arn(environment, environment.config.iam.redshift_commands)
    doing = f"Comparing {table}"
    with statements.executor(app, environment, via=via, timeout=timeout, doing=doing) as executor:
        reconciler = flow.Reconciler(
            environment,
            executor,
            statements.open_s3(app, environment),
            app.aws(environment).client("dynamodb"),
            role,
            units,
            lambda done: app.terminal.debug(f"{done:,} items scanned"),
            keys_only=keys_only,
        )
        found = reconciler.compare(name, definition)
        fixed = reconciler.fix(name, definition, found.differences) if fix else 0
    if as_json:
        facts = {"env": environment.name, "table": table, "keys_only": keys_only, "fixed": fixed}
        app.terminal.json({"schema_version": SCHEMA_VERSION, **found.as_dict(), **facts})
    else:
        _show(app.terminal, table, found, keys_only=keys_only)
        if todo := _todo(table, environment.name, found, fixed):
            app.terminal.report(todo)
    if not found.clean:
        raise typer.Exit(int(ExitCode.FAILED))


def _show(terminal: Terminal, table: str, found: Found, *, keys_only: bool) -> None:
    """The counts, and the first of the differences; stale rows only where values were compared."""
    terminal.data(
        f"{table}: {amount(found.scanned, 'item')} in DynamoDB, {found.missing:,} missing in Redshift, "
        f"{found.extra:,} extra there{'' if keys_only else f', {found.stale:,} stale'}"
    )
    if found.unfit:
        terminal.report(f"  {amount(found.unfit, 'item')} fit no row; see dpctl redrive --dry-run")
    for item in found.differences[:SHOWN]:
        terminal.data(f"  {item.kind:<8} {item.key}")


def _todo(table: str, env: str, found: Found, fixed: int) -> str:
    """What to do about the differences; empty where there are none."""
    if fixed:
        return f"{amount(fixed, 'key')} made pending; dpctl drain loads them."
    return "" if found.clean else f"Try: dpctl reconcile --table {table} --env {env} --fix"
