"""The links that do the work: roles, job, login, keys, queues; auto-copy; and the dumps."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from dpctl.doctor import aims, backlog, definition, repairs
from dpctl.doctor.duties import REDSHIFT, queue_url
from dpctl.doctor.finding import Finding, Fix
from dpctl.doctor.linkcheck import Look, layers_fix, listed
from dpctl.doctor.links import ACTIVE_RUNS, BAD_RUNS, READS, Chain, Names
from dpctl.doctor.policy import decide, trusts
from dpctl.doctor.questions import made
from dpctl.layers import CAPTURE, COPIES, DUMPS, STATIC

FAILS = "the function fails"


def roles(chain: Chain) -> Finding:
    """Each role on the way, as it is deployed, is trusted by its service and may do what that service
    does with it.
    """
    look = Look("PD08", "", CAPTURE)
    names = [name for name in chain.facts if name.startswith("role:")]
    bad: dict[str, bool] = {}
    for fact in names:
        service, answer = fact.rsplit(":", 1)[-1], chain[fact]
        role, wrong, trusted = answer["name"], len(look.wrong), True
        if answer.get("missing"):
            look.must(False, f"there is no role {role}")
        else:
            trusted = _role(look, role, service, answer, chain.names.account)
        if len(look.wrong) > wrong:
            bad[role] = bad.get(role, True) and trusted
            look.resource = look.resource or role
    look.should(bool(names), "no role was found on the way")
    return look.end(chain, _roles_fix(chain, bad) if bad else None)


def _roles_fix(chain: Chain, bad: Mapping[str, bool]) -> Fix:
    """A role of env.yaml is made as it should be; where another one is in its place, that place is.

    ``bad`` are the roles, and whether their services may take them on.
    """
    targets: list[str] = []
    accept: list[str] = []
    for role, trusted in bad.items():
        kind = chain.names.roles.get(role)
        places = [place for place, arn in _places(chain) if arn.rsplit("/", 1)[-1] == role]
        mine = aims.of_role(kind, role) if kind else tuple(places)
        targets += mine
        accept += aims.put_back(mine, trust=not trusted) if kind else [one.partition(":")[2] for one in mine]
    return layers_fix(chain, () if targets else (CAPTURE,), targets, accept)


def _places(chain: Chain) -> Iterator[tuple[str, str]]:
    """Where a role is named (an address), and its ARN there."""
    known = chain.known
    for one in (known("targets") or {}).get("Targets") or ():
        yield aims.RULE_TARGET, one.get("RoleArn", "")
    yield aims.MACHINE, (known("machine") or {}).get("roleArn", "")
    yield aims.SWEEPER_MACHINE, (known("sweeper_machine") or {}).get("roleArn", "")
    yield aims.SWEEPER, ((known("sweeper") or {}).get("Target") or {}).get("RoleArn", "")
    for one in known("schedules") or ():
        yield aims.DUMP, (one.get("Target") or {}).get("RoleArn", "")
    yield aims.READER, (known("capture") or {}).get("Role", "")
    yield aims.DUMPER, (known("function") or {}).get("Role", "")
    job = (known("job") or {}).get("Job") or {}
    yield aims.JOB, job.get("Role", "")
    yield aims.JOB, (job.get("DefaultArguments") or {}).get("--copy_role_arn", "")


def _role(look: Look, role: str, service: str, answer: dict[str, object], account: str) -> bool:
    """Look at a role; whether its service may take it on."""
    trust = str(answer["trust"])
    asked = REDSHIFT if service in REDSHIFT else (service,)
    denied = [one for one in asked if trusts(trust, one, account) == "denied"]
    look.must(denied != list(asked), f"{' or '.join(asked)} may not take on {role}")
    # seen to work with one of the two; AWS asks for both
    look.should(
        denied in ([], list(asked)), f"{role} does not trust {listed(denied)}: Serverless asks for both"
    )
    for action, resource, decision in answer["decisions"]:  # type: ignore[attr-defined]
        if decision == "allowed":
            look.see(f"{role}: {action} allowed")
        elif decision == "unknown":
            look.should(False, f"{role}: {action} on {resource} hangs on a condition that is not known here")
        else:
            look.must(False, f"{role} may not {action} on {resource} ({decision})")
    return denied != list(asked)


def job(chain: Chain) -> Finding:
    """The job and its script exist; its last run did not fail."""
    names = chain.names
    look = Look("PD09", names.job, CAPTURE)
    look.must(chain["job"] is not None, f"there is no job {names.job}")
    if chain["job"] is None:
        return look.end(chain)
    deployed = chain["job"].get("Job") or {}
    command = deployed.get("Command") or {}
    script = not chain.has("script") or chain["script"]
    place = str(command.get("ScriptLocation", ""))
    look.must(bool(script), f"its script {place} is not there")
    look.should(
        not names.script or place == names.script, f"it runs {place}, and the layer keeps {names.script}"
    )
    _arguments(look, names, deployed)
    runs = (chain["runs"] or {}).get("JobRuns") or []
    _bookmarks(look, deployed)
    _full(look, deployed, runs)
    states = [run.get("JobRunState", "") for run in runs]
    look.see(f"last runs: {', '.join(states) or 'none yet'}")
    if states and states[0] in BAD_RUNS:
        look.must(False, f"the last run: {states[0]}: {runs[0].get('ErrorMessage', 'no message')}")
        said = chain.known("log")
        look.see(f"its log says: {said}" if said else "")
    return look.end(chain)


def _arguments(look: Look, names: Names, job: dict[str, Any]) -> None:
    """Whether the job looks where keys are written, and reads the table they are of."""
    given = job.get("DefaultArguments") or {}
    bucket, prefix = given.get("--bucket", names.bucket), given.get("--prefix", backlog.PREFIX)
    there, here = f"s3://{bucket}/{prefix}", f"s3://{names.bucket}/{backlog.PREFIX}"
    look.must(there == here, f"it looks for keys in {there}, and they are written to {here}")
    table = str(given.get("--table_name", names.table)).rsplit("/", 1)[-1]
    look.must(table == names.table, f"it reads the table {table}, and not {names.table}")
    minutes, seconds = job.get("Timeout"), str(given.get("--run_seconds", ""))
    if minutes and seconds.isdigit():
        ends = int(seconds) < int(minutes) * 60
        look.should(ends, f"it works for {seconds} s, and Glue stops it after {minutes} minutes")


def _full(look: Look, job: dict[str, Any], runs: list[dict[str, Any]]) -> None:
    """Whether runs that do not end take all the places that there are for runs."""
    most = (job.get("ExecutionProperty") or {}).get("MaxConcurrentRuns") or 1
    active = [run for run in runs if run.get("JobRunState") in ACTIVE_RUNS]
    now = datetime.now(UTC)
    stuck = [
        run["StartedOn"]
        for run in active
        if run.get("StartedOn") and now - run["StartedOn"] > backlog.PATIENCE
    ]
    free = len(active) < most or not stuck
    since = f"{min(stuck).astimezone(UTC):%Y-%m-%d %H:%M} UTC" if stuck else ""
    look.should(
        free,
        f"{len(active)} runs are active, the first since {since}, and {most} may be: no other one starts",
    )


def _bookmarks(look: Look, job: dict[str, Any]) -> None:
    """With bookmarks a run passes over what another has seen (Glue developer guide, "Job bookmarks")."""
    option = str((job.get("DefaultArguments") or {}).get("--job-bookmark-option", ""))
    look.should(
        option != "job-bookmark-enable", "its bookmarks are on: what an earlier run has seen may be left out"
    )


def from_mysql(chain: Chain) -> Finding:
    """The job that loads from MySQL exists; its last run did not fail."""
    name = chain.names.mysql_job
    look = Look("PD23", name, COPIES)
    look.must(chain["mysql_job"] is not None, f"there is no job {name}, and tables are loaded from MySQL")
    if chain["mysql_job"] is None:
        return look.end(chain)
    deployed = chain["mysql_job"].get("Job") or {}
    runs = (chain["mysql_runs"] or {}).get("JobRuns") or []
    _bookmarks(look, deployed)
    _full(look, deployed, runs)
    told = [f"{run.get('JobRunState', '')} ({_table_of(run) or 'its first table'})" for run in runs]
    look.see(f"last runs: {', '.join(told) or 'none yet'}")
    if not runs or runs[0].get("JobRunState") not in BAD_RUNS:
        return look.end(chain)
    last, table = runs[0], _table_of(runs[0])
    look.must(False, f"the last run: {last['JobRunState']}: {last.get('ErrorMessage', 'no message')}")
    said = chain.known("mysql_log")
    look.see(f"its log says: {said}" if said and said != last.get("ErrorMessage") else "")
    text = "Fix what the message says, and load the table again; nothing of that run is in it."
    load = f"dpctl load --env {chain.names.env} --table {shlex.quote(table)}"
    return look.end(chain, Fix("manual", text, (load,) if table else ()))


def _table_of(run: dict[str, Any]) -> str:
    """The table that a run was told to load; empty where it took the job's own."""
    return str((run.get("Arguments") or {}).get("--table") or "")


