"""What planning a unit gives, and applying it: data, handed from who plans to who decides and who applies."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from dpctl.deploy import adopt, keepsakes, losses, obstacles
from dpctl.deploy.causes import Causes
from dpctl.deploy.changes import Change, Count
from dpctl.deploy.plan import Step
from dpctl.deploy.workdir import WorkDir
from dpctl.livetree import Evaluation

STAYS = (
    "is not in the configuration any more. It was there before Terraform, so it stays in the account "
    "as it is, and Terraform lets go of it."
)


@dataclass(frozen=True)
class Planned:
    """A plan that lies in a unit's work directory, and what it holds.

    ``causes`` is what the plan follows from; ``mocked`` names dependencies whose mocks were used.
    ``ahead`` is what is in its way, ``losses`` what it takes from the account, ``may_go`` names roles of our
    own that nobody else hangs on, ``staying`` what it would delete and a run lets go of instead
    (``ours.let_go``): no plan with such is applied. ``kept`` is the code that is not ours and of which a copy
    is made first; ``warnings`` are Terraform's, and what a person must know of the plan.
    """

    step: Step
    work: WorkDir
    evaluation: Evaluation
    empty: bool
    changes: tuple[Change, ...] = ()
    drift: tuple[Change, ...] = ()
    count: Count = field(default_factory=Count)
    adopted: tuple[adopt.Adoption, ...] = ()
    unknown: tuple[adopt.NotAdopted, ...] = ()
    ahead: obstacles.Outlook = field(default_factory=obstacles.Outlook)
    losses: tuple[losses.Loss, ...] = ()
    may_go: frozenset[str] = frozenset()
    staying: frozenset[str] = frozenset()
    kept: tuple[keepsakes.Keepsake, ...] = ()
    warnings: tuple[str, ...] = ()
    document: Any = None
    causes: Causes = field(default_factory=dict)

    def let_go_of(self, addresses: frozenset[str]) -> Planned:
        """The plan as it will be once Terraform has forgotten ``addresses``."""
        if not addresses:
            return self
        changes = tuple(
            replace(change, action="forget", reason="it stays in the account")
            if change.address in addresses
            else change
            for change in self.changes
        )
        count = replace(self.count, destroy=self.count.destroy - len(addresses))
        said = tuple(f"{address} {STAYS}" for address in sorted(addresses))
        return replace(
            self, changes=changes, count=count, staying=addresses, warnings=(*self.warnings, *said)
        )

    @property
    def mocked(self) -> tuple[str, ...]:
        """The dependencies that are stood in for."""
        return self.evaluation.mocked


@dataclass(frozen=True)
class Applied:
    """What an apply did, and what Terraform warned of."""

    count: Count
    warnings: tuple[str, ...] = ()
