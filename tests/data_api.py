"""Statements in a sandbox's Redshift, by the Data API."""

from __future__ import annotations

import time
from typing import Any

PLACE = {"WorkgroupName": "default-workgroup", "Database": "dev", "SecretArn": "test/redshift"}


def query(data: Any, *statements: str) -> list[list[Any]]:
    """Run a statement, or several in one transaction, to the end; gives the rows of the last."""
    if len(statements) == 1:
        identity = data.execute_statement(Sql=statements[0], **PLACE)["Id"]
    else:
        identity = data.batch_execute_statement(Sqls=list(statements), **PLACE)["Id"]
    while (state := data.describe_statement(Id=identity))["Status"] not in {"FINISHED", "FAILED", "ABORTED"}:
        time.sleep(0.02)
    assert state["Status"] == "FINISHED", state.get("Error")
    last = state.get("SubStatements", [state])[-1]
    if not last.get("HasResultSet"):
        return []
    pages = data.get_paginator("get_statement_result").paginate(Id=last["Id"])
    return [
        [None if cell.get("isNull") else next(iter(cell.values())) for cell in record]
        for page in pages
        for record in page["Records"]
    ]
