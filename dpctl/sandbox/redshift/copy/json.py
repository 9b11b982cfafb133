"""JSON files as batches of fields: one object or array after the other."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from dpctl.sandbox.redshift.copy import errors as load_errors
from dpctl.sandbox.redshift.copy.batch import Batch
from dpctl.sandbox.redshift.copy.errors import LoadError, row_error
from dpctl.sandbox.redshift.copy.target import Target, TargetColumn
from dpctl.sandbox.redshift.errors import SqlError
from dpctl.sandbox.redshift.grammar import MEGABYTE, Copy, split_uri
from dpctl.sandbox.redshift.postgres import oids
from dpctl.sandbox.redshift.s3 import Store, internal_error

_ROWS = 50_000
_BLOCK = 8 * MEGABYTE
_PART = 2 * MEGABYTE
"""What one of arrow's threads reads of a block; where a line is longer, the block is read value by value."""

_LINE_FEED = ord("\n")
_SPACE = re.compile(r"\s*")
_STEP = re.compile(r"\.(?P<name>[^.\[\]]+)|\[(?P<index>\d+)\]|\[(?P<quote>['\"])(?P<key>.*?)(?P=quote)\]")

Pick = Callable[[Any], list[Any]]


class _Exact(float):
    """A number with a point, and the text it had."""

    text: str


def _exact(text: str) -> _Exact:
    value = _Exact(text)
    value.text = text
    return value


class _MinusZero(int):
    """A zero with the sign that Python's int has not, and a FLOAT8 keeps."""

    text = "-0"


def _whole(text: str) -> int:
    return _MinusZero() if text == "-0" else int(text)


_DECODER = json.JSONDecoder(parse_float=_exact, parse_int=_whole, strict=False)


class JsonReader:
    """Reads files of one COPY; what cannot be read goes to ``errors``."""

    def __init__(self, copy: Copy, target: Target, store: Store, errors: list[LoadError]) -> None:
        self.copy, self.target, self.errors = copy, target, errors
        self.pick = _picker(copy, target, store)
        self._schema = _schema(target) if copy.options.get("PATHS", "auto") == "auto" else None

    def batches(self, file: str, data: bytes) -> Iterator[Batch]:
        """The rows of a file, ten thousands at a time; the lines of IGNOREHEADER are made blank.

        Arrow reads it a block at a time, PostgreSQL takes the last one meanwhile; what arrow can't read,
        and all behind it, is read value by value.
        """
        if skip := self.copy.options.get("IGNOREHEADER", 0):
            parts = data.split(b"\n", skip)
            data = b"\n" * (len(parts) - 1) + (parts[-1] if len(parts) > skip else b"")
        line, at = 1, 0
        for end in _ends(data):
            fast = self._fast(file, line, data, at, end)
            if fast is None:
                break
            yield fast
            line += len(fast.lines)
            at = end
        yield from self._exactly(file, line, data[at:])

    def _exactly(self, file: str, first: int, data: bytes) -> Iterator[Batch]:
        """The rows of what arrow does not read; ``first`` is the number of its first line."""
        rows: list[list[str | None]] = []
        lines: list[int] = []
        for line, value in self._values(file, first, data):
            try:
                picked = self.pick(value)
            except (AttributeError, TypeError):
                self.errors.append(row_error(file, line, load_errors.BAD_JSON))
                continue
            pairs = zip(picked, self.target.columns, strict=True)
            rows.append([_field(item, column) for item, column in pairs])
            lines.append(line)
            if len(rows) >= _ROWS:
                yield self._batch(file, rows, lines)
                rows, lines = [], []
        if rows:
            yield self._batch(file, rows, lines)

    def _fast(self, file: str, first: int, data: bytes, at: int, end: int) -> Batch | None:
        """A block of one plain object a line, read by arrow; None for any other."""
        import numpy as np
        import pyarrow as pa
        import pyarrow.json as arrow

        if self._schema is None:
            return None
        block = pa.py_buffer(data).slice(at, end - at)
        try:
            table = arrow.read_json(
                pa.BufferReader(block),
                arrow.ReadOptions(block_size=_PART),
                arrow.ParseOptions(explicit_schema=self._schema, unexpected_field_behavior="ignore"),
            )
        except pa.ArrowException:
            return None
        feeds = int(np.count_nonzero(np.frombuffer(block, np.uint8) == _LINE_FEED))
        if feeds + (data[end - 1] != _LINE_FEED) != table.num_rows:
            return None
        arrays = [table.column(column.name).combine_chunks() for column in self.target.columns]
        return Batch(file, arrays, range(first, first + table.num_rows))

    def _batch(self, file: str, rows: list[list[str | None]], lines: list[int]) -> Batch:
        import pyarrow as pa

        arrays = [pa.array(values, pa.string()) for values in zip(*rows, strict=True)]
        return Batch(file, arrays, lines)

    def _values(self, file: str, first: int, data: bytes) -> Iterator[tuple[int, Any]]:
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = first + data.count(b"\n", 0, error.start)
            self.errors.append(row_error(file, line, load_errors.BAD_UTF8))
            text = data.decode("utf-8-sig", "replace")
        at = seen = 0
        line = first
        while True:
            space = _SPACE.match(text, at)
            at = space.end() if space else at
            if at >= len(text):
                return
            line += text.count("\n", seen, at)
            seen = at
            try:
                value, at = _DECODER.raw_decode(text, at)
            except ValueError:  # no JSON, or a whole number of more digits than Python reads
                self.errors.append(row_error(file, line, load_errors.BAD_JSON))
                at = text.find("\n", at)
                if at < 0:
                    return
                continue
            yield line, value


