"""What a COPY did, from Redshift's own history: rows and files loaded, and the rows that did not fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from dpctl.errors import AwsError
from dpctl.redshift.executor import Executor
from dpctl.redshift.failures import StatementFailed
from dpctl.redshift.quoting import literal

_ERROR_COLUMNS = "file_name, line_number, column_name, column_type, column_length, error_code, error_message"
MANY = 1000

# "Load error reference", Redshift Database Developer Guide
LOAD_ERRORS: dict[int, str] = {
    1200: "the row can't be read",
    1201: "the field delimiter was not found",
    1202: "the row has more columns than the table",
    1203: "the row has fewer columns than the table",
    1204: "the value does not fit the column",
    1205: "not a date in the format of DATEFORMAT",
    1206: "not a timestamp in the format of TIMEFORMAT",
    1207: "not a number",
    1208: "not a floating point number",
    1209: "not a decimal number",
    1210: "not a boolean",
    1211: "the line is empty",
    1212: "the file was not found",
    1213: "a value is missing in a column that may not be NULL",
    1214: "the delimiter was not found",
    1215: "not a value of CHAR",
    1216: "the line can't be read",
    1217: "not a value of an identity column",
    1218: "more than one byte, one of them NUL",
    1219: "not hexadecimal",
    1220: "not valid UTF-8",
    1221: "the file has another encoding",
    1222: "the integer is out of range",
    1223: "not a data type",
    1224: "not valid JSON",
}


@dataclass(frozen=True)
class LoadError:
    """A row that did not fit. ``message`` is Redshift's; ``line`` is 1-based, 0 where a file has no lines."""

    file: str
    line: int
    column: str
    type: str
    code: int
    message: str

    def as_dict(self) -> dict[str, Any]:
        """The shape of ``--json``."""
        return asdict(self)

    @property
    def sentence(self) -> str:
        """File, line, column and reason in one line."""
        where = f"{self.file}:{self.line}" if self.line else self.file
        column = f" {self.column} ({self.type}):" if self.column else ""
        known = LOAD_ERRORS.get(self.code)
        return f"{where}:{column} {self.message}" + (f" ({known})" if known else "")


@dataclass(frozen=True)
class Loaded:
    """SYS_LOAD_HISTORY's line about a COPY; None where it does not tell."""

    rows: int | None
    files: int | None
    bytes: int | None
    errors: int | None


def loaded(executor: Executor, query_id: int | None) -> Loaded | None:
    """What a COPY loaded; None when Redshift's history does not show it (yet, or to this user).

    Raises AwsError when the operator may not look.
    """
    if query_id is None:
        return None
    sql = (
        "SELECT loaded_rows, source_file_count, source_file_bytes, error_count "
        f"FROM sys_load_history WHERE query_id = {int(query_id)}"
    )
    try:
        rows = executor.run(sql, fetch=True).rows
    except StatementFailed:
        return None
    if not rows:
        return None
    return Loaded(*(_int(value) for value in rows[0]))


def load_errors(
    executor: Executor, *, query_id: int | None, session_id: int | None = None
) -> tuple[LoadError, ...]:
    """The rows of SYS_LOAD_ERROR_DETAIL about one COPY, at most MANY.

    Without the query's id it is the latest query of the session that had errors. Raises AwsError when
    Redshift does not let us look.
    """
    if query_id is not None:
        which = f"query_id = {int(query_id)}"
    elif session_id is not None:
        latest = f"SELECT max(query_id) FROM sys_load_error_detail WHERE session_id = {int(session_id)}"
        which = f"query_id = ({latest})"
    else:
        return ()
    order = f"WHERE {which} ORDER BY file_name, line_number LIMIT {MANY}"
    try:
        result = executor.run(f"SELECT {_ERROR_COLUMNS} FROM sys_load_error_detail {order}", fetch=True)
    except StatementFailed:
        result = executor.run(f"SELECT * FROM sys_load_error_detail {order}", fetch=True)
    return tuple(_error(row) for row in result.dicts())


def errors_of(executor: Executor, files: Sequence[str]) -> dict[str, LoadError]:
    """The first row of each file that did not fit in its last load, by the file's URL; none it can't tell."""
    if not files:
        return {}
    names = ", ".join(literal(name) for name in files[:MANY])
    sql = (
        f"SELECT {_ERROR_COLUMNS} FROM sys_load_error_detail WHERE TRIM(file_name) IN ({names}) "
        "ORDER BY query_id DESC, line_number"
    )
    try:
        rows = executor.run(sql, fetch=True).dicts()
    except AwsError:
        return {}
    found: dict[str, LoadError] = {}
    for error in map(_error, rows):
        found.setdefault(error.file, error)
    return found


def _error(row: dict[str, Any]) -> LoadError:
    kind = str(row.get("column_type") or "").strip()
    length = str(row.get("column_length") or "").strip()
    return LoadError(
        file=str(row.get("file_name") or "").strip(),
        line=_int(row.get("line_number")) or 0,
        column=str(row.get("column_name") or "").strip(),
        type=f"{kind}({length})" if length and length != "0" and "(" not in kind else kind,
        code=_int(row.get("error_code")) or 0,
        message=str(row.get("error_message") or "").strip(),
    )


def _int(value: Any) -> int | None:
    return int(value) if value is not None and str(value).strip() != "" else None
