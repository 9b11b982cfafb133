"""The files a COPY reads: by prefix or by manifest, fetched ahead, decompressed."""

from __future__ import annotations

import bz2
import gzip
import json
import zlib
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from dpctl.sandbox.redshift.errors import SqlError
from dpctl.sandbox.redshift.grammar import Copy, split_uri
from dpctl.sandbox.redshift.s3 import Object, Store, internal_error

_AHEAD = 8


def find_files(copy: Copy, store: Store) -> list[Object]:
    """What a COPY loads, in order. Raises SqlError when there is nothing."""
    bucket, key = split_uri(copy.source)
    if "MANIFEST" in copy.options:
        return _manifest(copy, store, bucket, key)
    found = [item for item in store.listing(bucket, key) if not (item.size == 0 and item.key.endswith("/"))]
    if not found:
        raise internal_error(
            f"The specified S3 prefix '{key}' does not exist", context=f"S3 path: {copy.source}"
        )
    return found


def read_all(store: Store, files: list[Object], compression: str) -> Iterator[tuple[Object, bytes]]:
    """Every file with its contents, in order; the next ones are fetched meanwhile."""
    # Two at a time: of more the first would come later.
    with ThreadPoolExecutor(max_workers=2, thread_name_prefix="copy") as pool:
        waiting: deque[tuple[Object, Future[bytes]]] = deque()
        rest = iter(files)
        try:
            for item in rest:
                waiting.append((item, pool.submit(_read, store, item, compression)))
                if len(waiting) >= _AHEAD:
                    ready, future = waiting.popleft()
                    yield ready, future.result()
            while waiting:
                ready, future = waiting.popleft()
                yield ready, future.result()
        finally:
            for _, future in waiting:
                future.cancel()


def compression_of(copy: Copy) -> str:
    """GZIP, BZIP2, ZSTD or nothing: COPY does not guess from a file's name."""
    return next((name for name in ("GZIP", "BZIP2", "ZSTD") if name in copy.options), "")


def _read(store: Store, item: Object, compression: str) -> bytes:
    data = store.read(item.bucket, item.key)
    try:
        match compression:
            case "GZIP":
                return gzip.decompress(data)
            case "BZIP2":
                return bz2.decompress(data)
            case "ZSTD":
                return _zstd(data)
    except (OSError, EOFError, ValueError, zlib.error) as error:
        raise internal_error(f"Invalid {compression} data in file", context=f"File: {item.uri}") from error
    return data


def _zstd(data: bytes) -> bytes:
    import zstandard

    try:
        return zstandard.ZstdDecompressor().stream_reader(data, read_across_frames=True).read()
    except zstandard.ZstdError as error:
        raise ValueError(str(error)) from error


def _manifest(copy: Copy, store: Store, bucket: str, key: str) -> list[Object]:
    try:
        document = json.loads(store.read(bucket, key))
        entries = document["entries"]
        urls = [(str(entry["url"]), entry) for entry in entries]
    except SqlError as error:
        raise internal_error(
            f"Problem reading manifest file - {error.message}", context=copy.source
        ) from error
    except (ValueError, KeyError, TypeError) as error:
        raise internal_error(f"Invalid manifest file: {copy.source}", context=str(error)) from error
    found = [item for url, entry in urls if (item := _entry(copy, store, url, entry))]
    if not found:
        raise internal_error("No file of the manifest exists", context=f"Manifest: {copy.source}")
    return found


def _entry(copy: Copy, store: Store, url: str, entry: dict[str, Any]) -> Object | None:
    bucket, key = split_uri(url)
    length = (entry.get("meta") or {}).get("content_length")
    if copy.format in ("PARQUET", "ORC") and length is None:
        raise internal_error(
            "S3ServiceException:The requested range is not satisfiable,Status 416,Error InvalidRange",
            context=f"The manifest has no meta.content_length for {url}",
        )
    item = store.head(bucket, key)
    if item is None and entry.get("mandatory"):
        raise internal_error(f"Mandatory url is not present in S3: {url}", context=f"Manifest: {copy.source}")
    if item is not None and length is not None and copy.format in ("PARQUET", "ORC") and length != item.size:
        raise internal_error(
            f"The manifest says {length} bytes, the file has {item.size}", context=f"File: {url}"
        )
    return item
