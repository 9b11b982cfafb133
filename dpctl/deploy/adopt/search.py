"""Looks for what a plan would create: which of it exists, and what could not be looked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from dpctl.deploy.adopt.inventory import Inventory, NotKnown, Values
from dpctl.deploy.adopt.registry import HARMLESS, KINDS
from dpctl.deploy.changes import Change
from dpctl.errors import AwsError

LOOKUPS_AT_ONCE = 4


@dataclass(frozen=True, order=True)
class Adoption:
    """Something that exists and will be imported. ``id`` is the provider's import id."""

    address: str
    type: str
    id: str

    @property
    def title(self) -> str:
        """What it is, in words."""
        return KINDS[self.type].title if self.type in KINDS else self.type


@dataclass(frozen=True, order=True)
class NotAdopted:
    """Something that the plan creates and that could not be looked for, and why.

    ``error`` is AWS's, where it did not let us look: it may be there, and be overwritten; `apply` refuses it.
    """

    address: str
    type: str
    reason: str
    error: AwsError | None = field(default=None, compare=False)


class Search:
    """One unit's search, over as many plans as it takes.

    What waits for a value that is not known yet (a setting of a bucket, before the bucket is imported) is
    looked for again in the next plan.
    """

    def __init__(self, inventory: Inventory) -> None:
        self.inventory = inventory
        self._adopted: dict[str, Adoption] = {}
        self._not_adopted: dict[str, NotAdopted] = {}
        self._waiting: set[str] | None = None

    @property
    def adopted(self) -> tuple[Adoption, ...]:
        """What was found, by address."""
        return tuple(sorted(self._adopted.values()))

    @property
    def not_adopted(self) -> tuple[NotAdopted, ...]:
        """What could not be looked for, by address."""
        return tuple(sorted(self._not_adopted.values()))

    def worthwhile(self, changes: Iterable[Change]) -> bool:
        """Whether a plan creates something that has not been looked for."""
        created = [change for change in changes if change.action == "create" and change.type not in HARMLESS]
        if self._waiting is None:
            return bool(created)
        return any(change.address in self._waiting for change in created)

    def look(self, document: Mapping[str, Any]) -> tuple[Adoption, ...]:
        """Look for everything that a plan (``show -json``) creates; returns what was found this time."""
        targets = [target for target in created(document) if self._open(target["address"])]
        self._waiting = set()
        with ThreadPoolExecutor(LOOKUPS_AT_ONCE) as pool:
            found = [adoption for adoption in pool.map(self._resolve, targets) if adoption is not None]
        self._adopted |= {adoption.address: adoption for adoption in found}
        return tuple(sorted(found))

    def _open(self, address: str) -> bool:
        return self._waiting is None or address in self._waiting

    def _resolve(self, target: Mapping[str, Any]) -> Adoption | None:
        address, kind = str(target["address"]), str(target["type"])
        if kind in HARMLESS:
            return None
        if kind not in KINDS:
            self._not_adopted[address] = NotAdopted(
                address, kind, "dpctl does not know how to look for this type"
            )
            return None
        assert self._waiting is not None
        try:
            found = KINDS[kind].resolve(Values(target["change"].get("after") or {}), self.inventory)
        except NotKnown:
            self._waiting.add(address)
            return None
        except AwsError as error:
            self._not_adopted[address] = NotAdopted(address, kind, f"{error.what} {error.why}".strip(), error)
            return None
        return Adoption(address, kind, found) if found else None


def created(document: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The entries of a plan's JSON for resources that it creates, and does not replace."""
    for resource in document.get("resource_changes") or []:
        if resource.get("mode") == "managed" and resource["change"]["actions"] == ["create"]:
            yield resource
