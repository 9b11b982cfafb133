"""Manifests: the lists of files that UNLOAD writes and COPY reads, and whether they are true."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dpctl import jsontext
from dpctl.aws import translate
from dpctl.errors import AwsError, UsageError
from dpctl.redshift.location import S3Location


@dataclass(frozen=True)
class File:
    """One file; ``bytes`` and ``rows`` are None where the manifest does not tell.

    ``etag`` and ``modified`` come from S3. ``optional`` says that a manifest allows the file to be absent by
    name (``"mandatory": false``); where it says nothing, COPY passes over an absent file as well.
    """

    url: str
    bytes: int | None = None
    rows: int | None = None
    etag: str = ""
    modified: datetime | None = None
    optional: bool = False

    def as_dict(self) -> dict[str, Any]:
        """The shape of ``--json``."""
        return {"url": self.url, "bytes": self.bytes, "rows": self.rows}


@dataclass(frozen=True)
class Column:
    """A column of the files, as VERBOSE tells it: ``type`` is ``numeric(12,2)`` or the like."""

    name: str
    type: str


@dataclass(frozen=True)
class Manifest:
    """What UNLOAD said it wrote. ``rows`` and ``bytes`` are totals; header lines count as rows.

    ``columns`` is empty where the manifest was not written with VERBOSE.
    """

    files: tuple[File, ...]
    rows: int | None = None
    bytes: int | None = None
    columns: tuple[Column, ...] = ()


class NotManifest(AwsError):
    """An object was read, and it is no manifest."""


def parse(text: str, where: str) -> Manifest:
    """Read a manifest's JSON. Raises NotManifest."""
    try:
        document = jsontext.read(text)
        files = tuple(
            File(
                entry["url"].text(),
                _number(entry, "content_length"),
                _number(entry, "record_count"),
                optional=entry.mapping().get("mandatory") is False,
            )
            for entry in document["entries"].list()
        )
        schema = document.get("schema")
        elements = schema.get("elements").list() if schema else []
        columns = tuple(Column(item["name"].text(), _type(item.get("type"))) for item in elements)
        return Manifest(
            files, _number(document, "record_count"), _number(document, "content_length"), columns
        )
    except jsontext.Unreadable as error:
        raise NotManifest(f"{where} is not a manifest.", why=str(error)) from error


def render(files: Iterable[File]) -> str:
    """A manifest for COPY. Every file is mandatory, and has its length, which Parquet and ORC need."""
    entries = [
        {"url": file.url, "mandatory": True, "meta": {"content_length": file.bytes}}
        if file.bytes is not None
        else {"url": file.url, "mandatory": True}
        for file in files
    ]
    return json.dumps({"entries": entries}, indent=1)


def read(s3: Any, place: S3Location) -> Manifest:
    """Fetch a manifest. Raises AwsError."""
    return parse(_get(s3, place), place.uri)


def write(s3: Any, place: S3Location, text: str) -> None:
    """Put a small text object. Raises AwsError."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        s3.put_object(Bucket=place.bucket, Key=place.key, Body=text.encode(), ContentType="application/json")
    except (BotoCoreError, ClientError) as error:
        raise translate(error, f"write {place.uri}") from error


def listing(s3: Any, place: S3Location) -> list[dict[str, Any]]:
    """Every object below a prefix, as S3 lists it (Key, Size, ETag, LastModified). Raises AwsError."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        pages = s3.get_paginator("list_objects_v2").paginate(Bucket=place.bucket, Prefix=place.key)
        return [item for page in pages for item in page.get("Contents", [])]
    except (BotoCoreError, ClientError) as error:
        raise translate(error, f"list {place.uri}") from error


def doubled(names: Iterable[str]) -> list[str]:
    """The names that more than one column has: whoever reads by name finds one of these."""
    return sorted(name for name, count in Counter(names).items() if count > 1)


def data_files(s3: Any, place: S3Location) -> tuple[File, ...]:
    """The files below a prefix that COPY would load: no folders' markers and nothing empty."""
    return tuple(
        File(
            f"s3://{place.bucket}/{item['Key']}",
            int(item["Size"]),
            etag=str(item["ETag"]).strip('"'),
            modified=item["LastModified"],
        )
        for item in listing(s3, place)
        if not item["Key"].endswith("/") and item["Size"]
    )


def present(s3: Any, manifest: Manifest, place: S3Location) -> dict[str, int]:
    """The size in S3 of each of a manifest's files, by URL; those that are absent are not in it.

    Files beside the manifest are seen by one listing, others by few: one by one, a hundred thousand would
    take hours. Raises AwsError, and UsageError for an entry that is no location.
    """
    folder = S3Location(place.bucket, place.key[: place.key.rfind("/") + 1])
    groups: dict[tuple[str, str], set[str]] = {}
    elsewhere: dict[str, set[str]] = {}
    for file in manifest.files:
        spot = _spot(file, place)
        if file.url.startswith(folder.uri):
            groups.setdefault((folder.bucket, folder.key), set()).add(spot.key)
        else:
            elsewhere.setdefault(spot.bucket, set()).add(spot.key)
    for bucket, keys in elsewhere.items():
        for prefix, some in _folders(keys).items():
            groups[bucket, prefix] = some
    found: dict[str, int] = {}
    for (bucket, prefix), keys in groups.items():
        found |= _sizes(s3, S3Location(bucket, prefix), keys)
    return found


