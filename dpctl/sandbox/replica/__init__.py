"""What is in the account when the sandbox starts.

``existing`` is the account of dev as it was made by hand: every id, name and setting known of it, and nothing
else. It is made through the API, like anything else in the sandbox, with the ids fixed (``ids``). An
environment whose names are prefixed is a fresh account: nothing of it exists. ``empty`` has only what AWS
itself has.
"""

from __future__ import annotations

import secrets
import string
from dataclasses import dataclass, field
from typing import Any

from dpctl.sandbox.account import Account
from dpctl.sandbox.info import Account as Kind


@dataclass
class Seed:
    """The account that is being filled, with its clients; passwords are new in every sandbox.

    ``vpc``, ``subnets`` (the private ones) and ``group`` (of the databases) are ids, known once the network
    is there: env.yaml need not have them.
    """

    account: Account
    vpc: str = ""
    subnets: list[str] = field(default_factory=list)
    group: str = ""
    passwords: dict[str, str] = field(default_factory=dict)
    clients: dict[str, Any] = field(default_factory=dict)

    @property
    def config(self) -> Any:
        """The values of env.yaml."""
        return self.account.environment.config

    def client(self, service: str) -> Any:
        """A client, made once."""
        if service not in self.clients:
            self.clients[service] = self.account.client(service)
        return self.clients[service]

    def password(self, user: str) -> str:
        """The password of a database user: made up here, kept nowhere but in the sandbox's own secrets."""
        if user not in self.passwords:
            letters = string.ascii_letters + string.digits
            self.passwords[user] = "Aa1" + "".join(secrets.choice(letters) for _ in range(21))
        return self.passwords[user]

    def role_arn(self, name: str) -> str:
        """The ARN of a role of the account."""
        return self.account.arn("iam", f"role/{name}")


def seed(account: Account, kind: Kind) -> None:
    """Fill a fresh account."""
    if kind == "empty" or account.environment.config.naming == "prefixed":
        return
    from dpctl.sandbox.replica import databases, network, pipeline, roles, storage

    fill = Seed(account)
    for module in (network, storage, roles, databases, pipeline):
        module.fill(fill)
