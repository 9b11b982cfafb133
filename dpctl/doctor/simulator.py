"""IAM's policy simulator: one question for many actions and resources, answered for each pair."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from dpctl.aws import error_code
from dpctl.doctor import model as m
from dpctl.doctor import parse
from dpctl.doctor.asking import Asker
from dpctl.doctor.requirements import Simulation


def simulate(
    asker: Asker, role: str, asked: Simulation, is_of: Callable[[str, str], bool]
) -> list[m.Decision]:
    """What the simulator says about a role; each action apart where it refuses to mix them.

    ``is_of`` tells whether a request for an action names a resource: the other pairs are left out.
    """
    from botocore.exceptions import ClientError

    params: dict[str, Any] = {"PolicySourceArn": role, "ActionNames": list(asked.actions)}
    if asked.resources:
        params["ResourceArns"] = list(asked.resources)
    params["ContextEntries"] = [
        {"ContextKeyName": key, "ContextKeyValues": list(values), "ContextKeyType": "string"}
        for key, values in asked.context.items()
    ]
    try:
        raw = asker.call("iam", "simulate_principal_policy", **params)
    except ClientError as error:
        if error_code(error) not in {"InvalidInput", "InvalidInputException"} or len(asked.actions) == 1:
            raise
        apart = (replace(asked, actions=(action,)) for action in asked.actions)
        return [decision for one in apart for decision in simulate(asker, role, one, is_of)]
    return parse.decisions(raw, asked.resources, is_of)
