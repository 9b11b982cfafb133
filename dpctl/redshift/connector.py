"""redshift-connector: SQL over a connection, for whoever has a way to the workgroup's port.

A connection belongs to one thread (the driver's threadsafety is 1) and stays open for its next statement. It
commits by itself, because COPY JOB CREATE and some ALTER TABLE may not be part of a transaction. The driver
can't cancel; that is done from a second connection with ``pg_cancel_backend``.
"""

from __future__ import annotations

import math
import os
import queue
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from dpctl.errors import AccessError, AwsError, UsageError
from dpctl.redshift.executor import Result
from dpctl.redshift.failures import StatementFailed
from dpctl.redshift.polling import Waiting, cancelled, interrupted

# What the session's last statement did ("System information functions", Redshift Database Developer Guide)
_COUNTS = {"UNLOAD": "pg_last_unload_count()", "COPY": "pg_last_copy_count()"}
_IDS = {"UNLOAD": "pg_last_unload_id()", "COPY": "pg_last_copy_id()"}


@dataclass(frozen=True)
class Login:
    """Where the workgroup listens and who logs in. ``password`` is not shown.

    ``authority`` is a file with the certificate to trust besides those of the system; "" for none.
    """

    host: str
    port: int
    database: str
    user: str
    password: str = field(repr=False)
    tls: bool = True
    authority: str = ""


def connect(login: Login) -> Any:
    """Open a connection that commits by itself. Raises AwsError or AccessError."""
    import redshift_connector

    try:
        with _trusting(login.authority):
            connection = redshift_connector.connect(
                host=login.host,
                port=login.port,
                database=login.database,
                user=login.user,
                password=login.password,
                ssl=login.tls,
                sslmode="verify-ca" if login.authority else None,
                timeout=None,
                application_name="dpctl",
            )
    except (redshift_connector.Error, OSError) as error:
        text = server_text(error)
        kind = AccessError if "authentication" in text or "password" in text else AwsError
        raise kind(
            f"Could not connect to {login.host}:{login.port} as {login.user}.",
            why=text,
            hint="--via data-api, which needs no way into the VPC; or dpctl doctor glue-connection",
        ) from error
    connection.autocommit = True
    _as_text(connection)
    return connection


def _as_text(connection: Any) -> None:
    """Values as the server writes them, as the Data API has them: the driver's objects lose what they hold.

    Of a TIMETZ it keeps no zone, of VARBYTE no byte that is no text, and Python knows no infinite time; a
    REAL gets digits that it does not have.
    """
    from redshift_connector.utils import text_recv
    from redshift_connector.utils.oids import RedshiftOID

    as_text = ("NUMERIC", "DATE", "TIME", "TIMETZ", "TIMESTAMP", "TIMESTAMPTZ", "VARBYTE")
    for name in as_text:
        connection.redshift_types[RedshiftOID[name]] = (0, text_recv)
    connection.redshift_types[RedshiftOID.REAL] = (1, _real)


def _real(data: bytes, offset: int, length: int) -> float:
    """Four bytes as the shortest number that is them."""
    (value,) = struct.unpack_from("!f", data, offset)
    if not math.isfinite(value):
        return float(value)
    shorter = (float(f"{value:.{digits}g}") for digits in range(1, 9))
    return next((short for short in shorter if _same_real(short, value)), float(f"{value:.9g}"))


def _same_real(short: float, value: float) -> bool:
    try:
        return struct.pack("!f", short) == struct.pack("!f", value)
    except OverflowError:  # rounded up, the largest of them is none any more
        return False


_ENVIRONMENT = threading.Lock()


@contextmanager
def _trusting(authority: str) -> Iterator[None]:
    """The driver takes no certificate but OpenSSL's own, which this variable names."""
    if not authority:
        yield
        return
    with _ENVIRONMENT:
        before = os.environ.get("SSL_CERT_FILE")
        os.environ["SSL_CERT_FILE"] = authority
        try:
            yield
        finally:
            os.environ.pop("SSL_CERT_FILE")
            if before is not None:
                os.environ["SSL_CERT_FILE"] = before


