"""The server behind the RDS instance of env.yaml: a MariaDB of this machine, where one is installed.

It has a folder of its own, listens on an address of 127.0.0.0/8 only, and starts with the first connection:
the sandbox holds the listening socket and hands it over (systemd's protocol for socket activation, which
MariaDB speaks since 10.6). So a sandbox that nobody asks for MySQL pays nothing, and a server that was
killed is there again for the next client, as RDS restarts one.
"""

from __future__ import annotations

import contextlib
import logging
import os
import secrets
import select
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from dpctl.sandbox import processes

log = logging.getLogger(__name__)

OWNER = "rdsadmin"
"""Owns the server, as in RDS; never given to anybody."""
INSTALL = "apt-get install --no-install-recommends mariadb-server   (macOS: brew install mariadb)"
NO_TLS = 2026  # the client's error for a server without TLS, where it has to be (CR_SSL_CONNECTION_ERROR)
START_SECONDS = 60.0
SOON = 2.0
# What RDS for MySQL 8 has by default and MariaDB has not, and what a server that may be lost does not need.
SETTINGS = (
    "--no-defaults",
    "--sql-mode=ONLY_FULL_GROUP_BY,STRICT_TRANS_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,"
    "ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION",
    "--character-set-server=utf8mb4",
    "--default-time-zone=+00:00",
    "--skip-name-resolve",
    "--skip-log-bin",
    "--local-infile=0",
    "--innodb-flush-log-at-trx-commit=0",
    "--innodb-flush-method=nosync",
    "--socket=mysql.sock",
)
# systemd's protocol (sd_listen_fds(3)): the socket is descriptor 3, and LISTEN_PID names the process itself.
HAND_OVER = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.environ |= {"LISTEN_FDS": "1", "LISTEN_PID": str(os.getpid())}
os.execv(sys.argv[2], sys.argv[2:])
"""
# What the administrator of RDS may do (RDS user guide, "Master user account privileges").
GRANTED = (
    "SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, RELOAD, PROCESS, REFERENCES, INDEX, ALTER, "
    "SHOW DATABASES, CREATE TEMPORARY TABLES, LOCK TABLES, EXECUTE, REPLICATION SLAVE, REPLICATION CLIENT, "
    "CREATE VIEW, SHOW VIEW, CREATE ROUTINE, ALTER ROUTINE, CREATE USER, EVENT, TRIGGER"
)


def program() -> str | None:
    """The server's program; None where none that can be started here is installed."""
    for name in ("mariadbd", "mysqld"):
        found = shutil.which(name, path=os.environ.get("PATH", os.defpath) + ":/usr/sbin:/usr/local/sbin")
        if found and shutil.which("mariadb-install-db"):
            return found
    return None


@dataclass
class Instance:
    """What RDS knows of the instance: its database, its administrator, and whether it answers."""

    database: str
    user: str
    password: str = field(repr=False)
    available: bool = True


