"""API calls that put a link of the pipeline back as Terraform made it: what somebody switched off is
switched on.

Nothing here changes a definition; that is Terraform's, and a layer is applied for it.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from dpctl.doctor.finding import Fix
from dpctl.doctor.links import BAD_RUNS, Chain
from dpctl.doctor.remedies import ApiCall


def calls(code: str, chain: Chain) -> tuple[ApiCall, ...]:
    """The calls that fix what a check found; none where Terraform must, or nobody can."""
    make = BY_CODE.get(code)
    return tuple(make(chain)) if make else ()


def repair(code: str, chain: Chain) -> Fix | None:
    """The same as a fix that a person can type."""
    found = calls(code, chain)
    if not found:
        return None
    text = "; ".join(call.says for call in found)
    return Fix(
        "api", text[:1].upper() + text[1:] + ".", tuple(typed(call, chain.names.region) for call in found)
    )


def typed(call: ApiCall, region: str) -> str:
    """An API call as the AWS CLI takes it."""
    words = ["aws", CLI.get(call.service, call.service), call.operation.replace("_", "-")]
    for key, value in call.params.items():
        option = "--" + re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", key).lower()
        words += [option, shlex.quote(value if isinstance(value, str) else json.dumps(value, default=str))]
    return " ".join([*words, *ALSO.get(call.operation, ()), "--region", region])


# What the CLI wants beside an operation's parameters: how the payload is written, and where the answer goes.
ALSO = {"invoke": ("--cli-binary-format", "raw-in-base64-out", "/dev/stdout")}
CLI = {"events": "events", "cloudtrail": "cloudtrail", "stepfunctions": "stepfunctions"}


def _trail(chain: Chain) -> list[ApiCall]:
    status, name = chain.known("status"), chain.names.trail
    if not status or status.get("IsLogging"):
        return []
    undo = ApiCall("cloudtrail", "stop_logging", {"Name": name}, f"{name} off again")
    return [ApiCall("cloudtrail", "start_logging", {"Name": name}, f"switch the trail {name} on", undo)]


def _rule(chain: Chain) -> list[ApiCall]:
    rule, name = chain.known("rule"), chain.names.rule
    missed = [
        one for one, fits in (chain.known("matches") or {}).items() if not fits and one in chain.names.writes
    ]
    if not rule or str(rule.get("State", "")).startswith("ENABLED") or missed:
        return []
    undo = ApiCall("events", "disable_rule", {"Name": name}, f"{name} off again")
    return [ApiCall("events", "enable_rule", {"Name": name}, f"switch the rule {name} on", undo)]


def stopped(trigger: Any) -> bool:
    """Whether somebody stopped a trigger; one of type EVENT is never started, and stays CREATED."""
    return trigger.get("State") in {"DEACTIVATED", "DEACTIVATING"}


def _trigger(chain: Chain) -> list[ApiCall]:
    mine = [one for one in chain.known("triggers") or () if one.get("WorkflowName") == chain.names.workflow]
    return [
        ApiCall("glue", "start_trigger", {"Name": one["Name"]}, f"start the trigger {one['Name']}")
        for one in mine
        if stopped(one) and one.get("Type") == "EVENT"
    ]


def _secret(chain: Chain) -> list[ApiCall]:
    secret = chain.known("secret")
    if not secret or not secret.get("DeletedDate"):
        return []
    params = {"SecretId": secret.get("ARN", chain.names.secret)}
    return [
        ApiCall(
            "secretsmanager",
            "restore_secret",
            params,
            f"take {secret.get('Name') or chain.names.secret} back from its deletion",
        )
    ]


def _keys(chain: Chain) -> list[ApiCall]:
    made: list[ApiCall] = []
    for what, state in (chain.known("keys") or {}).items():
        key = what.partition(": ")[2]
        if state == "PendingDeletion":
            made.append(
                ApiCall("kms", "cancel_key_deletion", {"KeyId": key}, f"take {key} back from its deletion")
            )
        if state in {"PendingDeletion", "Disabled"}:
            made.append(ApiCall("kms", "enable_key", {"KeyId": key}, f"enable {key}"))
    return made


def _job(chain: Chain) -> list[ApiCall]:
    runs = (chain.known("runs") or {}).get("JobRuns") or []
    there = chain.known("job") and chain.facts.get("script") is not False
    if not there or not runs or runs[0].get("JobRunState") not in BAD_RUNS:
        return []
    name = chain.names.workflow
    return [
        ApiCall("glue", "start_workflow_run", {"Name": name}, f"start a run of {name}, which takes all keys")
    ]


def _function(chain: Chain) -> list[ApiCall]:
    function = chain.known("function")
    if not function or (function.get("Concurrency") or {}).get("ReservedConcurrentExecutions") != 0:
        return []
    name = function["FunctionName"]  # no module reserves any, so a number would be taken away again
    return [ApiCall("lambda", "delete_function_concurrency", {"FunctionName": name}, f"let {name} run again")]


def _stream(chain: Chain) -> list[ApiCall]:
    found = (chain.known("mappings") or {}).get("EventSourceMappings") or ()
    return [
        ApiCall(
            "lambda",
            "update_event_source_mapping",
            {"UUID": one["UUID"], "Enabled": True},
            f"let {chain.names.capture} read the stream again",
        )
        for one in found
        if one.get("State") in {"Disabled", "Disabling"}
    ]


def _sweeper(chain: Chain) -> list[ApiCall]:
    return _switched_on([chain.known("sweeper")])


def _schedules(chain: Chain) -> list[ApiCall]:
    """Those that are off; none while one is missing, which the layer makes."""
    found = chain.known("schedules") or []
    missing = set(chain.names.schedules) - {one.get("Name") for one in found}
    return [] if missing else _switched_on(found)


def _dumps(chain: Chain) -> list[ApiCall]:
    """What those schedules start whose last dump failed, started once more; none where it can't be told."""
    newest = {one["schedule"]: one["error"] for one in chain.known("dumps") or ()}
    calls = (_started(one) for one in chain.known("schedules") or ())
    return [call for schedule, call in filter(None, calls) if newest.get(schedule)]


