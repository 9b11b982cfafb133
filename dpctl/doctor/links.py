"""The links of the event chain: what env.yaml calls them, and what AWS answered about each."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from dpctl.doctor.snapshot import CannotSee, Unknown


@dataclass(frozen=True)
class Names:
    """What env.yaml calls the links of the chain.

    ``writes`` are the operations on the table it follows; ``bucket`` is where keys wait.
    """

    env: str
    trail: str
    table_arn: str
    rule: str
    state_machine_arn: str
    workflow: str
    workflow_arn: str
    job: str
    events_role: str
    states_role: str
    notify_role: str
    writes: tuple[str, ...]
    account: str
    region: str
    bucket: str


@dataclass(frozen=True)
class Chain:
    """The answers by name, each a boto3 answer, None (there is no such thing) or Unknown."""

    names: Names
    facts: dict[str, Any] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Any:
        """An answer. Raises CannotSee when AWS refused it."""
        value = self.facts[name]
        if isinstance(value, Unknown):
            raise CannotSee(name, value)
        return value
