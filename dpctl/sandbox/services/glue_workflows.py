"""Glue workflows and triggers: what starts the jobs, and in which order."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import Any

from dpctl.sandbox.account import Account
from dpctl.sandbox.calls import Call, ServiceError
from dpctl.sandbox.clock import Entry
from dpctl.sandbox.services import glue_runs
from dpctl.sandbox.services.targets import Sending

Params = dict[str, Any]
BATCH_WINDOW_SECONDS = 900  # Glue's default
PASSIVE = ("ON_DEMAND", "EVENT")  # triggers that nobody activates


@dataclass
class Workflows:
    """Workflows, their runs, and triggers, in the shapes of the API; events that wait, by trigger."""

    workflows: dict[str, dict[str, Any]] = field(default_factory=dict)
    runs: dict[str, dict[str, Any]] = field(default_factory=dict)
    triggers: dict[str, dict[str, Any]] = field(default_factory=dict)
    waiting: dict[str, list[str]] = field(default_factory=dict)
    timers: dict[str, Entry] = field(default_factory=dict)

    def workflow(self, name: str) -> dict[str, Any]:
        """A workflow. Raises ServiceError when there is none."""
        if name not in self.workflows:
            raise ServiceError("EntityNotFoundException", f"Workflow {name} not found.")
        return self.workflows[name]

    def trigger(self, name: str) -> dict[str, Any]:
        """A trigger. Raises ServiceError when there is none."""
        if name not in self.triggers:
            raise ServiceError("EntityNotFoundException", f"Trigger {name} not found.")
        return self.triggers[name]

    def run(self, identity: str) -> dict[str, Any]:
        """A run of a workflow. Raises ServiceError when there is none."""
        if identity not in self.runs:
            raise ServiceError("EntityNotFoundException", f"Workflow run {identity} not found.")
        return self.runs[identity]

    def runs_of(self, name: str) -> list[dict[str, Any]]:
        """The runs of a workflow, the last first."""
        return [run for run in reversed(self.runs.values()) if run["Name"] == name]

    def starters(self, name: str) -> list[dict[str, Any]]:
        """The triggers that start a workflow."""
        mine = [trigger for trigger in self.triggers.values() if trigger.get("WorkflowName") == name]
        return [trigger for trigger in mine if trigger["Type"] != "CONDITIONAL"]


def start_workflow(account: Account, name: str, properties: dict[str, str] | None = None) -> str:
    """Start a run of a workflow. Raises ServiceError as StartWorkflowRun does."""
    store = account.store(Workflows)
    workflow = store.workflow(name)
    limit = workflow.get("MaxConcurrentRuns")
    running = [run for run in store.runs_of(name) if run["Status"] == "RUNNING"]
    if limit and len(running) >= limit:
        raise ServiceError(
            "ConcurrentRunsExceededException", f"Concurrent runs exceeded for workflow {name}."
        )
    run: dict[str, Any] = {
        "Name": name,
        "WorkflowRunId": f"wr_{uuid.uuid4().hex}{uuid.uuid4().hex}",
        "WorkflowRunProperties": workflow.get("DefaultRunProperties", {}) | (properties or {}),
        "StartedOn": account.clock.now(),
        "Status": "RUNNING",
        "Statistics": dict.fromkeys(
            (
                "TotalActions",
                "TimeoutActions",
                "FailedActions",
                "StoppedActions",
                "SucceededActions",
                "RunningActions",
            ),
            0,
        ),
    }
    store.runs[run["WorkflowRunId"]] = run
    workflow["LastRun"] = run
    for trigger in store.starters(name):
        if trigger["State"] != "DEACTIVATED":  # a trigger that was stopped starts nothing
            _fire(account, trigger, run)
    _settle(account, run)
    return str(run["WorkflowRunId"])


def _fire(account: Account, trigger: dict[str, Any], run: dict[str, Any] | None) -> None:
    for action in trigger.get("Actions", []):
        if "JobName" not in action:
            continue
        arguments = dict(action.get("Arguments", {}))
        if run is not None:
            arguments |= {"--WORKFLOW_NAME": run["Name"], "--WORKFLOW_RUN_ID": run["WorkflowRunId"]}
            run["Statistics"]["TotalActions"] += 1
            run["Statistics"]["RunningActions"] += 1
        try:
            glue_runs.start(
                account,
                action["JobName"],
                arguments,
                finished=lambda job_run: _finished(account, run, job_run),
            )
        except ServiceError as error:
            _finished(account, run, {"JobName": action["JobName"], "JobRunState": "FAILED", "Id": error.code})


def _finished(account: Account, run: dict[str, Any] | None, job_run: dict[str, Any]) -> None:
    if run is None:
        return
    counts = {"SUCCEEDED": "SucceededActions", "TIMEOUT": "TimeoutActions", "STOPPED": "StoppedActions"}
    with account.lock:
        run["Statistics"]["RunningActions"] -= 1
        run["Statistics"][counts.get(job_run["JobRunState"], "FailedActions")] += 1
    for trigger in account.store(Workflows).triggers.values():
        if trigger.get("WorkflowName") == run["Name"] and _condition_met(trigger, job_run):
            _fire(account, trigger, run)
    _settle(account, run)


def _condition_met(trigger: dict[str, Any], job_run: dict[str, Any]) -> bool:
    conditions = trigger.get("Predicate", {}).get("Conditions", [])
    return (
        trigger["Type"] == "CONDITIONAL"
        and trigger["State"] == "ACTIVATED"
        and any(
            condition.get("JobName") == job_run["JobName"]
            and condition.get("State") == job_run["JobRunState"]
            for condition in conditions
        )
    )


def _settle(account: Account, run: dict[str, Any]) -> None:
    if run["Statistics"]["RunningActions"] == 0 and run["Status"] == "RUNNING":
        run["Status"] = "COMPLETED"
        run["CompletedOn"] = account.clock.now()


def notify(account: Account, name: str, event_id: str) -> None:
    """NotifyEvent, which only EventBridge calls: events gather until the batch is full or its window over."""
    store = account.store(Workflows)
    store.workflow(name)
    for trigger in store.starters(name):
        if trigger["Type"] != "EVENT" or trigger["State"] == "DEACTIVATED":
            continue
        waiting = store.waiting.setdefault(trigger["Name"], [])
        waiting.append(event_id)
        condition = trigger["EventBatchingCondition"]
        if len(waiting) >= condition["BatchSize"]:
            release(account, trigger["Name"])
        elif len(waiting) == 1:
            store.timers[trigger["Name"]] = _window(account, trigger["Name"], condition["BatchWindow"])


def _window(account: Account, trigger: str, seconds: float) -> Entry:
    what = f"the batch window of the trigger {trigger} is over"
    return account.clock.after(seconds, what, lambda: release(account, trigger))


def receive(account: Account, sending: Sending) -> None:
    """A workflow as the target of a rule."""
    kind, _, name = sending.arn.rpartition(":")[2].partition("/")
    if kind != "workflow":
        raise ServiceError("NotImplemented", f"The sandbox has no target of the kind glue {kind}.", 501)
    sending.require(account, "glue:NotifyEvent")
    notify(account, name, sending.event_id)


def release(account: Account, trigger_name: str) -> str | None:
    """Start the workflow for the events that wait, now; None when none waits. Runs in excess are dropped."""
    store = account.store(Workflows)
    trigger = store.trigger(trigger_name)
    with account.lock:
        events = store.waiting.pop(trigger_name, [])
    if timer := store.timers.pop(trigger_name, None):
        timer.cancel()
    if not events:
        return None
    properties = {"aws:eventIds": "[" + ", ".join(events) + "]"}
    try:
        return start_workflow(account, trigger["WorkflowName"], properties)
    except ServiceError:
        return None


def start_workflow_run(account: Account, call: Call) -> Params:
    """StartWorkflowRun."""
    params = call.params()
    return {"RunId": start_workflow(account, params["Name"], params.get("RunProperties"))}


def get_workflow_run(account: Account, call: Call) -> Params:
    """GetWorkflowRun."""
    return {"Run": account.store(Workflows).run(call.params()["RunId"])}


def get_workflow_runs(account: Account, call: Call) -> Params:
    """GetWorkflowRuns, the last first."""
    params, store = call.params(), account.store(Workflows)
    store.workflow(params["Name"])
    return {"Runs": store.runs_of(params["Name"])[: params.get("MaxResults", 1000)]}


def get_properties(account: Account, call: Call) -> Params:
    """GetWorkflowRunProperties."""
    return {"RunProperties": account.store(Workflows).run(call.params()["RunId"])["WorkflowRunProperties"]}


def put_properties(account: Account, call: Call) -> Params:
    """PutWorkflowRunProperties."""
    params = call.params()
    account.store(Workflows).run(params["RunId"])["WorkflowRunProperties"] |= params["RunProperties"]
    return {}


def stop_workflow_run(account: Account, call: Call) -> Params:
    """StopWorkflowRun: jobs that run go on, as in AWS; no further one is started."""
    account.store(Workflows).run(call.params()["RunId"]).update(
        Status="STOPPED", CompletedOn=account.clock.now()
    )
    return {}


HANDLERS = {
    ("glue", operation): handler
    for operation, handler in {
        "StartWorkflowRun": start_workflow_run,
        "GetWorkflowRun": get_workflow_run,
        "GetWorkflowRuns": get_workflow_runs,
        "GetWorkflowRunProperties": get_properties,
        "PutWorkflowRunProperties": put_properties,
        "StopWorkflowRun": stop_workflow_run,
    }.items()
}
TARGETS = {"glue": receive}
