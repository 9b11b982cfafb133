"""A source of events that ends before the other one runs: a table of plans."""

from __future__ import annotations

from typing import Any

import pytest

from dpctl.deploy import losses, takeover
from dpctl.deploy.named import Named

STREAM, RULE = (
    "module.stream[0].aws_lambda_event_source_mapping.stream",
    "module.rule.aws_cloudwatch_event_rule.writes",
)
ARN = "arn:aws:dynamodb:ap-south-1:054158074701:table/Orders/stream/2026-01-31T00:00:00.000"
PATTERN = '{"detail-type":["AWS API Call via CloudTrail"],"source":["aws.dynamodb"]}'


def one(
    address: str, before: dict[str, Any] | None, after: dict[str, Any] | None, **more: Any
) -> dict[str, Any]:
    kind = address.split(".")[-2]
    actions = ["create"] if before is None else ["delete"] if after is None else ["update"]
    change = {"actions": actions, "before": before, "after": after, **more}
    return {"address": address, "type": kind, "mode": "managed", "change": change}


def stream(before: bool | None, after: bool | None, arn: str = ARN) -> dict[str, Any]:
    """The mapping of the table's stream; None where there is none, True where it is enabled."""
    made = [None if on is None else {"event_source_arn": arn, "enabled": on} for on in (before, after)]
    return one(STREAM, *made)


def rule(before: bool | None, after: bool | None, pattern: str = PATTERN) -> dict[str, Any]:
    """The rule of CloudTrail's events; the same."""
    state = {True: "ENABLED", False: "DISABLED"}
    made = [None if on is None else {"event_pattern": pattern, "state": state[on]} for on in (before, after)]
    return one(RULE, *made)


OTHER = '{"source":["aws.redshift-data"]}'
QUEUE = "arn:aws:sqs:ap-south-1:054158074701:q"
CASES = [
    ("from the stream to CloudTrail", [stream(True, None), rule(False, True)], [STREAM]),
    ("the same, and the rule is new", [stream(True, None), rule(None, True)], [STREAM]),
    ("the mapping stays, switched off", [stream(True, False), rule(False, True)], [f"{STREAM}.enabled"]),
    ("from CloudTrail to the stream", [rule(True, False), stream(None, True)], [f"{RULE}.state"]),
    ("the same, and the rule goes", [rule(True, None), stream(False, True)], [RULE]),
    ("to both", [stream(None, True), rule(True, True)], []),
    ("to both, the other way", [stream(True, True), rule(False, True)], []),
    ("from both to CloudTrail", [stream(True, None), rule(True, True)], []),
    ("from both to the stream", [stream(True, True), rule(True, False)], []),
    ("both at once, first", [stream(None, True), rule(None, True)], []),
    ("the stream at first", [stream(None, True), rule(None, False)], []),
    ("all is switched off with the job", [stream(True, False), rule(True, False)], []),
    ("all is switched on again", [stream(False, True), rule(False, True)], []),
    ("CloudTrail begins where the stream was off", [stream(False, None), rule(False, True)], []),
    ("a mapping of a queue ends", [stream(True, None, QUEUE), rule(False, True)], []),
    ("another rule begins", [stream(True, None), rule(False, True, OTHER)], []),
    ("nothing that begins", [stream(True, None)], []),
]


@pytest.mark.parametrize(("changes", "lost"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_a_source_ends_only_where_the_other_runs(changes: list[dict[str, Any]], lost: list[str]) -> None:
    for order in (changes, changes[::-1]):
        found = takeover.early({"resource_changes": order})
        assert [loss.name for loss in found] == lost


def test_a_mapping_that_is_replaced_reads_on() -> None:
    """Another stream of the table: the new mapping begins at TRIM_HORIZON."""
    replaced = stream(True, True)
    replaced["change"]["actions"] = ["delete", "create"]
    assert takeover.early({"resource_changes": [replaced, rule(False, True)]}) == ()


@pytest.mark.parametrize("document", [None, {}, {"resource_changes": None}])
def test_a_plan_of_nothing(document: Any) -> None:
    assert takeover.early(document) == ()


def test_the_refusal_tells_the_order_and_how_to_accept() -> None:
    document = {"resource_changes": [stream(True, None), rule(False, True)]}
    found = takeover.early(document, losses.find(document))
    with pytest.raises(losses.Losing) as refused:
        losses.check("dev/ddb-redshift", "ddb-redshift", found, Named())
    assert "the changes of the stream that the function has not read yet are lost" in refused.value.why
    assert refused.value.hint == (
        "capture.source: both in env.yaml, and dpctl apply; when the function's IteratorAge has been 0 for "
        f"15 minutes, capture.source: cloudtrail, and dpctl apply; or accept it: --accept '{STREAM}'"
    )
    losses.check("dev/ddb-redshift", "ddb-redshift", found, Named([STREAM]))
    other = losses.Loss("aws_thing.y", "tags", "taken away")
    with pytest.raises(losses.Losing) as both:
        losses.check("dev/ddb-redshift", "ddb-redshift", [other, *found], Named())
    assert both.value.hint.startswith(f"{losses.KEEP}; capture.source: both in env.yaml, ")
    assert both.value.hint.endswith("; or accept it: --accept 'aws_thing.y.tags', one for each")


def test_a_rule_that_stood_before_is_told_once() -> None:
    """Nobody wrote down that we made it, so that it is switched off is a loss already."""
    document = {"resource_changes": [stream(None, True), rule(True, False)]}
    [loss] = takeover.early(document, losses.find(document))
    assert (loss.name, "on their way" in loss.how) == (f"{RULE}.state", True)
