"""What a unit says once the files it includes are merged into it, as Terragrunt merges them.

A later include wins over an earlier one, and the unit's own file over all of them. With ``shallow`` (the
default) maps like ``inputs`` and blocks with labels are merged by key, everything else is replaced; with
``deep`` inputs and dependency blocks are merged all the way down and lists are appended; with ``no_merge`` a
file is only there to be looked at through ``expose``. ``dependencies.paths`` are always concatenated,
``locals`` never merged, ``remote_state`` and ``generate`` never merged deeper than shallow.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from dpctl.errors import ConfigError
from dpctl.livetree import blocks
from dpctl.livetree import values as v
from dpctl.livetree.blocks import Given
from dpctl.livetree.frame import SECTIONS, Frame, Session
from dpctl.livetree.unit import Dependency, Exclude, Generated, RemoteState
from dpctl.livetree.values import Namespace

T = TypeVar("T")


class Merged:
    """A unit's file with its includes. Every part is evaluated when it is asked for."""

    def __init__(self, frame: Frame) -> None:
        self.frame = frame
        self.frames = (*(item.frame for item in frame.includes.values()), frame)
        self._dependencies: dict[str, Dependency] | None = None

    def fold(
        self,
        get: Callable[[Frame], T | None],
        shallow: Callable[[T, T], T] = lambda parent, child: child,
        deep: Callable[[T, T], T] | None = None,
    ) -> T | None:
        """Merge one part of all files; the functions take what is above and what is below."""
        result = get(self.frame)
        for included in reversed(self.frame.includes.values()):
            parent = None if included.strategy == "no_merge" else get(included.frame)
            if parent is not None:
                merge = deep if deep and included.strategy == "deep" else shallow
                result = parent if result is None else merge(parent, result)
        return result

    def attribute(self, kind: str, name: str) -> Given | None:
        """One attribute of a block that is there once, such as ``terraform.source``."""
        return self.fold(lambda frame: blocks.attribute(frame, kind, name))

    def dependencies(self) -> dict[str, Dependency]:
        """The dependency blocks by label. Also lets the expressions of every file see them."""
        if self._dependencies is None:
            merged = self.fold(blocks.dependency_blocks, lambda a, b: {**a, **b}, _deep_given) or {}
            found = {name: blocks.dependency(self.frame, name, given) for name, given in merged.items()}
            self._dependencies = found
            self.frame.dependency = _outputs_namespace(self.frame, found)
            for included in self.frame.includes.values():
                included.frame.dependency = _outputs_namespace(included.frame, found)
        return self._dependencies

    def paths(self) -> tuple[Given, ...]:
        """``dependencies.paths`` of all files, made absolute."""
        return tuple(self.fold(self._own_paths, lambda a, b: [*a, *b]) or ())

    def _own_paths(self, frame: Frame) -> list[Given] | None:
        given = blocks.attribute(frame, "dependencies", "paths")
        if given is None:
            return None
        if not isinstance(given.value, list):
            raise frame.problem(
                "wrong-type", given.line, f"paths must be a list, not a {v.kind(given.value)}"
            )
        return [
            Given(blocks.unit_dir(self.frame, frame, item, given.line), given.file, given.line)
            for item in given.value
        ]

    def version_constraint(self) -> Given | None:
        """Which versions of Terraform the unit takes."""
        return self.fold(blocks.version_constraint)

    def prevent_destroy(self) -> bool:
        """Whether the unit refuses to be destroyed."""
        given = self.fold(blocks.prevent_destroy)
        return bool(given and given.value)

    def exclude(self) -> Exclude | None:
        """The ``exclude`` block that applies."""
        return self.fold(blocks.exclude)

    def inputs(self) -> tuple[dict[str, Any], dict[str, Given]]:
        """The inputs, and the place that gave each."""
        self.dependencies()
        merged = self.fold(blocks.inputs, lambda a, b: {**a, **b}, _deep_given) or {}
        return {name: given.value for name, given in merged.items()}, merged

    def generate(self) -> dict[str, Generated]:
        """The generate blocks by label; disabled ones are left out."""
        self.dependencies()
        merged = self.fold(blocks.generate, lambda a, b: {**a, **b}) or {}
        return {name: generated for name, generated in merged.items() if generated is not None}

    def remote_state(self) -> RemoteState | None:
        """The ``remote_state`` block that applies."""
        self.dependencies()
        return self.fold(blocks.remote_state)


