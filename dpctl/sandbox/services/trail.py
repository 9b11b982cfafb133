"""CloudTrail: a write to DynamoDB becomes a data event when a trail that logs selects it.

The record carries the key of an item and the names of its attributes, never their values (DynamoDB developer
guide, "Understanding DynamoDB log file entries"). In a calm account it arrives at once; in AWS it takes
minutes, may come more than once and in any order (``realism``).
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable
from typing import Any

from dpctl.sandbox.account import Account
from dpctl.sandbox.calls import Answer, Call
from dpctl.sandbox.services import events

Params = dict[str, Any]
WRITES = (
    "PutItem",
    "UpdateItem",
    "DeleteItem",
    "BatchWriteItem",
    "TransactWriteItems",
    "ExecuteStatement",
    "BatchExecuteStatement",
    "ExecuteTransaction",
)
TABLE_TYPE = "AWS::DynamoDB::Table"
_STATEMENT_TABLE = re.compile(r"(?:insert\s+into|update|delete\s+from|from)\s+\"?([\w.-]+)\"?", re.IGNORECASE)


def after_write(account: Account, call: Call, answer: Answer) -> None:
    """Turn a call that was answered into an event, if a trail wants it; refused calls are logged too."""
    params = call.params()
    tables = _tables(call.operation, params)
    arns = [account.arn("dynamodb", f"table/{name}") for name in sorted(tables)]
    if not arns or not selected(account, call.operation, arns):
        return
    record = _record(account, call, arns)
    record["requestParameters"] = _request(account, call.operation, params)
    if answer.status >= 300:
        error = json.loads(answer.body or b"{}")
        record["errorCode"] = str(error.get("__type", "")).rsplit("#", 1)[-1]
        record["errorMessage"] = str(error.get("message") or error.get("Message") or "")
    events.emit(account, "aws.dynamodb", "AWS API Call via CloudTrail", record, trail=True)


def _record(account: Account, call: Call, arns: list[str]) -> Params:
    return {
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "Root",
            "principalId": account.account_id,
            "arn": account.arn("iam", "root"),
            "accountId": account.account_id,
            "accessKeyId": call.access_key,
        },
        "eventTime": account.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ"),
        "eventSource": "dynamodb.amazonaws.com",
        "eventName": call.operation,
        "awsRegion": call.region,
        "sourceIPAddress": "127.0.0.1",
        "userAgent": call.request.headers.get("User-Agent", ""),
        "responseElements": None,
        "requestID": uuid.uuid4().hex.upper(),
        "eventID": str(uuid.uuid4()),
        "readOnly": False,
        "resources": [{"accountId": account.account_id, "type": TABLE_TYPE, "ARN": arn} for arn in arns],
        "eventType": "AwsApiCall",
        "apiVersion": "2012-08-10",
        "managementEvent": False,
        "recipientAccountId": account.account_id,
        "eventCategory": "Data",
    }


def _tables(operation: str, params: Params) -> set[str]:
    """The tables a call writes to, by name."""
    if operation == "BatchWriteItem":
        names = set(params["RequestItems"])
    elif operation == "TransactWriteItems":
        names = {part["TableName"] for item in params["TransactItems"] for part in item.values()}
    elif "TableName" in params:
        names = {params["TableName"]}
    else:
        found = params.get("Statements") or params.get("TransactStatements") or [params]
        matches = (_STATEMENT_TABLE.search(item.get("Statement", "")) for item in found)
        names = {match[1] for match in matches if match}
    return {name.rsplit("/", 1)[-1] for name in names}


def _request(account: Account, operation: str, params: Params) -> Params:
    if operation == "BatchWriteItem":
        items = [
            _part(account, kind.removesuffix("Request"), body | {"TableName": table})
            for table, requests in params["RequestItems"].items()
            for request in requests
            for kind, body in request.items()
        ]
        return {"requestItems": items}
    if operation == "TransactWriteItems":
        return {
            "requestItems": [
                _part(account, *pair) for item in params["TransactItems"] for pair in item.items()
            ]
        }
    if "TableName" in params:
        part = _part(account, operation, params)
        del part["operation"]
        if "items" in part:
            part["item"] = part.pop("items")
        return part
    redacted = re.sub(r"'[^']*'", "***(Redacted)", json.dumps(params.get("Statement", "")))
    return {"statement": json.loads(redacted)} if "Statement" in params else {"statements": "***(Redacted)"}


def _part(account: Account, operation: str, body: Params) -> Params:
    """One write of a call: its table, key, and the names of the attributes."""
    table = body["TableName"].rsplit("/", 1)[-1]
    item = body.get("Item", {})
    source = body.get("Key") or {name: item[name] for name in key_names(account, table) if name in item}
    part: Params = {"operation": operation, "tableName": table}
    part["key"] = {name: next(iter(value.values())) for name, value in source.items()}
    if item:
        part["items"] = list(item)
    for name in ("UpdateExpression", "ConditionExpression", "ExpressionAttributeNames"):
        if name in body:
            part[name[0].lower() + name[1:]] = body[name]
    return part


def key_names(account: Account, table: str) -> list[str]:
    """The attributes of a table's key."""
    known = account.backend("dynamodb").tables.get(table)
    return [element["AttributeName"] for element in known.schema] if known else []


def selected(account: Account, event_name: str, arns: list[str]) -> bool:
    """Whether a trail that is logging has a selector for this write."""
    for trail in account.backend("cloudtrail").trails.values():
        if not trail.status.is_logging:
            continue
        if any(_advanced(one, event_name, arns) for one in trail.advanced_event_selectors):
            return True
        if any(_basic(one, arns) for one in trail.event_selectors):
            return True
    return False


def _advanced(selector: Params, event_name: str, arns: list[str]) -> bool:
    facts = {
        "eventCategory": ["Data"],
        "eventName": [event_name],
        "eventSource": ["dynamodb.amazonaws.com"],
        "readOnly": ["false"],
        "resources.type": [TABLE_TYPE],
        "resources.ARN": arns,
        "eventType": ["AwsApiCall"],
    }
    return all(_field(field, facts.get(field["Field"], [])) for field in selector["FieldSelectors"])


def _field(field: Params, values: list[str]) -> bool:
    """The operators of a field selector; those given must all hold (CloudTrail, "AdvancedFieldSelector")."""
    tests: dict[str, Callable[[str, str], bool]] = {
        "Equals": str.__eq__,
        "StartsWith": str.startswith,
        "EndsWith": str.endswith,
        "NotEquals": str.__eq__,
        "NotStartsWith": str.startswith,
        "NotEndsWith": str.endswith,
    }
    for operator, test in tests.items():
        if operator not in field:
            continue
        hit = any(test(value, wanted) for value in values for wanted in field[operator])
        if hit == operator.startswith("Not"):
            return False
    return True


def _basic(selector: Params, arns: list[str]) -> bool:
    if selector.get("ReadWriteType", "All") == "ReadOnly":
        return False
    return any(
        resource["Type"] == TABLE_TYPE
        and any(arn.startswith(value) for value in resource["Values"] for arn in arns)
        for resource in selector.get("DataResources", [])
    )


AFTER = {("dynamodb", operation): after_write for operation in WRITES}
