"""A session: one user's connection, on which statements of Redshift run one after the other."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, TypeVar

from dpctl.sandbox.redshift.errors import SqlError
from dpctl.sandbox.redshift.history import History, Who, microseconds
from dpctl.sandbox.redshift.postgres.backend import Result
from dpctl.sandbox.redshift.postgres.server import Postgres
from dpctl.sandbox.redshift.roles import Roles
from dpctl.sandbox.redshift.sql import lexer
from dpctl.sandbox.redshift.sql.allowed import FUNCTIONS
from dpctl.sandbox.redshift.sql.cursor import Cursor
from dpctl.sandbox.redshift.sql.dialect import translate
from dpctl.sandbox.redshift.sql.known import Column, Known, NeedsColumns
from dpctl.sandbox.redshift.sql.lexer import literal
from dpctl.sandbox.redshift.sql.plan import Engine, Plan, query
from dpctl.sandbox.redshift.sql.writes import changes_rows, written
from dpctl.sandbox.redshift.surroundings import Surroundings
from dpctl.sandbox.redshift.turn import Turn

_BYTES = re.compile(r"bytes_of_\d+_(.+)_(\d+)")
_KNOWN = (
    "SELECT DISTINCT attname, 'super' FROM pg_attribute "
    "WHERE atttypid = 'super'::regtype AND attrelid >= 16384 "
    "UNION ALL SELECT relname, 'late' FROM redshift_late_views JOIN pg_class ON pg_class.oid = view_id "
    "UNION ALL SELECT proname, 'function' FROM pg_proc JOIN pg_namespace n ON n.oid = pronamespace "
    "WHERE nspname NOT IN ('pg_catalog', 'information_schema', 'pg_internal', 'sys_history')"
)
T = TypeVar("T")

_KINDS = ("super", "late", "function")

_REMEMBERED = 500
_CHANGES = ("DROP", "ALTER")


@dataclass
class Namespace:
    """What the sessions share.

    ``ddl`` counts changes of tables, which may bring SUPER columns. The engine says who carries out what is
    not PostgreSQL's (``commands``: session, text and query id), and what brings a view of a database up to
    date before a statement that names it (``views``).
    """

    postgres: Postgres
    surroundings: Surroundings
    roles: Roles
    history: History
    ddl: int = 0
    commands: dict[Engine, Callable[[Session, str, int], Result]] = field(default_factory=dict)
    views: dict[str, Callable[[str], None]] = field(default_factory=dict)


class Session:
    """Runs statements; not for use by two threads at once, except for `cancel`."""

    def __init__(
        self,
        namespace: Namespace,
        user: str,
        database: str,
        application: str = "dpctl",
        settings: Mapping[str, str] | None = None,
    ) -> None:
        self.namespace = namespace
        self.user, self.database = user, database.lower()
        around = namespace.surroundings
        told = {"redshift.account": around.account_id, "redshift.ahead": str(around.ahead())}
        told |= dict(settings or {})
        self.backend = namespace.postgres.connect(self.user, self.database, application, told)
        self.turn = Turn(self.backend.cancel)
        self.notices: list[str] = []
        self.last_query_id = -1
        self._version = -1
        self._known = Known(columns=None)
        self._late: frozenset[str] = frozenset()
        self._writing: set[str] = set()  # the tables that the open transaction has written to
        self._known_columns: dict[tuple[int, frozenset[str]], frozenset[Column]] = {}
        self._user_id = int(self.backend.value("SELECT oid FROM pg_roles WHERE rolname = current_user") or 0)

    @property
    def surroundings(self) -> Surroundings:
        """The account around."""
        return self.namespace.surroundings

    @property
    def roles(self) -> Roles:
        """The roles IAM_ROLE may name."""
        return self.namespace.roles

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open (failed or not)."""
        return self.backend.status != b"I"

    def _learn(self) -> None:
        """See what the database has that changes the meaning of a statement, unless nothing has changed."""
        version = self.namespace.ddl
        if self._version == version or self.backend.status == b"E":
            return
        rows = self.backend.look_up(_KNOWN)
        named = {kind: frozenset(str(row[0]) for row in rows if row[1] == kind) for kind in _KINDS}
        foreign = self.namespace.postgres.foreign_functions(self.database) - FUNCTIONS
        self._known = Known(named["super"], None, named["function"], foreign)
        self._late = named["late"]
        self._version = version

    def translate(self, sql: str) -> str:
        """A query in PostgreSQL's words. Raises SqlError."""
        return self._knowing(lambda known: query(sql, known))

    def _knowing(self, read: Callable[[Known], T]) -> T:
        self._learn()
        try:
            return read(self._known)
        except NeedsColumns as question:
            return read(replace(self._known, columns=self._columns(question.relations)))

    def _columns(self, relations: frozenset[str]) -> frozenset[Column]:
        """The columns of relations as a query names them; nothing of those that are not there."""
        key = (self.namespace.ddl, relations)
        if key not in self._known_columns and self.backend.status != b"E":
            names = ", ".join(literal(name) for name in sorted(relations))
            rows = self.backend.look_up(
                "SELECT n, attname, typname, atttypmod, attnum FROM unnest(ARRAY["
                + names
                + "]::text[]) AS n "
                "JOIN pg_attribute ON attrelid = to_regclass(n) AND attnum > 0 AND NOT attisdropped "
                "JOIN pg_type ON pg_type.oid = atttypid"
            )
            if len(self._known_columns) > _REMEMBERED:
                self._known_columns.clear()
            self._known_columns[key] = frozenset(
                Column(str(row[0]), str(row[1]), str(row[2]), int(row[3] or -1), int(row[4] or 0))
                for row in rows
            )
        return self._known_columns.get(key, frozenset())

    def _bind(self, sql: str) -> None:
        """See to the late-binding views that a statement uses, or whose relations it changes."""
        words = lexer.tokenize(sql)
        first, view = words[0].upper, "VIEW" in (token.upper for token in words[1:4])
        if first == "CREATE":  # what a new table is made from is used; its own names are not
            words = words[next((at for at, token in enumerate(words) if token.upper == "AS"), len(words)) :]
        names = sorted({token.value.lower() for token in words if token.kind in ("word", "quoted")})
        listed = ", ".join(literal(name) for name in names)
        if first in _CHANGES and not view:
            self.backend.look_up(f"SELECT redshift_unbind_late(ARRAY[{listed}])")
        elif first not in _CHANGES and not (first == "CREATE" and view) and self._late.intersection(names):
            self.backend.look_up(f"SELECT redshift_bind_late(ARRAY[{listed}])")

    def plan(self, sql: str) -> Plan:
        """What a statement comes to. Raises SqlError."""
        lower = sql.lower()
        if "sys_" in lower:
            self.namespace.history.flush()
        if "sys_query_history" in lower:
            self.namespace.history.show_running(self.database, self.backend.pid)
        for view, refresh in self.namespace.views.items():
            if view in lower:
                refresh(self.database)
        if "pg_last_query_id" in lower and self.backend.status != b"E":
            self.backend.look_up(
                f"SELECT set_config('redshift.last_query_id', '{self.last_query_id}', false)"
            )
        self._tell_time()
        plan = self._knowing(lambda known: translate(sql, known))
        if self._late and self.backend.status != b"E":
            self._bind(sql)
        self._take_turn(sql)
        return plan

    def _tell_time(self) -> None:
        """Let the session know how far the clock is ahead, where it was moved: a rollback forgets it."""
        ahead = self.surroundings.ahead()
        if ahead and self.backend.status != b"E":
            self.backend.look_up(f"SELECT set_config('redshift.ahead', '{ahead}', false)")

    def _take_turn(self, sql: str) -> None:
        """Within a transaction: who changes a table's rows has its other writers end first.

        PostgreSQL would let two transactions empty and fill a table at once. Those that only add rows are not
        kept apart: nobody could tell. Nor is who has added some already: two such would wait for each other.
        """
        if self.backend.status != b"T":
            self._writing.clear()
        elif (table := written(sql)) and table not in self._writing:
            self._writing.add(table)
            may = f"SELECT has_table_privilege(to_regclass({literal(table)}), 'UPDATE, DELETE')"
            if changes_rows(sql) and self.backend.look_up(may) == [("t",)]:
                self.backend.look_up(f"LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE")

    def execute(self, sql: str, query_id: int = 0) -> Result:
        """Run one statement. Raises SqlError; an open transaction has then failed, as in Redshift."""
        query_id = query_id or self.namespace.history.next_id()
        with self.remembered(sql, query_id) as run:
            try:
                with self.turn:
                    run.result = self.run(self.plan(sql), sql, query_id)
                return run.result
            except SqlError as error:
                raise self.failed(error) from error

    @contextmanager
    def remembered(self, sql: str, query_id: int) -> Iterator[Run]:
        """A statement that SYS_QUERY_HISTORY shows: running within the block, then as it ended."""
        run, history = Run(), self.namespace.history
        row = self._row(sql, query_id)
        history.began(query_id, self.database, row)
        try:
            yield run
        except SqlError as error:
            run.error = error
            raise
        finally:
            self.last_query_id = query_id
            history.ended(query_id)
            history.add(
                self.database, "query", row | _outcome(run, row["start_time"], self.surroundings.now())
            )

    def run(self, plan: Plan, sql: str, query_id: int) -> Result:
        """Carry out a plan."""
        self.namespace.ddl += lexer.keywords(sql, 1)[0] in ("CREATE", "ALTER", "DROP")
        if plan.engine in self.namespace.commands:
            return self.namespace.commands[plan.engine](self, sql, query_id)
        if plan.engine:
            return self._database(plan, sql)
        if plan.commits and self.in_transaction:
            self.backend.query("COMMIT")
        if len(plan.statements) == 1:
            result = self.backend.query(plan.statements[0])
        else:
            with self.atomic():
                result = [self.backend.query(statement) for statement in plan.statements][plan.answer]
        if plan.tag:
            count = result.tag.rpartition(" ")[2]
            result.tag = f"{plan.tag} {count}" if plan.tag == "MERGE" else plan.tag
            if result.fields is not None:
                result.fields, result.rows = None, []
        return result

    def atomic(self) -> Atomic:
        """A transaction around what is inside, unless one is open."""
        return Atomic(self)

    def failed(self, error: SqlError) -> SqlError:
        """The error in Redshift's words; an open transaction is made to have failed."""
        if self.backend.status == b"T":
            with suppress(SqlError):
                self.backend.query("DO $$ BEGIN RAISE EXCEPTION 'the transaction failed'; END $$")
        return reworded(error)

    def who(self, query_id: int) -> Who:
        """The first columns of a row of the history."""
        return Who(self._user_id, query_id, self.backend.pid, self.database)

    def _row(self, sql: str, query_id: int) -> dict[str, Any]:
        kind = lexer.keywords(sql, 1)[0] if "'" not in sql[:1] else "OTHER"
        return {
            "user_id": self._user_id, "query_id": query_id, "query_label": "default",
            "transaction_id": query_id, "session_id": self.backend.pid, "database_name": self.database,
            "query_type": kind,
            "status": "running", "result_cache_hit": False, "start_time": self.surroundings.now(),
            "queue_time": 0, "query_text": sql[:4000], "compute_type": "primary",
        }  # fmt: skip

    def cancel(self) -> None:
        """Stop what runs, and come back when it has ended; another thread may call this."""
        self.turn.cancel()

    def interrupt(self) -> None:
        """Ask once that what runs be stopped; another thread may call this."""
        self.turn.interrupt()

    def close(self) -> None:
        """End the session."""
        self.backend.close()

    def _database(self, plan: Plan, sql: str) -> Result:
        cursor = Cursor(sql)
        cursor.expect("CREATE", "DROP")
        cursor.expect("DATABASE")
        name = cursor.word()
        if self.in_transaction:
            raise SqlError(f"{plan.engine.upper()} cannot run inside a transaction block", state="25001")
        if plan.engine == "create database":
            if not self.namespace.postgres.create_database(name):
                raise SqlError(f'database "{name}" already exists', state="42P04")
            return Result(tag="CREATE DATABASE")
        if name == self.database:
            raise SqlError("cannot drop the currently open database", state="55006")
        self.namespace.history.forget(name)
        self.namespace.postgres.drop_database(name)
        return Result(tag="DROP DATABASE")