def queues(chain: Chain) -> Finding:
    """Every dead-letter queue on the way exists and is empty: a message in it is an event that did not
    arrive.
    """
    counts = chain["queues"]
    full = {arn: count for arn, count in counts.items() if count > 0}
    gone = [arn for arn, count in counts.items() if count < 0]
    look = Look("PD12", next(iter([*gone, *full, *counts]), ""), CAPTURE)
    look.see(*(f"{arn}: {count} messages" for arn, count in counts.items() if count >= 0))
    for arn in gone:
        look.must(False, f"there is no queue {arn}: what can't be delivered is lost")
    for arn, count in full.items():
        look.must(False, f"{count} messages wait in {arn}: what they are about has not arrived")
    if gone:
        made = [one for arn in gone for one in _queue(chain, arn.rsplit(":", 1)[-1])]
        return look.end(chain, layers_fix(chain, () if made else (CAPTURE,), made))
    if not full:
        return look.end(chain)
    return look.end(chain, _waiting(chain, list(full)))


def _waiting(chain: Chain, arns: list[str]) -> Fix:
    """How what did not arrive is made up for, before the messages about it are deleted.

    SQS moves messages back to other queues only (StartMessageMoveTask), and none of these comes from one.
    """
    names, env = chain.names, chain.names.env
    urls = {arn: shlex.quote(queue_url(arn)) for arn in arns}
    read = "--max-number-of-messages 10 --attribute-names All --message-attribute-names All"
    commands = [
        f"aws sqs receive-message --queue-url {url} {read} --region {names.region}" for url in urls.values()
    ]
    ours = {arn: made for arn in arns if (made := _queue(chain, arn.rsplit(":", 1)[-1]))}
    if aims.QUEUE in ours.values():
        commands += [f"dpctl reconcile --table {table} --env {env} --fix" for table in names.followed]
        commands.append(f"dpctl drain --env {env}")
    if aims.DUMP_QUEUE in ours.values():
        dumped = dict.fromkeys(table for tables in names.dumped.values() for table in tables)
        commands += [f"dpctl unload --table {table} --env {env}" for table in dumped]
    commands += [f"aws sqs purge-queue --queue-url {urls[arn]} --region {names.region}" for arn in ours]
    text = "Read why, fix that, load or dump what did not arrive, and empty the queue."
    if aims.COPY_QUEUE in ours.values():
        text += " A scheduled copy loads everything again at its next run."
    return Fix("manual", text, tuple(commands))


