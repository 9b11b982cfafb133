"""The Data API: SQL over HTTPS, without a way into the VPC.

One statement is sent once. Every ExecuteStatement carries a ClientToken of ours, which Redshift remembers
for eight hours (Amazon Redshift Management Guide, "Idempotency for the Data API"): when the connection
breaks before the answer comes, the same call with the same token is repeated, and either finds the running
statement or starts it for the first time.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar

from dpctl.amounts import amount
from dpctl.aws import translate
from dpctl.errors import AccessError, AwsError, Interrupted, UsageError
from dpctl.redshift.executor import Result
from dpctl.redshift.failures import StatementFailed
from dpctl.redshift.polling import Waiting, cancelled, interrupted

T = TypeVar("T")

RETRIED = frozenset(
    (
        "ThrottlingException",
        "Throttling",
        "TooManyRequestsException",
        "RequestLimitExceeded",
        "ActiveStatementsExceededException",
        "ActiveSessionsExceededException",
        "ActiveWaitingRequestsExceededException",
        "InternalServerException",
        "ServiceUnavailable",
        "ServiceUnavailableException",
    )
)
TRIES, FIRST_PAUSE, LONGEST_PAUSE = 8, 0.2, 10.0
SESSION_SECONDS = 300
"""How long a session waits for its next statement, while the rows of the last are fetched and printed."""

SQL_BYTES = 200_000
FAILED = frozenset({"FAILED", "ABORTED"})


@dataclass
class DataApiExecutor:
    """Runs SQL through ``redshift-data``. ``target`` is WorkgroupName, Database and SecretArn.

    Each statement has a session of its own, unless ``session`` is set: then they share one, with its
    transactions, temporary tables and settings, as over a connection.
    """

    client: Any
    target: Mapping[str, str]
    waiting: Waiting
    session: bool = False
    _session_id: str = ""
    _started: float = 0.0

    def run(self, sql: str, *, fetch: bool = False, token: str = "") -> Result:
        """Run a statement; see ``Executor``."""
        _check_size(sql)
        clock = self.waiting.clock
        started = clock.now()
        repeated = self._seen(token)
        sent = token or str(uuid.uuid4())
        self._started = started
        try:
            name = self._start(sql, sent)
            state = self._wait(name, started)
        except KeyboardInterrupt:
            raise self._interrupted_early(sent) from None
        if repeated:
            _refuse_other(sql, state, token)
        _raise_unless_finished(state, name)
        columns, rows = self._rows(name) if fetch and state.get("HasResultSet") else ((), ())
        return Result(
            statement_id=name,
            query_id=_known(state.get("RedshiftQueryId")),
            session_id=_known(state.get("RedshiftPid")),
            columns=columns,
            rows=rows,
            row_count=_count(state.get("ResultRows")),
            seconds=clock.now() - started,
            repeated=repeated,
        )

    def attempt(self, work: str) -> str:
        """A token for a piece of work; see ``Executor``."""
        found = self._listed(work)
        number = 1
        while True:
            token = work if number == 1 else f"{work}-{number}"
            made = [item["Status"] for item in found if _is(item, token)]
            if not made or not FAILED.issuperset(made):
                return token
            number += 1

    def close(self) -> None:
        """End the session, if there is one; the client is shared.

        An open transaction would keep its locks until the session is given up. Where this fails, it will be.
        """
        if self._session_id:
            with suppress(AwsError):
                self._execute("ROLLBACK", str(uuid.uuid4()), keep=0)
            self._session_id = ""

    def _wait(self, name: str, started: float) -> Mapping[str, Any]:
        """The statement's last state. What goes wrong meanwhile says its id, and how to look after it."""
        try:
            return self.waiting.until(
                lambda: self._ended(name), cancel=lambda: self._cancel(name), name=name, started=started
            )
        except AwsError as error:
            error.statement_id = name
            if name not in error.what:
                error.why = f"{error.why}\nStatement {name} was sent, and goes on in Redshift.".strip()
                first = f"{error.hint}; then " if isinstance(error, AccessError) else ""
                error.hint = f"{first}dpctl statements show {name}"
            raise

    def _start(self, sql: str, token: str) -> str:
        answer = self._execute(sql, token, keep=SESSION_SECONDS)
        self._session_id = answer.get("SessionId", "") if self.session else ""
        return str(answer["Id"])

    def _execute(self, sql: str, token: str, *, keep: int) -> Any:
        where = {"SessionId": self._session_id} if self._session_id else self.target
        session = {"SessionKeepAliveSeconds": keep} if self.session else {}
        return self._call(
            lambda: self.client.execute_statement(
                Sql=sql, ClientToken=token, StatementName=_statement_name(token), **where, **session
            ),
            "start the statement",
        )

    def _seen(self, token: str) -> bool:
        """Whether a token of the user's has been used already (as far as the list of statements tells)."""
        if not token:
            return False
        try:
            return bool(self._named(token))
        except AwsError:
            return False

    def _named(self, token: str) -> list[str]:
        """The ids of the statements that carry a token in their name."""
        return [str(item["Id"]) for item in self._listed(token) if _is(item, token)]

    def _listed(self, token: str) -> list[Mapping[str, Any]]:
        """The statements whose name begins with a token."""
        where = {"StatementName": _statement_name(token), "Status": "ALL"}
        known = {key: value for key, value in self.target.items() if key in {"WorkgroupName", "Database"}}
        answer = self._call(lambda: self.client.list_statements(**where, **known), "look for the statement")
        return list(answer["Statements"])

    def _interrupted_early(self, token: str) -> Interrupted:
        """After Ctrl-C while the answer with the id was still on its way."""
        unknown = Interrupted("The statement was interrupted.", hint="dpctl statements list")
        try:
            found = self._named(token)
            if found:
                return interrupted(found[0], cancelled(lambda: self._cancel(found[0])))
            return Interrupted(unknown.what, why="It had not been started.")
        except AwsError as error:
            unknown.why = f"It could not be looked up and may run: {error.why or error.what}"
        except KeyboardInterrupt:
            unknown.why = "Whether it had been started was not waited for: it may run."
        return unknown

    def _ended(self, name: str) -> Mapping[str, Any] | None:
        state = self._call(lambda: self.client.describe_statement(Id=name), "ask for the statement's state")
        return state if state["Status"] in {"FINISHED", *FAILED} else None

    def _cancel(self, name: str) -> str:
        """Cancel on the server, and say what became of it."""
        try:
            self._call(lambda: self.client.cancel_statement(Id=name), "cancel the statement")
        except AwsError as error:
            state = self._ended_quietly(name)
            if state:
                return f"It had already ended: {state}."
            return f"It could not be cancelled and may still run: {error.why or error.what}"
        return "It was cancelled on the server."

    def _ended_quietly(self, name: str) -> str:
        try:
            state = self._ended(name)
        except AwsError:
            return ""
        return str(state["Status"]) if state else ""

    def _rows(self, name: str) -> tuple[tuple[str, ...], tuple[tuple[Any, ...], ...]]:
        """The rows of a statement that has ended; what goes wrong says its id."""
        try:
            return self._fetch(name)
        except KeyboardInterrupt:
            raise interrupted(name, "It had ended; its rows were not all fetched.") from None
        except AwsError as error:
            error.statement_id = name
            error.why = f"{error.why}\nStatement {name} had ended; its rows were not all fetched.".strip()
            raise

    def _fetch(self, name: str) -> tuple[tuple[str, ...], tuple[tuple[Any, ...], ...]]:
        columns: tuple[str, ...] = ()
        rows: list[tuple[Any, ...]] = []
        page: dict[str, str] = {}
        while True:
            arguments = {"Id": name, **page}
            answer = self._call(lambda: self.client.get_statement_result(**arguments), "fetch the rows")  # noqa: B023
            columns = columns or tuple(str(column["name"]) for column in answer["ColumnMetadata"])
            rows += [tuple(_value(cell) for cell in row) for row in answer["Records"]]
            if not answer.get("NextToken"):
                return columns, tuple(rows)
            page = {"NextToken": answer["NextToken"]}

    def _call(self, call: Callable[[], Any], doing: str) -> Any:
        """A call that may be repeated without harm, repeated while AWS asks for patience and time is left."""
        from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError

        pause = FIRST_PAUSE
        for tries in range(TRIES - 1, -1, -1):
            left = tries and self.waiting.left(self._started) > pause
            try:
                return call()
            except ClientError as error:
                code = error.response.get("Error", {}).get("Code", "")
                status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
                if left and (code in RETRIED or status >= 500):
                    self.waiting.clock.sleep(pause)
                else:
                    raise translate(error, doing) from error
            except HTTPClientError as error:
                if not left:
                    raise _lost(error, doing, TRIES - tries) from error
                self.waiting.clock.sleep(pause)
            except BotoCoreError as error:
                raise translate(error, doing) from error
            pause = min(pause * 2, LONGEST_PAUSE)
        raise AssertionError("unreachable")


