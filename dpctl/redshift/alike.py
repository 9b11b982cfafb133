"""Files that one COPY reads must be written alike: one format, one packing, all with a header or none.

COPY reads them all in one way. What is packed otherwise fails; a first row that is taken for a header is
lost, and a header that is taken for a row is loaded.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any

from dpctl.amounts import amount
from dpctl.errors import UsageError
from dpctl.redshift import files
from dpctl.redshift.location import S3Location
from dpctl.redshift.manifest import File, Manifest

SHOWN = 3
LOOKED_AT = 50
"""How many files' first lines are read; the rest are taken to begin as these do."""


def check_names(found: Iterable[File]) -> None:
    """Refuse files whose names tell different formats or packings. Raises UsageError."""
    formats: dict[str, str] = {}
    packings: dict[str, str] = {}
    for file in found:
        told = files.told_by_name(file.url)
        if "format" in told:
            formats.setdefault(told["format"], file.url)
        packings.setdefault(told.get("compression", "not packed"), file.url)
    for what, seen in (("formats", formats), ("packings", packings)):
        if len(seen) > 1:
            raise UsageError(
                f"The files have different {what}: {', '.join(seen)}.",
                why=f"COPY reads all of them in one way: {', '.join(list(seen.values())[:SHOWN])}.",
                hint="--from with a longer prefix, or a manifest of the files that belong together",
            )


def check_prefix(place: S3Location, keys: Iterable[str]) -> None:
    """Refuse a prefix that is a file's or a folder's whole name, and begins other names too.

    COPY loads whatever begins with it: with ``orders`` also ``orders_old/``, with ``data.txt`` also
    ``data.txt.bak`` ("Loading data from Amazon S3", Redshift Database Developer Guide). Raises UsageError.
    """
    if not place.key or place.key.endswith("/"):
        return
    rest = [key.removeprefix(place.key) for key in keys]
    own = next((text for text in rest if _WHOLE.match(text)), None)
    others = [f"{place.uri}{text}" for text in rest if not _WHOLE.match(text)]
    if own is not None and others:
        folder = own.startswith("/")
        raise UsageError(
            f"More than {'the folder' if folder else 'the files of'} {place.uri} begins so.",
            why=f"COPY would load these too: {some(others)}",
            hint=f"--from {place.uri}/"
            if folder
            else "--manifest with a manifest of the files that are meant",
        )


_WHOLE = re.compile(r"\Z|/|\d{4,}_part_\d{2,}")
"""What follows a prefix that is a whole name: nothing, a folder's slash, or the names of UNLOAD's files."""


def check_manifest(listed: Manifest, there: dict[str, int], folder: S3Location) -> list[str]:
    """Refuse a manifest that is not what lies in S3 (``there``: sizes by URL). Raises UsageError.

    COPY passes over files that are gone unless they are mandatory, and loads a file that is listed twice
    twice ("Using a manifest to specify data files", Redshift Database Developer Guide). Returns what is
    allowed by name and still worth a word.
    """
    times = Counter(file.url for file in listed.files)
    if doubles := sorted(url for url, count in times.items() if count > 1):
        raise UsageError(
            f"The manifest lists {amount(len(doubles), 'file')} more than once.",
            why=f"COPY would load the rows as often: {some(doubles)}",
            hint="a manifest that lists every file once",
        )
    gone = [file for file in listed.files if file.url not in there]
    if lost := [file.url for file in gone if not file.optional]:
        raise UsageError(
            f"{amount(len(lost), 'file')} of the manifest {'is' if len(lost) == 1 else 'are'} not in S3.",
            why=f"COPY would load the others without a word. Missing: {some(lost)}",
            hint=f"unload again, or --from {folder.uri} with a manifest of what is there",
        )
    changed = [f.url for f in listed.files if f.url in there and f.bytes not in (None, there[f.url])]
    if changed:
        raise UsageError(
            f"{amount(len(changed), 'file')} of the manifest {'has' if len(changed) == 1 else 'have'} "
            "another length in S3.",
            why=f"They were written again since, or are not what the manifest lists: {some(changed)}",
            hint="unload again, or a manifest with the lengths as they are",
        )
    if gone:
        names = some([file.url for file in gone])
        return [f"Not in S3, and not mandatory in the manifest, so they are passed over: {names}"]
    return []


def header(head: bytes, names: Collection[str], **how: Any) -> tuple[str, ...] | None:
    """The names of a first line that is a header of these columns, in its order; empty where it is none.

    None where the line can't be seen: it is longer than the head, or packed. ``how`` is for
    ``files.first_fields``.

    Raises UsageError for one that names most of its fields as the columns are called, and others not.
    """
    if b"\n" not in head:
        return None
    fields = files.first_fields(head, **how)
    known = {name.lower() for name in names}
    found = tuple(field.strip().lower() for field in fields)
    strange = [name for name in found if name not in known]
    if not found or len(set(found)) < len(found):
        return ()
    if strange and len(found) - len(strange) >= 2 and len(strange) * 2 < len(found):
        raise UsageError(
            f"The files begin with columns' names, and the table has no {', '.join(strange)}.",
            why=f"It has: {', '.join(names)}.",
            hint="--columns with the names of the table in the order of the files, and --ignore-header 1",
        )
    return () if strange else found


def check_headers(
    found: Sequence[File], first: tuple[str, ...], read: Callable[[File], tuple[str, ...] | None]
) -> None:
    """Refuse files some of which have a header, or other ones. ``read`` tells a file's. Raises UsageError."""
    for file in [file for file in found if file.bytes != 0][1:LOOKED_AT]:
        other = read(file)
        if other not in (None, first):
            both = other and first
            raise UsageError(
                f"Some files begin with {'other' if both else 'the'} columns' names"
                f"{'' if both else ', others do not'}.",
                why=f"COPY reads all of them as the first: {found[0].url} and {file.url}.",
                hint="load them apart, each with a longer prefix or a manifest",
            )


def some(urls: Sequence[str]) -> str:
    """The first of many."""
    return ", ".join(urls[:SHOWN]) + (", ..." if len(urls) > SHOWN else "")
