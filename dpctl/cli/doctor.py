"""``dpctl doctor``: what is wrong, the proof, and how to fix it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from dpctl.cli import completion
from dpctl.cli.factory import App, app_of
from dpctl.cli.options import Env, Json, Yes
from dpctl.errors import UsageError

if TYPE_CHECKING:
    from dpctl.config import Environment
    from dpctl.doctor.diagnosis import Diagnosis
    from dpctl.doctor.examine import Visit

app = typer.Typer(help="Find out what is wrong, prove it, and fix it.", no_args_is_help=True)

Format = Literal["text", "json", "html", "svg"]
FailOn = Literal["warn", "fail"]
Connection = Annotated[
    str | None, typer.Option("--connection", "--name", help="Another connection.", metavar="NAME")
]
Region = Annotated[
    str | None,
    typer.Option("--region", help="With --connection: outside the live tree.", metavar="REGION"),
]
FixIt = Annotated[bool, typer.Option("--fix", help="Fix it: show the change, ask, do it, test it.")]
Choose = Annotated[
    int | None, typer.Option("--choose", help="With --fix: another of the plans, by its number.", metavar="N")
]
Output = Annotated[Format, typer.Option("--format", help="How to answer; html and svg draw the network.")]
Listing = Annotated[bool, typer.Option("--list", help="List the checks, and do nothing else.")]
Codes = Annotated[
    list[str] | None,
    typer.Option(
        "--only",
        help="Run only this check; may be repeated.",
        metavar="CODE",
        autocompletion=completion.checks,
    ),
]
Skipped = Annotated[
    list[str] | None,
    typer.Option(
        "--skip",
        help="Leave this check out; may be repeated.",
        metavar="CODE",
        autocompletion=completion.checks,
    ),
]
SnapshotFile = Annotated[
    Path | None, typer.Option("--snapshot", help="Keep what AWS said in a file.", metavar="FILE")
]
FromFile = Annotated[
    Path | None, typer.Option("--from-snapshot", help="Look at a kept file instead of AWS.", metavar="FILE")
]
Threshold = Annotated[FailOn, typer.Option("--fail-on", help="What makes the exit code 1.")]
Deep = Annotated[bool, typer.Option("--deep", help="Read the secret too; only its keys are looked at.")]
Logs = Annotated[bool, typer.Option("--logs/--no-logs", help="Read Glue's logs of tests and failed runs.")]
Active = Annotated[bool, typer.Option("--active", help="Let Glue test the connection.")]
SelectOne = Annotated[bool, typer.Option("--sql", help="Run select 1; the cost is printed first.")]
Probe = Annotated[
    bool, typer.Option("--probe", help="Send a Lambda into the subnet; asked first, deleted after.")
]
Runbook = Annotated[bool, typer.Option("--runbook", help="Run AWS's runbook; it makes resources.")]


@app.command("glue-connection")
def glue_connection(
    ctx: typer.Context,
    env: Env = None,
    connection: Connection = None,
    region: Region = None,
    fix: FixIt = False,
    choose: Choose = None,
    listing: Listing = False,
    only: Codes = None,
    skip: Skipped = None,
    fail_on: Threshold = "fail",
    deep: Deep = False,
    logs: Logs = True,
    active: Active = False,
    sql: SelectOne = False,
    probe: Probe = False,
    runbook: Runbook = False,
    snapshot: SnapshotFile = None,
    from_snapshot: FromFile = None,
    yes: Yes = False,
    output: Output = "text",
    as_json: Json = False,
) -> None:
    """Find why a Glue connection to Redshift or MySQL fails, and fix it.

    Walks the way of a packet from the connection's subnet to STS, Secrets Manager, S3, KMS, Glue, Logs and
    the warehouse, and names the hop where it ends. Reads only, unless --fix, --active, --sql, --probe or
    --runbook say otherwise; a permission that is missing makes a check unknown, never failed. With --sql, and
    in the sandbox always, it logs in to MySQL from this machine, and reads a row of each table.

    Example:
        dpctl --sandbox doctor glue-connection --env dev --fix
    """
    from dpctl.doctor import examine, report

    this: App = app_of(ctx)
    if listing:
        this.terminal.data(report.listing())
        return
    as_json = as_json or output == "json"
    wanted = examine.Wanted(
        only=tuple(only or ()),
        skip=tuple(skip or ()),
        deep=deep,
        active=active,
        sql=sql,
        runbook=runbook,
        save=snapshot,
        choose=choose or 0,
        logs=logs,
        probe=probe,
        yes=yes,
        as_json=as_json,
    )
    if choose is not None and not fix:
        raise UsageError("--choose needs --fix.", hint="--fix --choose N")
    done: list[str] = []
    if from_snapshot:
        if fix:
            raise UsageError("A stored snapshot can't be fixed.", hint="leave --fix or --from-snapshot out")
        diagnosis = examine.from_file(from_snapshot, wanted)
    else:
        visit = _visit(this, env, connection, region, wanted)
        diagnosis = visit.diagnose()
        if fix:
            diagnosis, done = _fix(this, visit, diagnosis, env, yes=yes, as_json=as_json)
    _show(this, diagnosis, "json" if as_json else output, done, fail_on)
    raise typer.Exit(diagnosis.exit_code(fail_on))


def _visit(this: App, env: str | None, connection: str | None, region: str | None, wanted: object) -> Visit:
    """A visit for the connection of an environment, or for any other one by its name and region."""
    from dpctl.aws import Aws
    from dpctl.doctor.examine import Visit
    from dpctl.doctor.target import Target, of_environment

    if region and not connection:
        raise UsageError("--region needs --connection.", hint="--connection NAME --region REGION")
    if region and connection and not this.sandboxed:
        return Visit(Target(connection, region), lambda: Aws(region), this.terminal, wanted)  # type: ignore[arg-type]
    environment = this.environment(env)
    target = of_environment(environment, connection)
    if region and connection:
        target = Target(connection, region)
    return Visit(
        target,
        lambda: this.aws(environment),
        this.terminal,
        wanted,  # type: ignore[arg-type]
        this.sandboxed,
        this.mysql(environment),
        _read_by_jobs(environment, target.connection),
    )


def _read_by_jobs(environment: Environment, connection: str) -> tuple[str, ...]:
    """MySQL's names for the tables that are loaded through a connection."""
    from dpctl.mysql.compare import source_name

    if connection != environment.resource(environment.config.glue.mysql_connection):
        return ()
    return tuple(source_name(name, table) for name, table in environment.loaded_from("mysql").items())


