"""What carries out a run's steps on single units."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from dpctl.deploy.causes import Causes
from dpctl.deploy.obstacles import Outlook
from dpctl.deploy.plan import Step
from dpctl.deploy.planned import Applied, Planned
from dpctl.deploy.runner import Watch


class Units(Protocol):
    """What plans and applies single units: Runner, or a test's fake."""

    def causes(self, step: Step) -> Causes:
        """What a unit's plan follows from, hashed; empty when a dependency is not applied."""

    def causes_at(self, step: Step, root: Path) -> Causes:
        """The same in another copy of the repository."""

    def left(self, step: Step) -> bool:
        """Whether an earlier run left something of a unit to take up."""

    def take_up(self, step: Step, watch: Watch) -> None:
        """Bring that to an end."""

    def plan(self, step: Step, command: str, watch: Watch) -> Planned:
        """Plan one unit."""

    def foresee(self, step: Step) -> Outlook:
        """What is in the way of a unit that can't be planned yet."""

    def detailed(self, planned: Planned) -> Planned:
        """The plan with the attributes that change."""

    def let_go(self, planned: Planned) -> None:
        """Make Terraform forget what a plan would delete and is to stay."""

    def apply(self, planned: Planned, watch: Watch) -> Applied:
        """Apply a plan."""
