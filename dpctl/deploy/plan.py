"""A run as data: which units, in which wave, and what each waits for. Carrying it out is the executor's job.

Order: a unit comes after every unit it depends on; among equals, by layer. Destroy takes the same waves from
the back. A unit outside of the selection counts as done.
"""

from __future__ import annotations

import shlex
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from dpctl.deploy.named import split
from dpctl.errors import UsageError
from dpctl.graph import Graph
from dpctl.livetree import Definition, Unit

Command = Literal["plan", "apply", "destroy"]


def typed(command: str, env: str, layers: Iterable[str] | None = None, **options: object) -> str:
    """A command as it is typed; of ``options``, by their names, those that were given.

    True is an option without a value; one with a list of values is repeated.
    """
    words = ["dpctl", command, "--env", env]
    for name, value in {"--layer": list(layers or ()), **options}.items():
        if value is True:
            words.append(name)
        elif isinstance(value, (list, tuple)):
            words += [word for one in value for word in (name, str(one))]
        elif value:
            words += [name, str(value)]
    return shlex.join(words)


@dataclass(frozen=True)
class Step:
    """One unit's turn. ``needs`` names the layers of this run that come first (for destroy: the dependents).

    ``excluded`` says why the unit does not run; empty when it does. ``targets`` are the addresses that alone
    are planned, with what they need; none: all of the unit.
    """

    unit: Unit
    definition: Definition
    wave: int
    needs: frozenset[str] = frozenset()
    excluded: str = ""
    targets: tuple[str, ...] = ()

    @property
    def layer(self) -> str:
        """What results and messages call the step."""
        return self.unit.layer


@dataclass(frozen=True)
class RunPlan:
    """All steps of one command, in order.

    ``left`` are the units that a destroy would leave behind without what they depend on; ``whole`` is whether
    the steps are all units of the environment.
    """

    command: Command
    env: str
    steps: tuple[Step, ...]
    left: tuple[Unit, ...] = ()
    whole: bool = True

    @property
    def line(self) -> str:
        """The command that does this run."""
        layers = [step.layer for step in self.steps]
        targets = [f"{step.layer}:{one}" for step in self.steps for one in step.targets]
        return typed(self.command, self.env, layers, **{"--target": targets})

    @property
    def scope(self) -> tuple[str, ...]:
        """What alone the run can speak of, by its names; empty: the whole environment.

        What stays out of a destroy is not there to go, but of what stays out of a plan nothing is known.
        """
        steps = self.steps if self.command == "destroy" else self.active
        if self.whole and len(steps) == len(self.steps) and not any(step.targets for step in steps):
            return ()
        return tuple(
            f"{step.unit.name}{f':{one}' if one else ''}" for step in steps for one in step.targets or ("",)
        )

    @property
    def active(self) -> tuple[Step, ...]:
        """The steps that run."""
        return tuple(step for step in self.steps if not step.excluded)

    def aimed(self, names: Iterable[str]) -> RunPlan:
        """The same run with only these addresses of their layers; a layer that none is of runs whole.

        A name is ``LAYER:ADDRESS``, or an address of the run's only layer. Raises UsageError for a name of
        no layer of the run, and for one of a layer that does not run.
        """
        layers = [step.layer for step in self.steps]
        targets: dict[str, list[str]] = {}
        for given in names:
            layer, address = split(given)
            if not layer and len(layers) == 1:
                layer = layers[0]
            if layer not in layers:
                what = f"{layer} is none of them" if layer else "it names no layer"
                why = f"The layers of this run are {', '.join(layers)}; {what}."
                raise UsageError(f"--target {given} is of no layer here.", why=why, hint="LAYER:ADDRESS")
            if excluded := next(step.excluded for step in self.steps if step.layer == layer):
                raise UsageError(
                    f"--target {given} is of a layer that stays out of this run.",
                    why=f"{layer} is excluded: {excluded}.",
                    hint="leave that --target out, or change what excludes the layer",
                )
            targets.setdefault(layer, []).append(address)
        steps = (replace(step, targets=tuple(targets.get(step.layer, ()))) for step in self.steps)
        return replace(self, steps=tuple(steps))


def build(
    command: Command,
    env: str,
    definitions: Sequence[Definition],
    layers: Collection[str] = (),
    *,
    with_dependencies: bool = False,
) -> RunPlan:
    """Make the plan of a run over the layers that were asked for (none: all).

    Raises ConfigError for a cycle, UsageError for a layer that is not there.
    """
    graph = Graph.build(definitions)
    if layers:
        graph = graph.select(tuple(layers), with_dependencies)
    by_directory = {definition.unit.directory: definition for definition in definitions}
    waves = graph.waves(reverse=command == "destroy")
    chosen = {unit.directory: unit for wave in waves for unit in wave}
    needs = _needs(chosen, by_directory, reverse=command == "destroy")
    excluded = _excluded(command, chosen, by_directory)
    steps = tuple(
        Step(unit, by_directory[unit.directory], number, needs[unit.layer], excluded.get(unit.layer, ""))
        for number, wave in enumerate(waves, start=1)
        for unit in wave
    )
    left = _left(chosen, by_directory) if command == "destroy" else ()
    return RunPlan(command, env, steps, left, whole=len(steps) == len(definitions))


def _left(chosen: Mapping[Path, Unit], definitions: Mapping[Path, Definition]) -> tuple[Unit, ...]:
    others = (definition for directory, definition in definitions.items() if directory not in chosen)
    return tuple(sorted(d.unit for d in others if _below(d.unit.directory, definitions) & chosen.keys()))


def _needs(
    chosen: Mapping[Path, Unit], definitions: Mapping[Path, Definition], *, reverse: bool
) -> dict[str, frozenset[str]]:
    needs: dict[str, set[str]] = {unit.layer: set() for unit in chosen.values()}
    for directory, unit in chosen.items():
        for other in definitions[directory].waits_for:
            if other in chosen:
                first, then = (
                    (unit.layer, chosen[other].layer) if reverse else (chosen[other].layer, unit.layer)
                )
                needs[then].add(first)
    return {layer: frozenset(names) for layer, names in needs.items()}


def _excluded(
    command: Command, chosen: Mapping[Path, Unit], definitions: Mapping[Path, Definition]
) -> dict[str, str]:
    """Units that stay out: exclude blocks, prevent_destroy, and what a unit that must stay depends on."""
    reasons: dict[str, str] = {}
    for directory, unit in chosen.items():
        definition = definitions[directory]
        if definition.exclude is not None and definition.exclude.applies(command):
            reasons[unit.layer] = "the exclude block of its terragrunt.hcl"
        elif command == "destroy" and definition.prevent_destroy:
            reasons[unit.layer] = "prevent_destroy in its terragrunt.hcl"
            for other in _below(directory, definitions):
                if other in chosen:
                    reasons.setdefault(
                        chosen[other].layer, f"{unit.name} has prevent_destroy and depends on it"
                    )
    return reasons


def _below(directory: Path, definitions: Mapping[Path, Definition]) -> set[Path]:
    found: set[Path] = set()
    pending = [directory]
    while pending:
        definition = definitions.get(pending.pop())
        for other in definition.waits_for if definition else ():
            if other not in found:
                found.add(other)
                pending.append(other)
    return found