@dataclass
class Run:
    """How a statement ended: its ``result``, or its ``error``; neither when the connection broke."""

    result: Result | None = None
    error: SqlError | None = None


def _outcome(run: Run, start: datetime, end: datetime) -> dict[str, Any]:
    spent = microseconds(start, end)
    failed = "canceled" if run.error and run.error.state == "57014" else "failed"
    return {
        "status": "success" if run.result else failed, "end_time": end, "elapsed_time": spent,
        "execution_time": spent, "error_message": run.error.message if run.error else "", "returned_bytes": 0,
        "returned_rows": len(run.result.rows) if run.result else 0,
    }  # fmt: skip


class Atomic:
    """Begins a transaction unless one is open, and ends it as the block went."""

    def __init__(self, session: Session) -> None:
        self._backend = session.backend
        self._own = not session.in_transaction

    def __enter__(self) -> None:
        if self._own:
            self._backend.query("BEGIN")

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if not self._own:
            return
        if error is None:
            try:
                self._backend.query("COMMIT")
            except SqlError:
                self._roll_back()
                raise
        elif not isinstance(error, ConnectionError):
            self._roll_back()

    def _roll_back(self) -> None:
        """A cancel may come just now; the transaction has to end all the same."""
        while self._backend.status != b"I":
            with suppress(SqlError):
                self._backend.query("ROLLBACK")


