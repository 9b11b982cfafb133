"""``dpctl sql``: a statement by hand."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dpctl import SCHEMA_VERSION
from dpctl.amounts import amount
from dpctl.cli import statements
from dpctl.cli.factory import app_of
from dpctl.cli.options import Env, Json
from dpctl.cli.statements import Timeout, Via
from dpctl.errors import DpctlError, UsageError

if TYPE_CHECKING:
    from dpctl.redshift.executor import Result

SHOWN = 200
Text = Annotated[
    str | None, typer.Argument(help="The statement; - reads it from stdin.", metavar="STATEMENT")
]
File = Annotated[
    Path | None, typer.Option("--file", "-f", help="A file with statements; - is stdin.", metavar="FILE")
]
Write = Annotated[bool, typer.Option("--write", help="Let statements change something.")]
Csv = Annotated[bool, typer.Option("--csv", help="Print the rows as CSV.")]


def sql(
    ctx: typer.Context,
    statement: Text = None,
    env: Env = None,
    file: File = None,
    write: Write = False,
    via: Via = "data-api",
    timeout: Timeout = 3600,
    as_csv: Csv = False,
    as_json: Json = False,
) -> None:
    """Run SQL by hand, and print its rows.

    One statement, or several one after the other in one session; the first that fails ends it, and what is
    not committed then is taken back. It only reads unless --write is given. Ctrl-C cancels on the server; an
    error is explained, and says the statement's id.

    Example:
        dpctl sql "SELECT status, count(*) FROM orders GROUP BY 1"
        dpctl sql --file backfill.sql --write
    """
    from dpctl.redshift import adhoc

    if as_csv and as_json:
        raise UsageError("--csv and --json can't be used together.")
    wanted = adhoc.split(_text(statement, file))
    adhoc.check_committed(wanted)
    for one in () if write else wanted:
        adhoc.check_reading(one)
    app = app_of(ctx)
    environment = app.known_environment(env)
    done: list[tuple[str, Result]] = []
    with statements.executor(
        app, environment, via=via, timeout=timeout, doing="Running SQL", session=len(wanted) > 1
    ) as executor:
        try:
            for one in wanted:
                result = executor.run(one, fetch=True)
                done.append((one, result))
                if not as_json:
                    _print(ctx, result, as_csv=as_csv)
        except DpctlError as error:
            if as_json:
                _tell(ctx, done, error)
            raise
    if as_json:
        _tell(ctx, done)


def _text(statement: str | None, file: Path | None) -> str:
    if (statement is None) == (file is None):
        raise UsageError("What should run?", why="Either a statement or --file.", hint="dpctl sql 'SELECT 1'")
    stdin = "-" in (statement, str(file))
    if file is None and not stdin:
        return str(statement)
    if stdin and sys.stdin is None:
        raise UsageError("stdin can't be read.", why="It is closed.")
    try:
        # Editors put a mark at the beginning, which is none of SQL's: utf-8-sig.
        return (sys.stdin.buffer.read() if stdin or file is None else file.read_bytes()).decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{'stdin' if stdin else file} can't be read.", why=str(error)) from error


def _print(ctx: typer.Context, result: Result, *, as_csv: bool) -> None:
    from dpctl.redshift.polling import interrupted

    try:
        _rows(ctx, result, as_csv=as_csv)
    except KeyboardInterrupt:
        raise interrupted(result.statement_id, "It had ended; its rows were not all printed.") from None


def _rows(ctx: typer.Context, result: Result, *, as_csv: bool) -> None:
    from dpctl.redshift import adhoc

    terminal = app_of(ctx).terminal
    if result.columns and as_csv:
        terminal.exact(adhoc.as_csv(result.columns, result.rows))
    elif result.columns:
        terminal.data(adhoc.as_table(result.columns, result.rows[:SHOWN]))
        if len(result.rows) > SHOWN:
            terminal.info(f"... and {len(result.rows) - SHOWN:,} more rows; --csv and --json print all.")
    count = len(result.rows) if result.columns else result.row_count
    told = amount(count, "row") if count is not None else "done"
    terminal.info(f"{told}, {result.seconds:.1f} s, statement {result.statement_id}")


def _tell(ctx: typer.Context, done: list[tuple[str, Result]], error: DpctlError | None = None) -> None:
    """One document: what ran and, where that was not all, the error that ended it with its statement's id."""
    document = {
        "schema_version": SCHEMA_VERSION,
        "ok": error is None,
        "statements": [_document(one, result) for one, result in done],
    }
    if error:
        failed = getattr(error, "statement_id", "") or None
        document["error"] = error.as_dict() | {"statement_id": failed}
    app_of(ctx).terminal.json(document)


def _document(statement: str, result: Result) -> dict[str, Any]:
    from dpctl.redshift import adhoc

    return {
        "sql": statement,
        "statement_id": result.statement_id,
        "columns": list(result.columns),
        "rows": [[adhoc.plain(value) for value in row] for row in result.rows],
        "row_count": len(result.rows) if result.columns else result.row_count,
        "seconds": round(result.seconds, 3),
    }