def _check_size(sql: str) -> None:
    size = len(sql.encode())
    if size > SQL_BYTES:
        raise UsageError(
            f"The statement has {size:,} bytes; the Data API takes {SQL_BYTES:,}.", hint="--via connector"
        )


def _raise_unless_finished(state: Mapping[str, Any], name: str) -> None:
    if state["Status"] == "FINISHED":
        return
    raise StatementFailed(
        state.get("Error") or f"Statement {name} was cancelled (ABORTED).",
        statement_id=name,
        query_id=_known(state.get("RedshiftQueryId")),
        session_id=_known(state.get("RedshiftPid")),
    )


def _statement_name(token: str) -> str:
    return f"dpctl {token}"


def _is(item: Mapping[str, Any], token: str) -> bool:
    return item.get("StatementName") == _statement_name(token)  # AWS lists those that begin so


def _refuse_other(sql: str, state: Mapping[str, Any], token: str) -> None:
    ran = state.get("QueryString", sql)
    if ran != sql:
        raise UsageError(
            f"The token {token!r} was used for another statement.",
            why=f"Redshift remembers a token for eight hours. That statement was:\n{ran}",
            hint="--token with a new value",
        )


def _lost(error: Exception, doing: str, tries: int) -> AwsError:
    unknown = " It is not known whether the statement runs." if doing == "start the statement" else ""
    return AwsError(
        f"Could not {doing}: the connection was lost {amount(tries, 'time')}.",
        why=f"{error}{unknown}",
        hint="dpctl statements list",
    )


def _known(number: Any) -> int | None:
    return int(number) if number is not None and int(number) > 0 else None


def _count(number: Any) -> int | None:
    return int(number) if number is not None and int(number) >= 0 else None


def _value(cell: Mapping[str, Any]) -> Any:
    if cell.get("isNull"):
        return None
    for kind in ("stringValue", "longValue", "doubleValue", "booleanValue", "blobValue"):
        if kind in cell:
            return cell[kind]
    return None
