"""The folders of the event chain in S3: pending keys, dead letters and the archive, and events put back.

modules/dynamodb-to-redshift says where the folders are; runtime/glue_shell empties and fills them. An object
holds one event, or one on each line; a name that ends in ``-x25.json`` says that there are 25.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from dpctl.errors import UsageError

PREFIX = "capture/"
PENDING, DEAD, ARCHIVE = f"{PREFIX}pending/", f"{PREFIX}dead-letter/", f"{PREFIX}archive/"
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
    if found := SPAN.fullmatch(text):
        unit = {"m": "minutes", "h": "hours", "d": "days"}[found[2]]
        return now - timedelta(**{unit: int(found[1])})
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise UsageError(
            f"{text!r} is not a time.",
            why="A time is 2026-01-31T10:00:00Z (UTC, unless it says otherwise), or 90m, 2h, 3d ago.",
            hint="--since 2h",
        ) from error
    return at if at.tzinfo else at.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Folders:
    """The folders in the bucket of Glue's assets."""

    s3: Any
    bucket: str

    def listed(self, folder: str, most: int | None = None) -> Iterator[Item]:
        """The objects of a folder by name, a thousand a call."""
        settings = {"MaxItems": most} if most else {}
        pages = self.s3.get_paginator("list_objects_v2").paginate(
            Bucket=self.bucket, Prefix=folder, PaginationConfig=settings
        )
        for page in pages:
            yield from map(Item.of, page.get("Contents", []))

    def letters(self, most: int | None = None) -> list[Letter]:
        """The dead letters, oldest first."""
        items = sorted(self.listed(DEAD, most), key=lambda item: item.modified)
        with ThreadPoolExecutor(AT_ONCE) as pool:
            return list(pool.map(self._letter, items))

    def _letter(self, item: Item) -> Letter:
        body = self.s3.get_object(Bucket=self.bucket, Key=item.key)["Body"].read()
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
            key = f"{PENDING}redrive-{letter.item.name}"
            self.s3.put_object(Bucket=self.bucket, Key=key, Body=letter.event.encode())
            self.s3.delete_object(Bucket=self.bucket, Key=letter.item.key)
            done += 1
            progress(done)
        return done

    def archived(self, since: datetime, until: datetime) -> list[Item]:
        """The archive's objects that were loaded in a time."""
        days = (until.date() - since.date()).days + 1
        folders = (
            f"{ARCHIVE}{since.astimezone(UTC) + timedelta(days=day):%Y/%m/%d}/" for day in range(days + 1)
        )
        found = (item for folder in folders for item in self.listed(folder))
        return [item for item in found if since.replace(microsecond=0) <= item.modified <= until]

    def replay(self, items: Iterable[Item], progress: Progress) -> int:
        """Make archived events pending again, as copies; returns how many events that are."""
        events = 0
        for item in items:
            source = {"Bucket": self.bucket, "Key": item.key}
            self.s3.copy_object(Bucket=self.bucket, Key=f"{PENDING}replay-{item.name}", CopySource=source)
            events += item.events
            progress(events)
        return events
