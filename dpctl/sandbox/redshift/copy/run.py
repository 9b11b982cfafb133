"""COPY, carried out: files or items to batches, batches into the table, errors into the history."""

from __future__ import annotations

from collections.abc import Iterator

from dpctl.sandbox.redshift.copy.batch import Batch
from dpctl.sandbox.redshift.copy.columnar import ColumnarReader
from dpctl.sandbox.redshift.copy.dynamodb import DynamoReader
from dpctl.sandbox.redshift.copy.files import compression_of, find_files, read_all
from dpctl.sandbox.redshift.copy.json import JsonReader
from dpctl.sandbox.redshift.copy.load import Load, LoadFailed
from dpctl.sandbox.redshift.copy.target import find_target
from dpctl.sandbox.redshift.copy.text import TextReader
from dpctl.sandbox.redshift.errors import SqlError
from dpctl.sandbox.redshift.grammar import Copy
from dpctl.sandbox.redshift.postgres.backend import Result
from dpctl.sandbox.redshift.s3 import Object
from dpctl.sandbox.redshift.session import Session


def run_copy(session: Session, copy: Copy, files: list[Object] | None = None) -> tuple[Result, Load]:
    """Load everything or nothing. ``files`` restricts it to these (COPY JOB).

    Raises SqlError, and LoadFailed once the target is known.
    """
    session.roles.check(copy.roles, session.user)
    target = find_target(session.backend, copy)
    load = Load(copy, target)
    try:
        _take(session, load, files)
    except SqlError as error:
        raise LoadFailed(load, error) from error
    return Result(tag="COPY", affected=load.rows), load


def _take(session: Session, load: Load, files: list[Object] | None) -> None:
    """Rows into the table; what PostgreSQL leaves out becomes an error of the load."""
    session.backend.query("SAVEPOINT redshift_copy")
    notices: list[dict[str, str]] = []
    before, session.backend.on_notice = session.backend.on_notice, notices.append
    try:
        for statement, data in load.copies(_batches(session, load, files)):
            load.rows += session.backend.copy_in(statement, data)
            for notice in notices:
                load.refused(notice)
            notices.clear()
    finally:
        session.backend.on_notice = before
    _settle(session, load)


def _settle(session: Session, load: Load) -> None:
    """Keep the rows or take them back, as the errors and the options say."""
    options = load.copy.options
    load.errors.sort(key=lambda error: (error.file, error.line))
    load.error_count = len(load.errors)
    limit = float("inf") if "IGNOREALLERRORS" in options else options.get("MAXERROR", 0)
    columnar = load.copy.format in ("PARQUET", "ORC")
    if load.errors and load.error_count > limit:
        hint = "Check 'sys_load_error_detail' system table for details."
        if columnar:
            first = load.errors[0]
            where = f"column {first.column}, file {first.file}, row {first.line}"
            hint += f" The first error: {first.message}, {where}."
        raise SqlError(f"Load into table '{load.copy.table[-1]}' failed.  {hint}", state="XX000")
    if "NOLOAD" in options:
        session.backend.query("ROLLBACK TO SAVEPOINT redshift_copy")
        load.rows = 0


def _batches(session: Session, load: Load, files: list[Object] | None) -> Iterator[Batch]:
    copy, target = load.copy, load.target
    if copy.source.startswith("dynamodb://"):
        table = copy.source.removeprefix("dynamodb://").strip("/")
        dynamodb = session.roles.client("dynamodb", copy.roles, session.user)
        yield from DynamoReader(dynamodb, table, target).batches()
        return
    store = session.roles.store(copy.roles, session.user, copy.options)
    load.files = find_files(copy, store) if files is None else files
    reader: ColumnarReader | JsonReader | TextReader
    if copy.format in ("PARQUET", "ORC"):
        reader = ColumnarReader(copy, target)
    elif copy.format == "JSON":
        reader = JsonReader(copy, target, store, load.errors)
    else:
        reader = TextReader(copy, target, load.errors)
    for item, data in read_all(store, load.files, compression_of(copy)):
        load.loaded_bytes += len(data)
        yield from reader.batches(item.uri, data)
