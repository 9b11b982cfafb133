"""Looks for drift in the units of a plan, some at a time."""

from __future__ import annotations

from dataclasses import dataclass, field

from dpctl.deploy import drift
from dpctl.deploy.plan import RunPlan, Step
from dpctl.deploy.progress import Progress
from dpctl.deploy.report import failures
from dpctl.deploy.result import Result, RunReport
from dpctl.deploy.runner import Runner
from dpctl.deploy.schedule import Schedule
from dpctl.deploy.session import Session
from dpctl.terminal import Terminal


@dataclass
class Refresh:
    """One search. ``ignore`` holds the patterns of the command line."""

    session: Session
    plan: RunPlan
    terminal: Terminal
    ignore: tuple[str, ...] = ()
    parallelism: int = 2
    found: dict[str, drift.LayerDrift] = field(default_factory=dict)

    @property
    def layers(self) -> tuple[drift.LayerDrift, ...]:
        """What was found, in the order of the plan."""
        return tuple(self.found[step.layer] for step in self.plan.steps if step.layer in self.found)

    def look(self) -> bool:
        """Search every unit; whether all could be searched. What went wrong is said."""
        progress = Progress(self.terminal, self.plan.steps, "REFRESH")
        runner = Runner(self.session)

        def work(step: Step) -> Result:
            self.found[step.layer] = self._unit(runner, step, progress)
            return Result(step.layer, "succeeded" if self.found[step.layer].drifted else "unchanged")

        schedule = Schedule(
            steps=self.plan.steps,
            needs={step.layer: frozenset() for step in self.plan.steps},
            parallelism=self.parallelism,
            fail_fast=False,
            stop=self.session.processes.interrupted,
            tick=progress.tick,
            on_done=progress.done,
        )
        with self.session.running(self.terminal.warning), progress.showing():
            results = schedule.run(work)
        report = RunReport("drift", self.plan.env, tuple(results.values()))
        for failure in failures(report):
            self.terminal.error(failure)
        return report.ok

    def _unit(self, runner: Runner, step: Step, progress: Progress) -> drift.LayerDrift:
        state = self.session.outputs.state(step.unit)
        if state is None or state.empty:
            return drift.LayerDrift(step.layer, applied=False)
        planned = runner.refresh(step, progress.watch(step))
        if not planned.drift:
            return drift.LayerDrift(step.layer, applied=True)
        ignored = drift.read_ignored(step.unit.directory, self.ignore)
        drifted, accepted = drift.find(runner.detailed(planned).document, ignored)
        return drift.LayerDrift(step.layer, applied=True, drifted=drifted, ignored=accepted)
