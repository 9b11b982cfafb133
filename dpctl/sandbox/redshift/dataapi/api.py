"""The operations of the Redshift Data API, on sessions of the engine."""

from __future__ import annotations

import re
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from dpctl.lexer import Token
from dpctl.sandbox.redshift.dataapi import metadata, results
from dpctl.sandbox.redshift.dataapi.statement import Statement, Sub
from dpctl.sandbox.redshift.errors import DataApiError, SqlError
from dpctl.sandbox.redshift.session import Namespace, Session
from dpctl.sandbox.redshift.sql import lexer

MAX_SQL = 200 * 1000
MAX_BATCH = 40
MAX_ACTIVE = 500
"""Limits of the service: characters of SQL, statements in a batch, statements at work."""

_TOKEN_LIFE = 8 * 3600
_KEPT = 24 * 3600
_ACTIVE = ("SUBMITTED", "PICKED", "STARTED")


class DataApi:
    """Statements, by id, and the threads they run in."""

    def __init__(self, namespace: Namespace, check_password: Callable[[str, str], bool]) -> None:
        self._namespace = namespace
        self._check_password = check_password
        self._lock = threading.RLock()
        self._statements: dict[str, Statement] = {}
        self._tokens: dict[tuple[str, str], tuple[float, str]] = {}

    def call(self, operation: str, params: dict[str, Any], caller: str) -> dict[str, Any]:
        """Answer an operation. Raises DataApiError."""
        match operation:
            case "ExecuteStatement":
                return self._execute(params, caller)
            case "BatchExecuteStatement":
                return self._batch(params, caller)
            case "DescribeStatement":
                return results.describe(self._find(params["Id"], caller), params["Id"])
            case "GetStatementResult" | "GetStatementResultV2":
                return self._result(params, caller)
            case "ListStatements":
                return results.listing(list(self._statements.values()), params, caller)
            case "CancelStatement":
                return self._cancel(params, caller)
        if operation in metadata.OPERATIONS:
            session = self._session(params, caller)
            try:
                return metadata.answer(operation, session, params)
            except SqlError as error:
                raise DataApiError("ValidationException", str(error)) from error
            finally:
                session.close()
        raise DataApiError(
            "UnknownOperationException", f"{operation} is not an operation of the Redshift Data API."
        )

    def close(self) -> None:
        """Cancel what runs."""
        for statement in list(self._statements.values()):
            if statement.status in _ACTIVE:
                self._abort(statement)
                statement.done.wait(5)

    def _execute(self, params: dict[str, Any], caller: str) -> dict[str, Any]:
        sql = _checked_sql(params.get("Sql", ""))
        if len(lexer_statements(sql)) > 1:
            raise DataApiError(
                "ValidationException", "Multiple statements are not allowed: use BatchExecuteStatement."
            )
        return self._submit(params, caller, [bound(sql, params.get("Parameters"))], batch=False)

    def _batch(self, params: dict[str, Any], caller: str) -> dict[str, Any]:
        sqls = params.get("Sqls") or []
        if not 1 <= len(sqls) <= MAX_BATCH:
            raise DataApiError("ValidationException", f"Sqls must have between 1 and {MAX_BATCH} statements.")
        return self._submit(
            params, caller, [bound(_checked_sql(sql), params.get("Parameters")) for sql in sqls], batch=True
        )

    def _submit(self, params: dict[str, Any], caller: str, sqls: list[str], *, batch: bool) -> dict[str, Any]:
        user = self._user(params, caller)
        database = _database(params)
        with self._lock:
            if known := self._by_token(params, caller):
                return _submitted(known)
            self._expire()
            active = sum(1 for item in self._statements.values() if item.status in _ACTIVE)
            if active >= MAX_ACTIVE:
                raise DataApiError(
                    "ActiveStatementsExceededException", f"More than {MAX_ACTIVE} active statements."
                )
            name = str(uuid.uuid4())
            subs = [Sub(sql, f"{name}:{number}") for number, sql in enumerate(sqls, 1)]
            statement = Statement(name, params, caller, user, database, subs, batch)
            self._statements[name] = statement
            if token := params.get("ClientToken"):
                self._tokens[caller, token] = (time.time(), name)
        threading.Thread(
            target=self._run, args=(statement,), name=f"data-api-{name[:8]}", daemon=True
        ).start()
        return _submitted(statement)

    def _by_token(self, params: dict[str, Any], caller: str) -> Statement | None:
        token = params.get("ClientToken")
        if not token:
            return None
        if len(token) > 64:
            raise DataApiError("ValidationException", "ClientToken has at most 64 characters.")
        when, name = self._tokens.get((caller, token), (0.0, ""))
        return self._statements.get(name) if time.time() - when < _TOKEN_LIFE else None

    def _expire(self) -> None:
        for name, item in list(self._statements.items()):
            if item.done.is_set() and time.time() - item.updated > _KEPT:
                del self._statements[name]

    def _run(self, statement: Statement) -> None:
        start = time.monotonic()
        try:
            statement.session = Session(self._namespace, statement.user, statement.database, "redshift-data")
            statement.status = "STARTED"
            if statement.cancelled:
                raise SqlError("Query cancelled", state="57014")
            self._run_subs(statement)
            statement.status = "FINISHED"
        except SqlError as error:
            statement.error = "Query was cancelled." if statement.cancelled else str(error)
            statement.status = "ABORTED" if statement.cancelled else "FAILED"
        except Exception as error:  # whatever breaks, the caller polls for an end
            statement.error, statement.status = f"ERROR: internal error: {error}", "FAILED"
        finally:
            if statement.session is not None:
                statement.session.close()
            statement.seconds = time.monotonic() - start
            statement.updated = time.time()
            statement.done.set()
            self._tell(statement)

    def _run_subs(self, statement: Statement) -> None:
        session = statement.session
        assert session is not None
        together = statement.batch and statement.params.get("ExecutionMode", "TRANSACTION") == "TRANSACTION"
        if together:
            session.backend.query("BEGIN")
        for sub in statement.subs:
            self._run_sub(session, statement, sub)
        if together and session.in_transaction:
            session.backend.query("COMMIT")

    def _run_sub(self, session: Session, statement: Statement, sub: Sub) -> None:
        start = time.monotonic()
        sub.query_id, sub.status = self._namespace.history.next_id(), "STARTED"
        try:
            sub.result = session.execute(sub.sql, sub.query_id)
            sub.status = "FINISHED"
        except SqlError as error:
            sub.status = "ABORTED" if statement.cancelled else "FAILED"
            sub.error = str(error)
            for other in statement.subs:
                other.status = "ABORTED" if other.status == "SUBMITTED" else other.status
            raise
        finally:
            sub.seconds, sub.updated = time.monotonic() - start, time.time()

    def _tell(self, statement: Statement) -> None:
        if not statement.params.get("WithEvent"):
            return
        last = statement.subs[-1]
        self._namespace.surroundings.statement_changed(
            {
                "principal": statement.caller,
                "statementId": statement.id,
                "statementName": statement.params.get("StatementName", ""),
                "redshiftQueryId": last.query_id,
                "state": statement.status,
                "rows": results.row_count(last),
                "expireAt": int(statement.updated + _KEPT),
            }
        )

    def _result(self, params: dict[str, Any], caller: str) -> dict[str, Any]:
        statement = self._find(params["Id"], caller)
        sub = _sub(statement, params["Id"])
        if sub.status != "FINISHED" or (statement.batch and statement.status != "FINISHED"):
            raise DataApiError(
                "ResourceNotFoundException",
                "Query does not have result. Please check query status with DescribeStatement.",
            )
        if sub.result is None or sub.result.fields is None:
            raise DataApiError(
                "ResourceNotFoundException",
                "Query does not have result. Please check query status with DescribeStatement.",
            )
        return results.page(sub.result, params.get("NextToken"))

    def _cancel(self, params: dict[str, Any], caller: str) -> dict[str, Any]:
        statement = self._find(params["Id"], caller)
        if statement.status not in _ACTIVE:
            raise DataApiError(
                "ValidationException",
                f"Could not cancel a query that is already in {statement.status} state.",
            )
        self._abort(statement)
        statement.done.wait(10)
        return {"Status": statement.status == "ABORTED"}

    def _abort(self, statement: Statement) -> None:
        statement.cancelled = True
        # A cancel that arrives between two statements would be lost, so it is sent until it took.
        for _ in range(100):
            if statement.done.wait(0.05):
                return
            if statement.session is not None:
                statement.session.cancel()

    def owner(self, name: str) -> str | None:
        """Who started a statement; None where there is none."""
        statement = self._statements.get(name.partition(":")[0])
        return statement.caller if statement else None

    def _find(self, name: str, caller: str) -> Statement:
        statement = self._statements.get(name.partition(":")[0])
        if statement is None or not results.same_role(statement.caller, caller):
            raise DataApiError("ResourceNotFoundException", f"Query does not exist: {name}")
        _sub(statement, name)
        return statement

    def _session(self, params: dict[str, Any], caller: str) -> Session:
        user = self._user(params, caller)
        try:
            return Session(
                self._namespace, user, params.get("ConnectedDatabase") or _database(params), "redshift-data"
            )
        except SqlError as error:
            raise DataApiError("ValidationException", str(error)) from error

    def _user(self, params: dict[str, Any], caller: str) -> str:
        """Who the statement runs as: the secret's user, DbUser, or one made from the caller's identity."""
        workgroup, cluster = params.get("WorkgroupName"), params.get("ClusterIdentifier")
        if params.get("SessionId") or params.get("SessionKeepAliveSeconds"):
            raise DataApiError("ValidationException", "Sessions are not supported in the sandbox.")
        if bool(workgroup) == bool(cluster):
            raise DataApiError("ValidationException", "Give either WorkgroupName or ClusterIdentifier.")
        name = (
            str(workgroup or cluster).rpartition("/")[2]
            if str(workgroup).startswith("arn:")
            else str(workgroup or cluster)
        )
        if not self._namespace.surroundings.workgroup_exists(name):
            raise DataApiError(
                "ValidationException", f"Redshift endpoint doesn't exist in this region: {name}"
            )
        if arn := params.get("SecretArn"):
            return self._secret_user(arn)
        user = str(params["DbUser"]).lower() if cluster and params.get("DbUser") else iam_user(caller)
        self._namespace.postgres.ensure_user(user)
        return user

    def _secret_user(self, arn: str) -> str:
        secret = self._namespace.surroundings.secret(arn)
        if not secret or "username" not in secret or "password" not in secret:
            raise DataApiError(
                "ValidationException", f"Secret {arn} does not exist, or has no username and password."
            )
        user = str(secret["username"])
        if not self._check_password(user, str(secret["password"])):
            raise DataApiError(
                "ValidationException", f'FATAL: password authentication failed for user "{user}"'
            )
        return user.lower()


