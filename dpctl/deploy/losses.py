"""What a plan takes from the account: one rule for every resource type, read from the plan's JSON.

A loss is a value that becomes null, empty, shorter (a list or map that loses entries) or weaker (a protection
switched off), or a resource deleted or replaced that was adopted or holds something. Text that is JSON
(policies, definitions) is compared as what it says. What is not known before the apply is judged at the
unit's turn, when it is. The format: https://developer.hashicorp.com/terraform/internals/json-format.

What an apply of ours made and what holds nothing is ours to change: of that, only what somebody else has put
there since is lost (docs/decisions/0016-what-is-ours-to-change.md).
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from dpctl.deploy import selectors
from dpctl.deploy.guard import Refused, holding, named_in
from dpctl.deploy.imported import Origins
from dpctl.deploy.keepsakes import CODE
from dpctl.deploy.named import Named
from dpctl.deploy.ours import changeable, roles_that_may_go
from dpctl.deploy.values import HIDDEN, is_statement, matched, parsed, secret, show
from dpctl.deploy.weaker import weaker

DELETE = "delete"
TAINTED = "replace_because_tainted"
KEEP = "dpctl adopt, which writes what stands into env.yaml"


@dataclass(frozen=True)
class Loss:
    """What one resource loses. ``attribute`` is a dotted path; empty when all of the resource goes.

    ``how`` says it in words; ``old`` and ``new`` are values as text, in full, without secrets; ``hint`` is
    the way without the loss, where it is another than to keep what stands. ``tainted``: it would be replaced
    only because making it failed half way, and Terraform does not trust it.
    """

    address: str
    attribute: str
    how: str
    old: str = ""
    new: str = ""
    hint: str = ""
    tainted: bool = False

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
    """A plan takes something that nobody has accepted by name. ``losses`` is all that it takes."""

    def __init__(self, what: str, *, losses: tuple[Loss, ...], why: str = "", hint: str = "") -> None:
        super().__init__(what, why=why, hint=hint)
        self.losses = losses


def find(
    document: Mapping[str, Any] | None,
    origins: Origins | None = None,
    *,
    destroying: bool = False,
    staying: Collection[str] = (),
) -> tuple[Loss, ...]:
    """The losses in a plan (``show -json``), by address; ``origins`` is what earlier runs wrote down.

    ``staying`` are addresses whose deletion will not take place (``ours.let_go``).
    """
    found: list[Loss] = []
    document, origins = document or {}, origins or Origins()
    written = _written(document)
    may_go = roles_that_may_go(document, origins) | frozenset(staying)
    types = holding(destroying=destroying)
    for resource in document.get("resource_changes") or []:
        if resource.get("mode", "managed") != "managed":
            continue
        actions = list(resource["change"].get("actions") or [])
        if DELETE in actions and resource["address"] not in may_go:
            found += _whole(resource, origins, types)
        elif "update" in actions:
            found += _within(resource, origins, written)
    return tuple(sorted(found, key=lambda loss: (loss.address, loss.attribute)))


def _within(resource: Mapping[str, Any], origins: Origins, written: Mapping[str, Any]) -> Iterator[Loss]:
    """The losses in a resource that stays."""
    address, kind, change = str(resource["address"]), str(resource.get("type")), resource["change"]
    lost = list(_attributes(kind, change))
    if changeable(resource, origins):
        before = written.get(address)
        mine = list(_attributes(kind, {**change, "before": before})) if before else lost
        lost = [one for one in lost if one not in mine]
    for path, how, old, new in lost:
        name = re.split(r"[.\[]", path, maxsplit=1)[0]
        hidden = secret(change.get("before_sensitive"), name) or secret(change.get("after_sensitive"), name)
        last = path.rpartition(".")[2]
        shown = (HIDDEN, HIDDEN) if hidden else (show(old, last), show(new, last))
        yield Loss(address, path, how, *shown)


def _written(document: Mapping[str, Any]) -> dict[str, Any]:
    """What the state says of resources that somebody has changed since: the values of our last apply."""
    drift = document.get("resource_drift") or []
    return {str(one["address"]): (one.get("change") or {}).get("before") or {} for one in drift}


def _whole(resource: Mapping[str, Any], origins: Origins, types: Collection[str]) -> Iterator[Loss]:
    what = _what_goes(resource, str(resource["address"]) in origins.adopted, types)
    if what:
        tainted = resource.get("action_reason") == TAINTED
        yield Loss(str(resource["address"]), "", _gone(resource, what), tainted=tainted)


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


Found = tuple[str, str, Any, Any]


def _attributes(kind: str, change: Mapping[str, Any]) -> Iterator[Found]:
    before, after = change.get("before") or {}, change.get("after") or {}
    if kind == selectors.TRAIL:
        before, after = selectors.comparable(before, after)
    unknown, code = change.get("after_unknown") or {}, CODE.get(kind, frozenset())
    for name in sorted(before):
        if name == "tags_all" and "tags" in before and before["tags"]:
            continue  # the same tags again
        if name in code:
            continue  # a copy is kept
        yield from _compare(name, name, before[name], after.get(name), unknown.get(name))


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
    elif isinstance(old_inside, dict | list) or isinstance(new_inside, dict | list):
        # of two shapes nothing is compared: it is kept only as one of several, or as the only one
        if old_inside != [new_inside] and not (isinstance(new_inside, list) and old_inside in new_inside):
            yield path, "taken away", old, new
    elif weaker(name, old, new):
        yield path, "weaker", old, new


def _mappings(path: str, old: Mapping[str, Any], new: Mapping[str, Any], unknown: Any) -> Iterator[Found]:
    flags = unknown if isinstance(unknown, dict) else {}
    for key in sorted(old):
        if (key == "Id" and "Statement" in old) or (key == "Sid" and is_statement(old)):
            continue  # the name of a policy, or of a statement, which decides nothing
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


def check(unit: str, layer: str, losses: Iterable[Loss], accepted: Named, line: str = "") -> None:
    """Raise Losing when a plan takes something that ``accepted`` does not name; ``line`` asked for it."""
    losses = tuple(losses)
    left = [loss for loss in losses if not accepted.covers(layer, *loss.names)]
    if not left:
        return
    count = "something" if len(left) == 1 else f"{len(left)} things"
    ways = "; ".join(dict.fromkeys(loss.hint or KEEP for loss in left if not loss.tainted))
    if tainted := [loss.address for loss in left if loss.tainted]:
        trust = f"dpctl state untaint --layer {layer} {shlex.join(tainted)}, which keeps what was made"
        ways = f"{trust}; {ways}" if ways else trust
    raise Losing(
        f"{unit} would take {count} from the account.",
        losses=losses,
        why="\n".join(line for loss in left for line in loss.lines()),
        hint=f"{ways}; or accept it: "
        + named_in(line, "--accept", left[0].name)
        + (", one for each" if len(left) > 1 else ""),
    )
