"""Runs of Glue jobs: a script is a process of this machine, with the arguments Glue would give it.

The script and ``--extra-py-files`` come from the sandbox's S3; what the process prints goes to the log groups
that Glue uses. An ETL job is handed to spark-submit where Spark is installed; without it, it runs as long as
it does not import it, then fails and says so.
"""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import sys
import tempfile
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from dpctl import interpreters
from dpctl.sandbox import hosts, processes, spark
from dpctl.sandbox.account import Account
from dpctl.sandbox.calls import Call, ServiceError
from dpctl.sandbox.services import cloudwatch_logs, events, glue_network, rds, roles
from dpctl.sandbox.services.glue_jobs import Jobs
from dpctl.sandbox.services.resources import Known
from dpctl.sandbox.signature import Credentials
from dpctl.sandbox.working import Work

Params = dict[str, Any]
SERVICE = "glue.amazonaws.com"
PYTHON = ("pythonshell", "glueetl")
ACTIVE = ("STARTING", "RUNNING", "STOPPING", "WAITING")
NO_SPARK = f"The sandbox has no Spark, which this job needs. Try: {spark.INSTALL}"
SPARK_IMPORT = re.compile(r"ModuleNotFoundError: No module named '(pyspark|awsglue)\b")
# Arguments that Glue keeps to itself (Glue developer guide, "Using job parameters").
INTERNAL = (
    *("--job-language", "--extra-py-files", "--additional-python-modules", "--library-set"),
    *("--extra-jars", "--conf", "--job-bookmark-option"),
)
# Lines of Spark's own log, and of a Java stack, which are not what went wrong.
NOISE = re.compile(r"^(\d\d/\d\d/\d\d \d\d:\d\d:\d\d |\s|Caused by: |\.\.\. )")


@dataclass
class Runs:
    """Every run, by id, in the order of their start, in the shape of GetJobRun; and the processes."""

    runs: dict[str, dict[str, Any]] = field(default_factory=dict)
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    threads: dict[str, threading.Thread] = field(default_factory=dict)

    def close(self) -> None:
        """End the processes that run."""
        for process in list(self.processes.values()):
            kill(process)

    def of(self, job: str) -> list[dict[str, Any]]:
        """The runs of a job, the last first."""
        return [run for run in reversed(self.runs.values()) if run["JobName"] == job]


Finished = Callable[[dict[str, Any]], None]


def start(
    account: Account, job_name: str, arguments: dict[str, str], *, finished: Finished | None = None
) -> str:
    """Start a run; ``finished`` is called with it at its end. Raises ServiceError as StartJobRun does."""
    job, store = account.store(Jobs).get(job_name), account.store(Runs)
    running = [run for run in store.of(job_name) if run["JobRunState"] in ACTIVE]
    limit = job["ExecutionProperty"].get("MaxConcurrentRuns", 1)
    if len(running) >= limit and not job["JobRunQueuingEnabled"]:
        raise ServiceError(
            "ConcurrentRunsExceededException", f"Concurrent runs exceeded for {job_name} (limit {limit})."
        )
    run = _new(job, arguments, account.clock.now())
    queued = [store.threads[earlier["Id"]] for earlier in running] if len(running) >= limit else []
    if queued:
        run["JobRunState"] = "WAITING"
    work = account.working.begin(waiting=bool(queued))
    thread = threading.Thread(target=_run, args=(account, job, run, queued, finished, work), daemon=True)
    store.runs[run["Id"]], store.threads[run["Id"]] = run, thread
    thread.start()
    return str(run["Id"])


