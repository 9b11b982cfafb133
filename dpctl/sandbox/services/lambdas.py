"""Lambda functions that run: the code that was deployed, in a process of this machine, without Docker.

moto keeps the functions. What it forgets of their settings is kept here and laid over its answers.
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import threading
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dpctl import interpreters
from dpctl.sandbox import hosts, processes
from dpctl.sandbox.account import Account
from dpctl.sandbox.calls import Answer, Call, ServiceError
from dpctl.sandbox.services import circumstances, cloudwatch_logs, lambda_network, roles
from dpctl.sandbox.signature import Credentials
from dpctl.sandbox.working import Work

Params = dict[str, Any]
SERVICE = "lambda.amazonaws.com"
FORGOTTEN = ("DeadLetterConfig", "LoggingConfig")
RUNNER = Path(__file__).with_name("lambda_runner.py")


@dataclass
class Functions:
    """Settings that moto forgets, by function."""

    settings: dict[str, dict[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class Outcome:
    """What an invocation gave back: its payload (JSON), what it printed, and whether it failed."""

    payload: bytes
    log: str
    failed: bool


def run(account: Account, name: str, payload: bytes) -> Outcome:
    """Invoke a function and wait. Raises ServiceError when there is none."""
    with account.working.work() as work:
        return run_at(account, name, payload, work)


def run_at(account: Account, name: str, payload: bytes, work: Work) -> Outcome:
    """The same, for somebody who is at work already."""
    function = find(account, name)
    folder = _unpack(account, function)
    variables = {str(key): str(value) for key, value in (function.environment_vars or {}).items()}
    credentials = roles.take(
        account, function.role, SERVICE, source_arn=function.function_arn, name=function.function_name
    )
    environment = account.child_environment(credentials) | variables
    environment |= {
        "AWS_LAMBDA_FUNCTION_NAME": function.function_name,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_size),
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{function.function_name}",
        "_HANDLER": function.handler,
        "PYTHONPATH": os.pathsep.join((str(folder), str(hosts.FOLDER))),
        "DPCTL_FUNCTION_ARN": function.function_arn,
    }
    vpc = function.vpc_config or {}
    subnets, groups = vpc.get("SubnetIds") or [None], vpc.get("SecurityGroupIds") or []
    circumstances.place(account, credentials.access_key, subnets[0], groups)
    seen = lambda_network.seen_from(account, vpc)
    if seen is not None:
        environment[lambda_network.VARIABLE] = json.dumps(seen)
    return _execute(account, function, folder, environment, payload, credentials, work)


def _execute(
    account: Account,
    function: Any,
    folder: Path,
    environment: dict[str, str],
    payload: bytes,
    credentials: Credentials,
    work: Work,
) -> Outcome:
    reading, writing = os.pipe()  # the answer has a way of its own: what the function prints is its log
    process = subprocess.Popen(
        [python_of(function), str(RUNNER), str(writing)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        pass_fds=(writing,),
        env=environment,
        cwd=folder,
        start_new_session=True,
    )
    processes.started(process)
    os.close(writing)
    answer: list[bytes] = []
    reader = threading.Thread(target=lambda: answer.append(_drain(reading)), daemon=True)
    reader.start()
    work.group = process.pid
    try:
        printed, _ = process.communicate(payload or b"null", timeout=int(function.timeout))
    except subprocess.TimeoutExpired:
        processes.kill(process)
        printed, _ = process.communicate()
        message = f"Task timed out after {float(function.timeout):.2f} seconds"
        answer[:] = [json.dumps({"errorMessage": message}).encode()]
    account.working.leave(work, account.clock_folder)
    processes.ended(process)
    reader.join(timeout=5)
    log = printed.decode(errors="replace")
    group, client = f"/aws/lambda/{function.function_name}", account.client_of(credentials, "logs")
    cloudwatch_logs.write_as(client, group, "sandbox", log)
    body = answer[0] if answer and answer[0] else b'{"errorMessage": "The function ended without an answer."}'
    return Outcome(body, log, process.returncode != 0)


def python_of(function: Any) -> str:
    """The Python of a function: its runtime's version, where there is one here, else dpctl's own."""
    runtime = str(function.run_time or "")
    found = interpreters.find(runtime.removeprefix("python")) if runtime.startswith("python3.") else None
    return found or sys.executable


def _drain(descriptor: int) -> bytes:
    with os.fdopen(descriptor, "rb") as stream:
        return stream.read()


def find(account: Account, name: str) -> Any:
    """moto's function of a name or ARN. Raises ServiceError when there is none."""
    wanted = _short(name)
    for function in account.backend("awslambda").list_functions():
        if function.function_name == wanted:
            return function
    raise ServiceError("ResourceNotFoundException", f"Function not found: {name}", 404)


def _short(name: str) -> str:
    """A function's own name, from a name, an ARN, or either with a qualifier."""
    return name.split(":function:")[-1].split(":")[0]


def _unpack(account: Account, function: Any) -> Path:
    folder: Path = (
        account.data_dir / "lambda" / function.function_name / function.code_sha_256.replace("/", "_")
    )
    with account.lock:
        if not folder.is_dir():
            folder.mkdir(parents=True)
            with zipfile.ZipFile(io.BytesIO(function.code_bytes)) as archive:
                archive.extractall(folder)
    return folder


def remember(account: Account, call: Call, answer: Answer) -> Answer | None:
    """After a change of settings: keep those that moto drops, and show them."""
    params = call.params()
    given = {key: params[key] for key in FORGOTTEN if key in params}
    name = _short(params["FunctionName"])
    if answer.status < 300:
        account.store(Functions).settings.setdefault(name, {}).update(given)
    return show(account, call, answer)


def show(account: Account, call: Call, answer: Answer) -> Answer | None:
    """Lay the remembered settings over an answer that has a function's configuration."""
    if answer.status >= 300:
        return None
    document = json.loads(answer.body)
    configuration = document.get("Configuration", document)
    name = configuration.get("FunctionName", "")
    known = account.store(Functions).settings.get(name, {})
    default = {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{name}"}
    configuration["LoggingConfig"] = default | known.get("LoggingConfig", {})
    if known.get("DeadLetterConfig", {}).get("TargetArn"):
        configuration["DeadLetterConfig"] = known["DeadLetterConfig"]
    kept = find(account, name).reserved_concurrency if "Configuration" in document else None
    if kept is not None:  # moto leaves a zero out
        document["Concurrency"] = {"ReservedConcurrentExecutions": int(kept)}
    return Answer(answer.status, answer.headers, json.dumps(document).encode())


def forget(account: Account, call: Call, answer: Answer) -> None:
    """After a function is deleted."""
    account.store(Functions).settings.pop(_short(call.params()["FunctionName"]), None)


AFTER = {
    ("lambda", "CreateFunction"): remember,
    ("lambda", "UpdateFunctionConfiguration"): remember,
    ("lambda", "UpdateFunctionCode"): show,
    ("lambda", "GetFunction"): show,
    ("lambda", "GetFunctionConfiguration"): show,
    ("lambda", "DeleteFunction"): forget,
}
