"""All checks over one snapshot, and what they add up to."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any, Literal

from dpctl import SCHEMA_VERSION
from dpctl.aws import in_sandbox
from dpctl.doctor import snapshot as s
from dpctl.doctor.catalogue import CONNECTION
from dpctl.doctor.checks import ALL
from dpctl.doctor.finding import Finding
from dpctl.doctor.paths import Path
from dpctl.doctor.reach import walk_all
from dpctl.doctor.snapshot import COMMAND, CannotSee, Snapshot
from dpctl.doctor.verdict import Verdict, judge
from dpctl.errors import ExitCode, UsageError

FailOn = Literal["warn", "fail"]
# Sections that tell collect what else to ask about: whoever can't see them can't see all.
HELPERS = frozenset({"encryption"})


@dataclass(frozen=True)
class Diagnosis:
    """What the doctor found: findings in the order of their codes, the paths, and the verdict.

    ``partial`` is whether checks were chosen or left out.
    """

    snapshot: Snapshot
    findings: tuple[Finding, ...]
    paths: tuple[Path, ...]
    verdict: Verdict | None
    partial: bool = False

    @property
    def command(self) -> str:
        """How dpctl is called for the account that was looked at."""
        return self.snapshot.command

    def ok(self, fail_on: FailOn = "fail") -> bool:
        """Whether nothing is broken; with ``warn``, whether there is no warning either."""
        bad = {"fail"} if fail_on == "fail" else {"fail", "warn", "error"}
        return self.verdict is None and not any(finding.result in bad for finding in self.findings)

    @property
    def blind(self) -> tuple[str, ...]:
        """What AWS did not tell and a check needed: permissions, or calls with the error they ended in."""
        needed = {name for check in ALL if check.code in self.codes for name in check.reads}
        unseen = {one.need for name, one in self.snapshot.unknown.items() if name in needed | HELPERS}
        return tuple(sorted(one for one in unseen if one))

    @property
    def codes(self) -> frozenset[str]:
        """The checks that ran."""
        return frozenset(finding.code for finding in self.findings)

    def exit_code(self, fail_on: FailOn = "fail") -> ExitCode:
        """1 for a fault; else 4 where something that was needed could not be seen: that is no health."""
        if not self.ok(fail_on):
            return ExitCode.FAILED
        return ExitCode.ACCESS if self.blind else ExitCode.OK

    def count(self, result: str) -> int:
        """How many checks ended like this."""
        return sum(1 for finding in self.findings if finding.result == result)


def diagnose(snapshot: Snapshot, only: Collection[str] = (), skip: Collection[str] = ()) -> Diagnosis:
    """Run the checks. Raises UsageError for a code that does not exist."""
    wrong = [code for code in (*only, *skip) if code not in {one.code for one in CONNECTION}]
    if wrong:
        raise UsageError(f"There is no check {', '.join(wrong)}.", hint="dpctl doctor glue-connection --list")
    chosen = [check for check in ALL if (not only or check.code in only) and check.code not in skip]
    verdict, findings = judge(snapshot, tuple(check.run(snapshot).plain() for check in chosen))
    try:
        paths = walk_all(snapshot)
    except CannotSee:
        paths = ()
    called = tuple(calling(finding, snapshot.command) for finding in findings)
    return Diagnosis(snapshot, called, paths, verdict, bool(only or skip))


def calling(finding: Finding, command: str) -> Finding:
    """The finding with its fix's commands as they are called here: in the sandbox those that go to it."""
    if finding.fix is None or command == COMMAND:
        return finding
    commands = tuple(
        command + one.removeprefix(COMMAND) if one.startswith(f"{COMMAND} ") else in_sandbox(one)
        for one in finding.fix.commands
    )
    return replace(finding, fix=replace(finding.fix, commands=commands))


def to_document(
    diagnosis: Diagnosis, fixed: Collection[str] = (), fail_on: FailOn = "fail"
) -> dict[str, Any]:
    """The document of ``doctor glue-connection --json``; docs/schemas/doctor.schema.json describes it."""
    connection = diagnosis.snapshot.known(s.CONNECTION)
    expected = diagnosis.snapshot.known(s.EXPECTED)
    return {
        "schema_version": SCHEMA_VERSION,
        "ok": diagnosis.exit_code(fail_on) == ExitCode.OK,
        "connection": connection.name if connection else expected.connection if expected else None,
        "status": connection.status if connection else None,
        "reason": connection.reason if connection else None,
        "verdict": diagnosis.verdict.as_dict() if diagnosis.verdict else None,
        "findings": [finding.as_dict() for finding in diagnosis.findings],
        "paths": [_path(path) for path in diagnosis.paths],
        "missing_permissions": s.missing_permissions(diagnosis.snapshot.unknown.values()),
        "unanswered": sorted({one.need for one in diagnosis.snapshot.unknown.values() if not one.denied}),
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
