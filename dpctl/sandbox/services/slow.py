"""Resources that take their time: where an account is not calm, they are in the making until the clock says.

AWS gives no times; these are of the order that its guides and Terraform's own waits have.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

from dpctl.sandbox.account import Account
from dpctl.sandbox.calls import Answer, Call
from dpctl.sandbox.services.redshift_store import Serverless

Params = dict[str, Any]


@dataclass(frozen=True)
class Slow:
    """A call whose resource is not ready at once: what it is meanwhile, and for how many seconds."""

    what: str
    during: str
    after: str
    seconds: float
    find: Callable[[Account, Params, bytes], Iterable[Any]]  # the things that have the state
    field: str  # an attribute of theirs, or a key
    tag: str = ""  # in the answer of the call


def _instance(account: Account, params: Params, _body: bytes) -> list[Any]:
    found = account.backend("rds").databases.get(params["DBInstanceIdentifier"])
    return [found] if found is not None else []


def _gateway(account: Account, _params: Params, body: bytes) -> list[Any]:
    return [one for name, one in account.backend("ec2").nat_gateways.items() if name.encode() in body]


def _endpoint(account: Account, params: Params, body: bytes) -> list[Any]:
    if params.get("VpcEndpointType", "Gateway") == "Gateway":
        return []  # routes, which are there at once
    return [one for name, one in account.backend("ec2").vpc_end_points.items() if name.encode() in body]


def _workgroup(account: Account, params: Params, _body: bytes) -> list[Any]:
    return [account.store(Serverless).workgroup(params["workgroupName"])]


def _namespace(account: Account, params: Params, _body: bytes) -> list[Any]:
    return [account.store(Serverless).namespace(params["namespaceName"])]


SLOW: dict[tuple[str, str], Slow] = {
    ("rds", "CreateDBInstance"): Slow(
        "the database instance is made", "creating", "available", 300, _instance, "status", "DBInstanceStatus"
    ),
    ("rds", "ModifyDBInstance"): Slow(
        "the database instance is changed", "modifying", "available", 60, _instance, "status",
        "DBInstanceStatus",
    ),
    ("rds", "StartDBInstance"): Slow(
        "the database instance starts", "starting", "available", 180, _instance, "status", "DBInstanceStatus"
    ),
    ("ec2", "CreateNatGateway"): Slow(
        "the NAT gateway is made", "pending", "available", 90, _gateway, "state", "state"
    ),
    ("ec2", "CreateVpcEndpoint"): Slow(
        "the endpoint is made", "pending", "available", 60, _endpoint, "state", "state"
    ),
    ("redshift-serverless", "CreateWorkgroup"): Slow(
        "the workgroup is made", "CREATING", "AVAILABLE", 180, _workgroup, "status", "status"
    ),
    ("redshift-serverless", "UpdateWorkgroup"): Slow(
        "the workgroup is changed", "MODIFYING", "AVAILABLE", 60, _workgroup, "status", "status"
    ),
    ("redshift-serverless", "UpdateNamespace"): Slow(
        "the namespace is changed", "MODIFYING", "AVAILABLE", 30, _namespace, "status", "status"
    ),
}  # fmt: skip


def begin(account: Account, call: Call, answer: Answer) -> Answer | None:
    """After a call that makes something: have it be in the making for its time."""
    if account.realism.calm or answer.status >= 300 or call.access_key == account.own.access_key:
        return None
    slow = SLOW[call.service, call.operation]
    found = list(slow.find(account, call.params(), answer.body))
    for thing in found:
        _put(thing, slow.field, slow.during)
        what = f"{slow.what}: {_name(call.params())}"
        account.clock.after(slow.seconds, what, partial(_put, thing, slow.field, slow.after))
    return Answer(answer.status, answer.headers, _said(answer.body, slow)) if found else None


def _put(thing: Any, field: str, value: str) -> None:
    if isinstance(thing, dict):
        thing[field] = value
    else:
        setattr(thing, field, value)


def _name(params: Params) -> str:
    names = ("DBInstanceIdentifier", "workgroupName", "namespaceName", "ServiceName", "SubnetId")
    return next((str(params[name]) for name in names if name in params), "")


def _said(body: bytes, slow: Slow) -> bytes:
    """The answer of the call itself tells of the state too."""
    tag, during, after = slow.tag.encode(), slow.during.encode(), slow.after.encode()
    body = body.replace(b"<%b>%b</%b>" % (tag, after, tag), b"<%b>%b</%b>" % (tag, during, tag))
    return body.replace(b'"%b": "%b"' % (tag, after), b'"%b": "%b"' % (tag, during)).replace(
        b'"%b":"%b"' % (tag, after), b'"%b":"%b"' % (tag, during)
    )


AFTER = dict.fromkeys(SLOW, begin)
