"""Loading a table from MySQL: a run of gluejob for it, and what the run says of itself."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from dpctl.errors import DpctlError, UsageError
from dpctl.redshift.settings import required_table

if TYPE_CHECKING:
    from dpctl.aws import Aws
    from dpctl.config import Environment

JOB = "gluejob"
RESULTS = "gluejob/results/"
GOING = ("STARTING", "RUNNING", "STOPPING", "WAITING")
PAUSE_SECONDS = 5.0
Say = Callable[[str], None]


def check(environment: Environment, table: str) -> None:
    """Raise UsageError unless env.yaml loads this table from MySQL, by a job that is switched on."""
    required_table(environment, table)
    known = environment.loaded_from("mysql")
    if table not in known:
        raise UsageError(
            f"env.yaml does not load {table!r} from MySQL.",
            why=f"Tables with load.source: mysql: {', '.join(known) or 'none'}.",
            hint=f"load: {{source: mysql}} in tables.{table}, then dpctl apply --layer s3-redshift",
        )
    job = environment.config.glue.jobs.get(JOB)
    if job is None or not job.enabled or job.source != "mysql":
        raise UsageError(
            "The job that loads from MySQL is not switched on.",
            why=f"glue.jobs.{JOB} wants enabled: true and source: mysql.",
            hint="dpctl apply --layer s3-redshift, after the change in env.yaml",
        )


def start(aws: Aws, environment: Environment, table: str, *, full: bool) -> str:
    """Start a run for one table; gives its id. Raises DpctlError where another one is at it."""
    glue = aws.client("glue")
    name = environment.resource(JOB)
    arguments = {"--table": table, "--full": "true" if full else "false"}
    try:
        return str(glue.start_job_run(JobName=name, Arguments=arguments)["JobRunId"])
    except glue.exceptions.ConcurrentRunsExceededException as error:
        raise DpctlError(
            f"{name} runs already.",
            why="One run at a time: its watermark and its rows are one transaction.",
            hint=f"dpctl load --table {table}, after it",
        ) from error


def follow(
    aws: Aws, environment: Environment, run: str, timeout: float, say: Say, *, pause: float = PAUSE_SECONDS
) -> dict[str, Any]:
    """Wait for the end of a run; gives what it did. Raises DpctlError when it fails, or takes too long."""
    glue, name = aws.client("glue"), environment.resource(JOB)
    deadline, began = time.monotonic() + timeout, time.monotonic()
    while True:
        found = glue.get_job_run(JobName=name, RunId=run)["JobRun"]
        state = found["JobRunState"]
        if state not in GOING:
            break
        if time.monotonic() > deadline:
            raise DpctlError(
                f"The run {run} is still {state} after {timeout:.0f} s; it goes on.",
                hint=f"aws glue get-job-run --job-name {name} --run-id {run}",
            )
        say(f"{name} {state.lower()}, {time.monotonic() - began:.0f} s")
        time.sleep(pause)
    if state != "SUCCEEDED":
        group = f"{found.get('LogGroupName', '/aws-glue/jobs')}/error"
        raise DpctlError(
            f"The load failed ({state}); the table in Redshift is as it was.",
            why=str(found.get("ErrorMessage", "")),
            hint=f"aws logs tail {group} --log-stream-names {run}",
        )
    return _result(aws, environment, run)


def _result(aws: Aws, environment: Environment, run: str) -> dict[str, Any]:
    """What the run wrote down of itself."""
    bucket = environment.resource(environment.config.storage.glue_assets_bucket)
    body = aws.client("s3").get_object(Bucket=bucket, Key=f"{RESULTS}{run}.json")["Body"].read()
    document: dict[str, Any] = json.loads(body)
    return document
