"""A small Redshift Data API: it reads what COPY names from S3, and does what the job's batches say."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import boto3

LOAD_FAILED = "ERROR: something about the load"


class Warehouse:
    """One table, one transaction at a time, with ClientToken as the Data API keeps it.

    ``faults`` maps the number of an execution (from 1) to what it fails with; ``refused`` are texts that make
    COPY fail when a row holds one, and ``tells`` says whether SYS_LOAD_ERROR_DETAIL names these rows.
    """

    def __init__(self) -> None:
        self.meta = boto3.client("redshift-data").meta
        self.rows: dict[str, dict[str, Any]] = {}
        self.log: list[str] = []
        self.executions: list[list[str]] = []
        self.faults: dict[int, str] = {}
        self.refused: set[str] = set()
        self.tells = False
        self.lose_answer = False
        self.no_log = False
        self._statements: dict[str, dict[str, Any]] = {}
        self._results: dict[str, list[Any]] = {}
        self._tokens: dict[str, str] = {}
        self._claimed = 1

    @property
    def statements(self) -> int:
        """How many statements ran."""
        return sum(len(batch) for batch in self.executions)

    def batch_execute_statement(self, *, Sqls: list[str], ClientToken: str, **_: Any) -> dict[str, str]:
        if ClientToken in self._tokens:
            return {"Id": self._tokens[ClientToken]}
        identity = f"statement-{len(self._statements) + 1}"
        self._tokens[ClientToken] = identity
        self.executions.append(Sqls)
        error = self.faults.pop(len(self.executions), None) or self._run(Sqls, identity)
        ended = {"Status": "FAILED", "Error": error} if error else {"Status": "FINISHED"}
        parts = [{"ResultRows": self._claimed if "INSERT INTO" in sql else -1} for sql in Sqls]
        self._statements[identity] = {"Id": identity, "SubStatements": parts, **ended}
        if self.lose_answer:
            self.lose_answer = False
            raise ConnectionError("the answer was lost")
        return {"Id": identity}

    def describe_statement(self, *, Id: str) -> dict[str, Any]:
        return self._statements[Id]

    def get_statement_result(self, *, Id: str) -> dict[str, Any]:
        return {"Records": self._results[Id]}

    def _run(self, statements: list[str], identity: str) -> str | None:
        text = "\n".join(statements)
        self._claimed = 1
        if "CREATE TABLE IF NOT EXISTS" in text:
            self.no_log = False
            return None
        if self.no_log:
            return 'relation "dpctl_load_log" does not exist'
        copied = {table: list(self._copied(text, table)) for table in ("arrived", "removed", "probe")}
        bad = [entry for rows in copied.values() for entry in rows if self._bad(entry[2])]
        if "sys_load_error_detail" in text:
            found = (
                [(url, line, self._bad(row), "Invalid value") for url, line, row in bad] if self.tells else []
            )
            record = [
                [{"stringValue" if isinstance(v, str) else "longValue": v} for v in each] for each in found
            ]
            self._results[f"{identity}:{len(statements)}"] = record
            return None
        if bad:
            return LOAD_FAILED
        if "MERGE" in text:
            self._merge(text, copied)
        return None

    def _bad(self, row: dict[str, Any]) -> str:
        return next(
            (name for name, value in row.items() if any(bad in str(value) for bad in self.refused)), ""
        )

    def _merge(self, text: str, copied: dict[str, list[Any]]) -> None:
        batch = re.search(r"SELECT '(read-(\d{13})-\w{32})'", text)
        fence = re.search(r"SUBSTRING\(batch_id, 6, 13\) BETWEEN '(\d{13})' AND '(\d{13})'", text)
        assert batch
        assert fence
        if any(fence[1] <= logged[5:18] <= fence[2] for logged in self.log):
            self._claimed = 0
            return
        self.log.append(batch[1])
        for _, _, row in copied["arrived"]:
            there = self.rows.get(row["partkey"])
            if there is None or there["_version"] <= int(row["_version"]):
                self.rows[row["partkey"]] = row | {"_version": int(row["_version"])}
        for _, _, row in copied["removed"]:
            there = self.rows.get(row["partkey"])
            if there is not None and there["_version"] <= int(row["_version"]):
                del self.rows[row["partkey"]]

    @staticmethod
    def _copied(text: str, table: str) -> Iterator[tuple[str, int, dict[str, Any]]]:
        found = re.search(rf'COPY "{table}" \([^)]*\) FROM \'s3://([^/]+)/([^\']+)\'', text)
        if not found:
            return
        s3 = boto3.client("s3")
        manifest = json.loads(s3.get_object(Bucket=found[1], Key=found[2])["Body"].read())
        for entry in manifest["entries"]:
            bucket, _, key = entry["url"].removeprefix("s3://").partition("/")
            body = s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode()
            for number, line in enumerate(body.split("\n")[:-1], 1):
                yield entry["url"], number, json.loads(line)
