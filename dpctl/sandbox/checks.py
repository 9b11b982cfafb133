"""What a request passes before anything answers: is it one that AWS would take, and from this caller?

A check gets a ``calls.Call``: its ``service`` and ``operation`` (boto3's and the API's names), its
``parameters`` in the shapes that boto3 takes, and ``access_key``, whose owner the account knows. It raises
ServiceError to refuse. The order is AWS's: a request that cannot be read is refused before anybody's rights
are looked at.
"""

from __future__ import annotations

from collections.abc import Callable

from dpctl.sandbox import enforce, models
from dpctl.sandbox.account import Account
from dpctl.sandbox.calls import Call
from dpctl.sandbox.services import throttling

Check = Callable[[Account, Call], None]

CHECKS: tuple[Check, ...] = (lambda _, call: models.check(call), enforce.check, throttling.check)


def check(account: Account, call: Call) -> None:
    """Raise ServiceError for a request that its service would refuse."""
    for one in CHECKS:
        one(account, call)