def iam_user(caller: str) -> str:
    """The database user of an IAM identity: ``IAM:name`` of a user, ``IAMR:name`` of a role."""
    kind, _, name = caller.rpartition(":")[2].partition("/")
    if kind == "assumed-role":
        return "IAMR:" + name.split("/")[0]
    if kind == "role":
        return "IAMR:" + name.rpartition("/")[2]
    return "IAM:" + (name.rpartition("/")[2] or kind or "root")


def bound(sql: str, parameters: list[Mapping[str, str]] | None) -> str:
    """The statement with its ``:name`` parameters as literals. Raises DataApiError."""
    values = {item["name"]: item["value"] for item in parameters or ()}
    parts, at, used = [], 0, set()
    for token in _tokens(sql):
        if token.kind != "param" or not token.value.startswith(":"):
            continue
        name = token.value[1:]
        if name not in values:
            if not values:
                continue  # without Parameters a colon means nothing special
            raise DataApiError("ValidationException", f"Parameters list does not contain {name}.")
        used.add(name)
        escaped = values[name].replace("\\", "\\\\").replace("'", "''")
        parts.append(f"{sql[at : token.start]}'{escaped}'")
        at = token.end
    if unused := set(values) - used:
        raise DataApiError(
            "ValidationException", f"Parameters are not used in the statement: {', '.join(sorted(unused))}."
        )
    return "".join(parts) + sql[at:]


