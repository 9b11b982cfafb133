"""IAM policies, evaluated: would this request be allowed?

The parts of the policy language that roles of a pipeline use: Effect, Action and NotAction, Resource and
NotResource, wildcards, and the usual condition operators (IAM user guide, "Policy evaluation logic"). A
condition with an operator that is not known here is taken as not met, and so never allows anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import ip_address, ip_network
from typing import Any, Literal

Decision = Literal["allowed", "explicitDeny", "implicitDeny"]
Context = Mapping[str, list[str]]


@dataclass(frozen=True)
class Verdict:
    """The decision, and the ids of the policies whose statements matched."""

    decision: Decision
    matched: tuple[str, ...] = ()


def evaluate(
    policies: Mapping[str, Mapping[str, Any]], action: str, resource: str, context: Context | None = None
) -> Verdict:
    """Decide over the policies (by id) of one principal: a matching Deny wins, then a matching Allow."""
    allowed: list[str] = []
    for name, document in policies.items():
        for statement in statements(document):
            if not applies(statement, action, resource, context or {}):
                continue
            if statement.get("Effect") == "Deny":
                return Verdict("explicitDeny", (name,))
            allowed.append(name)
    return Verdict("allowed", tuple(dict.fromkeys(allowed))) if allowed else Verdict("implicitDeny")


def statements(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The statements of a document, which may be one or a list."""
    return _listed(document.get("Statement", []))


def applies(statement: Mapping[str, Any], action: str, resource: str, context: Context) -> bool:
    """Whether a statement speaks of a request."""
    if "NotAction" in statement:
        if _any(statement["NotAction"], action, fold=True):
            return False
    elif not _any(statement.get("Action", []), action, fold=True):
        return False
    if "NotResource" in statement:
        if _any(statement["NotResource"], resource):
            return False
    elif "Resource" in statement and not _any(statement["Resource"], resource):
        return False
    return all(
        _condition(operator, key, _listed(values), context)
        for operator, block in statement.get("Condition", {}).items()
        for key, values in block.items()
    )


def _any(patterns: Any, text: str, *, fold: bool = False) -> bool:
    return any(_like(str(pattern), text, fold) for pattern in _listed(patterns))


def _like(pattern: str, text: str, fold: bool = False) -> bool:
    return _regex(pattern, fold).fullmatch(text) is not None


@lru_cache(maxsize=4096)
def _regex(pattern: str, fold: bool) -> re.Pattern[str]:
    """``*`` is any text and ``?`` any one letter; the rest is meant as it stands."""
    expression = "".join({"*": ".*", "?": "."}.get(letter, re.escape(letter)) for letter in pattern)
    return re.compile(expression, re.DOTALL | (re.IGNORECASE if fold else 0))


def _condition(operator: str, key: str, wanted: list[Any], context: Context) -> bool:
    values = {name.lower(): found for name, found in context.items()}.get(key.lower())
    if operator == "Null":
        return (values is None) == (str(wanted[0]).lower() == "true")
    name = operator
    every = name.startswith("ForAllValues:")
    name = name.removeprefix("ForAllValues:").removeprefix("ForAnyValue:")
    optional, name = name.endswith("IfExists"), name.removesuffix("IfExists")
    if values is None:
        return optional or every or (name.startswith(("StringNot", "ArnNot", "NotIp")))
    test = all if every else any
    negative = "Not" in name
    hits = (any(_compare(name.replace("Not", ""), str(one), value) for one in wanted) for value in values)
    return not any(hits) if negative else test(hits)


def _compare(operator: str, wanted: str, value: str) -> bool:
    match operator:
        case "StringEquals" | "NumericEquals" | "DateEquals":
            return wanted == value
        case "Bool" | "StringEqualsIgnoreCase":
            return wanted.lower() == value.lower()
        case "StringLike" | "ArnLike" | "ArnEquals":
            return _like(wanted, value)
        case "IpAddress":
            return ip_address(value) in ip_network(wanted, strict=False)
    return False


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def merge(policies: Iterable[tuple[str, Mapping[str, Any]]]) -> dict[str, Mapping[str, Any]]:
    """Policies by id; two of one name are kept apart."""
    found: dict[str, Mapping[str, Any]] = {}
    for name, document in policies:
        found[name if name not in found else f"{name}#{len(found)}"] = document
    return found
