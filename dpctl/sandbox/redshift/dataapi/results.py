"""What the Data API tells about statements: descriptions, lists, and pages of typed values."""

from __future__ import annotations

import base64
import re
from typing import Any

from dpctl.sandbox.redshift.dataapi.sessions import Kept
from dpctl.sandbox.redshift.dataapi.statement import Statement, Sub
from dpctl.sandbox.redshift.errors import DataApiError
from dpctl.sandbox.redshift.postgres import oids
from dpctl.sandbox.redshift.postgres.backend import Result
from dpctl.sandbox.redshift.postgres.protocol import Field

PAGE_BYTES = 1_000_000
"""A page of results ends when it has grown to this size, as text; the service's own is 100 MB in all."""

_TARGETS = ("WorkgroupName", "ClusterIdentifier")
_QUOTED = re.compile(r'[",\r\n]')

_LONGS = frozenset({oids.INT8, oids.INT2, oids.INT4, oids.OID})
_DOUBLES = frozenset({oids.FLOAT4, oids.FLOAT8})
_TEXTS = frozenset({oids.TEXT, oids.BPCHAR, oids.VARCHAR})
# What the Data API calls a type, and the precision it gives; 0: the column's own.
_NAMES = {
    oids.BOOL: ("bool", 1), oids.VARBYTE: ("varbyte", 64000), oids.INT8: ("int8", 19), oids.INT2: ("int2", 5),
    oids.INT4: ("int4", 10), oids.OID: ("oid", 10), oids.TEXT: ("text", 65535), oids.FLOAT4: ("float4", 8),
    oids.FLOAT8: ("float8", 17), oids.BPCHAR: ("bpchar", 0), oids.VARCHAR: ("varchar", 0),
    oids.DATE: ("date", 13), oids.TIME: ("time", 15), oids.TIMESTAMP: ("timestamp", 29),
    oids.TIMESTAMPTZ: ("timestamptz", 35), oids.TIMETZ: ("timetz", 21), oids.NUMERIC: ("numeric", 0),
    oids.SUPER: ("super", 0), oids.NAME: ("name", 128),
}  # fmt: skip


def describe(statement: Statement, name: str) -> dict[str, Any]:
    """DescribeStatement, of a statement or of one statement of a batch (``id:2``)."""
    if ":" in name:
        sub = statement.subs[int(name.partition(":")[2]) - 1]
        return _common(statement) | _about(sub) | {"Id": name, "QueryString": sub.sql}
    answer = _common(statement) | {
        "Id": statement.id,
        "Status": statement.status,
        "CreatedAt": statement.created,
        "UpdatedAt": statement.updated,
        "Duration": int(statement.seconds * 1e9) if statement.seconds else -1,
        "RedshiftPid": statement.pid,
        "RedshiftQueryId": statement.subs[-1].query_id if not statement.batch else 0,
        "ResultRows": -1,
        "ResultSize": -1,
        "HasResultSet": any(_has_result(sub) for sub in statement.subs),
    }
    if statement.error:
        answer["Error"] = statement.error
    if statement.batch:
        answer["SubStatements"] = [
            _about(sub) | {"Id": sub.id, "QueryString": sub.sql} for sub in statement.subs
        ]
    else:
        about = _about(statement.subs[0])
        answer |= {key: about[key] for key in ("ResultRows", "ResultSize", "HasResultSet")}
        answer["QueryString"] = statement.subs[0].sql
        if statement.params.get("Parameters"):
            answer["QueryParameters"] = statement.params["Parameters"]
    return answer


def listing(statements: list[Statement], params: dict[str, Any], caller: str) -> dict[str, Any]:
    """ListStatements: newest first, filtered by status and name prefix."""
    role = params.get("RoleLevel", True)
    status = params.get("Status", "ALL")
    prefix = params.get("StatementName", "")
    found = [
        item
        for item in sorted(statements, key=lambda item: item.created, reverse=True)
        if (same_role(item.caller, caller) if role else item.caller == caller)
        and status in ("ALL", item.status)
        and item.params.get("StatementName", "").startswith(prefix)
    ]
    start, end = window(params, len(found), 100)
    answer: dict[str, Any] = {"Statements": [_listed(item) for item in found[start:end]]}
    return answer | ({"NextToken": next_token(end)} if end < len(found) else {})


