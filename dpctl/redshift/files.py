r"""What a file's name and its first bytes tell: how it was written, and so how it is read.

UNLOAD's files say nothing of their format, so dpctl's unload gives them an extension, and copy reads that.
Values survive the way there and back by these defaults:

* CSV and text write NULL as ``\N``, which is what COPY takes for NULL when it is told nothing (NULL AS in
  "Data conversion parameters", Redshift Database Developer Guide); without it NULL and ``''`` look the same.
* text is written with ESCAPE, without which delimiters, line ends and backslashes inside values are lost; the
  extension ``escaped.txt`` tells copy to read it so.
"""

from __future__ import annotations

import bz2
import csv
import io
import json
import re
import zlib
from collections.abc import Mapping
from typing import Any

NULL = r"\N"
ESCAPED = "escaped.txt"
HEAD_BYTES = 65_536
_COMPRESSIONS = {"gzip": "gz", "bzip2": "bz2", "zstd": "zst", "lzop": "lzo"}
_FORMATS = {"parquet": "parquet", "orc": "orc", "csv": "csv", "json": "json", "avro": "avro"}
_MAGIC = (
    (b"PAR1", {"format": "parquet"}),
    (b"ORC", {"format": "orc"}),
    (b"Obj\x01", {"format": "avro"}),
    (b"\x1f\x8b", {"compression": "gzip"}),
    (b"BZh", {"compression": "bzip2"}),
    (b"\x28\xb5\x2f\xfd", {"compression": "zstd"}),
    (b"\x89LZO", {"compression": "lzop"}),
)

_UNREAD = (
    (b"PK\x03\x04", "ZIP archives (nor Excel's sheets, which are such)"),
    (b"\x1f\x9d", "what compress packed"),
    (b"\xfd7zXZ\x00", "xz"),
    (b"7z\xbc\xaf\x27\x1c", "7-Zip"),
    (b"\xff\x06\x00\x00sNaPpY", "framed Snappy"),
)
UTF_16 = (b"\xff\xfe", b"\xfe\xff")
"""The marks that begin a text in UTF-16, which COPY wants there ("Data conversion parameters", ENCODING)."""


def written_as(options: Mapping[str, Any]) -> dict[str, Any]:
    """The options that an UNLOAD gets beside those that were asked for, so that COPY reads the same values.

    Whoever chooses NULL AS, ESCAPE, ADDQUOTES or FIXEDWIDTH has a reader in mind: nothing is added to those.
    """
    kind = options.get("format", "text")
    chosen = any(options.get(name) is not None for name in ("null_as", "escape", "add_quotes", "fixed_width"))
    if chosen or kind not in {"csv", "json", "text"}:
        return {}
    added: dict[str, Any] = {} if kind == "json" else {"null_as": NULL}
    if kind == "text":
        added["escape"] = True
    if options.get("extension") is None:
        name = ESCAPED if kind == "text" else kind
        packed = _COMPRESSIONS.get(options.get("compression") or "")
        added["extension"] = f"{name}.{packed}" if packed else name
    return added


def told_by_name(url: str) -> dict[str, Any]:
    """What a file's name says of it, as options of COPY; empty where it says nothing."""
    name = url.rpartition("/")[2].lower()
    told: dict[str, Any] = {}
    for compression, ending in _COMPRESSIONS.items():
        if name.endswith(f".{ending}"):
            told["compression"] = compression
            name = name.removesuffix(f".{ending}")
    if name.endswith(f".{ESCAPED}"):
        return told | {"format": "text", "escape": True}
    ending = name.rpartition(".")[2] if "." in name else ""
    return told | ({"format": _FORMATS[ending]} if ending in _FORMATS else {})


def told_by_bytes(head: bytes) -> dict[str, Any]:
    """What a file's first bytes prove; text and CSV look alike, so they prove nothing."""
    for magic, told in _MAGIC:
        if head.startswith(magic):
            return dict(told)
    return {"format": "json"} if _begins_as_json(head) else {}


def _begins_as_json(head: bytes) -> bool:
    """Whether an object is first, and no value beside it: text may begin with a SUPER.

    ``{}`` proves nothing: it is also how CSV writes an empty SUPER.
    """
    text = head.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace")
    text = re.sub(r"\A\s*(?:\{\s*\}\s*)*", "", text)
    if not re.match(r'\{\s*"', text):
        return False
    try:
        end = json.JSONDecoder().raw_decode(text)[1]
    except ValueError:  # it may go on behind the head
        return True
    return text[end:].lstrip(" \r")[:1] in ("", "\n", "{")


