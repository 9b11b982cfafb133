"""From a write to the table to a run of the job: is every link of the event chain there, on, and allowed?

The silent failures come first: a trail without a data-event selector for the table never sends an event, and
nothing anywhere says so.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from dpctl import SCHEMA_VERSION
from dpctl.doctor import backlog
from dpctl.doctor.finding import MARKS, PIPELINE_CODES, Finding, Fix, Result
from dpctl.doctor.links import Chain
from dpctl.doctor.policy import trusts
from dpctl.doctor.snapshot import CannotSee

Check = Callable[[Chain], Finding]
STATIC, CAPTURE = "static", "ddb-redshift"


def examine(chain: Chain) -> tuple[Finding, ...]:
    """Every link, in the order in which an event passes them; what can't be seen is an error, not a fault."""
    return tuple(_run(code, check, chain) for code, check in CHECKS.items())


def _run(code: str, check: Check, chain: Chain) -> Finding:
    try:
        return check(chain)
    except CannotSee as blind:
        lines = (
            f"{blind.section} can't be seen: {blind.unknown.reason}",
            f"needs {blind.unknown.need}",
        )
        return Finding(code, "error", "", lines, permission=blind.unknown.need)


def _end(
    chain: Chain, code: str, resource: str, lines: list[str], wrong: list[str], weak: list[str], layer: str
) -> Finding:
    result: Result = "fail" if wrong else "warn" if weak else "pass"
    command = f"dpctl apply --env {chain.names.env} --layer {layer}"
    fix = (
        Fix("terraform", f"Bring the layer {layer} back to env.yaml.", (command,))
        if result != "pass"
        else None
    )
    return Finding(code, result, resource, tuple([*lines, *wrong, *weak]), fix)


def trail(chain: Chain) -> Finding:
    """The trail exists and is switched on."""
    status = chain["status"]
    name = chain.names.trail
    if status is None:
        return _end(chain, "PD01", name, [], [f"there is no trail {name}"], [], STATIC)
    wrong = [] if status.get("IsLogging") else ["it is not logging"]
    failed = status.get("LatestDeliveryError")
    weak = [f"its last delivery failed: {failed}"] if failed else []
    return _end(
        chain, "PD01", name, [f"{name}: IsLogging {bool(status.get('IsLogging'))}"], wrong, weak, STATIC
    )


def selectors(chain: Chain) -> Finding:
    """A data-event selector of the trail takes in writes to the table; the most silent of all failures."""
    answer = chain["selectors"] or {}
    arn = chain.names.table_arn
    advanced = [_advanced(one, arn) for one in answer.get("AdvancedEventSelectors") or ()]
    classic = [_classic(one, arn) for one in answer.get("EventSelectors") or ()]
    kinds = {kind for kind in (*advanced, *classic) if kind}
    lines = [f"{len(advanced)} advanced and {len(classic)} classic selectors"]
    if not kinds:
        wrong = [f"none of them takes in writes to {arn}: no event is ever sent, and nothing says so"]
        return _end(chain, "PD02", chain.names.trail, lines, wrong, [], STATIC)
    weak = ["reads are logged too, and billed"] if kinds == {"all"} else []
    return _end(chain, "PD02", chain.names.trail, [*lines, f"writes to {arn} are logged"], [], weak, STATIC)


def _advanced(selector: dict[str, Any], arn: str) -> str:
    """``write``, ``all`` or nothing: what an advanced selector takes in of the table."""
    fields = {one["Field"]: one for one in selector.get("FieldSelectors") or ()}
    if not _takes(fields.get("eventCategory"), "Data") or "eventCategory" not in fields:
        return ""
    if "resources.type" not in fields or not _takes(fields["resources.type"], "AWS::DynamoDB::Table"):
        return ""
    if not _takes(fields.get("resources.ARN"), arn) or not _takes(fields.get("readOnly"), "false"):
        return ""
    return "write" if "readOnly" in fields else "all"


def _takes(selector: dict[str, Any] | None, value: str) -> bool:
    """Whether a field selector lets a value through; AWS joins the operators of one field with and."""
    if selector is None:
        return True
    tests: dict[str, Callable[[str], bool]] = {
        "Equals": lambda wanted: value == wanted,
        "StartsWith": value.startswith,
        "EndsWith": value.endswith,
    }
    for name, test in tests.items():
        if selector.get(name) and not any(test(one) for one in selector[name]):
            return False
        if any(test(one) for one in selector.get(f"Not{name}") or ()):
            return False
    return True


