"""The policy simulator, which moto lacks, over the policies that moto keeps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dpctl.sandbox.access import policies
from dpctl.sandbox.account import Account
from dpctl.sandbox.calls import Call, ServiceError
from dpctl.sandbox.services import roles
from dpctl.sandbox.services.resources import document

Params = dict[str, Any]


def simulate_principal(account: Account, call: Call) -> Params:
    """SimulatePrincipalPolicy: a role's or user's own policies, and those given with the call."""
    params = call.params()
    found = of_principal(account, params["PolicySourceArn"])
    return _simulate(found, params)


def simulate_custom(account: Account, call: Call) -> Params:
    """SimulateCustomPolicy."""
    return _simulate({}, call.params())


def _simulate(found: dict[str, Mapping[str, Any]], params: Params) -> Params:
    given = {
        f"PolicyInputList.{n}": _json(text) for n, text in enumerate(params.get("PolicyInputList", []), 1)
    }
    boundary = {
        f"Boundary.{n}": _json(text)
        for n, text in enumerate(params.get("PermissionsBoundaryPolicyInputList", []), 1)
    }
    context = {
        entry["ContextKeyName"]: entry["ContextKeyValues"] for entry in params.get("ContextEntries", [])
    }
    results = []
    for action in params["ActionNames"]:
        for resource in params.get("ResourceArns") or ["*"]:
            verdict = policies.evaluate(found | given, action, resource, context)
            if boundary and verdict.decision == "allowed":
                limit = policies.evaluate(boundary, action, resource, context)
                verdict = verdict if limit.decision == "allowed" else limit
            matched = [{"SourcePolicyId": name, "SourcePolicyType": "IAM Policy"} for name in verdict.matched]
            results.append(
                {
                    "EvalActionName": action,
                    "EvalResourceName": resource,
                    "EvalDecision": verdict.decision,
                    "MatchedStatements": matched,
                    "MissingContextValues": [],
                }
            )
    return {"EvaluationResults": results, "IsTruncated": False}


def of_principal(account: Account, arn: str) -> dict[str, Mapping[str, Any]]:
    """The policies of a role or user, attached and inline. Raises ServiceError without such a one."""
    iam = account.backend("iam")
    known = [*iam.roles.values(), *iam.users.values()]
    for principal in known:
        if principal.arn == arn:
            return roles.policies_of(principal)
    raise ServiceError("NoSuchEntity", f"The principal {arn} cannot be found.", 404)


def _json(text: Any) -> Mapping[str, Any]:
    try:
        return document(text)
    except ValueError as error:
        raise ServiceError("InvalidInput", f"A policy is not JSON: {error}") from error


HANDLERS = {
    ("iam", "SimulatePrincipalPolicy"): simulate_principal,
    ("iam", "SimulateCustomPolicy"): simulate_custom,
}