def _queue(chain: Chain, name: str) -> tuple[str, ...]:
    """What makes a queue of dead letters; nothing for one that is none of ours."""
    for group in chain.names.groups:
        if name == f"{group}-dead-letters":
            return aims.DUMP_QUEUE if group.endswith(DUMPS) else aims.COPY_QUEUE
    return aims.QUEUE if name == f"{chain.names.rule}-dead-letters" else ()


def login(chain: Chain) -> Finding:
    """The secret with the login exists, and is not to be deleted."""
    secret, job = chain["secret"], (chain.known("job") or {}).get("Job") or {}
    name = (job.get("DefaultArguments") or {}).get("--secret_arn") or chain.names.secret
    look = Look("PD14", name, STATIC)
    look.must(secret is not None, f"there is no secret {name}")
    if secret is not None:
        look.see(f"{secret.get('Name') or name}, last changed {secret.get('LastChangedDate') or 'never'}")
        look.must(not secret.get("DeletedDate"), f"it is to be deleted on {secret.get('DeletedDate')}")
    return look.end(chain)


def keys(chain: Chain) -> Finding:
    """Every key that something on the way is encrypted with is enabled."""
    look = Look("PD15", "", STATIC)
    states = chain["keys"]
    look.see(*(f"{what} is {state}" for what, state in states.items()))
    look.see("" if states else "no key of your own is used")
    for what, state in states.items():
        look.resource = look.resource or what.partition(": ")[2]
        look.must(state == "Enabled", f"{what} can't be used: {state}")
    if repairs.calls("PD15", chain):
        return look.end(chain)
    text = "Give it another key; what was written with a key that is gone can't be read by anybody."
    return look.end(chain, Fix("manual", text))