def _new(job: dict[str, Any], arguments: dict[str, str], now: datetime) -> dict[str, Any]:
    return {
        "Id": f"jr_{uuid.uuid4().hex}{uuid.uuid4().hex}",
        "Attempt": 0,
        "JobName": job["Name"],
        "StartedOn": now,
        "LastModifiedOn": now,
        "JobRunState": "STARTING",
        "Arguments": arguments,
        "PredecessorRuns": [],
        "ExecutionTime": 0,
        "Timeout": job["Timeout"],
        "MaxCapacity": job["MaxCapacity"],
        "AllocatedCapacity": job["AllocatedCapacity"],
        "GlueVersion": job["GlueVersion"],
        "LogGroupName": "/aws-glue/python-jobs"
        if job["Command"]["Name"] == "pythonshell"
        else "/aws-glue/jobs",
        **{key: job[key] for key in ("WorkerType", "NumberOfWorkers") if key in job},
    }


def _run(
    account: Account,
    job: dict[str, Any],
    run: dict[str, Any],
    queued: list[threading.Thread],
    finished: Finished | None,
    work: Work,
) -> None:
    """A run from start to end; with JobRunQueuingEnabled, behind those that were active."""
    try:
        for earlier in queued:
            earlier.join()
        work.waiting = False
        _work(account, job, run, finished, work)
    finally:
        account.working.end(work)


def _work(
    account: Account, job: dict[str, Any], run: dict[str, Any], finished: Finished | None, work: Work
) -> None:
    began = account.clock.now()
    try:
        state, message = _attempts(account, job, run, work)
    except Exception as error:  # a script that is not there, a sandbox that ends
        state, message = "FAILED", str(error)
    now = account.clock.now()
    run |= {"JobRunState": state, "CompletedOn": now, "LastModifiedOn": now}
    run["ExecutionTime"] = int((now - began).total_seconds())
    if message:
        run["ErrorMessage"] = message
    events.emit(account, "aws.glue", "Glue Job State Change", _change(run))
    if finished is not None:
        finished(run)


def _change(run: dict[str, Any]) -> Params:
    detail = {"jobName": run["JobName"], "jobRunId": run["Id"], "state": run["JobRunState"]}
    severity = "INFO" if run["JobRunState"] == "SUCCEEDED" else "ERROR"
    return detail | {"severity": severity, "message": run.get("ErrorMessage", "Job run succeeded")}


def _attempts(account: Account, job: dict[str, Any], run: dict[str, Any], work: Work) -> tuple[str, str]:
    if job["Command"]["Name"] not in PYTHON or job["DefaultArguments"].get("--job-language") == "scala":
        return "FAILED", NO_SPARK
    for attempt in range(job["MaxRetries"] + 1):
        run["Attempt"] = attempt
        state, message = _process(account, job, run, work)
        if state != "FAILED":
            break
        if SPARK_IMPORT.search(message):
            return state, NO_SPARK  # trying again would not help
    return state, message


