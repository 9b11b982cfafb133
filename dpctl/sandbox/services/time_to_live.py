"""Time to live: items whose time is over are deleted, as DynamoDB does by itself.

AWS deletes within days; here it takes seconds. The stream tells of it, with DynamoDB as who did it;
CloudTrail logs no such delete (DynamoDB developer guide, "Using time to live" and "DynamoDB Streams
and TTL").
"""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass, field
from typing import Any

from dpctl.sandbox.account import Account
from dpctl.sandbox.calls import Answer, Call

TICK_SECONDS = 1.0
OLDEST_SECONDS = 5 * 365 * 86_400  # what is over for longer stays
DYNAMODB = {"type": "Service", "principalId": "dynamodb.amazonaws.com"}
log = logging.getLogger(__name__)


@dataclass
class Sweep:
    """The thread that looks."""

    ended: threading.Event = field(default_factory=threading.Event)
    thread: threading.Thread | None = None

    def close(self) -> None:
        """Stop looking."""
        self.ended.set()


def start(account: Account, call: Call, answer: Answer) -> None:
    """After a table was given a time to live: have somebody look at its items."""
    sweep = account.store(Sweep)
    with account.lock:
        if sweep.thread is None and answer.status < 300:
            sweep.thread = threading.Thread(target=_run, args=(account, sweep), name="ttl", daemon=True)
            sweep.thread.start()


def _run(account: Account, sweep: Sweep) -> None:
    while not sweep.ended.wait(TICK_SECONDS):
        try:
            with account.lock:
                for table in list(account.backend("dynamodb").tables.values()):
                    expire(table, account.clock.time())
        except Exception:
            log.exception("time to live")


def expire(table: Any, now: float) -> int:
    """Delete the items of moto's table whose time is over (epoch seconds); returns how many."""
    if table.ttl.get("TimeToLiveStatus") != "ENABLED":
        return 0
    name = table.ttl["AttributeName"]
    over = [item for item in list(table.all_items()) if _is_over(item.attrs.get(name), now)]
    for item in over:
        table.delete_item(item.hash_key, item.range_key)
        if table.stream_shard is not None:
            table.stream_shard.items[-1].record["userIdentity"] = DYNAMODB
    return len(over)


def _is_over(attribute: Any, now: float) -> bool:
    if attribute is None or attribute.type != "N":  # another type is no time
        return False
    return now - OLDEST_SECONDS < float(attribute.value) <= now


AFTER = {("dynamodb", "UpdateTimeToLive"): start}
