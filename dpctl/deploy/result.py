"""What became of a run: one result per unit, with its reason and its cause."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from dpctl import SCHEMA_VERSION
from dpctl.deploy.changes import NONE, Count
from dpctl.deploy.losses import Losing, Loss
from dpctl.errors import DpctlError, ExitCode

Outcome = Literal["succeeded", "unchanged", "failed", "skipped", "excluded"]


@dataclass(frozen=True)
class Result:
    """One unit's result.

    ``reason`` says why in a sentence (errors, or what excluded it); ``cause`` names the unit whose failure
    led to this one being skipped. ``estimated`` marks a plan made with mocks, or outputs that may change.
    ``seconds`` is wall time. ``hint`` is what to type next. ``losses`` is what the plan takes from the
    account. ``warnings`` are Terraform's, a failing check among them. ``exit_code`` is that of a failure.
    """

    layer: str
    result: Outcome
    reason: str = ""
    cause: str = ""
    changes: Count = NONE
    estimated: bool = False
    seconds: float = 0.0
    hint: str = ""
    losses: tuple[Loss, ...] = ()
    warnings: tuple[str, ...] = ()
    exit_code: ExitCode = ExitCode.FAILED

    @classmethod
    def of(cls, layer: str, error: DpctlError) -> Result:
        """The result of a unit that failed with an error."""
        why = f"{error.what}\n{error.why}" if error.why else error.what
        lost = error.losses if isinstance(error, Losing) else ()
        return cls(layer, "failed", why, hint=error.hint, losses=lost, exit_code=error.exit_code)

    @property
    def bad(self) -> bool:
        """Whether units that wait for this one can't run."""
        return self.result in ("failed", "skipped")

    def as_dict(self) -> dict[str, Any]:
        """One entry of ``layers`` in ``--json``."""
        return {
            "layer": self.layer,
            "result": self.result,
            "reason": self.reason,
            "cause": self.cause,
            "changes": self.changes.as_dict(),
            "estimated": self.estimated,
            "seconds": round(self.seconds, 2),
            "warnings": list(self.warnings),
            "losses": [loss.as_dict() for loss in self.losses],
        }


@dataclass(frozen=True)
class RunReport:
    """The results of plan, apply or destroy, in the order of the run.

    ``stopped`` is the error that ended it before it began: nothing was tried. ``dry_run`` is whether what it
    tells of was only looked at. ``scope`` is what alone it can speak of; empty: the whole environment.
    """

    command: str
    env: str
    results: tuple[Result, ...]
    seconds: float = 0.0
    interrupted: bool = False
    stopped: DpctlError | None = None
    dry_run: bool = False
    scope: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether nothing failed and nothing was skipped."""
        return (
            not self.interrupted and self.stopped is None and not any(result.bad for result in self.results)
        )

    @property
    def changes(self) -> Count:
        """The sum over all units."""
        return total(result.changes for result in self.results)

    @property
    def changed(self) -> bool:
        """Whether any unit has, or had, changes (of outputs alone, too)."""
        return any(result.result == "succeeded" for result in self.results)

    def exit_code(self, *, detailed: bool = False) -> ExitCode:
        """The exit code; ``detailed`` tells changes (10) from none (0).

        Where all that failed did so for want of permissions it is 4.
        """
        if self.interrupted:
            return ExitCode.INTERRUPTED
        if not self.ok:
            codes = {result.exit_code for result in self.results if result.result == "failed"}
            return ExitCode.ACCESS if codes == {ExitCode.ACCESS} else ExitCode.FAILED
        return ExitCode.CHANGES if detailed and self.changed else ExitCode.OK

    def as_dict(self) -> dict[str, Any]:
        """The document of ``--json`` (docs/schemas/run.schema.json)."""
        error = {"error": self.stopped.as_dict()} if self.stopped else {}
        return {
            "schema_version": SCHEMA_VERSION,
            "command": self.command,
            "env": self.env,
            "ok": self.ok,
            **error,
            "dry_run": self.dry_run,
            "layers": [result.as_dict() for result in self.results],
            "changes": self.changes.as_dict(),
            "seconds": round(self.seconds, 2),
        }


def total(counts: Iterable[Count]) -> Count:
    """The sum of counts."""
    return sum(counts, start=NONE)
