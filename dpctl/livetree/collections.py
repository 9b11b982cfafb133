"""Functions on numbers, lists, sets and maps, as far as they are evaluated here."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

from dpctl.livetree import budget, numbers, types
from dpctl.livetree import values as v
from dpctl.livetree.numbers import Count
from dpctl.livetree.values import ListValue, MapValue, Mismatch, Null, SetValue, Unsure

MAX_RANGE = 1024  # Terraform's own limit
_LIST, _SET = ("list", "any"), ("set", "any")
_STRINGS = ("list", "string")


def _sequence(value: Any, *, sets: bool = True) -> list[Any]:
    if not isinstance(value, list) or (isinstance(value, SetValue) and not sets):
        raise Mismatch(f"a list is needed here, not {v.with_article(v.kind(value))}")
    return value


def _same(left: Any, right: Any) -> bool:
    """Terraform's ``==``: values of different types are different."""
    if v.is_null(left) or v.is_null(right):
        return v.is_null(left) and v.is_null(right)
    return types.typeof(left) == types.typeof(right) and v.equal(left, right)


def _length(value: Any) -> Count:
    if isinstance(value, str):
        if not value.isascii() or "\r" in value:
            raise Unsure  # what counts is what a person sees as a character
        return Count(len(value))
    if isinstance(value, list | Mapping):
        return Count(len(value))
    raise Mismatch(f"a string, list or map has a length, not {v.with_article(v.kind(value))}")


def _merge(*maps: Any) -> Any:
    result: dict[str, Any] = {}
    for item in maps:
        if not v.is_null(item):
            result.update(v.to_map(item))
    kinds = [types.typeof(item) for item in maps]
    if kinds and isinstance(kinds[0], tuple) and kinds[0][0] == "map" and all(k == kinds[0] for k in kinds):
        return MapValue(result, kinds[0][1])
    return result


def _concat(*lists: Any) -> list[Any]:
    if not lists:
        raise Mismatch("takes at least 1 argument, not 0", code="wrong-arguments")
    parts = [_sequence(part, sets=False) for part in lists]
    budget.allow(sum(map(len, parts)))
    if all(isinstance(part, ListValue) for part in parts):
        wanted = types.unify([types.typeof(part) for part in parts])
        if wanted is not None:
            converted = [types.convert(part, wanted) for part in parts]
            return ListValue(itertools.chain(*converted), wanted[1])
    return [item for part in parts for item in part]


def _lookup(table: Any, key: str, *default: Any) -> Any:
    found = v.to_map(table)
    if len(default) > 1:
        raise Mismatch(f"takes 2 to 3 arguments, not {2 + len(default)}", code="wrong-arguments")
    if default and isinstance(found, MapValue):
        default = (types.convert(default[0], found.element),)
    if key in found:
        return found[key]
    if default:
        return default[0]
    raise v.missing("key ", key, found)


def _contains(items: Any, wanted: Any) -> bool:
    return any(_same(item, wanted) for item in _sequence(items))


def _index(items: Any, wanted: Any) -> Count:
    for position, item in enumerate(_sequence(items, sets=False)):
        if _same(item, wanted):
            return Count(position)
    raise Mismatch("the item is not in the list", code="unknown-name")


def _coalesce(*items: Any) -> Any:
    if not items:
        raise Mismatch("takes at least 1 argument, not 0", code="wrong-arguments")
    wanted = types.unify([types.typeof(item) for item in items])
    if wanted is None:
        raise Mismatch("all arguments must fit one type")
    for item in items:
        if wanted == "any" and not v.is_null(item):
            raise Unsure
        found = types.convert(item, wanted)
        if not v.is_null(found) and found != "":
            return found
    raise Mismatch("every argument is null or empty", code="null-value")


def _coalescelist(*lists: Any) -> Any:
    full = []
    for item in lists:
        if item is None:
            raise Mismatch("a null of no type is no list", code="null-value")
        if not v.is_null(item) and _sequence(item, sets=False):
            full.append(item)
    if full:
        return full[0]
    raise Mismatch("every list is null or empty", code="null-value")


def _keys(table: Any) -> list[str]:
    names = sorted(v.to_map(table))
    return ListValue(names, "string") if isinstance(table, MapValue) else names


def _values(table: Any) -> list[Any]:
    items = v.to_map(table)
    found = [items[key] for key in sorted(items)]
    return ListValue(found, table.element) if isinstance(table, MapValue) else found


def _flatten(items: Any) -> list[Any]:
    result: list[Any] = []
    for item in _sequence(items):
        result.extend(_flatten(item) if isinstance(item, list) else [item])
    budget.allow(len(result))
    return result


def _element(items: Any, index: Any) -> Any:
    position = v.to_int(index)
    found = _sequence(items, sets=False)
    if not found:
        raise Mismatch("the list is empty", code="unknown-name")
    if position < 0:
        raise Unsure
    return found[position % len(found)]


