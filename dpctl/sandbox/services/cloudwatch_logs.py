"""Writing to CloudWatch Logs of the sandbox, for what it runs itself."""

from __future__ import annotations

import contextlib
import time

from dpctl.sandbox.account import Account


def write(account: Account, group: str, stream: str, text: str) -> None:
    """Append lines to a stream; group and stream are made when they are not there."""
    lines = text.splitlines()
    if not lines:
        return
    logs = account.client("logs")
    with contextlib.suppress(logs.exceptions.ResourceAlreadyExistsException):
        logs.create_log_group(logGroupName=group)
    with contextlib.suppress(logs.exceptions.ResourceAlreadyExistsException):
        logs.create_log_stream(logGroupName=group, logStreamName=stream)
    now = int(time.time() * 1000)
    events = [{"timestamp": now, "message": line or " "} for line in lines[-5000:]]
    logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=events)
