"""What is in the account when the sandbox starts.

``existing`` is the account of dev as it was made by hand: every id, name and setting known of it, and nothing
else. It is made through the API, like anything else in the sandbox, with the ids fixed (``ids``). An
environment whose names are prefixed is a fresh account: nothing of it exists. ``empty`` has only what AWS
itself has. ``console`` is ``existing`` with options as people choose them by hand, ``snapshot`` with those of
a real account.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from dpctl.errors import UsageError
from dpctl.sandbox.account import Account
from dpctl.sandbox.info import Account as Kind
from dpctl.sandbox.replica import databases, network, pipeline, roles, storage
from dpctl.sandbox.replica.console import invent
from dpctl.sandbox.replica.dress import dress, paths
from dpctl.sandbox.replica.seed import Seed


def fill(account: Account, kind: Kind, variant: str = "") -> None:
    """Fill a fresh account. ``variant`` is the number of a console account, or the file of a snapshot."""
    if kind == "empty" or account.environment.config.naming == "prefixed":
        return
    try:
        _fill(account, _options(account, kind, variant))
    except (KeyError, IndexError, TypeError, AttributeError, ValueError) as error:
        if kind != "snapshot":
            raise
        raise UsageError(
            f"{variant} is not a picture of an account.",
            why=f"{type(error).__name__}: {error}",
            hint="dpctl snapshot --out FILE",
        ) from error


def _fill(account: Account, options: dict[str, Any]) -> None:
    seed = Seed(account, paths=paths(options))
    for module in (network, storage, roles, databases, pipeline):
        module.fill(seed)
    dress(seed, options)


def _options(account: Account, kind: Kind, variant: str) -> dict[str, Any]:
    config = account.environment.config
    if kind == "console":
        return invent(config, int(variant or 0))
    if kind != "snapshot":
        return {}
    picture: dict[str, Any] = json.loads(Path(variant).read_text(encoding="utf-8"))
    if (picture["account_id"], picture["region"]) != (config.account_id, config.region):
        raise UsageError(
            f"{variant} is of account {picture['account_id']} in {picture['region']}.",
            why=f"This environment is account {config.account_id} in {config.region}.",
        )
    return picture