class MySql:
    """The server of one account. ``host`` and ``port`` are known, and listened on, before it starts."""

    def __init__(self, folder: Path, port: int, certificates: Callable[[], tuple[Path, Path]]) -> None:
        """``certificates`` gives the authority's file and the server's chain with its key."""
        self.folder = folder
        self.instance: Instance | None = None
        self._certificates = certificates
        self._owner_password = secrets.token_hex(16)
        self._lock = threading.RLock()
        self._process: subprocess.Popen[bytes] | None = None
        self.tls_required = False
        self.options: tuple[str, ...] = ()
        """Further options of the program's, which win over those of here."""
        self._ended = False
        self._socket = _bind(port)
        self.host, self.port = self._socket.getsockname()
        self._wake, self._stop = os.pipe()
        self._thread = threading.Thread(target=self._serve, name="mysql", daemon=True)
        self._thread.start()

    def run(self, instance: Instance) -> None:
        """The instance was created: from now on the server answers for it."""
        with self._lock:
            self.instance = instance

    def set_password(self, password: str) -> None:
        """Change the administrator's password, at once where the server runs."""
        with self._lock:
            if self.instance is None or self.instance.password == password:
                return
            self.instance.password = password
            if self._process is not None and self._process.poll() is None:
                self._execute(_password_sql(self.instance))

    def require_tls(self, required: bool) -> None:
        """What the parameter ``require_secure_transport`` of the instance's group says."""
        with self._lock:
            self.tls_required = required
            if self._process is not None and self._process.poll() is None:
                self._execute([_tls_sql(required)])

    def forget(self) -> None:
        """The instance was deleted: its server and its data go with it."""
        with self._lock:
            self.instance = None
            self._end()
            shutil.rmtree(self.folder, ignore_errors=True)

    def pause(self, available: bool) -> None:
        """The instance was stopped, or started again."""
        with self._lock:
            if self.instance is not None:
                self.instance.available = available
            if not available:
                self._end()

    def close(self) -> None:
        """Stop the server and listening."""
        self._ended = True
        with contextlib.suppress(OSError):
            os.write(self._stop, b".")
        with self._lock:
            self._end()
        self._thread.join(timeout=5)
        self._socket.close()

    def _serve(self) -> None:
        """Start the server for a connection that waits, and again after it has ended."""
        while not self._ended:
            select.select([self._socket.fileno(), self._wake], [], [])
            if self._ended:
                return
            with self._lock:
                ready = self.instance is not None and self.instance.available
                started = ready and self._start()
            if not started:
                _refuse(self._socket)
                continue
            process, began = self._process, time.monotonic()
            if process is not None:
                process.wait()
                processes.ended(process)
                if time.monotonic() - began < SOON:  # it does not start: whoever waits is not kept
                    _refuse(self._socket)

    def _start(self) -> bool:
        try:
            if not (self.folder / "data" / "mysql").is_dir():
                self._initialise()
            self._process = self._launch()
            return True
        except (OSError, subprocess.SubprocessError):
            log.exception("MySQL does not start")
            return False

    def _initialise(self) -> None:
        shutil.rmtree(self.folder / "data", ignore_errors=True)
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        options = ["--auth-root-authentication-method=normal", "--skip-test-db", "--skip-name-resolve"]
        command = ["mariadb-install-db", "--no-defaults", f"--datadir={self.folder / 'data'}", *options]
        with self._log() as output:
            subprocess.run(
                [*command, *_as_user()], check=True, stdin=subprocess.DEVNULL, stdout=output,
                stderr=output, env=processes.environment(), timeout=START_SECONDS * 10,
            )  # fmt: skip

    def _launch(self) -> subprocess.Popen[bytes]:
        assert self.instance is not None
        authority, chain = self._certificates()
        first = self.folder / "first.sql"
        first.touch(mode=0o600)
        statements = _first_statements(self.instance, self._owner_password)
        statements.append(f"{_tls_sql(self.tls_required)};")
        first.write_text("\n".join(statements), encoding="utf-8")
        command = [
            str(program()), *SETTINGS, *_as_user(), f"--datadir={self.folder / 'data'}",
            f"--port={self.port}", f"--bind-address={self.host}", f"--init-file={first}",
            f"--ssl-ca={authority}", f"--ssl-cert={chain}", f"--ssl-key={chain}", *self.options,
        ]  # fmt: skip
        descriptor = self._socket.fileno()
        with self._log() as output:
            process = subprocess.Popen(
                [sys.executable, "-I", "-S", "-c", HAND_OVER, str(descriptor), *command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=processes.environment(),
                pass_fds=(descriptor,),
                start_new_session=True,
            )
        processes.started(process)
        return process

    def _log(self) -> IO[bytes]:
        return (self.folder / "server.log").open("ab")

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None or process.poll() is not None:
            return
        process.terminate()
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            processes.kill(process)

    def _execute(self, statements: list[str]) -> None:
        session = self.session(OWNER, self._owner_password, tls=True)
        try:
            with session.cursor() as cursor:
                for statement in statements:
                    cursor.execute(statement)
        finally:
            session.close()

    def session(self, user: str, password: str, database: str | None = None, *, tls: bool = False) -> Any:
        """A connection of a user's, as a client has it. Raises pymysql's errors."""
        import pymysql

        authority = str(self._certificates()[0])
        secured = {"ssl_ca": authority, "ssl_verify_identity": False} if tls else {"ssl_disabled": True}
        return pymysql.connect(
            host=self.host, port=self.port, user=user, password=password, database=database,
            connect_timeout=int(START_SECONDS), charset="utf8mb4", autocommit=True, **secured,
        )  # fmt: skip


def _first_statements(instance: Instance, owner_password: str) -> list[str]:
    """What is carried out at every start: it does no harm twice."""
    user = _text(instance.user)
    return [
        f"CREATE USER IF NOT EXISTS {OWNER}@'%';",
        f"ALTER USER {OWNER}@'%' IDENTIFIED BY {_text(owner_password)};",
        f"GRANT ALL PRIVILEGES ON *.* TO {OWNER}@'%' WITH GRANT OPTION;",
        "DELETE FROM mysql.global_priv WHERE User IN ('root', '');",
        "FLUSH PRIVILEGES;",
        f"CREATE DATABASE IF NOT EXISTS {_name(instance.database)};",
        f"CREATE USER IF NOT EXISTS {user}@'%';",
        *(f"{line};" for line in _password_sql(instance)),
        f"GRANT {GRANTED} ON *.* TO {user}@'%' WITH GRANT OPTION;",
    ]


def _tls_sql(required: bool) -> str:
    return f"SET GLOBAL require_secure_transport = {'ON' if required else 'OFF'}"


def _password_sql(instance: Instance) -> list[str]:
    return [f"ALTER USER {_text(instance.user)}@'%' IDENTIFIED BY {_text(instance.password)}"]


def _text(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "''") + "'"


def _name(value: str) -> str:
    return "`" + value.replace("`", "``") + "`"


def _as_user() -> list[str]:
    """MariaDB wants to be told that it may run as root."""
    return ["--user=root"] if os.geteuid() == 0 else []


def _bind(port: int) -> socket.socket:
    """A listening socket of this machine only.

    On Linux all of 127.0.0.0/8 is this machine: an address of its own lets every sandbox have the port that
    the instance has in AWS. Elsewhere it is 127.0.0.1, and another port when that one is taken.
    """
    for host, number in [*((_loopback(), port) for _ in range(8)), ("127.0.0.1", port), ("127.0.0.1", 0)]:
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, number))
            listener.listen(128)
            return listener
        except OSError:
            listener.close()
    raise OSError("no address of this machine is free for MySQL")


def _loopback() -> str:
    return "127." + ".".join(str(1 + secrets.randbelow(254)) for _ in range(3))


def _refuse(listener: socket.socket) -> None:
    """Nobody answers here: take the connections that wait, and close them."""
    listener.setblocking(False)
    try:
        with contextlib.suppress(BlockingIOError):
            while True:
                listener.accept()[0].close()
    finally:
        listener.setblocking(True)
    time.sleep(0.05)
