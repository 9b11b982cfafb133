"""What lies at a COPY's source, seen before it runs: a manifest, a format, a header, other columns.

COPY takes every object under a prefix for data, reads all but JSON by position, and loads what is missing as
NULL; the same prefix may hold what an UNLOAD wrote beside its data. So the files are looked at
first: what they prove is taken over where nothing else was asked for, and what does not fit is refused.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from typing import Any

from dpctl.amounts import amount
from dpctl.aws import translate
from dpctl.errors import AwsError, UsageError
from dpctl.redshift import files, manifest
from dpctl.redshift.copy import Copy
from dpctl.redshift.ddl import ColumnSpec, Type
from dpctl.redshift.location import S3Location
from dpctl.redshift.manifest import File, Manifest, NotManifest

SHOWN = 3
LARGEST_MANIFEST = 64 * 1024 * 1024
_BY_NAME = frozenset({"json", "avro"})
_FOLDER = re.compile(r"/([^/=]+)=[^/]*(?=/)")
# types whose values go into the other without loss; equal types always do
_INTEGERS = ("smallint", "integer", "bigint")
_TEXT = ("character", "character varying")


@dataclass(frozen=True)
class Source:
    """A COPY as it will run, and what was found on the way, a sentence each.

    ``nothing`` says that its manifest lists no file, as after an UNLOAD without rows: COPY would fail.
    """

    statement: Copy
    notes: tuple[str, ...] = ()
    nothing: bool = False


def look(s3: Any, statement: Copy, *, given: Collection[str], table: tuple[ColumnSpec, ...] = ()) -> Source:
    """Look at a COPY's files. ``given`` are the options that were asked for; ``table`` the target, if known.

    Raises UsageError for what would load wrong rows, NotManifest for a manifest that is none. Where S3 does
    not let the caller look, a note says so, and the statement is as it was.
    """
    if not statement.source.startswith("s3://") or statement.ssh or statement.using_template:
        return Source(statement)
    try:
        return _Look(s3, statement, frozenset(given), table).done()
    except NotManifest:
        raise
    except AwsError as error:
        return Source(statement, (f"The files were not looked at first: {error.what} {error.why}".strip(),))


class _Look:
    def __init__(
        self, s3: Any, statement: Copy, given: frozenset[str], table: tuple[ColumnSpec, ...]
    ) -> None:
        self.s3, self.statement, self.given, self.table = s3, statement, given, table
        self.notes: list[str] = []

    def done(self) -> Source:
        place = S3Location.parse(self.statement.source)
        listed = manifest.read(self.s3, place) if self.statement.manifest else self._manifest_at(place)
        found = listed.files if listed else manifest.data_files(self.s3, place)
        if not found:
            return Source(self.statement, tuple(self.notes), nothing=listed is not None)
        if listed:
            self._all_there(listed)
        first = found[0]
        head = self._head(first)
        self._format(first, head)
        head = files.unpacked(head)
        self._header(head, listed)
        self._columns(first, head, listed)
        return Source(self.statement, tuple(self.notes))

    def _manifest_at(self, place: S3Location) -> Manifest | None:
        """The manifest that an UNLOAD left there. Others further down are refused: COPY would load them."""
        own = [place.key, f"{place.key}manifest"]
        own += [] if place.key.endswith("/") else [f"{place.key}/manifest"]
        known = [
            item
            for item in manifest.listing(self.s3, place)
            if item["Key"] in own or item["Key"].rpartition("/")[2] == "manifest"
        ]
        known.sort(key=lambda item: item["LastModified"], reverse=True)
        for item in sorted(known, key=lambda item: item["Key"] not in own):
            spot = S3Location(place.bucket, item["Key"])
            listed = self._manifest(spot, item["Size"])
            if listed is None:
                continue
            if item["Key"] not in own:
                raise _several(place, spot)
            self.statement = replace(self.statement, source=spot.uri, manifest=True)
            self.notes.append(f"{place.uri} holds the manifest of an UNLOAD: its files are loaded by it.")
            return listed
        return None

    def _all_there(self, listed: Manifest) -> None:
        """Refuse a manifest some of whose files are gone: none is mandatory, so COPY would pass over them.

        Only those beside the manifest are looked for: one listing tells of all.
        """
        spot = S3Location.parse(self.statement.source)
        folder = S3Location(spot.bucket, spot.key[: spot.key.rfind("/") + 1])
        there = {f"s3://{spot.bucket}/{item['Key']}" for item in manifest.listing(self.s3, folder)}
        gone = [
            file.url for file in listed.files if file.url.startswith(folder.uri) and file.url not in there
        ]
        if gone:
            raise UsageError(
                f"{amount(len(gone), 'file')} of the manifest {'is' if len(gone) == 1 else 'are'} not in S3.",
                why=f"COPY would load the others without a word. Missing: {', '.join(gone[:SHOWN])}"
                + (", ..." if len(gone) > SHOWN else ""),
                hint=f"unload again, or --from {folder.uri} with a manifest of what is there",
            )

    def _manifest(self, spot: S3Location, size: int) -> Manifest | None:
        if not 0 < size <= LARGEST_MANIFEST:
            return None
        try:
            return manifest.read(self.s3, spot)
        except NotManifest:
            return None

    def _head(self, file: File) -> bytes:
        """The first bytes of a file."""
        if file.bytes == 0:
            return b""
        return self._get(file, f"bytes=0-{files.HEAD_BYTES - 1}")

    def _get(self, file: File, span: str) -> bytes:
        from botocore.exceptions import BotoCoreError, ClientError

        place = S3Location.parse(file.url)
        try:
            return bytes(self.s3.get_object(Bucket=place.bucket, Key=place.key, Range=span)["Body"].read())
        except (BotoCoreError, ClientError) as error:
            raise translate(error, f"read {file.url}") from error

    def _format(self, file: File, head: bytes) -> None:
        """Take over what name and bytes prove, and refuse a format that they disprove."""
        proven = files.told_by_bytes(head)
        named = files.told_by_name(file.url)
        if named.get("format") == "text" and proven.get("format") == "json":
            proven = {}  # a column of SUPER: the name that an UNLOAD gave goes before
        told = named | proven
        if "format" in self.given:
            self._check_format(file, head, proven.get("format"))
        elif "format" in told:
            self._take(format=told["format"])
        elif head and self.statement.format == "parquet":
            raise UsageError(
                "Which format are the files?",
                why=f"Neither the name nor the first bytes of {file.url} tell, and it is not Parquet.",
                hint="--format csv, or --format text",
            )
        packed = told.get("compression") if self.statement.format in {"csv", "text", "json"} else None
        if packed and not self.statement.compression and "compression" not in self.given:
            self._take(compression=packed)
        if told.get("escape") and self.statement.format == "text" and "escape" not in self.given:
            self._take(escape=True)

    def _check_format(self, file: File, head: bytes, proven: str | None) -> None:
        wanted = self.statement.format
        wrong = proven is not None and proven != wanted and wanted != "text"
        if wrong or (head and wanted == "parquet" and proven != "parquet"):
            begins = f"begins as {proven} does" if proven else "does not begin with PAR1"
            hint = f"--format {proven or files.told_by_name(file.url).get('format', 'csv')}"
            raise UsageError(f"The files are not {wanted}.", why=f"{file.url} {begins}.", hint=hint)

    def _take(self, **values: Any) -> None:
        self.statement = replace(self.statement, **values)

    def _header(self, head: bytes, listed: Manifest | None) -> None:
        """A first line that is the columns' names is no row."""
        if self.statement.format not in {"csv", "text"} or "ignore_header" in self.given:
            return
        names = [column.name for column in listed.columns] if listed else []
        names = names or [column.name for column in self.table]
        delimiter = self.statement.delimiter or ("," if self.statement.format == "csv" else "|")
        line = head.partition(b"\n")[0].decode("utf-8", "replace").strip("\r\ufeff")
        if names and not self.statement.ignore_header and line in _headers(names, delimiter, listed):
            self._take(ignore_header=1)
            self.notes.append("The files begin with the columns' names: one line of each is passed over.")

    def _columns(self, file: File, head: bytes, listed: Manifest | None) -> None:
        """Map by name what a manifest names, and refuse what the table or the files do not have."""
        folders = [name for name in _FOLDER.findall(file.url)]
        names = [column.name for column in listed.columns] if listed else []
        absent = [name for name in folders if self._is_absent(name, file, head, names)]
        wanted = {column.name for column in self.table} or set(names) or set(self.statement.columns)
        for name in absent:
            if name in wanted and ("columns" not in self.given or name in self.statement.columns):
                raise UsageError(
                    f"The column {name!r} is not in the files: PARTITION BY put it into the folders' names.",
                    why=f"COPY does not read those ({file.url}), and would load NULL or shift the columns.",
                    hint="dpctl unload ... --partition-by ... --include, or --columns without it",
                )
        names = [name for name in names if name not in absent]
        if not names or "columns" in self.given:
            return
        self._check_names(names)
        assert listed is not None
        self._check_types({column.name: column.type for column in listed.columns if column.name in names})
        if self.statement.format not in _BY_NAME:
            self._check_width(head, names)
            self._take(columns=tuple(names))

    def _is_absent(self, name: str, file: File, head: bytes, names: list[str]) -> bool:
        """Whether a column of a folder's name (name=value/) is not in the file too, as with INCLUDE."""
        kind = self.statement.format
        if kind == "parquet" and file.bytes:
            return not files.parquet_has(self._footer(file), name)
        found = files.fields_of(head, {"format": kind, "delimiter": self.statement.delimiter})
        if kind == "json":
            return found is not None and name not in found
        return bool(names) and found is not None and len(found) < len(names)

    def _footer(self, file: File) -> bytes:
        assert file.bytes is not None
        size = int.from_bytes(self._get(file, f"bytes={file.bytes - 8}-{file.bytes - 5}"), "little")
        start = max(file.bytes - 8 - size, 0)
        return self._get(file, f"bytes={start}-{file.bytes - 1}")

    def _check_names(self, names: list[str]) -> None:
        if not self.table:
            return
        known = {column.name: column for column in self.table}
        strange = [name for name in names if name not in known]
        if strange:
            raise UsageError(
                f"The files have columns that the table does not have: {_listed(strange)}.",
                why=f"The table has: {_listed(known)}.",
                hint="--columns with the names of the table, in the order of the files",
            )
        missing = [column for column in self.table if column.name not in names]
        needed = [column.name for column in missing if not column.nullable]
        if needed:
            raise UsageError(
                f"The files lack {_listed(needed)}, which may not be NULL.",
                why=f"They have: {_listed(names)}.",
                hint="unload these columns too",
            )
        if missing:
            self.notes.append(
                f"The files do not have {_listed(column.name for column in missing)}: loaded as NULL."
            )

    def _check_types(self, types: dict[str, str]) -> None:
        known = {column.name: column.type for column in self.table}
        for name, text in types.items():
            if name not in known or not text:
                continue
            source = Type.parse(text)
            if reason := misfit(source, known[name], columnar=self.statement.format in {"parquet", "orc"}):
                raise UsageError(
                    f"The column {name!r} of the files does not fit the table's.",
                    why=f"{source} into {known[name]}: {reason}.",
                    hint=f"dpctl unload --query 'SELECT ..., {name}::{known[name]}, ... '",
                )

    def _check_width(self, head: bytes, names: list[str]) -> None:
        found = files.fields_of(
            head, {"format": self.statement.format, "delimiter": self.statement.delimiter}
        )
        if found is not None and len(found) != len(names):
            raise UsageError(
                f"The first row has {len(found)} fields, the manifest names {len(names)} columns.",
                why="The files were written with another delimiter, or are not what the manifest lists.",
                hint="--delimiter as the UNLOAD had it",
            )


