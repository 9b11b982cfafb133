"""``dpctl adopt``: plans units as if nothing were in their state's way, and writes down what exists."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dpctl import SCHEMA_VERSION
from dpctl.deploy import adopt, picture, settle, workdir
from dpctl.deploy.plan import RunPlan, Step
from dpctl.deploy.planned import Planned
from dpctl.deploy.progress import Progress
from dpctl.deploy.report import failures
from dpctl.deploy.result import Result, RunReport
from dpctl.deploy.runner import Runner
from dpctl.deploy.schedule import Schedule
from dpctl.deploy.session import Session
from dpctl.errors import UsageError
from dpctl.terminal import Terminal


@dataclass(frozen=True)
class Found:
    """What of one unit exists already. ``created`` counts what the plan would still create."""

    unit: str
    layer: str
    file: Path
    adopted: tuple[adopt.Adoption, ...] = ()
    not_adopted: tuple[adopt.NotAdopted, ...] = ()
    created: int = 0


@dataclass
class Adopting:
    """Looks through the units of a plan, some at a time."""

    session: Session
    plan: RunPlan
    terminal: Terminal
    parallelism: int = 2
    found: dict[str, Found] = field(default_factory=dict)

    def look(self) -> Mapping[str, Result]:
        """Search every unit; ``found`` holds what there is. Failures are in the results, and said."""
        runner = Runner(self.session, imports=False)
        progress = Progress(self.terminal, self.plan.steps, "LOOK")

        def work(step: Step) -> Result:
            planned = runner.plan(step, "plan", progress.watch(step))
            self.found[step.layer] = _found(step, planned)
            return Result(step.layer, "succeeded", estimated=bool(planned.mocked))

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
        for failure in failures(RunReport("adopt", self.plan.env, tuple(results.values()))):
            self.terminal.error(failure)
        return results

    @property
    def units(self) -> tuple[Found, ...]:
        """What was found, in the order of the plan."""
        return tuple(self.found[step.layer] for step in self.plan.steps if step.layer in self.found)


def _found(step: Step, planned: Planned) -> Found:
    return Found(
        unit=step.unit.name,
        layer=step.layer,
        file=step.unit.directory / workdir.BESIDE,
        adopted=planned.adopted,
        not_adopted=planned.unknown,
        created=planned.count.add,
    )


@dataclass(frozen=True)
class SettingsChange:
    """What env.yaml should say of the account. ``after`` is the file's new text, empty without a change.

    ``hidden`` are settings that are incomplete in it, for the rest holds secrets.
    """

    file: Path
    settings: tuple[settle.Setting, ...] = ()
    hidden: tuple[settle.Setting, ...] = ()
    before: str = ""
    after: str = ""

    def as_dicts(self) -> list[dict[str, Any]]:
        """The entries of ``settings`` in ``adopt --json``."""
        return [{"key": ".".join(one.path), "value": one.value, "reason": one.why} for one in self.settings]

    def left_out(self) -> list[dict[str, Any]]:
        """The entries of ``left_out`` in ``adopt --json``."""
        return [{"key": ".".join(one.path), "names": list(one.hidden)} for one in self.hidden]

    def diff(self) -> str:
        """The change as a person reviews it, with a line for each reason; empty without one."""
        return self._change() + self._words()

    def _words(self) -> str:
        lines = [f"  {one['key']}: {name}" for one in self.left_out() for name in one["names"]]
        if not lines:
            return ""
        words = "looks like a secret, and is not written; what is missing shows as a loss in the plan"
        return "\n\n" + "\n".join([f"In the account, what {words}:", *lines])

    def _change(self) -> str:
        if not self.settings:
            return ""
        reasons = "\n".join(f"  {'.'.join(one.path)}: {one.why}" for one in self.settings)
        changed = settle.diff(self.before, self.after, self.file.name)
        return f"\n\n{self.file.name} does not say yet:\n{reasons}\n\n{changed}"


def compare(session: Session) -> SettingsChange:
    """What env.yaml should say of the account, and does not. Raises AwsError."""
    environment = session.environment
    inventory = adopt.Inventory(session.aws, environment.config.account_id)
    seen = picture.take(environment, inventory)
    found, hidden = settle.settings(environment, seen), tuple(settle.hidden(environment, seen))
    if not found:
        return SettingsChange(environment.file, hidden=hidden)
    before = environment.file.read_text(encoding="utf-8")
    return SettingsChange(environment.file, tuple(found), hidden, before, settle.rewrite(before, found))


def write(found: Found, account: str = "") -> bool:
    """Write imports.tf beside a unit, or take away one that is done with; whether a file is there now.

    ``account`` is the mark of the sandbox that was looked through; empty for AWS.
    Raises UsageError when the file is there and somebody else wrote it.
    """
    ours = not found.file.exists() or found.file.read_text(encoding="utf-8").startswith(adopt.HEADER)
    if not ours:
        raise UsageError(
            f"{found.unit} has an imports.tf that dpctl did not write.",
            why="It would be overwritten.",
            hint="rename it; every .tf file beside terragrunt.hcl counts",
            file=found.file,
        )
    if found.adopted:
        adopt.write_imports(found.file, found.adopted, account)
        return True
    found.file.unlink(missing_ok=True)
    return False


def document(env: str, units: tuple[Found, ...], root: Path, *, ok: bool) -> dict[str, Any]:
    """The document of ``adopt --json`` (docs/schemas/adopt.schema.json)."""
    return {
        "schema_version": SCHEMA_VERSION,
        "env": env,
        "ok": ok,
        "layers": [
            {
                "layer": found.layer,
                "file": str(found.file.relative_to(root)),
                "adopted": [{"address": a.address, "type": a.type, "id": a.id} for a in found.adopted],
                "not_adopted": [
                    {"address": n.address, "type": n.type, "reason": n.reason} for n in found.not_adopted
                ],
            }
            for found in units
        ],
    }


def text(units: tuple[Found, ...]) -> str:
    """The same for a person."""
    lines = []
    for found in units:
        lines.append(f"{found.unit}: {len(found.adopted)} exist already, {found.created} to create")
        lines += [f"  <= {item.address} = {item.id}  ({item.title})" for item in found.adopted]
        lines += [f"   ! {item.address}: {item.reason}" for item in found.not_adopted]
    return "\n".join(lines)
