"""Single questions about the pipeline that take more than one call, or an answer of another one."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from dpctl.doctor import definition, write
from dpctl.doctor.asking import Asker, attempt
from dpctl.doctor.duties import queue_arn, queue_url
from dpctl.doctor.links import Names
from dpctl.doctor.snapshot import Unknown

MOST_ROLES = 1000  # the most of a page (IAM API reference, ListRoles)


def triggers(asker: Asker) -> list[Any]:
    """All triggers, since one is found only by what it belongs to."""
    return asker.pages("glue", "get_triggers", "Triggers")


def roles(asker: Asker) -> dict[str, Any]:
    """The account's roles by name, as far as one call tells; each other one is asked about by itself.

    Only a shorter way: who may not list roles is blind to nothing.
    """
    answer = attempt("iam:ListRoles", lambda: asker.call("iam", "list_roles", MaxItems=MOST_ROLES))
    return {} if isinstance(answer, Unknown) else {one["RoleName"]: one for one in answer["Roles"]}


def matches(asker: Asker, names: Names) -> dict[str, bool]:
    """Whether the rule's own pattern takes each write in, as EventBridge itself says.

    Operations that the pattern lists beside each other as plain names fare alike: one of them is asked about.
    """
    pattern = asker.known("rule").get("EventPattern") or "{}"
    alike = _listed(pattern) & set(names.writes)
    answers: dict[str, bool] = {}
    for name in names.writes:
        if name in alike and (told := alike & set(answers)):
            answers[name] = answers[next(iter(told))]
            continue
        event = json.dumps(write.event(names, name))
        answer = asker.find("events", "test_event_pattern", EventPattern=pattern, Event=event)
        answers[name] = bool(answer["Result"])
    return answers


def _listed(pattern: str) -> set[str]:
    """The names of a pattern's one plain list of ``detail.eventName``; none where it says more of it."""
    try:
        found = json.loads(pattern)["detail"]["eventName"]
    except (ValueError, KeyError, TypeError):
        return set()
    plain = isinstance(found, list) and all(isinstance(one, str) for one in found)
    return set(found) if plain and pattern.count("eventName") == 1 else set()


def is_machine(names: Names, arn: str) -> bool:
    """Whether an ARN is env.yaml's state machine, or an alias or a version of it."""
    return arn == names.state_machine_arn or arn.startswith(f"{names.state_machine_arn}:")


def machine_arn(asker: Asker, names: Names) -> str:
    """The state machine that the rule starts; env.yaml's where it starts none."""
    targets = (asker.known("targets") or {}).get("Targets") or ()
    started = [one["Arn"] for one in targets if ":stateMachine:" in one.get("Arn", "")]
    mine = [one for one in started if is_machine(names, one)]
    return next(iter([*mine, *started]), names.state_machine_arn)


def machine(asker: Asker, arn: str) -> Any:
    """A state machine with its definition: of an alias, that of the version that gets most of its calls."""
    _, _, qualifier = arn.partition(":stateMachine:")[2].partition(":")
    if qualifier and not qualifier.isdigit():
        alias = asker.find("stepfunctions", "describe_state_machine_alias", stateMachineAliasArn=arn)
        if alias is None:
            return None
        routes = sorted(alias["routingConfiguration"], key=lambda one: -int(one["weight"]))
        arn = str(routes[0]["stateMachineVersionArn"])
    return asker.find("stepfunctions", "describe_state_machine", stateMachineArn=arn)


def job_name(asker: Asker, names: Names, workflow: str) -> str:
    """The job that the workflow's trigger starts; env.yaml's where there is none."""
    for one in asker.known("triggers") or ():
        if one.get("WorkflowName") == workflow and one.get("Type") != "CONDITIONAL":
            jobs = [action.get("JobName") for action in one.get("Actions") or ()]
            if jobs and names.job not in jobs:
                return str(jobs[0])
    return names.job


def script(asker: Asker, place: str) -> Any:
    """What S3 says of a script (``s3://bucket/key``); False where it is not there."""
    bucket, _, key = place.removeprefix("s3://").partition("/")
    return asker.find("s3", "head_object", Bucket=bucket, Key=key) or False


def policies(asker: Asker, buckets: Iterable[str]) -> dict[str, str]:
    """The policies of buckets, by their names; empty where one has none."""
    answers = {one: asker.find("s3", "get_bucket_policy", Bucket=one) or {} for one in dict.fromkeys(buckets)}
    return {name: str(answer.get("Policy", "")) for name, answer in answers.items()}


