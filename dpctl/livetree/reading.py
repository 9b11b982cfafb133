"""The two passes over a unit: ``load`` knows no outputs, ``evaluate`` has them (or their mocks)."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TypeVar

from dpctl.errors import ConfigError, Problem
from dpctl.livetree import budget
from dpctl.livetree import syntax as s
from dpctl.livetree import values as v
from dpctl.livetree.advice import advised
from dpctl.livetree.cache import parse_cache
from dpctl.livetree.console import collecting
from dpctl.livetree.frame import Frame, Session, open_frame
from dpctl.livetree.generate import backend_file
from dpctl.livetree.merging import Merged, session
from dpctl.livetree.outputs import Outputs, Resolver, open_outputs
from dpctl.livetree.unit import Definition, Evaluation, Generated, Unit

T = TypeVar("T")
# many units share a file; the body is kept beside the result, so that its id stays its own
_found: dict[int, tuple[s.Body, list[tuple[str, str, int]]]] = {}


def load(
    unit: Unit, environ: Mapping[str, str] | None = None, hidden: frozenset[Path] = frozenset()
) -> Definition:
    """The static pass. Raises ConfigError with every problem of the unit that can be found at once.

    Files that are ``hidden`` are taken as not known: what follows from them is no problem of the unit.
    """
    return _guarded(unit, lambda: _load(unit, os.environ if environ is None else environ, hidden))


def load_all(units: Iterable[Unit], environ: Mapping[str, str] | None = None) -> tuple[Definition, ...]:
    """Load many units. Raises one ConfigError with the problems of all."""
    wanted = tuple(units)
    with parse_cache(wanted):
        return collecting(lambda: _load_all(wanted, environ))


def _load_all(units: tuple[Unit, ...], environ: Mapping[str, str] | None) -> tuple[Definition, ...]:
    collector = Collector()
    found = [collector.run(lambda unit=unit: load(unit, environ)) for unit in units]  # type: ignore[misc]
    collector.done()
    return tuple(definition for definition in found if definition is not None)


def evaluate(unit: Unit, *, command: str, outputs: Outputs, environ: Mapping[str, str]) -> Evaluation:
    """The full pass, with outputs. Raises ConfigError."""
    resolver = Resolver(unit, command, outputs)
    opened = session(unit.root, command, environ, resolver.resolve)
    return _guarded(unit, lambda: _evaluate(unit, opened, resolver))


def preview(unit: Unit, *, environ: Mapping[str, str], hidden: frozenset[Path] = frozenset()) -> Evaluation:
    """The full pass without any state: mocks, and ``${dependency.x.outputs.y}`` where there are none."""
    opened = session(unit.root, "validate", environ, open_outputs, hidden)
    return _guarded(unit, lambda: _evaluate(unit, opened, None))


class Collector:
    """Runs steps and keeps their problems, so that one run shows all of them; each only once."""

    def __init__(self) -> None:
        self.problems: dict[Problem, None] = {}

    def run(self, step: Callable[[], T]) -> T | None:
        """The result of a step, or None when it failed."""
        try:
            return step()
        except v.Exhausted:
            raise
        except ConfigError as error:
            self.problems.update(dict.fromkeys(error.problems))
            return None

    def done(self) -> None:
        """Raise what was collected."""
        if self.problems:
            raise ConfigError(self.problems)


def _guarded(unit: Unit, read: Callable[[], T]) -> T:
    try:
        return collecting(lambda: budget.counted(read))
    except ConfigError as error:
        raise type(error)(advised(error.problems)) from None
    except RecursionError:
        shown = unit.file.relative_to(unit.root).as_posix()
        message = "evaluating this file goes too deep: expressions or locals are nested too far"
        raise ConfigError(Problem("hcl-too-deep", message, shown, 1)) from None


def _load(unit: Unit, environ: Mapping[str, str], hidden: frozenset[Path]) -> Definition:
    frame = open_frame(unit.file, session(unit.root, "validate", environ, open_outputs, hidden))
    merged, collector = Merged(frame), Collector()
    source = collector.run(lambda: _source(merged, unit))
    dependencies = collector.run(merged.dependencies) or {}
    paths = collector.run(merged.paths) or ()
    protected = collector.run(merged.prevent_destroy)
    exclude = collector.run(merged.exclude)
    versions = collector.run(merged.version_constraint)
    labels = {block.labels[0] for item in merged.frames for block in item.body.of_kind("dependency")}
    problems = [problem for item in merged.frames for problem in _unknown_dependencies(item, labels)]
    collector.problems.update(dict.fromkeys(problems))
    collector.done()
    return Definition(
        unit,
        source or unit.directory,
        tuple(dependencies.values()),
        tuple(given.value for given in paths),
        _outputs_used(merged.frames),
        bool(protected),
        exclude,
        (versions.value, versions.file, versions.line) if versions else None,
    )


def _evaluate(unit: Unit, opened: Session, resolver: Resolver | None) -> Evaluation:
    frame = open_frame(unit.file, opened)
    merged, collector = Merged(frame), Collector()
    collector.run(frame.locals.settle)
    source = collector.run(lambda: _source(merged, unit))
    dependencies = collector.run(merged.dependencies)
    paths = collector.run(merged.paths) or ()
    collector.done()  # without dependencies every input would fail for the same reason
    assert dependencies is not None
    if resolver:
        for dependency in dependencies.values():
            collector.run(lambda dependency=dependency: resolver.resolve(dependency))  # type: ignore[misc]
        collector.done()
    inputs, given = collector.run(merged.inputs) or ({}, {})
    generate = collector.run(merged.generate) or {}
    state = collector.run(merged.remote_state)
    protected, exclude = collector.run(merged.prevent_destroy), collector.run(merged.exclude)
    collector.run(merged.version_constraint)
    collector.done()
    files: list[Generated] = list(generate.values())
    if state and (backend := backend_file(state)):
        files.insert(0, backend)
    return Evaluation(
        unit,
        source or unit.directory,
        {name: v.plain(value) for name, value in inputs.items()},
        v.plain(frame.locals),
        state,
        generate,
        tuple(dependencies.values()),
        tuple(item.value for item in paths),
        resolver.mocked if resolver else tuple(d.name for d in dependencies.values()),
        {name: f"{item.file}:{item.line}" for name, item in given.items()},
        tuple(files),
        bool(protected),
        exclude,
    )


def _source(merged: Merged, unit: Unit) -> Path:
    """The module's folder. A ``//``, which tells Terragrunt how much to copy, is an ordinary slash here."""
    given = merged.attribute("terraform", "source")
    shown = merged.frame.shown
    if given is None:
        if any(unit.directory.glob("*.tf")):
            return unit.directory
        hint = 'terraform { source = "${get_repo_root()}/modules//..." }'
        raise ConfigError(Problem("missing-source", "the unit names no module", shown, 1, hint=hint))
    value = given.value
    if not isinstance(value, str) or not value:
        message = f"source must be a string that needs no outputs, not a {v.kind(value)}"
        raise ConfigError(Problem("wrong-type", message, given.file, given.line))
    if "://" in value or "::" in value or value.startswith(("git@", "github.com/", "tfr:")) or "?" in value:
        message = f"{value!r} is not a path: modules are not fetched"
        hint = 'a path in this repository: "${get_repo_root()}/modules//..."'
        raise ConfigError(Problem("remote-source", message, given.file, given.line, hint=hint))
    path = Path(os.path.normpath(unit.directory / value.replace("//", "/")))
    if not path.is_dir():
        there = (
            sorted(item.name for item in path.parent.iterdir() if item.is_dir())
            if path.parent.is_dir()
            else []
        )
        mismatch = v.missing("", path.name, there)
        message = f"there is no module {merged.frame.place.shown(path)}"
        hint = mismatch.hint or _module_elsewhere(unit, path.name)
        raise ConfigError(Problem("missing-module", message, given.file, given.line, hint=hint))
    return path


