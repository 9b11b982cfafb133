"""COPY JOB: COPY statements that load new objects under a prefix, once each.

An object is known by its name: what a job has loaded, failed to load, or found when it was made is not loaded
again. New objects are told by the S3 event integration of their bucket; without one a job waits for RUN.
"""

from __future__ import annotations

import json
import queue
import threading
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from dpctl.sandbox.redshift.copy.grammar import parse_copy, parse_copy_job
from dpctl.sandbox.redshift.errors import SqlError
from dpctl.sandbox.redshift.grammar import Copy, split_uri
from dpctl.sandbox.redshift.postgres.backend import Result
from dpctl.sandbox.redshift.postgres.protocol import Field
from dpctl.sandbox.redshift.s3 import Object, Store
from dpctl.sandbox.redshift.session import Namespace, Session
from dpctl.sandbox.redshift.sql.lexer import literal
from dpctl.sandbox.redshift.transfers import load_files

QUOTA = 200
"""COPY JOBs per workgroup."""

LISTING = tuple(Field(name) for name in ("job_id", "job_name", "copy_job_text", "is_auto"))
"""The columns of COPY JOB LIST and COPY JOB SHOW."""

_COLUMNS = "job_id, job_name, user_name, bucket, prefix, copy_text, is_auto"


@dataclass(frozen=True)
class Job:
    """A COPY JOB as it is stored."""

    id: int
    name: str
    user: str
    bucket: str
    prefix: str
    text: str
    auto: bool

    @classmethod
    def of(cls, row: tuple[str | None, ...]) -> Job:
        """From a row of the table."""
        number, name, user, bucket, prefix, text, auto = (str(value) for value in row)
        return cls(int(number), name, user, bucket, prefix, text, auto == "t")


