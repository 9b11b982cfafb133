"""``dpctl tables``: the tables in Redshift, and those of env.yaml."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dpctl.amounts import amount
from dpctl.cli import completion, statements
from dpctl.cli.factory import app_of
from dpctl.cli.options import DetailedExitCode, Env, Json, Yes
from dpctl.cli.statements import Sql, Timeout, Via
from dpctl.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from dpctl.config import Environment
    from dpctl.redshift.ddl import TableSpec
    from dpctl.redshift.tables import Change

app = typer.Typer(help="Compare and make the Redshift tables of env.yaml.", no_args_is_help=True)
Only = Annotated[
    list[str] | None,
    typer.Option(
        "--table",
        "-t",
        help="A table of env.yaml; may be repeated.  [default: all]",
        metavar="TABLE",
        autocompletion=completion.tables,
    ),
]


@app.command("diff")
def diff(
    ctx: typer.Context,
    env: Env = None,
    table: Only = None,
    via: Via = "data-api",
    timeout: Timeout = 300,
    detailed_exitcode: DetailedExitCode = False,
    sql: Sql = False,
    as_json: Json = False,
) -> None:
    """Show how the tables in Redshift differ from env.yaml.

    Reads the database's catalogue and prints what tables apply would run, and what it would refuse, with the
    reason. --sql prints the statements that would make every table from nothing.

    Example:
        dpctl tables diff --env dev
    """
    if sql:
        _show_sql(ctx, env, table, as_json=as_json)
        return
    environment, changes = _changes(ctx, env, table, via, timeout)
    _report(ctx, environment.name, changes, applied=False, as_json=as_json)
    if detailed_exitcode and any(change.sql or change.refused for change in changes):
        raise typer.Exit(int(ExitCode.CHANGES))


@app.command("apply")
def apply(
    ctx: typer.Context,
    env: Env = None,
    table: Only = None,
    via: Via = "data-api",
    timeout: Timeout = 3600,
    yes: Yes = False,
    sql: Sql = False,
    as_json: Json = False,
) -> None:
    """Make the tables in Redshift as env.yaml describes them.

    Creates schemas and tables, adds columns, widens text, changes keys and encodings, and makes the user that
    loads run as, with rights on its tables (databases.redshift.load_as: loader), one statement after the
    other. What would lose data (dropping a column, another type) is never done: it is named, and the exit
    code is 1.

    Example:
        dpctl tables apply --env dev
    """
    from dpctl.redshift import tables

    if sql:
        _show_sql(ctx, env, table, as_json=as_json)
        return
    environment, changes = _changes(ctx, env, table, via, timeout)
    todo = [change for change in changes if change.sql]
    if todo:
        if not as_json:
            _report(ctx, environment.name, todo, applied=False, as_json=False, stderr=True)
        question = f"Run {amount(len(todo), 'statement')} in {environment.name}?"
        app_of(ctx).terminal.confirm(question, yes=yes, as_json=as_json)
        doing = "Changing tables"
        with statements.executor(app_of(ctx), environment, via=via, timeout=timeout, doing=doing) as executor:
            tables.apply(executor, todo)
    _report(ctx, environment.name, changes, applied=True, as_json=as_json)
    if any(change.refused for change in changes):
        raise typer.Exit(int(ExitCode.FAILED))


@app.command("from-mysql")
def from_mysql(
    ctx: typer.Context,
    source: Annotated[str, typer.Argument(help="The table's name in MySQL.", metavar="TABLE")],
    env: Env = None,
    name: Annotated[
        str, typer.Option("--name", help="Its name in Redshift.  [default: the same, plain]", metavar="NAME")
    ] = "",
    write: Annotated[bool, typer.Option("--write", help="Put the block into env.yaml.")] = False,
    as_json: Json = False,
) -> None:
    """Make a table of env.yaml from one of MySQL's: columns, keys, load.

    Reads MySQL's catalogue with the secret of env.yaml, in the sandbox or where there is a way into the VPC,
    and prints the block with the reasons. --write puts it into env.yaml and leaves all else as it is; a table
    that stands there already is not written over.

    Example:
        dpctl tables from-mysql customers --write
    """
    from dpctl import SCHEMA_VERSION
    from dpctl.mysql import catalogue, definition, insertion

    environment = app_of(ctx).environment(env)
    with _mysql(ctx, environment) as opened:
        made = definition.define(catalogue.read(opened, source), name)
    if write:
        insertion.write(environment.file, made)
        where = environment.file.relative_to(environment.root)
        app_of(ctx).terminal.info(f"Written to {where}. Next: dpctl tables apply, and dpctl apply.")
    if as_json:
        settings = {"name": made.name, "table": made.settings, "reasons": list(made.reasons)}
        app_of(ctx).terminal.json({"schema_version": SCHEMA_VERSION, **settings, "written": write})
        return
    app_of(ctx).terminal.data(made.text().rstrip("\n"))


@contextmanager
def _mysql(ctx: typer.Context, environment: Environment) -> Iterator[Any]:
    """A session with env.yaml's MySQL. Raises UsageError without one, AwsError and AccessError."""
    from dpctl.mysql import source

    try:
        known = source.login(environment, app_of(ctx).aws(environment), app_of(ctx).mysql(environment))
    except LookupError as error:
        hint = "databases.mysql: {identifier: database-1, database: orders}"
        raise UsageError("This environment has no MySQL.", why=str(error), hint=hint) from error
    try:
        with source.session(known, seconds=10) as opened:
            yield opened
    except (source.Refused, source.Unreached) as error:
        raise source.explained(known, error) from error


