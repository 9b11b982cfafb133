"""How ``dpctl status`` looks: each question is counted, and one that is refused is no error."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from dpctl.aws import absent, lacking
from dpctl.flows.folders import Item

if TYPE_CHECKING:
    from dpctl.aws import Aws
    from dpctl.config import Environment

MOST_CALLS = 20


class Look:
    """Asks, counts the requests, and keeps what was refused apart."""

    def __init__(self, environment: Environment, aws: Aws, now: datetime) -> None:
        self.environment, self.aws, self.now = environment, aws, now
        self.config = environment.config
        self.assets = environment.resource(self.config.storage.glue_assets_bucket)
        self.calls = 0
        self.lacking: set[str] = set()  # actions that the operator may not do
        self.gone = False  # whether the last question was about what is not there
        self.applied = False  # whether any layer is, so that what is not there is missed
        self.missing: list[str] = []  # the hops where it is

    def ask(self, service: str, operation: str, **params: Any) -> Any:
        """One request; None where it is refused, or what it is about is not there (`gone`)."""
        self.calls += 1
        self.gone = False
        try:
            return getattr(self.aws.client(service), operation)(**params)
        except Exception as error:  # a hop of its own is unknown then; the others are still told
            self.gone = absent(error)
            self.refused(error)
            return None

    def refused(self, error: Exception) -> None:
        """Keep what an answer says is missing."""
        if action := lacking(error):
            self.lacking.add(action)

    def objects(self, bucket: str, prefix: str, **params: Any) -> list[Any] | None:
        """The objects below a prefix, a thousand a request while there are any left; None where refused."""
        found: list[Any] = []
        while True:
            answer = self.ask("s3", "list_objects_v2", Bucket=bucket, Prefix=prefix, **params)
            if answer is None:
                return None
            found += answer.get("Contents") or ()
            if not answer.get("IsTruncated") or self.calls >= MOST_CALLS:
                return found
            params["ContinuationToken"] = answer["NextContinuationToken"]

    def log(self, spare: int, **params: Any) -> tuple[list[Any], bool]:
        """The events of a log, and whether those are all: the pages end where only ``spare`` calls are left.

        A log that is refused or is not there has none.
        """
        found: list[Any] = []
        while True:
            answer = self.ask("logs", "filter_log_events", **params) or {}
            found += answer.get("events") or ()
            if not answer.get("nextToken"):
                return found, True
            if self.calls >= MOST_CALLS - spare:
                return found, False
            params["nextToken"] = answer["nextToken"]

    def whole_folder(self, prefix: str) -> list[Item] | None:
        """The objects of a folder, however many."""
        found = self.objects(self.assets, prefix)
        return None if found is None else [Item.of(entry) for entry in found]

    def folder(self, prefix: str, **params: Any) -> list[Item] | None:
        """At most a thousand objects of a folder."""
        answer = self.ask("s3", "list_objects_v2", Bucket=self.assets, Prefix=prefix, **params)
        return None if answer is None else [Item.of(entry) for entry in answer.get("Contents", [])]

    def age(self, at: datetime) -> int:
        """Seconds since then."""
        return max(0, int((self.now - at).total_seconds()))


def text_of(at: datetime) -> str:
    """A time as it is shown: UTC, whole seconds."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