class Jobs:
    """All COPY JOBs of the namespace, and the thread that loads what comes."""

    def __init__(self, namespace: Namespace, data_dir: Path) -> None:
        self._namespace = namespace
        # Which prefixes are watched has to be known before PostgreSQL runs: an object may wake it.
        self._watched_file = data_dir / "copy_jobs.json"
        self._watched: list[tuple[str, str, str]] = []
        if self._watched_file.exists():
            self._watched = [
                tuple(item) for item in json.loads(self._watched_file.read_text(encoding="utf-8"))
            ]
        self._lock = threading.Lock()
        self._queue: queue.Queue[Object | None] = queue.Queue()
        self._idle = threading.Condition()
        self._busy = 0
        self._thread: threading.Thread | None = None

    def object_created(self, item: Object) -> None:
        """Load an object in the background if a job watches it and its bucket has an integration."""
        if not any(
            bucket == item.bucket and item.key.startswith(prefix) for _, bucket, prefix in self._watched
        ):
            return
        if not self._namespace.surroundings.integration_exists(item.bucket):
            return
        with self._idle:
            self._busy += 1
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="copy-jobs", daemon=True)
                self._thread.start()
        self._queue.put(item)

    def settle(self, timeout: float) -> bool:
        """Wait until every object that was told is dealt with; False when time ran out."""
        with self._idle:
            return self._idle.wait_for(lambda: self._busy == 0, timeout)

    def stop(self) -> None:
        """Finish what is under way and end the thread."""
        if self._thread is not None:
            self._queue.put(None)
            self._thread.join(timeout=10)

    def copy(self, session: Session, sql: str, query_id: int) -> Result:
        """Carry out a COPY, or create the COPY JOB it defines."""
        statement = parse_copy(sql)
        if statement.job:
            return self.create(session, statement)
        return load_files(session, statement, query_id)

    def create(self, session: Session, copy: Copy) -> Result:
        """COPY ... JOB CREATE. What is under the prefix already is left to a plain COPY."""
        self._outside_transaction(session, "CREATE")
        if self._find(session.database, copy.job):
            raise SqlError(f"copy job {copy.job} already exists", state="42710")
        if len(self._all(session.database)) >= QUOTA:
            raise SqlError(f"a workgroup has at most {QUOTA} copy jobs", state="54000")
        bucket, prefix = split_uri(copy.source)
        job_id = self._namespace.history.next_id()
        for item in self._store(copy, session.user).listing(bucket, prefix):
            self._seen(session.database, job_id, item)
        values = {
            "job_id": job_id,
            "job_name": copy.job,
            "user_name": session.user,
            "bucket": bucket,
            "prefix": prefix,
            "iam_role": copy.roles[0],
            "copy_text": copy.text,
            "is_auto": copy.auto,
            "created": self._namespace.surroundings.now(),
        }
        self._namespace.history.add(session.database, "copy_job", values)
        self._namespace.history.flush()
        self._watch(session.database)
        return Result(tag="COPY JOB CREATE")

    def command(self, session: Session, sql: str, query_id: int) -> Result:
        """COPY JOB ALTER, RUN, LIST, SHOW and DROP."""
        command = parse_copy_job(sql)
        if command.verb == "LIST":
            return self._listing(self._all(session.database))
        job = self._find(session.database, command.name)
        if job is None:
            raise SqlError(f"copy job {command.name} does not exist", state="42704")
        match command.verb:
            case "SHOW":
                return self._listing([job])
            case "RUN":
                return self._run(session, job)
            case "DROP":
                self._outside_transaction(session, "DROP")
                self._execute(session.database, f"DELETE FROM sys_history.copy_job WHERE job_id = {job.id}")
            case "ALTER":
                auto = "true" if command.auto else "false"
                self._execute(
                    session.database,
                    f"UPDATE sys_history.copy_job SET is_auto = {auto} WHERE job_id = {job.id}",
                )
        self._watch(session.database)
        return Result(tag=f"COPY JOB {command.verb}")

    def tell_integrations(self, database: str) -> None:
        """Bring the table below SVV_COPY_JOB_INTEGRATIONS up to date."""
        surroundings = self._namespace.surroundings
        target = (
            f"arn:aws:redshift-serverless:{surroundings.region}:{surroundings.account_id}:namespace/sandbox"
        )
        buckets = {job.bucket for job in self._all(database) if surroundings.integration_exists(job.bucket)}
        rows = ", ".join(f"({literal(bucket)}, {literal(target)})" for bucket in sorted(buckets))
        self._execute(database, "DELETE FROM sys_history.integration")
        if rows:
            self._execute(database, f"INSERT INTO sys_history.integration (bucket, target) VALUES {rows}")

    def _listing(self, jobs: list[Job]) -> Result:
        rows: list[tuple[str | None, ...]] = [
            (str(job.id), job.name, job.text, "ON" if job.auto else "OFF") for job in jobs
        ]
        return Result(tag=f"SELECT {len(rows)}", fields=LISTING, rows=rows)

    def _run(self, session: Session, job: Job) -> Result:
        """Load what no run has taken yet; one file's failure does not keep the others."""
        store = self._store(parse_copy(job.text), session.user)
        taken = self._taken(session.database, job)
        for item in store.listing(job.bucket, job.prefix):
            if item.key not in taken:
                self._load(session.database, job, item)
        return Result(tag="COPY JOB RUN")

    def _store(self, copy: Copy, user: str) -> Store:
        return self._namespace.roles.store(copy.roles, user, copy.options)

    def _work(self) -> None:
        while (item := self._queue.get()) is not None:
            try:
                self._ingest(item)
            except (SqlError, ConnectionError):
                continue  # the file's own failure is in SYS_COPY_JOB_DETAIL; the next one gets its chance
            finally:
                with self._idle:
                    self._busy -= 1
                    self._idle.notify_all()

    def _ingest(self, item: Object) -> None:
        for database in {database for database, bucket, _ in self._watched if bucket == item.bucket}:
            for job in self._all(database):
                watched = job.auto and job.bucket == item.bucket and item.key.startswith(job.prefix)
                if watched and item.key not in self._taken(database, job):
                    self._load(database, job, item)

    def _load(self, database: str, job: Job, item: Object) -> None:
        status, enqueued = "E", self._namespace.surroundings.now()
        history = self._namespace.history
        session = Session(self._namespace, job.user, database, "copy-job")
        try:
            copy = parse_copy(job.text)
            query_id = history.next_id()
            load_files(session, replace(copy, job=""), query_id, [item], job.id)
            status = "I"
        except SqlError as error:
            session.notices.append(error.message)
        finally:
            session.close()
            self._remember(database, job, item, status, enqueued)

    def _remember(self, database: str, job: Job, item: Object, status: str, enqueued: Any) -> None:
        values = {
            "user_id": 100,
            "database_name": database,
            "job_id": job.id,
            "job_name": job.name,
            "file_location": item.bucket,
            "file_name": item.key,
            "file_size": item.size,
            "file_etag": item.etag,
            "job_text": job.text,
            "modification_time": self._namespace.surroundings.now(),
            "enqueue_time": enqueued,
            "status": status,
        }
        self._namespace.history.add(database, "copy_job_file", values)

    def _taken(self, database: str, job: Job) -> set[str]:
        rows = self._namespace.history.query(
            database,
            f"SELECT file_name FROM sys_history.copy_job_file WHERE job_id = {job.id} "
            f"UNION SELECT file_name FROM sys_history.copy_job_seen WHERE job_id = {job.id}",
        )
        return {str(row[0]) for row in rows}

    def _seen(self, database: str, job_id: int, item: Object) -> None:
        self._namespace.history.add(database, "copy_job_seen", {"job_id": job_id, "file_name": item.key})

    def _all(self, database: str) -> list[Job]:
        rows = self._namespace.history.query(
            database, f"SELECT {_COLUMNS} FROM sys_history.copy_job ORDER BY job_name"
        )
        return [Job.of(row) for row in rows]

    def _find(self, database: str, name: str) -> Job | None:
        return next((job for job in self._all(database) if job.name == name), None)

    def _execute(self, database: str, sql: str) -> None:
        self._namespace.history.query(database, sql)

    def _watch(self, database: str) -> None:
        """Write down which prefixes a database's jobs watch."""
        with self._lock:
            others = [entry for entry in self._watched if entry[0] != database]
            self._watched = others + [(database, job.bucket, job.prefix) for job in self._all(database)]
            self._watched_file.write_text(json.dumps(self._watched), encoding="utf-8")

    def _outside_transaction(self, session: Session, verb: str) -> None:
        if session.in_transaction:
            raise SqlError(f"COPY JOB {verb} cannot run inside a transaction block", state="25001")
