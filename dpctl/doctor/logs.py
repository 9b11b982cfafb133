"""Glue's logs: what a test of the connection, and the last runs of its jobs, wrote as their last error.

They are read where that is permitted, and only where they could tell something: a connection that FAILED in
words that are not known, a job whose last run failed. AWS Glue developer guide, "Testing an AWS Glue
connection" and "Monitoring jobs using logs".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Protocol, TypeVar

from dpctl.doctor import model as m
from dpctl.doctor import parse
from dpctl.doctor import snapshot as s
from dpctl.doctor.asking import Asker, attempt, found
from dpctl.doctor.reasons import classify

T = TypeVar("T")
TESTS = "/aws-glue/testconnection"
BAD_RUNS = frozenset({"FAILED", "ERROR", "TIMEOUT"})
MOST_JOBS, MOST_LINES, MOST_LETTERS = 2, 50, 500
_TROUBLE = re.compile(r"error|exception|fail|timed? ?out|denied|unable|refused", re.IGNORECASE)


class Known(Protocol):
    """What was asked before."""

    def __call__(self, section: s.Section[T]) -> T | None:
        """The value of a section, or None."""


class Reader:
    """Reads logs with somebody's calls, which count them."""

    def __init__(self, asker: Asker, known: Known) -> None:
        self.call = asker.call
        self.pages = asker.pages
        self.known = known

    def read(self) -> m.Logs:
        """The last errors. Logs that may not be read are no error; a job's runs that can't be seen are."""
        connection = self.known(s.CONNECTION)
        if connection is None:
            return m.Logs()
        jobs = [one for one in self.known(s.JOBS) or () if connection.name in one.connections]
        runs = [(job, run) for job in jobs[:MOST_JOBS] if (run := self._failed_run(job))]
        answer = attempt("logs:GetLogEvents", lambda: tuple(self._lines(connection, runs)))
        return m.Logs(unread=answer.need) if isinstance(answer, s.Unknown) else m.Logs(answer)

    def _lines(self, connection: m.Connection, runs: list[tuple[m.Job, Any]]) -> Iterator[m.LogLine]:
        if connection.status.upper() == "FAILED" and classify(connection.reason) is None:
            for group in self._groups(connection.name):
                line = self._last(group, self._stream(group))
                if line:
                    yield m.LogLine(line)
        for job, run in runs:
            folder = "/aws-glue/python-jobs" if job.type == "pythonshell" else "/aws-glue/jobs"
            group = f"{run.get('LogGroupName') or folder}/error"
            line = self._last(group, str(run.get("Id", ""))) or str(run.get("ErrorMessage", ""))
            yield m.LogLine(line or str(run["JobRunState"]), job.name)

    def _groups(self, connection: str) -> list[str]:
        """The log groups of the connection's tests: its own, or the shared ones."""
        found = self.pages("logs", "describe_log_groups", "logGroups", logGroupNamePrefix=TESTS)
        names = [str(one["logGroupName"]) for one in found]
        own = [name for name in names if name.endswith(f"/{connection}")]
        return own or [name for name in names if name.endswith(("/error", "/output"))]

    def _stream(self, group: str) -> str:
        answer = self.call(
            "logs",
            "describe_log_streams",
            logGroupName=group,
            orderBy="LastEventTime",
            descending=True,
            limit=1,
        )
        return next((str(one["logStreamName"]) for one in answer.get("logStreams") or ()), "")

    def _failed_run(self, job: m.Job) -> Any:
        """The last run of a job, where it failed."""
        answer = found(lambda: self.call("glue", "get_job_runs", JobName=job.name, MaxResults=1))
        run = next(iter((answer or {}).get("JobRuns") or ()), None)
        return run if run and run.get("JobRunState") in BAD_RUNS else None

    def _last(self, group: str, stream: str) -> str:
        """The last line of a stream that speaks of trouble, without passwords."""
        if not stream:
            return ""
        answer = found(
            lambda: self.call(
                "logs", "get_log_events", logGroupName=group, logStreamName=stream, limit=MOST_LINES
            )
        )
        texts = [str(one.get("message", "")).strip() for one in (answer or {}).get("events") or ()]
        trouble = [text for text in texts if _TROUBLE.search(text)]
        return parse.redact(trouble[-1])[:MOST_LETTERS] if trouble else ""
