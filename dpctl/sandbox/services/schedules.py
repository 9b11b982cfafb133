"""EventBridge Scheduler: what a schedule does at its time, or by hand (``POST /_sandbox/fire``)."""

from __future__ import annotations

import json
import re
import uuid
from datetime import UTC, datetime
from typing import Any

from dpctl.sandbox.account import Account
from dpctl.sandbox.calls import ServiceError
from dpctl.sandbox.services import glue_workflows, lambdas, targets
from dpctl.sandbox.services.redshift_store import Serverless

Params = dict[str, Any]
SERVICE = "scheduler.amazonaws.com"
# The names of services in universal targets that boto3 spells differently.
SDK_NAMES = {"redshiftdata": "redshift-data", "sfn": "stepfunctions", "eventbridge": "events"}
SDK_ACTIONS = {"sfn": "states", "redshiftdata": "redshift-data", "eventbridge": "events"}
REFUSED = re.compile(r"(get|describe|list|poll|receive|search|scan|query|select|read|test)[A-Z]?")


def fire(account: Account, document: Any) -> Params:
    """Do what a schedule does at its time, once; or release the events that wait at a Glue trigger.

    ``{"schedule": NAME, "group": "default", "time": "2026-01-31T19:30:00Z"}`` or ``{"trigger": NAME}``.
    """
    if not isinstance(document, dict) or not ({"schedule", "trigger"} & set(document)):
        raise ValueError("give a schedule or a trigger")
    if "trigger" in document:
        return {"workflow_run": glue_workflows.release(account, document["trigger"])}
    schedule = _schedule(account, document["schedule"], document.get("group"))
    time = document.get("time") or datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    target = schedule.target
    text = _filled(target.get("Input", "{}"), schedule.arn, time)
    if schedule.state != "ENABLED":
        return {"schedule": schedule.name, "fired": False, "reason": "The schedule is disabled."}
    try:
        result = _send(account, target, text)
    except Exception as error:
        targets.dead_letter(account, target, schedule.arn, error, {"input": text})
        return {"schedule": schedule.name, "fired": True, "ok": False, "input": text, "error": str(error)}
    return {"schedule": schedule.name, "fired": True, "ok": True, "input": text, "result": result}


def _schedule(account: Account, name: str, group: str | None) -> Any:
    for known in account.backend("scheduler").schedule_groups.values():
        if group in (None, known.name) and name in known.schedules:
            return known.schedules[name]
    raise ServiceError("ResourceNotFoundException", f"Schedule {name} does not exist.", 404)


def _filled(text: str, arn: str, time: str) -> str:
    """Context attributes (Scheduler user guide, "Adding context attributes")."""
    values = {
        "scheduled-time": time,
        "schedule-arn": arn,
        "execution-id": str(uuid.uuid4()),
        "attempt-number": "1",
    }
    for name, value in values.items():
        text = text.replace(f"<aws.scheduler.{name}>", value)
    return text


def _send(account: Account, target: Params, text: str) -> Any:
    arn, role = target["Arn"], target["RoleArn"]
    if ":aws-sdk:" in arn:
        return _universal(account, arn.split(":aws-sdk:")[1], role, json.loads(text))
    if arn.split(":")[2] == "lambda":
        targets.require(account, role, SERVICE, "lambda:InvokeFunction", arn)
        outcome = lambdas.run(account, arn, text.encode())
        answer = json.loads(outcome.payload)
        if outcome.failed:
            raise ServiceError("Unhandled", str(answer.get("errorMessage", answer)))
        return answer
    targets.send(account, target, text, {"id": str(uuid.uuid4())}, SERVICE)
    return None


def _universal(account: Account, action: str, role: str, params: Params) -> Any:
    service, _, operation = action.partition(":")
    if REFUSED.match(operation):
        raise ServiceError("ValidationException", f"{operation} is not supported by EventBridge Scheduler.")
    prefix = SDK_ACTIONS.get(service, service)
    permission = f"{prefix}:{operation[0].upper()}{operation[1:]}"
    targets.require(account, role, SERVICE, permission, _resource(account, service, params))
    client = account.client(SDK_NAMES.get(service, service))
    method = re.sub(r"(?<!^)(?=[A-Z])", "_", operation).lower()
    result = getattr(client, method)(**params)
    result.pop("ResponseMetadata", None)
    return result


def _resource(account: Account, service: str, params: Params) -> str:
    """The ARN that a role's policy has to name for a call."""
    if service == "redshiftdata" and "WorkgroupName" in params:
        return str(account.store(Serverless).workgroup(params["WorkgroupName"])["workgroupArn"])
    if service == "glue" and "JobName" in params:
        return account.arn("glue", f"job/{params['JobName']}")
    return str(params.get("stateMachineArn", "*"))


CONTROL = {("POST", "fire"): fire}
