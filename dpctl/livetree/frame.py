"""One file, evaluated for one unit: its locals, what it includes, and what its expressions can see.

Nothing is evaluated before it is asked for. The order is Terragrunt's: includes, then locals, then dependency
blocks, then the rest; what comes earlier can't see what comes later.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

from dpctl.errors import ConfigError, Problem
from dpctl.livetree import files, hcl, places, subset
from dpctl.livetree import syntax as s
from dpctl.livetree import values as v
from dpctl.livetree.expressions import Evaluator, Function, Names
from dpctl.livetree.functions import BUILTINS
from dpctl.livetree.places import Place, counted
from dpctl.livetree.unit import FILE, Dependency
from dpctl.livetree.values import Mismatch, Namespace

STRATEGIES = ("shallow", "deep", "no_merge")
SECTIONS = (
    *("locals", "inputs", "terraform", "remote_state", "generate", "dependency", "dependencies"),
    "prevent_destroy",
)
# many units share a file; the body is kept beside the result, so that its id stays its own
_checked: dict[tuple[int, str], tuple[s.Body, list[Problem]]] = {}


@dataclass(frozen=True)
class Session:
    """What does not change while a unit is evaluated.

    ``resolve`` gives the outputs of a dependency (a Namespace, a mapping, or Unknown); ``section`` gives one
    part of an included file; ``merged``, with a title for errors, all of a file after merging; ``reading`` is
    the chain of files that ``read_terragrunt_config`` is in; what is in ``hidden`` files is not known.
    """

    root: Path
    command: str
    environ: Mapping[str, str]
    resolve: Callable[[Dependency], Any]
    section: Callable[[Frame, str], Any]
    merged: Callable[[Frame, str], Namespace]
    reading: tuple[Path, ...] = ()
    hidden: frozenset[Path] = frozenset()


@dataclass(frozen=True)
class Included:
    """An ``include`` block and the file it names."""

    label: str
    line: int
    strategy: str
    expose: bool
    frame: Frame


@dataclass(eq=False)
class Frame:
    """A file with everything that is needed to evaluate it."""

    place: Place
    session: Session
    body: s.Body
    includes: dict[str, Included] = field(default_factory=dict)
    dependency: Namespace | None = None
    _locals: dict[str, Any] = field(default_factory=dict)
    _pending: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.shown = self.place.shown(self.place.file)
        self.evaluator = Evaluator(self.shown, self.function)
        self._local_nodes = {
            item.name: item for block in self.body.of_kind("locals") for item in block.attributes
        }
        self.locals = Namespace("local", self._local_nodes, self._local)
        self.include = Namespace("include", self.includes, self._exposed)

    def function(self, name: str) -> Function | None:
        """A function that this file can call, made when it does: a large tree has thousands of files."""
        if name in BUILTINS:
            return BUILTINS[name]
        if name in places.FUNCTIONS:
            return self.place.function(name)
        if name in files.FUNCTIONS:
            work, count = files.FUNCTIONS[name]
            return counted(partial(work, self.place.files(self._rendered)), count, count)
        return self._read_config if name == "read_terragrunt_config" else None

    def value(self, node: s.Expr, *, late: bool = False) -> Any:
        """Evaluate an expression of this file; only ``late`` ones can see dependencies."""
        return self.evaluator.value(node, self._names(late))

    def _rendered(self, node: s.Expr, shown: str, names: Names) -> Any:
        """A template with nothing but these names; it can't call for further templates."""
        allowed = lambda name: None if name.startswith("template") else self.function(name)  # noqa: E731
        return Evaluator(shown, allowed).value(node, names)

    def problem(self, code: str, line: int, message: str, hint: str = "") -> ConfigError:
        """An error with this file's name."""
        return ConfigError(Problem(code, message, self.shown, line, hint=hint))

    def fail(self, mismatch: Mismatch, line: int) -> NoReturn:
        """Raise a Mismatch as an error of a line of this file."""
        raise v.failure(mismatch, self.shown, line) from None

    def _names(self, late: bool) -> Names:
        names: dict[str, Any] = {"local": self.locals, "include": self.include}
        names["dependency"] = self.dependency if late and self.dependency else _Early()
        return names

    def _local(self, name: str) -> Any:
        if name in self._locals:
            return self._locals[name]
        node = self._local_nodes[name]
        if name in self._pending:
            chain = " -> ".join((*self._pending[self._pending.index(name) :], name))
            raise self.problem("local-cycle", node.line, f"these locals need each other: {chain}")
        self._pending.append(name)
        try:
            self._locals[name] = self.value(node.value)
        finally:
            self._pending.pop()
        return self._locals[name]

    def _exposed(self, label: str) -> Any:
        if not self.includes[label].expose:
            hint = f'expose = true in include "{label}"'
            raise Mismatch(f"include.{label} is not exposed", hint, "not-exposed")
        frame = self.includes[label].frame
        return Namespace(f"include.{label}", SECTIONS, lambda name: self.session.section(frame, name))

    def _read_config(self, arguments: list[Any]) -> Any:
        if not 1 <= len(arguments) <= 2:
            raise Mismatch(f"takes 1 to 2 arguments, not {len(arguments)}", code="wrong-arguments")
        path = Path(os.path.normpath(self.place.unit_dir / v.to_string(arguments[0])))
        if path.is_dir():
            path /= FILE
        if not path.is_file():
            if len(arguments) == 2:
                return arguments[1]
            raise Mismatch(f"there is no {self.place.shown(path)}", code="file-not-found")
        if path in self.session.reading:
            chain = " -> ".join(self.place.shown(file) for file in (*self.session.reading, path))
            raise Mismatch(f"files read each other: {chain}", code="read-cycle")
        session = replace(self.session, reading=(*self.session.reading, path))
        frame = open_frame(path, session, original_dir=self.place.original_dir)
        return self.session.merged(frame, self.place.shown(path))


