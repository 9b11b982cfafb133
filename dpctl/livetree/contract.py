"""The contract between units and modules, checked before Terraform starts.

A unit may only give inputs that its module declares, and must give the required ones; an output it takes from
another unit must be declared by that unit's module; mocks must cover the outputs that are taken.
"""

from __future__ import annotations

import difflib
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from dpctl.errors import Problem
from dpctl.livetree import console, hcl, versions
from dpctl.livetree import module as modules
from dpctl.livetree.cache import parse_cache
from dpctl.livetree.console import collecting
from dpctl.livetree.discovery import discover, unit_at
from dpctl.livetree.module import Module
from dpctl.livetree.reading import Collector, load, preview
from dpctl.livetree.unit import Definition, Dependency, Evaluation, RemoteState, Unit


def check(root: Path, env: str, environ: Mapping[str, str] | None = None) -> list[Problem]:
    """Every problem of an environment's units and of the contracts between them, in the order of the files.

    Raises UsageError where there is no such environment.
    """
    return survey(discover(root, env), environ)[1]


def survey(
    units: Iterable[Unit],
    environ: Mapping[str, str] | None = None,
    hidden: frozenset[Path] = frozenset(),
) -> tuple[tuple[Definition, ...], list[Problem]]:
    """The same for some units, together with those that could be read."""
    wanted, variables = tuple(units), os.environ if environ is None else environ
    with parse_cache(wanted):
        return collecting(lambda: _survey(wanted, variables, hidden))


def _survey(
    units: tuple[Unit, ...], environ: Mapping[str, str], hidden: frozenset[Path]
) -> tuple[tuple[Definition, ...], list[Problem]]:
    checker = _Checker(environ, hidden)
    definitions = [definition for unit in units if (definition := checker.unit(unit))]
    checker.add(_other_version(definitions))
    problems = checker.collector.problems
    ordered = sorted(problems, key=lambda problem: (problem.file, problem.line, problem.key, problem.code))
    return tuple(definitions), ordered


class _Checker:
    """Reads every unit and every module once."""

    def __init__(self, environ: Mapping[str, str], hidden: frozenset[Path]) -> None:
        self.environ = environ
        self.hidden = hidden
        self.collector = Collector()
        self._modules: dict[Path, Module | None] = {}
        self._sources: dict[Path, Path | None] = {}
        self._states: dict[str, Unit] = {}

    def unit(self, unit: Unit) -> Definition | None:
        """Check one unit; what is wrong is collected."""
        definition = self.collector.run(lambda: load(unit, self.environ, self.hidden))
        self._sources[unit.directory] = definition.source if definition else None
        if definition is None:
            return None
        evaluation = self.collector.run(lambda: preview(unit, environ=self.environ, hidden=self.hidden))
        if evaluation is not None and (module := self._module(definition.source, unit.root)):
            self.add(_inputs(evaluation, module))
        self.add(self._outputs(definition))
        if evaluation is not None:
            self.add(self._state(evaluation))
        return definition

    def _state(self, evaluation: Evaluation) -> Iterator[Problem]:
        """Two units with one state: each would destroy what the other made."""
        place = _state_place(evaluation.remote_state)
        if place is None:
            return
        first = self._states.setdefault(place, evaluation.unit)
        if first != evaluation.unit:
            shown = evaluation.unit.file.relative_to(evaluation.unit.root).as_posix()
            yield Problem(
                "shared-state",
                f"{evaluation.unit.name} and {first.name} have one state, {place}: each would destroy what "
                "the other made",
                shown,
                _block_line(evaluation.unit.file, shown, "remote_state"),
                "remote_state.config",
                'key = "${path_relative_to_include()}/terraform.tfstate" in the root terragrunt.hcl gives '
                "each unit its own",
            )

    def add(self, problems: Iterable[Problem]) -> None:
        """Collect problems."""
        self.collector.problems.update(dict.fromkeys(problems))

    def _module(self, directory: Path, root: Path) -> Module | None:
        if directory not in self._modules:
            self._modules[directory] = self.collector.run(lambda: modules.read(directory, root))
        return self._modules[directory]

    def _producer(self, unit: Unit, dependency: Dependency) -> Module | None:
        """The module behind a dependency; None where it can't be read, which is a problem of its own."""
        directory = dependency.unit_dir
        if directory not in self._sources:
            other = unit_at(unit.root, directory)
            definition = self.collector.run(lambda: load(other, self.environ, self.hidden)) if other else None
            self._sources[directory] = definition.source if definition else None
        source = self._sources[directory]
        return self._module(source, unit.root) if source else None

    def _outputs(self, definition: Definition) -> Iterator[Problem]:
        for dependency in definition.dependencies:
            used = dict(definition.outputs_used.get(dependency.name, {}))
            whole = used.pop("*", None)
            producer = self._producer(definition.unit, dependency) if dependency.enabled else None
            if producer is not None:
                yield from _missing_outputs(dependency, used, producer)
                if whole:
                    used = dict.fromkeys(producer.outputs, whole)
                used = {output: place for output, place in used.items() if output in producer.outputs}
            yield from _uncovered(dependency, used)


