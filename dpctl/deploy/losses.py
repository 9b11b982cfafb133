"""What a plan takes from the account: one rule for every resource type, read from the plan's JSON.

A loss is a value that becomes null, empty, shorter (a list or map that loses entries) or weaker (a protection
switched off), or a resource deleted or replaced that was adopted or holds something. Text that is JSON
(policies, definitions) is compared as what it says. What is not known before the apply is judged at the
unit's turn, when it is. The format: https://developer.hashicorp.com/terraform/internals/json-format.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from dpctl.deploy.guard import Refused, holding
from dpctl.deploy.keepsakes import CODE
from dpctl.deploy.named import Named
from dpctl.deploy.values import HIDDEN, matched, parsed, secret, show
from dpctl.deploy.weaker import weaker

DELETE = "delete"


@dataclass(frozen=True)
class Loss:
    """What one resource loses. ``attribute`` is a dotted path; empty when all of the resource goes.

    ``how`` says it in words; ``old`` and ``new`` are values as text, in full, without secrets.
    """

    address: str
    attribute: str
    how: str
    old: str = ""
    new: str = ""

    @property
    def name(self) -> str:
        """What ``--accept`` calls it."""
        return f"{self.address}.{self.attribute}" if self.attribute else self.address

    @property
    def names(self) -> tuple[str, ...]:
        """Everything that accepts it: the address, and each path down to the attribute."""
        ends = [match.start() for match in re.finditer(r"[.\[]", self.attribute)]
        paths = [self.attribute[:end] for end in ends] + [self.attribute]
        return (self.address, *(f"{self.address}.{path}" for path in paths if path))

    def lines(self) -> tuple[str, ...]:
        """The loss as a person reads it."""
        if not self.attribute:
            return (f"{self.address}: {self.how}",)
        return (f"{self.name}: {self.how}", f"  old: {self.old}", f"  new: {self.new}")

    def as_dict(self) -> dict[str, str]:
        """One entry of ``losses`` in ``--json``."""
        return {
            "address": self.address,
            "attribute": self.attribute,
            "how": self.how,
            "old": self.old,
            "new": self.new,
        }


class Losing(Refused):
    """A plan takes something that nobody has accepted by name."""


def find(
    document: Mapping[str, Any] | None, adopted: Collection[str] = (), *, destroying: bool = False
) -> tuple[Loss, ...]:
    """The losses in a plan (``show -json``), by address; ``adopted`` names what earlier runs imported."""
    found: list[Loss] = []
    types = holding(destroying=destroying)
    for resource in (document or {}).get("resource_changes") or []:
        if resource.get("mode", "managed") == "managed":
            found += _resource(resource, resource["address"] in adopted, types)
    return tuple(sorted(found, key=lambda loss: (loss.address, loss.attribute)))


def _resource(resource: Mapping[str, Any], adopted: bool, types: Collection[str]) -> Iterator[Loss]:
    address, change = str(resource["address"]), resource["change"]
    actions = list(change.get("actions") or [])
    if DELETE in actions:
        what = _what_goes(resource, adopted, types)
        if what:
            yield Loss(address, "", _gone(resource, what))
    elif "update" in actions:
        yield from _attributes(address, change, CODE.get(str(resource.get("type")), frozenset()))


def _what_goes(resource: Mapping[str, Any], adopted: bool, types: Collection[str]) -> str:
    """Why it is a loss when a resource goes; empty when it is none: we made it, and it holds nothing."""
    if adopted or resource["change"].get("importing"):
        return "it was there before Terraform"
    return "it holds something" if resource.get("type") in types else ""


def _gone(resource: Mapping[str, Any], what: str) -> str:
    if list(resource["change"]["actions"]) == [DELETE]:
        return f"deleted, and {what}"
    paths = resource["change"].get("replace_paths") or []
    names = sorted({".".join(str(part) for part in path) for path in paths})
    because = f", because of {', '.join(names)}" if names else ""
    return f"replaced{because}, and {what}"


def _attributes(address: str, change: Mapping[str, Any], code: Collection[str]) -> Iterator[Loss]:
    before, after = change.get("before") or {}, change.get("after") or {}
    unknown = change.get("after_unknown") or {}
    for name in sorted(before):
        if name == "tags_all" and "tags" in before and before["tags"]:
            continue  # the same tags again
        if name in code:
            continue  # a copy is kept
        hidden = secret(change.get("before_sensitive"), name) or secret(change.get("after_sensitive"), name)
        for path, how, old, new in _compare(name, name, before[name], after.get(name), unknown.get(name)):
            shown = (HIDDEN, HIDDEN) if hidden else (show(old), show(new))
            yield Loss(address, path, how, *shown)


Found = tuple[str, str, Any, Any]


def _compare(path: str, name: str, old: Any, new: Any, unknown: Any) -> Iterator[Found]:
    """What is lost between two values; ``name`` is the last named part of the path."""
    if unknown is True or (isinstance(unknown, list) and True in unknown):
        return  # an entry that is not known yet may be any of the old ones
    if _empty(old) or isinstance(old, bool):
        if weaker(name, old, new):
            yield path, "weaker", old, new
        return
    old_inside, new_inside = parsed(old), parsed(new)
    if _empty(new_inside):
        yield path, "taken away", old, new
    elif isinstance(old_inside, dict) and isinstance(new_inside, dict):
        yield from _mappings(path, old_inside, new_inside, unknown)
    elif isinstance(old_inside, list) and isinstance(new_inside, list):
        yield from _lists(path, name, old_inside, new_inside, unknown)
    elif weaker(name, old, new):
        yield path, "weaker", old, new


def _mappings(path: str, old: Mapping[str, Any], new: Mapping[str, Any], unknown: Any) -> Iterator[Found]:
    flags = unknown if isinstance(unknown, dict) else {}
    for key in sorted(old):
        yield from _compare(f"{path}.{key}", key, old[key], new.get(key), flags.get(key))


def _lists(path: str, name: str, old: list[Any], new: list[Any], unknown: Any) -> Iterator[Found]:
    flags = unknown if isinstance(unknown, list) else []
    for label, one, other, position in matched(old, new):
        here = f"{path}[{label}]" if label else path
        if position is None:
            yield here, "an entry is taken away", one, new
        else:
            flag = flags[position] if position < len(flags) else None
            yield from _compare(here, name, one, other, flag)


def _empty(value: Any) -> bool:
    """Whether there is nothing to lose in a value."""
    return value is None or value is False or value in ("", 0) or value in ([], {})


def check(unit: str, layer: str, losses: Iterable[Loss], accepted: Named) -> None:
    """Raise Losing when a plan takes something that ``accepted`` does not name."""
    left = [loss for loss in losses if not accepted.covers(layer, *loss.names)]
    if not left:
        return
    count = "something" if len(left) == 1 else f"{len(left)} things"
    raise Losing(
        f"{unit} would take {count} from the account.",
        why="\n".join(line for loss in left for line in loss.lines()),
        hint=f"dpctl adopt, which writes what stands into env.yaml; or accept it: --accept '{left[0].name}'"
        + (", one for each" if len(left) > 1 else ""),
    )
