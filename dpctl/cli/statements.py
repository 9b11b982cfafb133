"""What the commands about Redshift share: options made from a statement's fields, executors, progress."""

from __future__ import annotations

import functools
import inspect
import types
import typing
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from dpctl.cli import completion
from dpctl.errors import DpctlError, UsageError
from dpctl.redshift.location import Size
from dpctl.redshift.options import flag, options_of

if TYPE_CHECKING:
    from dpctl.cli.factory import App
    from dpctl.config import Environment
    from dpctl.redshift.executor import Executor, Progress

Ways = Literal["data-api", "connector"]


def _number(value: float) -> float:
    """A range lets nan through, which is neither smaller nor larger than anything."""
    if value != value:
        raise typer.BadParameter("nan is not a number of seconds.")
    return value


Via = Annotated[
    Ways, typer.Option("--via", help="The Data API, which needs no way into the VPC, or a connection.")
]
Timeout = Annotated[
    float,
    typer.Option(
        "--timeout", min=1, max=86400, metavar="SECONDS", help="Then it is cancelled.", callback=_number
    ),
]
TABLE = typer.Option(
    "--table",
    "-t",
    help="A table of env.yaml, or schema.table.",
    metavar="TABLE",
    autocompletion=completion.tables,
)
Sql = Annotated[bool, typer.Option("--sql", help="Print the SQL, and run nothing. Needs no credentials.")]
Token = Annotated[
    str | None,
    typer.Option(
        "--token",
        help="Run once for this token, however often it is repeated (for 8 hours).",
        metavar="TOKEN",
    ),
]
Role = Annotated[
    str | None,
    typer.Option(
        "--iam-role", help="The role Redshift takes: a name in env.yaml, an ARN, or default.", metavar="ROLE"
    ),
]
HEARTBEAT_SECONDS = 10.0
METAVARS: dict[Any, str] = {str: "TEXT", tuple: "A,B,C", int: "N", float: "NUMBER"}