FOLDERS = 50
"""At most so many folders are listed to look for a manifest's files."""


def _spot(file: File, place: S3Location) -> S3Location:
    try:
        return S3Location.parse(file.url)
    except UsageError as error:
        raise UsageError(
            f"The manifest {place.uri} lists {file.url!r}, which is no location.",
            why=error.why,
            hint="a manifest with s3://bucket/key for each file",
        ) from error


def _folders(keys: set[str]) -> dict[str, set[str]]:
    """Keys by their folders, as deep as there are few of these; each begins with what all its keys share."""
    parts = {key: key.split("/")[:-1] for key in keys}
    groups: dict[tuple[str, ...], set[str]] = {}
    for depth in range(max(map(len, parts.values()), default=0), -1, -1):
        groups = {}
        for key, folders in parts.items():
            groups.setdefault(tuple(folders[:depth]), set()).add(key)
        if len(groups) <= FOLDERS:
            break
    # S3's prefixes are of letters, not of folders
    return {os.path.commonprefix([min(some), max(some)]): some for some in groups.values()}  # noqa: RUF071


def _sizes(s3: Any, place: S3Location, keys: set[str]) -> dict[str, int]:
    """The sizes of those keys that are there; a listing goes no further than the last of them."""
    from botocore.exceptions import BotoCoreError, ClientError

    found: dict[str, int] = {}
    last = max(keys)
    try:
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=place.bucket, Prefix=place.key):
            items = page.get("Contents", [])
            found |= {f"s3://{place.bucket}/{i['Key']}": int(i["Size"]) for i in items if i["Key"] in keys}
            if items and items[-1]["Key"] >= last:
                break
    except (BotoCoreError, ClientError) as error:
        if getattr(error, "response", {}).get("Error", {}).get("Code") != "NoSuchBucket":
            raise translate(error, f"list {place.uri}") from error
    return found


def disagreements(
    manifest: Manifest, *, rows: int | None, header: bool, sizes: dict[str, int] | None = None
) -> list[str]:
    """Where a manifest contradicts the statement's row count, itself, or the files in S3 (``sizes`` by URL).

    With HEADER the manifest counts header lines as rows (UNLOAD, Redshift Database Developer Guide).
    """
    found = []
    counted = [file.rows for file in manifest.files if file.rows is not None]
    lines = len(manifest.files) if header else 0
    if manifest.rows is not None and len(counted) == len(manifest.files) and sum(counted) != manifest.rows:
        found.append(f"the manifest's files have {sum(counted):,} rows, its total says {manifest.rows:,}")
    if rows is not None and manifest.rows is not None and manifest.rows - lines != rows:
        found.append(f"Redshift unloaded {rows:,} rows, the manifest counts {manifest.rows - lines:,}")
    for file in manifest.files if sizes is not None else ():
        assert sizes is not None
        if file.url not in sizes:
            found.append(f"{file.url} is in the manifest and not in S3")
        elif file.bytes is not None and sizes[file.url] != file.bytes:
            found.append(f"{file.url} has {sizes[file.url]:,} bytes, the manifest says {file.bytes:,}")
    return found


def others(manifest: Manifest, place: S3Location, items: Iterable[dict[str, Any]]) -> list[str]:
    """The URLs below a prefix that its UNLOAD did not write, and that a COPY of the prefix would load."""
    known = {file.url for file in manifest.files} | {f"s3://{place.bucket}/{place.key}manifest"}
    urls = (f"s3://{place.bucket}/{item['Key']}" for item in items if not item["Key"].endswith("/"))
    return [url for url in urls if url not in known]


def _type(described: jsontext.Value) -> str:
    if not described:
        return ""
    lengths = (described.get(key) for key in ("precision", "scale", "max_length"))
    arguments = [str(number.integer()) for number in lengths if number]
    base = described["base"].text()
    return f"{base}({','.join(arguments)})" if arguments else base


def _number(entry: jsontext.Value, key: str) -> int | None:
    meta = entry.get("meta")
    value = meta.get(key) if meta else meta
    return value.integer() if value else None


def _get(s3: Any, place: S3Location) -> str:
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        raw = s3.get_object(Bucket=place.bucket, Key=place.key)["Body"].read()
    except (BotoCoreError, ClientError) as error:
        raise translate(error, f"read {place.uri}") from error
    try:
        return str(raw.decode())
    except UnicodeDecodeError as error:
        raise NotManifest(f"{place.uri} is not a manifest.", why=str(error)) from error