def _classic(selector: dict[str, Any], arn: str) -> str:
    for resource in selector.get("DataResources") or ():
        values = resource.get("Values") or ()
        if resource.get("Type") == "AWS::DynamoDB::Table" and any(arn.startswith(value) for value in values):
            return {"WriteOnly": "write", "All": "all"}.get(selector.get("ReadWriteType", "All"), "")
    return ""


def rule(chain: Chain) -> Finding:
    """The rule is enabled, and its pattern matches the writes that env.yaml follows, of this table."""
    answer, names = chain["rule"], chain.names
    if answer is None:
        return _end(
            chain, "PD03", names.rule, [], [f"there is no rule {names.rule} on the default bus"], [], CAPTURE
        )
    wrong = [] if answer.get("State", "").startswith("ENABLED") else [f"it is {answer.get('State')}"]
    try:
        pattern = json.loads(answer.get("EventPattern") or "{}")
    except ValueError:
        pattern = {}
    detail = pattern.get("detail") or {}
    if "aws.dynamodb" not in (pattern.get("source") or ["aws.dynamodb"]):
        wrong.append(f"its source is {pattern['source']}, not aws.dynamodb")
    if "AWS API Call via CloudTrail" not in (pattern.get("detail-type") or ["AWS API Call via CloudTrail"]):
        wrong.append("it does not match calls recorded by CloudTrail")
    listed = detail.get("eventName")
    missed = [name for name in names.writes if listed and name not in listed]
    if missed:
        wrong.append(f"it does not match {', '.join(missed)}")
    arns = (detail.get("resources") or {}).get("ARN") or []
    if arns and names.table_arn not in arns:
        wrong.append(f"it matches {', '.join(map(str, arns))}, not {names.table_arn}")
    weak = [] if "errorCode" in detail else ["failed writes match as well (no errorCode: exists false)"]
    lines = [f"{names.rule} is {answer.get('State')}, for {', '.join(map(str, listed or ['every call']))}"]
    return _end(chain, "PD03", names.rule, lines, wrong, weak, CAPTURE)


def targets(chain: Chain) -> Finding:
    """The state machine is a target, with a role; failed deliveries are kept."""
    found = (chain["targets"] or {}).get("Targets") or []
    names = chain.names
    mine = [one for one in found if one.get("Arn") == names.state_machine_arn]
    lines = [f"targets: {', '.join(one.get('Arn', '') for one in found) or 'none'}"]
    if not mine:
        missing = [f"{names.state_machine_arn} is no target"]
        return _end(chain, "PD04", names.rule, lines, missing, [], CAPTURE)
    wrong = [] if all(one.get("RoleArn") for one in mine) else ["a target has no role to start it with"]
    weak = []
    if len(mine) > 1:
        ids = ", ".join(str(one.get("Id")) for one in mine)
        weak.append(f"it is a target {len(mine)} times ({ids}): each write starts it as often")
    if not all(one.get("DeadLetterConfig") for one in mine):
        weak.append("events that can't be delivered are lost (no dead-letter queue)")
    return _end(chain, "PD04", names.rule, lines, wrong, weak, CAPTURE)


def machine(chain: Chain) -> Finding:
    """The state machine is active, and its definition starts the workflow."""
    answer, names = chain["machine"], chain.names
    name = names.state_machine_arn.rsplit(":", 1)[-1]
    if answer is None:
        return _end(chain, "PD05", name, [], [f"there is no state machine {name}"], [], CAPTURE)
    status = answer.get("status", "ACTIVE")
    definition = answer.get("definition", "")
    wrong = [] if status == "ACTIVE" else [f"it is {status}"]
    if "startWorkflowRun" not in definition and "notifyEvent" not in definition:
        wrong.append("its definition starts no workflow")
    elif names.workflow not in definition:
        wrong.append(f"its definition does not name {names.workflow}")
    weak = (
        [] if '"Retry"' in definition else ["nothing in it is tried again (ConcurrentRunsExceededException)"]
    )
    return _end(chain, "PD05", name, [f"{name} is {status}"], wrong, weak, CAPTURE)


def workflow(chain: Chain) -> Finding:
    """The workflow exists, and has exactly one trigger that starts it."""
    answer, names = chain["workflow"], chain.names
    if answer is None:
        return _end(
            chain, "PD06", names.workflow, [], [f"there is no workflow {names.workflow}"], [], CAPTURE
        )
    starts = [one for one in chain["triggers"] if one.get("Type") != "CONDITIONAL"]
    lines = [f"start triggers: {', '.join(one['Name'] for one in starts) or 'none'}"]
    wrong = [] if len(starts) == 1 else [f"a workflow has one start trigger, this one has {len(starts)}"]
    return _end(chain, "PD06", names.workflow, lines, wrong, [], CAPTURE)


