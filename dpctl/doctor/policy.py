"""Just enough of IAM's policy language to read endpoint policies, key policies and trust policies."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Any, Literal

Decision = Literal["allowed", "denied", "unknown"]


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def statements(text: str) -> list[dict[str, Any]] | None:
    """The statements of a policy document; None when it can't be read."""
    try:
        document = json.loads(text)
    except ValueError:
        return None
    found = _list(document.get("Statement")) if isinstance(document, dict) else []
    return [one for one in found if isinstance(one, dict)]


EVERYBODY = ("*",)


def decide(text: str, principals: Iterable[str], action: str, resources: Iterable[str]) -> Decision:
    """What a resource policy says about an action.

    An explicit deny wins; what hangs on a condition is unknown. ``principals`` are the ARNs a statement may
    name (the role, the account's root); EVERYBODY is anybody, whom only a statement about everybody speaks
    of. Of several resources each must be allowed; without any, any resource matches. An empty document
    allows all.
    """
    names, wanted = tuple(principals), tuple(resources)
    if len(wanted) > 1:
        each = {decide(text, names, action, (one,)) for one in wanted}
        return "denied" if "denied" in each else "unknown" if "unknown" in each else "allowed"
    if not text.strip():
        return "allowed"
    found = statements(text)
    if found is None:
        return "unknown"
    mine = [
        one
        for one in found
        if _principal(one, names) and _matches(one, "Action", action.lower()) and _resource(one, wanted)
    ]
    sure = {one.get("Effect", "") for one in mine if not one.get("Condition")}
    if "Deny" in sure:
        return "denied"
    if "Allow" in sure:
        return "allowed"
    perhaps = any(one.get("Effect") == "Allow" for one in mine)
    return "unknown" if perhaps or names == EVERYBODY else "denied"


def denies(
    text: str, principals: Iterable[str], action: str, resource: str, told: Mapping[str, str]
) -> Decision:
    """Whether a resource policy takes away what an identity is allowed: ``denied``, or else ``allowed``.

    ``told`` are the condition keys whose values are known, in small letters; a Deny that hangs on another one
    is ``unknown``.
    """
    names = tuple(principals)
    found = statements(text)
    if found is None:
        return "unknown" if text.strip() else "allowed"
    verdicts = {
        _holds(one.get("Condition"), told)
        for one in found
        if one.get("Effect") == "Deny"
        and _principal(one, names)
        and _matches(one, "Action", action.lower())
        and _resource(one, (resource,))
    }
    return "denied" if True in verdicts else "unknown" if None in verdicts else "allowed"


def _holds(condition: Any, told: Mapping[str, str]) -> bool | None:
    """Whether a condition holds; None where that is not known. All of its tests must hold."""
    if not isinstance(condition, dict):
        return True
    tests = [
        _test(operator, told.get(key.lower()), [str(value) for value in _list(values)])
        for operator, keys in condition.items()
        for key, values in (keys.items() if isinstance(keys, dict) else ())
    ]
    return False if False in tests else None if None in tests else True


def _test(operator: str, value: str | None, wanted: list[str]) -> bool | None:
    """One test of a condition: of text, an ARN or a truth; other operators are not read."""
    name = operator.removeprefix("ForAnyValue:").removeprefix("ForAllValues:").removesuffix("IfExists")
    plain = name.replace("Not", "")
    if value is None or plain not in {"StringEquals", "StringLike", "ArnEquals", "ArnLike", "Bool"}:
        return None
    like = plain in {"StringLike", "ArnLike", "ArnEquals"}
    same = any(
        fnmatchcase(value, one) if like else value.lower() == one.lower() if plain == "Bool" else value == one
        for one in wanted
    )
    return same != ("Not" in name)


def principals_of(role: str, account: str, caller: str = "") -> tuple[str, ...]:
    """The ARNs under which a role may be named: its own, and its account's root, in its own partition."""
    owner = account or (role.split(":")[4] if role.count(":") >= 5 else "")
    partition = (role or caller).split(":")[1] if (role or caller).count(":") >= 5 else "aws"
    return (*([role] if role else []), *([f"arn:{partition}:iam::{owner}:root"] if owner else []))


def _principal(statement: dict[str, Any], names: tuple[str, ...]) -> bool:
    principal = statement.get("Principal", "*")
    if "NotPrincipal" in statement:
        return not any(name in _list(statement["NotPrincipal"].get("AWS")) for name in names)
    if principal == "*":
        return True
    values = principal.values() if isinstance(principal, dict) else [principal]
    listed = [str(item) for value in values for item in _list(value)]
    accounts = {name.split(":")[4] for name in names if name.count(":") >= 5}
    return any(item == "*" or item in names or item in accounts for item in listed)


def _matches(statement: dict[str, Any], key: str, value: str) -> bool:
    if f"Not{key}" in statement:
        return not any(fnmatchcase(value, str(item).lower()) for item in _list(statement[f"Not{key}"]))
    return any(fnmatchcase(value, str(item).lower()) for item in _list(statement.get(key)))


def _resource(statement: dict[str, Any], wanted: tuple[str, ...]) -> bool:
    if not wanted or not ("Resource" in statement or "NotResource" in statement):
        return True
    return any(_matches(statement, "Resource", one.lower()) for one in wanted)


def trusts(text: str, service: str, account: str = "") -> Decision:
    """Whether a trust policy lets an AWS service take on the role for resources of an account."""
    found = statements(text)
    if found is None:
        return "unknown"
    verdicts: list[str] = []
    for one in found:
        principal = one.get("Principal")
        listed = _list(principal.get("Service")) if isinstance(principal, dict) else _list(principal)
        names = {service, f"{service}.cn", "*"}  # in China some services are named either way
        if names & {str(name) for name in listed} and _matches(one, "Action", "sts:assumerole"):
            verdicts.append(_guarded(one, account))
    if "Deny" in verdicts:
        return "denied"
    if "Allow" in verdicts:
        return "allowed"
    return "unknown" if "unknown" in verdicts else "denied"


def _guarded(statement: dict[str, Any], account: str) -> str:
    """The effect of a statement; a condition that only names our account holds."""
    condition = statement.get("Condition") or {}
    effect = str(statement.get("Effect", ""))
    for operator, tests in condition.items():
        for key, values in tests.items() if isinstance(tests, dict) else ():
            ours = key.lower() == "aws:sourceaccount" and operator in {"StringEquals", "StringLike"}
            if not ours or not account:
                return "unknown"
            if account not in [str(value) for value in _list(values)]:
                return "no match"
    return effect
