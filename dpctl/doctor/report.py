"""The diagnosis as text: the verdict, the chain of checks, the paths hop by hop, and how to fix it."""

from __future__ import annotations

import shlex
from collections.abc import Collection, Iterator

from dpctl.amounts import amount
from dpctl.doctor import catalogue, fixes
from dpctl.doctor import snapshot as s
from dpctl.doctor.diagnosis import Diagnosis
from dpctl.doctor.finding import COUNTED, MARKS, Finding
from dpctl.doctor.paths import Path
from dpctl.visible import visible_line

OUTCOMES = {"open": "✓", "blocked": "✗", "unknown": "?"}
INDENT = " " * 20


def text(diagnosis: Diagnosis, verbose: int = 0, done: Collection[str] = ()) -> str:
    """The whole report; with ``verbose`` the evidence of every check and every path."""
    lines = [*_head(diagnosis), "", *verdict(diagnosis), "", "The chain"]
    for finding in diagnosis.findings:
        lines += _finding(finding, verbose)
    lines += _paths(diagnosis, verbose)
    told = s.unseen(diagnosis.snapshot.unknown.values())
    lines += ["", *map(visible_line, told)] if told else []
    fixes = list(_fixes(diagnosis))
    lines += ["", *fixes] if fixes else []
    if done:
        lines += ["", "Done", *(f"  {line}" for line in done)]
    return "\n".join(lines).rstrip() + "\n"


def listing() -> str:
    """All checks, one on a line."""
    checks = catalogue.by_code(catalogue.CONNECTION)
    width = max(len(one.group) for one in checks)
    return "".join(f"{one.code}  {one.group:<{width}}  {one.title}\n" for one in checks)


def summary(diagnosis: Diagnosis) -> str:
    """One line: how many checks ended how."""
    counts = [f"{n} {word}" for result, word in COUNTED.items() if (n := diagnosis.count(result))]
    return f"{', '.join(counts)}; {diagnosis.snapshot.calls} API calls"


def _head(diagnosis: Diagnosis) -> Iterator[str]:
    connection = diagnosis.snapshot.known(s.CONNECTION)
    expected = diagnosis.snapshot.known(s.EXPECTED)
    caller = diagnosis.snapshot.known(s.CALLER)
    name = connection.name if connection else expected.connection if expected else "the connection"
    where = f" ({caller.account}, {caller.region})" if caller else ""
    status = (connection.status or "never tested") if connection else "not found or not seen"
    yield visible_line(f'Glue connection "{name}"{where}: {status}')
    if connection and connection.reason:
        yield visible_line(f"  Glue says: {connection.reason.strip()}")


def verdict(diagnosis: Diagnosis) -> Iterator[str]:
    """The verdict, and what it brings with it, a line each."""
    found = diagnosis.verdict
    if found is None:
        yield f"Verdict  {_health(diagnosis)}"
        yield from _ends(diagnosis)
        return
    yield f"Verdict  {found.code}  {found.title}"
    for line in found.explanation.splitlines():
        yield f"               {line}"
    if found.cause:
        cause = next(one for one in diagnosis.findings if one.code == found.cause)
        yield f"Because  {cause.code}  {cause.evidence[0]}"
    for code in found.also:
        other = next(one for one in diagnosis.findings if one.code == code)
        yield f"Also     {code}  {other.evidence[-1]}"
    if found.consequences:
        yield f"Follows  {', '.join(found.consequences)} (consequences: they go away with it)"


def _health(diagnosis: Diagnosis) -> str:
    """What can be said where no fault was found: no more than was seen."""
    blind = diagnosis.count("error")
    if blind == len(diagnosis.findings):
        return "nothing could be seen: this says nothing about the connection."
    if blind or diagnosis.blind:
        looked = f"; {amount(blind, 'check')} could not look" if blind else ", and not everything was seen"
        return f"nothing is broken that can be seen{looked}."
    if diagnosis.partial:
        asked = amount(len(diagnosis.findings), "check")
        return f"the {asked} asked for found nothing; the others did not run."
    return "nothing is broken."


