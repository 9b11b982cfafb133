"""Auto-copy: the COPY JOBs of env.yaml's tables, made equal to what the database has.

A new job loads only what arrives after it (COPY JOB, Redshift Database Developer Guide). So ``create`` loads
what is there by a COPY from a manifest of exactly those files, makes the job, and then loads by manifest what
arrived in between. Each manifest that has been loaded is recorded beside it in a ledger in S3, and no file in
the ledger is loaded by dpctl again, so that ``create`` and ``retry`` may be repeated.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from dpctl.errors import UsageError
from dpctl.lexer import tokens
from dpctl.redshift import copyjob, loads, manifest
from dpctl.redshift.build import job_copy
from dpctl.redshift.copy import Copy, copy_sql
from dpctl.redshift.executor import Executor
from dpctl.redshift.failures import StatementFailed
from dpctl.redshift.loads import LoadError
from dpctl.redshift.location import S3Location
from dpctl.redshift.manifest import File
from dpctl.redshift.quoting import literal, qualified
from dpctl.redshift.transfer import Copied, Transfers

if TYPE_CHECKING:
    from dpctl.config import Environment

State = Literal["in sync", "changed", "missing", "not in env.yaml"]
FileState = Literal["loaded", "failed", "overwritten", "missed", "gone"]
LEDGER = "_dpctl/autocopy/"
FAILED = frozenset({"E", "ERROR", "FAILED"})


@dataclass(frozen=True)
class Job:
    """A job that env.yaml wants: its name and its COPY, of the table called ``table`` there."""

    name: str
    table: str
    statement: Copy

    @property
    def source(self) -> S3Location:
        """What it watches."""
        return S3Location.parse(self.statement.source)

    @property
    def plain(self) -> Copy:
        """The same COPY without the job."""
        return replace(self.statement, job_create=None, auto=None)


@dataclass(frozen=True)
class LiveJob:
    """A job that the database has."""

    name: str
    text: str
    auto: bool


@dataclass(frozen=True)
class Status:
    """A job as env.yaml and as the database know it."""

    name: str
    state: State
    table: str
    source: str
    auto: bool | None

    def as_dict(self) -> dict[str, Any]:
        """The shape of ``--json``."""
        return {
            "name": self.name,
            "state": self.state,
            "table": self.table,
            "source": self.source,
            "auto": self.auto,
        }


@dataclass(frozen=True)
class Watched:
    """A file under a job's prefix; ``status`` is Redshift's word for it, "" where the job does not know it.

    ``state``: loaded; failed, and not looked at again; overwritten after it was loaded; missed by the job (or
    just arrived); gone from S3. ``error`` is the first row that a failed file could not be loaded for, where
    Redshift tells.
    """

    file: File
    status: str
    state: FileState
    error: LoadError | None = None

    def as_dict(self) -> dict[str, Any]:
        """The shape of ``--json``."""
        error = self.error.as_dict() if self.error else None
        return self.file.as_dict() | {"status": self.status, "state": self.state, "error": error}


@dataclass(frozen=True)
class Retried:
    """What ``retry`` did: the COPYs that loaded something, and the files that still do not load."""

    loads: tuple[Copied, ...]
    failures: tuple[tuple[File, StatementFailed], ...] = ()


@dataclass(frozen=True)
class Created:
    """What ``create`` did for one job.

    ``loads`` are the COPYs of what was there and of what came in between; ``uncertain`` are files that came
    in the very second the job was made: it may or may not see them.
    """

    name: str
    action: Literal["created", "replaced", "kept"]
    loads: tuple[Copied, ...] = ()
    uncertain: tuple[File, ...] = ()


def wanted(environment: Environment) -> tuple[Job, ...]:
    """The jobs of env.yaml: with mode auto_copy, one for each table with ``load.source: s3``."""
    jobs: list[Job] = []
    if environment.config.s3_to_redshift.mode != "auto_copy":
        return ()
    for name, table in environment.loaded_from("s3").items():
        schema = "" if table.schema_ == "public" else f"{table.schema_}_"
        job = f"{schema}{name}_autocopy".replace("$", "_")
        jobs.append(Job(job, name, job_copy(environment, name, table, job)))
    return tuple(jobs)


def find(jobs: Iterable[Job], name: str) -> Job:
    """A job by its own name or its table's. Raises UsageError."""
    jobs = tuple(jobs)
    for job in jobs:
        if name in {job.name, job.table}:
            return job
    raise UsageError(
        f"env.yaml has no auto-copy job {name!r}.",
        why=f"It has: {', '.join(job.name for job in jobs) or 'none'}.",
        hint="dpctl autocopy list",
    )