def lexer_statements(sql: str) -> list[str]:
    """The statements of a text; one that cannot be read counts as one, and fails when it runs."""
    try:
        return lexer.statements(sql)
    except SqlError:
        return [sql]


def _tokens(sql: str) -> list[Token]:
    try:
        return lexer.tokenize(sql)
    except SqlError:
        return []


def _checked_sql(sql: str) -> str:
    if not sql.strip():
        raise DataApiError("ValidationException", "Sql must not be empty.")
    if len(sql) > MAX_SQL:
        raise DataApiError("ValidationException", f"Sql has more than {MAX_SQL} characters.")
    found = lexer_statements(sql)
    return found[0] if len(found) == 1 else sql


def _database(params: dict[str, Any]) -> str:
    if not params.get("Database"):
        raise DataApiError("ValidationException", "Database must not be empty.")
    return str(params["Database"])


def _submitted(statement: Statement) -> dict[str, Any]:
    params = statement.params
    answer = {"Id": statement.id, "CreatedAt": statement.created, "Database": statement.database}
    for name in ("WorkgroupName", "ClusterIdentifier", "SecretArn"):
        if params.get(name):
            answer[name] = params[name]
    if not params.get("SecretArn"):
        answer["DbUser"] = statement.user
    return answer


def _sub(statement: Statement, name: str) -> Sub:
    _, _, number = name.partition(":")
    if not number:
        return statement.subs[0 if not statement.batch else -1]
    if not re.fullmatch(r"\d+", number) or not 1 <= int(number) <= len(statement.subs):
        raise DataApiError("ResourceNotFoundException", f"Query does not exist: {name}")
    return statement.subs[int(number) - 1]
