"""What lies at a COPY's source, seen before it runs: a manifest, a format, a header, other columns.

COPY takes every object under a prefix for data, reads all but JSON by position, and loads what is missing as
NULL; the same prefix may hold what an UNLOAD wrote beside its data. So the files are looked at
first: what they prove is taken over where nothing else was asked for, and what does not fit is refused.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from dpctl.aws import translate
from dpctl.errors import AwsError, UsageError
from dpctl.redshift import alike, files, manifest
from dpctl.redshift.copy import Copy
from dpctl.redshift.ddl import ColumnSpec, Type
from dpctl.redshift.location import S3Location
from dpctl.redshift.manifest import File, Manifest, NotManifest

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
    seen = _Look(s3, statement, frozenset(given), table)
    try:
        return seen.done()
    except NotManifest:
        raise
    except AwsError as error:
        # a manifest that was found before that is kept: without it COPY would load it as data
        unseen = f"The files were not looked at first: {error.what} {error.why}".strip()
        return Source(seen.statement, (*seen.notes, unseen))


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
            found = self._all_there(listed)
        alike.check_names(found)
        first = next((file for file in found if file.bytes != 0), found[0])
        head = self._head(first)
        self._format(first, head, listed)
        self._jsonpaths(place)
        head = files.unpacked(head)
        self._header(head, listed, found)
        self._columns(first, head, listed)
        return Source(self.statement, tuple(self.notes))

    def _manifest_at(self, place: S3Location) -> Manifest | None:
        """The manifest that an UNLOAD left there. Others further down are refused: COPY would load them."""
        own = [place.key, f"{place.key}manifest"]
        own += [] if place.key.endswith("/") else [f"{place.key}/manifest"]
        items = manifest.listing(self.s3, place)
        known = [item for item in items if item["Key"] in own or item["Key"].endswith("manifest")]
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
            beside = S3Location(place.bucket, item["Key"].removesuffix("manifest"))
            if left := manifest.others(listed, beside, items):
                self.notes.append(f"Not in it, and so not loaded: {alike.some(left)}")
            return listed
        alike.check_prefix(place, (item["Key"] for item in items))
        return None

    def _all_there(self, listed: Manifest) -> tuple[File, ...]:
        """The files of a manifest that are in S3; refuses one that is not what lies there."""
        spot = S3Location.parse(self.statement.source)
        there = manifest.present(self.s3, listed, spot)
        folder = S3Location(spot.bucket, spot.key[: spot.key.rfind("/") + 1])
        self.notes += alike.check_manifest(listed, there, folder)
        return tuple(file for file in listed.files if file.url in there)

    def _jsonpaths(self, place: S3Location) -> None:
        """COPY loads every object under its prefix, the file with the paths too."""
        paths = self.statement.jsonpaths or ""
        if paths.startswith("s3://") and not self.statement.manifest and paths.startswith(place.uri):
            raise UsageError(
                f"The JSONPaths file {paths} lies under {place.uri}, and would be loaded as data.",
                hint="put it elsewhere, or --from with a longer prefix",
            )

    def _manifest(self, spot: S3Location, size: int) -> Manifest | None:
        if not 0 < size <= LARGEST_MANIFEST:
            return None
        try:
            return manifest.read(self.s3, spot)
        except NotManifest:
            return None
        except AwsError as error:
            raise UsageError(
                f"{spot.uri} looks like the manifest of an UNLOAD, and you can't read it.",
                why=f"Without it COPY would load it as data. {error.why}".strip(),
                hint=f"--from {spot.uri} --manifest, which Redshift reads itself",
            ) from error

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

    def _format(self, file: File, head: bytes, listed: Manifest | None) -> None:
        """Take over what name and bytes prove, and refuse a format that they disprove."""
        proven = files.told_by_bytes(head)
        keys = files.fields_of(head, {"format": "json"}) if proven.get("format") == "json" else None
        if listed and listed.columns and not set(keys or ()) <= {column.name for column in listed.columns}:
            proven = {}  # an object of other names than the manifest's is a SUPER
        named = files.told_by_name(file.url)
        if named.get("format") == "text" and proven.get("format") == "json":
            proven = {}  # a column of SUPER: the name that an UNLOAD gave goes before
        told = named | proven
        if "format" in self.given:
            self._check_format(file, head, proven.get("format"))
        elif unread := files.unread(head):
            raise UsageError(f"COPY does not read {unread}.", why=f"{file.url} begins as such a file does.")
        elif "format" in told:
            self._take(format=told["format"])
        elif head and self.statement.format == "parquet":
            raise UsageError(
                "Which format are the files?",
                why=f"Neither the name nor the first bytes of {file.url} tell, and it is not Parquet.",
                hint="--format csv, or --format text",
            )
        # the bytes prove how a file is packed; a name may lie
        packed = (proven if head else told).get("compression")
        packed = packed if self.statement.format in {"csv", "text", "json"} else None
        if packed and not self.statement.compression and "compression" not in self.given:
            self._take(compression=packed)
        if told.get("escape") and self.statement.format == "text" and "escape" not in self.given:
            self._take(escape=True)
        plain = self.statement.format in {"csv", "text"} and self.statement.encoding is None
        if plain and head.startswith(files.UTF_16):
            self._take(encoding="utf16")

    def _check_format(self, file: File, head: bytes, proven: str | None) -> None:
        wanted = self.statement.format
        wrong = proven is not None and proven != wanted and wanted != "text"
        if wrong or (head and wanted == "parquet" and proven != "parquet"):
            begins = f"begins as {proven} does" if proven else "does not begin with PAR1"
            hint = f"--format {proven or files.told_by_name(file.url).get('format', 'csv')}"
            raise UsageError(f"The files are not {wanted}.", why=f"{file.url} {begins}.", hint=hint)

    def _take(self, **values: Any) -> None:
        self.statement = replace(self.statement, **values)

    def _header(self, head: bytes, listed: Manifest | None, found: Sequence[File]) -> None:
        """A first line that is the columns' names is no row, and tells the order of the fields."""
        kind, asked = self.statement.format, self.statement.ignore_header
        if kind not in {"csv", "text"} or ("ignore_header" in self.given and asked != 1):
            return
        names = [column.name for column in listed.columns] if listed else []
        names = names or [column.name for column in self.table]
        how = {
            "delimiter": self.statement.delimiter or ("," if kind == "csv" else "|"),
            "escape": bool(self.statement.escape),
            "quotes": bool(self.statement.remove_quotes),
        }

        def read(begin: bytes) -> tuple[str, ...] | None:
            return alike.header(begin, names, kind=kind, **how)

        first = read(head) if names else None
        if first is not None and not (listed and listed.columns):
            alike.check_headers(found, first, lambda file: read(files.unpacked(self._head(file))))
        if not first:
            return
        if asked is None:
            self._take(ignore_header=1)
            self.notes.append("The files begin with the columns' names: one line of each is passed over.")
        mapped = "columns" in self.given or bool(listed and listed.columns)
        if not mapped and first != self.statement.columns:
            self._check_names(list(first))
            self._take(columns=first)
            self.notes.append(f"The fields are in the header's order: {_listed(first)}.")

    def _columns(self, file: File, head: bytes, listed: Manifest | None) -> None:
        """Map by name what a manifest names, and refuse what the table or the files do not have."""
        folders = [name for name in _FOLDER.findall(file.url)]
        names = [column.name for column in listed.columns] if listed else []
        # where a file names its columns, each is looked for: a name with a slash is no folder's any more
        looked = [*folders, *names] if folders and self.statement.format in ("json", "parquet") else folders
        absent = [name for name in looked if self._is_absent(name, file, head, names)]
        wanted = {column.name for column in self.table} or set(names) or set(self.statement.columns)
        for name in absent:
            if name in wanted and ("columns" not in self.given or name in self.statement.columns):
                raise UsageError(
                    f"The column {name!r} is not in the files: PARTITION BY put it into the folders' names.",
                    why=f"COPY does not read those ({file.url}), and would load NULL or shift the columns.",
                    hint="dpctl unload ... --partition-by ... --include, or --columns without it",
                )
        names = [name for name in names if name not in absent]
        by_name = "columns" not in self.given or self.statement.format in _BY_NAME
        if by_name and (doubles := manifest.doubled(names)):
            raise _doubled(doubles)
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
        found = self._first_row(head)
        if kind == "json":
            return found is not None and name not in found
        return bool(names) and found is not None and len(found) < len(names)

    def _first_row(self, head: bytes) -> list[str] | None:
        reading = ("format", "delimiter", "escape", "remove_quotes", "fixed_width")
        return files.fields_of(head, {name: getattr(self.statement, name) for name in reading})

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
        found = self._first_row(head)
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


def _doubled(doubles: list[str]) -> UsageError:
    return UsageError(
        f"The files have more than one column called {_listed(doubles)}.",
        why="COPY loads a name once: what the others hold would be lost, or be another column's.",
        hint="dpctl unload, with a name of its own for each column of the query",
    )


def _several(place: S3Location, newest: S3Location) -> UsageError:
    return UsageError(
        f"{place.uri} holds what runs of UNLOAD wrote, manifests too.",
        why=f"COPY would load {newest.uri} as data.",
        hint=f"--from {newest.uri} --manifest",
    )


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names)