def _module_elsewhere(unit: Unit, name: str) -> str:
    """The path of the module of that name, or what a path looks like."""
    modules = Path(os.path.relpath(unit.root / "modules", unit.directory)).as_posix()
    there = (unit.root / "modules" / name).is_dir() and name not in ("", ".", "..")
    return f"did you mean {modules}//{name}?" if there else f'source = "{modules}//..."'


def _references(frame: Frame) -> list[tuple[str, str, int]]:
    """Every ``dependency.<name>.outputs.<output>`` of a file with its line; ``*`` is all of them."""
    key = id(frame.body)
    if key not in _found:
        _found[key] = (frame.body, list(_find_references(frame.body)))
    return _found[key][1]


def _find_references(body: s.Body) -> Iterator[tuple[str, str, int]]:
    inner: set[int] = set()
    for node in s.find(body, s.GetAttr, s.Index):
        match node:
            case s.GetAttr(
                line, s.GetAttr(_, s.GetAttr(_, s.Variable(_, "dependency"), name), "outputs") as base, out
            ):
                inner.add(id(base))
                yield name, out, line
            case s.Index(
                line,
                s.GetAttr(_, s.GetAttr(_, s.Variable(_, "dependency"), name), "outputs") as base,
                s.Literal(_, str(out)),
            ):
                inner.add(id(base))
                yield name, out, line
            case s.GetAttr(line, s.GetAttr(_, s.Variable(_, "dependency"), name), "outputs") as base:
                if id(base) not in inner:
                    yield name, "*", line


def _outputs_used(frames: Iterable[Frame]) -> dict[str, dict[str, tuple[str, int]]]:
    used: dict[str, dict[str, tuple[str, int]]] = {}
    for frame in frames:
        for name, output, line in _references(frame):
            used.setdefault(name, {}).setdefault(output, (frame.shown, line))
    return used


def _unknown_dependencies(frame: Frame, labels: Iterable[str]) -> Iterable[Problem]:
    for name, _, line in _references(frame):
        if name not in labels:
            mismatch = v.missing("dependency.", name, labels)
            hint = mismatch.hint or f'dependency "{name}" {{ config_path = "../{name}" }}'
            yield Problem("unknown-dependency", str(mismatch), frame.shown, line, hint=hint)
