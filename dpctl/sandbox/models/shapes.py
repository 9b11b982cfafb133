"""Values against shapes: members, types, lengths, ranges, patterns, enumerations, unions.

Pure; the source of every rule is the service's own model (botocore's data), read by botocore's classes. The
words and paths are those of AWS's framework, as the services print them: ``tags.1.member.key``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from dpctl.sandbox.models import expressions
from dpctl.sandbox.models.differences import Rule, rule_of
from dpctl.sandbox.wire import Unreadable

Kind = Literal["missing", "type", "length", "range", "pattern", "enum", "union"]

_LIMITS = {"byte": 7, "short": 15, "integer": 31, "long": 63}
_PYTHON: dict[str, tuple[type, ...]] = {
    "structure": (Mapping,),
    "map": (Mapping,),
    "list": (list,),
    "string": (str,),
    "character": (str,),
    "boolean": (bool,),
    "blob": (bytes, str),
    "timestamp": (datetime, str, int, float),
    "float": (float, int, str),
    "double": (float, int, str),
} | {name: (int,) for name in _LIMITS}


@dataclass(frozen=True)
class Violation:
    """One value that does not fit.

    ``path`` names it as AWS does; ``member`` is the name of the parameter at the top, as the API has it;
    ``value`` is None for one that is missing, and never that of a secret (``sensitive``).
    """

    path: str
    member: str
    kind: Kind
    constraint: str
    value: Any = None
    sensitive: bool = False


def violations(shape: Any, parameters: Mapping[str, Any], where: str = "") -> Iterator[Violation]:
    """Everything in the parameters of an operation that its model refuses.

    ``where`` is the operation, as ``service:Operation``: the list of differences speaks of members by it.
    """
    yield from _structure(shape, parameters, "", "", where)


def _structure(shape: Any, value: Mapping[str, Any], path: str, top: str, where: str) -> Iterator[Violation]:
    required = set(shape.metadata.get("required", ()))
    if shape.is_tagged_union and sum(found is not None for found in value.values()) != 1:
        words = "Member must have exactly one of: [" + ", ".join(shape.members) + "]"
        yield Violation(path, top, "union", words, value)
    for name, member in shape.members.items():
        inner = f"{path}.{_lower(name)}" if path else _lower(name)
        rule = rule_of(where, inner)
        found = value.get(name)
        if found is None:
            if rule.required if rule.required is not None else name in required:
                yield Violation(inner, top or name, "missing", "Member must not be null")
            continue
        yield from _value(member, found, inner, top or name, where, rule)


def _value(shape: Any, value: Any, path: str, top: str, where: str, rule: Rule) -> Iterator[Violation]:
    sensitive = bool(shape.metadata.get("sensitive"))
    if getattr(shape, "is_document_type", False):
        return
    if isinstance(value, Unreadable):
        yield Violation(path, top, "type", _type(shape), value.value, sensitive)
        return
    if not isinstance(
        value, _PYTHON[shape.type_name]
    ):  # left out of the query string, as a map's value may be
        yield Violation(path, top, "type", _type(shape), None, sensitive)
        return
    for kind, words in _constraints(shape, value, rule):
        yield Violation(path, top, kind, words, value, sensitive)
    yield from _inside(shape, value, path, top, where)


def _inside(shape: Any, value: Any, path: str, top: str, where: str) -> Iterator[Violation]:
    if shape.type_name == "structure":
        yield from _structure(shape, value, path, top, where)
    elif shape.type_name == "list":
        for number, item in enumerate(value, 1):
            yield from _item(shape.member, item, f"{path}.{number}.member", path, top, where, value)
    elif shape.type_name == "map":
        keys = rule_of(where, f"{_unnumbered(path)}.key")
        for key, item in value.items():
            if broken := [words for _, words in _constraints(shape.key, key, keys)]:
                words = f"Map keys must satisfy constraint: [{', '.join(broken)}]"
                yield Violation(path, top, "pattern", words, value, bool(shape.metadata.get("sensitive")))
            yield from _item(shape.value, item, f"{path}.{key}.member", path, top, where, value)


def _item(
    shape: Any, value: Any, path: str, outer: str, top: str, where: str, whole: Any
) -> Iterator[Violation]:
    """An element of a list or map: of a scalar AWS shows the whole list, and what its members must be."""
    if value is None:
        yield Violation(path, top, "missing", "Member must not be null")
        return
    found = list(_value(shape, value, path, top, where, rule_of(where, _unnumbered(path))))
    if shape.type_name in ("structure", "list", "map") or any(one.kind == "type" for one in found):
        yield from found
    elif found:
        words = f"Member must satisfy constraint: [{', '.join(one.constraint for one in found)}]"
        yield Violation(outer, top, found[0].kind, words, whole, any(one.sensitive for one in found))


def _constraints(shape: Any, value: Any, rule: Rule) -> Iterator[tuple[Kind, str]]:
    """What a value of the right type must satisfy and does not: the model's rules, put right by ours."""
    facts = shape.metadata | rule.constraints
    kind = shape.type_name
    if kind in _LIMITS and not -(1 << _LIMITS[kind]) <= value < 1 << _LIMITS[kind]:
        yield "type", _type(shape)
        return
    if kind in ("string", "character", "blob", "list", "map"):
        yield from _bounds("length", len(value), facts)
    elif (kind in ("float", "double") or kind in _LIMITS) and not isinstance(value, str):
        yield from _bounds("range", value, facts)
    if kind == "string":
        allowed = [*facts["enum"], *rule.also] if facts.get("enum") else []
        if allowed and value not in allowed:
            yield "enum", f"Member must satisfy enum value set: [{', '.join(allowed)}]"
        pattern = facts.get("pattern")
        if pattern and not expressions.matches(pattern, value):
            yield "pattern", f"Member must satisfy regular expression pattern: {pattern}"


def _bounds(kind: Kind, size: float, facts: Mapping[str, Any]) -> Iterator[tuple[Kind, str]]:
    noun = "length" if kind == "length" else "value"
    if facts.get("min") is not None and size < facts["min"]:
        yield kind, f"Member must have {noun} greater than or equal to {facts['min']}"
    if facts.get("max") is not None and size > facts["max"]:
        yield kind, f"Member must have {noun} less than or equal to {facts['max']}"


def _type(shape: Any) -> str:
    return str(shape.type_name).capitalize()


def _lower(name: str) -> str:
    """Names of members as AWS's framework prints them: the first letter small."""
    return name[:1].lower() + name[1:]


def _unnumbered(path: str) -> str:
    return ".".join(part for part in path.split(".") if not part.isdigit())
