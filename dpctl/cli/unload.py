"""``dpctl unload``: a table or a query as files in S3."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dpctl.amounts import amount, size
from dpctl.cli import statements
from dpctl.cli.factory import app_of
from dpctl.cli.options import DryRun, Env, Json, Yes
from dpctl.cli.statements import Role, Sql, Timeout, Token, Via
from dpctl.errors import DpctlError, ExitCode
from dpctl.redshift.unload import Unload, check_safety, unload_sql, warnings

if TYPE_CHECKING:
    from collections.abc import Callable

    from dpctl.config import Environment
    from dpctl.redshift.executor import Executor
    from dpctl.redshift.transfer import Unloaded

Table = Annotated[str | None, statements.TABLE]
Query = Annotated[
    str | None,
    typer.Option("--query", "-q", help="One SELECT or WITH, in place of a table.", metavar="SQL"),
]
To = Annotated[
    str | None,
    typer.Option(
        "--to", help="s3://bucket/prefix.  [default: a folder of its own in the export bucket]", metavar="URI"
    ),
]

Columns = Annotated[str | None, typer.Option("--columns", help="Only these columns.", metavar="A,B,C")]
Where = Annotated[
    str | None, typer.Option("--where", help="Only rows for which this holds.", metavar="CONDITION")
]
Since = Annotated[
    str | None,
    typer.Option("--since", help="Only rows not older, as ordered_at=7d.", metavar="COLUMN=DURATION"),
]
Limit = Annotated[int | None, typer.Option("--limit", min=1, help="At most so many rows.", metavar="N")]
Download = Annotated[
    Path | None, typer.Option("--download", help="Also fetch the files into a new folder.", metavar="DIR")
]


@statements.with_options(Unload, "Options of UNLOAD")
def unload(
    ctx: typer.Context,
    env: Env = None,
    table: Table = None,
    query: Query = None,
    to: To = None,
    columns: Columns = None,
    where: Where = None,
    since: Since = None,
    limit: Limit = None,
    download: Download = None,
    dry_run: DryRun = False,
    iam_role: Role = None,
    via: Via = "data-api",
    timeout: Timeout = 3600,
    token: Token = None,
    yes: Yes = False,
    sql: Sql = False,
    as_json: Json = False,
    *,
    options: dict[str, Any],
) -> None:
    """Write a table or a query to files in S3, and count what was written.

    Everything is checked before AWS is called: the query is one SELECT, the options go together, nothing is
    overwritten unless asked by name, and no file lands where auto-copy would load it again. Every run gets a
    folder run=<UTC time>/ of its own, and its manifest is read back and compared with Redshift's count. What
    env.yaml says about the table (prefix, format, partitions) holds unless an option says otherwise.

    Example:
        dpctl unload --table orders
        dpctl unload --table orders --since ordered_at=7d --columns partkey,amount --download ./orders
        dpctl unload --query "SELECT * FROM orders WHERE status = 'NEW'" --format csv --header
    """
    from datetime import UTC, datetime

    from dpctl.redshift import build, settings

    app = app_of(ctx)
    statements.check_not_empty(
        {
            "--table": table, "--query": query, "--to": to, "--columns": columns, "--where": where,
            "--since": since, "--iam-role": iam_role,
        }
    )  # fmt: skip
    sent = statements.check_token(token, via)
    environment = app.known_environment(env)
    statement = build.unload_of(
        environment,
        name=table,
        query=query,
        to=to,
        run=sent or settings.timestamp(datetime.now(UTC)),
        role=iam_role,
        options=options,
        part=build.Part(_names(columns), where, since, limit),
    )
    check_safety(statement, settings.watched(environment))
    if sql:
        _show_sql(ctx, table, statement, as_json=as_json)
        return
    if download:
        _make_room(download, dry_run=dry_run)
    if statement.cleanpath and not dry_run:
        question = f"CLEANPATH deletes for good what is under {statement.location.uri}. Go on?"
        app.terminal.confirm(question, yes=yes, as_json=as_json)
    doing = statements.Doing(f"{'Counting' if dry_run else 'Unloading'} {table or 'the query'}")
    with statements.executor(app, environment, via=via, timeout=timeout, doing=doing) as executor:
        if dry_run:
            _count(ctx, table, executor, statement, as_json=as_json)
            return
        with _failure_as_json(ctx, table, statement) if as_json else nullcontext():
            done = _run(ctx, environment, executor, statement, sent, doing)
    if download:
        done = _download(ctx, environment, statement, done, download)
    _report(ctx, table, done, as_json=as_json)


def _names(columns: str | None) -> tuple[str, ...]:
    return tuple(name.strip() for name in columns.split(",")) if columns else ()


def _make_room(folder: Path, *, dry_run: bool) -> None:
    """See that the files have a folder to come to, before a statement is paid for."""
    from dpctl.redshift import download

    download.check(folder)
    if not dry_run:
        download.make(folder)


@contextmanager
def _failure_as_json(ctx: typer.Context, table: str | None, statement: Unload) -> Iterator[None]:
    """Print what was meant to be unloaded with the error that ended it; the error goes on its way."""
    try:
        yield
    except DpctlError as error:
        from dpctl.redshift import report

        app_of(ctx).terminal.json(report.unload_failed(table, statement, error))
        raise


def _count(
    ctx: typer.Context, table: str | None, executor: Executor, statement: Unload, *, as_json: bool
) -> None:
    """What would be unloaded, and where to: the rows are counted, and nothing is written."""
    from dpctl.redshift import report
    from dpctl.redshift.query import check_query
    from dpctl.redshift.transfer import Unloaded

    query = check_query(statement.query)  # without the semicolon that it may end with
    rows = int(executor.run(f"SELECT count(*) FROM ({query}) AS q", fetch=True).rows[0][0])
    if as_json:
        app_of(ctx).terminal.json(report.unloaded(table, Unloaded.planned(statement, rows)))
    else:
        app_of(ctx).terminal.data(f"Would unload {amount(rows, 'row')} to {statement.location.uri}")


def _download(
    ctx: typer.Context, environment: Environment, statement: Unload, done: Unloaded, folder: Path
) -> Unloaded:
    """Fetch the files; where that fails, the unload is told all the same, with the reason as a problem."""
    from dataclasses import replace

    from dpctl.redshift import download as fetching

    terminal = app_of(ctx).terminal
    s3 = statements.open_s3(app_of(ctx), environment)

    def fetch(say: Callable[[str], None]) -> int:
        def progress(number: int, of: int, total: int) -> None:
            say(f"Fetching file {number} of {of}, {size(total)}")

        return len(fetching.fetch(s3, done.files, statement.location, folder, progress))

    try:
        with terminal.live() if terminal.interactive else nullcontext(lambda _text: None) as say:
            terminal.info(f"{amount(fetch(say), 'file')} in {folder}")
        return done
    except (DpctlError, OSError) as error:
        why, code = str(error), getattr(error, "exit_code", ExitCode.FAILED)
    except KeyboardInterrupt:
        why, code = "it was interrupted", ExitCode.INTERRUPTED
    unseen = f"Not all files are in {folder}: {why}. They stay in {done.location}"
    return replace(done, problems=(*done.problems, unseen), exit_code=code)


def _run(
    ctx: typer.Context,
    environment: Environment,
    executor: Executor,
    statement: Unload,
    token: str,
    doing: statements.Doing,
) -> Unloaded:
    from dpctl.redshift.transfer import Transfers

    terminal = app_of(ctx).terminal
    for warning in warnings(statement):
        terminal.warning(warning)
    transfers = Transfers(executor, statements.open_s3(app_of(ctx), environment))
    if terminal.interactive:  # one more statement, which only somebody who waits has use for
        rows = transfers.expected_rows(statement)
        doing.note = f"about {amount(rows, 'row')}" if rows is not None else ""
    return transfers.unload(statement, token=token)


def _report(ctx: typer.Context, table: str | None, done: Unloaded, *, as_json: bool) -> None:
    from dpctl.redshift import report

    terminal = app_of(ctx).terminal
    if as_json:
        terminal.json(report.unloaded(table, done))
    else:
        terminal.data(report.unload_summary(table, done))
    for problem in done.problems:
        terminal.warning(problem)
    if done.problems:
        raise typer.Exit(int(done.exit_code))


def _show_sql(ctx: typer.Context, table: str | None, statement: Unload, *, as_json: bool) -> None:
    if as_json:
        from dpctl.redshift import report
        from dpctl.redshift.transfer import Unloaded

        app_of(ctx).terminal.json(report.unloaded(table, Unloaded.planned(statement)))
    else:
        app_of(ctx).terminal.data(f"{unload_sql(statement)};")
