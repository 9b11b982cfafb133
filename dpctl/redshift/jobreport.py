"""What came of auto-copy jobs, for people and for programs: summaries, and the parts of ``--json``.

The shape of the documents is docs/schemas/autocopy.schema.json.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from dpctl.amounts import amount
from dpctl.redshift.autocopy import Created, FileState, Job, Retried, Status, Watched
from dpctl.redshift.copy import copy_sql
from dpctl.redshift.transfer import Copied

NOT_TOLD = (
    "Redshift keeps no row of it: no row was read, or its errors are too old; dpctl autocopy retry says"
)
AMISS: tuple[FileState, ...] = ("failed", "overwritten")  # what Redshift does not look at again


def created(item: Created) -> dict[str, Any]:
    """What ``create`` did for one job."""
    uncertain = [file.url for file in item.uncertain]
    return {"name": item.name, "action": item.action, "loads": _loads(item.loads), "uncertain": uncertain}


def created_summary(item: Created) -> str:
    """The same for people."""
    return "\n".join([f"{item.name}: {item.action}", *_load_lines(item.loads)])


def listing(found: Sequence[Status]) -> str:
    """The jobs, a line each."""
    lines = [f"{s.name}  {s.state}" + (f"  {s.table} from {s.source}" if s.table else "") for s in found]
    return "\n".join(lines) or "No jobs, in env.yaml or in the database."


def content(status: Status, files: Sequence[Watched]) -> bool:
    """Whether a job is as env.yaml has it, and no file waits for somebody."""
    return status.state == "in sync" and not _amiss(files)


def job(wanted: Job, status: Status, files: Sequence[Watched]) -> dict[str, Any]:
    """One job, its COPY and its files."""
    text = copy_sql(wanted.statement)
    return {"job": status.as_dict(), "sql": text, "files": [file.as_dict() for file in files]}


def job_summary(wanted: Job, status: Status, files: Sequence[Watched]) -> str:
    """The same for people; a failed file with the first row that did not fit."""
    head = ", ".join([f"{wanted.name}: {status.state}", *_amiss(files)])
    lines = [head, copy_sql(wanted.statement), f"{amount(len(files), 'file')} under {wanted.source.uri}"]
    for file in files:
        lines.append(f"  {file.state:<11}  {file.file.url}")
        if file.state == "failed":
            lines.append(f"  {'':<11}  {file.error.sentence if file.error else NOT_TOLD}")
    return "\n".join(lines)


def left_out(wanted: Job, files: Sequence[Watched]) -> str:
    """The files that nobody will load by themselves, and the command that does; empty where there is none."""
    amiss = _amiss(files)
    if not amiss:
        return ""
    words = " --overwritten" if any(file.state == "overwritten" for file in files) else ""
    return (
        f"{', '.join(amiss)}: Redshift will not look at these files again. "
        f"Try: dpctl autocopy retry {wanted.table}{words}"
    )


def retried(wanted: Job, done: Retried) -> dict[str, Any]:
    """What ``retry`` did."""
    failures = [{"url": file.url, "error": failure.what} for file, failure in done.failures]
    return {"name": wanted.name, "loads": _loads(done.loads), "failures": failures}


def retried_summary(wanted: Job, done: Retried) -> str:
    """The same for people."""
    lines = _load_lines(done.loads)
    lines += [f"  {file.url} does not load: {failure.what}" for file, failure in done.failures]
    return "\n".join([f"{wanted.name}: retried", *(lines or ["  no file to load"])])


def _amiss(files: Sequence[Watched]) -> list[str]:
    counts = Counter(file.state for file in files)
    return [f"{counts[state]} {state}" for state in AMISS if counts[state]]


def _loads(loads: Sequence[Copied]) -> list[dict[str, Any]]:
    return [
        {"source": load.source, "rows": load.rows, "files": load.files, "statement_id": load.statement_id}
        for load in loads
    ]


def _load_lines(loads: Sequence[Copied]) -> list[str]:
    return [f"  loaded {amount(load.rows, 'row')} from {amount(load.files, 'file')}" for load in loads]
