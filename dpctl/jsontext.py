"""JSON that somebody else wrote: manifests, states, snapshots. Reading it can fail in one way only.

Python's own reader takes ``NaN`` and ``1e999``, and leaves with a RecursionError in deep brackets; values of
another shape than expected leave with whatever the code stumbles over. Here all of it is ``Unreadable``.
"""

from __future__ import annotations

import json
import math
from typing import Any

MAX_BYTES = 256 * 1024 * 1024


class Unreadable(ValueError):
    """A document that is no JSON, or of another shape; the text says where in it, and what is wrong."""


class Value:
    """One value of a document, and its place in it (``.entries[3].url``)."""

    def __init__(self, raw: Any, place: str = "") -> None:
        self.raw = raw
        self.place = place

    def __getitem__(self, key: str) -> Value:
        """A member that must be there. Raises Unreadable."""
        found = self.mapping()
        if key not in found:
            raise Unreadable(f"{self.place or 'the document'} has no {key!r}")
        return Value(found[key], f"{self.place}.{key}")

    def get(self, key: str) -> Value:
        """A member, or null where it is not there."""
        return Value(self.mapping().get(key), f"{self.place}.{key}")

    def __bool__(self) -> bool:
        return self.raw is not None

    def mapping(self) -> dict[str, Any]:
        """An object. Raises Unreadable."""
        return self._of(dict, "an object")  # type: ignore[no-any-return]

    def items(self) -> list[tuple[str, Value]]:
        """The members of an object; none for null."""
        pairs = self.mapping().items() if self else ()
        return [(key, Value(value, f"{self.place}.{key}")) for key, value in pairs]

    def list(self) -> list[Value]:
        """The entries of an array; none for null."""
        entries = self._of(list, "an array") if self else []
        return [Value(value, f"{self.place}[{n}]") for n, value in enumerate(entries)]

    def text(self) -> str:
        """A string. Raises Unreadable."""
        return self._of(str, "a string")  # type: ignore[no-any-return]

    def integer(self) -> int:
        """A whole number, also one written as 1.0. Raises Unreadable."""
        if isinstance(self.raw, float) and self.raw.is_integer():
            return int(self.raw)
        if isinstance(self.raw, bool):
            raise self._wrong("a whole number")
        return self._of(int, "a whole number")  # type: ignore[no-any-return]

    def _of(self, kind: type, name: str) -> Any:
        if not isinstance(self.raw, kind):
            raise self._wrong(name)
        return self.raw

    def _wrong(self, name: str) -> Unreadable:
        kinds = {dict: "an object", list: "an array", str: "a string", bool: "a boolean", type(None): "null"}
        found = kinds.get(type(self.raw), "a number")
        return Unreadable(f"{self.place or 'the document'} must be {name}, not {found}")


def read(text: bytes | str) -> Value:
    """Read a document. Raises Unreadable."""
    if len(text) > MAX_BYTES:
        raise Unreadable(f"it has more than {MAX_BYTES // 1024 // 1024} MB")
    try:
        return Value(
            json.loads(text, parse_float=_float, parse_constant=_constant, object_pairs_hook=_object)
        )
    except RecursionError:
        raise Unreadable("its brackets are nested too deeply") from None
    except Unreadable:
        raise
    except ValueError as error:  # also for what is not UTF-8, and for numbers of thousands of digits
        raise Unreadable(str(error)) from error


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):  # whoever reviewed it may have read the other one
        names = [name for name, _ in pairs]
        twice = next(name for name in found if names.count(name) > 1)
        raise Unreadable(f"{twice!r} stands twice in one object")
    return found


def _float(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise Unreadable(f"{text[:40]} is too large a number")
    return number


def _constant(text: str) -> float:
    raise Unreadable(f"{text} is no number of JSON")
