"""One value of env.yaml, from what the file says and what the account has: neither loses anything by it.

A picture of an account has marks where secrets stood (``picture``). What holds one is never written: where
the file says it already it stays as it is, otherwise it is named as hidden.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dpctl.deploy.picture.shapes import HIDDEN, plain


@dataclass(frozen=True)
class Merged:
    """The value that env.yaml should have; None for nothing. ``hidden`` names what was left out of it."""

    value: Any
    hidden: tuple[str, ...] = ()


def merge(now: Any, found: Any, name: str = "") -> Merged:
    """``found`` in the account joined with what env.yaml has ``now``; ``name`` is what messages call it.

    Of a map, what only the file has is planned, and stays. A list is the account's, in the file's order where
    it has the same items: the order of an account's lists says nothing.
    """
    if isinstance(found, Mapping):
        return _maps(now if isinstance(now, Mapping) else {}, found)
    if isinstance(found, list):
        return _lists(now if isinstance(now, list) else [], found, name)
    if not _marked(found):
        return Merged(found)
    return (
        Merged(now) if _canonical(plain({name: now})) == _canonical({name: found}) else Merged(now, (name,))
    )


def _maps(now: Mapping[str, Any], found: Mapping[str, Any]) -> Merged:
    items = {key: merge(now.get(key), value, key) for key, value in found.items()}
    value = dict(now) | {key: item.value for key, item in items.items() if item.value is not None}
    return Merged(value or None, tuple(name for item in items.values() for name in item.hidden))


def _lists(now: list[Any], found: list[Any], name: str) -> Merged:
    masked = {_canonical(plain(item)): item for item in now}
    kept, hidden = [], []
    for item in found:
        if not _marked(item):
            kept.append(item)
        elif _canonical(item) in masked:
            kept.append(masked[_canonical(item)])
        else:  # half of a statement or of a selector would mean something else
            hidden.append(f"{name}: {_called(item)}")
    same = sorted(map(_canonical, kept)) == sorted(map(_canonical, now))
    return Merged((now if same else kept) or None, tuple(hidden))


def _marked(value: Any) -> bool:
    return HIDDEN in json.dumps(value)


def _parsed(item: Any) -> Any:
    """A statement is a text of JSON in env.yaml."""
    return json.loads(item) if isinstance(item, str) and item.lstrip().startswith("{") else item


def _canonical(item: Any) -> str:
    return json.dumps(_parsed(item), sort_keys=True)


def _called(item: Any) -> str:
    """What messages call an item of a list."""
    said = _parsed(item)
    name = (said.get("Sid") or said.get("name")) if isinstance(said, Mapping) else None
    return str(name or _canonical(item))