def _limit(constraint: str) -> SqlError | None:
    """The error of a check that stands for a column's type (functions.sql); None for any other."""
    if match := _BYTES.fullmatch(constraint):
        return SqlError(f"value too long for type {match.group(1)}({match.group(2)})", state="22001")
    if constraint.startswith("ascii_of_"):
        return SqlError("CHAR string contains invalid ASCII character", state="XX000")
    if constraint.startswith("number_of_"):
        return SqlError("Invalid digit, Value 'N', Pos 0, Type: Decimal", state="XX000")
    return None


def reworded(error: SqlError) -> SqlError:
    """PostgreSQL's errors that Redshift words otherwise."""
    if error.state == "23514" and (found := _limit(error.fields.get("n", ""))):
        return found
    if error.state == "21000" and "MERGE" in error.message:
        return SqlError("Found multiple matches to update the same tuple", state="XX000")
    if error.state == "42501":
        error.fields["M"] = re.sub(
            r"^permission denied for (table|view) ", "permission denied for relation ", error.message
        )
    if error.state == "42P01" and (match := re.search(r'"(st[lv]_\w+|svl_\w+)"', error.message)):
        return SqlError(
            f'relation "{match.group(1)}" does not exist',
            state="42P01",
            hint="Redshift Serverless has the SYS_ views instead of the STL, STV and SVL ones.",
        )
    return error