def misfit(source: Type, target: Type, *, columnar: bool) -> str:
    """Why values of a type would change on the way into a column without an error; empty where they do not.

    What Redshift refuses by itself (a text that is too long, a number out of range) is left to it.
    """
    if source.name == target.name:
        if source.name == "numeric" and source.arguments[1] > target.arguments[1]:
            return f"{source.arguments[1] - target.arguments[1]} digits behind the point would be lost"
        return ""
    if {source.name, target.name} <= set(_INTEGERS) or {source.name, target.name} <= set(_TEXT):
        return ""
    if source.name in _INTEGERS and target.name in {"numeric", "double precision", "real"} and not columnar:
        return "" if target.name != "real" else "a REAL keeps six digits"
    if target.name == "character varying" and not columnar:
        return ""
    if source.name == "real" and target.name == "double precision":
        return ""
    if source.name in _TEXT and target.name == "super":
        return ""
    return "the types differ"


def _several(place: S3Location, newest: S3Location) -> UsageError:
    return UsageError(
        f"{place.uri} holds what runs of UNLOAD wrote, manifests too.",
        why=f"COPY would load {newest.uri} as data.",
        hint=f"--from {newest.uri} --manifest",
    )


def _headers(names: list[str], delimiter: str, listed: Manifest | None) -> set[str]:
    """The first lines that are a header: the names, and without those that a folder's name holds."""
    folders = set(_FOLDER.findall(listed.files[0].url)) if listed and listed.files else set()
    inside = [name for name in names if name not in folders]
    return {delimiter.join(some) for some in (names, inside)}


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names)