def session(
    root: Path,
    command: str,
    environ: Mapping[str, str],
    resolve: Callable[[Dependency], Any],
    hidden: frozenset[Path] = frozenset(),
) -> Session:
    """What the files of a unit are evaluated in; ``resolve`` gives the outputs of a dependency."""
    return Session(root, command, environ, resolve, section, merged_namespace, hidden=hidden)


def merged_namespace(frame: Frame, title: str) -> Namespace:
    """What ``read_terragrunt_config`` returns: the file after merging, looked at lazily."""
    merged = Merged(frame)

    def get(name: str) -> Any:
        merged.dependencies()
        match name:
            case "inputs":
                return merged.inputs()[0]
            case "remote_state":
                return _state_value(merged.remote_state())
            case "generate":
                return {label: vars(item) for label, item in merged.generate().items()}
        return section(frame, name)

    return Namespace(title, SECTIONS, get)


def section(frame: Frame, name: str) -> Any:
    """One part of a file as a value, for ``include.<label>`` and ``read_terragrunt_config``."""
    match name:
        case "locals":
            return frame.locals
        case "inputs":
            return _inputs(frame)
        case "terraform":
            source = blocks.attribute(frame, "terraform", "source")
            return {"source": source.value} if source else {}
        case "remote_state":
            return _state_value(blocks.remote_state(frame))
        case "generate":
            found = blocks.generate(frame) or {}
            return {label: vars(item) for label, item in found.items() if item is not None}
        case "dependency":  # as they were written: whoever looks at a file from outside sees no outputs
            given_blocks = blocks.dependency_blocks(frame) or {}
            return {label: {"name": label, **given.value} for label, given in given_blocks.items()}
        case "dependencies":
            paths = blocks.attribute(frame, "dependencies", "paths")
            return {"paths": paths.value if paths else []}
    given = blocks.prevent_destroy(frame)
    return bool(given and given.value)


def _inputs(frame: Frame) -> Any:
    """The inputs of a file that is looked at; one without a value is an error for who asks for it."""
    try:
        return {key: given.value for key, given in (blocks.inputs(frame) or {}).items()}
    except v.Exhausted:
        raise
    except ConfigError:
        written = blocks.written_inputs(frame)
        if not written:
            raise
        return Namespace("inputs", written, lambda name: frame.value(written[name], late=True))


def _state_value(state: RemoteState | None) -> dict[str, Any] | None:
    if state is None:
        return None
    return {"backend": state.backend, "config": state.config, "generate": state.generate}


def deep_merge(parent: Any, child: Any) -> Any:
    """Maps recurse, lists append (the parent's items first), everything else is the child's.

    Raises Mismatch for a list over something else, as Terragrunt refuses it.
    """
    if isinstance(parent, Mapping) and isinstance(child, Mapping):
        result = dict(parent)
        for key, value in child.items():
            result[key] = deep_merge(parent[key], value) if key in parent else value
        return result
    if isinstance(child, list) and isinstance(parent, list):
        return [*parent, *child]
    if isinstance(child, list) and not v.is_null(parent) and not isinstance(parent, v.Unknown):
        raise v.Mismatch(
            f"a list can't be merged with {v.with_article(v.kind(parent))} of the included file",
            'a list in both, or merge_strategy = "shallow"',
        )
    return child


def _deep_given(parent: dict[str, Given], child: dict[str, Given]) -> dict[str, Given]:
    result = dict(parent)
    for name, given in child.items():
        try:
            value = deep_merge(parent[name].value, given.value) if name in parent else given.value
        except v.Mismatch as mismatch:
            problem = v.failure(mismatch, given.file, given.line).problems[0]
            raise ConfigError(replace(problem, key=name)) from None
        result[name] = Given(value, given.file, given.line)
    return result


def _outputs_namespace(frame: Frame, dependencies: Mapping[str, Dependency]) -> Namespace:
    def get(name: str) -> Any:
        dependency = dependencies[name]
        title = f"dependency.{name}"
        return Namespace(title, ("outputs",), lambda _: frame.session.resolve(dependency))

    return Namespace("dependency", dependencies, get)
