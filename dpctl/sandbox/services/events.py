"""EventBridge: events find their rules, and rules their targets."""

from __future__ import annotations

import json
import logging
import queue
import re
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from dpctl.sandbox import patterns
from dpctl.sandbox.account import Account
from dpctl.sandbox.calls import Call, ServiceError
from dpctl.sandbox.services import propagation, retries, targets

Params = dict[str, Any]
log = logging.getLogger(__name__)


@dataclass
class Deliveries:
    """What has still to be delivered, by one thread, in order."""

    work: queue.Queue[Callable[[], None] | None] = field(default_factory=queue.Queue)
    thread: threading.Thread | None = None

    def close(self) -> None:
        """Deliver what waits, and end."""
        self.work.put(None)


def later(account: Account, task: Callable[[], None]) -> None:
    """Do something after the call that caused it was answered, as AWS does."""
    store = account.store(Deliveries)
    with account.lock:
        if store.thread is None:
            store.thread = threading.Thread(target=_work, args=(store,), name="events", daemon=True)
            store.thread.start()
    store.work.put(task)


def _work(store: Deliveries) -> None:
    while (task := store.work.get()) is not None:
        try:
            task()
        except Exception:
            log.exception("an event was lost")
        finally:
            store.work.task_done()
    store.work.task_done()


def emit(
    account: Account,
    source: str,
    detail_type: str,
    detail: Params,
    resources: list[str] | None = None,
    *,
    trail: bool = False,
) -> None:
    """An event of an AWS service, to the default bus; ``trail``: by way of CloudTrail, which takes longer."""
    event = {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": detail_type,
        "source": source,
        "account": account.account_id,
        "time": account.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": account.region,
        "resources": resources or [],
        "detail": detail,
    }
    _on_its_way(account, event, trail=trail)


def _on_its_way(account: Account, event: Params, bus: str = "default", *, trail: bool = False) -> None:
    """Let an event arrive when, and as often as, the account's realism has it."""
    clock = account.clock
    now = clock.time()
    for due in account.realism.arrivals(now, trail=trail):
        if due <= now:
            later(account, lambda: deliver(account, event, bus))
            continue
        what = f"an event: {event['source']}, {event['detail-type']}"
        order = account.realism.shuffled()
        clock.at(due, what, lambda: later(account, lambda: deliver(account, event, bus)), order)


def deliver(account: Account, event: Params, bus: str = "default") -> None:
    """Give an event to every target of every rule of a bus that it fits."""
    known = account.backend("events").event_buses.get(bus)
    for rule in list(known.rules.values()) if known else []:
        pattern = rule.event_pattern.get_pattern()
        if rule.state != "ENABLED" or not pattern or not patterns.matches(pattern, event):
            continue
        if not propagation.in_force(account, bus, rule.name):
            continue
        for target in list(rule.targets):
            _deliver_to(account, target, rule.arn, event)


def _deliver_to(account: Account, target: Params, rule: str, event: Params) -> None:
    def lost(error: Exception) -> None:
        log.warning("%s, target %s: %s", rule, target["Arn"], error)
        targets.dead_letter(account, target, rule, error, event)

    policy = retries.Policy.of(target.get("RetryPolicy", {}))
    payload = shape(target, event)
    retries.attempt(
        account, policy, f"{rule} tries its target again",
        lambda _: targets.send(account, target, payload, event, rule), lost, later,
    )  # fmt: skip


def shape(target: Params, event: Params) -> str:
    """What a target gets: the event, a part of it, a fixed text, or a template filled in."""
    if "Input" in target:
        return str(target["Input"])
    if "InputPath" in target:
        return json.dumps(_path(event, target["InputPath"]))
    transformer = target.get("InputTransformer")
    if not transformer:
        return json.dumps(event)
    values = {name: _path(event, path) for name, path in transformer.get("InputPathsMap", {}).items()}
    values |= {"aws.events.event.json": event, "aws.events.event.ingestion-time": event["time"]}
    return fill(transformer["InputTemplate"], values)


def fill(template: str, values: dict[str, Any]) -> str:
    """Put values into ``<name>``: as text inside quotes, as JSON outside (guide, "Input transformation")."""

    def put(match: re.Match[str]) -> str:
        if match[1] not in values:
            return match[0]
        value = values[match[1]]
        quoted = template[: match.start()].count('"') % 2 == 1
        if not quoted:
            return json.dumps(value)
        return json.dumps(value if isinstance(value, str) else json.dumps(value))[1:-1]

    return re.sub(r"<([\w.-]+)>", put, template)


def _path(event: Any, path: str) -> Any:
    """A JSON path of the kind targets take: ``$.detail.requestParameters.key``, ``[0]`` included."""
    value = event
    for name, index in re.findall(r"\.([\w-]+)|\[(\d+)\]", path):
        try:
            value = value[name] if name else value[int(index)]
        except (KeyError, IndexError, TypeError):
            return None
    return value


def put_events(account: Account, call: Call) -> Params:
    """PutEvents: the sources of AWS are AWS's own."""
    results, failed = [], 0
    for entry in call.params()["Entries"]:
        event_id = str(uuid.uuid4())
        if entry.get("Source", "").startswith("aws."):
            failed += 1
            message = "Not authorized for the source."
            results.append({"ErrorCode": "NotAuthorizedForSourceException", "ErrorMessage": message})
            continue
        try:
            detail = json.loads(entry.get("Detail", ""))
        except ValueError:
            failed += 1
            results.append({"ErrorCode": "MalformedDetail", "ErrorMessage": "Detail is malformed."})
            continue
        when = entry.get("Time", account.clock.now())
        event = {
            "version": "0",
            "id": event_id,
            "detail-type": entry.get("DetailType", ""),
            "source": entry.get("Source", ""),
            "account": account.account_id,
            "time": when.strftime("%Y-%m-%dT%H:%M:%SZ") if isinstance(when, datetime) else str(when),
            "region": account.region,
            "resources": entry.get("Resources", []),
            "detail": detail,
        }
        bus = entry.get("EventBusName", "default").rsplit("/", 1)[-1]
        _on_its_way(account, event, bus)
        results.append({"EventId": event_id})
    return {"FailedEntryCount": failed, "Entries": results}


def test_pattern(account: Account, call: Call) -> Params:
    """TestEventPattern."""
    params = call.params()
    try:
        return {"Result": patterns.matches(json.loads(params["EventPattern"]), json.loads(params["Event"]))}
    except ValueError as error:
        raise ServiceError("InvalidEventPatternException", str(error)) from error


HANDLERS = {("events", "PutEvents"): put_events, ("events", "TestEventPattern"): test_pattern}