def _ends(diagnosis: Diagnosis) -> Iterator[str]:
    """Where the walks end that nobody can follow from here."""
    for path in diagnosis.paths:
        hop = next((one for one in path.hops if one.outcome == "unknown" and not one.permission), None)
        if hop is not None and path.to.required:
            yield f"Unseen   {path.to.name}: {hop.text}"


def _finding(finding: Finding, verbose: int) -> Iterator[str]:
    mark, word = MARKS[finding.result]
    follows = f" (follows from {', '.join(finding.follows)})" if finding.follows else ""
    yield f"  {mark} {word:<8} {finding.code}  {finding.title}{follows}"
    if verbose or (finding.result in {"fail", "warn", "error"} and not finding.follows):
        for line in finding.evidence:
            yield INDENT + line


def _paths(diagnosis: Diagnosis, verbose: int) -> Iterator[str]:
    """With -v all paths; without, one of those that end at the same hop, and the names of the others."""
    seen: dict[tuple[str, str], list[str]] = {}
    for path in diagnosis.paths:
        end = path.ends_at
        key = (end.code, end.resource) if end else ("", "")
        same = seen.setdefault(key, [])
        same.append(path.to.name)
        if verbose or (path.outcome != "open" and (end is None or len(same) == 1)):
            yield ""
            yield from _path(path)
    if verbose:
        return
    for (code, resource), names in seen.items():
        if code and len(names) > 1:
            yield f"Ending at {resource} as well: {', '.join(names[1:])}"
    still = [path.to.name for path in diagnosis.paths if path.outcome == "open"]
    if still:
        yield ""
        yield f"Open: {', '.join(still)} ({diagnosis.command} -v shows every hop)"


def _path(path: Path) -> Iterator[str]:
    need = "" if path.to.required else ", for jobs only"
    yield visible_line(f"The way to {path.to.host}:{path.to.port} ({path.to.why}{need})")
    for hop in path.hops:
        end = f"  <- it ends here ({hop.code})" if hop is path.ends_at else ""
        yield f"  {OUTCOMES[hop.outcome]} {hop.kind:<24} {hop.text}{end}"


def _fixes(diagnosis: Diagnosis) -> Iterator[str]:
    shown: set[str] = set()
    verdict = diagnosis.verdict
    codes = [verdict.code, *verdict.also] if verdict else []
    rest = [one.code for one in diagnosis.findings if one.result == "warn"]
    for code in [*codes, *rest]:
        finding = next((one for one in diagnosis.findings if one.code == code), None)
        if finding is None or finding.fix is None or finding.fix.text in shown:
            continue
        shown.add(finding.fix.text)
        yield f"Fix {code} ({finding.fix.kind}): {finding.fix.text}"
        for command in finding.fix.commands:
            yield f"  $ {command}"
    if verdict and not diagnosis.snapshot.known(s.ACTIVE) and _helps(diagnosis):
        yield visible_line(f"Let the doctor do it: {_command(diagnosis)} --fix")


def _helps(diagnosis: Diagnosis) -> bool:
    """Whether --fix has anything to do: it is offered only then."""
    plan = fixes.make(diagnosis)
    return not plan.empty or (plan.retest and not plan.left)


def _command(diagnosis: Diagnosis) -> str:
    expected = diagnosis.snapshot.known(s.EXPECTED)
    if expected and expected.env:
        return f"{diagnosis.command} doctor glue-connection --env {expected.env}"
    connection, caller = diagnosis.snapshot.known(s.CONNECTION), diagnosis.snapshot.known(s.CALLER)
    name = connection.name if connection else "NAME"
    region = caller.region if caller else "REGION"
    return f"{diagnosis.command} doctor glue-connection --connection {shlex.quote(name)} --region {region}"
