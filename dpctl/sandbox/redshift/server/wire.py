"""The wire protocol for JDBC, psql, redshift-connector and whatever else speaks it, on 127.0.0.1.

Each connection is a thread. It answers the startup as Redshift does (TLS, a password), then takes message by
message: what is PostgreSQL's is translated and handed on, with the answers relayed as they come; UNLOAD, COPY
and the other statements of the engine are carried out here and answered in PostgreSQL's place.
"""

from __future__ import annotations

import logging
import socket
import threading
from contextlib import suppress
from pathlib import Path

from dpctl.sandbox.redshift.errors import SqlError
from dpctl.sandbox.redshift.postgres import protocol
from dpctl.sandbox.redshift.server.client import Client
from dpctl.sandbox.redshift.server.connection import Connection
from dpctl.sandbox.redshift.server.login import greet, log_in
from dpctl.sandbox.redshift.server.tls import server_context
from dpctl.sandbox.redshift.server.watch import Watch
from dpctl.sandbox.redshift.session import Namespace, Session

LOGIN_SECONDS = 30.0
"""How long a client may take from the first byte to its password."""

_MAX_WAITING = 500
"""Connections that have not logged in yet; more are turned away."""

log = logging.getLogger(__name__)


class Wire:
    """The listening socket and its connections."""

    def __init__(
        self, namespace: Namespace, port: int, data_dir: Path, login_seconds: float = LOGIN_SECONDS
    ) -> None:
        self._namespace = namespace
        self._tls = server_context(data_dir)
        self._login_seconds = login_seconds
        self._sessions: dict[bytes, Session] = {}
        self._clients: set[Client] = set()
        self._waiting = 0
        self._lock = threading.Lock()
        self._watch = Watch()
        self._socket = socket.create_server(("127.0.0.1", port), backlog=256)
        self.port: int = self._socket.getsockname()[1]
        threading.Thread(target=self._accept, name="redshift-wire", daemon=True).start()

    def close(self) -> None:
        """Stop listening and drop every connection."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._watch.close()
        with self._lock:
            clients = list(self._clients)
        for client in clients:
            client.cut()

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._socket.accept()
            except OSError:
                return
            client = Client(sock)
            with self._lock:
                self._clients.add(client)
                self._waiting += 1
            threading.Thread(target=self._serve, args=(client,), name="redshift-session", daemon=True).start()

    def _serve(self, client: Client) -> None:
        """One connection, from its first byte to its end; whatever goes wrong in it ends here."""
        try:
            session = self._enter(client)
            if session is not None:
                self._converse(client, session)
        except OSError:
            pass  # the client, or PostgreSQL, is gone: there is nobody to tell
        except protocol.Malformed as error:
            client.fatal(SqlError(f"protocol violation: {error}", state="08P01"))
        except SqlError as error:
            client.fatal(error)
        except Exception as error:
            log.exception("a connection ended")
            client.fatal(SqlError(f"internal error: {error!r}"))
        finally:
            with self._lock:
                self._clients.discard(client)
            client.close()

    def _enter(self, client: Client) -> Session | None:
        """The session of a client that has logged in; None when it only came to cancel."""
        try:
            with self._watch.deadline(client, self._login_seconds):
                if self._waiting > _MAX_WAITING:
                    raise SqlError("sorry, too many clients already", state="53300")
                parameters = greet(client, self._tls, self._cancel)
                return None if parameters is None else log_in(client, parameters, self._namespace)
        finally:
            with self._lock:
                self._waiting -= 1

    def _converse(self, client: Client, session: Session) -> None:
        key = session.backend.key
        with self._lock:
            self._sessions[key] = session
        try:
            with self._watch.hang_up(client, session.interrupt):
                Connection(client, session).serve()
        finally:
            with self._lock:
                self._sessions.pop(key, None)
            session.close()

    def _cancel(self, key: bytes) -> None:
        with self._lock:
            session = self._sessions.get(key)
        if session is not None:
            session.cancel()
