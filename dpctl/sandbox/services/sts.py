"""Who is calling: the sandbox's own key belongs to a user that no real account has."""

from __future__ import annotations

from typing import Any

from dpctl.sandbox.account import Account
from dpctl.sandbox.calls import Call


def caller_identity(account: Account, call: Call) -> dict[str, Any] | None:
    """GetCallerIdentity; the users and role sessions that were made here are moto's."""
    if call.access_key not in (account.credentials.access_key, account.own.access_key):
        return None
    return {"UserId": "AIDASANDBOX0000000000", "Account": account.account_id, "Arn": account.user_arn}


HANDLERS = {("sts", "GetCallerIdentity"): caller_identity}
