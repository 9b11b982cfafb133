r"""Rows as PostgreSQL's binary COPY takes them: its server reads them in half the time of text.

There a value that does not fit takes the whole COPY back, where a row of text is told and left out. So only
what is certain goes this way: `rows_of` gives None for a batch with a type or a value that PostgreSQL itself
has to read.

Source of the layout: "Binary Format" of COPY in PostgreSQL's manual, and the ``recv`` functions of its types.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dpctl.sandbox.redshift.copy.target import TargetColumn
from dpctl.sandbox.redshift.postgres import oids

HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
END = b"\xff\xff"
"""What stands before the first row and behind the last."""

_NULL = b"\xff\xff\xff\xff"
_DAY = 86_400_000_000
_EPOCH = 10_957
"""2000-01-01, from which PostgreSQL counts, in days since 1970; `_DAY` is in microseconds."""

_FIRST, _LAST = -719_162, 2_932_896
"""0001-01-01 and 9999-12-31: of a day outside of these PostgreSQL says what it is."""

_INT64_DIGITS, _INT64_SCALE = 18, 16
"""Of a numeric whose groups of four digits an int64 holds on the way."""

_SECONDS_TO_MICROSECONDS = (len("2000-01-01 00:00:00"), len("2000-01-01 00:00:00.000000"))

# The same bytes in every row, or a value in arrow's binary, which has a length of its own.
_Part = Any


class _Doubtful(Exception):
    """PostgreSQL itself has to read this."""


def rows_of(arrays: list[Any], columns: tuple[TargetColumn, ...]) -> bytes | None:
    """The rows without `HEADER` and `END`; None for what must go as text.

    ``arrays`` are arrow's, one a column, each of text or of a type that fits the column.
    """
    import pyarrow as pa

    try:
        parts: list[_Part] = [_constant(len(columns).to_bytes(2, "big"), len(arrays[0]))]
        for array, column in zip(arrays, columns, strict=True):
            parts += _FIELDS[column.oid](array, column)
    except (KeyError, _Doubtful, pa.ArrowException):
        return None
    return _joined(parts, len(arrays[0]))


def _joined(parts: list[_Part], count: int) -> bytes:
    """Parts as rows; neighbours of a fixed length are put together first."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    pieces: list[Any] = []
    fixed: list[Any] = []
    for part in [*parts, None]:
        if isinstance(part, np.ndarray):
            fixed.append(part)
            continue
        if fixed:
            pieces.append(_variable(np.concatenate(fixed, axis=1)))
            fixed = []
        if part is not None:
            pieces.append(part)
    rows = pc.binary_join_element_wise(*pieces, pa.scalar(b"", pa.binary()))
    ends = np.frombuffer(rows.buffers()[1], np.int32)
    start, end = int(ends[rows.offset]), int(ends[rows.offset + count])
    return bytes(rows.buffers()[2].slice(start, end - start).to_pybytes())


def _constant(data: bytes, count: int) -> _Part:
    """The same bytes in every row."""
    import numpy as np

    return np.broadcast_to(np.frombuffer(data, np.uint8), (count, len(data)))


def _big_endian(values: Any, kind: str) -> _Part:
    """Numbers as PostgreSQL sends them; ``kind`` is numpy's name of the type."""
    import numpy as np

    return values.astype(f">{kind}").view(np.uint8).reshape(len(values), -1)


def _variable(rows: Any) -> Any:
    """Bytes of a fixed length as arrow's binary."""
    import numpy as np
    import pyarrow as pa

    count, width = rows.shape
    ends = np.arange(0, width * (count + 1), width, dtype=np.int32)
    return pa.Array.from_buffers(
        pa.binary(), count, [None, pa.py_buffer(ends), pa.py_buffer(np.ascontiguousarray(rows))]
    )


def _of_width(values: _Part, array: Any) -> list[_Part]:
    """A field whose values have one length, and are NULL where ``array`` is."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    field = [_constant(values.shape[1].to_bytes(4, "big"), len(array)), values]
    if not array.null_count:
        return field
    whole = _variable(np.concatenate(field, axis=1))
    return [pc.if_else(array.is_valid(), whole, pa.scalar(_NULL, pa.binary()))]


def _text(array: Any, column: TargetColumn) -> list[_Part]:
    import pyarrow as pa
    import pyarrow.compute as pc

    if not pa.types.is_string(array.type):
        raise _Doubtful
    lengths = pc.fill_null(pc.binary_length(array), -1)
    values = array.cast(pa.binary())
    return [
        _big_endian(lengths.to_numpy(zero_copy_only=False), "i4"),
        values.fill_null(b"") if array.null_count else values,
    ]


def _plain(kind: str) -> Callable[[Any, TargetColumn], list[_Part]]:
    """Fields of a type that arrow and numpy keep as PostgreSQL does."""

    def fields(array: Any, column: TargetColumn) -> list[_Part]:
        import pyarrow as pa

        wanted = {"i2": pa.int16(), "i4": pa.int32(), "i8": pa.int64(), "f4": pa.float32()}.get(kind)
        wanted = wanted or pa.float64()
        if pa.types.is_string(array.type) or (kind.startswith("f") and array.type != wanted):
            raise _Doubtful  # it may be out of range, or was written in another way; another width is rounded
        return _of_width(_big_endian(_numbers(array.cast(wanted)), kind), array)

    return fields


def _numbers(array: Any) -> Any:
    """The values as numpy's; NULL is 0."""
    return (array.fill_null(0) if array.null_count else array).to_numpy(zero_copy_only=False)


