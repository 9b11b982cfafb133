"""Glue workflows and triggers as settings: create, read, update, delete."""

from __future__ import annotations

from typing import Any

from dpctl.sandbox.account import Account
from dpctl.sandbox.calls import Call, ServiceError
from dpctl.sandbox.services.glue_jobs import Jobs
from dpctl.sandbox.services.glue_workflows import BATCH_WINDOW_SECONDS, PASSIVE, Workflows, _fire

Params = dict[str, Any]
WORKFLOW_KEYS = ("Description", "DefaultRunProperties", "MaxConcurrentRuns")


def create_workflow(account: Account, call: Call) -> Params:
    """CreateWorkflow."""
    params, store = call.params(), account.store(Workflows)
    name, now = params["Name"], account.clock.now()
    if name in store.workflows:
        raise ServiceError("AlreadyExistsException", f"Workflow {name} already exists.")
    store.workflows[name] = {"Name": name, "CreatedOn": now, "LastModifiedOn": now}
    store.workflows[name] |= {key: params[key] for key in WORKFLOW_KEYS if key in params}
    _tag(account, "workflow", name, params)
    return {"Name": name}


def update_workflow(account: Account, call: Call) -> Params:
    """UpdateWorkflow: what is not given goes."""
    params = call.params()
    workflow = account.store(Workflows).workflow(params["Name"])
    for key in WORKFLOW_KEYS:
        workflow.pop(key, None)
    workflow |= {key: params[key] for key in WORKFLOW_KEYS if key in params}
    workflow["LastModifiedOn"] = account.clock.now()
    return {"Name": params["Name"]}


def get_workflow(account: Account, call: Call) -> Params:
    """GetWorkflow."""
    return {"Workflow": account.store(Workflows).workflow(call.params()["Name"])}


def batch_get_workflows(account: Account, call: Call) -> Params:
    """BatchGetWorkflows."""
    known, names = account.store(Workflows).workflows, call.params()["Names"]
    missing = [name for name in names if name not in known]
    return {"Workflows": [known[name] for name in names if name in known], "MissingWorkflows": missing}


def list_workflows(account: Account, call: Call) -> Params:
    """ListWorkflows."""
    return {"Workflows": list(account.store(Workflows).workflows)}


def delete_workflow(account: Account, call: Call) -> Params:
    """DeleteWorkflow; one that is not there is no error."""
    name = call.params()["Name"]
    account.store(Workflows).workflows.pop(name, None)
    return {"Name": name}


def create_trigger(account: Account, call: Call) -> Params:
    """CreateTrigger. A workflow has one trigger that starts it (Glue guide, "Workflow restrictions")."""
    params, store = call.params(), account.store(Workflows)
    name, workflow = params["Name"], params.get("WorkflowName")
    if name in store.triggers:
        raise ServiceError("AlreadyExistsException", f"Trigger {name} already exists.")
    if workflow:
        store.workflow(workflow)
        if params["Type"] != "CONDITIONAL" and store.starters(workflow):
            raise ServiceError("InvalidInputException", f"Workflow {workflow} has a start trigger already.")
    elif params["Type"] == "EVENT":
        raise ServiceError("InvalidInputException", "An EVENT trigger belongs to a workflow.")
    trigger = {key: value for key, value in params.items() if key not in ("Tags", "StartOnCreation")}
    store.triggers[name] = _checked(account, trigger)
    active = params.get("StartOnCreation") and params["Type"] not in PASSIVE
    trigger["State"] = "ACTIVATED" if active else "CREATED"
    _tag(account, "trigger", name, params)
    return {"Name": name}


def _checked(account: Account, trigger: dict[str, Any]) -> dict[str, Any]:
    for action in trigger.get("Actions", []):
        if "JobName" in action:
            account.store(Jobs).get(action["JobName"])
    if trigger["Type"] == "EVENT":
        given = trigger.get("EventBatchingCondition", {})
        trigger["EventBatchingCondition"] = {"BatchSize": 1, "BatchWindow": BATCH_WINDOW_SECONDS} | given
    return trigger


def update_trigger(account: Account, call: Call) -> Params:
    """UpdateTrigger."""
    params = call.params()
    trigger = account.store(Workflows).trigger(params["Name"])
    trigger |= {key: value for key, value in params["TriggerUpdate"].items() if key != "Name"}
    return {"Trigger": _checked(account, trigger)}


def get_trigger(account: Account, call: Call) -> Params:
    """GetTrigger."""
    return {"Trigger": account.store(Workflows).trigger(call.params()["Name"])}


def get_triggers(account: Account, call: Call) -> Params:
    """GetTriggers, of all or of those that start a job."""
    job = call.params().get("DependentJobName")
    found = [
        trigger
        for trigger in account.store(Workflows).triggers.values()
        if job is None or any(action.get("JobName") == job for action in trigger.get("Actions", []))
    ]
    return {"Triggers": found}


def list_triggers(account: Account, call: Call) -> Params:
    """ListTriggers."""
    return {"TriggerNames": list(account.store(Workflows).triggers)}


def delete_trigger(account: Account, call: Call) -> Params:
    """DeleteTrigger; one that is not there is no error."""
    name = call.params()["Name"]
    account.store(Workflows).triggers.pop(name, None)
    return {"Name": name}


def start_trigger(account: Account, call: Call) -> Params:
    """StartTrigger: an ON_DEMAND one fires, the others are activated."""
    name = call.params()["Name"]
    trigger = account.store(Workflows).trigger(name)
    if trigger["Type"] == "ON_DEMAND":
        _fire(account, trigger, None)
    else:
        trigger["State"] = "ACTIVATED"
    return {"Name": name}


def stop_trigger(account: Account, call: Call) -> Params:
    """StopTrigger."""
    name = call.params()["Name"]
    account.store(Workflows).trigger(name)["State"] = "DEACTIVATED"
    return {"Name": name}


def _tag(account: Account, kind: str, name: str, params: Params) -> None:
    if params.get("Tags"):
        arn = account.arn("glue", f"{kind}/{name}")
        account.client("glue").tag_resource(ResourceArn=arn, TagsToAdd=params["Tags"])


HANDLERS = {
    ("glue", operation): handler
    for operation, handler in {
        "CreateWorkflow": create_workflow,
        "UpdateWorkflow": update_workflow,
        "GetWorkflow": get_workflow,
        "BatchGetWorkflows": batch_get_workflows,
        "ListWorkflows": list_workflows,
        "DeleteWorkflow": delete_workflow,
        "CreateTrigger": create_trigger,
        "UpdateTrigger": update_trigger,
        "GetTrigger": get_trigger,
        "GetTriggers": get_triggers,
        "ListTriggers": list_triggers,
        "DeleteTrigger": delete_trigger,
        "StartTrigger": start_trigger,
        "StopTrigger": stop_trigger,
    }.items()
}
