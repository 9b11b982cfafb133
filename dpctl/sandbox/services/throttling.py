"""Throttling where a rate belongs to a thing: a prefix of a bucket, the capacity of a table."""

from __future__ import annotations

from typing import Any

from dpctl.sandbox.account import Account
from dpctl.sandbox.calls import Call
from dpctl.sandbox.throttle import DYNAMODB_BURST_SECONDS, S3_READS, S3_WRITES, Throttle

WRITES = ("PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem")
READS = ("GetItem", "Query", "Scan", "BatchGetItem")


def check(account: Account, call: Call) -> None:
    """Raise ServiceError where a call comes too soon after others; never in a calm account."""
    if account.realism.calm or call.access_key == account.own.access_key:
        return
    throttle = account.store(Buckets).of(account)
    if call.service == "s3":
        _s3(throttle, call)
    elif call.service == "dynamodb":
        _dynamodb(account, throttle, call)
    else:
        throttle.check(call.service, call.operation)


class Buckets:
    """The account's token buckets, made with its clock when they are first asked for."""

    def __init__(self) -> None:
        self._throttle: Throttle | None = None

    def of(self, account: Account) -> Throttle:
        """The buckets."""
        if self._throttle is None:
            self._throttle = Throttle(account.clock.time)
        return self._throttle


def _s3(throttle: Throttle, call: Call) -> None:
    key = str(call.parameters.get("Key", ""))
    if not key:
        return
    prefix = f"{call.parameters.get('Bucket')}/{key.rpartition('/')[0]}"
    read = call.operation.startswith(("Get", "Head"))
    rate = S3_READS if read else S3_WRITES
    throttle.take("s3", f"{'read' if read else 'write'} {prefix}", rate, rate)


def _dynamodb(account: Account, throttle: Throttle, call: Call) -> None:
    """A table with provisioned capacity: an item costs a unit at least; larger ones cost one here too."""
    params = call.parameters
    kind = "Write" if call.operation in WRITES else "Read" if call.operation in READS else ""
    if not kind:
        return
    items: dict[str, int] = {str(params["TableName"]): 1} if "TableName" in params else {}
    for name, requests in params.get("RequestItems", {}).items():
        items[name] = len(requests["Keys"] if kind == "Read" else requests)
    for name, count in items.items():
        units = _capacity(account, name.rpartition("/")[2], f"{kind}CapacityUnits")
        if units:
            throttle.take("dynamodb", f"{kind} {name}", units * DYNAMODB_BURST_SECONDS, units, count)


def _capacity(account: Account, table: str, kind: str) -> float:
    """The units a second of a table; 0 where it is paid by the request."""
    found: Any = account.backend("dynamodb").tables.get(table)
    if found is None or found.billing_mode == "PAY_PER_REQUEST":
        return 0.0
    return float((found.throughput or {}).get(kind) or 0.0)