def _command(this: App) -> str:
    """How dpctl is called for the account that is looked at."""
    return "dpctl --sandbox" if this.sandboxed else "dpctl"


def _fix(
    this: App, visit: Visit, diagnosis: Diagnosis, env: str | None, *, yes: bool, as_json: bool
) -> tuple[Diagnosis, list[str]]:
    """Fix: with env.yaml and Terraform for a connection of the live tree, by API calls for another."""
    from dpctl.doctor.layers import Applier

    if visit.target.expected is None or not visit.target.expected.env:
        return visit.fix(diagnosis, None, None, yes=yes, as_json=as_json)
    environment = this.environment(env)
    apply = Applier(environment, visit.connect(), this.terminal, yes)
    return visit.fix(diagnosis, environment.file, apply, yes=yes, as_json=as_json)


def _show(this: App, diagnosis: Diagnosis, output: Format, done: list[str], fail_on: FailOn) -> None:
    from dpctl.doctor import report
    from dpctl.doctor.diagnosis import to_document

    if output == "json":
        this.terminal.json(to_document(diagnosis, done, fail_on))
    elif output == "text":
        this.terminal.data(report.text(diagnosis, this.terminal.verbosity, done))
        this.terminal.info(report.summary(diagnosis))
    else:
        from dpctl.doctor import page, picture

        this.terminal.data(page.html(diagnosis, _pages(this)) if output == "html" else picture.svg(diagnosis))


def _pages(this: App) -> str:
    """Where the checks' pages are: in the repository, where there is one."""
    try:
        return f"{this.root.as_uri()}/"
    except UsageError:
        return ""


@app.command("pipeline")
def pipeline(
    ctx: typer.Context,
    env: Env = None,
    fix: FixIt = False,
    active: Annotated[
        bool, typer.Option("--active", help="Send an event of no item down the chain, and follow it.")
    ] = False,
    sql: Annotated[
        bool, typer.Option("--sql", help="Ask Redshift about tables, grants and files; it costs a minute.")
    ] = False,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Check every link from a write to its row, and of auto-copy and dumps.

    Follows what is deployed, in the order in which an event passes it: the table, the trail, the rule and its
    target, the state machine, the workflow, its trigger and its job, each with the role it really has; the
    login, the keys and the dead letters; auto-copy and the schedules where the environment has them. Most of
    these fail silently: nothing says that an event was never sent. Reads only, unless --fix or --active say
    otherwise.

    Example:
        dpctl --sandbox doctor pipeline --env dev
    """
    from dpctl.doctor import pipeline as links
    from dpctl.doctor.chain import names_of
    from dpctl.doctor.layers import Applier
    from dpctl.doctor.rounds import Visit

    this: App = app_of(ctx)
    environment = this.environment(env)
    aws = this.aws(environment)
    asking = (lambda: _in_redshift(this, environment)) if sql else None
    apply = Applier(environment, aws, this.terminal, yes)
    visit = Visit(
        names_of(environment), lambda: aws, this.terminal, _command(this), active, asking, apply.never_applied
    )
    chain, findings = visit.look()
    done: tuple[str, ...] = ()
    if fix:
        chain, findings, done = visit.fix(chain, findings, apply, yes=yes, as_json=as_json)
    if as_json:
        this.terminal.json(links.to_document(chain, findings, done))
    else:
        this.terminal.data(links.text(chain, findings))
    raise typer.Exit(links.exit_code(chain, findings))


def _in_redshift(this: App, environment: Environment) -> dict[str, object]:
    """What only Redshift says; the price is said first, since it wakes the workgroup."""
    from dpctl import prices
    from dpctl.cli import statements
    from dpctl.doctor import inredshift

    config = environment.config
    # Redshift Serverless bills at least 60 seconds of the base capacity (Amazon Redshift pricing)
    price = config.databases.redshift.base_capacity * prices.of(config.region).redshift_rpu_hour / 60
    this.terminal.info(f"Asking Redshift: it wakes the workgroup, for about ${price:.2f}")
    doing = "Asking Redshift"
    with statements.executor(this, environment, via="data-api", timeout=300, doing=doing) as executor:
        return inredshift.ask(environment, executor, statements.open_s3(this, environment))


@app.command("toolchain")
def toolchain(ctx: typer.Context, as_json: Json = False) -> None:
    """Say what of Python, Terraform, providers, sandbox and login is here.

    Nothing outside this machine is asked. A thing without which nothing works makes the exit code 5.

    Example:
        dpctl doctor toolchain
    """
    from dpctl.doctor import toolchain as tools

    this: App = app_of(ctx)
    try:
        root = this.root
    except UsageError:
        root = None
    found = tools.look(root)
    if as_json:
        this.terminal.json(tools.to_document(found))
    else:
        this.terminal.data(tools.text(found))
    raise typer.Exit(5 if any(tool.result == "fail" for tool in found) else 0)
