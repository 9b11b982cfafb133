"""The extended query protocol: Parse, Bind, Describe, Execute, Close, Sync.

Messages are answered one at a time: each that goes on to PostgreSQL is followed by a Flush, and its answer is
waited for. So statements of the engine fit in between, at the cost of a round trip over a Unix socket.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from dpctl.sandbox.redshift.errors import SqlError, syntax_error
from dpctl.sandbox.redshift.jobs import LISTING
from dpctl.sandbox.redshift.postgres import protocol
from dpctl.sandbox.redshift.postgres.backend import Result
from dpctl.sandbox.redshift.server.relay import Relay
from dpctl.sandbox.redshift.sql import lexer
from dpctl.sandbox.redshift.sql.lexer import keywords
from dpctl.sandbox.redshift.sql.plan import Plan

_FLUSH = protocol.message(b"H")
_DONE = Result()

# PostgreSQL cannot read this, so whatever transaction is open, even an implicit one, fails with it.
_SPOIL = protocol.message(
    b"P", protocol.cstring("") + protocol.cstring("the statement before failed") + b"\0\0"
)


@dataclass(frozen=True)
class Prepared:
    """A statement that was parsed: with ``plan`` it is the engine's, else PostgreSQL has it."""

    sql: str
    plan: Plan | None


class Extended:
    """The prepared statements and portals of one connection."""

    def __init__(self, relay: Relay) -> None:
        self._relay = relay
        self._statements: dict[str, Prepared] = {}
        self._portals: dict[str, Prepared] = {}
        self.skipping = False

    def take(self, kind: bytes, body: bytes) -> None:
        """Answer a message; after an error everything up to the next Sync is passed over."""
        if kind == b"S":
            self.skipping = False
            self._relay.session.backend.send(protocol.message(b"S"))
            try:
                self._relay.until(b"Z")
            except SqlError as error:  # what was left for the end of the transaction failed
                self._relay.refuse(error)
            self._relay.ready()
            return
        if kind == b"H":
            return
        try:
            with self._relay.session.turn:
                self._answer(kind, body)
        except SqlError as error:
            self.fail(error)
        except UnicodeDecodeError as error:
            self.fail(self._spoilt(not_utf8(error)))
        except (ValueError, struct.error) as error:
            self.fail(self._spoilt(SqlError(f"invalid message format: {error}", state="08P01")))
        except OSError:
            raise
        except Exception as error:
            self.fail(self._spoilt(self._relay.unexpected(error)))

    def fail(self, error: SqlError) -> None:
        """Tell the error, and pass over the rest up to the next Sync."""
        self.skipping = True
        self._relay.refuse(error)

    def _answer(self, kind: bytes, body: bytes) -> None:
        match kind:
            case b"P":
                self._parse(body)
            case b"B":
                self._bind(body)
            case b"D":
                self._describe(body)
            case b"E":
                self._execute(body)
            case b"C":
                self._close(body)

    def _forward(self, kind: bytes, body: bytes, ends: bytes) -> None:
        backend = self._relay.session.backend
        backend.piping = True
        backend.send(protocol.message(kind, body) + _FLUSH)
        self._relay.until(ends)

    def _parse(self, body: bytes) -> None:
        name, text, rest = _strings(body, 2)
        found = lexer.statements(text)
        if not found:
            self._statements[name] = Prepared("", None)
            self._forward(b"P", protocol.cstring(name) + b"\0" + rest, b"1")
            return
        try:
            if len(found) > 1:
                raise syntax_error("cannot insert multiple commands into a prepared statement")
            plan = self._relay.session.plan(found[0])
        except SqlError as error:
            raise self._spoilt(error) from error
        self._statements[name] = Prepared(found[0], None if plan.simple else plan)
        if plan.simple:
            self._forward(b"P", protocol.cstring(name) + protocol.cstring(plan.statements[0]) + rest, b"1")
        else:
            self._relay.send(protocol.message(b"1"))

    def _bind(self, body: bytes) -> None:
        portal, name, _ = _strings(body, 2)
        prepared = self._statements.get(name, Prepared("", None))
        self._portals[portal] = prepared
        if prepared.plan is None:
            self._forward(b"B", body, b"2")
        else:
            self._relay.send(protocol.message(b"2"))

    def _describe(self, body: bytes) -> None:
        of_statement, prepared = self._named(body)
        if prepared.plan is None:
            self._forward(b"D", body, b"Tn")
            return
        answer = protocol.message(b"t", struct.pack(">H", 0)) if of_statement else b""
        rows = prepared.plan.engine == "copy job" and keywords(prepared.sql)[2] in ("LIST", "SHOW")
        self._relay.send(answer + (protocol.row_description(LISTING) if rows else protocol.message(b"n")))

    def _named(self, body: bytes) -> tuple[bool, Prepared]:
        name = body[1:-1].decode()
        if body[:1] not in (b"S", b"P") or body[-1:] != b"\0":
            raise ValueError("a statement or a portal is expected")
        place = self._statements if body[:1] == b"S" else self._portals
        return body[:1] == b"S", place.get(name, Prepared("", None))

    def _execute(self, body: bytes) -> None:
        portal, _ = body.split(b"\0", 1)
        prepared = self._portals.get(portal.decode(), Prepared("", None))
        session = self._relay.session
        query_id = session.namespace.history.next_id()
        if not prepared.sql:
            self._forward(b"E", body, b"CsI")
            return
        with session.remembered(prepared.sql, query_id) as run:
            if prepared.plan is None:
                self._forward(b"E", body, b"CsI")
                session.namespace.ddl += prepared.sql.lstrip()[:1] in ("c", "C", "a", "A", "d", "D")
                run.result = _DONE
                return
            try:
                # What the engine runs are simple queries, which cannot be in the middle of a pipeline.
                session.backend.sync()
                run.result = self._relay.engine(prepared.plan, prepared.sql, query_id, described=True)
            except SqlError as error:
                raise self._spoilt(error) from error

    def _close(self, body: bytes) -> None:
        of_statement, prepared = self._named(body)
        (self._statements if of_statement else self._portals).pop(body[1:-1].decode(), None)
        if prepared.plan is None:
            self._forward(b"C", body, b"3")
        else:
            self._relay.send(protocol.message(b"3"))

    def _spoilt(self, error: SqlError) -> SqlError:
        """An error PostgreSQL knows nothing of: its transaction has to fail with it, up to the Sync."""
        backend = self._relay.session.backend
        backend.send(_SPOIL + _FLUSH)
        while backend.read()[0] != b"E":
            pass
        return error


def _strings(body: bytes, count: int) -> tuple[str, str, bytes]:
    first, second, rest = body.split(b"\0", count)
    return first.decode(), second.decode(), rest


def not_utf8(error: UnicodeDecodeError) -> SqlError:
    """What a client is told that sent text in another encoding."""
    first = error.object[error.start]
    return SqlError(f'invalid byte sequence for encoding "UTF8": 0x{first:02x}', state="22021")
