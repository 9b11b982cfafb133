"""Carries out a run: every unit is planned, the plans are shown, one question, then each is applied in turn.

A plan is exact when nothing that it follows from is going to change in this run; that plan's file is what
gets applied. A unit that waits for one with changes has only an estimate: it is planned again at its turn,
and stops if the new plan destroys what the shown one did not. With ``--yes`` nobody looks at estimates, and
those that would need mocks are not made.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from dpctl.deploy import causes, checks, guard, obstacles
from dpctl.deploy.causes import Causes
from dpctl.deploy.failures import TerraformFailed
from dpctl.deploy.plan import RunPlan, Step
from dpctl.deploy.planned import Planned
from dpctl.deploy.progress import Progress
from dpctl.deploy.record import Record
from dpctl.deploy.result import Outcome, Result, RunReport
from dpctl.deploy.reviewed import Reviewed
from dpctl.deploy.runner import Watch
from dpctl.deploy.schedule import Schedule, Work
from dpctl.deploy.session import Session
from dpctl.deploy.units import Units
from dpctl.errors import ConfigError, DpctlError
from dpctl.terminal import Terminal

CAUSES_SHOWN = 6


@dataclass(frozen=True)
class Options:
    """How a run is carried out. ``yes`` is whether nobody will look at a preview.

    ``changed_only`` leaves out what nothing has changed for since the last run, or since the copy of the
    repository at ``since``.
    """

    parallelism: int = 2
    fail_fast: bool = False
    yes: bool = False
    resume: bool = False
    dry_run: bool = False
    changed_only: bool = False
    since: Path | None = None


@dataclass(frozen=True)
class Preview:
    """What is known of a unit before anything is applied; ``planned`` is None where it was put off."""

    result: Result
    planned: Planned | None = None

    @property
    def settled(self) -> bool:
        """Whether the unit has nothing to do, or can't do it."""
        result = self.result
        return (
            result.bad
            or result.result == "excluded"
            or (result.result == "unchanged" and not result.estimated)
        )


Confirm = Callable[[RunPlan, Mapping[str, Preview]], None]


