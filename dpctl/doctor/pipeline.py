"""From a write to the table to the export: is every link of the pipeline there, on, and allowed?

The silent failures come first: a trail without a data-event selector for the table never sends an event, and
nothing anywhere says so. What is examined is what is deployed; an environment without auto-copy or dumps has
no checks for them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from dpctl import SCHEMA_VERSION
from dpctl.doctor import backlog, buckets, dumps, events, inredshift, trial, works
from dpctl.doctor.catalogue import BY_CODE, PIPELINE
from dpctl.doctor.finding import MARKS, Finding
from dpctl.doctor.links import Chain
from dpctl.doctor.snapshot import CannotSee, missing_permissions, unseen, wanting
from dpctl.errors import ExitCode
from dpctl.visible import visible_line


@dataclass(frozen=True)
class Check:
    """A link: what examines it, and the answers without which it is no part of this environment."""

    ask: Callable[[Chain], Finding]
    facts: tuple[str, ...] = ()


CHECKS: dict[str, Check] = {
    "PD13": Check(events.table, ("table",)),
    "PD01": Check(events.trail, ("status",)),
    "PD02": Check(events.selectors, ("selectors",)),
    "PD03": Check(events.rule, ("rule",)),
    "PD04": Check(events.targets, ("targets",)),
    "PD05": Check(events.machine, ("machine",)),
    "PD16": Check(works.stream, ("mappings",)),
    "PD17": Check(works.sweeper, ("sweeper",)),
    "PD06": Check(events.workflow),
    "PD07": Check(events.trigger),
    "PD08": Check(works.roles),
    "PD19": Check(buckets.denials, ("policies",)),
    "PD09": Check(works.job),
    "PD14": Check(works.login, ("secret",)),
    "PD15": Check(works.keys, ("keys",)),
    "PD10": Check(backlog.pending),
    "PD11": Check(backlog.dead_letters),
    "PD12": Check(works.queues, ("queues",)),
    "PD18": Check(inredshift.tables, ("grants",)),
    "PD40": Check(trial.arrived, ("trial",)),
    "PD22": Check(inredshift.copy_jobs, ("jobs",)),
    "PD20": Check(works.integration, ("integrations",)),
    "PD21": Check(works.bucket, ("bucket_policy",)),
    "PD23": Check(works.from_mysql, ("mysql_job",)),
    "PD30": Check(dumps.schedules, ("schedules",)),
    "PD31": Check(dumps.function, ("function",)),
    "PD32": Check(dumps.last, ("dumps", "throttles")),
}


def examine(chain: Chain) -> tuple[Finding, ...]:
    """Every link; what can't be seen is an error, not a fault."""
    checks = ((one.code, CHECKS[one.code]) for one in PIPELINE)
    asked = ((code, one) for code, one in checks if all(chain.has(fact) for fact in one.facts))
    return tuple(_run(code, one.ask, chain) for code, one in asked)


def _run(code: str, check: Callable[[Chain], Finding], chain: Chain) -> Finding:
    try:
        return check(chain).plain()
    except CannotSee as blind:
        need = blind.unknown.need
        lines = (f"{_named(blind.section)} can't be seen: {blind.unknown.reason}", wanting(need))
        return Finding(code, "error", "", lines, permission=need)


def _named(section: str) -> str:
    return "a role" if section.startswith("role:") else section.replace("_", " ")


def exit_code(chain: Chain, findings: tuple[Finding, ...]) -> ExitCode:
    """1 for a broken link; else 4 where one could not be seen."""
    if any(one.result == "fail" for one in findings):
        return ExitCode.FAILED
    blind = any(one.result == "error" for one in findings)
    return ExitCode.ACCESS if blind or chain.unknown else ExitCode.OK


def text(chain: Chain, findings: tuple[Finding, ...]) -> str:
    """The chain as a person reads it; the first broken link is where events stop."""
    lines = [f"From {chain.names.table_arn} to {chain.names.job}", ""]
    for finding in findings:
        mark, word = MARKS[finding.result]
        lines.append(f"  {mark} {word:<8} {finding.code}  {finding.title}")
        lines += [f"                    {line}" for line in finding.evidence if finding.result != "skip"]
    told = unseen(chain.unknown)
    lines += ["", *map(visible_line, told)] if told else []
    lines += ["", *_verdict(chain, findings)]
    return "\n".join(lines) + "\n"


def _verdict(chain: Chain, findings: tuple[Finding, ...]) -> list[str]:
    broken = [one for one in findings if one.result == "fail"]
    lines = []
    if not broken and exit_code(chain, findings) == ExitCode.OK:
        lines.append("Verdict  every link that can be seen holds.")
    elif not broken:
        lines.append("Verdict  no link is broken that can be seen, and not every link can be seen.")
    for number, one in enumerate(broken):
        stop = f"{BY_CODE[one.code].fault} {one.resource or one.title}: {one.evidence[-1]}"
        lines.append(f"{'Also    ' if number else 'Verdict '} {one.code}  {stop}")
    for one in broken:
        if one.fix:
            lines.append(f"Fix {one.code} ({one.fix.kind}): {one.fix.text}")
            lines += [f"  $ {line}" for line in one.fix.commands]
    for weak in findings:
        if weak.result == "warn" and weak.fix and weak.fix.kind == "manual":
            lines += [f"To do ({weak.code}): {weak.fix.text}", *(f"  $ {line}" for line in weak.fix.commands)]
    return lines


def to_document(chain: Chain, findings: tuple[Finding, ...], fixed: tuple[str, ...] = ()) -> dict[str, Any]:
    """The document of ``doctor pipeline --json``."""
    broken = next((one for one in findings if one.result == "fail"), None)
    return {
        "schema_version": SCHEMA_VERSION,
        "ok": exit_code(chain, findings) == ExitCode.OK,
        "env": chain.names.env,
        "verdict": {"code": broken.code, "title": broken.title} if broken else None,
        "findings": [finding.as_dict() for finding in findings],
        "missing_permissions": missing_permissions(chain.unknown),
        "calls": chain.calls,
        "fixed": list(fixed),
    }
