"""What only Redshift knows, and is woken for: how many rows its tables have, and which files did not load."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from dpctl.amounts import amount
from dpctl.flows.status import Hop, Status, next_step
from dpctl.redshift import autocopy
from dpctl.redshift.failures import StatementFailed
from dpctl.redshift.quoting import literal, qualified

if TYPE_CHECKING:
    from dpctl.config import Environment
    from dpctl.redshift.autocopy import AutoCopy, Job, LiveJob

MOST_FILES = 20


def add(status: Status, environment: Environment, auto: AutoCopy) -> None:
    """Put rows and auto-copy into a status, and say anew what to do next. Raises what the executor raises."""
    rows = _rows(environment, auto)
    status.loads["rows"] = rows
    told = "; ".join(f"{name} {'not there' if n is None else amount(n, 'row')}" for name, n in rows.items())
    status.chain = [
        replace(hop, detail=f"{hop.detail}; {told}") if hop.hop == "redshift" and told else hop
        for hop in status.chain
    ]
    jobs = autocopy.wanted(environment)
    if jobs:
        live = auto.live()
        status.autocopy = [_job(auto, job, live) for job in jobs]
        at = next(number for number, hop in enumerate(status.chain) if hop.hop == "redshift")
        status.chain.insert(at, _files(status.autocopy))
    status.next = next_step(status)


def _rows(environment: Environment, auto: AutoCopy) -> dict[str, int | None]:
    """The rows of each table of env.yaml; None for one that is not there."""
    found: dict[str, int | None] = {}
    for name, table in environment.config.tables.items():
        sql = f"SELECT {literal(name)} AS name, COUNT(*) AS n FROM {qualified(table.schema_, name)}"
        try:
            ((_, count),) = auto.executor.run(sql, fetch=True).rows
            found[name] = int(count)
        except StatementFailed:
            found[name] = None
    return found


def _job(auto: AutoCopy, job: Job, live: list[LiveJob]) -> dict[str, Any]:
    (state,) = (s.state for s in autocopy.statuses([job], live) if s.name == job.name)
    files = auto.files(job)
    counts = Counter(file.state for file in files)
    failed = [file.as_dict() for file in files if file.state in {"failed", "overwritten"}]
    return {
        "name": job.name,
        "table": job.table,
        "state": state,
        "loaded": counts["loaded"],
        "failed": counts["failed"],
        "overwritten": counts["overwritten"],
        "files": failed[:MOST_FILES],
    }


def _files(jobs: list[dict[str, Any]]) -> Hop:
    """The hop of the files: stuck where one failed, as Redshift does not look at it again."""
    failed = sum(job["failed"] for job in jobs)
    amiss = [f"{job['name']} is {job['state']}" for job in jobs if job["state"] != "in sync"]
    if failed:
        return Hop("files", "stuck", f"{amount(failed, 'file')} failed to load", backlog=failed)
    overwritten = sum(job["overwritten"] for job in jobs)
    if overwritten or amiss:
        told = [f"{amount(overwritten, 'file')} overwritten since"] if overwritten else []
        return Hop("files", "warn", "; ".join([*told, *amiss]))
    return Hop("files", "ok", f"{amount(sum(job['loaded'] for job in jobs), 'file')} loaded by auto-copy")