def stream(chain: Chain) -> Finding:
    """The table has a stream, and the function that records its changes reads it, without trouble."""
    names, answer = chain.names, chain["mappings"] or {}
    table = (chain["table"] or {}).get("Table") or {}
    arn = (
        table.get("LatestStreamArn", "")
        if (table.get("StreamSpecification") or {}).get("StreamEnabled")
        else ""
    )
    look = Look("PD16", names.capture, CAPTURE)
    look.must(bool(arn), f"{names.table} has no stream: no change is ever sent")
    function = chain["capture"] or {}
    look.must(not function.get("missing"), f"there is no function {names.capture}")
    held = (function.get("Concurrency") or {}).get("ReservedConcurrentExecutions") == 0
    look.must(not held, "its reserved concurrency is 0: every call is throttled")
    found = answer.get("EventSourceMappings") or []
    mine = [one for one in found if one.get("EventSourceArn") == arn]
    look.must(bool(mine), f"no mapping leads from {arn or 'a stream'} to {names.capture}")
    for one in mine:
        state, said = str(one.get("State", "")), str(one.get("LastProcessingResult") or "")
        why = str(one.get("StateTransitionReason") or "")
        look.see(f"{one.get('UUID')}: {why}" if why and state not in READS else "")
        look.see(f"{one.get('UUID')} is {state}{f', last: {said}' if said else ''}")
        look.must(state in READS, f"it is {state}: changes wait in the stream, which keeps them for 24 hours")
        look.must(not said.startswith("PROBLEM"), f"{FAILS}: {said}")
    if not arn:
        return look.end(chain, layers_fix(chain, (), (aims.TABLE, *aims.CHECKS["PD16"])))
    if look.wrong and all(one.startswith(FAILS) for one in look.wrong):
        text = "Fix what its log says; the changes wait in the stream for 24 hours."
        tail = f"aws logs tail /aws/lambda/{shlex.quote(names.capture)} --since 1h --region {names.region}"
        return look.end(chain, Fix("manual", text, (tail,)))
    return look.end(chain)


