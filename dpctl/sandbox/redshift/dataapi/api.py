"""The operations of the Redshift Data API, on sessions of the engine."""

from __future__ import annotations

import contextlib
import re
import threading
import time
import uuid
from collections.abc import Callable
from typing import Any

from dpctl.sandbox.redshift.dataapi import metadata, requests, results
from dpctl.sandbox.redshift.dataapi.sessions import Kept, Sessions
from dpctl.sandbox.redshift.dataapi.statement import Statement, Sub
from dpctl.sandbox.redshift.errors import DataApiError, SqlError
from dpctl.sandbox.redshift.session import Namespace, Session

MAX_BATCH = 40
MAX_ACTIVE = 500
"""Limits of the service: statements in a batch, statements at work."""

_TOKEN_LIFE = 8 * 3600
_KEPT = 24 * 3600
_ACTIVE = ("SUBMITTED", "PICKED", "STARTED")
_TARGET = ("WorkgroupName", "ClusterIdentifier", "Database", "SecretArn", "DbUser")


class DataApi:
    """Statements, by id, and the threads they run in."""

    def __init__(self, namespace: Namespace, check_password: Callable[[str, str], bool]) -> None:
        self._namespace = namespace
        self._check_password = check_password
        self._lock = threading.RLock()
        self._statements: dict[str, Statement] = {}
        self._tokens: dict[tuple[str, str], tuple[float, str]] = {}
        self._time = namespace.surroundings.clock
        self._kept = Sessions(self._time)

    def call(self, operation: str, params: dict[str, Any], caller: str) -> dict[str, Any]:
        """Answer an operation. Raises DataApiError."""
        requests.checked(params)
        match operation:
            case "ExecuteStatement":
                return self._execute(params, caller)
            case "BatchExecuteStatement":
                return self._batch(params, caller)
            case "DescribeStatement":
                return results.describe(self._awaited(params, caller), params["Id"])
            case "GetStatementResult" | "GetStatementResultV2":
                return self._result(operation, params, caller)
            case "ListStatements":
                return results.listing(list(self._statements.values()), params, caller)
            case "CancelStatement":
                return self._cancel(params, caller)
            case "ListSessions":
                return results.sessions(self._kept.all(), params, caller)
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

    def settle(self, timeout: float) -> bool:
        """Wait until every statement that was sent has ended; False when time ran out (seconds)."""
        deadline = time.monotonic() + timeout
        return all(
            statement.done.wait(max(0.0, deadline - time.monotonic()))
            for statement in list(self._statements.values())
        )

    def close(self) -> None:
        """Cancel what runs."""
        for statement in list(self._statements.values()):
            if statement.status in _ACTIVE:
                self._abort(statement)
                statement.done.wait(5)
        self._kept.close()

    def _execute(self, params: dict[str, Any], caller: str) -> dict[str, Any]:
        sql = requests.sql_of(params.get("Sql", ""))
        if len(requests.statements(sql)) > 1:
            raise DataApiError(
                "ValidationException", "Multiple statements are not allowed: use BatchExecuteStatement."
            )
        return self._submit(params, caller, [requests.bound(sql, params.get("Parameters"))], batch=False)

    def _batch(self, params: dict[str, Any], caller: str) -> dict[str, Any]:
        sqls = params.get("Sqls") or []
        if not 1 <= len(sqls) <= MAX_BATCH:
            raise DataApiError("ValidationException", f"Sqls must have between 1 and {MAX_BATCH} statements.")
        return self._submit(
            params,
            caller,
            [requests.bound(requests.sql_of(sql), params.get("Parameters")) for sql in sqls],
            batch=True,
        )

    def _submit(self, params: dict[str, Any], caller: str, sqls: list[str], *, batch: bool) -> dict[str, Any]:
        if (known := self._by_token(params, caller)) is None:
            known = self._begun(params, caller, sqls, batch=batch)
        if seconds := params.get("WaitTimeSeconds"):
            known.done.wait(seconds)
        return results.submitted(known)

    def _begun(self, params: dict[str, Any], caller: str, sqls: list[str], *, batch: bool) -> Statement:
        kept = self._session_of(params, caller)
        user = kept.user if kept else self._user(params, caller)
        database = kept.database if kept else _database(params)
        with self._lock:
            if known := self._by_token(params, caller):
                return known
            self._expire()
            active = sum(1 for item in self._statements.values() if item.status in _ACTIVE)
            if active >= MAX_ACTIVE:
                raise DataApiError(
                    "ActiveStatementsExceededException", f"More than {MAX_ACTIVE} active statements."
                )
            name = str(uuid.uuid4())
            now = self._time()
            subs = [
                Sub(sql, f"{name}:{number}", created=now, updated=now) for number, sql in enumerate(sqls, 1)
            ]
            keep = params.get("SessionKeepAliveSeconds")
            if kept is not None:
                self._kept.take(kept, name, keep)
            elif keep:
                target = {key: str(params[key]) for key in _TARGET if params.get(key)}
                kept = self._kept.open(Kept(caller, user, database, target, keep), name)
            stated = (kept.target if kept else {}) | params
            statement = Statement(
                name, stated, caller, user, database, subs, batch, kept=kept, created=now, updated=now
            )
            self._statements[name] = statement
            if token := params.get("ClientToken"):
                self._tokens[caller, token] = (self._time(), name)
        threading.Thread(
            target=self._run, args=(statement,), name=f"data-api-{name[:8]}", daemon=True
        ).start()
        return statement

    def _session_of(self, params: dict[str, Any], caller: str) -> Kept | None:
        """The session that SessionId names; whatever else says where to connect must agree with it."""
        if not params.get("SessionId"):
            return None
        kept = self._kept.find(params["SessionId"], caller)
        for key in _TARGET:
            if params.get(key) and str(params[key]) != kept.target.get(key):
                raise DataApiError("ValidationException", f"{key} is not that of session {kept.id}.")
        return kept

    def _by_token(self, params: dict[str, Any], caller: str) -> Statement | None:
        token = params.get("ClientToken")
        if not token:
            return None
        if len(token) > 64:
            raise DataApiError("ValidationException", "ClientToken has at most 64 characters.")
        when, name = self._tokens.get((caller, token), (0.0, ""))
        return self._statements.get(name) if self._time() - when < _TOKEN_LIFE else None

    def _expire(self) -> None:
        for name, item in list(self._statements.items()):
            if item.done.is_set() and self._time() - item.updated > _KEPT:
                del self._statements[name]

    def _run(self, statement: Statement) -> None:
        start, status = time.monotonic(), "FAILED"
        try:
            statement.session = self._connected(statement)
            statement.status = "STARTED"
            if statement.cancelled:
                raise SqlError("Query cancelled", state="57014")
            self._run_subs(statement)
            status = "FINISHED"
        except SqlError as error:
            statement.error = "Query was cancelled." if statement.cancelled else str(error)
            status = "ABORTED" if statement.cancelled else "FAILED"
        except Exception as error:  # whatever breaks, the caller polls for an end
            statement.error = f"ERROR: internal error: {error}"
        finally:
            # Whoever sees the end may go on at once: what belongs to it is done before it shows.
            self._disconnect(statement, status)
            statement.seconds = time.monotonic() - start
            statement.updated = self._time()
            statement.status = status
            statement.done.set()
            self._tell(statement)

    def _connected(self, statement: Statement) -> Session:
        kept = statement.kept
        session = kept.connection if kept is not None else None
        if session is None:
            session = Session(self._namespace, statement.user, statement.database, "redshift-data")
        if kept is not None:
            kept.connection = session
        statement.pid = session.backend.pid
        return session

    def _disconnect(self, statement: Statement, status: str) -> None:
        """Let go of the connection: a session keeps it, without the transaction that may have failed."""
        session, statement.session = statement.session, None
        if statement.kept is None:
            if session is not None:
                session.close()
            return
        if session is not None and session.in_transaction and status != "FINISHED":
            with contextlib.suppress(SqlError, OSError):
                session.backend.query("ROLLBACK")
        self._kept.leave(statement.kept)

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
            sub.seconds, sub.updated = time.monotonic() - start, self._time()

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

    def _result(self, operation: str, params: dict[str, Any], caller: str) -> dict[str, Any]:
        statement = self._awaited(params, caller)
        sub = _sub(statement, params["Id"])
        csv = statement.params.get("ResultFormat", "JSON") == "CSV"
        if csv != operation.endswith("V2"):
            raise DataApiError(
                "ValidationException",
                "The result is in CSV format: use GetStatementResultV2." if csv
                else "GetStatementResultV2 gives results of statements that ran with ResultFormat CSV.",
            )  # fmt: skip
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
        return (results.csv_page if csv else results.page)(sub.result, params.get("NextToken"))

    def _awaited(self, params: dict[str, Any], caller: str) -> Statement:
        """The statement of an id, which a caller may wait for (at most 30 s)."""
        statement = self._find(params["Id"], caller)
        if seconds := params.get("WaitTimeSeconds"):
            statement.done.wait(seconds)
        return statement

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
            if (session := statement.session) is not None:  # its own thread lets go of it at the end
                session.cancel()

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


def _database(params: dict[str, Any]) -> str:
    if not params.get("Database"):
        raise DataApiError("ValidationException", "Database must not be empty.")
    return str(params["Database"])


def _sub(statement: Statement, name: str) -> Sub:
    _, _, number = name.partition(":")
    if not number:
        return statement.subs[0 if not statement.batch else -1]
    if not re.fullmatch(r"\d+", number) or not 1 <= int(number) <= len(statement.subs):
        raise DataApiError("ResourceNotFoundException", f"Query does not exist: {name}")
    return statement.subs[int(number) - 1]
