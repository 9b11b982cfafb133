"""Glue connections: kept here in full, because moto neither tests nor updates them.

TestConnection walks the sandbox's own network and looks at secret and workgroup; the result stays at the
connection (Status, StatusReason, LastConnectionValidationTime) until the next test, as in AWS.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from dpctl.sandbox.account import Account
from dpctl.sandbox.calls import Call, ServiceError
from dpctl.sandbox.services import glue_test

Params = dict[str, Any]
# Sent once, and never shown again.
WRITE_ONLY = ("ValidateCredentials", "ValidateForComputeEnvironments")


@dataclass
class Connections:
    """Every connection, by name, in the shape of GetConnection."""

    connections: dict[str, dict[str, Any]] = field(default_factory=dict)

    def get(self, name: str) -> dict[str, Any]:
        """A connection. Raises ServiceError when there is none."""
        if name not in self.connections:
            raise ServiceError("EntityNotFoundException", f"Connection {name} not found.")
        return self.connections[name]


def create(account: Account, call: Call) -> Params:
    """CreateConnection."""
    params, store = call.params(), account.store(Connections)
    given = params["ConnectionInput"]
    name = given["Name"]
    if name in store.connections:
        raise ServiceError("AlreadyExistsException", f"Connection {name} already exists.")
    now = account.clock.now()
    store.connections[name] = _shape(given) | {"CreationTime": now, "LastUpdatedTime": now, "Status": "READY"}
    if params.get("Tags"):
        account.client("glue").tag_resource(
            ResourceArn=account.arn("glue", f"connection/{name}"), TagsToAdd=params["Tags"]
        )
    return {"CreateConnectionStatus": "READY"}


def update(account: Account, call: Call) -> Params:
    """UpdateConnection: the input replaces all of the connection; its last test result stays."""
    params, store = call.params(), account.store(Connections)
    before = store.get(params["Name"])
    kept = ("CreationTime", "Status", "StatusReason", "LastConnectionValidationTime")
    after = _shape(params["ConnectionInput"]) | {key: before[key] for key in kept if key in before}
    after["Name"] = params["Name"]  # a connection is never renamed
    store.connections[params["Name"]] = after | {"LastUpdatedTime": account.clock.now()}
    return {}


def _shape(given: Params) -> dict[str, Any]:
    shown = {key: value for key, value in given.items() if key not in WRITE_ONLY}
    unified = "AuthenticationConfiguration" in shown or "HOST" in shown.get("ConnectionProperties", {})
    shown["ConnectionSchemaVersion"] = 2 if unified else 1
    if "AuthenticationConfiguration" in shown:
        secret = ("BasicAuthenticationCredentials", "CustomAuthenticationCredentials")
        known = shown["AuthenticationConfiguration"]
        shown["AuthenticationConfiguration"] = {
            key: value for key, value in known.items() if key not in secret
        }
    return shown


def get(account: Account, call: Call) -> Params:
    """GetConnection."""
    params = call.params()
    connection = account.store(Connections).get(params["Name"])
    return {"Connection": _shown(connection, bool(params.get("HidePassword")))}


def get_all(account: Account, call: Call) -> Params:
    """GetConnections, by type and match criteria."""
    params = call.params()
    wanted = params.get("Filter", {})
    found = [
        _shown(connection, bool(params.get("HidePassword")))
        for connection in account.store(Connections).connections.values()
        if wanted.get("ConnectionType") in (None, connection.get("ConnectionType", "JDBC"))
        and set(wanted.get("MatchCriteria", [])) <= set(connection.get("MatchCriteria", []))
    ]
    return {"ConnectionList": found}


def _shown(connection: dict[str, Any], hide: bool) -> dict[str, Any]:
    if not hide:
        return connection
    properties = connection.get("ConnectionProperties", {})
    shown = {key: value for key, value in properties.items() if key != "PASSWORD"}
    return connection | {"ConnectionProperties": shown}


def delete(account: Account, call: Call) -> Params:
    """DeleteConnection."""
    store, name = account.store(Connections), call.params()["ConnectionName"]
    store.get(name)
    del store.connections[name]
    return {}


def batch_delete(account: Account, call: Call) -> Params:
    """BatchDeleteConnection."""
    known, names = account.store(Connections).connections, call.params()["ConnectionNameList"]
    gone = [name for name in names if known.pop(name, None)]
    missing = {"ErrorCode": "EntityNotFoundException", "ErrorMessage": "Connection not found."}
    return {"Succeeded": gone, "Errors": {name: missing for name in names if name not in gone}}


def test_connection(account: Account, call: Call) -> Params:
    """TestConnection: an empty answer; the result is at the connection. An unsaved one is tested at once."""
    params = call.params()
    if "ConnectionName" in params:
        test(account, params["ConnectionName"])
        return {}
    given = params.get("TestConnectionInput")
    if not given:
        raise ServiceError("InvalidInputException", "Give ConnectionName or TestConnectionInput.")
    if given.get("ConnectionType") not in ("JDBC", "SALESFORCE"):
        raise ServiceError("InvalidInputException", "TestConnectionInput is for JDBC and SALESFORCE only.")
    if reason := glue_test.fault(account, given):
        raise ServiceError("InvalidInputException", reason)
    return {}


def test(account: Account, name: str) -> None:
    """Test a connection that is kept here, and note the result at it."""
    connection = account.store(Connections).get(name)
    reason = glue_test.fault(account, connection)
    connection["Status"] = "FAILED" if reason else "READY"
    connection["StatusReason"] = reason or None
    connection["LastConnectionValidationTime"] = account.clock.now()


HANDLERS = {
    ("glue", operation): handler
    for operation, handler in {
        "CreateConnection": create,
        "UpdateConnection": update,
        "GetConnection": get,
        "GetConnections": get_all,
        "DeleteConnection": delete,
        "BatchDeleteConnection": batch_delete,
        "TestConnection": test_connection,
    }.items()
}
