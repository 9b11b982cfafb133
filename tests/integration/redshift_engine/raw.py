"""A client of the wire protocol that says exactly what it is told to: for what no driver would send."""

from __future__ import annotations

import hashlib
import socket
import ssl
import struct
from typing import Any

Message = tuple[bytes, bytes]


def message(kind: bytes, body: bytes = b"") -> bytes:
    return kind + struct.pack(">I", len(body) + 4) + body


def startup(parameters: dict[str, str]) -> bytes:
    pairs = b"".join(f"{key}\0{value}\0".encode() for key, value in parameters.items())
    body = struct.pack(">I", 196608) + pairs + b"\0"
    return struct.pack(">I", len(body) + 4) + body


def parse(sql: str, name: str = "") -> bytes:
    return message(b"P", f"{name}\0{sql}\0".encode() + b"\0\0")


def bind(name: str = "") -> bytes:
    return message(b"B", b"\0" + name.encode() + b"\0" + b"\0\0\0\0\0\0")


DESCRIBE = message(b"D", b"P\0")
EXECUTE = message(b"E", b"\0\0\0\0\0")
SYNC = message(b"S")


class Raw:
    """One connection."""

    def __init__(self, port: int, *, tls: bool = False, timeout: float = 60) -> None:
        self.sock: Any = socket.create_connection(("127.0.0.1", port), timeout=timeout)
        self.key = b""
        self.parameters: dict[str, str] = {}
        if tls:
            self.sock.sendall(struct.pack(">II", 8, 80877103))
            assert self.sock.recv(1) == b"S"
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            self.sock = context.wrap_socket(self.sock)

    def log_in(self, user: str, password: str, **parameters: str) -> Raw:
        """Start a session; raises AssertionError with the server's error."""
        self.sock.sendall(startup({"user": user, "database": "dev"} | parameters))
        while True:
            kind, body = self.read()
            assert kind != b"E", fields(body)
            if kind == b"R" and body[:4] == struct.pack(">I", 5):
                inner = hashlib.md5((password + user).encode()).hexdigest()
                digest = hashlib.md5(inner.encode() + body[4:8]).hexdigest()
                self.sock.sendall(message(b"p", f"md5{digest}\0".encode()))
            elif kind == b"R" and body == struct.pack(">I", 3):
                self.sock.sendall(message(b"p", password.encode() + b"\0"))
            elif kind == b"S":
                name, value, _ = body.split(b"\0")
                self.parameters[name.decode()] = value.decode()
            elif kind == b"K":
                self.key = body
            elif kind == b"Z":
                return self

    def take(self, count: int) -> bytes:
        data = b""
        while len(data) < count:
            part = self.sock.recv(count - len(data))
            if not part:
                raise EOFError
            data += part
        return data

    def read(self) -> Message:
        kind, length = struct.unpack(">cI", self.take(5))
        return kind, self.take(length - 4)

    def until_ready(self) -> list[Message]:
        """Every message up to ReadyForQuery, without those of parameters and notices."""
        found = []
        while True:
            kind, body = self.read()
            if kind not in (b"S", b"N"):
                found.append((kind, body))
            if kind == b"Z":
                return found

    def simple(self, sql: str | bytes) -> list[Message]:
        text = sql.encode() if isinstance(sql, str) else sql
        self.sock.sendall(message(b"Q", text + b"\0"))
        return self.until_ready()

    def extended(self, *sqls: str) -> list[Message]:
        """Statements in one pipeline, with one Sync at the end."""
        self.sock.sendall(b"".join(parse(sql) + bind() + DESCRIBE + EXECUTE for sql in sqls) + SYNC)
        return self.until_ready()

    def cancel(self) -> None:
        """Cancel from a second connection; comes back when the server has hung up."""
        with socket.create_connection(self.sock.getpeername()[:2], timeout=60) as other:
            other.sendall(struct.pack(">II", 8 + len(self.key), 80877102) + self.key)
            while other.recv(64):
                pass

    def close(self) -> None:
        self.sock.close()


def kinds(messages: list[Message]) -> str:
    return b"".join(kind for kind, _ in messages).decode()


def fields(body: bytes) -> dict[str, str]:
    return {part[:1].decode(): part[1:].decode() for part in body.split(b"\0") if part}


def errors(messages: list[Message]) -> list[str]:
    """The SQLSTATEs of the errors among messages."""
    return [fields(body)["C"] for kind, body in messages if kind == b"E"]


def values(messages: list[Message]) -> list[list[str | None]]:
    """The rows among messages, in text."""
    rows = []
    for kind, body in messages:
        if kind != b"D":
            continue
        row, at = [], 2
        for _ in range(struct.unpack_from(">H", body)[0]):
            length = struct.unpack_from(">i", body, at)[0]
            at += 4
            row.append(None if length < 0 else body[at : at + length].decode())
            at += max(length, 0)
        rows.append(row)
    return rows
