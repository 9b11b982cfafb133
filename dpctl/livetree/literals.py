"""Values as HCL that gives the same value, with the same type: what is sent to Terraform's console."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from dpctl.livetree import values as v
from dpctl.livetree.values import ListValue, MapValue, Mismatch, Null, SetValue

_ESCAPES = {"\n": "\\n", "\r": "\\r", "\t": "\\t", '"': '\\"', "\\": "\\\\"}
_SPECIAL = re.compile(r'["\\\x00-\x1f\x7f-\xa0\u2028\u2029\ufeff]|[$%]\{')
_PRIMITIVE = {"string": '""', "number": "0", "bool": "false"}


def literal(value: Any) -> str:
    """The text of a value. Raises Mismatch for a null of a type that can't be written."""
    if value is None:
        return "null"
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, Null):
        if value.type in _PRIMITIVE:
            return f"to{value.type}(null)"
        raise Mismatch("a null list or map can't be given to this function")
    if isinstance(value, ListValue):
        return f"tolist({_items(value)})" if value else _empty("list", value.element)
    if isinstance(value, SetValue):
        return f"toset({_items(value)})" if value else _empty("set", value.element)
    if isinstance(value, MapValue) and not value:
        return _empty("map", value.element)
    if isinstance(value, Mapping):
        pairs = "{" + ", ".join(f"{quoted(key)} = {literal(value[key])}" for key in sorted(value)) + "}"
        return f"tomap({pairs})" if isinstance(value, MapValue) else pairs
    if isinstance(value, list):
        return _items(value)
    return v.to_string(value)


def quoted(text: str) -> str:
    """A string in quotes, on one line."""
    return '"' + _SPECIAL.sub(_escaped, text) + '"'


def _escaped(match: re.Match[str]) -> str:
    found = match[0]
    if len(found) == 2:
        return found[0] + found
    return _ESCAPES.get(found) or f"\\u{ord(found):04x}"


def _items(items: list[Any]) -> str:
    return "[" + ", ".join(map(literal, items)) + "]"


def _empty(kind: str, element: Any) -> str:
    """An empty collection that still knows what it would hold."""
    if element == "any":
        return "tomap({})" if kind == "map" else f"to{kind}([])"
    sample = _sample(element)
    none = f"slice(tolist([{sample}]), 0, 0)"
    if kind == "list":
        return none
    return f"toset({none})" if kind == "set" else f'zipmap(slice(tolist([""]), 0, 0), {none})'


def _sample(kind: Any) -> str:
    """Any value of a type."""
    if isinstance(kind, str):
        return _PRIMITIVE.get(kind, "null")
    name, *rest = kind
    if name == "object":
        return "{" + ", ".join(f"{quoted(key)} = {_sample(item)}" for key, item in rest) + "}"
    if name == "tuple":
        return "[" + ", ".join(map(_sample, rest)) + "]"
    inner = "{a = " + _sample(rest[0]) + "}" if name == "map" else f"[{_sample(rest[0])}]"
    return f"to{name}({inner})"
