"""EventBridge's event patterns (EventBridge user guide, "Event patterns").

A pattern is matched key by key; what an event has as a list matches when one of its members does, and that
goes for lists of objects too (``detail.resources[].ARN``), where moto's own matcher gives up.
"""

from __future__ import annotations

import re
from ipaddress import ip_address, ip_network
from typing import Any

MISSING = object()


def matches(pattern: dict[str, Any], event: Any) -> bool:
    """Whether an event fits a pattern."""
    for key, wanted in pattern.items():
        if key == "$or":
            if not any(matches(branch, event) for branch in wanted):
                return False
            continue
        found = _values(event, key)
        if isinstance(wanted, dict):
            if not any(matches(wanted, value) for value in found or [{}]):
                return False
        elif not any(_fits(rule, found) for rule in wanted):
            return False
    return True


def _values(event: Any, key: str) -> list[Any]:
    """What an event, or any member of a list of events, has under a key; lists are opened."""
    found: list[Any] = []
    for item in event if isinstance(event, list) else [event]:
        value = item.get(key, MISSING) if isinstance(item, dict) else MISSING
        if isinstance(value, list):
            found.extend(value)
        elif value is not MISSING:
            found.append(value)
    return found


def _fits(rule: Any, found: list[Any]) -> bool:
    if not isinstance(rule, dict):
        return any(type(value) is type(rule) and value == rule for value in found)
    name, argument = next(iter(rule.items()))
    if name == "exists":
        return bool(found) == bool(argument)
    return any(_filter(name, argument, value) for value in found)


def _filter(name: str, argument: Any, value: Any) -> bool:
    text = value if isinstance(value, str) else ""
    match name:
        case "prefix" | "suffix":
            return _ends(name, argument, text)
        case "equals-ignore-case":
            return text.lower() == str(argument).lower()
        case "anything-but":
            return not _any_of(argument, value)
        case "wildcard":
            parts = (re.escape(part) for part in str(argument).split("*"))
            return re.fullmatch(".*".join(parts), text, re.DOTALL) is not None
        case "numeric":
            return (
                isinstance(value, int | float) and not isinstance(value, bool) and _numeric(argument, value)
            )
        case "cidr":
            return _in_network(str(argument), text)
    return False


def _ends(name: str, argument: Any, text: str) -> bool:
    if isinstance(argument, dict):
        text, argument = text.lower(), str(argument.get("equals-ignore-case", "")).lower()
    return text.startswith(argument) if name == "prefix" else text.endswith(argument)


def _any_of(argument: Any, value: Any) -> bool:
    if isinstance(argument, dict):
        name, inner = next(iter(argument.items()))
        return any(_filter(name, one, value) for one in (inner if isinstance(inner, list) else [inner]))
    return value in (argument if isinstance(argument, list) else [argument])


def _numeric(argument: list[Any], value: float) -> bool:
    tests = {
        "=": value.__eq__,
        "<": value.__lt__,
        "<=": value.__le__,
        ">": value.__gt__,
        ">=": value.__ge__,
    }
    return all(tests[sign](limit) is True for sign, limit in zip(argument[::2], argument[1::2], strict=True))


def _in_network(network: str, text: str) -> bool:
    try:
        return ip_address(text) in ip_network(network, strict=False)
    except ValueError:
        return False
