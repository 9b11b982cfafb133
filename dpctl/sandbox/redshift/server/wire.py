"""The wire protocol for redshift-connector, psql and whatever else speaks it, on 127.0.0.1.

Each connection is a thread. It answers the startup as Redshift does (no TLS, md5 password), then takes
message by message: what is PostgreSQL's is translated and handed on, with the answers relayed as they come;
UNLOAD, COPY and the other statements of the engine are carried out here and answered in PostgreSQL's place.
"""

from __future__ import annotations

import hashlib
import secrets
import socket
import struct
import threading
from contextlib import suppress

from dpctl.sandbox.redshift.errors import SqlError
from dpctl.sandbox.redshift.postgres import protocol
from dpctl.sandbox.redshift.server.extended import Extended
from dpctl.sandbox.redshift.server.relay import Relay
from dpctl.sandbox.redshift.session import Namespace, Session
from dpctl.sandbox.redshift.sql import lexer

SERVER_VERSION = "8.0.2"
"""What Redshift says it is; drivers go by it (redshift-connector reads row counts differently since 8.2)."""

_UNSET = ("BEGIN", "START", "COMMIT", "END", "ROLLBACK", "ABORT", "VACUUM", "TRUNCATE")


class Wire:
    """The listening socket and its connections."""

    def __init__(self, namespace: Namespace, port: int) -> None:
        self._namespace = namespace
        self._sessions: dict[bytes, Session] = {}
        self._clients: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._socket = socket.create_server(("127.0.0.1", port), backlog=64)
        self.port: int = self._socket.getsockname()[1]
        threading.Thread(target=self._accept, name="redshift-wire", daemon=True).start()

    def close(self) -> None:
        """Stop listening and drop every connection."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        with self._lock:
            clients = list(self._clients)
        for client in clients:
            with suppress(OSError):
                client.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._socket.accept()
            except OSError:
                return
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._lock:
                self._clients.add(client)
            threading.Thread(target=self._serve, args=(client,), name="redshift-session", daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        session: Session | None = None
        try:
            reader = protocol.Reader(client)
            parameters = self._startup(client, reader)
            if parameters is None:
                return
            session = self._log_in(client, reader, parameters)
            with self._lock:
                self._sessions[session.backend.key] = session
            Connection(client, reader, session).serve()
        except SqlError as error:
            with suppress(OSError):
                client.sendall(protocol.error(error.fields | {"S": "FATAL", "V": "FATAL"}))
        except OSError:
            pass  # the client, or PostgreSQL, is gone: there is nobody to tell
        finally:
            self._forget(client, session)

    def _forget(self, client: socket.socket, session: Session | None) -> None:
        with self._lock:
            self._clients.discard(client)
            if session is not None:
                self._sessions.pop(session.backend.key, None)
        if session is not None:
            session.close()
        client.close()

    def _startup(self, client: socket.socket, reader: protocol.Reader) -> dict[str, str] | None:
        """The startup parameters; None when the connection only carried a cancel request."""
        while True:
            body = reader.untyped()
            code = struct.unpack_from(">I", body)[0]
            if code in (protocol.SSL, protocol.GSS):
                client.sendall(b"N")
            elif code == protocol.CANCEL:
                with self._lock:
                    session = self._sessions.get(body[4:12])
                if session is not None:
                    session.cancel()
                return None
            elif code >> 16 == 3:
                parts = body[4:].rstrip(b"\0").split(b"\0")
                words = [part.decode() for part in parts]
                return dict(zip(words[::2], words[1::2], strict=False))
            else:
                raise SqlError(f"unsupported frontend protocol {code >> 16}.{code & 0xFFFF}", state="0A000")

    def _log_in(self, client: socket.socket, reader: protocol.Reader, parameters: dict[str, str]) -> Session:
        user = parameters.get("user", "")
        database = parameters.get("database", user)
        salt = secrets.token_bytes(4)
        client.sendall(protocol.message(b"R", struct.pack(">I", 5) + salt))
        kind, body = reader.message()
        if kind != b"p":
            raise SqlError("expected a password", state="08P01")
        stored = self._namespace.postgres.password_digest(user)
        wanted = "md5" + hashlib.md5((stored or "")[3:].encode() + salt).hexdigest()
        if not stored or not secrets.compare_digest(wanted.encode(), body.rstrip(b"\0")):
            raise SqlError(f'password authentication failed for user "{user}"', state="28000")
        if database.lower() not in self._namespace.postgres.databases():
            raise SqlError(f'database "{database}" does not exist', state="3D000")
        session = Session(self._namespace, user, database, parameters.get("application_name", ""))
        ready = protocol.message(b"R", struct.pack(">I", 0))
        for name, value in (session.backend.parameters | {"server_version": SERVER_VERSION}).items():
            ready += protocol.message(b"S", protocol.cstring(name) + protocol.cstring(value))
        client.sendall(ready + protocol.message(b"K", session.backend.key) + protocol.message(b"Z", b"I"))
        return session


class Connection:
    """One client that is logged in."""

    def __init__(self, client: socket.socket, reader: protocol.Reader, session: Session) -> None:
        self._reader, self._session = reader, session
        self._relay = Relay(client, session)
        self._extended = Extended(self._relay)

    def serve(self) -> None:
        """Answer messages until the client ends the session."""
        while True:
            kind, body = self._reader.message()
            if kind == b"X":
                return
            if kind == b"Q":
                self._simple(body[:-1].decode())
            elif kind in b"PBDECHS":
                self._extended.take(kind, body)
            elif kind not in b"dcf":
                raise SqlError(f"unsupported message {kind!r}", state="08P01")

    def _simple(self, text: str) -> None:
        """The simple query protocol: one statement after the other; several are one transaction."""
        try:
            found = lexer.statements(text)
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
        self._relay.ready()

    def _run(self, found: list[str]) -> None:
        for sql in found:
            self._relay.statement(sql)