def last_error(asker: Asker, job: Any, run: Any) -> str:
    """The last line of the error log of a run."""
    folder = "python-jobs" if (job.get("Command") or {}).get("Name") == "pythonshell" else "jobs"
    group = run.get("LogGroupName") or f"/aws-glue/{folder}"
    stream = run.get("Id", "")
    answer = asker.find(
        "logs", "get_log_events", logGroupName=f"{group}/error", logStreamName=stream, limit=20
    )
    lines = [one.get("message", "").strip() for one in (answer or {}).get("events") or ()]
    return next((line for line in reversed(lines) if line), "")


def keys(asker: Asker) -> dict[str, str]:
    """The state of every key that something on the way is encrypted with."""
    table = (asker.known("table") or {}).get("Table") or {}
    named = {
        "the table": (table.get("SSEDescription") or {}).get("KMSMasterKeyArn", ""),
        "the secret": (asker.known("secret") or {}).get("KmsKeyId", ""),
        "the script": (asker.known("script") or {}).get("SSEKMSKeyId", ""),
        **{f"the queue {arn}": key for arn, key in (asker.known("queue_keys") or {}).items()},
    }
    states: dict[str, str] = {}
    for what, key in named.items():
        if key and "alias/aws/" not in key:
            answer = asker.find("kms", "describe_key", KeyId=key)
            data = (answer or {}).get("KeyMetadata") or {}
            states[f"{what}: {key}"] = data.get("KeyState", "missing")
    return states


def queues(asker: Asker, names: Names) -> dict[str, int]:
    """How many messages wait in each dead-letter queue that is named on the way; -1 where there is none.

    Their keys, which the same answers tell, are kept for ``keys``.
    """
    counts, encrypted = {}, {}
    for arn in dict.fromkeys(one for one in _queues(asker, names) if ":sqs:" in one):
        url = queue_url(arn)
        wanted = ["ApproximateNumberOfMessages", "KmsMasterKeyId"]
        answer = asker.find("sqs", "get_queue_attributes", QueueUrl=url, AttributeNames=wanted)
        told = {} if answer is None else answer.get("Attributes") or {}
        counts[arn] = -1 if answer is None else int(told.get(wanted[0], 0))
        encrypted[arn] = told.get(wanted[1], "")
    asker.facts["queue_keys"] = encrypted
    return counts


def _queues(asker: Asker, names: Names) -> Iterable[str]:
    known = asker.known
    for one in (known("targets") or {}).get("Targets") or ():
        yield (one.get("DeadLetterConfig") or {}).get("Arn", "")
    for one in known("schedules") or ():
        yield ((one.get("Target") or {}).get("DeadLetterConfig") or {}).get("Arn", "")
    for one in (known("mappings") or {}).get("EventSourceMappings") or ():
        yield ((one.get("DestinationConfig") or {}).get("OnFailure") or {}).get("Destination", "")
    machine = known("machine")
    work = definition.read(machine.get("definition", "")) if machine else None
    for url in work.queues if work else ():
        yield queue_arn(names, url)


def schedules(asker: Asker, names: Names) -> list[Any]:
    """The schedules of the pipeline's groups."""
    found = []
    for group in names.groups:
        listed = asker.every("scheduler", "list_schedules", "Schedules", GroupName=group) or {}
        for one in listed.get("Schedules", ()):
            found.append(asker.find("scheduler", "get_schedule", GroupName=group, Name=one["Name"]))
    return [one for one in found if one]


def function(asker: Asker, name: str) -> dict[str, Any]:
    """A function's configuration, with the concurrency that is kept for it."""
    answer = asker.find("lambda", "get_function", FunctionName=name)
    if answer is None:
        return {"missing": True, "FunctionName": name.rsplit(":", 1)[-1]}
    return {**answer["Configuration"], "Concurrency": answer.get("Concurrency") or {}}


def integrations(asker: Asker, names: Names) -> list[Any]:
    """The integrations whose source is the bucket that auto-copy watches."""
    source = names.s3(names.source)
    found = asker.pages("redshift", "describe_integrations", "Integrations")
    return [one for one in found if one.get("SourceArn") == source]


def made(integrations: Iterable[Any] | None) -> bool:
    """Whether one of the integrations was made: then nothing that listens beside it stands in its way."""
    return any(str(one.get("Status", "")).lower() != "failed" for one in integrations or ())
