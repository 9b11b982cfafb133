"""COPY from dynamodb://: the items of a table as a batch."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dpctl.sandbox.redshift.copy.batch import Batch
from dpctl.sandbox.redshift.copy.target import Target
from dpctl.sandbox.redshift.errors import SqlError
from dpctl.sandbox.redshift.s3 import internal_error


class DynamoReader:
    """Scans a table; attributes go to columns of the same name, whatever its case; others are left out."""

    def __init__(self, client: Any, table: str, target: Target) -> None:
        self.client, self.table, self.target = client, table, target

    def batches(self) -> Iterator[Batch]:
        """A batch per page. Raises SqlError for a matched attribute that is no string and no number."""
        import pyarrow as pa
        from botocore.exceptions import BotoCoreError, ClientError

        number = 1
        try:
            for page in self.client.get_paginator("scan").paginate(TableName=self.table):
                rows = [self._row(item) for item in page["Items"]]
                if rows:
                    arrays = [pa.array(values, pa.string()) for values in zip(*rows, strict=True)]
                    yield Batch(f"dynamodb://{self.table}", arrays, range(number, number + len(rows)))
                    number += len(rows)
        except (ClientError, BotoCoreError) as error:
            raise internal_error(f"DynamoDB error: {error}", context=f"Table: {self.table}") from error

    def _row(self, item: dict[str, dict[str, Any]]) -> list[str | None]:
        lower = {key.lower(): value for key, value in item.items()}
        return [self._value(column.name, lower.get(column.name)) for column in self.target.columns]

    def _value(self, name: str, attribute: dict[str, Any] | None) -> str | None:
        if attribute is None or "NULL" in attribute:
            return None
        if value := attribute.get("S", attribute.get("N")):
            return str(value)
        if "S" in attribute:
            return ""
        kind = next(iter(attribute))
        raise SqlError(
            f"Attribute '{name}' has the type {kind}; COPY from DynamoDB loads only strings and numbers",
            state="XX000",
        )