def sweeper(chain: Chain) -> Finding:
    """The schedule that looks for keys while nothing runs is there, on, and starts a machine that looks."""
    names, answer = chain.names, chain["sweeper"]
    look = Look("PD17", names.sweeper, CAPTURE)
    waits = "a key that came while a run ended waits for the next event"
    look.must(answer is not None, f"there is no schedule {names.sweeper}: {waits}")
    if answer is None:
        return look.end(chain)
    state = answer.get("State", "ENABLED")
    look.see(f"{names.sweeper} is {state}: {answer.get('ScheduleExpression')}")
    look.must(state == "ENABLED", f"it is {state}: {waits}")
    target = (answer.get("Target") or {}).get("Arn", "")
    machine = chain["sweeper_machine"] if chain.has("sweeper_machine") else None
    look.must(machine is not None, f"what it starts is not there: {target or 'nothing'}")
    if machine is None:
        return look.end(chain)
    status = machine.get("status", "ACTIVE")
    look.must(status == "ACTIVE", f"{target} is {status}")
    work = definition.read(machine.get("definition", ""))
    right = work is None or "" in work.workflows or names.workflow in work.workflows
    look.must(right, f"{target} does not start {names.workflow}")
    return look.end(chain)


# -- auto-copy ----------------------------------------------------------------------------------------------


def integration(chain: Chain) -> Finding:
    """Redshift's S3 event integration is there, and active."""
    names, found = chain.names, chain["integrations"]
    look = Look("PD20", names.integration, COPIES)
    look.must(bool(found), f"no integration watches {names.source}: no COPY JOB hears of a new file")
    for one in found:
        status = str(one.get("Status", "")).lower()
        look.see(f"{one.get('IntegrationName')} is {status}")
        errors = listed(one.get("ErrorMessage") or one.get("ErrorCode") for one in one.get("Errors") or ())
        look.must(status in {"active", "syncing", "creating", "modifying"}, f"it is {status}: {errors}")
        look.should(status != "creating", "it is being made; new files are heard of once it is active")
    return look.end(chain)


def bucket(chain: Chain) -> Finding:
    """The bucket's policy lets Redshift watch it, and no other notification stands in the way."""
    names, answer = chain.names, chain["bucket_policy"]
    look = Look("PD21", names.source, STATIC)
    policy = str((answer or {}).get("Policy", ""))
    look.must(bool(policy), "it has no policy: Redshift may not watch it")
    needed = ("s3:GetBucketNotification", "s3:PutBucketNotification", "s3:GetBucketLocation")
    arn = names.s3(names.source)
    who = ("redshift.amazonaws.com",)
    denied = [one for one in needed if policy and decide(policy, who, one, (arn,)) == "denied"]
    look.must(not denied, f"its policy does not let redshift.amazonaws.com {listed(denied)}")
    look.see("" if denied or not policy else "its policy lets redshift.amazonaws.com watch it")
    others = [] if made(chain["integrations"]) else _of_new_objects(chain["notifications"] or {})
    look.must(
        not others,
        f"{listed(others)} hear of its new objects: AWS makes no integration beside them",
    )
    if others and not denied and policy:
        text = "Take its notifications of new objects off, apply the layer, and put narrower ones back."
        see = f"aws s3api get-bucket-notification-configuration --bucket {names.source}"
        commands = (see, f"dpctl apply --env {names.env} --layer {COPIES}")
        return look.end(chain, Fix("manual", text, commands))
    return look.end(chain)


def _of_new_objects(answer: dict[str, Any]) -> list[str]:
    """Who is told of new objects, by a notification of the bucket (Amazon S3 user guide)."""
    arns = {"Topic": "TopicArn", "Queue": "QueueArn", "LambdaFunction": "LambdaFunctionArn"}
    return [
        one.get(arn, kind)
        for kind, arn in arns.items()
        for one in answer.get(f"{kind}Configurations") or ()
        if any(str(event).startswith("s3:ObjectCreated:") for event in one.get("Events") or ())
    ]