def _changes(
    ctx: typer.Context, env: str | None, only: list[str] | None, via: statements.Ways, timeout: float
) -> tuple[Environment, list[Change]]:
    from dpctl.redshift import loader, tables

    environment = app_of(ctx).environment(env)
    wanted = _wanted(environment, only)
    loads = loader.wanted(environment, wanted)
    doing = "Reading the catalogue"
    with statements.executor(app_of(ctx), environment, via=via, timeout=timeout, doing=doing) as executor:
        live = tables.read_live(executor, wanted)
        found = tables.diff(wanted, live)
        return environment, found + (loader.changes(executor, loads, live) if loads else [])


def _wanted(environment: Environment, only: list[str] | None) -> tuple[TableSpec, ...]:
    """The tables of env.yaml, or those that were named. Raises UsageError for one that is not there."""
    from dpctl.redshift import settings, tables

    for name in only or []:
        settings.required_table(environment, name)
    return tuple(table for table in tables.wanted(environment) if not only or table.name in only)


def _show_sql(ctx: typer.Context, env: str | None, only: list[str] | None, *, as_json: bool) -> None:
    from dpctl.redshift import loader, report, tables
    from dpctl.redshift.tables import Live

    environment = app_of(ctx).environment(env)
    wanted = _wanted(environment, only)
    loads = loader.wanted(environment, wanted)
    changes = tables.diff(wanted, Live(frozenset({"public"}), {}))
    changes += loader.from_nothing(loads) if loads else []
    if as_json:
        app_of(ctx).terminal.json(report.changed(environment.name, changes, applied=False))
    else:
        app_of(ctx).terminal.data("\n\n".join(f"{change.sql};" for change in changes))


def _report(
    ctx: typer.Context, env: str, changes: list[Change], *, applied: bool, as_json: bool, stderr: bool = False
) -> None:
    from dpctl.redshift import report

    terminal = app_of(ctx).terminal
    if as_json:
        terminal.json(report.changed(env, changes, applied=applied))
        return
    say = terminal.info if stderr else terminal.data
    if not changes:
        say(f"No changes. The tables of {env} match its env.yaml.")
        return
    say(report.change_summary(changes, applied=applied))
