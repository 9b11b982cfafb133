"""Values of a plan's JSON: read as what they say, matched entry by entry, and shown without secrets."""

from __future__ import annotations

import json
import operator
from collections.abc import Iterator, Mapping
from typing import Any

from dpctl.redaction import without_secrets

HIDDEN = "(sensitive)"

# What an entry of a list is known by, the most telling first: blocks, statements of a policy, tags.
LABELS = ("id", "sid", "name", "key", "arn", "index_name", "attribute_name", "region_name", "field", "type")
# In a policy one value may stand without its list (IAM guide, "Grammar of the IAM JSON policy language").
ONE_OR_MANY = frozenset(
    {
        "Statement", "Action", "NotAction", "Resource", "NotResource",
        "Service", "AWS", "Federated", "CanonicalUser",
    }
)  # fmt: skip
EVERYBODY = {"Principal": {"AWS": ["*"]}, "NotPrincipal": {"AWS": ["*"]}}  # what "*" alone stands for there

Match = tuple[str, Any, Any, int | None]


def parsed(value: Any) -> Any:
    """A text that is a JSON object or list as what it says, policies in one form; anything else as it is."""
    if isinstance(value, str) and value.lstrip().startswith(("{", "[")):
        try:
            return _normal(json.loads(value))
        except ValueError:
            return value
    return value


def _normal(value: Any, key: str = "") -> Any:
    if isinstance(value, list):
        return [_normal(item) for item in value]
    if isinstance(value, dict):
        value = {name: _normal(item, name) for name, item in value.items()}
    elif value == "*" and key in EVERYBODY:
        return EVERYBODY[key]
    return [value] if key in ONE_OR_MANY and value is not None else value


def matched(old: list[Any], new: list[Any]) -> Iterator[Match]:
    """Each old entry with its label, the new entry it has become, and that one's position (None: gone)."""
    free = dict(enumerate(new))
    open_entries = list(old)
    for alike in (operator.eq, _says_the_same):
        left = []
        for entry in open_entries:
            position = next((number for number, other in free.items() if alike(other, entry)), None)
            if position is None:
                left.append(entry)
            else:
                yield _label(entry), entry, free.pop(position), position
        open_entries = left
    alone = len(old) == 1 and len(new) == 1 and isinstance(old[0], dict) and isinstance(new[0], dict)
    for entry in open_entries:
        position = next(iter(free), None) if alone and free and _alike(entry, new[0]) else _same(entry, free)
        label = "" if alone and position is not None else _label(entry)
        yield label, entry, free.pop(position) if position is not None else None, position


def is_statement(entry: Any) -> bool:
    """Whether something is a statement of a policy, whose Sid is a name of it that decides nothing."""
    return isinstance(entry, dict) and "Effect" in entry


def _says_the_same(one: Any, other: Any) -> bool:
    return is_statement(one) and is_statement(other) and one | {"Sid": ""} == other | {"Sid": ""}


def _alike(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two entries may be one thing: neither has a label, or both have the same, or only one has."""
    labels = (_label(one), _label(other))
    return not all(labels) or labels[0] == labels[1]


def _same(entry: Any, free: Mapping[int, Any]) -> int | None:
    label = _label(entry)
    return next((number for number, other in free.items() if label and _label(other) == label), None)


def _label(entry: Any) -> str:
    if not isinstance(entry, dict):
        return ""
    lower = {str(name).lower(): value for name, value in entry.items()}
    for name in LABELS:
        value = lower.get(name)
        if isinstance(value, str) and value:
            return value
    return ""


def secret(flags: Any, name: str) -> bool:
    """Whether Terraform marks an attribute, or something in it, as sensitive."""
    return flags is True or (isinstance(flags, dict) and _any(flags.get(name)))


def _any(flags: Any) -> bool:
    if isinstance(flags, dict):
        return any(_any(flag) for flag in flags.values())
    return any(_any(flag) for flag in flags) if isinstance(flags, list) else bool(flags)


def show(value: Any, name: str = "") -> str:
    """A value as text, in full but for secrets; ``name`` is what it is called."""
    value = without_secrets(value, HIDDEN, name)
    return json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)