def page(result: Result, token: str | None) -> dict[str, Any]:
    """A page of GetStatementResult."""
    fields = result.fields or ()
    start = _offset(token)
    records, size = [], 0
    at = start
    while at < len(result.rows) and size < PAGE_BYTES:
        row = result.rows[at]
        records.append([_value(value, field.oid) for value, field in zip(row, fields, strict=True)])
        size += sum(len(value or "") + 8 for value in row)
        at += 1
    answer: dict[str, Any] = {
        "Records": records,
        "ColumnMetadata": [_metadata(field) for field in fields],
        "TotalNumRows": len(result.rows),
    }
    return answer | ({"NextToken": next_token(at)} if at < len(result.rows) else {})


def csv_page(result: Result, token: str | None) -> dict[str, Any]:
    """Records of a page as text (RFC 4180, without a heading: ColumnMetadata names the columns).

    NULL is nothing between two commas, an empty text is two quotes.
    """
    lines, size = [], 0
    start = at = _offset(token)
    while at < len(result.rows) and size < PAGE_BYTES:
        lines.append(",".join(_csv(value) for value in result.rows[at]) + "\r\n")
        size += len(lines[-1])
        at += 1
    answer: dict[str, Any] = {
        "Records": [{"CSVRecords": "".join(lines)}] if at > start else [],
        "ColumnMetadata": [_metadata(field) for field in result.fields or ()],
        "TotalNumRows": len(result.rows),
        "ResultFormat": "CSV",
    }
    return answer | ({"NextToken": next_token(at)} if at < len(result.rows) else {})


def _csv(value: str | None) -> str:
    if value is None:
        return ""
    if value and not _QUOTED.search(value):
        return value
    return '"' + value.replace('"', '""') + '"'


def submitted(statement: Statement) -> dict[str, Any]:
    """The answer of ExecuteStatement and BatchExecuteStatement."""
    params = statement.params
    answer = {"Id": statement.id, "CreatedAt": statement.created, "Database": statement.database}
    for name in ("WorkgroupName", "ClusterIdentifier", "SecretArn"):
        if params.get(name):
            answer[name] = params[name]
    if not params.get("SecretArn"):
        answer["DbUser"] = statement.user
    if statement.kept:
        answer["SessionId"] = statement.kept.id
    if params.get("WaitTimeSeconds"):
        answer["Status"] = statement.status
        answer["RedshiftPid"] = statement.pid
        answer["HasResultSet"] = any(_has_result(sub) for sub in statement.subs)
    return answer


def sessions(kept: list[Kept], params: dict[str, Any], caller: str) -> dict[str, Any]:
    """ListSessions: those of the caller, by status, database and target."""
    found = [
        item
        for item in kept
        if same_role(item.caller, caller)
        and params.get("Status") in (None, item.status)
        and params.get("SessionId") in (None, item.id)
        and params.get("Database") in (None, item.database)
        and all(params.get(key) in (None, item.target.get(key)) for key in _TARGETS)
    ]
    start, end = window(params, len(found), 100)
    answer: dict[str, Any] = {"Sessions": [_session(item) for item in found[start:end]]}
    return answer | ({"NextToken": next_token(end)} if end < len(found) else {})


def _session(item: Kept) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "SessionId": item.id,
        "Status": item.status,
        "CreatedAt": item.created,
        "UpdatedAt": item.updated,
        "Database": item.database,
        "DbUser": item.user,
        "SessionAliveSeconds": item.keep,
        "SessionTtl": min(item.updated + item.keep, item.ends),
    }
    answer |= {key: item.target[key] for key in _TARGETS if key in item.target}
    return answer | ({"CurrentStatementId": item.statement} if item.statement else {})


def same_role(one: str, other: str) -> bool:
    """Whether two callers are the same IAM user, or sessions of the same role."""
    return _role(one) == _role(other)


def row_count(sub: Sub) -> int:
    """Rows returned or changed; -1 for none to tell."""
    if sub.result is None:
        return -1
    return len(sub.result.rows) if sub.result.fields is not None else sub.result.count