class _Early(Namespace):
    """What ``dependency`` is to an expression that is evaluated before the dependencies."""

    def __init__(self) -> None:
        super().__init__("dependency", (), lambda name: None)

    def get(self, name: str) -> Any:
        raise Mismatch(
            f"dependency.{name} can't be used here: dependencies are read after locals, includes and sources",
            "use it in inputs, generate or remote_state",
            "dependency-too-early",
        )


def open_frame(path: Path, session: Session, *, original_dir: Path | None = None) -> Frame:
    """Open a file that stands on its own: a unit, or what ``read_terragrunt_config`` reads.

    Raises ConfigError with everything that is outside the subset, here and in the included files.
    """
    place = Place(
        session.root,
        path.parent,
        original_dir or path.parent,
        path,
        session.command,
        session.environ,
        hidden=session.hidden,
    )
    body, problems = _read(path, place)
    if problems:
        raise ConfigError(problems)
    alone = Frame(place, session, body)
    specs = {block.labels[0]: block for block in body.of_kind("include")}
    paths: dict[str, Path] = {}
    for label, block in specs.items():
        paths[label] = _include_path(alone, block)
    place = replace(place, includes=paths)
    includes = {label: _included(alone, block, place, paths[label]) for label, block in specs.items()}
    return Frame(place, session, body, includes)


def _include_path(frame: Frame, block: s.Block) -> Path:
    attribute = block.attribute("path")
    assert attribute is not None  # the subset check has seen to it
    names = [node.name for node in s.find(attribute.value, s.Variable)]
    if "local" in names or "include" in names:
        raise frame.problem(
            "include-too-early",
            attribute.line,
            "the path of an include can't use locals: includes are read before them",
            'find_in_parent_folders("...")',
        )
    try:
        path = Path(os.path.normpath(frame.place.unit_dir / v.to_string(frame.value(attribute.value))))
    except Mismatch as mismatch:
        frame.fail(mismatch, attribute.line)
    if not path.is_file():
        raise frame.problem(
            "file-not-found", attribute.line, f"the included file {frame.place.shown(path)} is not there"
        )
    return path


def _included(frame: Frame, block: s.Block, place: Place, path: Path) -> Included:
    shown = place.shown(path)
    body, problems = _read(path, place)
    for inner in body.of_kind("include"):
        message = (
            f"this file is included by {frame.shown} and includes another one; only one level is allowed"
        )
        hint = f"include both files in {frame.shown}"
        problems = [*problems, Problem("include-too-deep", message, shown, inner.line, hint=hint)]
    if problems:
        raise ConfigError(problems)
    inside = Frame(replace(place, file=path, included=path), frame.session, body)
    strategy = _option(frame, block, "merge_strategy", "shallow")
    if strategy not in STRATEGIES:
        attribute = block.attribute("merge_strategy")
        raise frame.problem(
            "invalid-value",
            attribute.line if attribute else block.line,
            f"{strategy!r} is not a merge strategy",
            " or ".join(STRATEGIES),
        )
    expose = _option(frame, block, "expose", False)
    return Included(block.labels[0], block.line, strategy, bool(expose), inside)


def _option(frame: Frame, block: s.Block, name: str, default: Any) -> Any:
    attribute = block.attribute(name)
    if attribute is None:
        return default
    value = frame.value(attribute.value)
    if type(value) is not type(default):
        message = f"{name} must be a {v.kind(default)}, not a {v.kind(value)}"
        raise frame.problem("wrong-type", attribute.line, message)
    return value


def _read(path: Path, place: Place) -> tuple[s.Body, list[Problem]]:
    """A file and what in it is outside the subset; the check is done once per file."""
    shown = place.shown(path)
    body = hcl.read(path, shown)
    key = (id(body), shown)
    if key not in _checked:
        _checked[key] = (body, subset.check(body, shown))
    return _checked[key]
