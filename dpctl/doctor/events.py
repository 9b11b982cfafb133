"""The links from a write to the start of a run: table, trail, rule, target, state machine, workflow,
trigger.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dpctl.config.models import CAPTURED
from dpctl.doctor import backlog, definition, write
from dpctl.doctor.finding import Finding
from dpctl.doctor.linkcheck import Look, listed
from dpctl.doctor.links import Chain
from dpctl.doctor.questions import is_machine
from dpctl.doctor.repairs import stopped
from dpctl.layers import CAPTURE, STATIC


def table(chain: Chain) -> Finding:
    """The table that is followed exists, and can be read."""
    look = Look("PD13", chain.names.table_arn, STATIC)
    answer = chain["table"]
    look.must(
        answer is not None, f"there is no table {chain.names.table}: nothing is written, and nothing read"
    )
    if answer is not None:
        status = answer["Table"].get("TableStatus", "ACTIVE")
        look.see(f"{chain.names.table} is {status}")
        look.must(status in {"ACTIVE", "UPDATING"}, f"it is {status}")
    return look.end(chain)


def trail(chain: Chain) -> Finding:
    """The trail exists and is switched on."""
    status, name = chain["status"], chain.names.trail
    look = Look("PD01", name, STATIC)
    look.must(status is not None, f"there is no trail {name}")
    if status is not None:
        look.see(f"{name}: IsLogging {bool(status.get('IsLogging'))}")
        look.must(bool(status.get("IsLogging")), "it is not logging")
        failed = status.get("LatestDeliveryError")
        look.should(not failed, f"its last delivery failed: {failed}")
    return look.end(chain)


def selectors(chain: Chain) -> Finding:
    """A data-event selector of the trail takes in writes to the table; the most silent of all failures."""
    answer, arn = chain["selectors"] or {}, chain.names.table_arn
    look = Look("PD02", chain.names.trail, STATIC)
    advanced = [_advanced(one, arn) for one in answer.get("AdvancedEventSelectors") or ()]
    classic = [_classic(one, arn) for one in answer.get("EventSelectors") or ()]
    kinds = {kind for kind in (*advanced, *classic) if kind}
    look.see(f"{len(advanced)} advanced and {len(classic)} classic selectors")
    look.must(
        bool(kinds), f"none of them takes in writes to {arn}: no event is ever sent, and nothing says so"
    )
    look.see(f"writes to {arn} are logged" if kinds else "")
    look.should(kinds != {"all"}, "reads are logged too, and billed")
    return look.end(chain)


def _advanced(selector: dict[str, Any], arn: str) -> str:
    """``write``, ``all`` or nothing: what an advanced selector takes in of the table."""
    fields = {one["Field"]: one for one in selector.get("FieldSelectors") or ()}
    needed = {
        "eventCategory": "Data",
        "resources.type": "AWS::DynamoDB::Table",
        "resources.ARN": arn,
        "readOnly": "false",
        "eventSource": "dynamodb.amazonaws.com",
        "eventType": "AwsApiCall",
    }
    if "eventCategory" not in fields or "resources.type" not in fields:
        return ""
    if not all(_takes(fields.get(name), value) for name, value in needed.items()):
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
    """The rule is enabled, and EventBridge itself says that its pattern takes the writes of this table in."""
    answer, names = chain["rule"], chain.names
    look = Look("PD03", names.rule, CAPTURE)
    look.must(answer is not None, f"there is no rule {names.rule} on the default bus")
    if answer is None:
        return look.end(chain)
    state = str(answer.get("State", ""))
    look.see(f"{names.rule} is {state}")
    look.must(state.startswith("ENABLED"), f"it is {state}")
    matches = chain["matches"]
    missed = [name for name in names.writes if not matches.get(name)]
    look.must(
        not missed, f"its pattern does not match {listed(missed)} of {names.table_arn} in {names.region}"
    )
    look.see("" if missed else f"its pattern matches {listed(names.writes)} of {names.table_arn}")
    unseen = [name for name in CAPTURED if name not in names.writes]
    look.should(
        not unseen or bool(names.capture),
        f"{listed(unseen)} of the table are not followed: they reach Redshift by dpctl reconcile only",
    )
    failures = '"errorCode"' not in str(answer.get("EventPattern"))
    look.should(not failures or bool(missed), "failed writes match as well (no errorCode: exists false)")
    return look.end(chain)


def targets(chain: Chain) -> Finding:
    """The state machine is a target, with a role; failed deliveries are kept."""
    found, names = (chain["targets"] or {}).get("Targets") or [], chain.names
    look = Look("PD04", names.rule, CAPTURE)
    look.see(f"targets: {listed(one.get('Arn', '') for one in found)}")
    mine = [one for one in found if is_machine(names, one.get("Arn", ""))]
    look.must(bool(mine), f"{names.state_machine_arn} is no target")
    look.must(all(one.get("RoleArn") for one in mine), "a target has no role to start it with")
    ids = listed(one.get("Id") for one in mine)
    look.should(len(mine) < 2, f"it is a target {len(mine)} times ({ids}): each write starts it as often")
    kept = all(one.get("DeadLetterConfig") for one in mine)
    look.should(kept, "events that can't be delivered are lost (no dead-letter queue)")
    reshaped = [one for one in mine if any(key in one for key in ("Input", "InputPath", "InputTransformer"))]
    look.should(not reshaped, "the target gets something else than the event (an input of its own)")
    for one in reshaped:
        lacking = _lacking(chain, one)
        look.must(not lacking, f"what it gets has no {listed(lacking)}, which the state machine reads")
    return look.end(chain)


def _lacking(chain: Chain, target: dict[str, Any]) -> list[str]:
    """What the state machine reads of an event, and a target's own input leaves out."""
    work = definition.read((chain.known("machine") or {}).get("definition", ""))
    event = write.event(chain.names, next(iter(chain.names.writes), "PutItem"))
    got = write.delivered(target, event)
    paths = work.paths if work else ()
    return [path for path in paths if write.holds(event, path) and not write.holds(got, path)]


