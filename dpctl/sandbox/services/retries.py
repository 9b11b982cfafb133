"""Trying again: how often and for how long a service of AWS tries what it could not do.

A policy counts where the account is not calm; in a calm one everything is tried once. EventBridge and its
Scheduler try for 24 hours and up to 185 times where nothing else is said, with exponential backoff, and not
at all where trying again cannot help: without permission, or with a target that is not there (EventBridge
user guide, "Retrying event delivery"; Scheduler user guide, "Configuring a dead-letter queue").
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from dpctl.sandbox.account import Account

MOST_ATTEMPTS, OLDEST_SECONDS = 185, 86_400
# AWS does not publish the pauses; these double from a second to ten minutes.
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 1.0, 600.0
FINAL = re.compile(
    r"AccessDenied|AccessDeniedException|Unauthorized|AuthorizationError|NotFound|DoesNotExist|NonExistent|"
    r"NoSuch|NotImplemented|ValidationException|InvalidParameter"
)


@dataclass(frozen=True)
class Policy:
    """How often to try again, and until how many seconds after the first time."""

    attempts: int = MOST_ATTEMPTS
    seconds: float = OLDEST_SECONDS
    first_pause: float = FIRST_PAUSE_SECONDS

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> Policy:
        """The RetryPolicy of a target."""
        attempts = given.get("MaximumRetryAttempts", MOST_ATTEMPTS)
        return cls(int(attempts), float(given.get("MaximumEventAgeInSeconds", OLDEST_SECONDS)))

    def pause(self, retry: int) -> float:
        """The seconds before a retry, of which the first is 0."""
        return min(self.first_pause * 2.0**retry, max(LONGEST_PAUSE_SECONDS, self.first_pause))


Later = Callable[[Account, Callable[[], None]], None]


def code(error: Exception) -> str:
    """The code of an error of a service, or of a client's."""
    response = getattr(error, "response", None) or {}
    return str(getattr(error, "code", "") or response.get("Error", {}).get("Code") or type(error).__name__)


def attempt(
    account: Account,
    policy: Policy,
    what: str,
    task: Callable[[int], object],
    lost: Callable[[Exception], None],
    later: Later,
    *,
    number: int = 1,
    since: float | None = None,
) -> Exception | None:
    """Do a task, and again while its policy has it; what is given up goes to ``lost``.

    The task gets the number of the attempt, from 1. Further attempts are made by ``later``, when the clock
    says. Returns this attempt's error, None for none.
    """
    began = account.clock.time() if since is None else since
    try:
        task(number)
    except Exception as error:
        pause = policy.pause(number - 1)
        over = number > policy.attempts or account.clock.time() + pause - began > policy.seconds
        if account.realism.calm or over or FINAL.search(code(error)):
            lost(error)
            return error

        def again() -> None:
            attempt(account, policy, what, task, lost, later, number=number + 1, since=began)

        account.clock.after(pause, f"{what} (attempt {number + 1})", lambda: later(account, again))
        return error
    return None