def trigger(chain: Chain) -> Finding:
    """The trigger is of type EVENT, batches, and starts the job."""
    names = chain.names
    starts = [one for one in chain["triggers"] if one.get("Type") == "EVENT"]
    if not starts:
        return _end(
            chain, "PD07", names.workflow, [], ["the workflow has no trigger of type EVENT"], [], CAPTURE
        )
    one = starts[0]
    batching = one.get("EventBatchingCondition") or {}
    jobs = [action.get("JobName") for action in one.get("Actions") or ()]
    lines = [f"{one['Name']}: {batching.get('BatchSize', 1)} events or {batching.get('BatchWindow', 900)} s"]
    wrong = (
        [] if names.job in jobs else [f"it starts {', '.join(map(str, jobs)) or 'nothing'}, not {names.job}"]
    )
    return _end(chain, "PD07", one["Name"], lines, wrong, [], CAPTURE)


def roles(chain: Chain) -> Finding:
    """Each role is trusted by its service, and may do the one thing the chain needs of it."""
    names = chain.names
    parts = (
        ("events_role", names.events_role, "events.amazonaws.com", "states:StartExecution"),
        ("states_role", names.states_role, "states.amazonaws.com", "glue:StartWorkflowRun"),
        ("notify_role", names.notify_role, "events.amazonaws.com", "glue:NotifyEvent"),
    )
    lines: list[str] = []
    wrong: list[str] = []
    for fact, name, service, action in parts:
        answer = chain[fact]
        if answer is None:
            wrong.append(f"there is no role {name}")
            continue
        lines.append(f"{name}: {action} {answer['decision']}")
        if trusts(answer["trust"], service, names.account) == "denied":
            wrong.append(f"{service} may not take on {name}")
        if answer["decision"] != "allowed":
            wrong.append(f"{name} may not {action}")
    return _end(chain, "PD08", names.states_role, lines, wrong, [], CAPTURE)


def job(chain: Chain) -> Finding:
    """The job exists; its last run did not fail."""
    names = chain.names
    if chain["job"] is None:
        return _end(chain, "PD09", names.job, [], [f"there is no job {names.job}"], [], CAPTURE)
    runs = (chain["runs"] or {}).get("JobRuns") or []
    states = [run.get("JobRunState", "") for run in runs]
    lines = [f"last runs: {', '.join(states) or 'none yet'}"]
    weak = []
    if states and states[0] in {"FAILED", "ERROR", "TIMEOUT"}:
        weak.append(f"the last run: {states[0]}: {runs[0].get('ErrorMessage', 'no message')}")
    return _end(chain, "PD09", names.job, lines, [], weak, CAPTURE)


CHECKS: dict[str, Check] = {
    "PD01": trail,
    "PD02": selectors,
    "PD03": rule,
    "PD04": targets,
    "PD05": machine,
    "PD06": workflow,
    "PD07": trigger,
    "PD08": roles,
    "PD09": job,
    "PD10": backlog.pending,
    "PD11": backlog.buried,
}


def text(chain: Chain, findings: tuple[Finding, ...]) -> str:
    """The chain as a person reads it; the first broken link is where events stop."""
    lines = [f"From {chain.names.table_arn} to {chain.names.job}", ""]
    for finding in findings:
        mark, word = MARKS[finding.result]
        lines.append(f"  {mark} {word:<8} {finding.code}  {finding.title}")
        lines += [f"                    {line}" for line in finding.evidence if finding.result != "skip"]
    broken = next((one for one in findings if one.result == "fail"), None)
    lines.append("")
    if broken is None:
        lines.append("Verdict  every link that can be seen holds.")
    else:
        lines.append(f"Verdict  {broken.code}  events stop at {broken.resource}: {broken.evidence[-1]}")
        if broken.fix:
            lines += [
                f"Fix ({broken.fix.kind}): {broken.fix.text}",
                *(f"  $ {line}" for line in broken.fix.commands),
            ]
    for weak in findings:
        if weak.result == "warn" and weak.fix and weak.fix.kind == "manual":
            lines += [f"To do ({weak.code}): {weak.fix.text}", *(f"  $ {line}" for line in weak.fix.commands)]
    return "\n".join(lines) + "\n"


def to_document(chain: Chain, findings: tuple[Finding, ...]) -> dict[str, Any]:
    """The document of ``doctor pipeline --json``."""
    broken = next((one for one in findings if one.result == "fail"), None)
    return {
        "schema_version": SCHEMA_VERSION,
        "ok": broken is None,
        "env": chain.names.env,
        "verdict": {"code": broken.code, "title": PIPELINE_CODES[broken.code]} if broken else None,
        "findings": [finding.as_dict() for finding in findings],
    }
