"""The files of an UNLOAD: slices, parts, compression, and what is written about each."""

from __future__ import annotations

import bz2
import gzip
import io
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import IO, Any, Protocol

from dpctl.sandbox.redshift.errors import unsupported
from dpctl.sandbox.redshift.grammar import MEGABYTE, Unload
from dpctl.sandbox.redshift.postgres import oids
from dpctl.sandbox.redshift.s3 import Store
from dpctl.sandbox.redshift.unload.lines import header_of
from dpctl.sandbox.redshift.unload.query import Column

SLICES = 4
"""How many files PARALLEL ON writes side by side."""

_SPOOL = 64 * MEGABYTE
_SUFFIX = {"GZIP": ".gz", "BZIP2": ".bz2", "ZSTD": ".zst"}


@dataclass(frozen=True)
class Written:
    """A file in S3: ``size`` in bytes, ``rows`` with the header line counted, as Redshift's manifest does."""

    url: str
    size: int
    rows: int


class Body(Protocol):
    """Where the rows of one file go."""

    def write(self, lines: bytes | memoryview) -> None:
        """Add lines; each ends with a line feed."""

    def close(self) -> None:
        """Finish the file."""


class Spool(io.RawIOBase):
    """What a file will hold: in memory, and on disk from `_SPOOL` on."""

    def __init__(self) -> None:
        super().__init__()
        self._memory = bytearray()
        self._size = 0
        self._disk: IO[bytes] | None = None

    def writable(self) -> bool:
        """See `io.IOBase`."""
        return True

    def tell(self) -> int:
        """The bytes that were written."""
        return self._size

    def write(self, data: Any) -> int:
        """Add bytes at the end."""
        added = memoryview(data).nbytes
        self._size += added
        if self._disk is None and self._size > _SPOOL:
            self._disk = tempfile.TemporaryFile()  # noqa: SIM115  closed with this
            self._disk.write(self._memory)
            self._memory = bytearray()
        if self._disk is None:
            self._memory += data
        else:
            self._disk.write(data)
        return added

    def content(self) -> bytearray | IO[bytes]:
        """All of it, as S3 takes it.

        What is in memory is sent in one piece: not as bytes, of which botocore makes a file, which is sent
        in small blocks.
        """
        if self._disk is None:
            return self._memory
        self._disk.seek(0)
        return self._disk

    def close(self) -> None:
        """Give back what it holds."""
        self._memory = bytearray()
        if self._disk is not None:
            self._disk.close()
        super().close()


class TextBody:
    """Lines, compressed or not."""

    def __init__(self, sink: Any, compression: str, header: bytes) -> None:
        self._out = _compressor(sink, compression)
        self._close = self._out is not sink
        if header:
            self._out.write(header)

    def write(self, lines: bytes | memoryview) -> None:
        """Add lines."""
        self._out.write(lines)

    def close(self) -> None:
        """Finish the compressed stream."""
        if self._close:
            self._out.close()


