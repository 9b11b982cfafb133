"""Writing to CloudWatch Logs of the sandbox, for what it runs itself."""

from __future__ import annotations

import contextlib
import logging
import time
from typing import Any

from dpctl.sandbox.account import Account

log = logging.getLogger(__name__)


def write(account: Account, group: str, stream: str, text: str) -> None:
    """Append lines to a stream; group and stream are made when they are not there."""
    logs = account.client("logs")
    with contextlib.suppress(logs.exceptions.ResourceAlreadyExistsException):
        logs.create_log_group(logGroupName=group)
    _append(logs, group, stream, text)


def write_as(logs: Any, group: str, stream: str, text: str) -> None:
    """The same with a role's client; what it may not write is lost, and nobody is told, as in AWS."""
    from botocore.exceptions import ClientError

    try:
        with contextlib.suppress(logs.exceptions.ResourceAlreadyExistsException):
            logs.create_log_group(logGroupName=group)
    except ClientError as error:  # the group may be there all the same
        log.info("log group %s: %s", group, error)
    try:
        _append(logs, group, stream, text)
    except ClientError as error:
        log.warning("log group %s: %s", group, error)


def _append(logs: Any, group: str, stream: str, text: str) -> None:
    lines = text.splitlines()
    if not lines:
        return
    with contextlib.suppress(logs.exceptions.ResourceAlreadyExistsException):
        logs.create_log_stream(logGroupName=group, logStreamName=stream)
    now = int(time.time() * 1000)
    events = [{"timestamp": now, "message": line or " "} for line in lines[-5000:]]
    logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=events)