@dataclass
class ConnectorExecutor:
    """Runs SQL on connections that ``open`` makes, one for each thread."""

    open: Callable[[], Any]
    waiting: Waiting
    _threads: threading.local = field(default_factory=threading.local)

    def attempt(self, work: str) -> str:
        """None: only the Data API remembers tokens."""
        return ""

    def run(self, sql: str, *, fetch: bool = False, token: str = "") -> Result:
        """Run a statement; see ``Executor``. A token needs the Data API."""
        if token:
            raise UsageError(
                "--token and --via connector can't be used together.",
                why="Only the Data API remembers tokens.",
                hint="--via data-api",
            )
        connection, process = self._session()
        verb = sql.split(None, 1)[0].upper()
        number = self._threads.number = getattr(self._threads, "number", 0) + 1
        name = f"{process}/{number}"
        started = self.waiting.clock.now()
        cursor = self._execute(connection, sql, name, process, started)
        try:
            rows = tuple(tuple(row) for row in cursor.fetchall()) if fetch and cursor.description else ()
            return Result(
                statement_id=name,
                query_id=_ask(connection, _IDS.get(verb)),
                session_id=process,
                columns=tuple(_text(item[0]) for item in cursor.description or ()),
                rows=rows,
                row_count=_ask(connection, _COUNTS[verb]) if verb in _COUNTS else _counted(cursor),
                seconds=self.waiting.clock.now() - started,
            )
        except KeyboardInterrupt:
            self._forget(connection)
            raise interrupted(name, "It had ended; what it brought was not all read.") from None

    def close(self) -> None:
        """Close this thread's connection."""
        session = getattr(self._threads, "session", None)
        if session:
            self._forget(session[0])

    def _session(self) -> tuple[Any, int]:
        session: tuple[Any, int] | None = getattr(self._threads, "session", None)
        if session is None:
            connection = self.open()
            cursor = connection.cursor()
            cursor.execute("SELECT pg_backend_pid()")
            session = (connection, int(cursor.fetchone()[0]))
            self._threads.session = session
        return session

    def _forget(self, connection: Any) -> None:
        """After an error nobody knows what is still under way on a connection."""
        self._threads.session = None
        try:
            connection.close()
        except Exception:
            return

    def _cancel(self, process: int) -> str:
        try:
            other = self.open()
            other.cursor().execute(f"SELECT pg_cancel_backend({process})")
            other.close()
        except Exception as error:
            return f"It could not be cancelled and may still run: {server_text(error)}"
        return "It was cancelled on the server."

    def _execute(self, connection: Any, sql: str, name: str, process: int, started: float) -> Any:
        """Run in a thread of its own, so that this one can count the time and be interrupted."""
        import redshift_connector

        answers: queue.Queue[Callable[[], Any]] = queue.Queue()
        runner = threading.Thread(target=_run, args=(connection, sql, answers), daemon=True)
        try:
            runner.start()
            return self.waiting.until(
                lambda: _answer(answers), cancel=lambda: self._cancel(process), name=name, started=started
            )()
        except (redshift_connector.InterfaceError, OSError) as error:
            self._forget(connection)
            raise AwsError(
                f"The connection was lost while statement {name} ran.",
                why=f"{server_text(error)} It is not known whether it ended; it was not sent again.",
                hint="--via data-api, which finds a statement again",
            ) from error
        except redshift_connector.Error as error:
            raise StatementFailed(server_text(error), statement_id=name, session_id=process) from error
        except KeyboardInterrupt:
            self._forget(connection)
            raise interrupted(name, cancelled(lambda: self._cancel(process))) from None
        except BaseException:
            self._forget(connection)
            raise


def _ask(connection: Any, function: str | None) -> int | None:
    """What a system function says of the statement that has just ended; None where it does not know."""
    if function is None:
        return None
    try:
        cursor = connection.cursor()
        cursor.execute(f"SELECT {function}")
        value = cursor.fetchone()[0]
    except Exception:
        return None
    return int(value) if value is not None and int(value) >= 0 else None


def _counted(cursor: Any) -> int | None:
    return int(cursor.rowcount) if cursor.rowcount >= 0 else None


def _run(connection: Any, sql: str, answers: queue.Queue[Callable[[], Any]]) -> None:
    try:
        cursor = connection.cursor()
        cursor.execute(sql)
    except BaseException as error:
        failure = error

        def failed() -> Any:
            raise failure

        answers.put(failed)
    else:
        answers.put(lambda: cursor)


def _answer(answers: queue.Queue[Callable[[], Any]]) -> Callable[[], Any] | None:
    try:
        return answers.get(timeout=0.01)
    except queue.Empty:
        return None


def server_text(error: BaseException) -> str:
    """What the server said: the driver puts the fields of its error into a dict."""
    fields = error.args[0] if error.args else ""
    if isinstance(fields, dict):
        return " ".join(str(fields[key]) for key in ("M", "D", "H") if fields.get(key))
    return str(error) or type(error).__name__


def _text(name: Any) -> str:
    return name.decode() if isinstance(name, bytes) else str(name)
