"""Terraform's pure functions, as a table: what a live tree needs to shape values, and nothing that acts.

Every function takes a list of evaluated arguments. Meaning and corner cases follow Terraform's function
reference (developer.hashicorp.com/terraform/language/functions) as of the version Terragrunt carries.
"""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from dpctl.amounts import amount
from dpctl.livetree import values as v
from dpctl.livetree import yamltext
from dpctl.livetree.values import Mismatch, Unknown

_VERB = re.compile(r"%(?:\[(\d+)\])?([-+ 0#]*)(\d+)?(?:\.(\d+))?([a-zA-Z%])")
MAX_WIDTH = 1000


@dataclass(frozen=True)
class Builtin:
    """A function and how many arguments it takes (``most`` None: any number).

    ``structural`` ones only move values around, so they may carry values that are not known yet.
    """

    apply: Callable[..., Any]
    least: int
    most: int | None
    structural: bool = False

    def __call__(self, arguments: list[Any]) -> Any:
        """Apply to evaluated arguments. Raises Mismatch."""
        count = len(arguments)
        if count < self.least or (self.most is not None and count > self.most):
            raise Mismatch(f"takes {_count(self.least, self.most)}, not {count}", code="wrong-arguments")
        later = isinstance if self.structural else _unknown_inside
        if any(later(argument, Unknown) for argument in arguments):
            return Unknown("(known after apply)")
        return self.apply(*arguments)


def _unknown_inside(value: Any, _: type) -> bool:
    return v.has_unknown(value)


def _count(least: int, most: int | None) -> str:
    if most is None:
        return f"at least {amount(least, 'argument')}"
    return f"{amount(least, 'argument')}" if least == most else f"{least} to {most} arguments"


def _merge(*maps: Any) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for item in maps:
        if item is not None:
            result.update(v.to_map(item))
    return result


def _concat(*lists: Any) -> list[Any]:
    return [item for part in lists for item in v.to_list(part)]


def _lookup(table: Any, key: Any, *default: Any) -> Any:
    name = v.to_string(key)
    if name in v.to_map(table):
        return table[name]
    if default:
        return default[0]
    raise v.missing("key ", name, table)


def _join(separator: Any, *lists: Any) -> str:
    return v.to_string(separator).join(v.to_string(item) for item in _concat(*lists))


def _split(separator: Any, text: Any) -> list[str]:
    mark, source = v.to_string(separator), v.to_string(text)
    if not mark:
        return list(source)
    return source.split(mark) if source else [""]


def _replace(text: Any, search: Any, replacement: Any) -> str:
    source, pattern, new = map(v.to_string, (text, search, replacement))
    if len(pattern) < 2 or not (pattern.startswith("/") and pattern.endswith("/")):
        return source.replace(pattern, new)
    template = re.sub(r"\$(?:\{(\w+)\}|(\w+))", lambda m: f"\\g<{m[1] or m[2]}>", new.replace("\\", r"\\"))
    try:
        return re.sub(pattern[1:-1], template, source)
    except (re.error, IndexError) as error:
        raise Mismatch(f"{pattern} is not a regular expression that fits: {error}") from None


def _format(spec: Any, *arguments: Any) -> str:
    values = list(arguments)
    used: set[int] = set()
    position = 0

    def one(match: re.Match[str]) -> str:
        nonlocal position
        if match[5] == "%":
            return "%"
        if match[1]:
            position = int(match[1]) - 1
        if not 0 <= position < len(values):
            raise Mismatch(f"{match[0]} has no argument", code="wrong-arguments")
        used.add(position)
        position += 1
        return _verb(match, values[position - 1])

    result = _VERB.sub(one, v.to_string(spec))
    if len(used) < len(values):
        raise Mismatch("there are more arguments than verbs", code="wrong-arguments")
    return result


def _verb(match: re.Match[str], value: Any) -> str:
    flags, width, precision, letter = match[2], match[3] or "", match[4], match[5]
    if int(width or 0) > MAX_WIDTH or int(precision or 0) > MAX_WIDTH:
        raise Mismatch(f"a width of more than {MAX_WIDTH} is not meant")
    head = f"%{flags}{width}"
    tail = f".{precision}" if precision is not None else ""
    if letter == "v":
        letter = "s"
        value = value if isinstance(value, str) else _encode(value)
    if letter == "s":
        return f"{head.replace('0', '', 1) if flags == '0' else head}{tail}s" % v.to_string(value)
    if letter == "q":
        return f"{head}s" % json.dumps(v.to_string(value), ensure_ascii=False)
    if letter == "t":
        return f"{head}s" % v.to_string(v.to_bool(value))
    number = v.to_number(value)
    if letter in "dxXo":
        return f"{head}{letter}" % int(number)
    if letter == "b":
        text = format(int(number), "b")
        return text.rjust(int(width or 0), "0" if "0" in flags else " ")
    if letter in "feEgG":
        return f"{head}{tail}{letter}" % number
    raise Mismatch(f"%{letter} is not a verb that dpctl knows: %s %d %f %q %t %v %x")


