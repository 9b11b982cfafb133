"""May this call be made? Asked of every call before anything answers it.

A call with a key of the sandbox's own is let through, and what it needed is recorded: that is what an
operator needs (``dpctl permissions``). Everybody else is held to the policies.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from dpctl.sandbox.access import keys, reference
from dpctl.sandbox.access.companions import companions
from dpctl.sandbox.access.needs import Asked, Need, own_needs
from dpctl.sandbox.account import Account
from dpctl.sandbox.calls import Call, ServiceError
from dpctl.sandbox.services import roles
from dpctl.sandbox.services.redshift_data import owner_of
from dpctl.sandbox.services.resources import Known

# How a service says no (each one's API reference, "Common errors").
_JSON_CODE, _XML_CODE = "AccessDeniedException", "AccessDenied"
_CODES = {
    "ec2": "UnauthorizedOperation",
    "s3": _XML_CODE,
    "iam": _XML_CODE,
    "sts": _XML_CODE,
    "rds": _XML_CODE,
}
_CODES |= {"sns": "AuthorizationError", "sqs": _XML_CODE, "redshift": _XML_CODE, "cloudwatch": _XML_CODE}
_STATUS_400 = frozenset(
    {
        "cloudtrail", "dynamodb", "dynamodbstreams", "events", "glue", "kms", "logs", "redshift-data",
        "secretsmanager", "stepfunctions",
    }
)  # fmt: skip

Entry = tuple[str, str, str, str, str]
"""Who called (a role's ARN, empty for the operator), service, operation, action, and resource."""
MOST = 50_000  # entries: every object of a bucket is a resource of its own


@dataclass
class Record:
    """What calls have needed, each need once, with the condition keys of its first call."""

    needs: dict[Entry, dict[str, list[str]]] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, who: str, call: Call, needs: list[Need]) -> None:
        """Write down what a call needed."""
        with self.lock:
            for need in needs:
                entry = (who, call.service, call.operation, need.action, need.resource)
                if len(self.needs) >= MOST:
                    return
                kept = {name: list(values) for name, values in need.keys.items()}
                self.needs.setdefault(entry, kept)

    def listing(self) -> list[dict[str, Any]]:
        """Every need, sorted by action and resource."""
        with self.lock:
            known = sorted(self.needs.items(), key=lambda item: (item[0][0], item[0][3], item[0][4], item[0]))
        return [
            {
                "role": entry[0] or None,
                "call": f"{entry[1]}:{entry[2]}",
                "action": entry[3],
                "resource": entry[4],
                "conditions": conditions,
            }
            for entry, conditions in known
        ]


def check(account: Account, call: Call) -> None:
    """Raise ServiceError, as the service words it, unless the caller may make a call."""
    if call.access_key == account.own.access_key:
        return
    asked = Asked(call.service, call.operation, call.parameters)
    caller = roles.caller_of(account, call.access_key)
    needs = list(_needs(account, asked))
    if caller is None:
        account.store(Record).add("", call, needs)
        return
    for need in needs:
        if reference.types(need.action) is None:
            message = f"User: {caller.arn} is refused: the sandbox does not know which action this call needs"
            raise _refusal(call, ServiceError("AccessDenied", f"{message} ({need.action} is none)."))
        found = roles.decide(account, caller, need)
        if not found.allowed:
            raise _refusal(call, roles.denied(caller, need, found))
    account.store(Record).add(caller.names[-1], call, needs)
    _check_absent(account, call, caller, asked)


def _needs(account: Account, asked: Asked) -> Iterator[Need]:
    look = Known(account)
    for need in own_needs(asked, look):
        yield Need(need.action, need.resource, _keys(account, asked, need))
    yield from companions(asked, look)


def _keys(account: Account, asked: Asked, need: Need) -> Mapping[str, tuple[str, ...]]:
    found = keys.of_call(asked, need.action.partition(":")[0])
    if need.action.startswith("secretsmanager:") and need.resource != "*":
        found["secretsmanager:secretid"] = (need.resource,)
    if asked.service == "redshift-data" and "Id" in asked.params:
        owner = owner_of(account, str(asked.params["Id"]))
        found |= {"redshift-data:statement-owner-iam-userid": (owner,)} if owner else {}
    return found


def _check_absent(account: Account, call: Call, caller: Any, asked: Asked) -> None:
    """Who may not list a bucket is not told that an object is missing (S3 API reference, "GetObject")."""
    if (call.service, call.operation) not in (("s3", "GetObject"), ("s3", "HeadObject")):
        return
    bucket = str(asked.params.get("Bucket", ""))
    if Known(account).is_object(bucket, str(asked.params.get("Key", ""))):
        return
    need = Need("s3:ListBucket", f"arn:aws:s3:::{bucket}")
    found = roles.decide(account, caller, need)
    if not found.allowed:
        raise _refusal(call, roles.denied(caller, need, found))


def _refusal(call: Call, error: ServiceError) -> ServiceError:
    message = error.message
    if call.service == "ec2":
        message = f"You are not authorized to perform this operation. {message}"
    code = _CODES.get(call.service, _JSON_CODE)
    return ServiceError(code, message, 400 if call.service in _STATUS_400 else 403)
