"""From findings to the one thing to fix first.

Root causes are the failed checks that no other failed check explains. Among them, those that Glue's own words
point to come first, then the order of the chain: subnet, routes, endpoints, security groups, role, secret,
warehouse. What follows from another fault is marked as its consequence.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from dpctl.doctor import model as m
from dpctl.doctor import snapshot as s
from dpctl.doctor.catalogue import BY_CODE, CONNECTION
from dpctl.doctor.finding import Finding
from dpctl.doctor.reasons import Signature, classify
from dpctl.doctor.snapshot import Snapshot

ROUTE_LABELS = {
    "IGW-TRAP": "A public route: Glue's network interfaces have no public address.",
    "ISOLATED": "The subnet has no route to AWS's services, and the VPC has no endpoints for them.",
    "BLACKHOLE": "The subnet's route leads to something that is gone.",
}
CHAIN = tuple(one.code for one in CONNECTION)
# A wrong subnet is why these fail: another subnet has other routes, ACLs and addresses.
OF_THE_SUBNET = frozenset({"GC04", "GC06", "GC08", "GC09", "GC10", "GC19"})


@dataclass(frozen=True)
class Verdict:
    """The most likely root cause; ``cause`` is what brought it about, ``also`` other independent faults."""

    code: str
    title: str
    explanation: str
    cause: str = ""
    consequences: tuple[str, ...] = ()
    also: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """The shape of ``verdict`` in ``doctor --json``."""
        return {
            "code": self.code,
            "title": self.title,
            "explanation": self.explanation,
            "cause": self.cause or None,
            "consequences": list(self.consequences),
            "also": list(self.also),
        }


def judge(snapshot: Snapshot, findings: Iterable[Finding]) -> tuple[Verdict | None, tuple[Finding, ...]]:
    """The verdict, None when nothing is wrong, and the findings with their consequences marked."""
    connection = snapshot.known(s.CONNECTION)
    failed = connection is not None and connection.status.upper() == "FAILED"
    signature = words_of(snapshot) if failed else None
    weighed = tuple(_weigh(finding, connection, signature) for finding in findings)
    marked = tuple(_mark(finding, weighed, snapshot, signature) for finding in weighed)
    roots = sorted(
        (one for one in marked if one.result == "fail" and not one.follows),
        key=lambda one: (one.code != "GC01" or _is_symptom(snapshot), *_rank(one.code, signature)),
    )
    if not roots:
        return (_unexplained(marked, signature) if failed else None), marked
    first = roots[0]
    cause = "GC05" if first.code in OF_THE_SUBNET and any(one.code == "GC05" for one in roots) else ""
    if first.code == "GC01" and failed and connection and connection.subnet:
        return _unexplained(marked, signature), marked
    verdict = Verdict(
        first.code,
        _title(first, snapshot),
        _explain(first),
        cause,
        tuple(one.code for one in marked if one.follows and one.result == "fail"),
        tuple(one.code for one in roots[1:] if one.code != cause),
    )
    return verdict, marked


def words_of(snapshot: Snapshot) -> Signature | None:
    """What Glue's own words point to: those of the connection, or else those of its log."""
    connection, logs = snapshot.known(s.CONNECTION), snapshot.known(s.LOGS)
    lines = [one.text for one in logs.lines if not one.job] if logs else []
    said = [connection.reason if connection else "", *lines]
    return next((found for text in said if (found := classify(text))), None)


def _weigh(finding: Finding, connection: m.Connection | None, signature: Signature | None) -> Finding:
    """An inference is a fault only where Glue's own words agree with it; READY outweighs it."""
    if finding.result != "fail" or not finding.inferred or connection is None:
        return finding
    status = connection.status.upper()
    if status == "FAILED" and (signature is None or finding.code in {*signature.checks, "GC11"}):
        return finding
    if status == "READY":
        when = f" ({connection.validated_at})" if connection.validated_at else ""
        why = f"Glue's last test{when} was READY, which outweighs this: it is an inference, no proof"
    else:
        why = "this is an inference from what can be seen, no proof"
    return replace(finding, result="warn", evidence=(*finding.evidence, why))


