"""What each service on the way does with the role it has: asked of IAM, as it is deployed.

A duty is a role, the service that takes it on, and the requests it makes with it. They are read from what is
deployed (targets, definitions, schedules, arguments), so that a role of another name is held to the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from dpctl.doctor import backlog, definition
from dpctl.doctor.asking import Asker, document
from dpctl.doctor.links import Names
from dpctl.doctor.requirements import Simulation, dns_suffix
from dpctl.doctor.simulator import simulate

# Whom a role of Redshift Serverless lets in (Redshift management guide, "Granting permissions to Amazon
# Redshift Serverless").
REDSHIFT = ("redshift.amazonaws.com", "redshift-serverless.amazonaws.com")
Request = tuple[str, str]  # an action, and the ARN it is about


@dataclass(frozen=True)
class Duty:
    """A role (its ARN), the service that takes it on, and what it asks for with it."""

    role: str
    service: str
    requests: tuple[Request, ...] = ()

    @property
    def name(self) -> str:
        """The role's name, without its path."""
        return self.role.rsplit("/", 1)[-1]

    @property
    def fact(self) -> str:
        """The name under which the answer is kept; its end is the service."""
        return f"role:{self.name}:{self.service}"


def duties(asker: Asker, names: Names) -> list[Duty]:
    """Every duty that can be seen, one for each role and service."""
    known = asker.known
    every = [
        *_targets(known("targets")),
        *_schedules(known("schedules")),
        *_schedules([known("sweeper")] if known("sweeper") else []),
        *_machine(names, known("machine"), known("workflow")),
        *_machine(names, known("sweeper_machine"), known("workflow")),
        *_capture(names, known("capture")),
        *_dumps(known("function")),
        *_job(names, (known("job") or {}).get("Job") or {}),
        *_redshift(names, (known("job") or {}).get("Job") or {}, known("schedules")),
    ]
    merged: dict[str, Duty] = {}
    for one in every:
        before = merged.get(one.fact, replace(one, requests=()))
        merged[one.fact] = replace(before, requests=(*before.requests, *one.requests))
    return list(merged.values())


def ask(asker: Asker, names: Names, duty: Duty) -> dict[str, Any]:
    """Who may take on the role, and what IAM's simulator says to each request.

    A refusal that hangs on a condition key which nobody told is ``unknown``.
    """
    role = (asker.known("listed_roles") or {}).get(duty.name)
    if role is None:  # one of very many, or nobody may list them
        role = (asker.find("iam", "get_role", RoleName=duty.name) or {}).get("Role")
    if role is None:
        return {"name": duty.name, "missing": True}
    trust = document(role.get("AssumeRolePolicyDocument"))
    wanted = set(duty.requests)
    if not wanted:
        return {"name": duty.name, "arn": role["Arn"], "trust": trust, "decisions": []}
    asked = Simulation(
        tuple(dict.fromkeys(action for action, _ in duty.requests)),
        tuple(dict.fromkeys(resource for _, resource in duty.requests)),
        {"aws:RequestedRegion": (names.region,), "s3:prefix": (backlog.PENDING,)},
    )
    found = simulate(asker, role["Arn"], asked, lambda action, resource: (action, resource) in wanted)
    decisions = [
        (one.action, one.resource, "unknown" if not one.allowed and one.missing else one.decision)
        for one in found
    ]
    return {"name": duty.name, "arn": role["Arn"], "trust": trust, "decisions": decisions}


def _targets(answer: Any) -> Iterator[Duty]:
    """EventBridge starts the rule's targets."""
    for one in (answer or {}).get("Targets") or ():
        if one.get("RoleArn"):
            yield Duty(one["RoleArn"], "events.amazonaws.com", tuple(_start(one.get("Arn", ""))))


def _schedules(found: Iterable[Any] | None) -> Iterator[Duty]:
    """The scheduler starts the targets of the schedules."""
    for one in found or ():
        target = one.get("Target") or {}
        if target.get("RoleArn"):
            yield Duty(target["RoleArn"], "scheduler.amazonaws.com", tuple(_start(target.get("Arn", ""))))


def _start(arn: str) -> Iterator[Request]:
    """What starting a target asks for."""
    if ":stateMachine:" in arn:
        yield "states:StartExecution", arn
    elif ":workflow/" in arn:
        yield "glue:NotifyEvent", arn
    elif ":function:" in arn:
        yield "lambda:InvokeFunction", arn


