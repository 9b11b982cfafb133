"""All checks over one snapshot, and what they add up to."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Literal

from dpctl import SCHEMA_VERSION
from dpctl.doctor import snapshot as s
from dpctl.doctor.checks import ALL
from dpctl.doctor.finding import CODES, Finding
from dpctl.doctor.paths import Path
from dpctl.doctor.reach import walk_all
from dpctl.doctor.snapshot import CannotSee, Snapshot
from dpctl.doctor.verdict import Verdict, judge
from dpctl.errors import UsageError

FailOn = Literal["warn", "fail"]


@dataclass(frozen=True)
class Diagnosis:
    """What the doctor found: findings in the order of their codes, the paths, and the verdict."""

    snapshot: Snapshot
    findings: tuple[Finding, ...]
    paths: tuple[Path, ...]
    verdict: Verdict | None

    def ok(self, fail_on: FailOn = "fail") -> bool:
        """Whether nothing failed; with ``warn``, whether there is no warning either."""
        bad = {"fail"} if fail_on == "fail" else {"fail", "warn", "error"}
        return not any(finding.result in bad for finding in self.findings)

    def count(self, result: str) -> int:
        """How many checks ended like this."""
        return sum(1 for finding in self.findings if finding.result == result)


def diagnose(snapshot: Snapshot, only: Collection[str] = (), skip: Collection[str] = ()) -> Diagnosis:
    """Run the checks. Raises UsageError for a code that does not exist."""
    wrong = [code for code in (*only, *skip) if code not in CODES]
    if wrong:
        raise UsageError(f"There is no check {', '.join(wrong)}.", hint="dpctl doctor glue-connection --list")
    chosen = [check for check in ALL if (not only or check.code in only) and check.code not in skip]
    verdict, findings = judge(snapshot, tuple(check.run(snapshot) for check in chosen))
    try:
        paths = walk_all(snapshot)
    except CannotSee:
        paths = ()
    return Diagnosis(snapshot, findings, paths, verdict)


def to_document(
    diagnosis: Diagnosis, fixed: Collection[str] = (), fail_on: FailOn = "fail"
) -> dict[str, Any]:
    """The document of ``doctor glue-connection --json``; docs/schemas/doctor.schema.json describes it."""
    connection = diagnosis.snapshot.known(s.CONNECTION)
    expected = diagnosis.snapshot.known(s.EXPECTED)
    return {
        "schema_version": SCHEMA_VERSION,
        "ok": diagnosis.ok(fail_on),
        "connection": connection.name if connection else expected.connection if expected else None,
        "status": connection.status if connection else None,
        "reason": connection.reason if connection else None,
        "verdict": diagnosis.verdict.as_dict() if diagnosis.verdict else None,
        "findings": [finding.as_dict() for finding in diagnosis.findings],
        "paths": [_path(path) for path in diagnosis.paths],
        "missing_permissions": sorted({one.permission for one in diagnosis.snapshot.unknown.values()}),
        "calls": diagnosis.snapshot.calls,
        "fixed": list(fixed),
    }


def _path(path: Path) -> dict[str, Any]:
    return {
        "to": path.to.name,
        "host": path.to.host,
        "port": path.to.port,
        "required": path.to.required,
        "outcome": path.outcome,
        "hops": [
            {
                "kind": hop.kind,
                "resource": hop.resource,
                "outcome": hop.outcome,
                "text": hop.text,
                "code": hop.code,
            }
            for hop in path.hops
        ],
    }
