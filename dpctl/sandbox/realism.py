"""How close to AWS's manners an account is: ``calm``, ``aws`` or ``storm``.

calm: everything happens at once, once and in order, as a demonstration wants it. aws: events, new resources,
permissions and retries take the time they take in AWS, and calls are throttled. storm: as aws, and events
come more than once, in any order and late, as chance has it; the same seed gives the same storm.
"""

from __future__ import annotations

import math
import random
import secrets
import threading
from dataclasses import dataclass, field
from typing import Literal, get_args

Kind = Literal["calm", "aws", "storm"]
KINDS: tuple[Kind, ...] = get_args(Kind)

# CloudTrail "typically delivers events within an average of about 5 minutes of an API call. This time is not
# guaranteed." (CloudTrail user guide, "How CloudTrail works")
TRAIL_SECONDS = 300.0
# In a storm: how late a CloudTrail event, and any other event, may be; and in what steps.
LATE_TRAIL_SECONDS, LATE_SECONDS, STEP_SECONDS = 900.0, 60.0, 30.0
# "In rare cases, EventBridge might deliver an event more than once" (EventBridge user guide); here one in
# four is not rare, and some come three times.
AGAIN = 0.25


def new_seed() -> int:
    """A seed for a storm that nobody chose."""
    return secrets.randbelow(1_000_000)


@dataclass
class Realism:
    """The manners of one account; ``seed`` is the storm's."""

    kind: Kind = "calm"
    seed: int = 0
    _chance: random.Random = field(init=False, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def __post_init__(self) -> None:
        self._chance = random.Random(self.seed)

    @property
    def calm(self) -> bool:
        """Whether nothing takes its time."""
        return self.kind == "calm"

    def arrivals(self, now: float, *, trail: bool) -> list[float]:
        """When an event of this moment arrives, once for each time it does; ``trail`` for CloudTrail's."""
        if self.kind != "storm":
            return [now + TRAIL_SECONDS if trail and self.kind == "aws" else now]
        latest = LATE_TRAIL_SECONDS if trail else LATE_SECONDS
        with self._lock:
            found = [self._late(now, latest)]
            while self._chance.random() < AGAIN:
                found.append(self._late(now, latest))
        return found

    def shuffled(self) -> float:
        """A number for the order of what arrives at one time; without a storm it is as it was sent."""
        if self.kind != "storm":
            return 0.0
        with self._lock:
            return self._chance.random()

    def _late(self, now: float, latest: float) -> float:
        """Some steps of the clock later, so that much arrives together."""
        steps = self._chance.randint(0, int(latest / STEP_SECONDS) - 1)
        return math.ceil(now / STEP_SECONDS + steps) * STEP_SECONDS
