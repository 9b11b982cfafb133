"""The folders of the event chain in S3: pending keys, dead letters and the archive, and events put back.

modules/dynamodb-to-redshift says where the folders are; runtime/glue_shell empties and fills them. An object
holds one event, or one on each line; a name that ends in ``-x25.json`` says that there are 25.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import takewhile
from typing import Any

from dpctl.errors import UsageError

PREFIX = "capture/"
PENDING, DEAD, ARCHIVE = f"{PREFIX}pending/", f"{PREFIX}dead-letter/", f"{PREFIX}archive/"
AGAIN = re.compile(r"^(?:(?:redrive|replay)-(?:[0-9a-f]{12}-)?)+")
# An object's folder is of the job's clock, before it is written; its time is of S3's.
SKEW = timedelta(hours=1)
COUNT = re.compile(r"-x(\d+)\.json$")
SPAN = re.compile(r"(\d+)(m|h|d)")
AT_ONCE = 16
Progress = Callable[[int], None]


@dataclass(frozen=True)
class Item:
    """An object of a folder: its key, how many events it holds, and when it came (UTC)."""

    key: str
    events: int
    modified: datetime

    @classmethod
    def of(cls, entry: Mapping[str, Any]) -> Item:
        """From an object of ``ListObjectsV2``."""
        found = COUNT.search(entry["Key"])
        return cls(entry["Key"], int(found[1]) if found else 1, entry["LastModified"])

    @property
    def name(self) -> str:
        """The last part of its key."""
        return self.key.rpartition("/")[2]


@dataclass(frozen=True)
class Letter:
    """A dead letter: why the event was not loaded, and the event as it came."""

    item: Item
    reason: str
    event: str


def moment(text: str, now: datetime) -> datetime:
    """A time as it is typed: ``2026-01-31T10:00:00Z``, or ``90m``, ``2h``, ``3d`` ago. Raises UsageError."""
    try:
        if found := SPAN.fullmatch(text):
            unit = {"m": "minutes", "h": "hours", "d": "days"}[found[2]]
            return now - timedelta(**{unit: int(found[1])})
        at = datetime.fromisoformat(text)
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise UsageError(
            f"{text!r} is not a time.",
            why="A time is 2026-01-31T10:00:00Z (UTC, unless it says otherwise), or 90m, 2h, 3d ago.",
            hint="--since 2h",
        ) from error


def _day(at: datetime, shift: timedelta) -> str:
    """The archive's folder of a time: its day in UTC, ``2026/01/31``, or the first or last there is."""
    try:
        day = (at + shift).astimezone(UTC).date()
    except OverflowError:
        day = date.min if shift < timedelta() else date.max
    return day.isoformat().replace("-", "/")


def _again(how: str, name: str) -> str:
    """A name that no pending event has: a run that has read one of the same name would delete the new one."""
    return f"{how}-{uuid.uuid4().hex[:12]}-{AGAIN.sub('', name)}"


@dataclass(frozen=True)
class Folders:
    """The folders in the bucket of Glue's assets."""

    s3: Any
    bucket: str

    def listed(self, folder: str, most: int | None = None, after: str = "") -> Iterator[Item]:
        """The objects of a folder by name, a thousand a call; those ``after`` a key."""
        settings = {"MaxItems": most} if most else {}
        start = {"StartAfter": after} if after else {}
        pages = self.s3.get_paginator("list_objects_v2").paginate(
            Bucket=self.bucket, Prefix=folder, PaginationConfig=settings, **start
        )
        for page in pages:
            yield from map(Item.of, page.get("Contents", []))

    def letters(self, most: int | None = None) -> list[Letter]:
        """The dead letters, oldest first."""
        items = sorted(self.listed(DEAD, most), key=lambda item: item.modified)
        with ThreadPoolExecutor(AT_ONCE) as pool:
            return list(pool.map(self._letter, items))

    def _letter(self, item: Item) -> Letter:
        try:
            body = self.s3.get_object(Bucket=self.bucket, Key=item.key)["Body"].read()
        except self.s3.exceptions.NoSuchKey:  # somebody else has put its event back meanwhile
            return Letter(item, "", "")
        try:
            document = json.loads(body)
            return Letter(item, str(document["reason"]), str(document["event"]))
        except (ValueError, KeyError, TypeError):
            return Letter(item, "", "")

    def redrive(self, letters: Iterable[Letter], progress: Progress) -> int:
        """Make the events of dead letters pending again; a letter is deleted once its event is."""
        done = 0
        for letter in letters:
            if not letter.event:
                continue  # not a letter of ours
            key = f"{PENDING}{_again('redrive', letter.item.name)}"
            self.s3.put_object(
                Bucket=self.bucket, Key=key, Body=letter.event.encode("utf-8", "backslashreplace")
            )
            self.s3.delete_object(Bucket=self.bucket, Key=letter.item.key)
            done += 1
            progress(done)
        return done

    def archived(self, since: datetime, until: datetime | None = None) -> list[Item]:
        """The archive's objects that were loaded in a time, to its end or to now."""
        since = since.astimezone(UTC).replace(microsecond=0)  # S3 keeps whole seconds
        found = self.listed(ARCHIVE, after=f"{ARCHIVE}{_day(since, -SKEW)}/")
        if until is not None:
            last = f"{ARCHIVE}{_day(until, SKEW)}0"  # behind everything in that folder: 0 follows the slash
            found = takewhile(lambda item: item.key < last, found)
        return [
            item for item in found if since <= item.modified and (until is None or item.modified <= until)
        ]

    def replay(self, items: Iterable[Item], progress: Progress) -> int:
        """Make archived events pending again, as copies; returns how many events that are."""
        events = 0
        for item in items:
            source = {"Bucket": self.bucket, "Key": item.key}
            self.s3.copy_object(
                Bucket=self.bucket, Key=f"{PENDING}{_again('replay', item.name)}", CopySource=source
            )
            events += item.events
            progress(events)
        return events
