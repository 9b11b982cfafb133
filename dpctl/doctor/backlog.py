"""What the event chain leaves behind in S3: keys that nobody takes, and events that became dead letters.

modules/dynamodb-to-redshift says where the folders are; runtime/glue_shell empties one and fills the other.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from dpctl.doctor.finding import Finding, Fix
from dpctl.doctor.linkcheck import Look
from dpctl.layers import STATIC

if TYPE_CHECKING:
    from dpctl.doctor.asking import Clients
    from dpctl.doctor.links import Chain

PREFIX = "capture/"
PENDING, DEAD = f"{PREFIX}pending/", f"{PREFIX}dead-letter/"
# A run waits five minutes for a batch and works 45 at most; what is older than both was left by several runs.
PATIENCE = timedelta(hours=1)
MOST = 10_000  # objects that are listed, a thousand a call


@dataclass(frozen=True)
class Tally:
    """The objects of a folder: how many, how many of them for over an hour, and the oldest.

    ``since`` is when the oldest came, in UTC; ``more`` is whether there are more than were listed.
    """

    count: int = 0
    old: int = 0
    oldest: str = ""
    since: datetime | None = None
    more: bool = False

    @property
    def counted(self) -> str:
        """The number as it can be said."""
        return f"more than {self.count:,}" if self.more else f"{self.count:,}"


def tally(objects: Iterable[Mapping[str, Any]], now: datetime) -> Tally:
    """Count what ListObjectsV2 gives (``Key``, ``LastModified``)."""
    found = sorted((item["LastModified"], str(item["Key"])) for item in objects)
    if not found:
        return Tally()
    old = sum(1 for at, _ in found if now - at > PATIENCE)
    return Tally(len(found), old, found[0][1], found[0][0], len(found) >= MOST)


def lister(clients: Clients, bucket: str, folder: str) -> Callable[[], Tally]:
    """A question to S3: what is in a folder."""

    def ask() -> Tally:
        pages = (
            clients.client("s3")
            .get_paginator("list_objects_v2")
            .paginate(Bucket=bucket, Prefix=folder, PaginationConfig={"MaxItems": MOST})
        )
        return tally((item for page in pages for item in page.get("Contents") or ()), datetime.now(UTC))

    return ask


def pending(chain: Chain) -> Finding:
    """The job takes every key in time."""
    names, found = chain.names, chain["pending"]
    place = f"s3://{names.bucket}/{PENDING}"
    if found is None:
        return _no_bucket("PD10", chain)
    lines = (f"keys in {place}: {found.counted}",)
    if not found.old:
        return Finding("PD10", "pass", place, lines)
    weak = f"for over an hour: {found.old:,}, the oldest since {_time(found.since)}; no run takes them"
    text = "Fix what keeps the job from running or succeeding (above), then start a run: it takes all keys."
    start = f"aws glue start-workflow-run --name {shlex.quote(names.workflow)} --region {names.region}"
    return Finding("PD10", "warn", place, (*lines, weak), Fix("manual", text, (start,)))


def dead_letters(chain: Chain) -> Finding:
    """No event became a dead letter."""
    names, found = chain.names, chain["dead_letters"]
    place = f"s3://{names.bucket}/{DEAD}"
    if found is None:
        return _no_bucket("PD11", chain)
    if not found.count:
        return Finding("PD11", "pass", place, (f"events in {place}: 0",))
    weak = f"events in {place}: {found.counted}, the oldest since {_time(found.since)}"
    text = "Each says why (reason). Fix its item and write it again, then delete the object."
    oldest = shlex.quote(f"s3://{names.bucket}/{found.oldest}")
    commands = (f"aws s3 cp {oldest} -", f"aws s3 rm {oldest}")
    return Finding("PD11", "warn", place, (weak,), Fix("manual", text, commands))


def _no_bucket(code: str, chain: Chain) -> Finding:
    bucket = chain.names.bucket
    look = Look(code, bucket, STATIC)
    look.must(False, f"there is no bucket {bucket}")
    return look.end(chain)


def _time(at: datetime | None) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if at else "?"