def _other_version(definitions: Iterable[Definition]) -> Iterator[Problem]:
    """Units that do not take the Terraform that is there; without one, a run says so."""
    wanted = [found.version_constraint for found in definitions if found.version_constraint]
    version = console.version() if wanted else ""
    for constraint, file, line in dict.fromkeys(wanted):
        if version and not versions.satisfies(version, constraint):
            message = f"Terraform {version} is used here, and the unit takes only {constraint}"
            hint = "another Terraform by DPCTL_TERRAFORM or --terraform PATH, or another constraint"
            yield Problem("terraform-version", message, file, line, "terraform_version_constraint", hint)


def _inputs(evaluation: Evaluation, module: Module) -> Iterator[Problem]:
    """What the module does not declare, and what it needs and is not given under another name."""
    meant: set[str] = set()
    for name, place in evaluation.provenance.items():
        if name in module.variables:
            continue
        file, _, line = place.rpartition(":")
        known = sorted(module.variables)
        close = difflib.get_close_matches(
            name, [item for item in known if item not in evaluation.inputs], n=1
        )
        meant.update(close)
        folder = module.directory.name
        message = f"the module {folder} has no variable {name!r}"
        hint = f"did you mean {close[0]}?" if close else f'remove it, or add variable "{name}" to the module'
        yield Problem("undeclared-input", message, file, int(line), f"inputs.{name}", hint)
    shown = evaluation.unit.file.relative_to(evaluation.unit.root).as_posix()
    at = _inputs_line(evaluation.unit.file, shown)
    for variable in module.variables.values():
        if variable.required and variable.name not in evaluation.inputs and variable.name not in meant:
            message = (
                f"the module {module.directory.name} needs {variable.name!r} ({variable.type}; "
                f"{variable.file}:{variable.line}), and no input gives it"
            )
            hint = f"inputs = {{ {variable.name} = ... }}"
            yield Problem("missing-input", message, shown, at, f"inputs.{variable.name}", hint)


def _state_place(remote: RemoteState | None) -> str | None:
    """Where a state is, whoever asks; None where each work directory has its own."""
    if remote is None:
        return None
    config = remote.config
    if remote.backend == "s3":
        return f"s3://{config.get('bucket')}/{config.get('key')}"
    if remote.backend == "local":
        path = str(config.get("path") or "")
        return path if Path(path).is_absolute() else None
    return f"{remote.backend} {json.dumps(config, sort_keys=True, default=str)}"


def _block_line(file: Path, shown: str, kind: str) -> int:
    """Where a unit says something: its own block, or the first include, which gives it."""
    blocks = hcl.read(file, shown).blocks
    own = [block.line for block in blocks if block.kind == kind]
    return min(own or [block.line for block in blocks if block.kind == "include"], default=1)


def _inputs_line(file: Path, shown: str) -> int:
    """Where a unit's inputs are given: its own ``inputs``, or the last include, which gives the layer's."""
    body = hcl.read(file, shown)
    if inputs := body.attribute("inputs"):
        return inputs.line
    return max((block.line for block in body.blocks if block.kind == "include"), default=1)


def _missing_outputs(
    dependency: Dependency, used: Mapping[str, tuple[str, int]], producer: Module
) -> Iterator[Problem]:
    for output, (file, line) in used.items():
        if output in producer.outputs:
            continue
        close = difflib.get_close_matches(output, producer.outputs, n=1)
        hint = f"did you mean dependency.{dependency.name}.outputs.{close[0]}?" if close else ""
        hint = hint or f'output "{output}" in {producer.directory.name}/outputs.tf'
        message = f"the module {producer.directory.name} has no output {output!r}"
        yield Problem(
            "missing-output", message, file, line, f"dependency.{dependency.name}.outputs.{output}", hint
        )
    for output in dependency.mock_outputs or {}:
        if output not in producer.outputs and output not in used:
            message = f"the mock {output!r} stands for an output that {producer.directory.name} does not have"
            yield Problem(
                "stale-mock",
                message,
                dependency.file,
                dependency.line,
                f"dependency.{dependency.name}.mock_outputs.{output}",
                "remove it",
                "warning",
            )


def _uncovered(dependency: Dependency, used: Mapping[str, tuple[str, int]]) -> Iterator[Problem]:
    """Outputs that are taken, and that no mock stands in for while they are not there."""
    if not used:
        return
    key = f"dependency.{dependency.name}.mock_outputs"
    if dependency.mock_outputs is None:
        message = (
            f"the dependency {dependency.name!r} has no mocks, so this unit has no plan before it is applied"
        )
        hint = "mock_outputs = { ... }"
        yield Problem("no-mocks", message, dependency.file, dependency.line, key, hint, "warning")
        return
    for output in sorted(used):
        if output not in dependency.mock_outputs:
            file, line = used[output]
            message = (
                f"{file}:{line} uses {output!r}, and mock_outputs of {dependency.name!r} has no value for it"
            )
            hint = f"{output} = ... in mock_outputs"
            yield Problem("missing-mock", message, dependency.file, dependency.line, f"{key}.{output}", hint)