def _machine(names: Names, machine: Any, workflow: Any) -> Iterator[Duty]:
    """A state machine writes keys, looks for keys, starts the workflow, and keeps what it can't record."""
    if not (machine or {}).get("roleArn"):
        return
    work = definition.read(machine.get("definition", ""))
    if work is None:
        return
    started = (workflow or {}).get("Workflow", {}).get("Name") or names.workflow
    requests: list[Request] = []
    if work.workflows:
        requests.append(("glue:StartWorkflowRun", names.arn("glue", f"workflow/{started}")))
    requests += [("s3:PutObject", names.s3(f"{place}x.json")) for place in work.objects if place[:1] != "/"]
    requests += [("s3:ListBucket", names.s3(bucket)) for bucket in work.listed if bucket]
    requests += [("sqs:SendMessage", arn) for url in work.queues if (arn := queue_arn(names, url))]
    yield Duty(machine["roleArn"], "states.amazonaws.com", tuple(requests))


def _capture(names: Names, function: Any) -> Iterator[Duty]:
    """The function that reads the stream writes keys and starts the workflow."""
    if (function or {}).get("Role"):
        pending = names.s3(f"{names.bucket}/{backlog.PENDING}x.json")
        start = ("glue:StartWorkflowRun", names.arn("glue", f"workflow/{names.workflow}"))
        yield Duty(function["Role"], "lambda.amazonaws.com", (("s3:PutObject", pending), start))


def _dumps(function: Any) -> Iterator[Duty]:
    """The function that dumps reads the login."""
    if (function or {}).get("Role"):
        login = ((function.get("Environment") or {}).get("Variables") or {}).get("SECRET_ARN", "")
        wanted = (("secretsmanager:GetSecretValue", login),) if login else ()
        yield Duty(function["Role"], "lambda.amazonaws.com", wanted)


def _job(names: Names, job: Any) -> Iterator[Duty]:
    """The job reads its script, the table and the login, and writes what it stages: by its own arguments."""
    if not job.get("Role"):
        return
    arguments = job.get("DefaultArguments") or {}
    script = (job.get("Command") or {}).get("ScriptLocation", "")
    requests: list[Request] = []
    if script.startswith("s3://"):
        requests.append(("s3:GetObject", names.s3(script.removeprefix("s3://"))))
    if arguments.get("--table_name"):
        table = names.arn("dynamodb", f"table/{arguments['--table_name']}")
        requests.append(("dynamodb:BatchGetItem", table))
    if arguments.get("--secret_arn"):
        requests.append(("secretsmanager:GetSecretValue", arguments["--secret_arn"]))
    if arguments.get("--bucket"):
        place = f"{arguments['--bucket']}/{arguments.get('--prefix', '')}staging/x"
        requests.append(("s3:PutObject", names.s3(place)))
    yield Duty(job["Role"], "glue.amazonaws.com", tuple(requests))


def _redshift(names: Names, job: Any, schedules: Any) -> Iterator[Duty]:
    """Redshift takes on the role of COPY to read what the job stages, and that of UNLOAD to write dumps."""
    arguments = job.get("DefaultArguments") or {}
    if arguments.get("--copy_role_arn") and arguments.get("--bucket"):
        place = f"{arguments['--bucket']}/{arguments.get('--prefix', '')}staging/x"
        yield Duty(arguments["--copy_role_arn"], REDSHIFT[0], (("s3:GetObject", names.s3(place)),))
    if schedules and names.unload_role and names.exports:
        arn = f"arn:{names.table_arn.split(':')[1]}:iam::{names.account}:role/{names.unload_role}"
        wanted = tuple(("s3:PutObject", names.s3(f"{place}x")) for place in names.exports)
        yield Duty(arn, REDSHIFT[0], wanted)


def queue_url(arn: str) -> str:
    """The URL of a queue by its ARN."""
    _, _, _, region, account, name = arn.split(":", 5)
    return f"https://sqs.{region}.{dns_suffix(region)}/{account}/{name}"


def queue_arn(names: Names, url: str) -> str:
    """The ARN of a queue by its URL (``https://sqs.REGION.DOMAIN/ACCOUNT/NAME``); empty for no such URL."""
    parts = url.split("/")
    if (not url.startswith("https://") and not url.startswith("http://")) or len(parts) < 5:
        return ""
    return names.arn("sqs", parts[-1]) if parts[-2] == names.account else ""