def jobs_sql() -> str:
    """Ask for the jobs of the database."""
    return "SELECT job_name, job_text, is_auto FROM sys_copy_job"


def details_sql(job: str) -> str:
    """Ask for the files a job knows."""
    return (
        "SELECT file_location, file_name, file_size, file_etag, status\n"
        f"FROM sys_copy_job_detail WHERE job_name = {literal(job)}"
    )


def has_rows_sql(statement: Copy) -> str:
    """Ask whether a table has any row."""
    return f"SELECT 1 FROM {qualified(statement.schema, statement.table)} LIMIT 1"


def statuses(jobs: Iterable[Job], live: Iterable[LiveJob]) -> list[Status]:
    """Every job of either side, by name."""
    there = {job.name: job for job in live}
    found = []
    for job in jobs:
        now = there.pop(job.name, None)
        state: State = "missing" if now is None else "in sync" if same(job, now) else "changed"
        found.append(Status(job.name, state, job.table, job.source.uri, now.auto if now else None))
    found += [Status(job.name, "not in env.yaml", "", "", job.auto) for job in there.values()]
    return sorted(found, key=lambda status: status.name)


def same(job: Job, live: LiveJob) -> bool:
    """Whether a live job does what env.yaml says: the same words, however they are spaced."""
    return live.auto and _words(copy_sql(job.plain)) == _words(live.text)