def _process(account: Account, job: dict[str, Any], run: dict[str, Any], work: Work) -> tuple[str, str]:
    arguments = job["DefaultArguments"] | run["Arguments"] | job["NonOverridableArguments"]
    if "--window_seconds" in arguments and account.realism.calm:  # nobody waits for a batch to fill
        arguments |= {"--window_seconds": "0"}
    credentials = _credentials(account, job)
    glue_network.attach(account, job, credentials.access_key)
    with tempfile.TemporaryDirectory(prefix="glue-", dir=account.data_dir) as folder:
        s3 = account.client_of(credentials, "s3")
        script = _fetch(s3, job["Command"]["ScriptLocation"], Path(folder))
        paths = [folder, *_extra(s3, arguments, Path(folder)), str(hosts.FOLDER)]
        try:
            command, more = _command(account, s3, job, arguments, script, paths)
        except (spark.Refused, subprocess.CalledProcessError) as error:
            return "FAILED", str(error)
        process = subprocess.Popen(
            [*command, *argv(job["Name"], run["Id"], arguments)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=account.child_environment(credentials)
            | {"PYTHONPATH": os.pathsep.join(paths), "PYTHONUNBUFFERED": "1"}
            | hosts.variables(rds.hosts(account))
            | more,
            cwd=folder,
            start_new_session=True,
        )
        processes.started(process)
        account.store(Runs).processes[run["Id"]] = process
        run["JobRunState"], work.group = "RUNNING", process.pid
        try:
            return _outcome(account, run, process, arguments, account.client_of(credentials, "logs"))
        finally:
            account.working.leave(work, account.clock_folder)


def _command(
    account: Account,
    s3: Any,
    job: dict[str, Any],
    arguments: dict[str, str],
    script: Path,
    paths: list[str],
) -> tuple[list[str], dict[str, str]]:
    """How the script is started, and the variables it wants: by spark-submit where it is an ETL job's."""
    installed = spark.find() if job["Command"]["Name"] == "glueetl" else None
    if installed is None:
        return [python_of(job), str(script)], {}
    folder = script.parent
    jars = tuple(_fetch(s3, url, folder / "jars") for url in _urls(arguments, "--extra-jars"))
    place = spark.Place(folder, account.endpoint, account.region, rds.hosts(account), jars)
    found = spark.submission(installed, job, arguments, script, place)
    if modules := arguments.get("--additional-python-modules", ""):
        wanted = [
            str(_fetch(s3, name, folder / "wheels")) if name.startswith("s3://") else name
            for name in modules.split(",")
        ]
        target = folder / "modules"
        command = [str(installed.python), "-m", "pip", "install", "--quiet", "--target", str(target), *wanted]
        subprocess.run(command, check=True, env=processes.environment("HOME"), stdin=subprocess.DEVNULL)
        paths.append(str(target))
    paths.append(str(spark.MODULES))
    return found.command, found.variables


def _extra(s3: Any, arguments: dict[str, str], folder: Path) -> list[str]:
    """Where Python finds ``--extra-py-files``."""
    files = [_fetch(s3, url, folder / "extra") for url in _urls(arguments, "--extra-py-files")]
    return [str(x if x.suffix in (".zip", ".whl", ".egg") else x.parent) for x in files]


def _urls(arguments: dict[str, str], name: str) -> list[str]:
    return [url for url in arguments.get(name, "").split(",") if url]


def _credentials(account: Account, job: dict[str, Any]) -> Credentials:
    """A session of the job's role, which is given by its ARN or its name."""
    role = str(job.get("Role", ""))
    arn = role if role.startswith("arn:") else Known(account).named("role", role.rsplit("/", 1)[-1]) or role
    source = account.arn("glue", f"job/{job['Name']}")
    return roles.take(account, arn, SERVICE, source_arn=source, name="GlueJobRunnerSession")


def python_of(job: dict[str, Any]) -> str:
    """The Python of a job: of a shell job the version it names, where there is one here, else dpctl's own."""
    if job["Command"]["Name"] != "pythonshell":
        return sys.executable
    return interpreters.find(job["Command"].get("PythonVersion", interpreters.GLUE_SHELL)) or sys.executable


def _outcome(
    account: Account,
    run: dict[str, Any],
    process: subprocess.Popen[bytes],
    arguments: dict[str, str],
    logs: Any,
) -> tuple[str, str]:
    late = threading.Event()

    def end() -> None:
        late.set()
        kill(process)

    over = account.clock.after(run["Timeout"] * 60, f"the time of a run of {run['JobName']} is up", end)
    out, err = process.communicate()
    over.cancel()
    state = "TIMEOUT" if late.is_set() else "SUCCEEDED" if process.returncode == 0 else "FAILED"
    processes.ended(process)
    account.store(Runs).processes.pop(run["Id"], None)
    if run["JobRunState"] == "STOPPING":
        state = "STOPPED"
    texts = out.decode(errors="replace"), err.decode(errors="replace")
    for suffix, text in zip(("output", "error"), texts, strict=True):
        cloudwatch_logs.write_as(logs, f"{run['LogGroupName']}/{suffix}", run["Id"], text)
    _log_continuously(logs, run, arguments, texts[1])
    if state == "SUCCEEDED":
        return state, ""
    # spark-submit lets a script's errors through on its standard output.
    return state, _reason(texts[1]) or _reason(texts[0]) or f"exit status {process.returncode}"


def _log_continuously(logs: Any, run: dict[str, Any], arguments: dict[str, str], text: str) -> None:
    """The streams of an ETL job's continuous logging (Glue guide, "Continuous logging")."""
    if arguments.get("--enable-continuous-cloudwatch-log") != "true":
        return
    group = arguments.get("--continuous-log-logGroup") or "/aws-glue/jobs/logs-v2"
    bars = [line for line in re.split(r"[\r\n]", text) if line.startswith("[Stage ")]
    driver = "\n".join(line for line in re.split(r"[\r\n]", text) if not line.startswith("[Stage "))
    cloudwatch_logs.write_as(logs, group, f"{run['Id']}-driver", driver)
    cloudwatch_logs.write_as(logs, group, f"{run['Id']}-progress-bar", "\n".join(bars))


def _reason(text: str) -> str:
    """The last line that says what went wrong: Spark's log and Java's stack may follow it."""
    lines = [line for line in re.split(r"[\r\n]", text) if line.strip() and not line.startswith("[Stage ")]
    return next((line for line in reversed(lines) if not NOISE.match(line)), "")


def argv(job_name: str, run_id: str, arguments: dict[str, str]) -> list[str]:
    """The command line of a script, as Glue builds it from a job's arguments."""
    line = ["--JOB_NAME", job_name, "--JOB_RUN_ID", run_id]
    for key, value in arguments.items():
        if key not in INTERNAL:
            line += [key, value]
    return line


def _fetch(s3: Any, url: str, folder: Path) -> Path:
    bucket, _, key = url.removeprefix("s3://").partition("/")
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / key.rsplit("/", 1)[-1]
    target.write_bytes(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
    return target


def kill(process: subprocess.Popen[bytes]) -> None:
    """End a process and everything it started."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        process.wait()


def start_run(account: Account, call: Call) -> Params:
    """StartJobRun."""
    params = call.params()
    return {"JobRunId": start(account, params["JobName"], params.get("Arguments", {}))}


def get_run(account: Account, call: Call) -> Params:
    """GetJobRun."""
    params = call.params()
    run = account.store(Runs).runs.get(params["RunId"])
    if run is None or run["JobName"] != params["JobName"]:
        raise ServiceError("EntityNotFoundException", f"Job run {params['RunId']} not found.")
    return {"JobRun": run}


def get_runs(account: Account, call: Call) -> Params:
    """GetJobRuns, the last first."""
    params = call.params()
    account.store(Jobs).get(params["JobName"])
    return {"JobRuns": account.store(Runs).of(params["JobName"])[: params.get("MaxResults", 200)]}


def stop_runs(account: Account, call: Call) -> Params:
    """BatchStopJobRun."""
    params, store = call.params(), account.store(Runs)
    stopped, errors = [], []
    for identity in params["JobRunIds"]:
        run = store.runs.get(identity)
        if run is None or run["JobRunState"] not in ACTIVE:
            detail = {
                "ErrorCode": "JobRunCannotBeStopped",
                "ErrorMessage": f"{shlex.quote(identity)} does not run.",
            }
            errors.append({"JobName": params["JobName"], "JobRunId": identity, "ErrorDetail": detail})
            continue
        run["JobRunState"] = "STOPPING"
        if identity in store.processes:
            kill(store.processes[identity])
        stopped.append({"JobName": params["JobName"], "JobRunId": identity})
    return {"SuccessfulSubmissions": stopped, "Errors": errors}


HANDLERS = {
    ("glue", "StartJobRun"): start_run,
    ("glue", "GetJobRun"): get_run,
    ("glue", "GetJobRuns"): get_runs,
    ("glue", "BatchStopJobRun"): stop_runs,
}
