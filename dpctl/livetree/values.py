"""The values of HCL in Python: str, int, float, bool, None, list, dict; plus sets and values not known yet.

Conversions follow Terraform's: a number or a bool becomes a string where a string is needed, and back.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from dpctl.errors import ConfigError, Problem

LARGEST = 1e300


class DynamicError(ConfigError):
    """A value does not fit what is done with it; ``try`` and ``can`` catch this one and nothing else."""


class Mismatch(Exception):
    """What a function or operator says about its values; the evaluator adds file and line."""

    def __init__(self, message: str, hint: str = "", code: str = "wrong-type") -> None:
        super().__init__(message)
        self.hint = hint
        self.code = code


class SetValue(list[Any]):
    """A set: sorted and without duplicates, so that everything that follows is the same every time."""

    def __init__(self, items: Iterable[Any] = ()) -> None:
        super().__init__(sorted(unique(items), key=sort_key))


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
    there = f"there is: {', '.join(names[:12])}" if names else "there is nothing in it"
    hint = f"did you mean {prefix}{close[0]}?" if close else ""
    return Mismatch(f"there is no {prefix}{name}; {there}", hint, "unknown-name")


def settled(value: Any) -> Any:
    """A value that is no longer looked up lazily."""
    return value.settle() if isinstance(value, Namespace) else value


def plain(value: Any) -> Any:
    """The value as JSON has it; what is unknown becomes its text."""
    if isinstance(value, Unknown):
        return value.text
    if isinstance(value, Namespace):
        return plain(value.settle())
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
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
    names = {str: "string", bool: "bool", int: "number", float: "number", type(None): "null"}
    if isinstance(value, Mapping):
        return "map"
    if isinstance(value, list):
        return "set" if isinstance(value, SetValue) else "list"
    return names.get(type(value), type(value).__name__)


def equal(left: Any, right: Any) -> bool:
    """HCL's ``==``: values of different types are different."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(equal, left, right))
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        return left.keys() == right.keys() and all(equal(left[key], right[key]) for key in left)
    return bool(left == right)


def unique(items: Iterable[Any]) -> list[Any]:
    """The items without duplicates, in the order they came."""
    result: list[Any] = []
    seen: set[tuple[str, Any]] = set()
    for item in items:
        if isinstance(item, list | Mapping | Unknown):
            if not any(equal(item, other) for other in result):
                result.append(item)
        elif (mark := (kind(item), item)) not in seen:
            seen.add(mark)
            result.append(item)
    return result


def sort_key(value: Any) -> tuple[str, Any]:
    """An order over values of any type."""
    if isinstance(value, str | int | float):
        return kind(value), value
    return kind(value), repr(plain(value))


def number_text(value: int | float) -> str:
    """A number as Terraform writes it: no ``.0``, no exponent where it can be avoided."""
    if isinstance(value, int):
        return str(value)
    if value.is_integer() and abs(value) < 1e21:
        return str(int(value))
    text = repr(value)
    return f"{value:.20f}".rstrip("0") if "e-" in text and abs(value) > 1e-15 else text


def to_string(value: Any) -> str:
    """Convert to a string, as templates and most functions do. Raises Mismatch."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return number_text(value)
    raise Mismatch(f"a string is needed here, not a {kind(value)}")


def to_number(value: Any) -> int | float:
    """Convert to a number; whole numbers are ints. Raises Mismatch."""
    if isinstance(value, str):
        try:
            return whole(int(value))
        except ValueError:
            try:
                number = float(value)
            except ValueError:
                raise Mismatch(f"a number is needed here, not {value!r}") from None
            return whole(number)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Mismatch(f"a number is needed here, not a {kind(value)}")
    return value


def whole(value: int | float) -> int | float:
    """An int where the number is one. Raises Mismatch for what is too large, or no number at all."""
    if value != value or abs(value) >= LARGEST:
        raise Mismatch("the number is too large")
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) < 2**53 else value


def to_bool(value: Any) -> bool:
    """Convert to a bool: also the strings "true" and "false". Raises Mismatch."""
    if isinstance(value, bool):
        return value
    if value in ("true", "false") and isinstance(value, str):
        return value == "true"
    raise Mismatch(f"a bool is needed here, not {'null' if value is None else 'a ' + kind(value)}")


def to_list(value: Any) -> list[Any]:
    """A list or set as a list. Raises Mismatch."""
    if isinstance(value, list):
        return list(value)
    raise Mismatch(f"a list is needed here, not a {kind(value)}")


def to_map(value: Any) -> Mapping[str, Any]:
    """A map or object. Raises Mismatch."""
    if isinstance(value, Mapping):
        return value
    raise Mismatch(f"a map is needed here, not a {kind(value)}")


def failure(mismatch: Mismatch, file: str, line: int) -> DynamicError:
    """A Mismatch with its place."""
    return DynamicError(Problem(mismatch.code, str(mismatch), file, line, hint=mismatch.hint))
