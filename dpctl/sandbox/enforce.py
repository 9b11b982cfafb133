"""May this call be made? Asked of every call before anything answers it.

A call with a key of the sandbox's own is let through, and what it needed is recorded: that is what an
operator needs. Everybody else is held to the policies.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from typing import Any

from dpctl.sandbox.access import keys, reference
from dpctl.sandbox.access.companions import companions
from dpctl.sandbox.access.dependents import dependents
from dpctl.sandbox.access.needs import Asked, Need, own_needs
from dpctl.sandbox.access.record import Record
from dpctl.sandbox.account import Account
from dpctl.sandbox.calls import Call, ServiceError
from dpctl.sandbox.services import roles
from dpctl.sandbox.services.redshift_data import owner_of
from dpctl.sandbox.services.resources import Known

log = logging.getLogger(__name__)

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


def check(account: Account, call: Call) -> None:
    """Raise ServiceError, as the service words it, unless the caller may make a call."""
    if call.access_key == account.own.access_key:
        return
    asked = Asked(call.service, call.operation, call.parameters)
    caller = roles.caller_of(account, call.access_key)
    name = f"{call.service}:{call.operation}"
    if caller is None:
        _record(account, name, asked)
        return
    needs = list(_needs(account, asked))
    for need in needs:
        if reference.types(need.action) is None:
            message = f"User: {caller.arn} is refused: the sandbox does not know which action this call needs"
            raise _refusal(call, ServiceError("AccessDenied", f"{message} ({need.action} is none)."))
        found = roles.decide(account, caller, need)
        if not found.allowed:
            raise _refusal(call, roles.denied(caller, need, found))
    account.store(Record).add(caller.names[-1], name, needs)
    _check_absent(account, call, caller, asked)


def _record(account: Account, name: str, asked: Asked) -> None:
    """Write down what the operator's call needs; a gap in our knowledge of AWS must not fail the call."""
    try:
        account.store(Record).add("", name, list(_needs(account, asked)))
    except Exception:
        log.exception("what %s needs", name)


def _needs(account: Account, asked: Asked) -> Iterator[Need]:
    look = Known(account)
    for need in own_needs(asked, look):
        yield Need(need.action, need.resource, _keys(account, asked, need))
    yield from companions(asked, look)
    yield from dependents(asked, look)


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