@dataclass
class Executor:
    """One run. ``confirm`` is shown the previews and raises Declined, or returns.

    ``details`` is whether somebody will read them attribute by attribute, ``keep`` whether all of each plan
    is written down. ``reviewed`` is the plan that this run may carry out, and no other.
    """

    session: Session
    plan: RunPlan
    options: Options
    terminal: Terminal
    confirm: Confirm
    units: Units
    details: bool = False
    reviewed: Reviewed | None = None
    keep: bool = False
    previews: dict[str, Preview] = field(default_factory=dict)
    _warned: set[tuple[str, str]] = field(default_factory=set)

    def run(self) -> RunReport:
        """Carry out the plan. Raises Declined; everything else is in the report."""
        started = time.monotonic()
        self.record = Record.open(self.session.folder, self.plan.env, sandboxed=self.session.aws.sandboxed)
        with self.session.running(self.terminal.warning):
            self._preview(self._take_up())
            self._warn(preview.result for preview in self.previews.values())
            results = {layer: preview.result for layer, preview in self.previews.items()}
            if not self.previewing and not all(p.settled for p in self.previews.values()):
                if not self.session.processes.interrupted.is_set():
                    self.confirm(self.plan, self.previews)
                results = self._apply()
                self._warn(results.values())
        for log, why in self.session.terraform.not_written.items():
            self.terminal.warning(f"What Terraform said could not be written to {log}: {why}")
        return RunReport(
            command=self.plan.command,
            env=self.plan.env,
            results=tuple(results[step.layer] for step in self.plan.steps),
            seconds=time.monotonic() - started,
            interrupted=self.session.processes.interrupted.is_set(),
            dry_run=self.options.dry_run,
            scope=self.plan.scope,
        )

    @property
    def previewing(self) -> bool:
        """Whether the first pass is all there is."""
        return self.plan.command == "plan" or self.options.dry_run

    def _warn(self, results: Iterable[Result]) -> None:
        """Say what Terraform warns of, once."""
        for result in results:
            for text in result.warnings:
                if (result.layer, text) not in self._warned:
                    self._warned.add((result.layer, text))
                    self.terminal.warning(f"{self.plan.env}/{result.layer}: {text}")

    # before everything: what an earlier run left behind

    def _take_up(self) -> dict[str, Result]:
        """Bring it to an end, unit by unit; returns those where that did not go well."""
        left = [step for step in self.plan.steps if not step.excluded and self.units.left(step)]
        if not left:
            return {}

        def work(step: Step) -> Result:
            self.units.take_up(step, self._progress.watch(step))
            return Result(step.layer, "succeeded")

        nothing: frozenset[str] = frozenset()
        results = self._pass("TAKE UP", work, dict.fromkeys((s.layer for s in left), nothing), {}, left)
        return {layer: result for layer, result in results.items() if result.bad}

    # the first pass: plan everything that can be planned

    def _preview(self, settled: dict[str, Result]) -> None:
        planned: dict[str, Planned] = {}

        def work(step: Step) -> Result:
            return self._plan_unit(step, planned)

        results = self._pass("PLAN", work, self._preview_needs(), settled)
        for step in self.plan.steps:
            result = self._judge(step, results[step.layer])
            preview = Preview(result, planned.get(step.layer))
            self.previews[step.layer] = preview
            if self.plan.command == "apply" and preview.planned and preview.settled and not result.bad:
                self._remember(step, "unchanged", preview.planned.causes)

    def _preview_needs(self) -> dict[str, frozenset[str]]:
        """A plan waits for another only when that one decides whether there will be outputs at all."""
        if self.plan.command == "destroy":
            return {step.layer: frozenset() for step in self.plan.steps}
        steps = {step.layer: step for step in self.plan.steps}
        outputs = self.session.outputs
        return {
            step.layer: frozenset(name for name in step.needs if outputs(steps[name].unit.directory) is None)
            for step in self.plan.steps
        }

    def _plan_unit(self, step: Step, kept: dict[str, Planned]) -> Result:
        command = self.plan.command
        if self.reviewed is not None and (why := self.reviewed.left_out(step.layer)):
            return Result(step.layer, "excluded", why)
        if command == "destroy" and self._nothing_there(step):
            return Result(step.layer, "unchanged", "there is nothing to destroy")
        if command == "apply" and not self.previewing and self.options.yes and self._put_off(step):
            obstacles.check(step.unit.name, self.units.foresee(step).obstacles)
            return Result(step.layer, "succeeded", estimated=True)
        if command != "destroy" and (done := self._already(step)):
            return done
        planning = "destroy" if command == "destroy" else "plan"
        try:
            planned = self.units.plan(step, planning, self._progress.watch(step))
        except ConfigError as error:
            lacking = {problem.code for problem in error.problems} == {"missing-output"}
            if command == "destroy" or not lacking or not step.needs:
                raise
            # what it waits for was applied in part only, or is older than its outputs: this run comes to it
            return Result(step.layer, "succeeded", estimated=True)
        if self.details and any(change.action in ("update", "replace") for change in planned.changes):
            planned = self.units.detailed(planned)
        if self.keep and not planned.empty:
            planned = self.units.detailed(planned)
        kept[step.layer] = planned = self._as_reviewed(planned)
        reason = self._guard(planned)
        outcome: Outcome = "unchanged" if planned.empty else "succeeded"
        return Result(
            step.layer,
            outcome,
            reason,
            changes=planned.count,
            estimated=bool(planned.mocked),
            losses=planned.losses,
            warnings=planned.warnings,
        )

    def _already(self, step: Step) -> Result | None:
        """The result of a unit that need not be planned, because nothing it follows from has changed."""
        if not (self.options.resume or self.options.changed_only):
            return None
        now = self.units.causes(step)
        if self.options.since is None:
            changed = self.record.changed(step.layer, now)
        else:
            changed = causes.changed(self.units.causes_at(step, self.options.since), now)
        if not changed:
            return Result(step.layer, "unchanged", "nothing it follows from has changed")
        if self.options.changed_only:
            more = f", and {len(changed) - CAUSES_SHOWN} more" if len(changed) > CAUSES_SHOWN else ""
            self.terminal.info(f"{step.unit.name} has changed: {', '.join(changed[:CAUSES_SHOWN])}{more}")
        return None

    def _as_reviewed(self, planned: Planned, without: Collection[str] = ()) -> Planned:
        """Raise Different for a plan that is not the reviewed one, where there is one."""
        if self.reviewed is None:
            return planned
        planned = planned if planned.empty else self.units.detailed(planned)
        self.reviewed.check(planned.step.unit.name, planned.step.layer, planned.document, without)
        return planned

    def _guard(self, planned: Planned) -> str:
        """Refuse now, where the plan is exact; a mere ``plan`` says that apply would refuse."""
        try:
            self._check(planned)
        except guard.Refused as refused:
            if not self.previewing and not planned.mocked:
                raise
            return f"apply will refuse this: {refused.why}"
        return ""

    def _check(self, planned: Planned) -> None:
        """Raise Refused for a plan that takes something, destroys what holds data, or meets an obstacle."""
        session, destroying = self.session, self.plan.command == "destroy"
        checks.check(planned, session.allow_destroy, session.accept, destroying=destroying, line=session.line)

    def _nothing_there(self, step: Step) -> bool:
        state = self.session.outputs.state(step.unit)
        return state is None or state.empty

    def _put_off(self, step: Step) -> bool:
        """Whether a unit waits for one of this run that has never been applied: a plan would be a guess."""
        return any(
            self.session.outputs(other.unit.directory) is None
            for other in self.plan.steps
            if other.layer in step.needs
        )

    def _judge(self, step: Step, result: Result) -> Result:
        """What the plans of the units it waits for mean for this one's."""
        before = [self.previews[name].result for name in sorted(step.needs)]
        bad = next((other for other in before if other.bad), None)
        if bad is not None and result.result not in ("failed", "excluded", "skipped"):
            cause = bad.cause or bad.layer
            return Result(
                step.layer, "skipped", f"{step.unit.env}/{cause} failed", cause, seconds=result.seconds
            )
        moving = any(other.result == "succeeded" or other.estimated for other in before)
        if moving and self.plan.command != "destroy" and not result.bad and result.result != "excluded":
            return replace(result, estimated=True)
        return result

    # the second pass: apply, unit by unit

    def _apply(self) -> dict[str, Result]:
        settled = {layer: preview.result for layer, preview in self.previews.items() if preview.settled}
        needs = {step.layer: step.needs for step in self.plan.steps}
        verb = "DESTROY" if self.plan.command == "destroy" else "START"
        return self._pass(verb, self._apply_unit, needs, settled)

    def _apply_unit(self, step: Step) -> Result:
        preview = self.previews[step.layer]
        watch = self._progress.watch(step)
        planned = preview.planned
        if planned is None or preview.result.estimated:
            if planned is None and self.options.since is None and (same := self._already(step)):
                return replace(same, seconds=preview.result.seconds)  # the outputs it takes stayed the same
            shown = None if self.options.yes else planned
            planned = self._plan_at_its_turn(step, shown, watch)
        released = planned.staying
        if released:
            self.units.let_go(planned)
            rest = self._plan_at_its_turn(step, planned, watch, released)
            planned = replace(rest, warnings=tuple(dict.fromkeys((*planned.warnings, *rest.warnings))))
        before = preview.result.seconds
        if planned.empty and not released:
            self._remember(step, "unchanged", planned.causes)
            return Result(step.layer, "unchanged", seconds=before, warnings=planned.warnings)
        self._announce(planned)
        try:
            done = self.units.apply(planned, watch)
        except TerraformFailed as failed:
            self.record.put(step.layer, "failed", {})
            return replace(Result.of(step.layer, failed), changes=failed.count, seconds=before)
        self._settle(step, planned)
        warnings = tuple(dict.fromkeys((*planned.warnings, *done.warnings)))
        return Result(
            step.layer,
            "succeeded",
            changes=done.count,
            seconds=before,
            losses=planned.losses,
            warnings=warnings,
        )

    def _plan_at_its_turn(
        self, step: Step, shown: Planned | None, watch: Watch, without: Collection[str] = ()
    ) -> Planned:
        """Plan again, once what the unit waits for is done; raises Refused, as for the first plan."""
        planned = self.units.plan(step, self.plan.command, watch)
        if shown is not None:
            guard.check_shown(step.unit.name, shown.changes, planned.changes)
        self._check(planned)
        return self._as_reviewed(planned, without)

    def _settle(self, step: Step, planned: Planned) -> None:
        if self.plan.command == "destroy":
            self.record.put(step.layer, "destroyed", {})
            return
        self._remember(step, "succeeded", planned.causes)
        try:
            self.session.outputs.keep(step.unit)
        except DpctlError as error:  # the apply itself went well
            self.terminal.debug(f"{step.unit.name}: {error.what}")

    def _remember(self, step: Step, result: str, follows_from: Causes) -> None:
        """Write down how a unit ended. Of one that was applied in part only, the rest is still to do."""
        if not step.targets:
            self.record.put(step.layer, result, follows_from)
        elif result == "succeeded":
            self.record.put(step.layer, "partly", {})

    def _announce(self, planned: Planned) -> None:
        for missed in planned.ahead.not_seen:
            self.terminal.warning(f"What is in the way of {missed.address} can't be seen: {missed.reason}")
        for keepsake in planned.kept:
            self.terminal.detail(f"  {keepsake.line}")
        for adoption in planned.adopted:
            self.terminal.detail(f"  adopting {adoption.address} = {adoption.id}")

    def _pass(
        self,
        verb: str,
        work: Work,
        needs: Mapping[str, frozenset[str]],
        settled: dict[str, Result],
        steps: Sequence[Step] | None = None,
    ) -> dict[str, Result]:
        steps = self.plan.steps if steps is None else steps
        self._progress = Progress(self.terminal, steps, verb)
        schedule = Schedule(
            steps=steps,
            needs=needs,
            parallelism=self.options.parallelism,
            fail_fast=self.options.fail_fast,
            stop=self.session.processes.interrupted,
            tick=self._progress.tick,
            on_done=self._progress.done,
            results=settled,
        )
        with self._progress.showing():
            return schedule.run(work)