class ParquetBody:
    """Rows that arrive as CSV and are written in row groups."""

    def __init__(self, sink: Any, columns: tuple[Column, ...], group: float) -> None:
        import pyarrow as pa
        import pyarrow.csv as csv
        import pyarrow.parquet as parquet

        self._labels = [f"{at}" for at in range(len(columns))]
        types = [_arrow_type(column) for column in columns]
        self._schema = pa.schema([pa.field(c.name, t) for c, t in zip(columns, types, strict=True)])
        self._convert = csv.ConvertOptions(
            column_types=dict(zip(self._labels, types, strict=True)),
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
            true_values=["t"],
            false_values=["f"],
        )
        # Dictionaries of columns with many values are given up early: they take the time and save nothing.
        self._writer = parquet.ParquetWriter(
            sink, self._schema, compression="snappy", dictionary_pagesize_limit=64 * 1024
        )
        self._pending: list[bytes | memoryview] = []
        self._bytes = 0
        self._group = group

    def write(self, lines: bytes | memoryview) -> None:
        """Add lines; a row group is written when enough have come together."""
        self._pending.append(lines)
        self._bytes += len(lines)
        if self._bytes >= self._group:
            self._flush()

    def close(self) -> None:
        """Write what is left, and the footer."""
        if self._pending:
            self._flush()
        self._writer.close()

    def _flush(self) -> None:
        import pyarrow as pa

        data = b"".join(self._pending)
        try:
            table = self._read(data, MEGABYTE)
        except pa.ArrowInvalid as error:
            if "straddl" in str(error):  # a row is longer than a block: all of them are one
                table = self._read(data, len(data) + 1)
            elif "conversion error to" in str(error):
                raise unsupported(
                    "A date or timestamp of a year that is not 1 to 9999, in FORMAT PARQUET,"
                ) from error
            else:
                raise
        self._writer.write_table(pa.Table.from_arrays(table.columns, schema=self._schema))
        self._pending, self._bytes = [], 0

    def _read(self, data: bytes, block: int) -> Any:
        import pyarrow as pa
        import pyarrow.csv as csv

        return csv.read_csv(
            pa.BufferReader(data),
            # One thread: PostgreSQL keeps the other core busy, and several only wait for each other.
            read_options=csv.ReadOptions(column_names=self._labels, use_threads=False, block_size=block),
            parse_options=csv.ParseOptions(newlines_in_values=b'"' in data, ignore_empty_lines=False),
            convert_options=self._convert,
        )


@dataclass
class Slice:
    """One writer of one partition: its open file, and the number of the next one."""

    label: str
    part: int = 0
    body: Body | None = None
    sink: Any = None
    rows: int = 0
    bytes: int = 0


@dataclass
class Share:
    """Rows that go to a slice of a partition, and the lines that are made of them."""

    slice: int
    rows: list[bytes]
    lines: bytes | memoryview | None = None


