"""Where writes to DynamoDB are seen: a source that ends while the other only begins loses what is on its way.

The changes in the stream that the function has not read yet are lost with its mapping; so are CloudTrail's
events that arrive, minutes late, at a rule that is off. Both run until the old one is drained
(docs/layers/ddb-redshift.md, "Two sources").
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from dpctl.deploy.losses import Loss

STREAM, TRAIL = "aws_lambda_event_source_mapping", "aws_cloudwatch_event_rule"
LOST = {
    STREAM: "the changes of the stream that the function has not read yet are lost",
    TRAIL: "CloudTrail's events that are on their way are lost",
}
DRAINED = {
    STREAM: "the function's IteratorAge has been 0 for 15 minutes",
    TRAIL: "15 minutes have passed",
}
NEXT = {STREAM: "cloudtrail", TRAIL: "stream"}


@dataclass(frozen=True)
class Source:
    """One source in a plan: whether it was on, and whether it will be."""

    address: str
    kind: str
    was: bool
    will: bool
    deleted: bool


def early(document: Mapping[str, Any] | None, losses: Iterable[Loss] = ()) -> tuple[Loss, ...]:
    """The losses of a plan (``show -json``), with a source that ends before the other one runs."""
    found = {(loss.address, loss.attribute): loss for loss in losses}
    sources = [
        source
        for one in (document or {}).get("resource_changes") or []
        if one.get("mode", "managed") == "managed" and (source := _source(one))
    ]
    for old in sources:
        others = [new for new in sources if new.kind != old.kind and new.will]
        if old.was and not old.will and others and not any(new.was for new in others):
            attribute = "" if old.deleted else {STREAM: "enabled", TRAIL: "state"}[old.kind]
            found[old.address, attribute] = _loss(old, attribute)
    return tuple(sorted(found.values(), key=lambda loss: (loss.address, loss.attribute)))


def _loss(old: Source, attribute: str) -> Loss:
    end = "deleted" if old.deleted else "switched off"
    how = f"{end} before the other source of events runs: {LOST[old.kind]}"
    hint = (
        f"capture.source: both in env.yaml, and dpctl apply; when {DRAINED[old.kind]}, "
        f"capture.source: {NEXT[old.kind]}, and dpctl apply"
    )
    return Loss(old.address, attribute, how, "on" if attribute else "", "off" if attribute else "", hint)


def _source(resource: Mapping[str, Any]) -> Source | None:
    """The source that a resource of a plan is; None where it is another thing."""
    kind, change = str(resource.get("type")), resource["change"]
    before, after = change.get("before") or {}, change.get("after") or {}
    if not any(_follows(kind, values) for values in (before, after)):
        return None
    return Source(str(resource["address"]), kind, _on(kind, before), _on(kind, after), not after)


def _follows(kind: str, values: Mapping[str, Any]) -> bool:
    """Whether it passes on the writes to a DynamoDB table."""
    if kind == STREAM:
        return ":dynamodb:" in str(values.get("event_source_arn"))
    return kind == TRAIL and '"aws.dynamodb"' in str(values.get("event_pattern"))


def _on(kind: str, values: Mapping[str, Any]) -> bool:
    if not values:
        return False
    return values.get("enabled") is not False if kind == STREAM else values.get("state") != "DISABLED"