def _sort(items: Any) -> ListValue:
    if any(v.is_null(item) for item in items):
        raise Mismatch("an item of the list is null", "compact(...)", "null-value")
    return ListValue(sorted(items), "string")


def _compact(items: Any) -> ListValue:
    return ListValue([item for item in items if not v.is_null(item) and item != ""], "string")


def _reverse(items: Any) -> list[Any]:
    found = list(reversed(_sequence(items)))
    return ListValue(found, items.element) if isinstance(items, ListValue | SetValue) else found


def _slice(items: Any, start: Any, end: Any) -> list[Any]:
    first, last = v.to_int(start), v.to_int(end)
    found = _sequence(items, sets=False)
    if not 0 <= first <= last <= len(found):
        raise Mismatch(f"the list has {len(found)} items, so there is no part from {first} to {last}")
    return ListValue(found[first:last], items.element) if isinstance(items, ListValue) else found[first:last]


def _chunklist(items: Any, size: Any) -> ListValue:
    count = v.to_int(size)
    if count < 0:
        raise Mismatch("the size of a chunk can't be negative")
    step = count or max(len(items), 1)
    chunks = [ListValue(items[at : at + step], items.element) for at in range(0, len(items), step)]
    return ListValue(chunks, ("list", items.element))


def _one(items: Any) -> Any:
    found = _sequence(items)
    if len(found) > 1:
        raise Mismatch(f"the list has {len(found)} items, not one or none")
    if found:
        return found[0]
    return Null(items.element) if isinstance(items, ListValue | SetValue) and items.element != "any" else None


def _set_operation(work: Callable[[SetValue, SetValue], list[Any]]) -> Callable[..., SetValue]:
    def apply(*sets: Any) -> SetValue:
        elements = [item.element for item in sets if item or item.element != "any"]
        element = types.unify(elements) if elements else "any"
        if element is None:
            raise Mismatch("the sets must hold values of one type")
        result, *others = [types.convert(item, ("set", element)) for item in sets]
        for other in others:
            result = SetValue(work(result, other), element)
        return SetValue(result, element)

    return apply


def _without(left: SetValue, right: SetValue) -> list[Any]:
    return [item for item in left if not any(v.equal(item, other) for other in right)]


def _both(left: SetValue, right: SetValue) -> list[Any]:
    return [item for item in left if any(v.equal(item, other) for other in right)]


def _setproduct(*sets: Any) -> list[Any]:
    if len(sets) < 2:
        raise Mismatch(f"takes at least 2 arguments, not {len(sets)}", code="wrong-arguments")
    budget.allow(math.prod(len(_sequence(items)) for items in sets) * len(sets))
    kinds = [_element_type(items) for items in sets]
    columns = [[types.convert(item, kind) for item in items] for items, kind in zip(sets, kinds, strict=True)]
    element = ("tuple", *kinds)
    rows = map(list, itertools.product(*columns))
    return (SetValue if any(isinstance(items, SetValue) for items in sets) else ListValue)(rows, element)


def _element_type(items: Any) -> Any:
    if isinstance(items, ListValue | SetValue):
        return items.element
    found = types.unify([types.typeof(item) for item in items]) if items else "any"
    if found is None:
        raise Mismatch("all items must have one type")
    return found


def _matchkeys(items: Any, keys: Any, wanted: Any) -> ListValue:
    kind = types.unify([types.typeof(keys), types.typeof(wanted)])
    if kind is None or len(items) != len(keys):
        raise Mismatch(f"there are {len(keys)} keys for {len(items)} values, or keys of another type")
    searched = types.convert(wanted, kind)
    pairs = zip(items, types.convert(keys, kind), strict=True)
    return ListValue([item for item, key in pairs if any(_same(key, one) for one in searched)], items.element)


def _zipmap(keys: Any, items: Any) -> dict[str, Any]:
    found = _sequence(items, sets=False)
    if len(keys) != len(found) or any(v.is_null(key) for key in keys):
        raise Mismatch(f"there are {len(keys)} keys for {len(found)} values")
    result = dict(zip(keys, found, strict=True))
    return MapValue(result, items.element) if isinstance(items, ListValue) else result


def _transpose(table: Any) -> MapValue:
    result: dict[str, list[str]] = {}
    for key in sorted(table):
        if v.is_null(table[key]) or any(v.is_null(item) for item in table[key]):
            raise Mismatch("a list or a string in it is null", code="null-value")
        for item in table[key]:
            result.setdefault(item, []).append(key)
    lists = {key: ListValue(sorted(items), "string") for key, items in result.items()}
    return MapValue(lists, _STRINGS)


def _all_true(items: Any) -> bool:
    return all(item is True for item in items)


def _any_true(items: Any) -> bool:
    return any(item is True for item in items)


def _sum(items: Any) -> Any:
    found = _sequence(items)
    if not found:
        raise Mismatch("an empty list has no sum")
    total, *rest = (v.to_number(item) for item in found)
    for item in rest:
        total = numbers.add(total, item)
    return total


