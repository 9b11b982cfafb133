"""One unit with Terraform: evaluate, work directory, init, plan to a file, adopt, apply exactly that file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from dpctl.deploy import (
    adopt,
    foresight,
    imported,
    keepsakes,
    losses,
    obstacles,
    ours,
    preflight,
    takeover,
    takeup,
    workdir,
)
from dpctl.deploy.causes import Causes
from dpctl.deploy.causes import find as find_causes
from dpctl.deploy.changes import Stream
from dpctl.deploy.failures import Failures, TerraformFailed
from dpctl.deploy.init import Init
from dpctl.deploy.plan import Step
from dpctl.deploy.planned import Applied, Planned
from dpctl.deploy.session import Session
from dpctl.deploy.takeback import take_back
from dpctl.deploy.terraform import Finished
from dpctl.deploy.workdir import WorkDir
from dpctl.errors import ConfigError, DpctlError
from dpctl.livetree import Evaluation, Unit, evaluate, shell
from dpctl.livetree.discovery import unit_at

NO_CHANGES, CHANGES = 0, 2  # what plan -detailed-exitcode says
ADOPT_ROUNDS = 4
TAKES_NOTHING = frozenset({"create", "import", "move", "noop", "read"})

Watch = Callable[[str, Stream], None]


class Runner:
    """Plans and applies single units. Safe to use from several threads, one unit in each.

    ``imports`` is whether an imports.tf beside a unit counts.
    """

    def __init__(self, session: Session, *, imports: bool = True) -> None:
        self.session = session
        self.imports = imports
        self._init = Init(session)
        self._failures = Failures(session)
        self._said: set[tuple[str, str]] = set()

    def evaluate(self, step: Step, command: str) -> Evaluation:
        """Evaluate a unit with what its dependencies give now. Raises ConfigError.

        For destroy, what a dependency gave last will do, and so will mocks: the unit's own state says what
        there is to destroy.
        """
        outputs = self.session.outputs
        environ = self.session.environ
        if command != "destroy":
            return evaluate(step.unit, command=command, outputs=outputs, environ=environ)
        try:
            return evaluate(step.unit, command=command, outputs=outputs.or_last_known, environ=environ)
        except ConfigError:
            return evaluate(step.unit, command="plan", outputs=outputs.or_last_known, environ=environ)

    def causes(self, step: Step) -> Causes:
        """What a unit's plan follows from, hashed; empty while a dependency is not applied."""
        evaluation = self.evaluate(step, "plan")
        return {} if evaluation.mocked else self._causes(evaluation)

    def causes_at(self, step: Step, root: Path) -> Causes:
        """The same for the unit in another copy of the repository, with the outputs of this one."""
        here = self.session.environment.root.resolve()
        unit = unit_at(root, root / step.unit.directory.resolve().relative_to(here))
        if unit is None:
            return {}
        outputs = lambda folder: self.session.outputs(here / folder.relative_to(root))  # noqa: E731
        try:
            found = evaluate(unit, command="plan", outputs=outputs, environ=self.session.environ)
            return self._causes(found)
        except ConfigError:
            return {}  # it could not be read then: all of it is new

    def _causes(self, evaluation: Evaluation) -> Causes:
        return find_causes(
            evaluation.unit,
            evaluation.source,
            evaluation.inputs,
            outside=shell.inputs(self.session.environ),
            terraform=self.session.terraform.signature,
            account=self.session.terraform.account,
        )

    def plan(self, step: Step, command: str, watch: Watch) -> Planned:
        """Plan one unit to a file in its work directory.

        ``command`` is ``plan`` (mocks may be used), ``apply`` or ``destroy``. Raises TerraformFailed,
        ConfigError.
        """
        destroying = command == "destroy"
        planned = self._planned(step, command, ("-destroy",) if destroying else _aim(step), watch)
        if not destroying:
            inventory = adopt.Inventory(self.session.aws, self.session.environment.config.account_id)
            if self.session.adopt:
                planned = self._adopt(planned, inventory, watch)
            planned = take_back(planned, self.session, lambda one: self._again(one, watch))
            planned = self._look_ahead(planned, inventory)
            planned = self._on_target(planned)
        planned = self._losses(planned, destroying=destroying)
        return replace(planned, causes=self._causes(planned.evaluation))

    def _losses(self, planned: Planned, *, destroying: bool) -> Planned:
        """What a plan takes from the account; a plan that only creates takes nothing, and is not read."""
        if all(change.action in TAKES_NOTHING for change in planned.changes):
            return planned
        planned = self.detailed(planned)
        before = self._record(planned.evaluation, planned.work.path).read()
        kept = keepsakes.find(planned.document, self.session.aws, self._assets)
        named = (self.session.accept, self.session.allow_destroy)
        layer = planned.step.layer
        staying = frozenset() if destroying else ours.let_go(planned.document, before, layer, named)
        found = losses.find(planned.document, before, destroying=destroying, staying=staying)
        found = found if destroying else takeover.early(planned.document, found)
        may_go = ours.roles_that_may_go(planned.document, before)
        return replace(planned, losses=found, kept=kept, may_go=may_go).let_go_of(staying)

    def let_go(self, planned: Planned) -> None:
        """Make Terraform forget what a plan would delete and is to stay. Raises DpctlError."""
        unit, addresses = planned.step.unit, sorted(planned.staying)
        finished = self._change_state(unit, planned.work, "state", "rm", *addresses)
        if finished.code != 0:
            raise DpctlError(
                f"{unit.name}: Terraform could not let go of {', '.join(addresses)}.", why=finished.tail
            )
        self._record(planned.evaluation, planned.work.path).add(released=addresses)

    @property
    def _assets(self) -> str:
        environment = self.session.environment
        return environment.resource(environment.config.storage.glue_assets_bucket)

    def _record(self, evaluation: Evaluation, place: Path) -> imported.Record:
        """What earlier runs wrote down of a unit whose work directory is ``place``."""
        name, remote = evaluation.unit.name, evaluation.remote_state
        return imported.record(self.session.aws, self._assets, name, remote, place)

    def foresee(self, step: Step) -> obstacles.Outlook:
        """What is in the way of a unit that can't be planned yet."""
        environment = self.session.environment
        return foresight.look(
            environment, step.layer, adopt.Inventory(self.session.aws, environment.config.account_id)
        )

    def refresh(self, step: Step, watch: Watch) -> Planned:
        """Plan nothing but what the account has changed behind the state's back."""
        return self._planned(step, "plan", ("-refresh-only",), watch)

    def left(self, step: Step) -> bool:
        """Whether an earlier run left something of a unit to take up."""
        return takeup.leftovers(self.session, step.unit)

    def take_up(self, step: Step, watch: Watch) -> None:
        """Bring to an end what an earlier run left of a unit.

        Raises Interrupted, and DpctlError for a state that can't be brought to where it belongs.
        """
        kept = takeup.TakeUp(self.session, step.unit, watch).run()
        if kept is not None:
            work = self._prepare(self.evaluate(step, "plan"), imports=False)
            self._init.run(step, work, watch)
            self._push(step, work, kept)

    def untaint(self, step: Step, addresses: Sequence[str]) -> Iterator[str]:
        """Make Terraform trust resources whose making failed half way: they stay, and are put right.

        Yields each that is trusted. Raises DpctlError for one that the state has not, or trusts already.
        """
        work = self._prepare(self.evaluate(step, "plan"), imports=False)
        self._init.run(step, work, lambda _phase, _stream: None)
        for address in addresses:
            finished = self._change_state(step.unit, work, "untaint", "-no-color", address)
            if finished.code != 0:
                raise DpctlError(
                    f"{step.unit.name}: Terraform did not take the mark off {address}.",
                    why=finished.tail,
                    hint=f"dpctl plan --layer {step.layer}, which marks those that are",
                )
            yield address

    def _push(self, step: Step, work: WorkDir, kept: Path) -> None:
        """Bring a state that Terraform could not write to where it belongs; Terraform checks its lineage."""
        finished = self._change_state(step.unit, work, "state", "push", str(kept))
        if finished.code != 0:
            raise DpctlError(
                f"The state of {step.unit.name} is behind what was done, and could not be written.",
                why=f"Terraform keeps it in {kept}; the next run pushes it first.\n{finished.tail}",
                hint=f"{self.session.onward}, once the state can be reached",
            )
        kept.unlink()
        self.session.say(f"{step.unit.name}: wrote the state that an earlier apply could not write.")

    def _change_state(self, unit: Unit, work: WorkDir, *arguments: str) -> Finished:
        """Run a command on a state; what a unit gave before is not known any more."""
        finished = self.session.terraform.stream(arguments, work=work, on_event=lambda _event: None)
        self.session.outputs.forget(unit)
        return finished

    def _say_once(self, unit: Unit, about: str, text: str) -> None:
        if (unit.name, about) not in self._said:
            self._said.add((unit.name, about))
            self.session.say(f"{unit.name}: {text}")

    def _prepare(self, evaluation: Evaluation, *, imports: bool) -> WorkDir:
        session, unit = self.session, evaluation.unit
        for name in sorted(shell.inputs(session.environ).keys() & evaluation.inputs.keys()):
            self._say_once(unit, name, f"TF_VAR_{name} of the shell wins over the input {name}.")
        beside = unit.directory / workdir.BESIDE
        elsewhere = imports and adopt.belongs_elsewhere(beside, session.terraform.account)
        if elsewhere:
            self._say_once(unit, workdir.BESIDE, f"passed over {workdir.BESIDE}, whose ids are of a sandbox.")
        counts = imports and not elsewhere and not self._let_go_of(evaluation, beside)
        return workdir.prepare(
            session.folder,
            evaluation,
            session.environ,
            sandboxed=session.aws.sandboxed,
            imports=counts,
        )

    def _let_go_of(self, evaluation: Evaluation, beside: Path) -> bool:
        """Whether import blocks name what was let go of: Terraform takes none for what is not configured."""
        targets = adopt.targets(beside)
        if not targets:
            return False
        unit, sandboxed = evaluation.unit, self.session.aws.sandboxed
        place = workdir.location(self.session.folder, unit, evaluation.source, sandboxed=sandboxed).path
        gone = targets & self._record(evaluation, place).read().released
        if gone:
            names = f"which names {min(gone)}; that was let go of. The file may go."
            self._say_once(unit, "released", f"passed over {workdir.BESIDE}, {names}")
        return bool(gone)

    def _planned(self, step: Step, command: str, flags: Sequence[str], watch: Watch) -> Planned:
        session = self.session
        if self.left(step):
            self.take_up(step, watch)
        evaluation = self.evaluate(step, command)
        work = self._prepare(evaluation, imports=self.imports and command != "destroy")
        fresh = self._init.run(step, work, watch)
        try:
            return self._plan(step, work, evaluation, flags, watch)
        except TerraformFailed as failed:
            if fresh or failed.located:
                raise
        # nothing in the configuration is to blame: the init that was skipped was needed after all
        remote = evaluation.remote_state
        preflight.check(session.environment, session.aws, remote, session.folder, again=True)
        self._init.run(step, work, watch, force=True)
        return self._plan(step, work, evaluation, flags, watch)

    def apply(self, planned: Planned, watch: Watch) -> Applied:
        """Apply the file that was planned, nothing else. Raises TerraformFailed with what was done so far."""
        back = planned.work.traces.made().things.keys()  # what an apply of ours made, and was killed
        adopted = [c.address for c in planned.changes if c.imported and c.address not in back]
        record = self._record(planned.evaluation, planned.work.path)
        remembered = record.add(adopted)
        keepsakes.save(planned.kept, self.session.aws)
        stream = Stream(total=sum(2 if c.action == "replace" else 1 for c in planned.changes if c.moves))
        arguments = ["apply", "-json", "-input=false", workdir.PLAN]
        finished = self._run(arguments, planned.work, stream, "applying", watch)
        self._write_down(record, () if remembered else adopted, {*stream.made, *back})
        self.session.outputs.forget(planned.step.unit)
        (planned.work.path / workdir.PLAN).unlink(missing_ok=True)
        if finished.code != 0:
            self._mind(planned)
            raise self._failures.of(planned.step, planned.work, stream, finished, "apply")
        (planned.work.path / workdir.IMPORTS).unlink(missing_ok=True)
        return Applied(stream.count, self._failures.warnings(planned.work, stream))

    def _write_down(self, record: imported.Record, adopted: Iterable[str], made: Iterable[str]) -> None:
        """Remember what an apply made. Without that it counts as the owner's, so it is no reason to fail."""
        try:
            record.add(adopted, made)
        except DpctlError as error:
            self.session.say(f"What was made is not written down: {error.what} {error.why}".strip())

    def _mind(self, planned: Planned) -> None:
        """After an apply that went wrong: its state first. Raises DpctlError when it can't be written."""
        traces = planned.work.traces
        kept = takeup.rescue(traces, {planned.work.path}, self.session.terraform.account)
        if kept is not None:
            self._push(planned.step, planned.work, kept)

    def detailed(self, planned: Planned) -> Planned:
        """The plan with what ``terraform show -json`` says of it; that loads the provider, so only once."""
        if planned.document is not None:
            return planned
        return replace(planned, document=self._show(planned.work))

    def _show(self, work: WorkDir) -> Any:
        return self.session.terraform.document(["show", "-json", workdir.PLAN], work=work)

    def _plan(
        self, step: Step, work: WorkDir, evaluation: Evaluation, flags: Sequence[str], watch: Watch
    ) -> Planned:
        stream = Stream()
        arguments = ["plan", "-json", "-input=false", "-detailed-exitcode", f"-out={workdir.PLAN}", *flags]
        finished = self._run(arguments, work, stream, "planning", watch)
        if finished.code not in (NO_CHANGES, CHANGES):
            raise self._failures.of(step, work, stream, finished, "plan")
        (work.path / workdir.PLAN).chmod(0o600)  # plans hold secrets
        return Planned(
            step=step,
            work=work,
            evaluation=evaluation,
            empty=finished.code == NO_CHANGES,
            changes=tuple(stream.changes),
            drift=tuple(stream.drift),
            count=stream.count,
            warnings=self._failures.warnings(work, stream),
        )

    def _again(self, planned: Planned, watch: Watch) -> Planned:
        return self._plan(planned.step, planned.work, planned.evaluation, _aim(planned.step), watch)

    def _adopt(self, planned: Planned, inventory: adopt.Inventory, watch: Watch) -> Planned:
        """Turn creations of what exists already into imports.

        What an import brings to light (a bucket's id) may show more that exists, so this goes round until
        nothing is left to look for.
        """
        search = adopt.Search(inventory)
        for _ in range(ADOPT_ROUNDS):
            if not search.worthwhile(planned.changes):
                break
            watch("looking for what exists", Stream())
            document = self._show(planned.work)
            found = search.look(document)
            planned = replace(planned, document=document, unknown=search.not_adopted)
            if not found:
                break
            adopt.write_imports(planned.work.path / workdir.IMPORTS, search.adopted)
            again = self._again(planned, watch)
            planned = replace(again, adopted=search.adopted)
        return replace(planned, unknown=search.not_adopted)

    def _look_ahead(self, planned: Planned, inventory: adopt.Inventory) -> Planned:
        """Look for what would be in the way of an apply; not with mocks, whose names are made up."""
        if planned.mocked or not obstacles.worthwhile(planned.changes):
            return planned
        planned = self.detailed(planned)
        settings = f"live/{planned.step.unit.env}/env.yaml"
        return replace(planned, ahead=obstacles.look(planned.document, inventory, settings))

    def _on_target(self, planned: Planned) -> Planned:
        """Say which targets there are not: Terraform plans nothing for them, and finds nothing wrong."""
        if not planned.step.targets:
            return planned
        planned = self.detailed(planned)
        known = [str(one["address"]) for one in (planned.document or {}).get("resource_changes") or []]
        for target in planned.step.targets:
            if not any(f"{one}.".startswith((f"{target}.", f"{target}[")) for one in known):
                text = f"--target {target} is nothing that this layer has or would make."
                self._say_once(planned.step.unit, target, text)
        return planned

    def _run(
        self, arguments: Sequence[str], work: WorkDir, stream: Stream, phase: str, watch: Watch
    ) -> Finished:
        def on_event(event: Any) -> None:
            stream.take(event)
            watch(phase, stream)

        watch(phase, stream)
        return self.session.terraform.stream(arguments, work=work, on_event=on_event)


def _aim(step: Step) -> tuple[str, ...]:
    """The flags that plan nothing but a step's targets, and what they need."""
    return tuple(f"-target={address}" for address in step.targets)
