"""The messages of PostgreSQL's wire protocol, version 3: framing, a buffered reader, a few builders.

Source: PostgreSQL's documentation, "Message Formats".
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from dpctl.sandbox.redshift.postgres import oids

PROTOCOL = 196608
CANCEL = 80877102
SSL = 80877103
GSS = 80877104


@dataclass(frozen=True)
class Field:
    """A column of a result: ``modifier`` is PostgreSQL's (length + 4 of a varchar), -1 for none."""

    name: str
    oid: int = oids.TEXT
    size: int = -1
    modifier: int = -1
    table: int = 0
    column: int = 0


MAX_MESSAGE = 1 << 30
"""The longest message, in bytes; Redshift's longest statement is 16 MB, its parameters come on top."""

MAX_BEFORE_LOGIN = 10_000
"""The longest message of a client that is not known yet, in bytes (PostgreSQL's limit)."""


class Closed(ConnectionError):
    """The other side is gone."""


class Malformed(ValueError):
    """What arrived is not the protocol."""


class Reader:
    """Takes whole messages off a socket, without a system call for each."""

    def __init__(self, sock: socket.socket, limit: int = MAX_MESSAGE) -> None:
        self._sock = sock
        self._data = b""
        self._at = 0
        self.limit = limit

    @property
    def pending(self) -> bool:
        """Whether something has arrived that was not taken."""
        return self._at < len(self._data)

    def message(self) -> tuple[bytes, bytes]:
        """The next message: its type (one byte) and its body. Raises Malformed for an impossible length."""
        self._need(5)
        kind = self._data[self._at : self._at + 1]
        length = struct.unpack_from(">I", self._data, self._at + 1)[0]
        if not 4 <= length <= self.limit:
            raise Malformed(f"invalid message length {length}")
        self._need(length + 1)
        body = self._data[self._at + 5 : self._at + 1 + length]
        self._at += length + 1
        return kind, body

    def untyped(self) -> bytes:
        """The body of a startup message, which has no type."""
        self._need(4)
        length = struct.unpack_from(">I", self._data, self._at)[0]
        if not 8 <= length <= MAX_BEFORE_LOGIN:
            raise Malformed("invalid length of startup packet")
        self._need(length)
        body = self._data[self._at + 4 : self._at + length]
        self._at += length
        return body

    def copy_rows(self) -> list[bytes] | None:
        """The rows (CopyData) that have arrived, at least one; None at the next message of another kind."""
        self._need(5)
        data, at, end = self._data, self._at, len(self._data)
        rows: list[bytes] = []
        unpack = struct.Struct(">I").unpack_from
        while at + 5 <= end and data[at] == 100:
            stop = at + 1 + unpack(data, at + 1)[0]
            if stop > end:
                break
            rows.append(data[at + 5 : stop])
            at = stop
        self._at = at
        if rows:
            return rows
        if data[at] != 100:
            return None
        _, body = self.message()
        return [body]

    def raw(self, stops: bytes) -> bytes:
        """The messages that have arrived, as they are, up to one whose type is among ``stops``.

        Empty when such a one is next; `message` takes it then.
        """
        self._need(5)
        data, at, end = self._data, self._at, len(self._data)
        unpack = struct.Struct(">I").unpack_from
        while at + 5 <= end and data[at] not in stops:
            stop = at + 1 + unpack(data, at + 1)[0]
            if stop > end:
                break
            at = stop
        if at == self._at and data[at] not in stops:
            kind, body = self.message()  # larger than what has arrived
            return message(kind, body)
        found = data[self._at : at]
        self._at = at
        return found

    def _need(self, count: int) -> None:
        missing = count - (len(self._data) - self._at)
        if missing <= 0:
            return
        parts = [self._data[self._at :]]
        while missing > 0:
            part = self._sock.recv(max(missing, 1 << 18))
            if not part:
                raise Closed("the connection was closed")
            parts.append(part)
            missing -= len(part)
        self._data = b"".join(parts)
        self._at = 0


