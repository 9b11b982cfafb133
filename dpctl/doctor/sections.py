"""The sections of a snapshot while it is being made: what was asked, and what is known so far."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from dpctl.doctor import model as m
from dpctl.doctor import snapshot as s
from dpctl.doctor.asking import Asker, attempt
from dpctl.doctor.target import Target

T = TypeVar("T")


@dataclass
class Sections:
    """Fills sections in for one target; who asks about a part of the account is one of these."""

    asker: Asker
    target: Target

    @property
    def facts(self) -> dict[str, Any]:
        """The sections so far, by name."""
        return self.asker.facts

    def call(self, service: str, operation: str, **params: Any) -> Any:
        """One API call."""
        return self.asker.call(service, operation, **params)

    def pages(self, service: str, operation: str, key: str, **params: Any) -> list[Any]:
        """All pages of a list."""
        return self.asker.pages(service, operation, key, **params)

    def fill(self, section: s.Section[T], ask: Callable[[], T | s.Unknown]) -> None:
        """Put the answer into a section, or what kept AWS from giving it."""
        self.facts[section.name] = attempt(section.permission, ask)

    def known(self, section: s.Section[T]) -> T | None:
        """What is known so far."""
        value: T | None = self.asker.known(section.name)
        return value

    def home(self) -> tuple[m.Subnet | None, m.RouteTable | None]:
        """The connection's subnet and its route table, where both are seen."""
        connection, tables = self.known(s.CONNECTION), self.known(s.ROUTES) or ()
        subnet = s.find(self.known(s.SUBNETS) or (), connection.subnet) if connection else None
        if subnet is None:
            return None, None
        own = next((one for one in tables if subnet.id in one.subnets), None)
        return subnet, own or next((one for one in tables if one.main and one.vpc == subnet.vpc), None)