def _role(arn: str) -> str:
    parts = arn.split("/")
    return "/".join(parts[:2]) if ":assumed-role" in parts[0] else arn


def _common(statement: Statement) -> dict[str, Any]:
    answer = {"Database": statement.database, "DbUser": statement.user}
    names = ("WorkgroupName", "ClusterIdentifier", "SecretArn", "StatementName")
    answer |= {name: statement.params[name] for name in names if statement.params.get(name)}
    answer["ResultFormat"] = statement.params.get("ResultFormat", "JSON")
    return answer | ({"SessionId": statement.kept.id} if statement.kept else {})


def _about(sub: Sub) -> dict[str, Any]:
    size = sum(len(value or "") for row in sub.result.rows for value in row) if sub.result else -1
    answer: dict[str, Any] = {
        "Status": sub.status,
        "CreatedAt": sub.created,
        "UpdatedAt": sub.updated,
        "Duration": int(sub.seconds * 1e9),
        "RedshiftQueryId": sub.query_id,
        "ResultRows": row_count(sub),
        "ResultSize": size,
        "HasResultSet": _has_result(sub),
    }
    return answer | ({"Error": sub.error} if sub.error else {})


def _has_result(sub: Sub) -> bool:
    return sub.status == "FINISHED" and sub.result is not None and sub.result.fields is not None


def _listed(item: Statement) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "Id": item.id,
        "Status": item.status,
        "CreatedAt": item.created,
        "UpdatedAt": item.updated,
        "IsBatchStatement": item.batch,
    }
    if item.batch:
        answer["QueryStrings"] = [sub.sql for sub in item.subs]
    else:
        answer["QueryString"] = item.subs[0].sql
    if name := item.params.get("StatementName"):
        answer["StatementName"] = name
    if item.params.get("SecretArn"):
        answer["SecretArn"] = item.params["SecretArn"]
    return answer


def _value(value: str | None, oid: int) -> dict[str, Any]:
    if value is None:
        return {"isNull": True}
    if oid in _LONGS:
        return {"longValue": int(value)}
    if oid in _DOUBLES:
        return {"doubleValue": float(value)}
    if oid == oids.BOOL:
        return {"booleanValue": value == "t"}
    return {"stringValue": value}


def type_name(oid: int) -> str:
    """What the Data API calls a type."""
    return _NAMES.get(oid, ("varchar", 0))[0]


def _metadata(field: Field) -> dict[str, Any]:
    name, precision = _NAMES.get(field.oid, ("varchar", 0))
    scale = 0
    if field.oid == oids.NUMERIC:
        precision, scale = (
            ((field.modifier - 4) >> 16, (field.modifier - 4) & 0x7FF) if field.modifier > 4 else (38, 0)
        )
    elif field.oid in (oids.BPCHAR, oids.VARCHAR):
        precision = field.modifier - 4 if field.modifier > 4 else 65535
    return {
        "name": field.name,
        "label": field.name,
        "typeName": name,
        "nullable": 1,
        "precision": precision,
        "scale": scale,
        "length": 0,
        "isCaseSensitive": field.oid in _TEXTS,
        "isCurrency": False,
        "isSigned": field.oid in _LONGS | _DOUBLES | {oids.NUMERIC},
        "schemaName": "",
        "tableName": "",
    }


def next_token(at: int) -> str:
    """The token of the page that starts at a row."""
    return base64.urlsafe_b64encode(f"row:{at}".encode()).decode()


def _offset(token: str | None) -> int:
    if not token:
        return 0
    try:
        kind, _, number = base64.urlsafe_b64decode(token).decode().partition(":")
        if kind != "row":
            raise ValueError(kind)
        return int(number)
    except ValueError as error:
        raise DataApiError("ValidationException", "NextToken is not valid.") from error


def window(params: dict[str, Any], count: int, default: int) -> tuple[int, int]:
    """Where the page that a call asks for begins and ends."""
    start = _offset(params.get("NextToken"))
    size = params.get("MaxResults") or default
    return start, min(count, start + size)
