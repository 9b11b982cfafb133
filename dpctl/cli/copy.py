"""``dpctl copy``: files or a DynamoDB table into Redshift."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from dpctl import SCHEMA_VERSION
from dpctl.amounts import amount, size
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
    from dpctl.redshift.loads import LoadError
    from dpctl.redshift.transfer import Copied, LoadFailed

SHOWN = 20
Table = Annotated[
    str, typer.Option("--table", "-t", help="A table of env.yaml, or schema.table.", metavar="TABLE")
]
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
    sent = statements.check_token(token, via)
    environment = app.known_environment(env)
    names = tuple(name.strip() for name in columns.split(",")) if columns else ()
    statement = build.copy_of(
        environment, name=table, source=source, columns=names, role=iam_role, options=options
    )
    if sql:
        if as_json:
            app.terminal.json(_document(table, copy_sql(statement), statement.source))
        else:
            app.terminal.data(f"{copy_sql(statement)};")
        return
    given = {*options, *(("columns",) if names else ()), *(("format",) if source is None else ())}
    statement = _looked_at(app, environment, table, statement, given)
    doing = f"Copying into {table}"
    with statements.executor(app, environment, via=via, timeout=timeout, doing=doing) as executor:
        done = _run(ctx, environment, executor, table, statement, sent, as_json=as_json)
    _report(ctx, table, done, as_json=as_json)


def _looked_at(app: App, environment: Environment, table: str, statement: Copy, given: set[str]) -> Copy:
    """The statement as the files want it; what was taken over is said."""
    from dpctl.redshift import source, tables

    known = {spec.name: spec for spec in tables.wanted(environment)}
    target = known.get(table.rpartition(".")[2])
    columns = target.columns if target and target.schema == statement.schema else ()
    found = source.look(statements.open_s3(app, environment), statement, given=given, table=columns)
    for note in found.notes:
        app.terminal.info(note)
    return found.statement


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
    from dpctl.redshift.transfer import LoadFailed, Transfers

    transfers = Transfers(executor, statements.open_s3(app_of(ctx), environment))
    try:
        return transfers.copy(statement, token=token)
    except LoadFailed as failure:
        _failed(ctx, table, statement, failure, as_json=as_json)
        raise
    finally:
        for warning in transfers.warnings:
            app_of(ctx).terminal.warning(warning)


def _report(ctx: typer.Context, table: str, done: Copied, *, as_json: bool) -> None:
    terminal = app_of(ctx).terminal
    if as_json:
        terminal.json(_document(table, done.sql, done.source, done))
    else:
        terminal.data(_summary(table, done))
    for problem in done.problems:
        terminal.warning(problem)
    if done.problems:
        raise typer.Exit(int(ExitCode.FAILED))


def _failed(ctx: typer.Context, table: str, statement: Copy, failure: LoadFailed, *, as_json: bool) -> None:
    """The rows that did not fit, as the answer; the error itself follows on stderr."""
    if as_json:
        document = _document(table, copy_sql(statement), statement.source, error=failure)
        app_of(ctx).terminal.json(document | {"errors": [error.as_dict() for error in failure.errors]})
    elif failure.errors:
        app_of(ctx).terminal.data("\n".join(_rejected(failure.errors)))


def _document(
    table: str, sql: str, source: str, done: Copied | None = None, *, error: DpctlError | None = None
) -> dict[str, Any]:
    return {
        "schema_version": SCHEMA_VERSION,
        "ok": error is None and not (done and done.problems),
        "table": table,
        "sql": sql,
        "statement_id": done.statement_id if done else getattr(error, "statement_id", None),
        "source": source,
        "rows": done.rows if done else None,
        "files": done.files if done else None,
        "bytes": done.bytes if done else None,
        "seconds": round(done.seconds, 3) if done else None,
        "repeated": bool(done and done.repeated),
        "errors": [error.as_dict() for error in done.errors] if done else [],
        "problems": list(done.problems) if done else [],
        "error": {"what": error.what, "why": error.why, "hint": error.hint} if error else None,
    }


def _summary(table: str, done: Copied) -> str:
    files = f" from {amount(done.files, 'file')}" if done.files else ""
    volume = f", {size(done.bytes)}" if done.bytes else ""
    lines = [f"Copied into {table}: {amount(done.rows, 'row')}{files}{volume}, {done.seconds:.1f} s"]
    if done.repeated:
        lines.append("The token had been used before: this is what that run did, and nothing was run again.")
    lines += [f"From       {done.source}", f"Statement  {done.statement_id}"]
    return "\n".join(lines + _rejected(done.errors))


def _rejected(errors: tuple[LoadError, ...]) -> list[str]:
    if not errors:
        return []
    lines = [f"{amount(len(errors), 'row')} did not fit:"]
    lines += [f"  {error.sentence}" for error in errors[:SHOWN]]
    if len(errors) > SHOWN:
        lines.append(f"  ... and {len(errors) - SHOWN:,} more; --json lists them all")
    return lines
