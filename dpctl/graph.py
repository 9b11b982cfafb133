"""The order of units, and why one waits for another.

The algorithm, once and for all commands:

1. Every unit is a node. An edge goes from a unit to each unit it depends on: each enabled ``dependency``
   block and each path in ``dependencies``. What is depended on comes first.
2. Units are put into waves. The first wave holds the units that wait for nothing; each next one holds those
   whose dependencies are all in earlier waves. A unit is therefore in the earliest wave it can be in, and all
   units of a wave may run at the same time.
3. Inside a wave units go by name, alphabetically, so that the same tree always gives the same order.
4. Destroying goes the other way round: the last wave first. A unit then runs after everything that depends on
   it; the order inside a wave stays alphabetical.
5. A cycle has no order. It is reported as the path that leads back to its start, beginning at the unit whose
   name comes first, with the file and line of the first dependency on that path.
6. A selection of layers keeps the order. Without dependencies only the named units run, and what they depend
   on is taken for done; with dependencies everything they lead to is added.

Building the graph and its waves takes time linear in the number of units and edges.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from dpctl.errors import ConfigError, Problem, UsageError
from dpctl.livetree import Definition, Unit, unit_at

Waves = tuple[tuple[Unit, ...], ...]


@dataclass(frozen=True)
class Edge:
    """``source`` waits for ``target``; ``outputs`` are what it takes from it, sorted (none: order only)."""

    source: Unit
    target: Unit
    outputs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Graph:
    """Units and edges without cycles; ``order`` holds the waves."""

    definitions: Mapping[Unit, Definition]
    edges: tuple[Edge, ...]
    order: Waves

    @classmethod
    def build(cls, definitions: Iterable[Definition], *, partial: bool = False) -> Graph:
        """Make the graph of an environment's units.

        ``partial`` says that some units could not be read: edges to them are left out. Raises ConfigError for
        a cycle, or a dependency on what is not a unit of the environment.
        """
        known = {definition.unit: definition for definition in definitions}
        by_directory = {unit.directory: unit for unit in known}
        edges, problems = [], []
        for _, definition in sorted(known.items()):
            for directory in definition.waits_for:
                if directory in by_directory:
                    edges.append(_edge(definition, by_directory[directory]))
                elif not partial or not _same_env(definition.unit, directory):
                    problems.append(_outside(definition, directory))
        if problems:
            raise ConfigError(problems)
        needs: dict[Unit, list[Unit]] = {unit: [] for unit in known}
        for edge in edges:
            needs[edge.source].append(edge.target)
        return cls(known, tuple(edges), _waves(known, needs))

    @property
    def units(self) -> tuple[Unit, ...]:
        """All units, in the order they would run one after the other."""
        return tuple(unit for wave in self.order for unit in wave)

    def waves(self, reverse: bool = False) -> Waves:
        """The waves, first to last; ``reverse`` for destroying."""
        return tuple(reversed(self.order)) if reverse else self.order

    def dependencies(self, unit: Unit) -> tuple[Unit, ...]:
        """The units that one waits for directly."""
        return self._needs.get(unit, ())

    def dependents(self, unit: Unit) -> tuple[Unit, ...]:
        """The units that wait for one directly."""
        return self._needed_by.get(unit, ())

    @cached_property
    def _needs(self) -> dict[Unit, tuple[Unit, ...]]:
        found: dict[Unit, list[Unit]] = {}
        for edge in self.edges:
            found.setdefault(edge.source, []).append(edge.target)
        return {unit: tuple(targets) for unit, targets in found.items()}

    @cached_property
    def _needed_by(self) -> dict[Unit, tuple[Unit, ...]]:
        found: dict[Unit, list[Unit]] = {}
        for edge in self.edges:
            found.setdefault(edge.target, []).append(edge.source)
        return {unit: tuple(sources) for unit, sources in found.items()}

    def select(self, layers: Iterable[str] = (), with_dependencies: bool = False) -> Graph:
        """The part of the graph with some layers (none: all of it). Raises UsageError for an unknown one."""
        wanted = list(layers)
        if not wanted:
            return self
        by_layer = {unit.layer: unit for unit in self.definitions}
        chosen = {find_layer(layer, by_layer) for layer in wanted}
        if with_dependencies:
            chosen = self._closure(chosen)
        edges = tuple(edge for edge in self.edges if edge.source in chosen and edge.target in chosen)
        order = (tuple(unit for unit in wave if unit in chosen) for wave in self.order)
        kept = {unit: definition for unit, definition in self.definitions.items() if unit in chosen}
        return Graph(kept, edges, tuple(wave for wave in order if wave))

    def _closure(self, start: set[Unit]) -> set[Unit]:
        found, pending = set(start), list(start)
        while pending:
            for target in self.dependencies(pending.pop()):
                if target not in found:
                    found.add(target)
                    pending.append(target)
        return found


def _edge(definition: Definition, target: Unit) -> Edge:
    names = {
        item.name for item in definition.dependencies if item.unit_dir == target.directory and item.enabled
    }
    outputs = {output for name in names for output in definition.outputs_used.get(name, ())}
    return Edge(definition.unit, target, tuple(sorted(outputs)))


def _waves(known: Iterable[Unit], needs: Mapping[Unit, list[Unit]]) -> Waves:
    sorter = TopologicalSorter(needs)
    try:
        sorter.prepare()
    except CycleError as error:
        raise _cycle(error.args[1], known) from None
    waves = []
    while sorter.is_active():
        ready = tuple(sorted(sorter.get_ready(), key=lambda unit: unit.name))
        sorter.done(*ready)
        waves.append(ready)
    return tuple(waves)


def _cycle(path: list[Unit], known: Iterable[Unit]) -> ConfigError:
    """The sorter's path goes from what is needed to what needs it; a person reads it the other way."""
    ring = list(reversed(path[:-1]))
    start = ring.index(min(ring))
    ring = ring[start:] + ring[:start]
    text = " -> ".join(unit.name for unit in (*ring, ring[0]))
    definitions = known if isinstance(known, Mapping) else {}
    file, line = _place(definitions.get(ring[0]), ring[0], ring[1 % len(ring)].directory)
    message = f"these units wait for each other: {text}"
    return ConfigError(Problem("cycle", message, file, line, hint="remove one of these dependencies"))


