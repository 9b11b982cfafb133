"""A client that is logged in: its messages, one after the other."""

from __future__ import annotations

import logging

from dpctl.sandbox.redshift.errors import SqlError
from dpctl.sandbox.redshift.postgres import protocol
from dpctl.sandbox.redshift.server.client import Client
from dpctl.sandbox.redshift.server.extended import Extended, not_utf8
from dpctl.sandbox.redshift.server.relay import Relay
from dpctl.sandbox.redshift.session import Session
from dpctl.sandbox.redshift.sql import lexer

MAX_STATEMENT = 16 * 1024 * 1024
"""Bytes of one statement (Redshift's limit)."""

# Statements that end a transaction or want none: a text that has one of them is not one transaction.
_UNSET = ("BEGIN", "START", "COMMIT", "END", "ROLLBACK", "ABORT", "VACUUM", "TRUNCATE")

log = logging.getLogger(__name__)


class Connection:
    """Between a client and its session, until the client ends it."""

    def __init__(self, client: Client, session: Session) -> None:
        self._client, self._session = client, session
        self._relay = Relay(client, session)
        self._extended = Extended(self._relay)

    def serve(self) -> None:
        """Answer messages. Raises Malformed for what is not the protocol, OSError when a side is gone."""
        while True:
            kind, body = self._client.reader.message()
            if kind == b"X":
                return
            if self._extended.skipping and kind != b"S":
                continue  # after an error nothing is answered up to the next Sync, a Query neither
            if kind in b"QP" and len(body) > MAX_STATEMENT:
                self._too_large(kind, len(body))
            elif kind == b"Q":
                self._simple(body)
            elif kind in b"PBDECHS":
                self._extended.take(kind, body)
            elif kind == b"F":
                self._relay.refuse(SqlError("function calls are not supported", state="0A000"))
                self._relay.ready()
            elif kind not in b"dcf":
                raise protocol.Malformed(f"invalid frontend message type {kind[0]}")

    def _simple(self, body: bytes) -> None:
        """The simple query protocol: one statement after the other; several are one transaction."""
        try:
            with self._session.turn:
                found = lexer.statements(protocol.only_string(body))
                if not found:
                    self._relay.send(protocol.message(b"I"))
                together = len(found) > 1 and not any(lexer.keywords(sql, 1)[0] in _UNSET for sql in found)
                if together:
                    with self._session.atomic():
                        self._run(found)
                else:
                    self._run(found)
        except SqlError as error:
            self._relay.refuse(error)
        except UnicodeDecodeError as error:
            self._relay.refuse(not_utf8(error))
        except (OSError, protocol.Malformed):
            raise
        except Exception as error:
            self._relay.refuse(self._relay.unexpected(error))
        self._relay.ready()

    def _run(self, found: list[str]) -> None:
        for sql in found:
            self._relay.statement(sql)

    def _too_large(self, kind: bytes, size: int) -> None:
        error = SqlError(
            f"Statement is too large. Statement Size: {size} bytes. Maximum Allowed: {MAX_STATEMENT} bytes",
            state="54000",
        )
        if kind == b"Q":
            self._relay.refuse(error)
            self._relay.ready()
        else:
            self._extended.fail(error)