@dataclass
class Parts:
    """All files of one UNLOAD. Feed `write`, then `close`; `written` tells what is in S3.

    ``lines`` makes the lines of a file of the rows that PostgreSQL sends.
    """

    unload: Unload
    columns: tuple[Column, ...]
    store: Store
    extra: dict[str, str]
    lines: Callable[[list[bytes]], bytes | memoryview]
    written: list[Written] = field(default_factory=list)
    total: int = 0
    _slices: dict[tuple[str, int], Slice] = field(default_factory=dict)

    def __post_init__(self) -> None:
        options = self.unload.options
        self.slices = SLICES if options.get("PARALLEL", True) else 1
        self.compression = next((name for name in _SUFFIX if name in options), "")
        self.limit = options.get("MAXFILESIZE", 6.2 * 1024 * MEGABYTE)
        if self.unload.format == "PARQUET":
            self.limit = max(32 * MEGABYTE, self.limit // (32 * MEGABYTE) * 32 * MEGABYTE)
        self.header = b""
        if "HEADER" in options:
            self.header = header_of(self.unload, [column.name for column in self.columns])

    def write(self, rows: list[bytes], partition: str = "") -> None:
        """Spread rows over the slices of a partition."""
        self.add(self.shares(rows), partition)

    def shares(self, rows: list[bytes]) -> list[Share]:
        """Rows as the slices of a partition take them; what is asked for first has to be added first."""
        start = self.total
        self.total += len(rows)
        # The next row goes to the next slice, wherever the last batch ended.
        shares = [rows[(number - start) % self.slices :: self.slices] for number in range(self.slices)]
        return [Share(number, share) for number, share in enumerate(shares) if share]

    def add(self, shares: list[Share], partition: str = "") -> None:
        """Give each slice its rows, the lines of which may have been made already."""
        for share in shares:
            self._append(partition, share)

    def make(self, shares: list[Share]) -> list[Share]:
        """Make the lines of shares; another thread may do this."""
        for share in shares:
            share.lines = self.lines(share.rows)
        return shares

    def close(self) -> None:
        """Write every open file to S3; without rows, the empty files that Redshift writes for text."""
        if (
            not self._slices
            and self.unload.format in ("TEXT", "CSV")
            and "PARTITION BY" not in self.unload.options
        ):
            self._open(self._slice("", 0))
        with ThreadPoolExecutor(SLICES) as pool:
            for finished in pool.map(self._finished, self._slices.values()):
                self.written += finished

    def _slice(self, partition: str, number: int) -> Slice:
        key = (partition, number)
        if key not in self._slices:
            label = f"{partition}{number:04d}_part_" if self.slices > 1 else partition
            self._slices[key] = Slice(label)
        return self._slices[key]

    def _append(self, partition: str, share: Share) -> None:
        current = self._slice(partition, share.slice)
        lines = self.lines(share.rows) if share.lines is None else share.lines
        if current.bytes + len(lines) < self.limit:
            self._add(current, lines, len(share.rows))
            return
        for row in share.rows:  # no file runs over the largest by more than a row
            self._add(current, self.lines([row]), 1)

    def _add(self, current: Slice, lines: bytes | memoryview, rows: int) -> None:
        if current.body is None:
            self._open(current)
        assert current.body is not None
        current.body.write(lines)
        current.rows += rows
        current.bytes += len(lines)
        if current.bytes >= self.limit:
            self.written += self._finished(current)

    def _open(self, current: Slice) -> None:
        current.sink = Spool()
        current.rows = 1 if self.header else 0
        current.bytes = 0
        if self.unload.format == "PARQUET":
            group = self.unload.options.get("ROWGROUPSIZE", 32 * MEGABYTE)
            current.body = ParquetBody(current.sink, self.columns, min(group, self.limit))
        else:
            current.body = TextBody(current.sink, self.compression, self.header)

    def _finished(self, current: Slice) -> list[Written]:
        """Write a slice's open file to S3; nothing where it has none."""
        if current.body is None:
            return []
        current.body.close()
        size = current.sink.tell()
        key = self.unload.prefix + self._file_name(current)
        self.store.write(self.unload.bucket, key, current.sink.content(), self.extra)
        current.sink.close()
        current.body, current.part, current.bytes = None, current.part + 1, 0
        return [Written(f"s3://{self.unload.bucket}/{key}", size, current.rows)]

    def _file_name(self, current: Slice) -> str:
        number = f"{current.part:02d}" if self.slices > 1 else f"{current.part:03d}"
        if extension := self.unload.options.get("EXTENSION"):
            return f"{current.label}{number}.{extension.lstrip('.')}"
        suffix = ".parquet" if self.unload.format == "PARQUET" else _SUFFIX.get(self.compression, "")
        return f"{current.label}{number}{suffix}"


def _compressor(sink: Any, compression: str) -> Any:
    if compression == "GZIP":
        return gzip.GzipFile(fileobj=sink, mode="wb", compresslevel=4, mtime=0)
    if compression == "BZIP2":
        return bz2.BZ2File(sink, "wb")
    if compression == "ZSTD":
        import zstandard

        return zstandard.ZstdCompressor(level=3).stream_writer(sink, closefd=False)
    return sink


def _arrow_type(column: Column) -> Any:
    import pyarrow as pa

    if column.oid == oids.NUMERIC:
        return pa.decimal128(*column.precision_and_scale)
    plain = {
        oids.INT2: pa.int16(),
        oids.INT4: pa.int32(),
        oids.INT8: pa.int64(),
        oids.FLOAT4: pa.float32(),
        oids.FLOAT8: pa.float64(),
        oids.BOOL: pa.bool_(),
        oids.DATE: pa.date32(),
        oids.TIME: pa.time64("us"),
        oids.TIMESTAMP: pa.timestamp("us"),
        oids.TIMESTAMPTZ: pa.timestamp("us"),
    }
    return plain.get(column.oid, pa.string())
