"""Parquet and ORC files as batches: columns by position, types that must fit."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from dpctl.sandbox.redshift.copy.batch import Batch
from dpctl.sandbox.redshift.copy.target import Target, TargetColumn
from dpctl.sandbox.redshift.errors import SqlError
from dpctl.sandbox.redshift.grammar import Copy
from dpctl.sandbox.redshift.postgres import oids
from dpctl.sandbox.redshift.s3 import internal_error


class ColumnarReader:
    """Reads files of one COPY."""

    def __init__(self, copy: Copy, target: Target) -> None:
        self.copy, self.target = copy, target

    def batches(self, file: str, data: bytes) -> Iterator[Batch]:
        """The rows of a file. Raises SqlError when the file does not fit the table."""
        import pyarrow as pa

        try:
            schema, tables = self._open(data)
            self._check(file, schema)
            row = 1
            for table in tables:
                arrays = [
                    self._convert(self._column(table, at), column)
                    for at, column in enumerate(self.target.columns)
                ]
                yield Batch(file, arrays, range(row, row + table.num_rows), textual=False)
                row += table.num_rows
        except (pa.ArrowException, OSError) as error:
            raise _scan_error(f"Not a valid {self.copy.format} file: {error}", file) from error

    def _open(self, data: bytes) -> tuple[Any, Iterator[Any]]:
        import pyarrow as pa

        if self.copy.format == "ORC":
            from pyarrow import orc

            whole = orc.ORCFile(pa.BufferReader(data))
            return whole.schema, iter([whole.read()])
        from pyarrow import parquet

        file = parquet.ParquetFile(pa.BufferReader(data))
        return file.schema_arrow, file.iter_batches(batch_size=65_536)

    def _check(self, file: str, schema: Any) -> None:
        wanted, found = len(self.target.columns), len(schema)
        fill = "FILLRECORD" in self.copy.options and found < wanted
        if found != wanted and not fill:
            raise _scan_error(
                f"Unmatched number of columns between table and file. Table columns: {wanted}, "
                f"Data columns: {found}, File name: {file}",
                file,
            )
        for field, column in zip(schema, self.target.columns, strict=False):
            if not self._fits(field.type, column):
                raise _scan_error(
                    f"File '{file}' has an incompatible {self.copy.format.title()} schema for column "
                    f"'{field.name}'. Column type: {column.type.upper()}, {self.copy.format.title()} schema: "
                    f"optional {field.type} {field.name}",
                    file,
                )

    def _fits(self, kind: Any, column: TargetColumn) -> bool:
        import pyarrow.types as t

        if t.is_dictionary(kind):
            kind = kind.value_type
        if t.is_null(kind):
            return True
        text = t.is_string(kind) or t.is_large_string(kind) or t.is_binary(kind)
        if column.textual:
            return bool(text)
        nested = t.is_nested(kind) and "SERIALIZETOJSON" in self.copy.options
        wide = {oids.INT2: 16, oids.INT4: 32, oids.INT8: 64}.get(column.oid, 0)
        if wide:
            return bool(t.is_integer(kind) and kind.bit_width <= wide)
        if column.is_super:
            return bool(text or nested)
        plain = {
            oids.NUMERIC: lambda kind: t.is_decimal(kind) or t.is_integer(kind),
            oids.FLOAT4: t.is_floating,
            oids.FLOAT8: t.is_floating,
            oids.BOOL: t.is_boolean,
            oids.DATE: t.is_date,
            oids.TIME: t.is_time,
            oids.TIMESTAMP: t.is_timestamp,
            oids.TIMESTAMPTZ: t.is_timestamp,
            oids.VARBYTE: t.is_binary,
        }
        return bool(plain.get(column.oid, lambda kind: False)(kind))

    def _column(self, table: Any, at: int) -> Any:
        import pyarrow as pa

        if at >= table.num_columns:
            return pa.nulls(table.num_rows, pa.string())
        array = table.column(at)
        return array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array

    def _convert(self, array: Any, column: TargetColumn) -> Any:
        """Values of the column's type, or the text of it that PostgreSQL reads."""
        import pyarrow as pa
        import pyarrow.types as t

        if t.is_dictionary(array.type):
            array = array.dictionary_decode()
        if t.is_nested(array.type):
            values = (
                None if v is None else json.dumps(v, default=str, ensure_ascii=False, separators=(",", ":"))
                for v in array.to_pylist()
            )
            return pa.array(values, pa.string())
        if column.oid == oids.VARBYTE:
            values = (None if v is None else v.hex() for v in array.to_pylist())
            return pa.array(values, pa.string())
        if t.is_binary(array.type) or t.is_large_string(array.type) or t.is_null(array.type):
            return array.cast(pa.string())
        if t.is_timestamp(array.type):
            return self._timestamp(array)
        return array

    def _timestamp(self, array: Any) -> Any:
        import pyarrow as pa

        # Redshift keeps microseconds; the zone of a Parquet timestamp is UTC.
        return array.cast(pa.timestamp("us", tz=array.type.tz), safe=False).cast(pa.timestamp("us"))


def _scan_error(message: str, file: str) -> SqlError:
    return internal_error(message, code=15007, context=f"File: {file}")
