"""The dumps: their schedules, what these start, and what became of the last ones."""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from dpctl.doctor import asking
from dpctl.doctor.asking import Asker
from dpctl.doctor.finding import Finding, Fix
from dpctl.doctor.linkcheck import Look, listed
from dpctl.doctor.links import Chain, Names
from dpctl.doctor.repairs import repair
from dpctl.layers import DUMPS
from dpctl.redshift import dumplog
from dpctl.redshift.dumplog import LOOK_BACK

DAY = 86_400

# -- questions ----------------------------------------------------------------------------------------------


def runs(asker: Asker) -> list[dict[str, Any]]:
    """The runs of the dumps in the last days, the newest last: when (UTC), schedule, error (empty for none).

    A function says what became of its tables in its log, a job in its runs. What the scheduler sends to the
    Data API itself leaves no trace that is free to read.
    """
    function, found = asker.known("function"), []
    if function and not function.get("missing"):
        asked = dumplog.question(str(function["FunctionName"]), function, datetime.now(UTC))
        lines = asking.found(lambda: asker.pages("logs", "filter_log_events", "events", **asked))
        found += [_run(run) for run in map(dumplog.run_of, lines or ()) if run]
    for job in dict.fromkeys(_dump_jobs(asker)):
        runs = asker.find("glue", "get_job_runs", JobName=job, MaxResults=len(asker.known("schedules")) * 2)
        found += [_job_run(one) for one in (runs or {}).get("JobRuns") or () if one.get("CompletedOn")]
    return sorted(found, key=lambda one: one["at"])


def _dump_jobs(asker: Asker) -> Iterable[str]:
    for one in asker.known("schedules") or ():
        target = one.get("Target") or {}
        if target.get("Arn", "").endswith(":aws-sdk:glue:startJobRun"):
            with suppress(ValueError, KeyError, TypeError):  # written by hand: the scheduler will say it
                yield str(json.loads(target["Input"])["JobName"])


def _run(run: dumplog.DumpRun) -> dict[str, Any]:
    errors = "; ".join(f"{table} {error}" for table, error in run.errors.items() if error)
    return {"at": run.at, "schedule": run.schedule, "error": errors}


def _job_run(run: Any) -> dict[str, Any]:
    state = run.get("JobRunState", "")
    error = "" if state == "SUCCEEDED" else f"{state}: {run.get('ErrorMessage') or 'no reason'}"
    schedule = (run.get("Arguments") or {}).get("--schedule", "")
    return {"at": run["CompletedOn"].astimezone(UTC), "schedule": schedule, "error": error}


METRICS = (
    # (what is told, namespace, metric, dimension)
    ("calls of the function were throttled", "AWS/Lambda", "Throttles", "FunctionName"),
    ("calls were throttled by the scheduler", "AWS/Scheduler", "InvocationThrottleCount", "ScheduleGroup"),
    ("calls were throttled by their target", "AWS/Scheduler", "TargetErrorThrottledCount", "ScheduleGroup"),
    ("calls were dropped after all retries", "AWS/Scheduler", "InvocationDroppedCount", "ScheduleGroup"),
)


def throttles(asker: Asker, names: Names) -> dict[str, int]:
    """What CloudWatch counted of refused calls in the last days, by what it is.

    EventBridge Scheduler user guide, "Monitoring with CloudWatch"; Lambda developer guide, "Types of
    metrics".
    """
    function, now = asker.known("function") or {}, datetime.now(UTC)
    values = {"FunctionName": [function.get("FunctionName", "")], "ScheduleGroup": list(names.groups)}
    asked = [
        (
            f"{text} ({value})",
            {"Namespace": space, "MetricName": metric, "Dimensions": [{"Name": name, "Value": value}]},
        )
        for text, space, metric, name in METRICS
        for value in values[name]
        if value
    ]
    queries = [
        {"Id": f"m{number}", "MetricStat": {"Metric": metric, "Period": DAY, "Stat": "Sum"}}
        for number, (_, metric) in enumerate(asked)
    ]
    answer = asker.find(
        "cloudwatch", "get_metric_data", MetricDataQueries=queries, StartTime=now - LOOK_BACK, EndTime=now
    )
    sums = {
        one["Id"]: int(sum(one.get("Values") or ())) for one in (answer or {}).get("MetricDataResults") or ()
    }
    return {text: sums.get(f"m{number}", 0) for number, (text, _) in enumerate(asked)}


# -- checks -------------------------------------------------------------------------------------------------


def schedules(chain: Chain) -> Finding:
    """Every schedule of env.yaml exists and is on."""
    names, found = chain.names, {one.get("Name"): one for one in chain["schedules"]}
    look = Look("PD30", listed(names.groups), DUMPS)
    for name in names.schedules:
        look.must(name in found, f"there is no schedule {name} in {listed(names.groups)}")
    for name, one in found.items():
        state = one.get("State", "ENABLED")
        look.see(f"{name} is {state}: {one.get('ScheduleExpression')}")
        look.must(state == "ENABLED", f"{name} is {state}: it dumps nothing")
        now, over, begins = datetime.now(UTC), one.get("EndDate"), one.get("StartDate")
        look.must(not over or over > now, f"{name} ended on {over}: it dumps nothing")
        look.should(not begins or begins <= now, f"{name} begins on {begins}")
        kept = (one.get("Target") or {}).get("DeadLetterConfig")
        look.should(bool(kept), f"calls of {name} that fail are lost (no dead-letter queue)")
    return look.end(chain)


def function(chain: Chain) -> Finding:
    """The function that dumps exists, is ready, and is not held back."""
    answer = chain["function"]
    look = Look("PD31", str(answer.get("FunctionName", "")), DUMPS)
    if answer.get("missing"):
        look.must(False, f"there is no function {answer['FunctionName']}")
        return look.end(chain)
    state, kept = answer.get("State", "Active"), answer.get("Concurrency") or {}
    look.see(f"{answer['FunctionName']} is {state}")
    look.must(state in {"Active", "Inactive", "Pending"}, f"it is {state}: {answer.get('StateReason', '')}")
    update = answer.get("LastUpdateStatus", "Successful")
    look.should(update != "Failed", f"its last update failed: {answer.get('LastUpdateStatusReason', '')}")
    held = kept.get("ReservedConcurrentExecutions") == 0
    look.must(not held, "its reserved concurrency is 0: every call is throttled")
    return look.end(chain)


def last(chain: Chain) -> Finding:
    """The last dump of each schedule was written, and nothing refused to start one."""
    names, found = chain.names, chain["dumps"]
    look = Look("PD32", listed(names.groups), DUMPS)
    newest = {one["schedule"]: one for one in found}
    for schedule, one in newest.items():
        at = f"{one['at']:%Y-%m-%d %H:%M} UTC"
        look.see("" if one["error"] else f"{schedule}: the last one, {at}, was written")
        look.must(not one["error"], f"{schedule}: the last one, {at}, failed: {one['error']}")
    look.see("" if newest else f"no dump ended in the last {LOOK_BACK.days} days, as far as can be seen")
    for text, count in chain["throttles"].items():
        look.should(not count, f"{count} {text} in the last {LOOK_BACK.days} days")
    if again := repair("PD32", chain):
        # dpctl waits for the end; and how a payload is typed differs between the versions of the AWS CLI
        said = f"Fix what Redshift or S3 said. {again.text}"
        return look.end(
            chain, replace(again, text=said, commands=(f"dpctl doctor pipeline --env {names.env} --fix",))
        )
    text = "Fix what Redshift or S3 said; the next run of the schedule dumps again."
    return look.end(chain, Fix("manual", text))