def _mark(
    finding: Finding, all_findings: tuple[Finding, ...], snapshot: Snapshot, signature: Signature | None
) -> Finding:
    """Name the faults that a failed finding follows from."""
    if finding.result != "fail":
        return finding
    broken = {one.code for one in all_findings if one.result == "fail"} - {finding.code}
    if finding.code == "GC11":
        causes = tuple(code for code in CHAIN if code in broken and code not in {"GC01", "GC05", "GC40"})
    elif finding.code == "GC01" and _is_symptom(snapshot):
        causes = tuple(code for code in CHAIN if code in broken and code not in {"GC11", "GC40"})
    elif finding.code in {"GC40", "GC43"}:
        causes = tuple(code for code in CHAIN if code in broken and code not in {"GC11", "GC01", "GC40"})
    else:
        causes = tuple(code for code in BY_CODE[finding.code].follows if code in broken)
        if finding.code == "GC26" and "GC24" in broken and not snapshot.known(s.KEYS):
            causes = ("GC24",)  # Glue's words are all there is, and a wrong secret explains them
        if finding.code == "GC16" and "does not exist" in " ".join(finding.evidence):
            causes = ()
        if signature and signature.checks[0] == finding.code == "GC10" and _isolated(snapshot):
            causes = ()
        if not _elsewhere(snapshot):
            causes = tuple(code for code in causes if code != "GC04")
    return replace(finding, follows=causes)


def _isolated(snapshot: Snapshot) -> bool:
    """Whether the subnet was never meant to have a way out: then what S3 lacks is its endpoint, not a
    route.
    """
    labels = {
        hop.label for path in snapshot.derived.get("paths", ()) for hop in path.hops if hop.code == "GC08"
    }
    return "ISOLATED" in labels


def _is_symptom(snapshot: Snapshot) -> bool:
    """Whether the connection is there and has a place: then FAILED is a result of something else."""
    connection = snapshot.known(s.CONNECTION)
    return connection is not None and bool(connection.subnet)


def _elsewhere(snapshot: Snapshot) -> bool:
    """Whether the subnet is gone, or in another VPC: then everything else about it is wrong as well."""
    connection, subnets = snapshot.known(s.CONNECTION), snapshot.known(s.SUBNETS)
    expected, warehouse = snapshot.known(s.EXPECTED), snapshot.known(s.WAREHOUSE)
    subnet = s.find(subnets or (), connection.subnet) if connection else None
    vpc = expected.vpc if expected and expected.vpc else warehouse.vpc if warehouse else ""
    return subnet is None or bool(vpc and subnet.vpc != vpc)


def _rank(code: str, signature: Signature | None) -> tuple[int, int]:
    named = signature is not None and code in signature.checks
    first = signature is not None and code == signature.checks[0]
    return (0 if first else 1 if named else 2, CHAIN.index(code))


def _title(finding: Finding, snapshot: Snapshot) -> str:
    if finding.code == "GC08":
        for path in snapshot.derived.get("paths", ()):
            for hop in path.hops:
                if hop.code == "GC08" and hop.outcome == "blocked" and hop.label in ROUTE_LABELS:
                    return ROUTE_LABELS[hop.label]
    return BY_CODE[finding.code].fault


def _explain(finding: Finding) -> str:
    return "\n".join(finding.evidence)


def _unexplained(findings: tuple[Finding, ...], signature: Signature | None) -> Verdict:
    """Glue says FAILED, and nothing that can be seen is broken."""
    unseen = [one for one in findings if one.result == "error"]
    suspects = [
        one for one in findings if one.result == "warn" and signature and one.code in signature.checks
    ]
    said = f"Glue said at the last test: {signature.title}. " if signature else ""
    if suspects:
        first = min(suspects, key=lambda one: _rank(one.code, signature))
        return Verdict(first.code, f"Likely: {BY_CODE[first.code].fault}", said + _explain(first), also=())
    if unseen:
        need = ", ".join(dict.fromkeys(one.permission for one in unseen))
        text = f"{said}Not everything could be seen; the missing permissions are: {need}."
        return Verdict("GC01", "The connection failed, and the cause can't be seen.", text)
    text = (
        f"{said}Nothing is broken that can be seen now, and FAILED stays until the next test: test it again."
    )
    return Verdict("GC01", "The connection failed at its last test, and nothing explains it now.", text)
