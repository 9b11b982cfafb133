"""A connection to the embedded PostgreSQL, in the simple query protocol: what the engine itself needs."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from dpctl.sandbox.redshift.errors import SqlError
from dpctl.sandbox.redshift.postgres import protocol

Notice = Callable[[dict[str, str]], None]


@dataclass
class Result:
    """What a statement gave: its command tag and, for a query, columns and rows in text format.

    ``affected`` is the number of rows where the tag does not tell it (UNLOAD, COPY).
    """

    tag: str = ""
    fields: tuple[protocol.Field, ...] | None = None
    rows: list[tuple[str | None, ...]] = field(default_factory=list)
    affected: int = -1

    @property
    def count(self) -> int:
        """The number of rows, or -1 where there is none to tell (``CREATE TABLE``)."""
        if self.affected >= 0:
            return self.affected
        last = self.tag.rsplit(" ", 1)[-1]
        return int(last) if last.isdigit() else -1


class Backend:
    """One session of PostgreSQL over its Unix socket, as ``user``. Not for use by two threads at once."""

    def __init__(
        self,
        path: str,
        user: str,
        database: str,
        application: str = "dpctl",
        settings: Mapping[str, str] | None = None,
    ) -> None:
        self._path = path
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self.sock.connect(path)
            self.reader = protocol.Reader(self.sock)
            self.parameters: dict[str, str] = {}
            self.key = b""
            self.status = b"I"
            self.piping = False  # messages of a client's pipeline have gone on, and no Sync yet
            self.on_notice: Notice = lambda fields: None
            self._start(
                {"user": user, "database": database, "application_name": application} | dict(settings or {})
            )
        except BaseException:
            self.sock.close()
            raise

    @property
    def pid(self) -> int:
        """The server process of this session."""
        return int(struct.unpack(">I", self.key[:4])[0])

    def query(self, sql: str) -> Result:
        """Run one statement to its end. Raises SqlError; the session stays usable."""
        return list(self.run(sql))[-1]

    def look_up(self, sql: str) -> list[tuple[str | None, ...]]:
        """The rows of a query of the engine's own, in the middle of whatever the client's pipeline does.

        A simple query would end the transaction that its messages are in. Raises SqlError.
        """
        name, no_formats = protocol.cstring("engine"), b"\0\0"
        self.send(
            protocol.message(b"P", name + protocol.cstring(sql) + b"\0\0")
            + protocol.message(b"B", name + name + no_formats + b"\0\0" + no_formats)
            + protocol.message(b"E", name + b"\0\0\0\0")
            + protocol.message(b"C", b"P" + name)
            + protocol.message(b"C", b"S" + name)
            + protocol.message(b"H")
        )
        rows, closed = [], 0
        while closed < 2:
            kind, body = self.read()
            if kind == b"D":
                rows.append(protocol.parse_data_row(body))
            elif kind == b"E":
                failure = SqlError.of(protocol.fields_of(body))
                self.sync()
                # A cancel may have come after the Parse: the name must be free for the next time.
                self.send(protocol.message(b"C", b"S" + name))
                self.sync()
                raise failure
            closed += kind == b"3"
        if not self.piping:
            self.sync()
        return rows

    def ready(self, status: bytes) -> None:
        """The server has said that it is ready: no pipeline is open."""
        self.status, self.piping = status, False

    def sync(self) -> None:
        """End a pipeline, and with it the transaction that its messages are in. Raises SqlError."""
        self.send(protocol.message(b"S"))
        failure: SqlError | None = None
        while (answer := self.read())[0] != b"Z":
            if answer[0] == b"E":
                failure = SqlError.of(protocol.fields_of(answer[1]))
        if failure:
            raise failure

    def value(self, sql: str) -> str | None:
        """The first value of the first row; None for no row."""
        rows = self.query(sql).rows
        return rows[0][0] if rows else None

    def run(self, sql: str) -> Iterator[Result]:
        """Run a script in PostgreSQL's SQL; one result per statement."""
        self.send(protocol.message(b"Q", protocol.cstring(sql)))
        results = [Result()]
        failure: SqlError | None = None
        while True:
            kind, body = self.read()
            if kind == b"T":
                described = protocol.computed_text_is_varchar(body)
                results[-1].fields = protocol.parse_row_description(described)
            elif kind == b"D":
                results[-1].rows.append(protocol.parse_data_row(body))
            elif kind == b"C":
                results[-1].tag = body[:-1].decode()
                results.append(Result())
            elif kind == b"E":
                failure = SqlError.of(protocol.fields_of(body))
            elif kind == b"G":
                self.send(protocol.message(b"f", protocol.cstring("COPY FROM STDIN has no source here")))
            elif kind == b"Z":
                break
        if failure:
            raise failure
        return iter(results[:-1] or results)

    def copy_out(self, sql: str) -> Iterator[list[bytes]]:
        """The rows of ``COPY (...) TO STDOUT``, in batches as they arrive."""
        self.send(protocol.message(b"Q", protocol.cstring(sql)))
        self._expect(b"H")
        ended = False
        try:
            while (rows := self.reader.copy_rows()) is not None:
                yield rows
            ended = True
        finally:
            if not ended:
                self.cancel()
                self._drain()
        self._finish()

    def copy_in(self, sql: str, chunks: Iterable[bytes]) -> int:
        """Stream ``chunks`` into ``COPY ... FROM STDIN``; gives the number of rows that were stored.

        A thread sends while this one reads: the server may have so many notices to tell that it would stop
        taking data until they are read.
        """
        self.send(protocol.message(b"Q", protocol.cstring(sql)))
        self._expect(b"G")
        over = threading.Event()
        failures: list[BaseException] = []
        sender = threading.Thread(target=self._feed, args=(chunks, over, failures), daemon=True)
        sender.start()
        try:
            result = self._finish()
        except SqlError:
            if failures:
                raise failures[0] from None
            raise
        finally:
            over.set()
            sender.join()
        return result.count

    def cancel(self) -> None:
        """Ask the server, over a connection of its own, to cancel what this session is doing.

        The server hangs up when it has passed the request on. To come back earlier would let it hit whatever
        the session does next.
        """
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as sock:
            sock.connect(self._path)
            sock.sendall(struct.pack(">II", 8 + len(self.key), protocol.CANCEL) + self.key)
            with suppress(ConnectionError):
                while sock.recv(64):
                    pass

    def close(self) -> None:
        """End the session; an open transaction is rolled back."""
        try:
            self.sock.sendall(protocol.message(b"X"))
        except OSError:
            pass
        finally:
            self.sock.close()

    def send(self, data: bytes) -> None:
        """Send messages as they are."""
        self.sock.sendall(data)

    def read(self) -> tuple[bytes, bytes]:
        """The next message, with notices and session state seen to."""
        while True:
            kind, body = self.reader.message()
            if kind == b"N":
                self.on_notice(protocol.fields_of(body))
            elif kind == b"S":
                name, value = body.split(b"\0")[:2]
                self.parameters[name.decode()] = value.decode()
            else:
                if kind == b"Z":
                    self.ready(body)
                return kind, body

    def _start(self, parameters: dict[str, str]) -> None:
        self.send(protocol.startup(parameters))
        while True:
            kind, body = self.read()
            if kind == b"E":
                raise SqlError.of(protocol.fields_of(body))
            if kind == b"K":
                self.key = body
            elif kind == b"Z":
                return

    def _feed(self, chunks: Iterable[bytes], over: threading.Event, failures: list[BaseException]) -> None:
        try:
            for chunk in chunks:
                if over.is_set():
                    return
                self.send(protocol.message(b"d", chunk))
            self.send(protocol.message(b"c"))
        except BaseException as failure:
            failures.append(failure)
            if not isinstance(failure, ConnectionError):
                self.send(protocol.message(b"f", protocol.cstring("the source failed")))

    def _expect(self, wanted: bytes) -> None:
        kind, body = self.read()
        if kind == b"E":
            failure = SqlError.of(protocol.fields_of(body))
            self._drain()
            raise failure
        if kind != wanted:
            raise protocol.Closed(f"expected {wanted!r} from PostgreSQL, got {kind!r}")

    def _finish(self) -> Result:
        result = Result()
        failure: SqlError | None = None
        while True:
            kind, body = self.read()
            if kind == b"C":
                result.tag = body[:-1].decode()
            elif kind == b"E":
                failure = SqlError.of(protocol.fields_of(body))
            elif kind == b"Z":
                break
        if failure:
            raise failure
        return result

    def _drain(self) -> None:
        while self.read()[0] != b"Z":
            pass
