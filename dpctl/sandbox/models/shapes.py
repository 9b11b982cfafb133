"""Values against shapes: members, types, lengths, ranges, patterns, enumerations, unions.

Pure; the source of every rule is the service's own model (botocore's data), read by botocore's classes. The
words and paths are those of AWS's framework, as the services print them: ``tags.1.member.key``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, NamedTuple

from dpctl.sandbox.models import expressions
from dpctl.sandbox.models.differences import AS_MODELLED, Rule, rules_of
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
    ``value`` is None for one that is missing, and not to be shown where it is ``sensitive``. ``code`` is the
    error's code where this member has one of its own.
    """

    path: str
    member: str
    kind: Kind
    constraint: str
    value: Any = None
    sensitive: bool = False
    code: str = ""


def violations(shape: Any, parameters: Mapping[str, Any], where: str = "") -> Iterator[Violation]:
    """Everything in the parameters of an operation that its model refuses.

    ``where`` is the operation, as ``service:Operation``: the list of differences speaks of members by it.
    """
    yield from _structure(shape, parameters, _Place("", "", rules_of(where)))


class _Place(NamedTuple):
    """Where a value stands: its path, the parameter at the top that it belongs to, the operation's rules."""

    path: str
    top: str
    rules: Mapping[str, Rule]

    def member(self, name: str) -> _Place:
        """The place of a structure's member."""
        lower = name[:1].lower() + name[1:]  # as AWS's framework prints it
        return _Place(f"{self.path}.{lower}" if self.path else lower, self.top or name, self.rules)

    def item(self, key: Any) -> _Place:
        """The place of an element of a list, counted from 1, or of a map."""
        return _Place(f"{self.path}.{key}.member", self.top, self.rules)

    def rule(self, more: str = "") -> Rule:
        """What is true here in place of the model's word."""
        if not self.rules:
            return AS_MODELLED
        return self.rules.get(
            ".".join(part for part in self.path.split(".") if not part.isdigit()) + more, AS_MODELLED
        )

    def broken(self, kind: Kind, words: str, value: Any = None, *, hidden: bool = False) -> Violation:
        """A violation here."""
        code = "" if kind == "missing" else self.rule().code
        return Violation(self.path, self.top, kind, words, value, hidden, code)


def _structure(shape: Any, value: Mapping[str, Any], place: _Place) -> Iterator[Violation]:
    if shape.is_tagged_union and sum(found is not None for found in value.values()) != 1:
        words = f"Member must have exactly one of: [{', '.join(shape.members)}]"
        yield place.broken("union", words, value, hidden=True)
    for name in _required(shape, place):
        if value.get(name) is None:
            yield place.member(name).broken("missing", "Member must not be null")
    for name, found in value.items():
        if found is not None:
            yield from _value(shape.members[name], found, place.member(name))


def _required(shape: Any, place: _Place) -> list[str]:
    names: list[str] = shape.metadata.get("required", [])
    if not place.rules:
        return names
    said = {name: place.member(name).rule().required for name in shape.members}
    return [name for name, own in said.items() if (name in names if own is None else own)]


def _value(shape: Any, value: Any, place: _Place) -> Iterator[Violation]:
    hidden = bool(shape.metadata.get("sensitive")) or shape.type_name in ("map", "structure")
    if getattr(shape, "is_document_type", False):
        return
    if isinstance(value, Unreadable):
        yield place.broken("type", _type(shape), value.value, hidden=hidden)
    elif not isinstance(value, _PYTHON[shape.type_name]):  # a map's key without a value, in a query string
        yield place.broken("type", _type(shape), hidden=hidden)
    else:
        for kind, words in _constraints(shape, value, place.rule()):
            yield place.broken(kind, words, value, hidden=hidden)
        yield from _inside(shape, value, place)


def _inside(shape: Any, value: Any, place: _Place) -> Iterator[Violation]:
    if shape.type_name == "structure":
        yield from _structure(shape, value, place)
    elif shape.type_name == "list":
        for number, item in enumerate(value, 1):
            yield from _item(shape.member, item, place, number, value)
    elif shape.type_name == "map":
        keys = place.rule(".key")
        for key, item in value.items():
            if broken := [words for _, words in _constraints(shape.key, key, keys)]:
                words = f"Map keys must satisfy constraint: [{', '.join(broken)}]"
                yield place.broken("pattern", words, value, hidden=True)  # a value may be a secret
            yield from _item(shape.value, item, place, key, value)


def _item(shape: Any, value: Any, outer: _Place, key: Any, whole: Any) -> Iterator[Violation]:
    """An element of a list or map: of a scalar AWS shows the whole list, and what its members must be."""
    place = outer.item(key)
    if value is None:
        yield place.broken("missing", "Member must not be null")
        return
    found = list(_value(shape, value, place))
    if shape.type_name in ("structure", "list", "map") or any(one.kind == "type" for one in found):
        yield from found
    elif found:
        words = f"Member must satisfy constraint: [{', '.join(one.constraint for one in found)}]"
        hidden = isinstance(whole, Mapping) or any(one.sensitive for one in found)
        yield outer.broken(found[0].kind, words, whole, hidden=hidden)


def _constraints(shape: Any, value: Any, rule: Rule) -> Iterator[tuple[Kind, str]]:
    """What a value of the right type must satisfy and does not: the model's rules, put right by ours."""
    facts = {**shape.metadata, **rule.constraints} if rule.constraints else shape.metadata
    kind = shape.type_name
    if kind in _LIMITS and not -(1 << _LIMITS[kind]) <= value < 1 << _LIMITS[kind]:
        yield "type", _type(shape)
        return
    if kind in ("string", "character", "blob", "list", "map"):
        yield from _bounds("length", len(value), facts)
        if "bytes" in facts and len(value.encode()) > facts["bytes"]:
            yield "length", f"Member must have at most {facts['bytes']} bytes"
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
