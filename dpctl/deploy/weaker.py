"""When a new value protects less than the old one, or keeps less of what there is."""

from __future__ import annotations

import re
from typing import Any

# true is the weaker side of these; of every other switch false is
OPENING = frozenset({"bypass_policy_lockout_check", "force_destroy", "skip_destroy", "skip_final_snapshot"})
ACCESS = "publicly_accessible"  # on it opens, off it takes a way in from whoever uses it
# the weakest first
LADDERS = (
    ("OFF", "FATAL", "ERROR", "ALL"),  # a state machine's log
    ("Disabled", "Enabled"),
    ("DISABLED", "ENABLED"),
    ("Suspended", "Enabled"),
    ("Inactive", "Active"),
    ("PassThrough", "Active"),
    ("AES256", "aws:kms", "aws:kms:dsse"),
    ("ObjectWriter", "BucketOwnerPreferred", "BucketOwnerEnforced"),
    ("disabled", "standard", "advanced"),
    ("disabled", "enabled"),
    ("KEYS_ONLY", "NEW_IMAGE", "NEW_AND_OLD_IMAGES"),
    ("KEYS_ONLY", "OLD_IMAGE", "NEW_AND_OLD_IMAGES"),
)
# of these, less is less: days that something is kept, room, how much may run
KEEPING = re.compile(
    r"retention|_days$|^days$|capacity|storage|timeout|reserved_concurrent|workers|iops|throughput|max_session"
)
FOREVER = frozenset({"retention_in_days"})  # nothing, and 0, mean that logs are kept for ever


def weaker(name: str, old: Any, new: Any) -> bool:
    """Whether ``new`` is weaker than ``old``, as the value of an attribute of that name."""
    if isinstance(old, bool) or isinstance(new, bool):
        opened, closed = not old and new is True, old is True and not new
        return (opened and (name in OPENING or name == ACCESS)) or (closed and name not in OPENING)
    if _number(new) and (_number(old) or old is None):
        return _less(name, old or 0, new)
    if isinstance(old, str) and isinstance(new, str):
        return any(_lower(ladder, old, new) for ladder in LADDERS)
    return False


def _less(name: str, old: float, new: float) -> bool:
    if name in FOREVER and not old:
        return new > 0
    return bool(KEEPING.search(name)) and new < old


def _lower(ladder: tuple[str, ...], old: str, new: str) -> bool:
    return old in ladder and new in ladder and ladder.index(new) < ladder.index(old)


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
