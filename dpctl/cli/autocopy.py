"""``dpctl autocopy``: the jobs that load new files."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dpctl import SCHEMA_VERSION
from dpctl.cli import statements
from dpctl.cli.factory import app_of
from dpctl.cli.options import Env, Json, Yes
from dpctl.cli.statements import Sql, Timeout, Via
from dpctl.errors import ExitCode

if TYPE_CHECKING:
    from dpctl.redshift.autocopy import AutoCopy, Job

app = typer.Typer(help="Make, watch and fix the jobs that load new files.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(metavar="JOB", help="The job, or its table.")]
Names = Annotated[
    list[str] | None, typer.Argument(metavar="[JOB]...", help="Jobs, or tables.  [default: all]")
]


@app.command("create")
def create(
    ctx: typer.Context,
    names: Names = None,
    env: Env = None,
    backfill: Annotated[
        bool | None,
        typer.Option("--backfill/--no-backfill", help="Load the files that are there.  [default: if empty]"),
    ] = None,
    via: Via = "data-api",
    timeout: Timeout = 3600,
    sql: Sql = False,
    as_json: Json = False,
) -> None:
    """Make the auto-copy jobs of env.yaml, and load what is already there.

    A job of Redshift sees only files that arrive after it. So the files that are there are loaded first, by a
    manifest of exactly those, then the job is made, then what came in between is loaded. A job that differs
    from env.yaml is replaced. It may be repeated: no file is loaded twice.

    Example:
        dpctl autocopy create --env dev
    """
    from dpctl.redshift import jobreport
    from dpctl.redshift.copy import copy_sql

    jobs = _wanted(ctx, env, names)
    if sql:
        _show(ctx, [copy_sql(job.statement) for job in jobs], as_json=as_json)
        app_of(ctx).terminal.info(
            "Files that are there are loaded first, from a manifest made when this runs."
        )
        return
    done = []
    with _open(ctx, env, via, timeout, "Making jobs") as auto:
        live = auto.live()
        done = [auto.create(job, live, backfill=backfill) for job in jobs]
    if as_json:
        _document(ctx, env, created=[jobreport.created(item) for item in done])
        return
    for item in done:
        app_of(ctx).terminal.data(jobreport.created_summary(item))
        for file in item.uncertain:
            app_of(ctx).terminal.warning(f"{file.url} came while the job was made; see dpctl autocopy show.")


@app.command("list")
def list_jobs(
    ctx: typer.Context,
    env: Env = None,
    via: Via = "data-api",
    timeout: Timeout = 300,
    sql: Sql = False,
    as_json: Json = False,
) -> None:
    """List the jobs of env.yaml and of the database, and how they differ.

    A job is in sync, changed (create replaces it), missing (create makes it) or not in env.yaml.

    Example:
        dpctl autocopy list --env dev
    """
    from dpctl.redshift import autocopy, jobreport

    if sql:
        _show(ctx, [autocopy.jobs_sql()], as_json=as_json)
        return
    jobs = autocopy.wanted(app_of(ctx).environment(env))
    with _open(ctx, env, via, timeout, "Reading jobs") as auto:
        found = autocopy.statuses(jobs, auto.live())
    if as_json:
        _document(ctx, env, jobs=[status.as_dict() for status in found])
        return
    app_of(ctx).terminal.data(jobreport.listing(found))


@app.command("show")
def show(
    ctx: typer.Context,
    name: Name,
    env: Env = None,
    via: Via = "data-api",
    timeout: Timeout = 300,
    sql: Sql = False,
    as_json: Json = False,
) -> None:
    """Show one job: its COPY, and what became of each file under its prefix.

    A failed file is shown with the line, the column and the reason of the first row that did not fit. Files
    that failed or were overwritten are not looked at again by Redshift; autocopy retry loads them. With
    such files, and for a job that is not in sync, the exit code is 1.

    Example:
        dpctl autocopy show order_files --env dev
    """
    from dpctl.redshift import autocopy, jobreport

    (job,) = _wanted(ctx, env, [name])
    if sql:
        _show(ctx, [autocopy.details_sql(job.name)], as_json=as_json)
        return
    with _open(ctx, env, via, timeout, f"Reading {job.name}") as auto:
        files = auto.files(job)
        (status,) = (s for s in autocopy.statuses([job], auto.live()) if s.name == job.name)
    if as_json:
        _document(ctx, env, ok=jobreport.content(status, files), **jobreport.job(job, status, files))
    else:
        app_of(ctx).terminal.report(jobreport.job_summary(job, status, files))
    if warning := jobreport.left_out(job, files):
        app_of(ctx).terminal.warning(warning)
    if not jobreport.content(status, files):
        raise typer.Exit(int(ExitCode.FAILED))


@app.command("run")
def run(
    ctx: typer.Context,
    name: Name,
    env: Env = None,
    via: Via = "data-api",
    timeout: Timeout = 3600,
    sql: Sql = False,
    as_json: Json = False,
) -> None:
    """Run a job now: load the files that are waiting.

    Example:
        dpctl autocopy run order_files --env dev
    """
    from dpctl.redshift import copyjob

    job = _job_name(ctx, env, name)
    if sql:
        _show(ctx, [copyjob.run_sql(job)], as_json=as_json)
        return
    with _open(ctx, env, via, timeout, f"Running {job}") as auto:
        auto.run(job)
    _done(ctx, env, job, "run", as_json=as_json)


@app.command("drop")
def drop(
    ctx: typer.Context,
    name: Name,
    env: Env = None,
    via: Via = "data-api",
    timeout: Timeout = 300,
    yes: Yes = False,
    sql: Sql = False,
    as_json: Json = False,
) -> None:
    """Delete a job; rows and files stay.

    Example:
        dpctl autocopy drop order_files --env dev
    """
    from dpctl.redshift import copyjob

    job = _job_name(ctx, env, name)
    if sql:
        _show(ctx, [copyjob.drop_sql(job)], as_json=as_json)
        return
    app_of(ctx).terminal.confirm(
        f"Delete the job {job}? New files will not be loaded.", yes=yes, as_json=as_json
    )
    with _open(ctx, env, via, timeout, f"Deleting {job}") as auto:
        auto.drop(job)
    _done(ctx, env, job, "dropped", as_json=as_json)


@app.command("retry")
def retry(
    ctx: typer.Context,
    name: Name,
    env: Env = None,
    missed: Annotated[
        bool, typer.Option("--missed", help="Also files that neither the job nor dpctl has loaded.")
    ] = False,
    overwritten: Annotated[
        bool,
        typer.Option("--overwritten", help="Also files written anew since; the rows of the old ones stay."),
    ] = False,
    via: Via = "data-api",
    timeout: Timeout = 3600,
    sql: Sql = False,
    as_json: Json = False,
) -> None:
    """Load the files a job has failed on, by manifest.

    Redshift skips a file that has failed once, fixed or not. This loads it as it is now, once. One that
    still does not load keeps no other from being loaded.

    Example:
        dpctl autocopy retry order_files --env dev
    """
    from dpctl.redshift import autocopy, jobreport

    (job,) = _wanted(ctx, env, [name])
    if sql:
        _show(ctx, [autocopy.details_sql(job.name)], as_json=as_json)
        return
    with _open(ctx, env, via, timeout, f"Loading again for {job.name}") as auto:
        done = auto.retry(job, missed=missed, overwritten=overwritten)
    if as_json:
        _document(ctx, env, ok=not done.failures, **jobreport.retried(job, done))
    else:
        app_of(ctx).terminal.data(jobreport.retried_summary(job, done))
    if done.failures:
        raise typer.Exit(int(ExitCode.FAILED))


def _wanted(ctx: typer.Context, env: str | None, names: list[str] | None) -> list[Job]:
    from dpctl.redshift import autocopy

    jobs = autocopy.wanted(app_of(ctx).environment(env))
    return [autocopy.find(jobs, name) for name in names] if names else list(jobs)


def _job_name(ctx: typer.Context, env: str | None, name: str) -> str:
    """A job of env.yaml by its name or table, or any other job of the database by its name."""
    from dpctl.redshift import autocopy

    for job in autocopy.wanted(app_of(ctx).environment(env)):
        if name in {job.name, job.table}:
            return job.name
    return name


@contextmanager
def _open(
    ctx: typer.Context, env: str | None, via: statements.Ways, timeout: float, doing: str
) -> Iterator[AutoCopy]:
    from dpctl.redshift.autocopy import AutoCopy

    environment = app_of(ctx).environment(env)
    bucket = environment.resource(environment.config.storage.export_bucket)
    with statements.executor(app_of(ctx), environment, via=via, timeout=timeout, doing=doing) as executor:
        yield AutoCopy(executor, statements.open_s3(app_of(ctx), environment), bucket)


def _show(ctx: typer.Context, texts: list[str], *, as_json: bool) -> None:
    if as_json:
        app_of(ctx).terminal.json({"schema_version": SCHEMA_VERSION, "ok": True, "sql": texts})
    else:
        app_of(ctx).terminal.data("\n\n".join(f"{text};" for text in texts))


def _done(ctx: typer.Context, env: str | None, job: str, action: str, *, as_json: bool) -> None:
    if as_json:
        _document(ctx, env, name=job, action=action)
    else:
        app_of(ctx).terminal.data(f"{job}: {action}")


def _document(ctx: typer.Context, env: str | None, *, ok: bool = True, **parts: Any) -> None:
    app_of(ctx).terminal.json(
        {"schema_version": SCHEMA_VERSION, "ok": ok, "env": app_of(ctx).env_name(env), **parts}
    )
