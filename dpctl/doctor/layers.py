"""Applies layers for a fix, as ``dpctl apply`` does; what it says goes to stderr, beside the report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from dpctl.errors import DpctlError

if TYPE_CHECKING:
    from dpctl.aws import Aws
    from dpctl.config import Environment
    from dpctl.deploy.executor import Preview
    from dpctl.deploy.plan import RunPlan
    from dpctl.deploy.session import Session
    from dpctl.terminal import Terminal


class LayerFailed(DpctlError):
    """A layer of the fix could not be applied."""


@dataclass(frozen=True)
class Applier:
    """Applies layers, and those they need that have never been applied."""

    environment: Environment
    aws: Aws
    terminal: Terminal
    yes: bool

    def __call__(self, layers: tuple[str, ...], targets: tuple[str, ...], accept: tuple[str, ...]) -> None:
        """Apply them, only ``targets`` of a layer that has some; say what else is pending there.

        ``accept`` names the losses that are accepted (deploy.md, "Losses"). Raises LayerFailed, Declined.
        """
        from dpctl.config import load_environment
        from dpctl.deploy.job import open_checked, read_tree

        # env.yaml may just have been changed
        fresh = replace(self, environment=load_environment(self.environment.root, self.environment.name))
        plan = read_tree(fresh.environment, "apply", layers, with_dependencies=True)
        session = open_checked(fresh.environment, self.aws, plan, accept=accept, say=self.terminal.warning)
        needed = [
            step.layer
            for step in plan.steps
            if step.layer in layers or session.outputs(step.unit.directory) is None
        ]
        plan = read_tree(fresh.environment, "apply", needed, with_dependencies=False)
        plan = plan.aimed(fresh.possible(session, plan, targets))
        fresh.carry_out(session, plan)
        for layer in (step.layer for step in plan.steps if step.targets):
            fresh.pending(session, layer)

    def never_applied(self, layers: tuple[str, ...]) -> frozenset[str]:
        """Those of the layers, and of the layers that they need, that have no state.

        Raises DpctlError where a state can't be read.
        """
        from dpctl.deploy.job import read_tree
        from dpctl.deploy.show import applied

        steps = read_tree(self.environment, "apply", layers, with_dependencies=True).steps
        return frozenset(step.layer for step in steps if not applied(self.environment, self.aws, step.layer))

    def possible(self, session: Session, plan: RunPlan, targets: tuple[str, ...]) -> list[str]:
        """The targets, without those of a layer that has no outputs yet and whose outputs others need."""
        whole = {
            step.layer: users
            for step in plan.steps
            if session.outputs(step.unit.directory) is None
            and (users := [other.layer for other in plan.steps if step.layer in other.needs])
        }
        for layer in sorted({one.partition(":")[0] for one in targets} & whole.keys()):
            self.terminal.info(f"{layer} is applied whole: {', '.join(whole[layer])} needs what it gives.")
        return [one for one in targets if one.partition(":")[0] not in whole]

    def carry_out(self, session: Session, plan: RunPlan) -> None:
        """Show the plans, ask, and apply them."""
        from dpctl.deploy import report
        from dpctl.deploy.executor import Executor, Options
        from dpctl.deploy.runner import Runner

        def confirm(plan: RunPlan, previews: Mapping[str, Preview]) -> None:
            self.terminal.info(report.preview_text(plan, previews, values=self.terminal.verbosity > 0))
            account = self.environment.config.account_id
            asked = report.question(plan, previews, account, sandboxed=self.aws.sandboxed)
            self.terminal.confirm(asked, yes=self.yes)

        options = Options(yes=self.yes)
        done = Executor(session, plan, options, self.terminal, confirm, Runner(session), details=False).run()
        self.terminal.info(report.summary(done))
        if not done.ok:
            failed = [one for one in done.results if one.bad]
            raise LayerFailed(
                f"The layers {', '.join(one.layer for one in failed)} were not applied.",
                why="\n".join(one.reason for one in failed if one.reason),
                hint=f"dpctl apply --env {self.environment.name} --layer {failed[0].layer}",
            )

    def pending(self, session: Session, layer: str) -> None:
        """Say what else env.yaml asks of a layer. It was not asked about, so nothing of it is done."""
        from dpctl.deploy.executor import Executor, Options
        from dpctl.deploy.job import read_tree
        from dpctl.deploy.runner import Runner

        command = f"dpctl apply --env {self.environment.name} --layer {layer}"
        try:
            plan = read_tree(self.environment, "plan", [layer], with_dependencies=False)
            executor = Executor(session, plan, Options(), self.terminal, lambda *_: None, Runner(session))
            [result] = executor.run().results
        except DpctlError as error:
            self.terminal.warning(f"What else is pending in {layer} can't be said: {error.what}")
            return
        if result.bad:
            reason = result.reason.partition("\n")[0]
            self.terminal.warning(f"What else is pending in {layer} can't be said: {reason}")
        elif result.changes.any:
            what = f"{layer} has more that env.yaml asks for, and none of it was done: {result.changes}"
            self.terminal.info(f"{what}\n  $ {command}")
        else:
            self.terminal.info(f"Nothing else is pending in {layer}.")