def unread(head: bytes) -> str:
    """What kind of file, none of which COPY reads, these first bytes are; empty for any other."""
    return next((name for magic, name in _UNREAD if head.startswith(magic)), "")


def unpacked(head: bytes) -> bytes:
    """The beginning of what a packed file holds; the bytes as they are where it is not packed.

    zstd needs the package of the extra ``sandbox``; without it there is nothing to see.
    """
    packed = told_by_bytes(head).get("compression")
    try:
        if packed == "gzip":
            return zlib.decompressobj(wbits=31).decompress(head)
        if packed == "bzip2":
            return bz2.BZ2Decompressor().decompress(head)
        if packed == "zstd":
            import zstandard

            return bytes(zstandard.ZstdDecompressor().decompressobj().decompress(head))
    except (zlib.error, OSError, ImportError):
        return b""
    return b"" if packed else head


def fields_of(head: bytes, options: Mapping[str, Any]) -> list[str] | None:
    """The names or values of the first row: names of JSON, fields of CSV and text; None if untold."""
    kind = options.get("format")
    if kind not in {"csv", "json", "text"} or b"\n" not in head:
        return None
    text = head.decode("utf-8", "replace")
    if kind == "text":
        return _first_row(text, options)
    if kind == "json":
        try:
            first = json.JSONDecoder().raw_decode(text.lstrip())[0]
        except ValueError:
            return None
        return list(first) if isinstance(first, dict) else None
    lines = io.StringIO(text, newline="\n")  # str.splitlines would also split at U+0085, U+2028 and the like
    try:
        rows = csv.reader(lines, delimiter=options.get("delimiter") or ",")
        return next(rows, None) or None  # an empty line may be a row of one empty field
    except (csv.Error, TypeError):  # the reader takes one character to delimit
        return None


def _first_row(text: str, options: Mapping[str, Any]) -> list[str] | None:
    """The fields of text's first row, which may be of several lines; fixed widths and quotes are not told."""
    if options.get("fixed_width") or options.get("remove_quotes"):
        return None
    escape = bool(options.get("escape"))
    row = re.match(r"((?:\\.|[^\\\n])*)\n" if escape else r"([^\n]*)\n", text, re.DOTALL)
    if row is None:
        return None
    return _text_fields(row[1].rstrip("\r"), options.get("delimiter") or "|", escape=escape, quotes=False)


def first_fields(
    head: bytes, kind: str, delimiter: str, *, escape: bool = False, quotes: bool = False
) -> list[str]:
    """The fields of the first line of CSV or text; empty where there is none or it can't be read.

    ``escape`` and ``quotes`` are COPY's ESCAPE and REMOVEQUOTES, for text.
    """
    line = head.removeprefix(b"\xef\xbb\xbf").partition(b"\n")[0].decode("utf-8", "replace").rstrip("\r")
    if kind != "csv":
        return _text_fields(line, delimiter, escape=escape, quotes=quotes) if line else []
    if len(delimiter) > 1:
        return line.split(delimiter) if line else []
    try:
        return next(csv.reader([line], delimiter=delimiter, skipinitialspace=True), [])
    except csv.Error:
        return []


def _text_fields(line: str, delimiter: str, *, escape: bool, quotes: bool) -> list[str]:
    fields, field, at, open_ = [], "", 0, ""
    while at < len(line):
        if escape and line[at] == "\\":
            field += line[at + 1 : at + 2]
            at += 2
        elif quotes and not open_ and not field and line[at] in "\"'":
            open_ = line[at]
            at += 1
        elif line[at] == open_ and (line.startswith(delimiter, at + 1) or at + 1 == len(line)):
            open_ = ""
            at += 1
        elif not open_ and line.startswith(delimiter, at):
            fields.append(field)
            field = ""
            at += len(delimiter)
        else:
            field += line[at]
            at += 1
    return [*fields, field]


def parquet_has(footer: bytes, name: str) -> bool:
    """Whether a Parquet footer names a column (Thrift's compact protocol: a length, then the bytes)."""
    raw = name.encode()
    return len(raw) > 127 or bytes([len(raw)]) + raw in footer
