"""The client's end of a connection: its socket, encrypted once it has asked for that."""

from __future__ import annotations

import socket
import ssl
from contextlib import suppress

from dpctl.sandbox.redshift.errors import SqlError
from dpctl.sandbox.redshift.postgres import protocol

_LINGER, _LINGER_READS = 1.0, 64
"""After a fatal error: seconds of silence, and reads, until the connection is closed."""


class Client:
    """Used by the thread of its connection; `cut` and `gone` by any."""

    def __init__(self, sock: socket.socket) -> None:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._sock = sock
        self.reader = protocol.Reader(sock, protocol.MAX_BEFORE_LOGIN)

    @property
    def encrypted(self) -> bool:
        """Whether the connection is over TLS."""
        return isinstance(self._sock, ssl.SSLSocket)

    @property
    def number(self) -> int:
        """The file descriptor; -1 once it is closed."""
        return self._sock.fileno()

    def encrypt(self, context: ssl.SSLContext) -> None:
        """Answer that TLS is spoken, and speak it. Raises SqlError (08P01) and OSError."""
        if self.reader.pending or self.encrypted:
            # What was sent in the clear must not be taken for something that came encrypted.
            raise SqlError("received unencrypted data after SSL request", state="08P01")
        self.send(b"S")
        wrapped = context.wrap_socket(self._sock, server_side=True, do_handshake_on_connect=False)
        self._sock = wrapped
        wrapped.do_handshake()
        self.reader = protocol.Reader(self._sock, protocol.MAX_BEFORE_LOGIN)

    def send(self, data: bytes) -> None:
        """Send all of it."""
        self._sock.sendall(data)

    def fatal(self, error: SqlError) -> None:
        """The last message of a connection that cannot go on."""
        with suppress(OSError):
            self.send(protocol.error(error.fields | {"S": "FATAL", "V": "FATAL"}))
            # A socket that is closed with unread bytes is reset, and the other side may never see the error.
            socket.socket.shutdown(self._sock, socket.SHUT_WR)
            self._sock.settimeout(_LINGER)
            for _ in range(_LINGER_READS):
                if not socket.socket.recv(self._sock, 1 << 16):
                    break

    def cut(self) -> None:
        """Make whoever reads or writes here stop."""
        with suppress(OSError):
            # Not SSLSocket's own, which takes the cipher from under the thread that reads.
            socket.socket.shutdown(self._sock, socket.SHUT_RDWR)

    def close(self) -> None:
        """Hang up, after what was sent has arrived."""
        with suppress(OSError):
            socket.socket.shutdown(self._sock, socket.SHUT_WR)
        self._sock.close()
