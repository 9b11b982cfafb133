"""``dpctl reconcile``: what one side has and the other lacks."""

from __future__ import annotations

from typing import Annotated

import typer

from dpctl import SCHEMA_VERSION
from dpctl.amounts import amount
from dpctl.cli import completion, statements
from dpctl.cli.factory import app_of
from dpctl.cli.options import Env, Json
from dpctl.cli.statements import Timeout, Via
from dpctl.errors import ExitCode

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
    clean = not (found.missing or found.extra or found.stale)
    if as_json:
        differences = [{"kind": item.kind, "key": item.key} for item in found.differences]
        app.terminal.json(
            {
                "schema_version": SCHEMA_VERSION,
                "ok": clean,
                "env": environment.name,
                "table": table,
                "scanned": found.scanned,
                "missing": found.missing,
                "extra": found.extra,
                "stale": found.stale,
                "unfit": found.unfit,
                "keys_only": keys_only,
                "differences": differences,
                "fixed": fixed,
            }
        )
    else:
        lines = [
            f"{table}: {amount(found.scanned, 'item')} in DynamoDB, {found.missing:,} missing in Redshift, "
            f"{found.extra:,} extra there" + ("" if keys_only else f", {found.stale:,} stale")
        ]
        if found.unfit:
            lines.append(f"  {amount(found.unfit, 'item')} fit no row; see dpctl redrive --dry-run")
        lines += [f"  {item.kind:<8} {item.key}" for item in found.differences[:SHOWN]]
        if fixed:
            lines.append(f"{amount(fixed, 'key')} made pending; dpctl drain loads them.")
        elif not clean:
            lines.append(f"Try: dpctl reconcile --table {table} --env {environment.name} --fix")
        app.terminal.report("\n".join(lines))
    if not clean:
        raise typer.Exit(int(ExitCode.FAILED))
