"""What a check is, and the few ways in which it can end."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from dpctl.doctor import model as m
from dpctl.doctor import snapshot as s
from dpctl.doctor.finding import Finding, Fix, Result
from dpctl.doctor.paths import Hop, Path, hops_of
from dpctl.doctor.reach import READS
from dpctl.doctor.snapshot import CannotSee, Section, Snapshot, View, wanting


@dataclass(frozen=True)
class Check:
    """One check: its code, the sections it reads (and no others), and the function."""

    code: str
    reads: frozenset[str]
    ask: Callable[[View], Finding]

    def run(self, snapshot: Snapshot) -> Finding:
        """The finding; what can't be seen gives the result ``error`` with the missing permission."""
        try:
            return self.ask(View(snapshot, self.reads))
        except CannotSee as blind:
            text = f"{blind.section.replace('_', ' ')} can't be seen: {blind.unknown.reason}"
            need = wanting(blind.unknown.need)
            return Finding(self.code, "error", "", (text, need), permission=blind.unknown.need)


def check(
    code: str, *sections: Section[Any], walks: bool = False
) -> Callable[[Callable[[View], Finding]], Check]:
    """Declare a check and what it reads; ``walks`` adds what the paths are made of."""
    names = {section.name for section in sections} | (set(READS) if walks else set())

    def wrap(ask: Callable[[View], Finding]) -> Check:
        return Check(code, frozenset(names), ask)

    return wrap


def ended(
    code: str,
    result: Result,
    resource: str,
    evidence: Iterable[str],
    fix: Fix | None = None,
    permission: str = "",
    *,
    inferred: bool = False,
) -> Finding:
    """A finding; equal lines of evidence are kept once, and a fix only where something is wrong."""
    lines = tuple(dict.fromkeys(line for line in evidence if line))
    wrong = result in {"fail", "warn"}
    return Finding(
        code, result, resource, lines, fix if wrong else None, permission=permission, inferred=inferred
    )


def skipped(code: str, why: str) -> Finding:
    """A check that does not apply."""
    return Finding(code, "skip", "", (why,))


def connection_of(facts: View) -> m.Connection | None:
    """The connection, when it has a place in a network."""
    connection = facts[s.CONNECTION]
    return connection if connection and connection.subnet else None


def subnet_of(facts: View) -> m.Subnet | None:
    """The connection's subnet."""
    connection = connection_of(facts)
    return s.find(facts[s.SUBNETS], connection.subnet) if connection else None


def from_hops(code: str, paths: Iterable[Path], fix: Callable[[list[Hop]], Fix], nothing: str) -> Finding:
    """The finding that the hops of a check add up to."""
    paths = tuple(paths)
    found = hops_of(paths, code)
    if not found:
        return skipped(code, nothing)
    broken = [hop for hop in hops_of(paths, code, required=True) if hop.outcome == "blocked"]
    weak = [hop for hop in hops_of(paths, code, required=False) if hop.outcome == "blocked"]
    unseen = [hop for hop in found if hop.outcome == "unknown"]
    resource = ", ".join(dict.fromkeys(hop.resource for hop in (broken or weak or unseen or found)))
    if broken:
        lines = [hop.text for hop in [*broken, *weak]]
        return ended(code, "fail", resource, lines, fix(broken), inferred=all(hop.inferred for hop in broken))
    if any(hop.permission for hop in unseen):
        permission = next(hop.permission for hop in unseen if hop.permission)
        return ended(
            code, "error", resource, [*(hop.text for hop in unseen), wanting(permission)], None, permission
        )
    if weak or unseen:
        return ended(code, "warn", resource, [hop.text for hop in [*weak, *unseen]], fix(weak or unseen))
    return ended(code, "pass", resource, [hop.text for hop in found])


def terraform(facts: View, layers: str, text: str, api: tuple[str, ...] = ()) -> Fix:
    """A change that Terraform makes where env.yaml manages the connection, and the API elsewhere.

    ``layers`` are all that it takes, with a space between: a command that is printed must do alone.
    """
    expected = facts[s.EXPECTED]
    if expected and expected.env:
        words = " ".join(f"--layer {layer}" for layer in layers.split())
        return Fix("terraform", text, (f"dpctl apply --env {expected.env} {words}",))
    return Fix("api" if api else "manual", text, api)