def _ends(data: bytes) -> Iterator[int]:
    """Where blocks of whole lines end."""
    end = 0
    while end < len(data):
        end = data.find(b"\n", end + _BLOCK) + 1 or len(data)
        yield end


def _schema(target: Target) -> Any:
    """The types arrow is to read; None when a column holds what it cannot."""
    import pyarrow as pa

    kinds = {
        oids.BOOL: pa.bool_(),
        oids.INT2: pa.int16(),
        oids.INT4: pa.int32(),
        oids.INT8: pa.int64(),
        oids.FLOAT4: pa.float32(),
    }
    kinds |= {oids.FLOAT8: pa.float64()} | dict.fromkeys(
        (oids.DATE, oids.TIMESTAMP, oids.TIMESTAMPTZ, oids.VARCHAR, oids.BPCHAR, oids.TEXT), pa.string()
    )
    fields = []
    for column in target.columns:
        kind = kinds.get(column.oid)
        if column.oid == oids.NUMERIC and column.modifier > 4:
            kind = pa.decimal128((column.modifier - 4) >> 16, column.scale)
        if kind is None:
            return None
        fields.append(pa.field(column.name, kind))
    return pa.schema(fields)


def _field(value: Any, column: TargetColumn) -> str | None:
    """A JSON value as the text its column reads."""
    if value is None:
        return None
    if column.is_super or isinstance(value, dict | list):
        return (
            value.text
            if isinstance(value, _Exact)
            else json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        )
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, _Exact | _MinusZero):
        return value.text
    return str(value)


def _picker(copy: Copy, target: Target, store: Store) -> Pick:
    """How a row comes out of a value: by key, by JSONPaths, or as a whole."""
    how = copy.options.get("PATHS", "auto")
    names = [column.name for column in target.columns]
    if how == "auto":
        return lambda value: [value.get(name) for name in names]
    if how == "auto ignorecase":
        return lambda value: _ignoring_case(value, names)
    if how == "noshred":
        if len(target.columns) != 1 or not target.columns[0].is_super:
            raise SqlError("JSON 'noshred' needs exactly one SUPER column", state="0A000")
        return lambda value: [value]
    paths = _json_paths(how, store)
    if len(paths) != len(names):
        raise internal_error(
            f"Number of jsonpaths and the number of columns should match. JSONPath size: {len(paths)}, "
            f"Number of columns in table or column list: {len(names)}",
            context=how,
        )
    return lambda value: [_follow(value, path) for path in paths]


def _ignoring_case(value: dict[str, Any], names: list[str]) -> list[Any]:
    lower = {key.lower(): item for key, item in value.items()}
    return [lower.get(name) for name in names]


def _json_paths(uri: str, store: Store) -> list[list[str | int]]:
    try:
        expressions = json.loads(store.read(*split_uri(uri)))["jsonpaths"]
        return [_steps(str(expression)) for expression in expressions]
    except (ValueError, KeyError, TypeError) as error:
        raise internal_error(f"Invalid JSONPath format: {error}", context=f"File: {uri}") from error


def _steps(expression: str) -> list[str | int]:
    if not expression.startswith("$"):
        raise ValueError(f"{expression} does not start with $")
    steps: list[str | int] = []
    at = 1
    while at < len(expression):
        match = _STEP.match(expression, at)
        if not match:
            raise ValueError(expression)
        index = match.group("index")
        steps.append(int(index) if index is not None else match.group("name") or match.group("key"))
        at = match.end()
    return steps


def _follow(value: Any, path: list[str | int]) -> Any:
    for step in path:
        if isinstance(step, int) and isinstance(value, list):
            value = value[step] if step < len(value) else None
        elif isinstance(step, str) and isinstance(value, dict):
            value = value.get(step)
        else:
            return None
    return value
