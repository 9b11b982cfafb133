"""A run in words: the previews before the question, the table and the sentence after it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dpctl.amounts import amount, duration
from dpctl.deploy.changes import Count
from dpctl.deploy.describe import plan_lines
from dpctl.deploy.executor import Preview
from dpctl.deploy.plan import RunPlan
from dpctl.deploy.planned import Planned
from dpctl.deploy.result import Result, RunReport, total
from dpctl.errors import DpctlError

DONE = {"plan": "Planned", "apply": "Applied", "destroy": "Destroyed"}
WOULD = {"plan": "Planned", "apply": "Would apply", "destroy": "Would destroy"}
HEADINGS = ("layer", "result", "+", "~", "-", "import", "time", "")
RIGHT = range(2, 7)
RESULTS = {
    "succeeded": "green",
    "unchanged": "dim",
    "failed": "red",
    "skipped": "yellow",
    "excluded": "dim",
    "Planned": "green",
    "Applied": "green",
    "Destroyed": "green",
}
COLORS = {"+": "green", "~": "yellow", "-": "red", "-/+": "red", "+/-": "red"}


def color(line: str) -> str:
    """The colour of a line of a preview or a table: what is added, changed, taken away, lost; the result."""
    words = line.split()
    if not words:
        return ""
    if words[0] == "!":
        return "alarm" if words[1:2] == ["LOSS"] else "yellow"
    if line.startswith("  "):
        return COLORS.get(words[0], "")
    return next((RESULTS[word] for word in words[:2] if word in RESULTS), "")


def preview_text(plan: RunPlan, previews: Mapping[str, Preview], *, values: bool) -> str:
    """Every plan that is there, unit by unit."""
    parts = []
    for step in plan.steps:
        preview = previews[step.layer]
        head = f"{step.unit.name}: {_state(plan, preview)}"
        lines = list(plan_lines(preview.planned, values=values)) if preview.planned else []
        parts.append("\n".join([head, *lines]))
    return "\n\n".join(parts)


def _state(plan: RunPlan, preview: Preview) -> str:
    result = preview.result
    if result.bad or result.result == "excluded":
        return f"{result.result} ({_first(result.reason)})"
    if preview.planned is None:
        return _first(result.reason) or "planned at its turn"
    text = str(result.changes) if result.changes.any else _without_resources(preview.planned)
    if preview.planned.mocked:
        text += f" (estimated: {', '.join(preview.planned.mocked)} not applied yet)"
    elif result.estimated:
        text += " (estimated: planned again at its turn)"
    return text


def _without_resources(planned: Planned) -> str:
    """What a plan is that counts no resource: empty, moves in the state (they are listed), or outputs."""
    if planned.empty:
        return "no changes"
    return "no resource changes" if planned.changes else "only outputs change"


def question(plan: RunPlan, previews: Mapping[str, Preview], account: str, *, sandboxed: bool) -> str:
    """What a person is asked before anything changes."""
    count = total(preview.result.changes for preview in previews.values())
    layers = amount(sum(1 for preview in previews.values() if not preview.settled), "layer")
    where = f"{plan.env} in {'the SANDBOX' if sandboxed else 'AWS'} (account {account})"
    if plan.command == "destroy":
        return f"Destroy {count.destroy} resources of {layers} in {where}? There is no undo."
    adopting = f", adopting {count.imports} that exist" if count.imports else ""
    return f"Apply +{count.add} ~{count.change} -{count.destroy} to {layers} in {where}{adopting}?"


def table(report: RunReport) -> str:
    """One line a layer: result, counts, time, and why."""
    rows = [HEADINGS, *(_row(report, result) for result in report.results)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
    lines = []
    for row in rows:
        cells = [
            text.rjust(width) if column in RIGHT else text.ljust(width)
            for column, (text, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def _row(report: RunReport, result: Result) -> tuple[str, ...]:
    count = result.changes
    known = result.result in ("succeeded", "failed", "unchanged")
    numbers = tuple(str(n) if known else "" for n in (count.add, count.change, count.destroy, count.imports))
    word = f"{result.result} (estimated)" if result.estimated and known else result.result
    return (result.layer, word, *numbers, duration(result.seconds), _first(result.reason))


def summary(report: RunReport) -> str:
    """The run in a sentence; only what is not zero."""
    if report.ok and not report.changed:
        return _nothing(report)
    done = {kind: [r for r in report.results if r.result == kind] for kind in _KINDS}
    words = WOULD if report.dry_run else DONE
    parts = [f"{words[report.command]} {len(done['succeeded'])}"]
    parts += [f"{kind} {len(done[kind])}" for kind in _KINDS[1:] if done[kind]]
    causes = sorted({f"{report.env}/{r.cause}" for r in done["skipped"] if r.cause})
    if causes:
        parts = [
            f"{part} ({', '.join(causes)} failed)" if part.startswith("skipped") else part for part in parts
        ]
    future = report.dry_run or report.command == "plan"
    count = f": {_counted(report.changes, future=future)}" if report.changes.any else ""
    nothing = "; nothing was changed" if report.dry_run else ""
    return f"{', '.join(parts)} in {duration(report.seconds)}{count}{nothing}"


def _nothing(report: RunReport) -> str:
    """That there was nothing to do, said of no more than what was looked at."""
    where = ", ".join(report.scope) or f"live/{report.env}"
    if report.command == "destroy":
        said = "would be" if report.dry_run else "was"
        return f"Nothing {said} destroyed: there is nothing left of {where} that may go."
    if report.results and all(result.result == "excluded" for result in report.results):
        return "Nothing was looked at: all of it is excluded."
    guessed = [f"{report.env}/{result.layer}" for result in report.results if result.estimated]
    if guessed:
        return f"No changes so far; what {', '.join(guessed)} will take of other layers is not known yet."
    match = "match their" if len(report.scope) > 1 else "matches its"
    return f"No changes. {where} {match} configuration."


_KINDS = ("succeeded", "unchanged", "failed", "skipped", "excluded")


def _counted(count: Count, *, future: bool) -> str:
    words = (
        ("to add", "to change", "to destroy", "to import")
        if future
        else ("added", "changed", "destroyed", "imported")
    )
    numbers = (count.add, count.change, count.destroy, count.imports)
    return ", ".join(f"{number} {word}" for number, word in zip(numbers, words, strict=True) if number)


def failures(report: RunReport) -> Sequence[DpctlError]:
    """Each failed unit as an error to print: what, why, and what to type next."""
    found = []
    for result in report.results:
        if result.result == "failed":
            what, _, why = result.reason.partition("\n")
            name = f"{report.env}/{result.layer}"
            said = what if name in what else f"{name}: {what}"
            found.append(DpctlError(said, why=why, hint=result.hint))
    return found


def _first(text: str) -> str:
    return text.partition("\n")[0]
