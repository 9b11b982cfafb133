"""Hands statements to PostgreSQL or to the engine, and their answers to the client."""

from __future__ import annotations

import logging

from dpctl.sandbox.redshift.errors import SqlError
from dpctl.sandbox.redshift.postgres import protocol
from dpctl.sandbox.redshift.postgres.backend import Result
from dpctl.sandbox.redshift.server.client import Client
from dpctl.sandbox.redshift.session import Session, reworded
from dpctl.sandbox.redshift.sql.plan import Plan

log = logging.getLogger(__name__)


class Relay:
    """Between one client and its session."""

    def __init__(self, client: Client, session: Session) -> None:
        self.session = session
        self.send = client.send
        self._waiting = False

    def ready(self) -> None:
        """Tell the client that the next statement may come."""
        self.send(protocol.message(b"Z", self.session.backend.status))

    def refuse(self, error: SqlError) -> None:
        """Tell the client of an error, in Redshift's words."""
        self.send(protocol.error(reworded(error).fields))

    def unexpected(self, error: Exception) -> SqlError:
        """What the client is told of a mistake of the engine's own. Raises it where the session is lost."""
        log.error("a statement failed unexpectedly", exc_info=error)
        if self._waiting:  # PostgreSQL's answer is half read: nobody knows what comes next
            raise error
        return self.session.failed(SqlError(f"internal error: {error!r}"))

    def statement(self, sql: str) -> None:
        """Run one statement of the simple protocol. Raises SqlError."""
        session = self.session
        query_id = session.namespace.history.next_id()
        with session.remembered(sql, query_id) as run:
            try:
                plan = session.plan(sql)
                if plan.simple:
                    session.namespace.ddl += 1 if sql.lstrip()[:1] in "cCaAdD" else 0
                    session.backend.send(protocol.message(b"Q", protocol.cstring(plan.statements[0])))
                    self.until(b"Z")
                    run.result = Result()
                else:
                    run.result = self.engine(plan, sql, query_id, described=False)
            except SqlError as error:
                raise session.failed(error) from error

    def engine(self, plan: Plan, sql: str, query_id: int, *, described: bool) -> Result:
        """Carry out what is not PostgreSQL's, and answer; ``described`` when the client knows the columns."""
        session = self.session
        session.notices.clear()
        result = session.run(plan, sql, query_id)
        answer = b"".join(
            protocol.error({"S": "INFO", "V": "INFO", "C": "00000", "M": text}, b"N")
            for text in session.notices
        )
        if result.fields is not None:
            answer += b"" if described else protocol.row_description(result.fields)
            answer += b"".join(protocol.data_row(row) for row in result.rows)
        self.send(answer + protocol.command_complete(result.tag))
        return result

    def until(self, ends: bytes) -> bool:
        """Relay PostgreSQL's answers up to a message of a type in ``ends``; False after an error.

        The end itself is relayed too, except for ReadyForQuery; an error ends the answer to anything but
        a simple query.
        """
        reader, failure = self.session.backend.reader, None
        stops = ends + b"EZT"
        self._waiting = True
        while True:
            if data := reader.raw(stops):
                self.send(data)
                continue
            kind, body = reader.message()
            if kind == b"T":
                self.send(protocol.message(kind, protocol.computed_text_is_varchar(body)))
                if kind in ends:
                    break
                continue
            if kind == b"Z":
                self.session.backend.ready(body)
                break
            if kind == b"E":
                failure = SqlError.of(protocol.fields_of(body))
                if b"Z" not in ends:
                    break
            else:
                self.send(protocol.message(kind, body))
                break
        self._waiting = False
        if failure is not None:
            raise failure
        return True
