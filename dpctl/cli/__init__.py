"""The command line: global options, the commands, and the one place where errors become exit codes."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from dpctl import __version__
from dpctl.cli.commands import TABLE, Commands
from dpctl.cli.factory import App, sandbox_asked
from dpctl.cli.given import Given, asks_json, hoist, typed
from dpctl.errors import DpctlError, ExitCode, Interrupted, UsageError
from dpctl.terminal import Terminal, unread

AS_JSON = "dpctl.json"  # in the context's meta: whether the answer is to be one document
TYPED = "dpctl.typed"  # and there: the words of the command line from the command on
EPILOG = "Exit codes: " + ", ".join(f"{int(code)} {code.meaning}" for code in ExitCode) + "."


class ErrorBoundary(TyperGroup):
    """Prints DpctlError as a person reads it and exits with its code, for every command below."""

    def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> Any:
        """Take the global options from wherever they stand."""
        words = args if parent else hoist(self, args)
        try:
            ctx = super().make_context(info_name, list(words), parent, **extra)
        except Exception as error:
            _mind_the_reader(error)
            _document_usage(error, Terminal(), wanted=asks_json(words))
            raise
        ctx.meta[AS_JSON] = asks_json(words)
        if parent is None:
            ctx.meta[TYPED] = typed(self, words)
        return ctx

    def invoke(self, ctx: Any) -> Any:
        """Run a command; no traceback unless ``--debug``."""
        try:
            return super().invoke(ctx)
        except (Exception, KeyboardInterrupt) as error:
            _mind_the_reader(error)
            app = ctx.obj if isinstance(ctx.obj, App) else App(None, Terminal())
            wanted = ctx.meta.get(AS_JSON, False)
            if type(error).__module__.startswith("typer"):
                _document_usage(error, app.terminal, wanted=wanted)
                raise  # Exit, Abort and usage errors: Typer's own business
            if app.debug:
                import traceback

                traceback.print_exc()
            shown = _explained(error)
            app.terminal.error(shown)
            if wanted:
                app.terminal.error_document(shown)
            raise typer.Exit(int(shown.exit_code)) from None


class Program(ErrorBoundary):
    """The commands of dpctl, each imported when it is asked for."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**{**given, "commands": Commands()})

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """The list of the help page, from the commands' own first lines, with none of them imported."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.title) for name, entry in TABLE.items()])


def _mind_the_reader(error: BaseException) -> None:
    """End well where nobody reads a page of help any more (``dpctl --help | head``)."""
    if isinstance(error, BrokenPipeError) and unread():
        raise typer.Exit from None


def _document_usage(error: Exception | KeyboardInterrupt, terminal: Terminal, *, wanted: bool) -> None:
    """The JSON document of a command line that Typer refuses."""
    message = getattr(error, "format_message", None)
    if not wanted or message is None:
        return
    ctx = getattr(error, "ctx", None)
    terminal.error_document(
        UsageError(message(), hint=f"{ctx.command_path} --help" if ctx else "dpctl --help")
    )


def _explained(error: Exception | KeyboardInterrupt) -> DpctlError:
    """Any exception as an error of ours: a person reads no traceback but with ``--debug``."""
    if isinstance(error, DpctlError):
        return error
    if isinstance(error, KeyboardInterrupt):
        return Interrupted("Interrupted.")
    if isinstance(error, OSError) and error.errno in DISK and error.filename:
        return DpctlError(
            f"dpctl can't write to {error.filename}: {error.strerror}.",
            why="It keeps work directories, logs and records in .dpctl/ of the repository.",
            hint=DISK[error.errno],
        )
    if type(error).__module__.startswith("botocore"):
        from dpctl.aws import translate

        return translate(error, "go on")
    return DpctlError(
        f"Unexpected error: {type(error).__name__}.",
        why=str(error),
        hint="dpctl --debug ..., and report what it prints",
    )


DISK = {
    errno.ENOSPC: "df -h, and free some space",
    errno.EDQUOT: "free some of your quota",
    errno.EROFS: "a copy of the repository on a disk that can be written, or dpctl --root DIR",
    errno.EACCES: "chmod -R u+w .dpctl, or a copy of the repository that is yours, with dpctl --root DIR",
    errno.EPERM: "chmod -R u+w .dpctl, or a copy of the repository that is yours, with dpctl --root DIR",
}


app = typer.Typer(
    cls=Program,
    name="dpctl",
    help="Run an AWS data pipeline as code: plan, rehearse, apply, load, dump and fix it.",
    epilog=EPILOG,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(value: bool) -> None:
    if value:
        Terminal().data(f"dpctl {__version__}")
        raise typer.Exit


@app.callback()
def root(
    ctx: typer.Context,
    sandbox: Annotated[
        bool,
        typer.Option("--sandbox", help="Use the local replica of the account.  [env var: DPCTL_SANDBOX]"),
    ] = False,
    root: Annotated[
        Path | None,
        typer.Option("--root", metavar="DIR", help="The repository.  [default: found from here up]"),
    ] = None,
    verbose: Annotated[
        int, typer.Option("--verbose", "-v", count=True, help="Say more; may be repeated.")
    ] = 0,
    no_color: Annotated[bool, typer.Option("--no-color", help="No colours.  [env var: NO_COLOR]")] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks.")] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Global options; they may stand before the command or after it."""
    import os

    before = os.umask(0o077)  # plans, states and logs hold secrets: nobody else may read what this run writes
    terminal = Terminal(verbosity=verbose, color=False if no_color else None)
    sandboxed = sandbox or sandbox_asked(os.environ)
    given = Given(ctx.command, sandboxed, root, typed=ctx.meta.get(TYPED, ()))
    terminal.retell, terminal.hint = given.retell, given.hint
    ctx.obj = App(root, terminal, sandboxed, debug, given, before)
