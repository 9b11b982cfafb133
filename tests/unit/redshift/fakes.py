"""A Data API client, an S3 client and a clock that follow a script."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

from botocore.exceptions import ClientError, ReadTimeoutError


class FakeClock:
    """Time that passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.time = 1000.0
        self.naps: list[float] = []

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.naps.append(seconds)
        self.time += seconds


def throttled(operation: str = "ExecuteStatement") -> ClientError:
    return error("ThrottlingException", "Rate exceeded", operation)


def error(code: str, message: str, operation: str = "ExecuteStatement", status: int = 400) -> ClientError:
    response = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(response, operation)  # type: ignore[arg-type]


def cut() -> ReadTimeoutError:
    return ReadTimeoutError(endpoint_url="https://redshift-data")


class FakeDataApi:
    """redshift-data as the Management Guide has it: it remembers tokens, and takes some polls.

    ``before`` and ``after`` hold, for each operation, errors that are raised in turn before and after it
    has had its effect (None: this time all goes well). ``executed`` counts what really ran.
    """

    def __init__(
        self,
        *,
        before: dict[str, list[BaseException | None]] | None = None,
        after: dict[str, list[BaseException | None]] | None = None,
        polls: int = 2,
        end: dict[str, Any] | None = None,
        pages: list[dict[str, Any]] | None = None,
    ) -> None:
        self.before = before or {}
        self.after = after or {}
        self.polls = polls
        self.end = {"Status": "FINISHED", "ResultRows": 0, "HasResultSet": False} | (end or {})
        self.pages = pages or []
        self.ends: dict[str, str] = {}  # how statements are listed, by their token
        self.calls: Counter[str] = Counter()
        self.executed: list[dict[str, Any]] = []
        self.cancelled: list[str] = []
        self.asked: Counter[str] = Counter()

    def execute_statement(self, **params: Any) -> dict[str, Any]:
        return self._do("execute_statement", lambda: self._execute(params))

    def describe_statement(self, Id: str) -> dict[str, Any]:
        return self._do("describe_statement", lambda: self._describe(Id))

    def cancel_statement(self, Id: str) -> dict[str, Any]:
        return self._do("cancel_statement", lambda: self._cancel(Id))

    def get_statement_result(self, Id: str, NextToken: str = "0") -> dict[str, Any]:
        return self._do("get_statement_result", lambda: self.pages[int(NextToken)])

    def list_statements(self, StatementName: str, **_: Any) -> dict[str, Any]:
        found = [
            {"Id": f"id-{index + 1}", "StatementName": run["StatementName"], "Status": self._listed_as(run)}
            for index, run in enumerate(self.executed)
            if run["StatementName"].startswith(StatementName)
        ]
        return self._do("list_statements", lambda: {"Statements": found})

    def _listed_as(self, run: dict[str, Any]) -> str:
        return self.ends.get(run["ClientToken"], self.end["Status"])

    def _do(self, operation: str, act: Any) -> Any:
        self.calls[operation] += 1
        self._raise(self.before, operation)
        answer = act()
        self._raise(self.after, operation)
        return answer

    @staticmethod
    def _raise(script: dict[str, list[BaseException | None]], operation: str) -> None:
        if script.get(operation):
            problem = script[operation].pop(0)
            if problem:
                raise problem

    def _execute(self, params: dict[str, Any]) -> dict[str, Any]:
        for index, run in enumerate(self.executed):
            if run["ClientToken"] == params["ClientToken"]:
                return {"Id": f"id-{index + 1}"}
        self.executed.append(params)
        session = {"SessionId": "session-1"} if "SessionKeepAliveSeconds" in params else {}
        return {"Id": f"id-{len(self.executed)}", **session}

    def _describe(self, name: str) -> dict[str, Any]:
        self.asked[name] += 1
        state = {"Id": name, "QueryString": self.executed[int(name[3:]) - 1]["Sql"]}
        if name in self.cancelled:
            return state | {"Status": "ABORTED"}
        if self.asked[name] <= self.polls:
            return state | {"Status": "STARTED"}
        return state | self.end

    def _cancel(self, name: str) -> dict[str, Any]:
        self.cancelled.append(name)
        return {"Status": True}


class FakeS3:
    """S3 as far as manifests need it; every put moves its clock by a second."""

    def __init__(self) -> None:
        self.objects: dict[tuple[str, str], tuple[bytes, datetime]] = {}
        self.time = datetime(2026, 1, 31, tzinfo=UTC)

    def put_object(self, *, Bucket: str, Key: str, Body: bytes, ContentType: str = "") -> None:
        self.time += timedelta(seconds=1)
        self.objects[Bucket, Key] = (Body, self.time)

    def get_object(self, *, Bucket: str, Key: str, Range: str = "") -> dict[str, Any]:
        if (Bucket, Key) not in self.objects:
            raise error("NoSuchKey", "The specified key does not exist.", "GetObject", 404)
        body = self.objects[Bucket, Key][0]
        if Range:
            first, last = (int(edge) for edge in Range.removeprefix("bytes=").split("-"))
            body = body[first : last + 1]
        return {"Body": BytesIO(body)}

    def get_paginator(self, operation: str) -> FakeS3:
        assert operation == "list_objects_v2"
        return self

    def paginate(self, *, Bucket: str, Prefix: str) -> Iterator[dict[str, Any]]:
        for (bucket, key), (body, time) in sorted(self.objects.items()):
            if bucket == Bucket and key.startswith(Prefix):
                tag = hashlib.md5(body).hexdigest()
                item = {"Key": key, "Size": len(body), "ETag": f'"{tag}"', "LastModified": time}
                yield {"Contents": [item]}
        yield {}
