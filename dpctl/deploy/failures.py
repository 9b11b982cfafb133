"""Why a Terraform command did not end well: in its own words, or because of the state it works on."""

from __future__ import annotations

import shlex
import signal
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from dpctl.amounts import amount
from dpctl.deploy import denials
from dpctl.deploy.changes import NONE, Diagnostic, Stream, describe
from dpctl.deploy.plan import Step
from dpctl.deploy.session import Session
from dpctl.deploy.terraform import Finished
from dpctl.deploy.workdir import WorkDir
from dpctl.errors import AwsError, DpctlError, ExitCode, Interrupted


class TerraformFailed(DpctlError):
    """Terraform refused, or could not do, what it was asked.

    ``located`` is whether it named a place in the configuration, ``addresses`` the resources it named;
    ``count`` is what it did before.
    """

    located = True
    count = NONE
    addresses: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Failures:
    """Tells what went wrong in the commands of one run."""

    session: Session

    def of(
        self,
        step: Step,
        work: WorkDir,
        stream: Stream,
        finished: Finished,
        doing: str,
    ) -> DpctlError:
        """The error of a command that did not end well, from what its stream said, or from its state."""
        if self.session.processes.interrupted.is_set():
            return Interrupted(f"terraform {doing} was interrupted.", hint=self.session.onward)
        located = any(error.located for error in stream.errors)
        if not located and (trouble := self.of_state(step, work)):
            return trouble
        why = "\n".join(self.described(work, stream.errors)) or finished.tail
        unanswered = sorted({error.address for error in stream.errors if error.unanswered})
        if unanswered:
            failed = _provider_died(unanswered, doing, why, self.session.onward)
        else:
            hint = f"less {named(work.log)}"
            failed = TerraformFailed(f"terraform {doing} {ended(finished)}.", why=why, hint=hint)
        failed.located = located
        failed.addresses = frozenset(error.address for error in stream.errors if error.address)
        failed.count = stream.applied
        return self._explained(step, failed, stream.errors)

    def _explained(
        self, step: Step, failed: TerraformFailed, errors: Sequence[Diagnostic]
    ) -> TerraformFailed:
        """A failure for want of permissions says which, and who has them listed."""
        lacking = denials.missing(errors, self.session.aws) if errors else []
        if lacking:
            failed.exit_code = ExitCode.ACCESS
            failed.what += f" You lack {amount(len(lacking), 'permission')}: {', '.join(lacking)}."
            failed.hint = f"dpctl permissions --env {step.unit.env}, for whoever grants them"
        return failed

    def warnings(self, work: WorkDir, stream: Stream) -> tuple[str, ...]:
        """What Terraform warned of, each once."""
        return tuple(dict.fromkeys(self.described(work, stream.warnings)))

    def described(self, work: WorkDir, diagnostics: Sequence[Diagnostic]) -> list[str]:
        """Errors or warnings in words, with the repository's names of files."""
        root = self.session.environment.root
        return [describe(replace(one, file=work.locate(one.file, root))) for one in diagnostics]

    def of_state(self, step: Step, work: WorkDir) -> DpctlError | None:
        """The error of a state that somebody holds, or that can't be read; None when it is not to blame."""
        states = self.session.states
        try:
            remote, _ = self.session.outputs.place(step.unit)
            lock = states.lock(remote, work.path)
            if lock is None:
                states.read(remote, work.path)
                return None
        except AwsError as refused:
            return refused
        except DpctlError:  # what Terraform says of it is better
            return None
        dpctl = "dpctl --sandbox" if self.session.aws.sandboxed else "dpctl"
        return DpctlError(
            f"The state of {step.unit.name} is locked.",
            why=f"{lock.who} holds it for {lock.operation or 'a run'}, since {lock.age(datetime.now(UTC))}.",
            hint=f"wait, or {dpctl} state unlock --env {step.unit.env} --layer {step.layer}",
        )


def _provider_died(addresses: Sequence[str], doing: str, why: str, onward: str) -> TerraformFailed:
    """What a dead provider had in hand may be done or not: only AWS knows, and the next run asks.

    ``onward`` is what goes on with the run.
    """
    named = ", ".join(address for address in addresses if address)
    if doing == "apply" and named:
        why += f"\nThis may have been done without a word: {named}. The next run looks for it."
    return TerraformFailed(
        f"The provider died during terraform {doing}: it crashed, or was killed (out of memory?).",
        why=why,
        hint=onward,
    )


def ended(finished: Finished) -> str:
    """How a process ended, in words: its exit code, or the signal that ended it."""
    if finished.code < 0:
        return f"was killed by {signal.Signals(-finished.code).name}"
    return f"failed (exit {finished.code})"


def named(path: Path) -> str:
    """A path as it can be pasted here: short below this folder, in full elsewhere."""
    here = Path.cwd()
    return shlex.quote(str(path.relative_to(here) if path.is_relative_to(here) else path))
