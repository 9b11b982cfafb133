"""What is in the account when the sandbox starts.

``existing`` is the account of dev as it was made by hand: every id, name and setting known of it, and nothing
else. It is made through the API, like anything else in the sandbox, with the ids fixed (``ids``). An
environment whose names are prefixed is a fresh account: nothing of it exists. ``empty`` has only what AWS
itself has.
"""

from __future__ import annotations

from dpctl.sandbox.account import Account
from dpctl.sandbox.info import Account as Kind
from dpctl.sandbox.replica import databases, network, pipeline, roles, storage
from dpctl.sandbox.replica.seed import Seed


def fill(account: Account, kind: Kind) -> None:
    """Fill a fresh account."""
    if kind == "empty" or account.environment.config.naming == "prefixed":
        return
    seed = Seed(account)
    for module in (network, storage, roles, databases, pipeline):
        module.fill(seed)