def _encode(value: Any) -> str:
    text = json.dumps(v.plain(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def _decode_json(text: Any) -> Any:
    try:
        return json.loads(v.to_string(text))
    except (json.JSONDecodeError, RecursionError) as error:
        raise Mismatch(f"the text is not JSON: {error}", code="invalid-text") from None


def _length(value: Any) -> int:
    if isinstance(value, str | list | Mapping):
        return len(value)
    raise Mismatch(f"a string, list or map has a length, not a {v.kind(value)}")


def _contains(items: Any, wanted: Any) -> bool:
    return any(v.equal(item, wanted) for item in v.to_list(items))


def _coalesce(*items: Any) -> Any:
    for item in items:
        if item is not None and item != "":
            return item
    raise Mismatch("every argument is null or empty", code="null-value")


def _values(table: Any) -> list[Any]:
    items = v.to_map(table)
    return [items[key] for key in sorted(items)]


def _flatten(items: Any) -> list[Any]:
    result: list[Any] = []
    for item in v.to_list(items):
        result.extend(_flatten(item) if isinstance(item, list) else [item])
    return result


def _sort(items: Any) -> list[str]:
    return sorted(v.to_string(item) for item in v.to_list(items))


def _element(items: Any, index: Any) -> Any:
    source = v.to_list(items)
    if not source:
        raise Mismatch("the list is empty", code="unknown-name")
    return source[int(v.to_number(index)) % len(source)]


def _to_string(value: Any) -> str | None:
    return None if value is None else v.to_string(value)


def _text(function: Callable[[str], str]) -> Builtin:
    return Builtin(lambda text: function(v.to_string(text)), 1, 1)


def _dirname(path: str) -> str:
    return posixpath.normpath(posixpath.dirname(path) or ".") if path else "."


BUILTINS: dict[str, Builtin] = {
    "basename": _text(lambda path: posixpath.basename(path.rstrip("/")) if path.strip("/") else path[:1]),
    "coalesce": Builtin(_coalesce, 1, None, structural=True),
    "compact": Builtin(lambda items: [item for item in v.to_list(items) if item not in (None, "")], 1, 1),
    "concat": Builtin(_concat, 1, None, structural=True),
    "contains": Builtin(_contains, 2, 2),
    "dirname": _text(_dirname),
    "distinct": Builtin(lambda items: v.unique(v.to_list(items)), 1, 1),
    "element": Builtin(_element, 2, 2, structural=True),
    "flatten": Builtin(_flatten, 1, 1, structural=True),
    "format": Builtin(_format, 1, None),
    "join": Builtin(_join, 2, None),
    "jsondecode": Builtin(_decode_json, 1, 1),
    "jsonencode": Builtin(_encode, 1, 1),
    "keys": Builtin(lambda table: sorted(v.to_map(table)), 1, 1, structural=True),
    "length": Builtin(_length, 1, 1, structural=True),
    "lookup": Builtin(_lookup, 2, 3, structural=True),
    "lower": _text(str.lower),
    "merge": Builtin(_merge, 0, None, structural=True),
    "replace": Builtin(_replace, 3, 3),
    "sort": Builtin(_sort, 1, 1),
    "split": Builtin(_split, 2, 2),
    "tobool": Builtin(lambda value: None if value is None else v.to_bool(value), 1, 1),
    "tolist": Builtin(v.to_list, 1, 1, structural=True),
    "tomap": Builtin(lambda table: dict(v.to_map(table)), 1, 1, structural=True),
    "tonumber": Builtin(lambda value: None if value is None else v.to_number(value), 1, 1),
    "toset": Builtin(lambda items: v.SetValue(v.to_list(items)), 1, 1),
    "tostring": Builtin(_to_string, 1, 1),
    "trimprefix": Builtin(lambda text, part: v.to_string(text).removeprefix(v.to_string(part)), 2, 2),
    "trimspace": _text(str.strip),
    "trimsuffix": Builtin(lambda text, part: v.to_string(text).removesuffix(v.to_string(part)), 2, 2),
    "upper": _text(str.upper),
    "values": Builtin(_values, 1, 1, structural=True),
    "yamldecode": Builtin(lambda text: yamltext.decode(v.to_string(text)), 1, 1),
    "yamlencode": Builtin(lambda value: yamltext.encode(v.plain(value)), 1, 1),
}
"""The functions that need nothing but their arguments; ``try`` and ``can`` are part of the evaluator."""
