"""The account that is being filled: its clients, and the ids and passwords that its parts share."""

from __future__ import annotations

import secrets
import string
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from dpctl.sandbox.account import Account


@dataclass
class Seed:
    """The account that is being filled, with its clients; passwords are new in every sandbox.

    ``vpc``, ``subnets`` (the private ones) and ``group`` (of the databases) are ids, known once the network
    is there: env.yaml need not have them. ``paths`` are those of roles that are not at the top.
    """

    account: Account
    vpc: str = ""
    subnets: list[str] = field(default_factory=list)
    group: str = ""
    passwords: dict[str, str] = field(default_factory=dict)
    clients: dict[str, Any] = field(default_factory=dict)
    paths: Mapping[str, str] = field(default_factory=dict)

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
        return self.account.arn("iam", f"role{self.paths.get(name, '/')}{name}")