def message(kind: bytes, body: bytes = b"") -> bytes:
    """A message with its type and length."""
    return kind + struct.pack(">I", len(body) + 4) + body


def cstring(text: str) -> bytes:
    """Text as it stands in a message: UTF-8 and a zero byte."""
    return text.encode() + b"\0"


def only_string(body: bytes) -> str:
    """The text of a message that has nothing else. Raises Malformed and UnicodeDecodeError."""
    if body[-1:] != b"\0" or b"\0" in body[:-1]:
        raise Malformed("invalid message format")
    return body[:-1].decode()


def startup(parameters: Mapping[str, str]) -> bytes:
    """The first message of a session."""
    pairs = b"".join(cstring(key) + cstring(value) for key, value in parameters.items())
    body = struct.pack(">I", PROTOCOL) + pairs + b"\0"
    return struct.pack(">I", len(body) + 4) + body


def error(fields: Mapping[str, str], kind: bytes = b"E") -> bytes:
    """An ErrorResponse (or, with ``kind`` N, a NoticeResponse)."""
    return message(kind, b"".join(key.encode() + cstring(value) for key, value in fields.items()) + b"\0")


def fields_of(body: bytes) -> dict[str, str]:
    """The fields of an ErrorResponse or a NoticeResponse by their letters."""
    parts = body.rstrip(b"\0").split(b"\0")
    return {part[:1].decode(): part[1:].decode("utf-8", "replace") for part in parts if part}


def row_description(fields: Sequence[Field]) -> bytes:
    """What precedes rows."""
    body = struct.pack(">H", len(fields))
    for field in fields:
        body += cstring(field.name)
        body += struct.pack(">IHIhih", field.table, field.column, field.oid, field.size, field.modifier, 0)
    return message(b"T", body)


def parse_row_description(body: bytes) -> tuple[Field, ...]:
    """The columns of a RowDescription."""
    count = struct.unpack_from(">H", body)[0]
    at, found = 2, []
    for _ in range(count):
        end = body.index(b"\0", at)
        name = body[at:end].decode()
        table, column, oid, size, modifier, _format = struct.unpack_from(">IHIhih", body, end + 1)
        found.append(Field(name, oid, size, modifier, table, column))
        at = end + 19
    return tuple(found)


def computed_text_is_varchar(body: bytes) -> bytes:
    """A RowDescription in which what was computed, and is no column of a table, is VARCHAR instead of TEXT.

    Redshift has no type TEXT: its functions give VARCHAR ("Data types", "Character types").
    """
    patched, at = bytearray(body), 2
    for _ in range(struct.unpack_from(">H", body)[0]):
        at = body.index(b"\0", at) + 1
        table, _column, oid = struct.unpack_from(">IHI", body, at)
        if not table and oid == oids.TEXT:
            struct.pack_into(">I", patched, at + 6, oids.VARCHAR)
        at += 18
    return bytes(patched)


def data_row(values: Iterable[str | None]) -> bytes:
    """A row in text format."""
    parts, count = [], 0
    for value in values:
        count += 1
        raw = None if value is None else value.encode()
        parts.append(struct.pack(">i", -1) if raw is None else struct.pack(">I", len(raw)) + raw)
    return message(b"D", struct.pack(">H", count) + b"".join(parts))


def parse_data_row(body: bytes) -> tuple[str | None, ...]:
    """The values of a DataRow in text format."""
    count = struct.unpack_from(">H", body)[0]
    at = 2
    values: list[str | None] = []
    for _ in range(count):
        length = struct.unpack_from(">i", body, at)[0]
        at += 4
        if length < 0:
            values.append(None)
            continue
        values.append(body[at : at + length].decode())
        at += length
    return tuple(values)


def command_complete(tag: str) -> bytes:
    """The end of a statement."""
    return message(b"C", cstring(tag))