def _extreme(choose: Callable[[Any, Any], bool]) -> Callable[..., Any]:
    def apply(*items: Any) -> Any:
        if not items:
            raise Mismatch("takes at least 1 argument, not 0", code="wrong-arguments")
        best = items[0]
        for item in items[1:]:
            best = item if choose(item, best) else best
        return best

    return apply


def _rounded(work: Callable[[Any], int]) -> Callable[[Any], Any]:
    def apply(value: Any) -> Any:
        if isinstance(value, float):
            raise Unsure
        return Count(work(value)) if isinstance(value, Fraction) else value

    return apply


def _range(*limits: Any) -> ListValue:
    if not 1 <= len(limits) <= 3:
        raise Mismatch(f"takes 1 to 3 arguments, not {len(limits)}", code="wrong-arguments")
    if not all(isinstance(item, int) for item in limits):
        raise Unsure
    start, end = (0, limits[0]) if len(limits) == 1 else limits[:2]
    step = limits[2] if len(limits) == 3 else (-1 if end < start else 1)
    if step == 0 or (end > start if step < 0 else end < start):
        raise Mismatch("the step does not lead from the start to the end")
    if abs(end - start) > MAX_RANGE * abs(step):
        raise Mismatch(f"a range has at most {MAX_RANGE:,} numbers", code="too-large")
    return ListValue(range(start, end, step), "number")


def _to(wanted: Any) -> Callable[[Any], Any]:
    return lambda value: types.convert(value, wanted)


Row = tuple[Any, ...]


def _row(
    apply: Callable[..., Any],
    *parameters: Any,
    rest: Any = None,
    result: Any = "any",
    nulls: bool = False,
    structural: bool = False,
) -> Row:
    return (parameters, rest, 0, result, nulls, structural, apply)


COLLECTIONS: Mapping[str, Row] = {
    "abs": _row(numbers.absolute, "number", result="number"),
    "alltrue": _row(_all_true, ("list", "bool"), result="bool"),
    "anytrue": _row(_any_true, ("list", "bool"), result="bool"),
    "ceil": _row(_rounded(math.ceil), "number", result="number"),
    "chunklist": _row(_chunklist, _LIST, "number"),
    "coalesce": _row(_coalesce, rest="any", nulls=True, structural=True),
    "coalescelist": _row(_coalescelist, rest="any", nulls=True, structural=True),
    "compact": _row(_compact, _STRINGS),
    "concat": _row(_concat, rest="any", structural=True),
    "contains": _row(_contains, "any", "any", result="bool"),
    "distinct": _row(lambda items: ListValue(v.unique(items), items.element), _LIST),
    "element": _row(_element, "any", "number", structural=True),
    "ephemeralasnull": _row(lambda value: value, "any", nulls=True, structural=True),
    "flatten": _row(_flatten, "any", structural=True),
    "floor": _row(_rounded(math.floor), "number", result="number"),
    "index": _row(_index, "any", "any"),
    "issensitive": _row(lambda value: False, "any", result="bool", nulls=True, structural=True),
    "keys": _row(_keys, "any", structural=True),
    "length": _row(_length, "any", result="count", structural=True),
    "lookup": _row(_lookup, "any", "string", rest="any", nulls=True, structural=True),
    "matchkeys": _row(_matchkeys, _LIST, _LIST, _LIST),
    "max": _row(_extreme(lambda one, other: one > other), rest="number", result="number"),
    "merge": _row(_merge, rest="any", nulls=True, structural=True),
    "min": _row(_extreme(lambda one, other: one < other), rest="number", result="number"),
    "one": _row(_one, "any", structural=True),
    "range": _row(_range, rest="number", result=("list", "number")),
    "reverse": _row(_reverse, "any", structural=True),
    "setintersection": _row(_set_operation(_both), _SET, rest=_SET),
    "setproduct": _row(_setproduct, rest="any"),
    "setsubtract": _row(_set_operation(_without), _SET, _SET),
    "setunion": _row(_set_operation(lambda left, right: [*left, *right]), _SET, rest=_SET),
    "slice": _row(_slice, "any", "number", "number", structural=True),
    "sort": _row(_sort, _STRINGS),
    "sum": _row(_sum, "any", result="number"),
    "tobool": _row(_to("bool"), "any", nulls=True),
    "tolist": _row(_to(_LIST), "any", nulls=True, structural=True),
    "tomap": _row(_to(("map", "any")), "any", nulls=True, structural=True),
    "tonumber": _row(_to("number"), "any", nulls=True),
    "toset": _row(_to(_SET), "any", nulls=True),
    "tostring": _row(_to("string"), "any", nulls=True),
    "transpose": _row(_transpose, ("map", _STRINGS)),
    "values": _row(_values, "any", structural=True),
    "zipmap": _row(_zipmap, _STRINGS, "any", structural=True),
}
"""Name to parameters, further arguments, optional ones, result, nulls allowed, structural, and how it is
done."""
