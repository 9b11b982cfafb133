"""``dpctl sandbox``: the local account."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from dpctl import SCHEMA_VERSION
from dpctl.cli.clock import app as clock
from dpctl.cli.factory import app_of
from dpctl.cli.options import Env, Json

if TYPE_CHECKING:
    from dpctl.cli.factory import App
    from dpctl.sandbox import Account, MySqlAddress, Realism, SandboxInfo

app = typer.Typer(
    help="Run the local replica of the account, without credentials and without a network.",
    no_args_is_help=True,
)

LEFT_OUT = ("AWS_", "PG", "MYSQL_")

AccountOption = Annotated[
    str | None,
    typer.Option(
        "--account",
        help="What is there at the start: existing, empty, or console (as people make accounts by hand).",
        metavar="existing|empty|console",
    ),
]
Number = Annotated[int, typer.Option("--seed", min=0, help="Which of the console accounts.", metavar="N")]
From = Annotated[
    Path | None,
    typer.Option("--from", help="A snapshot: begin as the account it was taken of.", metavar="FILE"),
]
IdleHours = Annotated[
    float,
    typer.Option(
        "--idle-hours", min=0, help="End after so many hours without a call; 0: never.", metavar="HOURS"
    ),
]
RealismOption = Annotated[
    str | None,
    typer.Option(
        "--realism",
        help="Everything at once (calm, the default), in AWS's time and limits (aws), or as aws with events "
        "repeated, shuffled and late (storm).",
        metavar="calm|aws|storm",
    ),
]
StormSeed = Annotated[
    int | None,
    typer.Option("--storm-seed", min=0, help="Which storm: the same number, the same storm.", metavar="N"),
]


@app.command("start")
def start(
    ctx: typer.Context,
    env: Env = None,
    account: AccountOption = None,
    seed: Number = 0,
    picture: From = None,
    realism: RealismOption = None,
    storm_seed: StormSeed = None,
    idle_hours: IdleHours = 8.0,
    as_json: Json = False,
) -> None:
    """Start the sandbox of an environment, or find the running one.

    It runs in the background until it is stopped. Everything in it is lost then: it is an account to try
    things on. Other commands reach it with the global option --sandbox.

    Example:
        dpctl sandbox start --env dev --account existing
    """
    from dpctl import sandbox

    kind, variant = _account(account, seed, picture)
    manners = _realism(realism, storm_seed)
    environment = app_of(ctx).environment(env)
    with app_of(ctx).terminal.status(f"Starting the sandbox of account {environment.config.account_id}"):
        info = sandbox.start(
            environment, kind or "existing", variant=variant, idle_hours=idle_hours,
            realism=manners, seed=storm_seed,
        )  # fmt: skip
    _show(app_of(ctx), info, as_json)


@app.command("status")
def status(ctx: typer.Context, env: Env = None, as_json: Json = False) -> None:
    """Say whether the sandbox runs, and where it answers.

    Exit code 0 when it runs, 1 when it does not.

    Example:
        dpctl sandbox status --json
    """
    from dpctl import sandbox

    info = sandbox.status(app_of(ctx).environment(env))
    if info is None:
        if as_json:
            app_of(ctx).terminal.json({"schema_version": SCHEMA_VERSION, "running": False})
        else:
            app_of(ctx).terminal.info("The sandbox is not running. Try: dpctl sandbox start")
        raise typer.Exit(1)
    _show(app_of(ctx), info, as_json)


@app.command("stop")
def stop(ctx: typer.Context, env: Env = None, as_json: Json = False) -> None:
    """Stop the sandbox; what was in its account is gone.

    Example:
        dpctl sandbox stop --env dev
    """
    from dpctl import sandbox

    stopped = sandbox.stop(app_of(ctx).environment(env))
    if as_json:
        app_of(ctx).terminal.json({"schema_version": SCHEMA_VERSION, "running": False, "stopped": stopped})
    else:
        app_of(ctx).terminal.info("Stopped the sandbox." if stopped else "The sandbox was not running.")


@app.command("reset")
def reset(
    ctx: typer.Context,
    env: Env = None,
    account: AccountOption = None,
    seed: Number = 0,
    picture: From = None,
    realism: RealismOption = None,
    storm_seed: StormSeed = None,
    as_json: Json = False,
) -> None:
    """Begin again with a fresh account.

    Without --account and --realism it is as the one that is running.

    Example:
        dpctl sandbox reset --env dev --account empty
    """
    from dpctl import sandbox

    kind, variant = _account(account, seed, picture)
    manners = _realism(realism, storm_seed)
    environment = app_of(ctx).environment(env)
    with app_of(ctx).terminal.status(f"Resetting the sandbox of account {environment.config.account_id}"):
        info = sandbox.reset(environment, kind, variant, realism=manners, seed=storm_seed)
    _show(app_of(ctx), info, as_json)


@app.command("env")
def env_variables(ctx: typer.Context, env: Env = None, as_json: Json = False) -> None:
    """Print the variables that lead other programs to the sandbox.

    Endpoint, keys, database: lines for the shell, or with --json one object of names and values. They hold
    the sandbox's key, its token and the database's password: who has them may do everything in it.

    Example:
        dpctl sandbox env > sandbox.env && . ./sandbox.env
    """
    variables = _variables(app_of(ctx), env)
    if as_json:
        app_of(ctx).terminal.json(variables)
    else:
        lines = (f"export {name}={shlex.quote(value)}" for name, value in variables.items())
        app_of(ctx).terminal.data("\n".join(lines))


@app.command("exec", context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
def execute(
    ctx: typer.Context,
    command: Annotated[
        list[str], typer.Argument(help="The program and its arguments.", metavar="-- COMMAND...")
    ],
    env: Env = None,
) -> None:
    """Run a program in the sandbox: aws, terragrunt, psql, a script.

    The AWS_*, PG* and MYSQL_* variables of the user are left out, those of `dpctl sandbox env` are put in.
    Its exit code is the program's.

    Example:
        dpctl sandbox exec -- aws dynamodb list-tables
    """
    import os
    import shutil

    from dpctl.errors import ToolMissing

    variables = _variables(app_of(ctx), env)
    program = shutil.which(command[0])
    if program is None:
        raise ToolMissing(f"There is no program {command[0]}.", hint="dpctl sandbox exec -- env")
    os.umask(app_of(ctx).umask)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(LEFT_OUT)}
    # The first version of the aws CLI asks AWS for some services (SQS), whatever the variables say.
    if Path(program).name == "aws":
        command = [command[0], "--endpoint-url", variables["AWS_ENDPOINT_URL"], *command[1:]]
    os.execve(program, command, kept | variables)


app.add_typer(clock, name="clock")
spark = typer.Typer(help="Spark, for the jobs that need it.", no_args_is_help=True)
app.add_typer(spark, name="spark")


@spark.command("install")
def spark_install(ctx: typer.Context, as_json: Json = False) -> None:
    """Fetch what jobs of type glueetl need: Spark and its jars (600 MB, once).

    Spark is the one of Glue 5.0; the jars are fetched by their Maven coordinates, and checked. They are kept
    outside the repository, in the user's cache or in DPCTL_SPARK_HOME. Java has to be there. A
    small job then shows Java which classes to keep ready (160 MB more); run this again after an
    upgrade of Java.

    Example:
        dpctl sandbox spark install
    """
    from dpctl.sandbox import spark as runtime

    found = runtime.install(app_of(ctx).terminal.info)
    document = {
        "home": str(found.home),
        "python": str(found.python),
        "jars": [str(jar) for jar in found.jars],
    }
    if as_json:
        app_of(ctx).terminal.json({"schema_version": SCHEMA_VERSION, "ok": True, **document})
    else:
        app_of(ctx).terminal.data(f"Spark is in {found.home}")


def _variables(app: App, name: str | None) -> dict[str, str]:
    from dpctl import sandbox

    return sandbox.variables(app.running(name))


def _account(value: str | None, seed: int, picture: Path | None) -> tuple[Account | None, str]:
    """The kind of account, and which one of its kind."""
    if picture is not None:
        if value is not None:
            raise typer.BadParameter("--from says already what is there.", param_hint="--account")
        if not picture.is_file():
            raise typer.BadParameter(f"there is no file {picture}.", param_hint="--from")
        from dpctl.deploy import picture as pictures

        pictures.read(picture)
        return "snapshot", str(picture.resolve())
    if value not in (None, "existing", "empty", "console"):
        raise typer.BadParameter(
            f"{value!r} is neither existing nor empty nor console.", param_hint="--account"
        )
    return cast("Account | None", value), str(seed) if value == "console" else ""


def _realism(value: str | None, seed: int | None) -> Realism | None:
    """The realism that was asked for; a seed alone asks for nothing."""
    if value not in (None, "calm", "aws", "storm"):
        raise typer.BadParameter(f"{value!r} is neither calm nor aws nor storm.", param_hint="--realism")
    if seed is not None and value != "storm":
        raise typer.BadParameter("only a storm has a seed: --realism storm.", param_hint="--storm-seed")
    return cast("Realism | None", value)


def _mysql(mysql: MySqlAddress) -> str:
    return f"{mysql.host}:{mysql.port}/{mysql.database}, user {mysql.user} ({mysql.endpoint})"


def _manners(info: SandboxInfo) -> str:
    return f"storm, seed {info.seed}" if info.realism == "storm" else info.realism


def _show(app: App, info: SandboxInfo, as_json: bool) -> None:
    if as_json:
        app.terminal.json(info.as_dict())
        return
    rows = {
        "endpoint": info.endpoint,
        "account": f"{info.account_id} in {info.region} ({info.account})",
        "redshift": f"{info.redshift_host}:{info.redshift_port}/{info.redshift_database}, "
        f"user {info.redshift_user}",
        **({"realism": _manners(info)} if info.realism != "calm" else {}),
        "TLS": f"sslrootcert={info.redshift_ca}",
        **({"mysql": _mysql(info.mysql)} if info.mysql else {}),
        "log": str(info.log),
    }
    app.terminal.data("\n".join(f"{name:<10}{value}" for name, value in rows.items()))
