"""UNLOAD and COPY from beginning to end: run, then see for oneself what came of it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Any

from dpctl.amounts import amount
from dpctl.errors import AwsError, DpctlError, ExitCode, Interrupted
from dpctl.redshift import loads, manifest
from dpctl.redshift.copy import Copy, copy_sql
from dpctl.redshift.executor import Executor, Result
from dpctl.redshift.failures import StatementFailed
from dpctl.redshift.loads import LoadError
from dpctl.redshift.location import S3Location
from dpctl.redshift.manifest import File
from dpctl.redshift.polling import interrupted
from dpctl.redshift.unload import Unload, unload_sql

SHOWN = 5
ESTIMATE = re.compile(r"\brows=(\d{1,18})\b")  # of a step of EXPLAIN; the first step is the whole query


@dataclass(frozen=True)
class Unloaded:
    """What an UNLOAD wrote, or would write (no ``statement_id``).

    ``problems`` is not empty when the files are not what Redshift said it wrote, or could not be looked at;
    ``exit_code`` is then the process's.
    """

    sql: str
    statement_id: str | None
    location: str
    manifest: str | None
    rows: int | None = None
    files: tuple[File, ...] = ()
    seconds: float = 0.0
    repeated: bool = False
    problems: tuple[str, ...] = ()
    exit_code: ExitCode = ExitCode.FAILED

    @classmethod
    def planned(cls, statement: Unload, rows: int | None = None) -> Unloaded:
        """What a statement would write: nothing has run."""
        place = statement.manifest_location.uri if statement.manifest else None
        return cls(unload_sql(statement), None, statement.location.uri, place, rows=rows)

    @property
    def bytes(self) -> int:
        """The size of all files."""
        return sum(file.bytes or 0 for file in self.files)


@dataclass(frozen=True)
class Copied:
    """What a COPY loaded. ``files`` and ``bytes`` are None where Redshift's history does not tell.

    ``statement_id`` is None where there was nothing to load, and nothing ran.
    """

    sql: str
    statement_id: str | None
    source: str
    rows: int | None
    files: int | None
    bytes: int | None
    seconds: float
    repeated: bool = False
    errors: tuple[LoadError, ...] = ()
    problems: tuple[str, ...] = ()

    @classmethod
    def nothing(cls, statement: Copy) -> Copied:
        """A manifest without files: there is nothing to run."""
        return cls(copy_sql(statement), None, statement.source, rows=0, files=0, bytes=0, seconds=0.0)


class LoadFailed(StatementFailed):
    """A COPY failed, and these rows are why; ``errors`` may be empty."""

    errors: tuple[LoadError, ...] = ()

    @classmethod
    def of(cls, failure: StatementFailed, errors: tuple[LoadError, ...]) -> LoadFailed:
        """The same failure with the rows that caused it."""
        found = cls(
            failure.server,
            statement_id=failure.statement_id,
            query_id=failure.query_id,
            session_id=failure.session_id,
        )
        found.exit_code = failure.exit_code
        found.errors = errors
        return found


@dataclass
class Transfers:
    """Runs statements on ``executor`` and looks at the files through ``s3``, a boto3 client."""

    executor: Executor
    s3: Any
    warnings: list[str] = field(default_factory=list)

    def expected_rows(self, statement: Unload) -> int | None:
        """How many rows the statistics promise: the first estimate of EXPLAIN; None where there is none.

        It is an estimate of the planner's, and reads no data.
        """
        try:
            plan = self.executor.run(f"EXPLAIN {statement.query}", fetch=True)
        except AwsError:
            return None  # whatever is wrong with the query, the UNLOAD will say it
        found = ESTIMATE.search("\n".join(str(row[0]) for row in plan.rows))
        return int(found[1]) if found else None

    def unload(self, statement: Unload, *, token: str = "") -> Unloaded:
        """Run an UNLOAD, read its manifest back and compare. Raises AwsError and what the executor raises."""
        sql = unload_sql(statement)
        place = statement.manifest_location if statement.manifest else None
        try:
            result = self.executor.run(sql, token=token)
        except (AwsError, Interrupted) as error:
            error.why = f"{error.why}\n{self._left_behind(statement, error)}".strip()
            raise
        done = Unloaded(
            sql=sql,
            statement_id=result.statement_id,
            location=statement.location.uri,
            manifest=place.uri if place else None,
            rows=result.row_count,
            seconds=result.seconds,
            repeated=result.repeated,
        )
        try:
            return self._checked(statement, done)
        except AwsError as error:
            # the rows are in S3, whatever the caller may read there: what Redshift said is told all the same
            unseen = f"The files could not be looked at: {error.what} {error.why}".strip()
            return replace(done, problems=(unseen,), exit_code=error.exit_code)
        except KeyboardInterrupt:
            told = f"{amount(done.rows, 'row')} are" if done.rows is not None else "Its files are"
            ended = f"It had ended, and was not compared with its manifest: {told} in {done.location}"
            raise interrupted(result.statement_id, ended) from None

    def _checked(self, statement: Unload, done: Unloaded) -> Unloaded:
        """What was written, compared with what Redshift said, both ways. Raises AwsError."""
        items = manifest.listing(self.s3, statement.location)
        if not statement.manifest:
            return replace(done, files=manifest.data_files(self.s3, statement.location))
        written = manifest.read(self.s3, statement.manifest_location)
        bucket = statement.location.bucket
        sizes = {f"s3://{bucket}/{item['Key']}": int(item["Size"]) for item in items}
        problems = manifest.disagreements(written, rows=done.rows, header=statement.header, sizes=sizes)
        if others := manifest.others(written, statement.location, items):
            shown = ", ".join(others[:SHOWN]) + (", ..." if len(others) > SHOWN else "")
            problems.append(
                f"{amount(len(others), 'object')} that this UNLOAD did not write begin with "
                f"{statement.location.uri} too, and a COPY of that location would load them: {shown}"
            )
        doubles = manifest.doubled(column.name for column in written.columns)
        if doubles and statement.format in ("json", "parquet"):
            called = ", ".join(doubles)
            problems.append(f"more than one column is called {called}, and whoever reads by name finds one")
        rows = done.rows
        if rows is None and written.rows is not None:
            rows = written.rows - (len(written.files) if statement.header else 0)
        files = tuple(
            file if file.bytes is not None else replace(file, bytes=sizes.get(file.url))
            for file in written.files
        )
        return replace(done, rows=rows, files=files, problems=tuple(problems))

    def _left_behind(self, statement: Unload, error: DpctlError) -> str:
        """What a statement that did not end well has written, or may still write."""
        place = statement.location
        if not isinstance(error, StatementFailed):
            return f"Its files go to {place.uri}"
        if "NoSuchBucket" in error.server:
            return ""
        try:
            found = manifest.data_files(self.s3, place)
        except AwsError:
            return f"What it wrote before stays in {place.uri}"
        if not found or "not empty" in error.server:
            return ""
        return f"{amount(len(found), 'file')} that it wrote before stay in {place.uri}"

    def copy(self, statement: Copy, *, token: str = "") -> Copied:
        """Run a COPY and fetch what Redshift's history says of it.

        Raises LoadFailed, which carries the rows that did not fit, and what the executor raises.
        """
        sql = copy_sql(statement)
        try:
            result = self.executor.run(sql, token=token)
        except StatementFailed as failure:
            raise self._explained(failure) from failure
        try:
            return self._looked_up(statement, sql, result)
        except (KeyboardInterrupt, Interrupted):  # of a question about it
            rows = f": {amount(result.row_count, 'row')}" if result.row_count is not None else ""
            ended = f"It had ended, and what it loaded is in the table{rows}."
            raise interrupted(result.statement_id, ended) from None

    def _explained(self, failure: StatementFailed) -> DpctlError:
        """A failed COPY with the rows that are why."""
        try:
            return LoadFailed.of(failure, self._errors(failure.query_id, failure.session_id))
        except (KeyboardInterrupt, Interrupted):
            return interrupted(failure.statement_id, f"It had failed: {failure.what}")

    def _looked_up(self, statement: Copy, sql: str, result: Result) -> Copied:
        """What Redshift's history and the manifest say of a COPY that has ended."""
        seen = self._seen(result.query_id)
        errors: tuple[LoadError, ...] = ()
        if statement.max_error or statement.ignore_all_errors or statement.noload or (seen and seen.errors):
            errors = self._errors(result.query_id, result.session_id if result.query_id is None else None)
        rows = seen.rows if seen and seen.rows is not None else result.row_count
        return Copied(
            sql=sql,
            statement_id=result.statement_id,
            source=statement.source,
            rows=rows,
            files=seen.files if seen else None,
            bytes=seen.bytes if seen else None,
            seconds=result.seconds,
            repeated=result.repeated,
            errors=errors,
            problems=tuple(self._compare(statement, rows, errors)),
        )

    def _seen(self, query_id: int | None) -> loads.Loaded | None:
        """What the history tells; the rows are in Redshift, whether it tells or not."""
        try:
            return loads.loaded(self.executor, query_id)
        except AwsError as error:
            self.warnings.append(f"What was loaded could not be looked up: {error.what} {error.why}".strip())
            return None

    def _errors(self, query_id: int | None, session_id: int | None) -> tuple[LoadError, ...]:
        try:
            return loads.load_errors(self.executor, query_id=query_id, session_id=session_id)
        except AwsError as error:
            self.warnings.append(f"The load errors could not be fetched: {error.what}")
            return ()

    def _compare(self, statement: Copy, rows: int | None, errors: tuple[LoadError, ...]) -> list[str]:
        """With an UNLOAD's manifest the number of rows is known beforehand (IGNOREHEADER skips headers)."""
        if not statement.manifest or statement.noload or rows is None or len(errors) >= loads.MANY:
            return []
        try:
            listed = manifest.read(self.s3, S3Location.parse(statement.source))
        except AwsError as error:
            self.warnings.append(f"The manifest could not be read: {error.what} {error.why}")
            return []
        if listed.rows is None:
            return []
        expected = listed.rows - (statement.ignore_header or 0) * len(listed.files) - len(errors)
        if rows == expected:
            return []
        return [f"Redshift loaded {rows:,} rows, the manifest lists {expected:,}"]