def with_options(statement: type, panel: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command one option for each option of a statement; what was given arrives in ``options``."""

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        own = inspect.signature(command, eval_str=True)
        made = dict(_parameters(statement, panel))

        @functools.wraps(command)
        def run(**values: Any) -> None:
            options = {name: values.pop(name) for name in made}
            given = {name: _value(value) for name, value in options.items() if _given(value)}
            command(**values, options=given)

        parameters = [p for p in own.parameters.values() if p.name != "options"] + list(made.values())
        vars(run)["__signature__"] = inspect.Signature(parameters)
        run.__annotations__ = {p.name: p.annotation for p in parameters}
        del vars(run)["__wrapped__"]
        return run

    return decorate


def _parameters(statement: type, panel: str) -> Iterator[tuple[str, inspect.Parameter]]:
    hints = typing.get_type_hints(statement)
    for name, item in options_of(statement):
        kind = _kind(hints[name])
        settings: dict[str, Any] = {}
        names = [flag(name)]
        if kind is bool:
            names = [f"{flag(name)}/--no-{flag(name)[2:]}"]
        if kind is Size:
            settings = {"parser": Size.parse, "metavar": "SIZE"}
        elif kind in METAVARS:
            settings = {"metavar": METAVARS[kind]}
        text = f"{item.keyword}: {item.help}" if item.keyword else item.help
        annotation: Any = list[str] | None if kind is tuple else kind | None
        info = typer.Option(*names, help=text, rich_help_panel=panel, show_default=False, **settings)
        yield (
            name,
            inspect.Parameter(
                name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Annotated[annotation, info]
            ),
        )


def _kind(hint: Any) -> Any:
    """The type of one value: without ``| None``, and ``tuple`` for a tuple of them."""
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        hint = next(arg for arg in typing.get_args(hint) if arg is not type(None))
    return tuple if typing.get_origin(hint) is tuple else hint


def _given(value: Any) -> bool:
    return value is not None and value != []


def _value(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(name.strip() for one in value for name in one.split(","))
    return {"\\t": "\t", "\\001": "\x01"}.get(value, value) if isinstance(value, str) else value


def open_executor(
    app: App,
    environment: Environment,
    *,
    via: Ways,
    timeout: float,
    progress: Progress,
    session: bool = False,
) -> Executor:
    """The way that ``--via`` names, to AWS or to the sandbox; ``session`` says that statements share one."""
    from dpctl.redshift import settings

    aws = app.aws(environment)
    if via == "data-api":
        return settings.data_api(environment, aws, timeout=timeout, progress=progress, session=session)
    if not app.sandboxed:
        return settings.connector(environment, aws, timeout=timeout, progress=progress)
    info = app.sandbox(environment)
    return settings.connector(
        environment, aws, timeout=timeout, progress=progress, authority=str(info.redshift_ca),
        address=lambda: (info.redshift_host, info.redshift_port),
    )  # fmt: skip


def open_s3(app: App, environment: Environment) -> Any:
    """A boto3 client for S3."""
    return app.aws(environment).client("s3")


@dataclass
class Doing:
    """What a line that counts says while a statement runs: ``Unloading orders (about 1,000,000 rows)``."""

    what: str
    note: str = ""

    def __str__(self) -> str:
        return f"{self.what} ({self.note})" if self.note else self.what


@contextmanager
def executor(
    app: App,
    environment: Environment,
    *,
    via: Ways,
    timeout: float,
    doing: str | Doing,
    session: bool = False,
) -> Iterator[Executor]:
    """An executor that says what it is doing, and is closed in the end."""
    with watching(app, doing) as progress:
        opened = open_executor(app, environment, via=via, timeout=timeout, progress=progress, session=session)
        try:
            yield opened
        except DpctlError as error:
            _name_statement(error)
            raise
        finally:
            opened.close()


def _name_statement(error: DpctlError) -> None:
    """An error about a statement says its id: the line that counted is gone from a terminal by then."""
    name = getattr(error, "statement_id", "")
    if name and not any(name in text for text in (error.what, error.why, error.hint)):
        error.why = f"{error.why}\nStatement {name}".strip()


@contextmanager
def watching(app: App, doing: str | Doing) -> Iterator[Progress]:
    """Say that a statement runs: a line that counts for a person, one line and a heartbeat elsewhere."""
    terminal = app.terminal
    if terminal.interactive:
        with terminal.console(stderr=True).status(str(doing)) as status:
            yield lambda elapsed, name: status.update(f"{doing}: {elapsed:.0f} s, statement {name}")
        return
    said: dict[str, float] = {}

    def progress(elapsed: float, name: str) -> None:
        if not said:
            terminal.info(f"{doing}: statement {name} has started.")
        if elapsed >= said.setdefault(name, 0.0) + HEARTBEAT_SECONDS:
            terminal.info(f"{doing}: statement {name} runs for {elapsed:.0f} s.")
            said[name] = elapsed

    yield progress


def check_not_empty(given: Mapping[str, str | None]) -> None:
    """Refuse options that are there and say nothing: ``--where "$CONDITION"`` without it means every row.

    Raises UsageError.
    """
    for option, value in given.items():
        if value is not None and not value.strip():
            raise UsageError(
                f"{option} is empty.",
                why="Without it more would be meant than you may want: every row, or what env.yaml says.",
                hint=f"a value for {option}, or the command without it",
            )


def check_token(token: str | None, via: Ways) -> str:
    """The token, or nothing. Raises UsageError for what no token can be."""
    import re

    if token is None:
        return ""
    if via == "connector":
        raise UsageError(
            "--token and --via connector can't be used together.",
            why="Only the Data API remembers tokens.",
            hint="--via data-api",
        )
    if not re.fullmatch(r"[\w.:-]{1,64}", token, re.ASCII):
        raise UsageError(f"--token can't be {token!r}.", why="It has 1 to 64 letters, digits and . _ : -")
    return token
