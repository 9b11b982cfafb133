"""COPY and UNLOAD as statements of a session: carried out, told to the client, and put into the history."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from dpctl.sandbox.redshift.copy.load import Load, LoadFailed
from dpctl.sandbox.redshift.copy.run import run_copy
from dpctl.sandbox.redshift.errors import SqlError
from dpctl.sandbox.redshift.grammar import Copy, Unload
from dpctl.sandbox.redshift.history import microseconds
from dpctl.sandbox.redshift.postgres.backend import Result
from dpctl.sandbox.redshift.s3 import Object
from dpctl.sandbox.redshift.session import Session
from dpctl.sandbox.redshift.unload.grammar import parse_unload
from dpctl.sandbox.redshift.unload.parts import Written
from dpctl.sandbox.redshift.unload.run import run_unload


def unload(session: Session, sql: str, query_id: int) -> Result:
    """Carry out an UNLOAD."""
    statement = parse_unload(sql)
    start = session.surroundings.now()
    written: list[Written] = []
    try:
        with session.atomic():
            result, written = run_unload(session, statement)
    except SqlError as error:
        _record_unload(session, statement, query_id, start, written, 0, error.message)
        raise
    _record_unload(session, statement, query_id, start, written, result.affected, "")
    session.backend.query(
        f"SELECT set_config('redshift.last_unload_id', '{query_id}', false), "
        f"set_config('redshift.last_unload_count', '{result.affected}', false)"
    )
    session.notices.append(f"UNLOAD completed, {result.affected} record(s) unloaded successfully.")
    return result


def load_files(
    session: Session,
    statement: Copy,
    query_id: int,
    files: list[Object] | None = None,
    job_id: int | None = None,
) -> Result:
    """Load what a COPY names, or only ``files`` of it."""
    start = session.surroundings.now()
    try:
        with session.atomic():
            result, load = run_copy(session, statement, files)
    except LoadFailed as failure:
        _record_load(session, failure.load, query_id, start, "aborted", job_id)
        raise failure.error from failure.error.__cause__
    _record_load(session, load, query_id, start, "completed", job_id)
    session.backend.query(
        f"SELECT set_config('redshift.last_copy_id', '{query_id}', false), "
        f"set_config('redshift.last_copy_count', '{result.affected}', false)"
    )
    _tell(session, load)
    return result


def _tell(session: Session, load: Load) -> None:
    name = load.copy.table[-1]
    session.notices.append(f"Load into table '{name}' completed, {load.rows} record(s) loaded successfully.")
    if load.error_count:
        session.notices.append(
            f"Load into table '{name}' completed, {load.error_count} record(s) could not be loaded. "
            "Check 'sys_load_error_detail' system table for details."
        )


def _common(session: Session, query_id: int) -> dict[str, Any]:
    who = session.who(query_id)
    return {
        "user_id": who.user_id,
        "query_id": who.query_id,
        "transaction_id": who.query_id,
        "session_id": who.session_id,
        "database_name": who.database,
    }


def _record_unload(
    session: Session,
    statement: Unload,
    query_id: int,
    start: datetime,
    written: list[Written],
    rows: int,
    error: str,
) -> None:
    end = session.surroundings.now()
    compression = next((name for name in ("GZIP", "BZIP2", "ZSTD") if name in statement.options), "")
    values = _common(session, query_id) | {
        "status": "aborted" if error else "completed",
        "start_time": start,
        "end_time": end,
        "duration": microseconds(start, end),
        "file_format": statement.format.lower(),
        "compression_type": compression.lower(),
        "unloaded_location": statement.target,
        "unloaded_rows": rows,
        "unloaded_files_count": len(written),
        "unloaded_files_size": sum(item.size for item in written),
        "error_message": error,
    }
    session.namespace.history.add(session.database, "unload", values)


def _record_load(
    session: Session, load: Load, query_id: int, start: datetime, status: str, job_id: int | None
) -> None:
    end = session.surroundings.now()
    size = sum(item.size for item in load.files)
    values = _common(session, query_id) | {
        "status": status,
        "table_name": load.copy.table[-1],
        "start_time": start,
        "end_time": end,
        "duration": microseconds(start, end),
        "data_source": load.copy.source,
        "file_format": load.copy.format.lower(),
        "loaded_rows": load.rows if status == "completed" else 0,
        "loaded_bytes": load.loaded_bytes,
        "source_file_count": len(load.files),
        "source_file_bytes": size,
        "file_count_scanned": len(load.files),
        "file_bytes_scanned": size,
        "error_count": load.error_count,
        "copy_job_id": job_id if job_id is not None else -1,
    }
    history = session.namespace.history
    history.add(session.database, "load", values)
    for error in load.errors:
        row = _common(session, query_id) | {
            "table_id": load.target.oid,
            "start_time": start,
            "file_name": error.file,
            "line_number": error.line,
            "column_name": error.column,
            "column_type": error.type,
            "column_length": error.length,
            "position": error.position,
            "error_code": error.code,
            "error_message": error.message,
        }
        history.add(session.database, "load_error", row)
