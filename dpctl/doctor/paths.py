"""Hops, and the paths they make."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from dpctl.doctor.firewall import Outcome
from dpctl.doctor.requirements import Destination


@dataclass(frozen=True)
class Hop:
    """One thing a packet passes: what, which one, whether it passes, why, and the check it belongs to.

    ``inferred`` marks a blocked hop that is concluded, not proven.
    """

    kind: str
    resource: str
    outcome: Outcome
    text: str
    code: str
    permission: str = ""
    label: str = ""
    inferred: bool = False


@dataclass(frozen=True)
class Path:
    """All hops on the way to one destination."""

    to: Destination
    hops: tuple[Hop, ...]

    @property
    def ends_at(self) -> Hop | None:
        """The first hop that does not let the packet through."""
        return next((hop for hop in self.hops if hop.outcome == "blocked"), None)

    @property
    def inferred(self) -> bool:
        """Whether it is blocked by nothing that is proven."""
        blocked = [hop for hop in self.hops if hop.outcome == "blocked"]
        return bool(blocked) and all(hop.inferred for hop in blocked)

    @property
    def outcome(self) -> Outcome:
        """``blocked`` when any hop is, ``open`` when every hop is."""
        seen = {hop.outcome for hop in self.hops}
        return "blocked" if "blocked" in seen else "unknown" if "unknown" in seen else "open"


def hops_of(paths: Iterable[Path], code: str, *, required: bool | None = None) -> list[Hop]:
    """The hops of a check, in the order of the paths."""
    return [
        hop
        for path in paths
        if required is None or path.to.required == required
        for hop in path.hops
        if hop.code == code
    ]
