"""What moto's Step Functions lacks: the check of a definition, and the list of versions."""

from __future__ import annotations

import json
from typing import Any

from dpctl.sandbox import patches
from dpctl.sandbox.account import Account
from dpctl.sandbox.calls import Call
from dpctl.sandbox.services import roles

SERVICE = "states.amazonaws.com"


def validate(account: Account, call: Call) -> dict[str, Any]:
    """ValidateStateMachineDefinition, by the parser that will run it."""
    message = fault(account, call.params()["definition"])
    if not message:
        return {"result": "OK", "diagnostics": [], "truncated": False}
    diagnostic = {
        "severity": "ERROR",
        "code": "SCHEMA_VALIDATION_FAILED",
        "message": message,
        "location": "/",
    }
    return {"result": "FAIL", "diagnostics": [diagnostic], "truncated": False}


def fault(account: Account, definition: str) -> str:
    """What is wrong with a definition; empty when nothing is."""
    try:
        json.loads(definition)
        account.backend("stepfunctions")._validate_definition(definition=definition)
    except Exception as error:
        return str(error)
    return ""


def list_versions(account: Account, call: Call) -> dict[str, Any]:
    """ListStateMachineVersions, the last first."""
    machine = account.backend("stepfunctions").describe_state_machine(call.params()["stateMachineArn"])
    versions = [
        {"stateMachineVersionArn": version.arn, "creationDate": version.creation_date}
        for _, version in sorted(machine.versions.items(), reverse=True)
    ]
    return {"stateMachineVersions": versions}


def prepare(account: Account, call: Call) -> None:
    """Before an execution starts: errors get the names that AWS gives them, and calls are signed.

    moto does the rest.
    """
    patches.step_functions_errors()
    patches.state_machine_clients(lambda service, region, role: _client(account, service, region, role))


def _client(account: Account, service: str, region: str, role: str) -> Any:
    """A client that calls as a state machine's role."""
    machines = account.backend("stepfunctions").state_machines
    source = next((machine.arn for machine in machines if machine.roleArn == role), "")
    credentials = roles.take(account, role, SERVICE, source_arn=source)
    return account.machine_client(service, region, credentials)


HANDLERS = {
    ("stepfunctions", "StartExecution"): prepare,
    ("stepfunctions", "StartSyncExecution"): prepare,
    ("stepfunctions", "ValidateStateMachineDefinition"): validate,
    ("stepfunctions", "ListStateMachineVersions"): list_versions,
}
