"""What a write to the followed table looks like on its way: CloudTrail's event, as EventBridge carries it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from dpctl.doctor.links import Names

DETAIL_TYPE, SOURCE = "AWS API Call via CloudTrail", "aws.dynamodb"
NO_ID = "00000000-0000-0000-0000-000000000000"


def event(names: Names, operation: str) -> dict[str, Any]:
    """The event that a write makes (EventBridge user guide, "AWS service events via CloudTrail")."""
    return {
        "version": "0",
        "id": NO_ID,
        "detail-type": DETAIL_TYPE,
        "source": SOURCE,
        "account": names.account,
        "time": "2026-01-01T00:00:00Z",
        "region": names.region,
        "resources": [],
        "detail": detail(names, operation),
    }


def detail(names: Names, operation: str) -> dict[str, Any]:
    """The record of a write to the table, as CloudTrail has it."""
    return {
        "eventVersion": "1.09",
        "eventSource": "dynamodb.amazonaws.com",
        "eventName": operation,
        "awsRegion": names.region,
        "eventType": "AwsApiCall",
        "eventCategory": "Data",
        "managementEvent": False,
        "readOnly": False,
        "recipientAccountId": names.account,
        "requestParameters": {"tableName": names.table, "key": {names.hash_key: {"S": "k"}}},
        "responseElements": None,
        "resources": [{"accountId": names.account, "type": "AWS::DynamoDB::Table", "ARN": names.table_arn}],
    }


def record(names: Names, operation: str, key: Mapping[str, Any], number: str) -> dict[str, Any]:
    """The record of a change in the table's stream (DynamoDB developer guide, "DynamoDB Streams and Lambda").

    ``key`` is in DynamoDB's JSON; ``number`` stands for the sequence number.
    """
    return {
        "eventID": number,
        "eventName": operation,
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": names.region,
        "dynamodb": {"Keys": dict(key), "SequenceNumber": number, "StreamViewType": "KEYS_ONLY"},
    }


def delivered(target: Mapping[str, Any], event: Mapping[str, Any]) -> Any:
    """What a target gets of an event: its constant input, a part, or what its transformer makes.

    EventBridge user guide, "Amazon EventBridge input transformation". A template that is no JSON is a text.
    """
    if target.get("Input"):
        return _json(str(target["Input"]))
    if target.get("InputPath"):
        return _at(event, str(target["InputPath"]))
    transformer = target.get("InputTransformer")
    if not transformer:
        return event
    text = str(transformer.get("InputTemplate", ""))
    text = text.replace("<aws.events.event.json>", json.dumps(event))
    for name, path in (transformer.get("InputPathsMap") or {}).items():
        value = _at(event, str(path))
        text = text.replace(f'"<{name}>"', json.dumps(value))
        text = text.replace(f"<{name}>", value if isinstance(value, str) else json.dumps(value))
    return _json(text)


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _at(document: Any, path: str) -> Any:
    """What a plain JSON path (``$.detail.eventName``) names; None where there is no such thing."""
    for name in path.removeprefix("$").split(".")[1:]:
        document = document.get(name) if isinstance(document, Mapping) else None
    return document


def holds(document: Any, path: str) -> bool:
    """Whether a document has something at a path."""
    return _at(document, path) is not None