def _started(schedule: Any) -> tuple[str, ApiCall] | None:
    """The dump's own name for a schedule, and the call that does what the scheduler does at its time."""
    target = schedule.get("Target") or {}
    now = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    text = str(target.get("Input") or "{}").replace("<aws.scheduler.scheduled-time>", now)
    says = f"dump {schedule.get('Name')} again, as its schedule does"
    try:
        given = json.loads(text)
        if ":function:" in target.get("Arn", ""):
            params = {"FunctionName": target["Arn"], "InvocationType": "Event", "Payload": text}
            return given["schedule"], ApiCall("lambda", "invoke", params, says)
        if target.get("Arn", "").endswith(":aws-sdk:glue:startJobRun"):
            return given["Arguments"]["--schedule"], ApiCall("glue", "start_job_run", given, says)
    except (ValueError, KeyError, TypeError):  # written by hand: the scheduler will say it
        pass
    return None


# What UpdateSchedule takes: it replaces the whole schedule (EventBridge Scheduler API reference).
KEPT = (
    "Name", "GroupName", "ScheduleExpression", "ScheduleExpressionTimezone", "StartDate", "EndDate",
    "Description", "KmsKeyArn", "ActionAfterCompletion", "FlexibleTimeWindow", "Target",
)  # fmt: skip


def _switched_on(schedules: Iterable[Any]) -> list[ApiCall]:
    made = []
    for one in schedules:
        if not one or one.get("State", "ENABLED") == "ENABLED":
            continue
        same, name = {key: one[key] for key in KEPT if key in one}, one["Name"]
        on, off = {**same, "State": "ENABLED"}, {**same, "State": "DISABLED"}
        undo = ApiCall("scheduler", "update_schedule", off, f"{name} off again")
        made.append(ApiCall("scheduler", "update_schedule", on, f"switch the schedule {name} on", undo))
    return made


BY_CODE: dict[str, Callable[[Chain], list[ApiCall]]] = {
    "PD01": _trail,
    "PD03": _rule,
    "PD07": _trigger,
    "PD09": _job,
    "PD14": _secret,
    "PD15": _keys,
    "PD16": _stream,
    "PD17": _sweeper,
    "PD30": _schedules,
    "PD31": _function,
    "PD32": _dumps,
}