def _words(sql: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = [
        (token.kind, token.value if token.kind in {"string", "quoted"} else token.text.lower())
        for token in tokens(sql)
        if token.kind != "comment" and token.text != ";"
    ]
    text = [word for _, word in found]
    for index in range(len(text) - 1):
        if text[index : index + 2] == ["job", "create"]:
            return found[:index]
    return found


@dataclass
class AutoCopy:
    """Carries out what the commands say. ``ledger`` is the bucket that remembers what was loaded."""

    executor: Executor
    s3: Any
    ledger: str

    def live(self) -> list[LiveJob]:
        """The jobs of the database."""
        rows = self.executor.run(jobs_sql(), fetch=True).dicts()
        return [
            LiveJob(str(row["job_name"]).strip(), str(row["job_text"]), _true(row["is_auto"])) for row in rows
        ]

    def create(self, job: Job, live: Iterable[LiveJob], *, backfill: bool | None) -> Created:
        """Make the database have this job.

        ``backfill`` says whether to load the files that are there; None means: if the table is empty. Raises
        UsageError when that can't be told.
        """
        now = next((item for item in live if item.name == job.name), None)
        if now and same(job, now):
            return Created(job.name, "kept")
        before = manifest.data_files(self.s3, job.source)
        if now:
            self.executor.run(copyjob.drop_sql(job.name))
            backfill = False
        loads = []
        if before and self._wants_backfill(job, backfill):
            loads += self._load(job, before)
        since = self._mark(job)
        self.executor.run(copy_sql(job.statement))
        late, uncertain = self._late(job, before, since)
        loads += self._load(job, late)
        return Created(job.name, "replaced" if now else "created", tuple(loads), uncertain)

    def retry(self, job: Job, *, missed: bool = False, overwritten: bool = False) -> Retried:
        """Load by manifest the files the job has failed on and will not look at again.

        ``missed`` adds those that neither the job nor the ledger knows, ``overwritten`` those that were
        written anew after they were loaded: their rows are added, and the old ones stay. A file that still
        does not load keeps no other from being loaded.
        """
        wanted = {"failed"} | ({"missed"} if missed else set()) | ({"overwritten"} if overwritten else set())
        todo = [item.file for item in self.files(job) if item.state in wanted]
        try:
            return Retried(tuple(self._load(job, todo)))
        except StatementFailed as failure:
            if len(todo) == 1:
                return Retried((), ((todo[0], failure),))
        loads: list[Copied] = []
        failures: list[tuple[File, StatementFailed]] = []
        for file in todo:
            try:
                loads += self._load(job, [file])
            except StatementFailed as failure:
                failures.append((file, failure))
        return Retried(tuple(loads), tuple(failures))

    def run(self, job: str) -> None:
        """Load what is waiting, now."""
        self.executor.run(copyjob.run_sql(job))

    def drop(self, job: str) -> None:
        """Delete a job; rows and files stay."""
        self.executor.run(copyjob.drop_sql(job))

    def files(self, job: Job) -> list[Watched]:
        """The files of a job, by their URL: what it knows of them, what the ledger does, and what S3 has."""
        details = {file.url: (file, status) for file, status in self._details(job)}
        ledger = self._recorded(job)
        urls = {url for url, _ in ledger}
        found = []
        for file in manifest.data_files(self.s3, job.source):
            known, status = details.pop(file.url, (None, ""))
            state: FileState = "loaded"
            if (file.url, file.etag) in ledger:
                pass
            elif status.upper() in FAILED:
                state = "failed"
            elif file.url in urls or (known and known.etag and known.etag != file.etag):
                state = "overwritten"
            elif known is None:
                state = "missed"
            found.append(Watched(file, status, state))
        found += [Watched(file, status, "gone") for file, status in details.values()]
        errors = loads.errors_of(self.executor, [item.file.url for item in found if item.state == "failed"])
        found = [replace(item, error=errors.get(item.file.url)) for item in found]
        return sorted(found, key=lambda item: item.file.url)

    def _wants_backfill(self, job: Job, backfill: bool | None) -> bool:
        if backfill is not None:
            return backfill
        if not self.executor.run(has_rows_sql(job.statement), fetch=True).rows:
            return True
        if self._recorded(job):
            return True
        raise UsageError(
            f"The table of {job.name} has rows, and there are files under {job.source.uri}.",
            why="Whether the rows came from these files is not known; loading them again would double them.",
            hint=f"dpctl autocopy create {job.table} --backfill, or --no-backfill",
        )

    def _mark(self, job: Job) -> datetime:
        """The time by S3's clock, just before the job is made."""
        place = S3Location(self.ledger, f"{LEDGER}{job.name}/created")
        manifest.write(self.s3, place, "{}")
        (item,) = (i for i in manifest.listing(self.s3, place) if i["Key"] == place.key)
        return datetime.fromisoformat(item["LastModified"].isoformat())

    def _late(
        self, job: Job, before: tuple[File, ...], since: datetime
    ) -> tuple[list[File], tuple[File, ...]]:
        """What arrived after the first look: what the job surely does not see, and what it may see."""
        taken = {file.url for file in before} | {file.url for file, _ in self._details(job)}
        files = [file for file in manifest.data_files(self.s3, job.source) if file.url not in taken]
        surely = [file for file in files if file.modified is not None and file.modified < since]
        return surely, tuple(file for file in files if file not in surely)

    def _load(self, job: Job, files: Iterable[File]) -> list[Copied]:
        done = self._recorded(job)
        todo = sorted((f for f in files if (f.url, f.etag) not in done), key=lambda file: file.url)
        if not todo:
            return []
        name = hashlib.sha256("\n".join(f"{f.url} {f.etag}" for f in todo).encode()).hexdigest()[:32]
        place = S3Location(self.ledger, f"{LEDGER}{job.name}/{name}.manifest")
        manifest.write(self.s3, place, manifest.render(todo))
        statement = replace(job.plain, source=place.uri, manifest=True)
        copied = Transfers(self.executor, self.s3).copy(statement, token=self.executor.attempt(name))
        record = json.dumps({"files": [{"url": f.url, "etag": f.etag} for f in todo]})
        manifest.write(self.s3, S3Location(self.ledger, f"{LEDGER}{job.name}/{name}.loaded"), record)
        return [copied]

    def _recorded(self, job: Job) -> set[tuple[str, str]]:
        """The files in the ledger, by URL and ETag: a file that was written anew is another one."""
        found = set()
        for item in manifest.listing(self.s3, S3Location(self.ledger, f"{LEDGER}{job.name}/")):
            if item["Key"].endswith(".loaded"):
                body = self.s3.get_object(Bucket=self.ledger, Key=item["Key"])["Body"].read()
                found |= {(file["url"], file["etag"]) for file in json.loads(body)["files"]}
        return found

    def _details(self, job: Job) -> list[tuple[File, str]]:
        rows = self.executor.run(details_sql(job.name), fetch=True).dicts()
        return [(_file(row, job), str(row["status"]).strip()) for row in rows]


def _true(value: Any) -> bool:
    return str(value).lower() in {"1", "t", "true"}


def _file(row: dict[str, Any], job: Job) -> File:
    """The view gives a bucket or a path, and a key or a URL, depending on its version: all become one URL."""
    location, name = str(row["file_location"] or "").strip(), str(row["file_name"] or "").strip()
    if name.startswith("s3://"):
        url = name
    elif location.startswith("s3://"):
        url = location if location.endswith(name) else f"{location.rstrip('/')}/{name}"
    else:
        url = f"s3://{location or job.source.bucket}/{name}"
    size = row.get("file_size")
    return File(
        url, int(size) if size is not None else None, etag=str(row.get("file_etag") or "").strip('" ')
    )
