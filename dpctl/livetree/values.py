"""The values of HCL in Python: str, bool, numbers, None, list (a tuple), dict (an object); lists, sets and
maps
of one type; nulls of a type; and values not known yet.

Conversions follow Terraform's: a number or a bool becomes a string where a string is needed, and back.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from typing import Any

from dpctl.errors import ConfigError, Problem
from dpctl.livetree import numbers


class DynamicError(ConfigError):
    """A value does not fit what is done with it; ``try`` and ``can`` catch this one and nothing else."""


class Exhausted(ConfigError):
    """The budget of a unit is spent, so that nothing else of it can be evaluated either."""


class Infinite(DynamicError):
    """A number is infinite: a value for Terraform, which ``try`` keeps, and none that can be written down."""


class Mismatch(Exception):
    """What a function or operator says about its values; the evaluator adds file and line."""

    def __init__(self, message: str, hint: str = "", code: str = "wrong-type") -> None:
        super().__init__(message)
        self.hint = hint
        self.code = code


class TooMuch(Mismatch):
    """Evaluating takes more steps or memory than anything a person means; not even ``try`` catches it."""

    def __init__(self, message: str) -> None:
        super().__init__(message, "fewer or smaller values; check for what doubles itself", "too-large")


class Endless(TooMuch):
    """The result is infinite."""

    def __init__(self, message: str = "the result is infinite") -> None:
        super().__init__(message)
        self.hint, self.code = "a number that can be written down", "wrong-type"


class Unsure(Exception):
    """A function does not know exactly what Terraform makes of these arguments."""


class Null:
    """A null of a known type; ``None`` is one that can become any."""

    __slots__ = ("type",)

    def __init__(self, kind: Any) -> None:
        self.type = kind

    def __repr__(self) -> str:
        return f"Null({self.type!r})"


class ListValue(list[Any]):
    """A list, whose items all have the type ``element``; a plain Python list is HCL's tuple."""

    __slots__ = ("element",)

    def __init__(self, items: Iterable[Any], element: Any) -> None:
        super().__init__(items)
        self.element = element


class SetValue(list[Any]):
    """A set of values of one type: without duplicates, in Terraform's order."""

    __slots__ = ("element",)

    def __init__(self, items: Iterable[Any], element: Any) -> None:
        super().__init__(sorted(unique(items), key=sort_key))
        self.element = element


class MapValue(dict[str, Any]):
    """A map, whose values all have the type ``element``; a plain dict is HCL's object."""

    __slots__ = ("element",)

    def __init__(self, items: Mapping[str, Any], element: Any) -> None:
        super().__init__(items)
        self.element = element


class Unknown:
    """A value that exists only after something was applied; ``text`` is what stands in for it."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return f"Unknown({self.text!r})"

    def attribute(self, name: str) -> Unknown:
        """What is inside an unknown value is unknown too."""
        closed = self.text.startswith("${") and self.text.endswith("}")
        return Unknown(f"{self.text[:-1]}.{name}}}" if closed else self.text)


LATER = Unknown("(known after apply)")


class Namespace:
    """Names that are looked up one by one (``local``, ``dependency``, ``include.root``): nothing is evaluated
    before somebody asks for it.
    """

    def __init__(self, title: str, names: Iterable[str], get: Callable[[str], Any]) -> None:
        self.title = title
        self.names = tuple(names)
        self._get = get

    def get(self, name: str) -> Any:
        """The value of a name. Raises Mismatch for one that is not there."""
        if name not in self.names:
            raise missing(f"{self.title}.", name, self.names)
        return self._get(name)

    def settle(self) -> Any:
        """All of it, evaluated."""
        return {name: settled(self._get(name)) for name in self.names}


def missing(prefix: str, name: str, known: Iterable[str]) -> Mismatch:
    """The error for a name that is not there, with a suggestion."""
    names = sorted(known)
    close = difflib.get_close_matches(name, names, n=1)
    there = f"known: {', '.join(names[:12])}" if names else "there is nothing in it"
    hint = f"did you mean {prefix}{close[0]}?" if close else ""
    return Mismatch(f"there is no {prefix}{name}; {there}", hint, "unknown-name")


def settled(value: Any) -> Any:
    """A value that is no longer looked up lazily."""
    return value.settle() if isinstance(value, Namespace) else value


def is_null(value: Any) -> bool:
    """Whether a value is null, of whatever type."""
    return value is None or isinstance(value, Null)


def plain(value: Any) -> Any:
    """The value as JSON has it; what is unknown becomes its text."""
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, Unknown):
        return value.text
    if isinstance(value, Null):
        return None
    if isinstance(value, Namespace):
        return plain(value.settle())
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, Fraction):
        return float(value)
    return value


def has_unknown(value: Any) -> bool:
    """Whether anything in a value is unknown."""
    if isinstance(value, Mapping):
        return any(map(has_unknown, value.values()))
    if isinstance(value, list):
        return any(map(has_unknown, value))
    return isinstance(value, Unknown)


def kind(value: Any) -> str:
    """What a person calls the type of a value."""
    if is_null(value):
        return "null"
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, str):
        return "string"
    if isinstance(value, int | Fraction | float):
        return "number"
    if isinstance(value, Mapping):
        return "map"
    if isinstance(value, list):
        return "set" if isinstance(value, SetValue) else "list"
    return type(value).__name__


def with_article(name: str) -> str:
    """``a string``, ``null``: the name of a kind as it stands in a sentence."""
    return name if name == "null" else f"a {name}"


def equal(left: Any, right: Any) -> bool:
    """Whether two values of the same type are the same."""
    if is_null(left) or is_null(right):
        return is_null(left) and is_null(right)
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(equal, left, right))
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        return left.keys() == right.keys() and all(equal(left[key], right[key]) for key in left)
    if isinstance(left, Fraction) or isinstance(right, Fraction):
        return not isinstance(left, str) and not isinstance(right, str) and numbers.equal(left, right)
    return bool(left == right)


def unique(items: Iterable[Any]) -> list[Any]:
    """The items without duplicates, in the order they came."""
    result: list[Any] = []
    seen: set[tuple[str, Any]] = set()
    for item in items:
        if isinstance(item, list | Mapping | Unknown | Null) or item is None:
            if not any(equal(item, other) for other in result):
                result.append(item)
        elif (mark := (kind(item), numbers.text(item) if isinstance(item, Fraction) else item)) not in seen:
            seen.add(mark)
            result.append(item)
    return result


def sort_key(value: Any) -> tuple[Any, ...]:
    """Terraform's order of a set: strings by their bytes, numbers by size, false before true, null last."""
    if is_null(value):
        return (1,)
    if isinstance(value, str | int | Fraction | float):
        return 0, value
    return 0, hashed(value)


