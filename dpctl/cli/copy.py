"""``dpctl copy``: files or a DynamoDB table into Redshift."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from dpctl.cli import statements
from dpctl.cli.factory import app_of
from dpctl.cli.options import Env, Json
from dpctl.cli.statements import Role, Sql, Timeout, Token, Via
from dpctl.errors import DpctlError, ExitCode
from dpctl.redshift.copy import Copy, copy_sql

if TYPE_CHECKING:
    from dpctl.cli.factory import App
    from dpctl.config import Environment
    from dpctl.redshift.executor import Executor
    from dpctl.redshift.source import Source as Found
    from dpctl.redshift.transfer import Copied

Table = Annotated[str, statements.TABLE]
Source = Annotated[
    str | None,
    typer.Option(
        "--from",
        help="s3://bucket/prefix or dynamodb://table.  [default: what env.yaml says]",
        metavar="URI",
    ),
]
Columns = Annotated[
    str | None,
    typer.Option(
        "--columns", help="Where the fields go.  [default: the columns in env.yaml]", metavar="A,B,C"
    ),
]


@statements.with_options(Copy, "Options of COPY")
def copy(
    ctx: typer.Context,
    table: Table,
    env: Env = None,
    source: Source = None,
    columns: Columns = None,
    iam_role: Role = None,
    via: Via = "data-api",
    timeout: Timeout = 3600,
    token: Token = None,
    sql: Sql = False,
    as_json: Json = False,
    *,
    options: dict[str, Any],
) -> None:
    """Load files or a DynamoDB table into Redshift, and say what failed.

    The files are looked at first: where an unload left its manifest, they are loaded by it, columns by name,
    and the number of rows is compared; format, compression and a header are taken over where no option says
    otherwise; what does not fit is refused. Rows that do not fit are listed with file, line, column and
    reason. COPY adds rows, and all or none of them. --sql prints the statement as asked for, and looks at
    nothing.

    Example:
        dpctl copy --table orders --from s3://bucket/orders/ --format parquet
        dpctl copy --table orders --from s3://bucket/orders/run=20260131T000000Z/
    """
    from dpctl.redshift import build

    app = app_of(ctx)
    statements.check_not_empty(
        {"--table": table, "--from": source, "--columns": columns, "--iam-role": iam_role}
    )
    sent = statements.check_token(token, via)
    environment = app.known_environment(env)
    names = tuple(name.strip() for name in columns.split(",")) if columns else ()
    statement = build.copy_of(
        environment, name=table, source=source, columns=names, role=iam_role, options=options
    )
    if sql:
        if as_json:
            from dpctl.redshift import report

            app.terminal.json(report.copied(table, copy_sql(statement), statement.source))
        else:
            app.terminal.data(f"{copy_sql(statement)};")
        return
    given = {*options, *(("columns",) if names else ()), *(("format",) if source is None else ())}
    found = _looked_at(app, environment, table, statement, given)
    if found.nothing:
        _nothing(ctx, table, found.statement, as_json=as_json)
        return
    doing = f"Copying into {table}"
    with statements.executor(app, environment, via=via, timeout=timeout, doing=doing) as executor:
        done = _run(ctx, environment, executor, table, found.statement, sent, as_json=as_json)
    _report(ctx, table, done, as_json=as_json)


def _looked_at(app: App, environment: Environment, table: str, statement: Copy, given: set[str]) -> Found:
    """The statement as the files want it; what was taken over is said."""
    from dpctl.redshift import source, tables

    known = {spec.name: spec for spec in tables.wanted(environment)}
    target = known.get(table.rpartition(".")[2])
    columns = target.columns if target and target.schema == statement.schema else ()
    found = source.look(statements.open_s3(app, environment), statement, given=given, table=columns)
    for note in found.notes:
        app.terminal.info(note)
    return found


def _nothing(ctx: typer.Context, table: str, statement: Copy, *, as_json: bool) -> None:
    from dpctl.redshift.transfer import Copied

    _report(ctx, table, Copied.nothing(statement), as_json=as_json)


def _run(
    ctx: typer.Context,
    environment: Environment,
    executor: Executor,
    table: str,
    statement: Copy,
    token: str,
    *,
    as_json: bool,
) -> Copied:
    from dpctl.redshift.transfer import Transfers

    transfers = Transfers(executor, statements.open_s3(app_of(ctx), environment))
    try:
        return transfers.copy(statement, token=token)
    except DpctlError as failure:
        _failed(ctx, table, statement, failure, as_json=as_json)
        raise
    finally:
        for warning in transfers.warnings:
            app_of(ctx).terminal.warning(warning)


def _report(ctx: typer.Context, table: str, done: Copied, *, as_json: bool) -> None:
    from dpctl.redshift import report

    terminal = app_of(ctx).terminal
    if as_json:
        terminal.json(report.copied(table, done.sql, done.source, done))
    else:
        terminal.data(report.copy_summary(table, done))
    for problem in done.problems:
        terminal.warning(problem)
    if done.problems:
        raise typer.Exit(int(ExitCode.FAILED))


def _failed(ctx: typer.Context, table: str, statement: Copy, failure: DpctlError, *, as_json: bool) -> None:
    """The rows that did not fit, if any, as the answer; the error itself follows on stderr."""
    from dpctl.redshift import report
    from dpctl.redshift.transfer import LoadFailed

    errors = failure.errors if isinstance(failure, LoadFailed) else ()
    if as_json:
        document = report.copied(table, copy_sql(statement), statement.source, error=failure)
        app_of(ctx).terminal.json(document | {"errors": [error.as_dict() for error in errors]})
    elif errors:
        app_of(ctx).terminal.data("\n".join(report.rejected(errors)))