def _bool(array: Any, column: TargetColumn) -> list[_Part]:
    import numpy as np
    import pyarrow as pa

    if not pa.types.is_boolean(array.type):
        raise _Doubtful
    values = array.fill_null(False).cast(pa.uint8()).to_numpy(zero_copy_only=False)
    return _of_width(values.astype(np.uint8).reshape(-1, 1), array)


def _date(array: Any, column: TargetColumn) -> list[_Part]:
    import pyarrow as pa

    array = array.cast(pa.date32()).cast(pa.int32())
    return _of_width(_big_endian(_since(array, 1), "i4"), array)


def _time(array: Any, column: TargetColumn) -> list[_Part]:
    import pyarrow as pa

    if not pa.types.is_time(array.type):
        raise _Doubtful
    array = array.cast(pa.time64("us")).cast(pa.int64())
    return _of_width(_big_endian(_numbers(array), "i8"), array)


def _timestamp(array: Any, column: TargetColumn) -> list[_Part]:
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_string(array.type):
        least, most = _SECONDS_TO_MICROSECONDS
        lengths = pc.min_max(pc.binary_length(array))
        if column.oid == oids.TIMESTAMPTZ:
            raise _Doubtful  # it depends on the session's zone
        if lengths["min"].is_valid and not least <= lengths["min"].as_py() <= lengths["max"].as_py() <= most:
            raise _Doubtful  # arrow also reads days, and hours without minutes
    array = array.cast(pa.timestamp("us")).cast(pa.int64())
    return _of_width(_big_endian(_since(array, _DAY), "i8"), array)


def _since(array: Any, day: int) -> Any:
    """Numbers since 1970 as such since 2000; ``day`` is what one counts."""
    import pyarrow.compute as pc

    found = pc.min_max(array)
    if found["min"].is_valid:
        first, last = found["min"].as_py(), found["max"].as_py()
        if first < _FIRST * day or last >= (_LAST + 1) * day:
            raise _Doubtful
    return _numbers(array) - _EPOCH * day


def _numeric(array: Any, column: TargetColumn) -> list[_Part]:
    """Groups of four digits, those before the point and those behind it."""
    import numpy as np
    import pyarrow as pa

    precision, scale = column.precision, column.scale
    if not 0 < precision <= _INT64_DIGITS or scale > _INT64_SCALE:
        raise _Doubtful
    array = array.cast(pa.decimal128(precision, scale))
    low = np.frombuffer(array.buffers()[1], "<i8")[::2][array.offset : array.offset + len(array)]
    if array.null_count:
        low = np.where(array.is_valid().to_numpy(zero_copy_only=False), low, 0)
    before, behind = -(-(precision - scale) // 4), -(-scale // 4)
    whole, fraction = np.divmod(np.abs(low), 10**scale)
    fraction = fraction * 10 ** (4 * behind - scale)
    groups = np.empty((len(low), 4 + before + behind), np.int16)
    groups[:, 0], groups[:, 1], groups[:, 3] = before + behind, before - 1, scale
    groups[:, 2] = np.where(low < 0, 0x4000, 0)
    for at in range(before):
        groups[:, 4 + at] = whole // 10_000 ** (before - 1 - at) % 10_000
    for at in range(behind):
        groups[:, 4 + before + at] = fraction // 10_000 ** (behind - 1 - at) % 10_000
    return _of_width(_big_endian(groups.ravel(), "i2").reshape(len(low), -1), array)


_FIELDS: dict[int, Callable[[Any, TargetColumn], list[_Part]]] = {
    oids.BOOL: _bool,
    oids.INT2: _plain("i2"),
    oids.INT4: _plain("i4"),
    oids.INT8: _plain("i8"),
    oids.FLOAT4: _plain("f4"),
    oids.FLOAT8: _plain("f8"),
    oids.NUMERIC: _numeric,
    oids.DATE: _date,
    oids.TIME: _time,
    oids.TIMESTAMP: _timestamp,
    oids.TIMESTAMPTZ: _timestamp,
} | dict.fromkeys((oids.VARCHAR, oids.BPCHAR, oids.TEXT), _text)
