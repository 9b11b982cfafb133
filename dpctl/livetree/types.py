"""The types of values, which of them one type can stand for, and conversion.

As github.com/zclconf/go-cty/cty/convert. A type is a name (``string``, ``number``, ``bool``, ``any``) or a
tuple: ``("list", T)``, ``("set", T)``, ``("map", T)``, ``("tuple", T...)``, and ``("object", (name, T)...)``
with the names sorted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from typing import Any, TypeAlias

from dpctl.livetree import values as v
from dpctl.livetree.values import ListValue, MapValue, Mismatch, Null, SetValue, Unknown

Type: TypeAlias = Any

_PRIMITIVE = frozenset({"string", "number", "bool"})


def typeof(value: Any) -> Type:
    """The type of a value; what is unknown can be any."""
    kind = type(value)
    if kind is str:
        return "string"
    if kind is bool:
        return "bool"
    if value is None:
        return "any"
    if kind is dict:
        return ("object", *((key, typeof(value[key])) for key in sorted(value)))
    if kind is list:
        return ("tuple", *map(typeof, value))
    if isinstance(value, ListValue):
        return ("list", value.element)
    if isinstance(value, SetValue):
        return ("set", value.element)
    if isinstance(value, MapValue):
        return ("map", value.element)
    if isinstance(value, Null):
        return value.type
    if isinstance(value, int | Fraction | float):
        return "number"
    if isinstance(value, Unknown):
        return "any"
    if isinstance(value, Mapping):
        return ("object", *((key, typeof(value[key])) for key in sorted(value)))
    return ("tuple", *map(typeof, value))


def unify(types: list[Type]) -> Type | None:
    """The type that all of these can be converted to, or None (cty's UnifyUnsafe)."""
    first = types[0]
    if all(other == first for other in types[1:]):
        return first
    kinds = [_kind(item) for item in types]
    names = set(kinds) - {"any"}
    some_any = "any" in kinds
    if names == {"map", "object"}:
        if found := _as_collections(types, "object", "map", _map_of):
            return found
    elif names == {"list", "tuple"}:
        if found := _as_collections(types, "tuple", "list", _list_of):
            return found
    elif len(names) == 1 and (name := next(iter(names))) not in _PRIMITIVE:
        if some_any:
            return "any"
        if name == "object":
            return _unify_objects(types)
        if name == "tuple":
            return _unify_tuples(types)
        element = unify([item[1] for item in types])
        return None if element is None else (name, element)
    elif "object" in names and "tuple" in names:
        return None
    for index in _preferred(types):
        wanted = types[index]
        if all(item == wanted or converts(item, wanted) for item in types):
            return wanted
    return None


def _kind(item: Type) -> str:
    return item if isinstance(item, str) else str(item[0])


def _as_collections(
    types: list[Type], kind: str, wanted: str, gather: Callable[[list[Type]], Type | None]
) -> Type | None:
    """Take structures for the collections they stand for, and try once more."""
    collection = gather([item for item in types if _kind(item) == kind])
    if collection is None:
        return None
    found = unify([collection if _kind(item) == kind else item for item in types])
    return found if found is not None and _kind(found) == wanted else None


def _map_of(types: list[Type]) -> Type | None:
    attributes = [kind for item in types for _, kind in item[1:]]
    element = unify(attributes) if attributes else None
    return _checked(types, None if element is None else ("map", element))


def _list_of(types: list[Type]) -> Type | None:
    elements = [kind for item in types for kind in item[1:]]
    element = unify(elements) if elements else None
    return _checked(types, None if element is None else ("list", element))


def _checked(types: list[Type], wanted: Type | None) -> Type | None:
    return wanted if wanted is not None and all(converts(item, wanted) for item in types) else None


def _unify_objects(types: list[Type]) -> Type | None:
    names = [name for name, _ in types[0][1:]]
    if any([name for name, _ in item[1:]] != names for item in types):
        return _map_of(types)
    columns = [unify([item[index + 1][1] for item in types]) for index in range(len(names))]
    if any(column is None for column in columns):
        return None
    wanted = ("object", *zip(names, columns, strict=True))
    return wanted if all(item == wanted or converts(item, wanted) for item in types) else _map_of(types)


def _unify_tuples(types: list[Type]) -> Type | None:
    if any(len(item) != len(types[0]) for item in types):
        return _list_of(types)
    columns = [unify(list(column)) for column in zip(*(item[1:] for item in types), strict=True)]
    if any(column is None for column in columns):
        return None
    wanted = ("tuple", *columns)
    return wanted if all(item == wanted or converts(item, wanted) for item in types) else _list_of(types)


def _preferred(types: list[Type]) -> list[int]:
    """Indexes of types, the most general first (cty's sortTypes)."""
    edges: list[list[int]] = [[] for _ in types]
    degree = [0] * len(types)
    for one in range(len(types)):
        for two in range(one + 1, len(types)):
            order = _compare(types[one], types[two])
            if order:
                source, target = (one, two) if order < 0 else (two, one)
                edges[source].append(target)
                degree[target] += 1
    queue = [index for index, count in enumerate(degree) if not count]
    for index in queue:
        for target in edges[index]:
            degree[target] -= 1
            if not degree[target]:
                queue.append(target)
    return queue


def _compare(one: Type, two: Type) -> int:
    """-1 where ``one`` is the more general type, 1 where ``two`` is, 0 where neither is."""
    kinds = _kind(one), _kind(two)
    if "any" in kinds:
        return (kinds[0] == "any") - (kinds[1] == "any")
    if kinds[0] in _PRIMITIVE and kinds[1] in _PRIMITIVE:
        return (kinds[1] == "string") - (kinds[0] == "string") if kinds[0] != kinds[1] else 0
    if kinds[0] == kinds[1] and kinds[0] in ("list", "set", "map"):
        return _compare(one[1], two[1])
    general = {("list", "tuple"), ("map", "object"), ("tuple", "set"), ("list", "set")}
    if kinds in general:
        return -1
    if kinds[::-1] in general:
        return 1
    pairs: list[tuple[Type, Type]] = []
    if kinds == ("object", "object") and [name for name, _ in one[1:]] == [name for name, _ in two[1:]]:
        pairs = [(left[1], right[1]) for left, right in zip(one[1:], two[1:], strict=True)]
    elif kinds == ("tuple", "tuple") and len(one) == len(two):
        pairs = list(zip(one[1:], two[1:], strict=True))
    orders = {_compare(left, right) for left, right in pairs}
    return 0 if {-1, 1} <= orders else -1 if -1 in orders else 1 if 1 in orders else 0


def converts(given: Type, wanted: Type) -> bool:
    """Whether values of one type may be converted to another (cty's GetConversionUnsafe)."""
    if wanted == "any" or given == "any":
        return True
    if given == wanted:
        return True
    kinds = _kind(given), _kind(wanted)
    if kinds[0] in _PRIMITIVE or kinds[1] in _PRIMITIVE:
        return "string" in kinds and kinds[0] in _PRIMITIVE and kinds[1] in _PRIMITIVE
    if kinds == ("object", "object"):
        attributes = dict(given[1:])
        return all(name in attributes and converts(attributes[name], kind) for name, kind in wanted[1:])
    if kinds == ("tuple", "tuple"):
        return len(given) == len(wanted) and all(map(converts, given[1:], wanted[1:]))
    if kinds[1] in ("list", "set") and kinds[0] in ("list", "set"):
        return converts(given[1], wanted[1])
    if kinds == ("map", "map"):
        return converts(given[1], wanted[1])
    if kinds[1] in ("list", "set") and kinds[0] == "tuple":
        return _elements_convert(given[1:], wanted[1], strict=True)
    if kinds == ("object", "map"):
        return _elements_convert([kind for _, kind in given[1:]], wanted[1], strict=False)
    return kinds == ("map", "object") and all(converts(given[1], kind) for _, kind in wanted[1:])


def _elements_convert(elements: Iterable[Type], wanted: Type, *, strict: bool) -> bool:
    found = list(elements)
    if not found:
        return True
    if wanted == "any":
        wanted = unify(found)
        if wanted is None or (strict and wanted == "any" and any(item != "any" for item in found)):
            return False
    return all(item == wanted or converts(item, wanted) for item in found)


def convert(value: Any, wanted: Type) -> Any:
    """The value as another type. Raises Mismatch where it does not fit."""
    if wanted == "any" or isinstance(value, Unknown):
        return value
    given = typeof(value)
    if given == wanted:
        return value
    if not converts(given, wanted):
        raise Mismatch(f"{describe(wanted)} is needed here, not {v.with_article(v.kind(value))}")
    if value is None or isinstance(value, Null):
        return Null(_filled(given, wanted))
    return _converted(value, wanted)


def _converted(value: Any, wanted: Type) -> Any:
    match _kind(wanted):
        case "string":
            return v.to_string(value)
        case "number":
            return v.to_number(value)
        case "bool":
            return v.to_bool(value)
        case "tuple":
            return [convert(item, kind) for item, kind in zip(value, wanted[1:], strict=True)]
        case "object":
            names = dict(wanted[1:])
            if missing := [name for name in names if name not in value]:
                raise Mismatch(f"the map has no {missing[0]!r}, which is needed here", code="unknown-name")
            return {name: convert(value[name], kind) for name, kind in names.items()}
        case "map":
            return map_of({str(key): value[key] for key in sorted(value)}, _element(value, wanted[1], "map"))
    element = _element(value, wanted[1], _kind(wanted))
    return (SetValue if wanted[0] == "set" else ListValue)(
        (convert(item, element) for item in value), element
    )


def map_of(items: Mapping[str, Any], element: Type) -> MapValue:
    """A map whose values are brought to one type."""
    return MapValue({key: convert(item, element) for key, item in items.items()}, element)


def _element(value: Any, wanted: Type, kind: str) -> Type:
    """The type of the items after conversion: ``any`` is replaced by what they have in common."""
    items = list(value.values()) if kind == "map" else list(value)
    if wanted != "any" and not _holds_any(wanted):
        return wanted
    if isinstance(value, ListValue | SetValue | MapValue):
        return value.element if wanted == "any" else wanted
    found = unify([typeof(convert(item, wanted)) for item in items]) if items else wanted
    if found is None:
        raise Mismatch(f"all items of a {kind} must have one type")
    return found


def _holds_any(item: Type) -> bool:
    return item == "any" or (isinstance(item, tuple) and any(map(_holds_any, item[1:])))


def _filled(given: Type, wanted: Type) -> Type:
    """``wanted`` with what it leaves open taken from ``given``."""
    if wanted == "any":
        return given
    if isinstance(wanted, tuple) and isinstance(given, tuple) and wanted[0] == given[0] and len(wanted) == 2:
        return (wanted[0], _filled(given[1], wanted[1]))
    return wanted


def describe(item: Type) -> str:
    """A type in words: a list of strings."""
    kind = _kind(item)
    if kind in ("list", "set", "map"):
        return f"a {kind}" if item[1] == "any" else f"a {kind} of {_kind(item[1])}"
    return v.with_article({"any": "value", "tuple": "list", "object": "map"}.get(kind, kind))


def conditional(value: Any, kind: Type, other: Type, first: bool) -> Any:
    """The side of a conditional that is taken, as the type both sides have in common. Raises Mismatch.

    ``kind`` is its type, ``other`` that of the other side; ``first`` where the taken side stands first.
    """
    if kind == other == "string" or "any" in (kind, other):
        return Null(other) if value is None and other != "any" else value
    wanted = unify([kind, other] if first else [other, kind])
    if wanted is None:
        sides = f"{describe(kind)} and {describe(other)}"
        raise Mismatch(f"the two sides of a conditional must fit one type; here they are {sides}")
    return convert(value, wanted)