def hashed(value: Any) -> str:
    """The text by which Terraform orders what has no order of its own (cty's appendSetHashBytes)."""
    if is_null(value):
        return "~"
    if isinstance(value, bool):
        return "T" if value else "F"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, int | Fraction | float):
        return f"{float(value):.10g}"
    if isinstance(value, MapValue):
        return "{" + "".join(f"{hashed(key)}:{hashed(value[key])};" for key in sorted(value)) + "}"
    if isinstance(value, Mapping):
        return "<" + "".join(f"{hashed(value[key])};" for key in sorted(value)) + ">"
    ends = "[]" if isinstance(value, ListValue | SetValue) else "<>"
    return ends[0] + "".join(f"{hashed(item)};" for item in value) + ends[1]


def to_string(value: Any) -> str:
    """Convert to a string, as templates and most functions do. Raises Mismatch."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | Fraction | float):
        return numbers.text(value)
    raise Mismatch(f"a string is needed here, not {with_article(kind(value))}")


def to_number(value: Any) -> numbers.Number:
    """Convert to a number. Raises Mismatch."""
    if isinstance(value, str):
        try:
            return numbers.parse(value)
        except numbers.TooLarge as error:
            raise Mismatch(str(error), code="too-large") from None
        except ValueError:
            raise Mismatch(f"a number is needed here, not {shortened(value)}") from None
    if isinstance(value, bool) or not isinstance(value, int | Fraction | float):
        raise Mismatch(f"a number is needed here, not {with_article(kind(value))}")
    return value


def to_int(value: Any) -> int:
    """Convert to a whole number. Raises Mismatch."""
    number = to_number(value)
    if number != int(number):
        raise Mismatch("a whole number is needed here")
    if not -(2**63) <= number < 2**63:  # Go's int, in which Terraform takes it
        raise Mismatch("a whole number of at most 63 bits is needed here")
    return int(number)


def shortened(text: str) -> str:
    """A text in an error: its beginning."""
    return repr(text if len(text) <= 40 else text[:40] + "...")


_BOOLS = {"true": True, "1": True, "false": False, "0": False}


def holds(condition: Any) -> bool:
    """Whether a condition is true. Raises Mismatch for what is no condition."""
    if is_null(condition):
        raise Mismatch("a condition can't be null", code="null-value")
    return to_bool(condition)


def to_bool(value: Any) -> bool:
    """Convert to a bool: also the strings "true", "false", "1" and "0". Raises Mismatch."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value in _BOOLS:
        return _BOOLS[value]
    raise Mismatch(f"a bool is needed here, not {with_article(kind(value))}")


def to_list(value: Any) -> list[Any]:
    """A list or set as a list. Raises Mismatch."""
    if isinstance(value, list):
        return list(value)
    raise Mismatch(f"a list is needed here, not {with_article(kind(value))}")


def to_map(value: Any) -> Mapping[str, Any]:
    """A map or object. Raises Mismatch."""
    if isinstance(value, Mapping):
        return value
    raise Mismatch(f"a map is needed here, not {with_article(kind(value))}")


def failure(mismatch: Mismatch, file: str, line: int) -> DynamicError:
    """A Mismatch with its place."""
    return DynamicError(Problem(mismatch.code, str(mismatch), file, line, hint=mismatch.hint))
