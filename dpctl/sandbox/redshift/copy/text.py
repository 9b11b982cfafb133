"""CSV, delimited and fixed-width files as batches of fields."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from typing import Any

from dpctl.sandbox.redshift.copy import errors as load_errors
from dpctl.sandbox.redshift.copy.batch import Batch, line_starts
from dpctl.sandbox.redshift.copy.errors import LoadError, row_error
from dpctl.sandbox.redshift.copy.target import Target
from dpctl.sandbox.redshift.errors import SqlError, unsupported
from dpctl.sandbox.redshift.grammar import MEGABYTE, Copy

_BLOCK = 8 * MEGABYTE
_NULL_MARK = "\x01null\x01"
_QUOTES = ("'", '"')
_SEPARATOR = "\x1e"
csv.field_size_limit(
    64 * MEGABYTE
)  # a row fits COPY's buffer ("Limitations" of SUPER); the module's own is 128 KB


class TextReader:
    """Reads files of one COPY; what cannot be read goes to ``errors``."""

    def __init__(self, copy: Copy, target: Target, errors: list[LoadError]) -> None:
        options = copy.options
        self.copy, self.options, self.target, self.errors = copy, options, target, errors
        self.csv = copy.format == "CSV"
        self.given_delimiter = options.get("DELIMITER", "," if self.csv else "|")
        self.delimiter = _SEPARATOR if len(self.given_delimiter) > 1 else self.given_delimiter
        self.quote = options.get("QUOTE", '"') if self.csv else ('"' if "REMOVEQUOTES" in options else "")
        self.escape = "\\" if "ESCAPE" in options else ""
        self.null = options.get("NULL AS", r"\N")
        self.nulls = {_NULL_MARK if self.escape and self.null == r"\N" else self.null}
        self.nulls |= {""} if "EMPTYASNULL" in options else set()
        self.blank_lines_count = "IGNOREBLANKLINES" not in options

    def batches(self, file: str, data: bytes) -> Iterator[Batch]:
        """The rows of a file, in blocks."""
        data = self._separated(self._decoded(data))
        data, first = self._after_header(data)
        if "FIXEDWIDTH" in self.options:
            yield self._fixed(file, data, first)
            return
        for block in self._blocks(data):
            for start, part in self._valid(file, block, first):
                yield from self._block(file, part, start)
            first += block.count(b"\n")

    def _decoded(self, data: bytes) -> bytes:
        encoding = self.options.get("ENCODING", "utf8").lower().replace("-", "")
        if encoding == "utf8":
            return data.removeprefix(b"\xef\xbb\xbf")
        return data.decode({"iso88591": "latin-1"}.get(encoding, encoding)).encode()

    def _separated(self, data: bytes) -> bytes:
        """Several characters between columns become one: the parser takes no more."""
        if len(self.given_delimiter) > 1:
            if _SEPARATOR.encode() in data:
                raise unsupported("a file that holds \\x1e, with a DELIMITER of several characters,")
            data = data.replace(self.given_delimiter.encode(), _SEPARATOR.encode())
        return data

    def _after_header(self, data: bytes) -> tuple[bytes, int]:
        at = 0
        skip = self.options.get("IGNOREHEADER", 0)
        for _ in range(skip):
            end = data.find(b"\n", at)
            at = len(data) if end < 0 else end + 1
        return data[at:], skip + 1

    def _blocks(self, data: bytes) -> Iterator[bytes]:
        """Pieces that end where a row ends: at a line feed outside of quotes, and not escaped."""
        at = 0
        while len(data) - at > _BLOCK:
            end = self._row_end(data, at, at + _BLOCK)
            yield data[at:end]
            at = end
        if at < len(data):
            yield data[at:]

    def _row_end(self, data: bytes, start: int, near: int) -> int:
        quote = self.quote.encode()
        while True:
            end = data.find(b"\n", near)
            if end < 0:
                return len(data)
            inside = bool(quote) and self._quotes(data[start:end]) % 2 == 1
            escaped = bool(self.escape) and data[end - 1 : end] == b"\\"
            if not inside and not escaped:
                return end + 1
            near = end + 1

    def _quotes(self, data: bytes) -> int:
        """How many quotation marks open or close something."""
        if self.escape:
            data = re.sub(rb"\\.", b"", data, flags=re.DOTALL)
        return data.count(self.quote.encode())

    def _valid(self, file: str, block: bytes, first: int) -> Iterator[tuple[int, bytes]]:
        """A block, or what is left of it between the lines that are not UTF-8."""
        try:
            block.decode()
            if b"\0" not in block:
                yield first, block
                return
        except UnicodeDecodeError:
            pass
        if replacement := self.options.get("ACCEPTINVCHARS"):
            text = block.decode("utf-8", "replace").replace("\ufffd", replacement).replace("\0", replacement)
            yield first, text.encode()
            return
        run: list[bytes] = []
        start = at = first
        for at, line in enumerate(block.split(b"\n"), first):
            if _is_text(line):
                run.append(line)
                continue
            self.errors.append(row_error(file, at, load_errors.BAD_UTF8))
            if run:
                yield start, b"\n".join(run) + b"\n"
            run, start = [], at + 1
        if any(run):
            yield start, b"\n".join(run)

    def _block(self, file: str, block: bytes, first: int) -> Iterator[Batch]:
        if self.escape and b"\\N" in block:
            block = self._marked(block)
        ragged: list[Any] = []
        table = self._parse(block, ragged)
        arrays = [column.combine_chunks() for column in table.columns][: len(self.target.columns)]
        starts = line_starts(arrays, first, table.num_rows)
        lines: Sequence[int] = starts[:-1]
        if ragged:
            lines, places = _interleave(starts, ragged)
            yield from self._repaired(file, ragged, places)
        if table.num_rows:
            yield Batch(file, arrays, lines)

    def _parse(self, block: bytes, ragged: list[Any]) -> Any:
        import pyarrow as pa
        import pyarrow.csv as arrow

        def keep(row: Any) -> str:
            ragged.append(row)
            return "skip"

        names = [str(at) for at in range(self._width(block))]
        quoted = bool(self.quote) and self.quote.encode() in block
        return arrow.read_csv(
            pa.BufferReader(block),
            # One thread: it numbers the ragged rows, and PostgreSQL is busy with the last block meanwhile.
            # And one block: a row may be longer than any other size.
            read_options=arrow.ReadOptions(column_names=names, use_threads=False, block_size=len(block) + 1),
            parse_options=arrow.ParseOptions(
                delimiter=self.delimiter,
                quote_char=self.quote or False,
                double_quote=self.csv,
                escape_char=self.escape or False,
                newlines_in_values=quoted or bool(self.escape),
                ignore_empty_lines=not self.blank_lines_count,
                invalid_row_handler=keep,
            ),
            convert_options=arrow.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()),
                null_values=sorted(self.nulls),
                strings_can_be_null=True,
                quoted_strings_can_be_null=False,
            ),
        )

    def _width(self, block: bytes) -> int:
        """How many fields a row has: one more than columns when every row ends with a delimiter."""
        count = len(self.target.columns)
        line = block[: block.find(b"\n")] if b"\n" in block else block
        fields = self._split(line.decode().rstrip("\r"))
        return count + 1 if len(fields) == count + 1 and fields[-1] == "" else count

    def _split(self, line: str) -> list[str]:
        if self.quote and self.escape:
            found = csv.reader(
                [line], delimiter=self.delimiter, quotechar=self.quote, doublequote=False, escapechar="\\"
            )
            return next(found, [""])
        if self.escape:
            fields = re.findall(
                rf"((?:\\.|[^\\{re.escape(self.delimiter)}])*)(?:{re.escape(self.delimiter)}|$)",
                line,
                re.DOTALL,
            )
            return [re.sub(r"\\(.)", r"\1", field, flags=re.DOTALL) for field in fields][:-1]
        if not self.quote:
            return line.split(self.delimiter)
        rows = list(csv.reader([line], delimiter=self.delimiter, quotechar=self.quote, doublequote=self.csv))
        return rows[0] if rows else [""]

    def _marked(self, block: bytes) -> bytes:
        r"""A field that is \N alone means NULL; unescaping would make it an N."""
        edge = re.escape(self.delimiter.encode())
        return re.sub(
            rb"(^|\n|" + edge + rb")\\N(?=\r?\n|" + edge + rb"|\Z)", rb"\1" + _NULL_MARK.encode(), block
        )

    def _repaired(self, file: str, ragged: list[Any], places: list[int]) -> Iterator[Batch]:
        """Rows with too many or too few fields: fixed where Redshift would, told where not."""
        import pyarrow as pa

        count = len(self.target.columns)
        found: list[list[str | None]] = []
        lines: list[int] = []
        for row, line in zip(ragged, places, strict=True):
            fields: list[str | None] = [
                None if f in (self.null, _NULL_MARK) else f for f in self._split(row.text)
            ]
            if len(fields) == count + 1 and fields[-1] == "":
                fields.pop()
            if len(fields) < count and "FILLRECORD" in self.options:
                fields += [None] * (count - len(fields))
            if len(fields) == count:
                found.append(fields)
                lines.append(line)
            else:
                what = load_errors.TOO_MANY if len(fields) > count else load_errors.TOO_FEW
                self.errors.append(row_error(file, line, what))
        if found:
            arrays = [pa.array(values, pa.string()) for values in zip(*found, strict=True)]
            yield Batch(file, arrays, lines)

    def _fixed(self, file: str, data: bytes, first: int) -> Batch:
        import pyarrow as pa

        widths = [width for _, width in self.options.get("FIXEDWIDTH")]
        if len(widths) != len(self.target.columns):
            raise SqlError("the FIXEDWIDTH specification does not match the number of columns", state="22023")
        rows: list[list[str | None]] = []
        lines: list[int] = []
        # A newline or carriage return ends a line, or both; str.splitlines would also split at U+0085.
        text = io.StringIO(data.decode("utf-8", "replace"), newline=None)
        for line_number, line in enumerate(text, first):
            line, at, fields = line.removesuffix("\n"), 0, []
            for width in widths:
                fields.append(line[at : at + width].rstrip(" "))
                at += width
            if "REMOVEQUOTES" in self.options and not all(map(_closed, fields)):
                self.errors.append(row_error(file, line_number, load_errors.NO_END_QUOTE))
                continue
            if "REMOVEQUOTES" in self.options:
                fields = [field[1:-1] if field[:1] in _QUOTES else field for field in fields]
            rows.append([None if field in self.nulls else field for field in fields])
            lines.append(line_number)
        arrays = [pa.array([row[at] for row in rows], pa.string()) for at in range(len(widths))]
        return Batch(file, arrays, lines)


def _closed(field: str) -> bool:
    """Whether a quotation mark that begins a field also ends it (REMOVEQUOTES)."""
    return field[:1] not in _QUOTES or (len(field) > 1 and field[0] == field[-1])


def _is_text(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return b"\0" not in line


def _interleave(starts: Sequence[int], ragged: list[Any]) -> tuple[list[int], list[int]]:
    """The lines of good rows and of ragged ones; ``starts`` numbers the good ones as if they stood alone."""
    good: list[int] = []
    bad: list[int] = []
    shift = 0
    numbers = {row.number: row for row in ragged}
    for number in range(1, len(starts) + len(ragged)):
        line = starts[len(good)] + shift
        if number in numbers:
            bad.append(line)
            shift += 1 + numbers[number].text.count("\n")
        else:
            good.append(line)
    return good, bad
