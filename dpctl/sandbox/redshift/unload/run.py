"""UNLOAD, carried out: the query's rows to files in S3, and the manifest."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

from dpctl.sandbox.redshift.ahead import ahead
from dpctl.sandbox.redshift.errors import SqlError
from dpctl.sandbox.redshift.grammar import MEGABYTE, Unload
from dpctl.sandbox.redshift.postgres import oids
from dpctl.sandbox.redshift.postgres.backend import Result
from dpctl.sandbox.redshift.s3 import Store
from dpctl.sandbox.redshift.session import Session
from dpctl.sandbox.redshift.unload.lines import lines_of
from dpctl.sandbox.redshift.unload.parts import Parts, Written
from dpctl.sandbox.redshift.unload.query import (
    PARTITION_END,
    Column,
    columns_of,
    copy_statement,
    data_columns,
)

NOT_EMPTY = (
    "Specified unload destination on S3 is not empty. Consider using a different bucket / prefix, manually "
    "removing the target files in S3, or using the ALLOWOVERWRITE option."
)
_BATCH = 4 * MEGABYTE
NULL_PARTITION = "__HIVE_DEFAULT_PARTITION__"


def run_unload(session: Session, unload: Unload) -> tuple[Result, list[Written]]:
    """Write the files; the result counts the rows. Raises SqlError; nothing is taken back from S3 then."""
    session.roles.check(unload.roles, session.user)
    store = session.roles.store(unload.roles, session.user, unload.options)
    translated = session.translate(unload.query)
    fields = session.backend.query(f"SELECT * FROM ({translated}) AS q LIMIT 0").fields or ()
    columns = columns_of(unload, fields)
    data = data_columns(unload, columns)
    partitioned = "PARTITION BY" in unload.options
    if partitioned and not unload.prefix.endswith("/"):
        unload = _with_slash(unload)
    _make_room(unload, store, partitioned)
    parts = Parts(unload, data, store, _extra(unload), _lines(unload, data))
    statement = copy_statement(unload, translated, columns)
    if partitioned:
        _write_partitions(parts, session.backend.copy_out(statement), unload)
    else:
        _write(parts, _many(session.backend.copy_out(statement)))
    parts.close()
    if "MANIFEST" in unload.options:
        _write_manifest(unload, parts, columns, store)
    return Result(tag="UNLOAD", affected=parts.total), parts.written


def _write(parts: Parts, batches: Iterator[list[bytes]]) -> None:
    """Rows into the files: one thread takes them from PostgreSQL, one makes their lines."""
    for shares in ahead(parts.make(parts.shares(rows)) for rows in ahead(batches)):
        parts.add(shares)


def _many(batches: Iterator[list[bytes]]) -> Iterator[list[bytes]]:
    """The same rows, more of them at a time: what is done once for a batch costs less then."""
    together: list[bytes] = []
    size = 0
    for rows in batches:
        together += rows
        size += sum(map(len, rows))
        if size >= _BATCH:
            yield together
            together, size = [], 0
    if together:
        yield together


def _with_slash(unload: Unload) -> Unload:
    from dataclasses import replace

    return replace(unload, prefix=unload.prefix + "/" if unload.prefix else "")


def _make_room(unload: Unload, store: Store, partitioned: bool) -> None:
    """The target must be empty unless the statement says what to do with what is there."""
    if "CLEANPATH" in unload.options:
        if not partitioned:
            store.delete(store.listing(unload.bucket, unload.prefix))
    elif "ALLOWOVERWRITE" not in unload.options and store.listing(unload.bucket, unload.prefix, limit=1):
        raise SqlError(NOT_EMPTY, state="XX000", detail=f"S3 path: {unload.target}")
    else:
        store.listing(
            unload.bucket, unload.prefix, limit=1
        )  # a bucket that is not there is told before the query


def _extra(unload: Unload) -> dict[str, str]:
    """Server-side encryption as UNLOAD asks for it; SSE-S3 is the default."""
    if key := unload.options.get("KMS_KEY_ID"):
        return {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key}
    return {} if "ENCRYPTED AUTO" in unload.options else {"ServerSideEncryption": "AES256"}


def _unquoted(rows: list[bytes]) -> bytes:
    r"""Rows as they are: PostgreSQL puts \x01 around one with \x01, \x02 or a line end, and doubles it."""
    return b"".join(
        [row[1:-2].replace(b"\x01\x01", b"\x01") + b"\n" if row.startswith(b"\x01") else row for row in rows]
    )


def _lines(unload: Unload, data: tuple[Column, ...]) -> Callable[[list[bytes]], bytes | memoryview]:
    """What makes the lines of the files of the rows that PostgreSQL sends."""
    if "FIXEDWIDTH" in unload.options:
        return _unquoted
    if unload.format in ("TEXT", "JSON"):
        return lines_of(unload, [column.field for column in data]).render
    return b"".join


def _write_partitions(parts: Parts, batches: Iterator[list[bytes]], unload: Unload) -> None:
    plain = unload.format in ("CSV", "PARQUET")
    separator = unload.options.get("DELIMITER", ",").encode() if plain else PARTITION_END
    names = unload.options.get("PARTITION BY")
    paths: dict[bytes, str] = {}
    for rows in batches:
        groups: dict[bytes, list[bytes]] = {}
        for row in rows:
            # CSV has quotes around a key in which its delimiter is a letter.
            quoted = plain and row.startswith(b'"')
            key, _, rest = row[1:].partition(b'"' + separator) if quoted else row.partition(separator)
            groups.setdefault(key, []).append(rest)
        for key, group in groups.items():
            if key not in paths:
                paths[key] = partition_path(names, key)
                if "CLEANPATH" in unload.options:
                    parts.store.delete(parts.store.listing(unload.bucket, unload.prefix + paths[key]))
            parts.write(group, paths[key])


def partition_path(names: tuple[str, ...], key: bytes) -> str:
    """``a=1/b=x/`` from the key of a row; what a path cannot hold is percent-encoded, as Hive does."""
    pairs = []
    for name, part in zip(names, key.decode().split("."), strict=True):
        value = bytes.fromhex(part[1:]).decode()
        text = quote(value, safe=" !$&()+,-.;<>@_`|}~", encoding="utf-8") if value else NULL_PARTITION
        pairs.append(f"{name}={text}/")
    return "".join(pairs)


def _write_manifest(unload: Unload, parts: Parts, columns: tuple[Column, ...], store: Store) -> None:
    verbose = unload.options.get("MANIFEST") == "VERBOSE"
    body = json.dumps(manifest(parts.written, columns, verbose), indent=2)
    store.write(unload.bucket, unload.prefix + "manifest", body.encode(), {"ContentType": "application/json"})


def manifest(written: list[Written], columns: tuple[Column, ...], verbose: bool) -> dict[str, Any]:
    """The manifest as Redshift writes it; COPY reads it back."""
    if not verbose:
        return {"entries": [_entry(item, verbose) for item in written]}
    return {
        "entries": [_entry(item, verbose) for item in written],
        "schema": {"elements": [{"name": column.name, "type": _type(column)} for column in columns]},
        "meta": {
            "content_length": sum(item.size for item in written),
            "record_count": sum(item.rows for item in written),
        },
        "author": {"name": "Amazon Redshift", "version": "1.0.0"},
    }


def _entry(item: Written, verbose: bool) -> dict[str, Any]:
    meta = {"content_length": item.size} | ({"record_count": item.rows} if verbose else {})
    return {"url": item.url, "meta": meta} if verbose or item.url.endswith(".parquet") else {"url": item.url}


_NAMES = {
    oids.BOOL: "boolean",
    oids.INT8: "bigint",
    oids.INT2: "smallint",
    oids.INT4: "integer",
    oids.FLOAT4: "real",
    oids.FLOAT8: "double precision",
    oids.DATE: "date",
    oids.TIME: "time without time zone",
    oids.TIMESTAMP: "timestamp without time zone",
    oids.TIMESTAMPTZ: "timestamp with time zone",
    oids.SUPER: "super",
    oids.TIMETZ: "time with time zone",
    oids.VARBYTE: "binary varying",
}


def _type(column: Column) -> dict[str, Any]:
    if column.oid == oids.NUMERIC:
        precision, scale = column.precision_and_scale
        return {"base": "numeric", "precision": precision, "scale": scale}
    if column.oid in (oids.VARCHAR, oids.BPCHAR):
        base = "character varying" if column.oid == oids.VARCHAR else "character"
        length = column.field.modifier - 4
        return {"base": base, "max_length": length if length > 0 else 65535}
    return {"base": _NAMES.get(column.oid, "character varying")}