def machine(chain: Chain) -> Finding:
    """The state machine is active, and its definition starts exactly this workflow."""
    answer, names = chain["machine"], chain.names
    name = names.state_machine_arn.rsplit(":", 1)[-1]
    look = Look("PD05", name, CAPTURE)
    look.must(answer is not None, f"there is no state machine {name}")
    if answer is None:
        return look.end(chain)
    status = answer.get("status", "ACTIVE")
    look.see(f"{name} is {status}")
    look.must(status == "ACTIVE", f"it is {status}")
    # Step Functions developer guide, "Choosing workflow type": express ones end after five minutes
    look.should(answer.get("type") != "EXPRESS", "it is of type EXPRESS: it gives up after five minutes")
    work = definition.read(answer.get("definition", ""))
    if work is None:
        look.must(False, "its definition can't be read")
        return look.end(chain)
    look.must(bool(work.workflows), "its definition starts no workflow")
    unknown = "" in work.workflows
    right = names.workflow in work.workflows or not work.workflows or unknown
    look.must(right, f"its definition starts {listed(work.workflows)}, not {names.workflow}")
    place = f"{names.bucket}/{backlog.PENDING}"
    elsewhere = [one for one in work.objects if one[:1] != "/" and not one.startswith(place)]
    recorded = not work.objects or len(elsewhere) < len(work.objects)
    look.must(recorded, f"it writes keys to {listed(elsewhere)}, and not to {place}, where the job looks")
    look.should(not unknown, "which workflow it starts is known only when it runs")
    look.should(work.retries, "nothing in it is tried again (ConcurrentRunsExceededException)")
    return look.end(chain)


def workflow(chain: Chain) -> Finding:
    """The workflow exists, and has exactly one trigger that starts it."""
    answer, names = chain["workflow"], chain.names
    look = Look("PD06", names.workflow, CAPTURE)
    started = definition.workflow_of(chain.known("machine"), names.workflow)
    look.must(answer is not None, f"there is no workflow {started}")
    if answer is None:
        return look.end(chain)
    starts = _starts(chain)
    look.see(f"start triggers: {listed(one['Name'] for one in starts)}")
    look.must(len(starts) == 1, f"a workflow has one start trigger, this one has {len(starts)}")
    return look.end(chain)


def _starts(chain: Chain) -> list[Any]:
    mine = [
        one
        for one in chain["triggers"]
        if one.get("WorkflowName", chain.names.workflow) == chain.names.workflow
    ]
    return [one for one in mine if one.get("Type") != "CONDITIONAL"]


def trigger(chain: Chain) -> Finding:
    """The trigger is of type EVENT, is not stopped, batches, and starts the job."""
    names = chain.names
    starts = [one for one in _starts(chain) if one.get("Type") == "EVENT"]
    if not starts:
        look = Look("PD07", names.workflow, CAPTURE)
        look.must(False, "the workflow has no trigger of type EVENT")
        return look.end(chain)
    one = starts[0]
    look = Look("PD07", one["Name"], CAPTURE)
    batching = one.get("EventBatchingCondition") or {}
    jobs = [action.get("JobName") for action in one.get("Actions") or ()]
    look.see(f"{one['Name']}: {batching.get('BatchSize', 1)} events or {batching.get('BatchWindow', 900)} s")
    look.must(not stopped(one), f"it is {one.get('State')}: a run of the workflow starts nothing")
    look.must(names.job in jobs, f"it starts {', '.join(map(str, jobs)) or 'nothing'}, not {names.job}")
    return look.end(chain)
