"""Secrets that a service made for itself say so."""

from __future__ import annotations

import json

from dpctl.sandbox.account import Account
from dpctl.sandbox.calls import Answer, Call

# Services put their name before the "!" of the secret's (Secrets Manager guide, "Managed secrets").
OWNERS = ("glue", "redshift", "rds")


def show_owner(account: Account, call: Call, answer: Answer) -> Answer | None:
    """After DescribeSecret: the owning service."""
    if answer.status >= 300:
        return None
    document = json.loads(answer.body)
    owner, mark, _ = document.get("Name", "").partition("!")
    if not mark or owner not in OWNERS:
        return None
    return Answer(answer.status, answer.headers, json.dumps(document | {"OwningService": owner}).encode())


AFTER = {("secretsmanager", "DescribeSecret"): show_owner}
