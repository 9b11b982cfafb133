"""Glue jobs, in full: moto neither updates them nor keeps all of their settings."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from dpctl.sandbox.account import Account
from dpctl.sandbox.calls import Call, ServiceError

Params = dict[str, Any]
# DPU of one worker (Glue API reference, "Job").
WORKER_DPU = {"G.025X": 0.25, "Standard": 1, "G.1X": 1, "G.2X": 2, "G.4X": 4, "G.8X": 8}
# Minutes: since Glue 5.0 the default is eight hours, before it was two days.
TIMEOUT, TIMEOUT_BEFORE_5 = 480, 2880


@dataclass
class Jobs:
    """Every job, by name, in the shape of GetJob."""

    jobs: dict[str, dict[str, Any]] = field(default_factory=dict)

    def get(self, name: str) -> dict[str, Any]:
        """A job. Raises ServiceError when there is none."""
        if name not in self.jobs:
            raise ServiceError("EntityNotFoundException", f"Job {name} not found.")
        return self.jobs[name]


def create(account: Account, call: Call) -> Params:
    """CreateJob."""
    params, store = call.params(), account.store(Jobs)
    name = params.pop("Name")
    if name in store.jobs:
        raise ServiceError("IdempotentParameterMismatchException", f"Job {name} already exists.")
    tags = params.pop("Tags", None)
    now = account.clock.now()
    store.jobs[name] = _shape(params) | {"Name": name, "CreatedOn": now, "LastModifiedOn": now}
    if tags:
        account.client("glue").tag_resource(ResourceArn=account.arn("glue", f"job/{name}"), TagsToAdd=tags)
    return {"Name": name}


def update(account: Account, call: Call) -> Params:
    """UpdateJob: what is given replaces the definition; what is not goes back to its default."""
    params, store = call.params(), account.store(Jobs)
    name = params["JobName"]
    before = store.get(name)
    kept = {"Name": name, "CreatedOn": before["CreatedOn"], "LastModifiedOn": account.clock.now()}
    store.jobs[name] = _shape(params["JobUpdate"]) | kept
    return {"JobName": name}


def _shape(given: Params) -> dict[str, Any]:
    """What AWS fills in (Glue API reference, "CreateJob")."""
    command = {"Name": "glueetl", "PythonVersion": "3"} | given.get("Command", {})
    shell = command["Name"] == "pythonshell"
    version = given.get("GlueVersion", "3.0" if shell else "0.9")
    if "WorkerType" in given and "MaxCapacity" in given:
        raise ServiceError(
            "InvalidInputException", "Please set only WorkerType/NumberOfWorkers or MaxCapacity."
        )
    if shell and given.get("MaxCapacity", 0.0625) not in (0.0625, 1.0):
        raise ServiceError("InvalidInputException", "A Python shell job takes 0.0625 or 1 DPU.")
    capacity = given.get("MaxCapacity", 0.0625 if shell else 10.0)
    if "WorkerType" in given:
        capacity = WORKER_DPU.get(given["WorkerType"], 1) * given.get("NumberOfWorkers", 1)
    timeout = TIMEOUT if float(version) >= 5 else TIMEOUT_BEFORE_5
    defaults = {
        "ExecutionProperty": {"MaxConcurrentRuns": 1},
        "DefaultArguments": {},
        "NonOverridableArguments": {},
        "Connections": {"Connections": []},
        "MaxRetries": 0,
        "Timeout": timeout,
        "GlueVersion": version,
        "JobMode": "SCRIPT",
        "JobRunQueuingEnabled": False,
    }
    sized = {"MaxCapacity": capacity, "AllocatedCapacity": int(capacity)}
    return defaults | given | sized | {"Command": command}


def get(account: Account, call: Call) -> Params:
    """GetJob."""
    return {"Job": account.store(Jobs).get(call.params()["JobName"])}


def get_all(account: Account, call: Call) -> Params:
    """GetJobs."""
    return {"Jobs": list(account.store(Jobs).jobs.values())}


def list_names(account: Account, call: Call) -> Params:
    """ListJobs."""
    return {"JobNames": list(account.store(Jobs).jobs)}


def batch_get(account: Account, call: Call) -> Params:
    """BatchGetJobs."""
    known, names = account.store(Jobs).jobs, call.params()["JobNames"]
    found = [known[name] for name in names if name in known]
    return {"Jobs": found, "JobsNotFound": [name for name in names if name not in known]}


def delete(account: Account, call: Call) -> Params:
    """DeleteJob; one that is not there is no error."""
    name = call.params()["JobName"]
    account.store(Jobs).jobs.pop(name, None)
    return {"JobName": name}


HANDLERS = {
    ("glue", operation): handler
    for operation, handler in {
        "CreateJob": create,
        "UpdateJob": update,
        "GetJob": get,
        "GetJobs": get_all,
        "ListJobs": list_names,
        "BatchGetJobs": batch_get,
        "DeleteJob": delete,
    }.items()
}
