"""A small Redshift Data API: it reads what COPY names from S3, and does what the job's batches say."""

from __future__ import annotations

import json
import re
from typing import Any

import boto3

LOAD_FAILED = "ERROR: Load into table 'arrived' failed. Check 'sys_load_error_detail'"


class Warehouse:
    """One table, one transaction at a time, with ClientToken as the Data API keeps it.

    ``faults`` maps the number of an execution (from 1) to what it fails with; ``refused`` are texts that make
    COPY fail when a row holds one; ``forget_tokens`` stands for the 8 hours after which a token is unknown.
    """

    def __init__(self) -> None:
        self.meta = boto3.client("redshift-data").meta
        self.rows: dict[str, dict[str, Any]] = {}
        self.log: list[str] = []
        self.executions: list[list[str]] = []
        self.faults: dict[int, str] = {}
        self.refused: set[str] = set()
        self.lose_answer = False
        self._statements: dict[str, dict[str, Any]] = {}
        self._tokens: dict[str, str] = {}

    def forget_tokens(self) -> None:
        self._tokens.clear()

    def batch_execute_statement(self, *, Sqls: list[str], ClientToken: str, **_: Any) -> dict[str, str]:
        if ClientToken in self._tokens:
            return {"Id": self._tokens[ClientToken]}
        identity = f"statement-{len(self._statements) + 1}"
        self._tokens[ClientToken] = identity
        self.executions.append(Sqls)
        error = self.faults.pop(len(self.executions), None) or self._run(Sqls)
        self._statements[identity] = {"Status": "FAILED", "Error": error} if error else {"Status": "FINISHED"}
        if self.lose_answer:
            self.lose_answer = False
            raise ConnectionError("the answer was lost")
        return {"Id": identity}

    def describe_statement(self, *, Id: str) -> dict[str, Any]:
        return self._statements[Id]

    def _run(self, statements: list[str]) -> str | None:
        text = "\n".join(statements)
        arrived, removed = (self._copied(text, table) for table in ("arrived", "removed"))
        if any(bad in str(value) for bad in self.refused for row in arrived for value in row.values()):
            return LOAD_FAILED
        for row in arrived:
            there = self.rows.get(row["partkey"])
            if there is None or there["_version"] <= int(row["_version"]):
                self.rows[row["partkey"]] = row | {"_version": int(row["_version"])}
        for row in removed:
            there = self.rows.get(row["partkey"])
            if there is not None and there["_version"] <= int(row["_version"]):
                del self.rows[row["partkey"]]
        batch = re.search(r"SELECT '(\w{64})'", text)
        assert batch
        if batch[1] not in self.log:
            self.log.append(batch[1])
        return None

    @staticmethod
    def _copied(text: str, table: str) -> list[dict[str, Any]]:
        found = re.search(rf'COPY "{table}" \([^)]*\) FROM \'s3://([^/]+)/([^\']+)\'', text)
        assert found, text
        s3 = boto3.client("s3")
        manifest = json.loads(s3.get_object(Bucket=found[1], Key=found[2])["Body"].read())
        rows = []
        for entry in manifest["entries"]:
            bucket, _, key = entry["url"].removeprefix("s3://").partition("/")
            body = s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode()
            rows += [json.loads(line) for line in body.splitlines()]
        return rows
