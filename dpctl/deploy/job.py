"""From a command line to a report: reads the tree, checks it, opens a session, carries out the run."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

from dpctl.aws import Aws
from dpctl.config import Environment
from dpctl.deploy import preflight, report, reports
from dpctl.deploy import reviewed as reviewing
from dpctl.deploy.describe import plan_lines
from dpctl.deploy.executor import Executor, Options, Preview
from dpctl.deploy.plan import Command, RunPlan, build, typed
from dpctl.deploy.result import Result, RunReport
from dpctl.deploy.reviewed import Reviewed
from dpctl.deploy.runner import Runner
from dpctl.deploy.session import Session, open_session
from dpctl.deploy.since import tree_at
from dpctl.errors import ConfigError, DpctlError
from dpctl.livetree import discover, ownership, preview
from dpctl.livetree.contract import survey
from dpctl.terminal import Terminal


@dataclass(frozen=True)
class Request:
    """What plan, apply or destroy was asked to do."""

    command: Command
    layers: tuple[str, ...] = ()
    with_dependencies: bool = False
    options: Options = field(default_factory=Options)
    terraform: str | None = None
    allow_destroy: tuple[str, ...] = ()
    accept: tuple[str, ...] = ()
    adopt: bool = True
    as_json: bool = False
    out: Path | None = None
    reviewed: Path | None = None
    report: Path | None = None
    since: str | None = None
    targets: tuple[str, ...] = ()

    def line(self, env: str) -> str:
        """The command that asks for this once more; a person is asked again."""
        options = self.options
        given = {
            "--with-dependencies": self.with_dependencies,
            "--target": self.targets,
            "--accept": self.accept,
            "--allow-destroy": self.allow_destroy,
            "--no-adopt": not self.adopt and self.command != "destroy",
            "--plan": self.reviewed,
            "--out": self.out,
            "--report": self.report,
            "--changed-only": options.changed_only,
            "--since": self.since,
            "--fail-fast": options.fail_fast,
            "--dry-run": options.dry_run,
            "--terraform": self.terraform,
        }
        return typed(self.command, env, self.layers, **given)


def read_tree(
    environment: Environment, command: Command, layers: Sequence[str], *, with_dependencies: bool
) -> RunPlan:
    """The plan of a run, from a tree that holds its contracts. Raises ConfigError, UsageError."""
    definitions, problems = survey(discover(environment.root, environment.name))
    errors = [problem for problem in problems if problem.severity == "error"]
    errors += ownership.check(environment.root, [environment.name], os.environ)
    if errors:
        raise ConfigError(errors)
    return build(command, environment.name, definitions, layers, with_dependencies=with_dependencies)


def open_checked(environment: Environment, aws: Aws, plan: RunPlan, **options: object) -> Session:
    """A session whose preflight has passed. Raises ToolMissing, AccessError, DpctlError."""
    options = {"line": plan.line, **options}
    session = open_session(environment, aws, **options)  # type: ignore[arg-type]
    if plan.active:
        remote = preview(plan.active[0].unit, environ=session.environ).remote_state
        preflight.check(environment, aws, remote, session.folder)
    return session


def run(
    request: Request, environment: Environment, connect: Callable[[], Aws], terminal: Terminal
) -> RunReport:
    """Carry out a request and print its report; ``connect`` gives AWS, or the sandbox, when it is time.

    Raises DpctlError for what stands before the run; with ``--json`` its document is printed all the same.
    """
    plan = RunPlan(request.command, environment.name, ())
    try:
        if request.report is not None:
            reports.check(request.report)
        reviewed = Reviewed.read(request.reviewed) if request.reviewed is not None else None
        plan = read_tree(
            environment, request.command, request.layers, with_dependencies=request.with_dependencies
        )
        plan = plan.aimed(request.targets)
        aws = connect()
        if reviewed is not None:
            reviewed.belongs(environment.name, environment.config.account_id, _world(aws))
        session = open_checked(
            environment,
            aws,
            plan,
            terraform=request.terraform,
            allow_destroy=request.allow_destroy,
            accept=request.accept,
            adopt=request.adopt,
            say=terminal.warning,
            line=request.line(environment.name),
            onward=f"{request.line(environment.name)} --resume",
        )
        with ExitStack() as stack:
            if request.since is not None:
                then = stack.enter_context(tree_at(environment.root.resolve(), request.since))
                request = replace(request, options=replace(request.options, since=then))
            done = _execute(request, environment, session, plan, terminal, reviewed)
    except DpctlError as error:
        if request.as_json:
            error.hint = terminal.hint(error.hint)
            terminal.json(_stopped(plan, error).as_dict())
        raise
    _show(request, done, terminal)
    return done


def _world(aws: Aws) -> str:
    return "SANDBOX" if aws.sandboxed else "AWS"


def _execute(
    request: Request,
    environment: Environment,
    session: Session,
    plan: RunPlan,
    terminal: Terminal,
    reviewed: Reviewed | None,
) -> RunReport:
    def confirm(plan: RunPlan, previews: Mapping[str, Preview]) -> None:
        if not request.as_json:
            terminal.report(
                report.preview_text(plan, previews, values=terminal.verbosity > 0) + "\n",
                report.color,
            )
        terminal.confirm(
            report.question(plan, previews, environment.config.account_id, sandboxed=session.aws.sandboxed),
            yes=request.options.yes,
            as_json=request.as_json,
            word=plan.env if plan.command == "destroy" else "",
        )

    executor = Executor(
        session=session,
        plan=plan,
        options=request.options,
        terminal=terminal,
        confirm=confirm,
        units=Runner(session),
        details=not request.as_json or request.report is not None,
        reviewed=reviewed,
        keep=request.out is not None,
    )
    for unit in plan.left:
        state = session.outputs.state(unit)
        if state is not None and not state.empty:
            terminal.warning(f"{unit.name} stays, and depends on what would be destroyed.")
    done = executor.run()
    if executor.previewing and not request.as_json:
        terminal.report(
            report.preview_text(plan, executor.previews, values=terminal.verbosity > 0) + "\n",
            report.color,
        )
    _write(request, environment, session, executor, done)
    return done


def _write(
    request: Request, environment: Environment, session: Session, executor: Executor, done: RunReport
) -> None:
    """The files that were asked for: a plan to be reviewed, a report."""
    details = {
        layer: "\n".join(plan_lines(preview.planned)) if preview.planned else ""
        for layer, preview in executor.previews.items()
    }
    if request.report is not None:
        reports.write(request.report, done.as_dict(), details)
    if request.out is not None:
        layers = {
            layer: reviewing.layer(
                layer, preview.result, preview.planned.document if preview.planned else None
            )
            for layer, preview in executor.previews.items()
        }
        config = environment.config
        made = Reviewed(environment.name, config.account_id, _world(session.aws), layers)
        made.write(request.out, reports.as_markdown(done.as_dict(), details))


def _show(request: Request, done: RunReport, terminal: Terminal) -> None:
    for failure in report.failures(done):
        terminal.error(failure)
    if request.as_json:
        terminal.json(done.as_dict())
    else:
        terminal.data(f"{report.table(done)}\n\n{report.summary(done)}", report.color)


def _stopped(plan: RunPlan, error: DpctlError) -> RunReport:
    results = tuple(Result(step.layer, "skipped", error.what) for step in plan.steps)
    return RunReport(plan.command, plan.env, results, stopped=error)
