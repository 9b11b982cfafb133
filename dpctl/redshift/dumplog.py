"""What the function that dumps says of its runs, in its log: where it says it, and how to read it.

The function (runtime/lambda_unload) ends with a line of JSON: its schedule, and of each table whether it was
written.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

LOOK_BACK = timedelta(days=8)  # a weekly dump is seen


@dataclass(frozen=True)
class DumpRun:
    """A run: when it ended (UTC), its schedule, and of each table why it was not dumped, "" where it was."""

    at: datetime
    schedule: str
    errors: Mapping[str, str]


def question(name: str, function: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """What to ask FilterLogEvents; ``function`` is its configuration, as Lambda answers.

    Pages may be empty and have others after them (CloudWatch Logs API, FilterLogEvents).
    """
    group = (function.get("LoggingConfig") or {}).get("LogGroup") or f"/aws/lambda/{name}"
    since = int((now - LOOK_BACK).timestamp() * 1000)
    return {"logGroupName": group, "startTime": since, "filterPattern": '"results"'}


def run_of(event: Mapping[str, Any]) -> DumpRun | None:
    """The run that an event of the log tells of; None where it is another line."""
    try:
        said = json.loads(event["message"])
        errors = {
            str(one["table"]): ""
            if one["status"] == "FINISHED"
            else f"{one['status']}: {one.get('error') or 'no reason'}"
            for one in said["results"]
        }
        at = datetime.fromtimestamp(event["timestamp"] / 1000, UTC)
        return DumpRun(at, str(said["schedule"]), errors)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
