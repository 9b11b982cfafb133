"""EventBridge Scheduler: what a schedule does at its time, or by hand (``POST /_sandbox/fire``)."""

from __future__ import annotations

import json
import logging
import re
import uuid
from typing import Any

from dpctl.sandbox.access.needs import Need
from dpctl.sandbox.account import Account
from dpctl.sandbox.calls import ServiceError
from dpctl.sandbox.services import events, glue_workflows, lambda_invoke, lambdas, retries, roles, targets

Params = dict[str, Any]
log = logging.getLogger(__name__)
# The names of services in universal targets that boto3 spells differently.
SDK_NAMES = {"redshiftdata": "redshift-data", "sfn": "stepfunctions", "eventbridge": "events"}
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
    time = document.get("time") or account.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")
    if schedule.state != "ENABLED":
        return {"schedule": schedule.name, "fired": False, "reason": "The schedule is disabled."}
    target, arn = schedule.target, schedule.arn
    values = {"scheduled-time": time, "schedule-arn": arn, "execution-id": str(uuid.uuid4())}
    text, results = "", []

    def send(number: int) -> None:
        nonlocal text
        text = _filled(target.get("Input", "{}"), values | {"attempt-number": str(number)})
        results.append(_send(account, target, text, arn))

    policy = retries.Policy.of(target.get("RetryPolicy") or {})
    error = retries.attempt(
        account, policy, f"the schedule {schedule.name} tries its target again",
        send, lambda error: _keep(account, target, arn, error, text), events.later,
    )  # fmt: skip
    fired = {"schedule": schedule.name, "fired": True, "ok": error is None, "input": text}
    return fired | ({"error": str(error)} if error else {"result": results[0]})


def _schedule(account: Account, name: str, group: str | None) -> Any:
    for known in account.backend("scheduler").schedule_groups.values():
        if group in (None, known.name) and name in known.schedules:
            return known.schedules[name]
    raise ServiceError("ResourceNotFoundException", f"Schedule {name} does not exist.", 404)


def _filled(text: str, values: dict[str, str]) -> str:
    """Context attributes (Scheduler user guide, "Adding context attributes")."""
    for name, value in values.items():
        text = text.replace(f"<aws.scheduler.{name}>", value)
    return text


def _keep(account: Account, target: Params, arn: str, error: Exception, text: str) -> None:
    """What could not be sent goes to the dead-letter queue; without permission for that it is lost."""
    try:
        targets.dead_letter(account, target, arn, error, {"input": text}, targets.SCHEDULER)
    except ServiceError as lost:
        log.warning("schedule %s: %s is lost: %s", arn, text, lost)


def _send(account: Account, target: Params, text: str, schedule: str) -> Any:
    arn, role = target["Arn"], target["RoleArn"]
    if ":aws-sdk:" in arn:
        return _universal(account, arn.split(":aws-sdk:")[1], role, json.loads(text), schedule)
    if arn.split(":")[2] == "lambda":
        need = Need("lambda:InvokeFunction", arn)
        roles.require(account, role, targets.SCHEDULER, need, source_arn=group_arn(schedule))
        if not account.realism.calm:  # as AWS does: nobody waits for the answer
            lambda_invoke.run_later(account, arn, text.encode())
            return None
        outcome = lambdas.run(account, arn, text.encode())
        answer = json.loads(outcome.payload)
        if outcome.failed:
            raise ServiceError("Unhandled", str(answer.get("errorMessage", answer)))
        return answer
    event = {"id": str(uuid.uuid4())}
    targets.send(account, target, text, event, group_arn(schedule), targets.SCHEDULER)
    return None


def group_arn(schedule: str) -> str:
    """What Scheduler gives as aws:SourceArn: the schedule's group (its guide, "Confused deputy")."""
    start, _, rest = schedule.partition(":schedule/")
    return f"{start}:schedule-group/{rest.partition('/')[0]}"


def _universal(account: Account, action: str, role: str, params: Params, schedule: str) -> Any:
    service, _, operation = action.partition(":")
    if REFUSED.match(operation):
        raise ServiceError("ValidationException", f"{operation} is not supported by EventBridge Scheduler.")
    name = SDK_NAMES.get(service, service)
    client = roles.client(account, name, role, targets.SCHEDULER, source_arn=group_arn(schedule))
    method = re.sub(r"(?<!^)(?=[A-Z])", "_", operation).lower()
    result = getattr(client, method)(**params)
    result.pop("ResponseMetadata", None)
    return result


CONTROL = {("POST", "fire"): fire}