def _place(definition: Definition | None, unit: Unit, directory: Path) -> tuple[str, int]:
    """The file and line of the dependency on a directory."""
    for dependency in definition.dependencies if definition else ():
        if dependency.unit_dir == directory and dependency.file:
            return dependency.file, dependency.line
    return unit.file.relative_to(unit.root).as_posix(), 1


def _same_env(unit: Unit, directory: Path) -> bool:
    other = unit_at(unit.root, directory)
    return other is not None and other.env == unit.env


def _outside(definition: Definition, directory: Path) -> Problem:
    unit = definition.unit
    file, line = _place(definition, unit, directory)
    shown = directory.relative_to(unit.root) if directory.is_relative_to(unit.root) else directory
    message = f"{unit.name} depends on {shown}, which is not a unit of {unit.env}"
    return Problem("missing-unit", message, file, line, hint=f"a unit below live/{unit.env}")


def find_layer(layer: str, by_layer: Mapping[str, Unit]) -> Unit:
    """The unit of a layer, as a person names it. Raises UsageError with what there is."""
    name = layer.strip("/")
    if name in by_layer:
        return by_layer[name]
    close = difflib.get_close_matches(name, by_layer, n=1)
    raise UsageError(
        f"There is no layer {layer!r}.",
        why=f"Known layers: {', '.join(sorted(by_layer))}.",
        hint=f"--layer {close[0]}" if close else "dpctl graph",
    )
