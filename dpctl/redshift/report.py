"""What came of statements, for people and for programs: summaries, and the documents of ``--json``.

The shapes of the documents are in docs/schemas.
"""

from __future__ import annotations

from typing import Any

from dpctl import SCHEMA_VERSION
from dpctl.amounts import amount, size
from dpctl.errors import DpctlError
from dpctl.redshift.loads import LoadError
from dpctl.redshift.tables import Change
from dpctl.redshift.transfer import Copied, Unloaded
from dpctl.redshift.unload import Unload

SHOWN = 20  # rows that did not fit


def unloaded(table: str | None, done: Unloaded) -> dict[str, Any]:
    """The document of an UNLOAD that ran, or would run; ``table`` is None for a query."""
    return {
        "schema_version": SCHEMA_VERSION,
        "ok": not done.problems,
        "table": table,
        "sql": done.sql,
        "statement_id": done.statement_id,
        "location": done.location,
        "manifest": done.manifest,
        "rows": done.rows,
        "bytes": done.bytes if done.statement_id else None,
        "files": [file.as_dict() for file in done.files],
        "seconds": round(done.seconds, 3) if done.statement_id else None,
        "repeated": done.repeated,
        "problems": list(done.problems),
        "error": None,
    }


def unload_failed(table: str | None, statement: Unload, error: DpctlError) -> dict[str, Any]:
    """The document of an unload that did not end well: its id and place, to look after it."""
    nothing = unloaded(table, Unloaded.planned(statement))
    told = {"what": error.what, "why": error.why, "hint": error.hint}
    return nothing | {"ok": False, "statement_id": getattr(error, "statement_id", "") or None, "error": told}


def unload_summary(table: str | None, done: Unloaded) -> str:
    """What an UNLOAD wrote, and where it is."""
    rows, files = amount(done.rows, "row"), amount(len(done.files), "file")
    lines = [f"Unloaded {table or 'the query'}: {rows} in {files}, {size(done.bytes)}, {done.seconds:.1f} s"]
    if done.rows == 0:
        lines.append("The query found no rows; that is not a failure.")
    if done.repeated:
        lines.append("The token had been used before: this is what that run did, and nothing was run again.")
    lines.append(f"Files      {done.location}")
    if done.manifest:
        lines.append(f"Manifest   {done.manifest}")
    lines.append(f"Statement  {done.statement_id}")
    return "\n".join(lines)


def copied(
    table: str, sql: str, source: str, done: Copied | None = None, *, error: DpctlError | None = None
) -> dict[str, Any]:
    """The document of a COPY: what was done, or why it failed; neither for one that did not run."""
    return {
        "schema_version": SCHEMA_VERSION,
        "ok": error is None and not (done and done.problems),
        "table": table,
        "sql": sql,
        "statement_id": done.statement_id if done else getattr(error, "statement_id", "") or None,
        "source": source,
        "rows": done.rows if done else None,
        "files": done.files if done else None,
        "bytes": done.bytes if done else None,
        "seconds": round(done.seconds, 3) if done else None,
        "repeated": bool(done and done.repeated),
        "errors": [error.as_dict() for error in done.errors] if done else [],
        "problems": list(done.problems) if done else [],
        "error": {"what": error.what, "why": error.why, "hint": error.hint} if error else None,
    }


def copy_summary(table: str, done: Copied) -> str:
    """What a COPY loaded, and the rows that did not fit."""
    files = f" from {amount(done.files, 'file')}" if done.files else ""
    volume = f", {size(done.bytes)}" if done.bytes else ""
    lines = [f"Copied into {table}: {amount(done.rows, 'row')}{files}{volume}, {done.seconds:.1f} s"]
    if done.repeated:
        lines.append("The token had been used before: this is what that run did, and nothing was run again.")
    if done.statement_id is None:
        lines.append("The manifest lists no file: there was nothing to load, and nothing was run.")
    lines.append(f"From       {done.source}")
    if done.statement_id is not None:
        lines.append(f"Statement  {done.statement_id}")
    return "\n".join(lines + rejected(done.errors))


def rejected(errors: tuple[LoadError, ...]) -> list[str]:
    """The rows that did not fit, a line each, with file, line, column and reason."""
    if not errors:
        return []
    lines = [f"{amount(len(errors), 'row')} did not fit:"]
    lines += [f"  {error.sentence}" for error in errors[:SHOWN]]
    if len(errors) > SHOWN:
        lines.append(f"  ... and {len(errors) - SHOWN:,} more; --json lists them all")
    return lines


def changed(env: str, changes: list[Change], *, applied: bool) -> dict[str, Any]:
    """The document of a comparison of tables, or of their change."""
    return {
        "schema_version": SCHEMA_VERSION,
        "env": env,
        "ok": not any(change.refused for change in changes),
        "applied": applied,
        "changes": [change.as_dict() for change in changes],
    }


def change_summary(changes: list[Change], *, applied: bool) -> str:
    """The changes of tables, a line each and the reason of what is left alone."""
    return "\n".join(line for change in changes for line in _lines(change, applied=applied))


def _lines(change: Change, *, applied: bool) -> list[str]:
    if change.sql:
        mark = "done" if applied else "to do"
        return [f"[{mark}] {change.table}: {change.what}"]
    mark = "refused" if change.refused else "left"
    return [f"[{mark}] {change.table}: {change.what}", f"    {change.reason}"]
