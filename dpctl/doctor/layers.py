"""Applies layers for a fix, as ``dpctl apply`` does; what it says goes to stderr, beside the report."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from dpctl.errors import DpctlError

if TYPE_CHECKING:
    from dpctl.aws import Aws
    from dpctl.config import Environment
    from dpctl.deploy.executor import Preview
    from dpctl.deploy.plan import RunPlan
    from dpctl.terminal import Terminal


class LayerFailed(DpctlError):
    """A layer of the fix could not be applied."""


def applier(
    environment: Environment, aws: Aws, terminal: Terminal, *, yes: bool
) -> Callable[[tuple[str, ...], tuple[str, ...]], None]:
    """A function that applies layers, and those they need that have never been applied.

    Its second argument names the losses that are accepted (deploy.md, "Losses").
    """

    def apply(layers: tuple[str, ...], accept: tuple[str, ...]) -> None:
        from dpctl.config import load_environment
        from dpctl.deploy import report
        from dpctl.deploy.executor import Executor, Options
        from dpctl.deploy.job import open_checked, read_tree
        from dpctl.deploy.runner import Runner

        fresh = load_environment(environment.root, environment.name)  # env.yaml may just have been changed
        plan = read_tree(fresh, "apply", layers, with_dependencies=True)

        def confirm(plan: RunPlan, previews: Mapping[str, Preview]) -> None:
            terminal.info(report.preview_text(plan, previews, values=terminal.verbosity > 0))
            account = fresh.config.account_id
            terminal.confirm(report.question(plan, previews, account, sandboxed=aws.sandboxed), yes=yes)

        session = open_checked(fresh, aws, plan, accept=accept, say=terminal.warning)
        options = Options(yes=yes)
        done = Executor(session, plan, options, terminal, confirm, Runner(session), details=False).run()
        terminal.info(report.summary(done))
        if not done.ok:
            failed = [one for one in done.results if one.bad]
            raise LayerFailed(
                f"The layers {', '.join(one.layer for one in failed)} were not applied.",
                why="\n".join(one.reason for one in failed if one.reason),
                hint=f"dpctl apply --env {environment.name} --layer {failed[0].layer}",
            )

    return apply
