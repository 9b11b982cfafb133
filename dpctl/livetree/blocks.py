"""Reads the blocks of one file, each into checked data with its place; merging them is someone else's job."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dpctl.errors import ConfigError, Problem
from dpctl.livetree import syntax as s
from dpctl.livetree import values as v
from dpctl.livetree import versions
from dpctl.livetree.frame import Frame
from dpctl.livetree.generate import IF_EXISTS
from dpctl.livetree.unit import FILE, Dependency, Exclude, Generated, RemoteState

BESIDE = "the folder of another unit, such as ../static"
OUTPUT_STRATEGIES = ("no_merge", "shallow", "deep_map_only")


@dataclass(frozen=True)
class Given:
    """A value with the place that gave it."""

    value: Any
    file: str
    line: int
    lines: Mapping[str, int] = field(default_factory=dict)

    def line_of(self, name: str) -> int:
        """The line of one attribute of a block; the block's own where it is not known."""
        return self.lines.get(name, self.line)


def _single(frame: Frame, kind: str) -> s.Block | None:
    return next(iter(frame.body.of_kind(kind)), None)


def attribute(frame: Frame, kind: str, name: str) -> Given | None:
    """One attribute of a kind of block that is there at most once."""
    block = _single(frame, kind)
    found = block.attribute(name) if block else None
    if found is None:
        return None
    return Given(frame.value(found.value), frame.shown, found.line)


def prevent_destroy(frame: Frame) -> Given | None:
    """The attribute ``prevent_destroy``."""
    attribute = frame.body.attribute("prevent_destroy")
    if attribute is None:
        return None
    value = frame.value(attribute.value)
    if not isinstance(value, bool):
        raise frame.problem(
            "wrong-type", attribute.line, f"prevent_destroy must be a bool, not a {v.kind(value)}"
        )
    return Given(value, frame.shown, attribute.line)


def version_constraint(frame: Frame) -> Given | None:
    """The attribute ``terraform_version_constraint``."""
    attribute = frame.body.attribute("terraform_version_constraint")
    if attribute is None:
        return None
    value = frame.value(attribute.value)
    if not isinstance(value, str) or versions.unreadable(value):
        message = f"{v.plain(value)!r} is not a constraint on versions"
        raise frame.problem("invalid-value", attribute.line, message, '">= 1.5, < 2.0"')
    return Given(value, frame.shown, attribute.line)


def _values(frame: Frame, block: s.Block, *, late: bool) -> dict[str, Any]:
    return {item.name: frame.value(item.value, late=late) for item in block.attributes}


def dependency_blocks(frame: Frame) -> dict[str, Given] | None:
    """The dependency blocks by label, as maps of their attributes: what merging works on."""
    blocks = frame.body.of_kind("dependency")
    return {block.labels[0]: _whole(frame, block) for block in blocks} or None


def _whole(frame: Frame, block: s.Block) -> Given:
    lines = {item.name: item.line for item in block.attributes}
    return Given(_values(frame, block, late=False), frame.shown, block.line, lines)


def dependency(frame: Frame, name: str, given: Given) -> Dependency:
    """A dependency block after merging, checked; ``frame`` is the unit's own file."""
    options = given.value
    checks: tuple[tuple[str, type | tuple[type, ...], str], ...] = (
        ("mock_outputs", Mapping, "a map"),
        ("mock_outputs_allowed_terraform_commands", list, "a list"),
        ("skip_outputs", bool, "a bool"),
        ("enabled", bool, "a bool"),
    )
    for key, wanted, words in checks:
        if options.get(key) is not None and not isinstance(options[key], wanted):
            message = f"{key} of dependency {name!r} must be {words}, not a {v.kind(options[key])}"
            raise ConfigError(Problem("wrong-type", message, given.file, given.line_of(key)))
    strategy = options.get("mock_outputs_merge_strategy_with_state", "no_merge")
    if strategy not in OUTPUT_STRATEGIES:
        message = f"{strategy!r} is not a merge strategy for mocks"
        hint = " or ".join(OUTPUT_STRATEGIES)
        line = given.line_of("mock_outputs_merge_strategy_with_state")
        raise ConfigError(Problem("invalid-value", message, given.file, line, hint=hint))
    commands = options.get("mock_outputs_allowed_terraform_commands")
    enabled = options.get("enabled", True)
    return Dependency(
        name,
        unit_dir(
            frame,
            frame,
            options.get("config_path"),
            given.line_of("config_path"),
            given.file,
            must_exist=enabled and not (frame.session.reading and options.get("skip_outputs", False)),
            block_line=given.line,
        ),
        options.get("mock_outputs"),
        None if commands is None else tuple(v.to_string(command) for command in commands),
        strategy,
        options.get("skip_outputs", False),
        enabled,
        given.file,
        given.line,
    )


def unit_dir(
    unit: Frame,
    frame: Frame,
    path: Any,
    line: int,
    file: str = "",
    *,
    must_exist: bool = True,
    block_line: int = 0,
) -> Path:
    """The folder of the unit that a path names; relative paths start at the unit that is evaluated."""
    shown = file or frame.shown
    if not isinstance(path, str):
        message = f"the path of a dependency must be a string, not a {v.kind(path)}"
        raise ConfigError(Problem("wrong-type", message, shown, line))
    found = Path(os.path.normpath(unit.place.unit_dir / path))
    if found.name == FILE:
        found = found.parent
    if found == unit.place.unit_dir:
        at = block_line or line
        raise ConfigError(Problem("cycle", "a unit can't depend on itself", shown, at, hint=BESIDE))
    if must_exist and not (found / FILE).is_file():
        place = unit.place
        around = sorted(item.parent.name for item in found.parent.glob(f"*/{FILE}") if found.parent.is_dir())
        mismatch = v.missing("", found.name, around)
        hint = mismatch.hint and mismatch.hint.replace("did you mean ", f"did you mean {Path(path).parent}/")
        beside = {item.parent.name for item in place.unit_dir.parent.glob(f"*/{FILE}")}
        hint = hint or (f"did you mean ../{found.name}?" if found.name in beside else BESIDE)
        message = f"there is no unit {place.shown(found)}; beside it: {', '.join(around) or 'nothing'}"
        raise ConfigError(Problem("missing-unit", message, shown, line, hint=hint))
    return found


def exclude(frame: Frame) -> Exclude | None:
    """The ``exclude`` block."""
    block = _single(frame, "exclude")
    if block is None:
        return None
    options = _values(frame, block, late=False)
    try:
        return Exclude(
            v.to_bool(options["if"]),
            tuple(v.to_string(action) for action in v.to_list(options["actions"])),
            v.to_bool(options.get("exclude_dependencies", False)),
            v.to_bool(options.get("no_run", False)),
        )
    except v.Mismatch as mismatch:
        frame.fail(mismatch, block.line)


def inputs(frame: Frame) -> dict[str, Given] | None:
    """The inputs of one file; every one that can't be evaluated is reported."""
    attribute = frame.body.attribute("inputs")
    if attribute is None:
        return None
    node = attribute.value
    if not isinstance(node, s.Object):
        value = frame.value(node, late=True)
        if not isinstance(value, Mapping):
            message = f"inputs must be a map that is known before anything is applied, not a {v.kind(value)}"
            raise frame.problem("wrong-type", attribute.line, message)
        lines = dict(_input_lines(node))
        return {key: Given(item, frame.shown, lines.get(key, attribute.line)) for key, item in value.items()}
    result: dict[str, Given] = {}
    problems: list[Problem] = []
    for pair in node.pairs:
        try:
            single = frame.value(s.Object(pair.line, (pair,)), late=True)
        except v.Exhausted:
            raise
        except ConfigError as error:
            problems.extend(error.problems)
            continue
        if isinstance(single, Mapping):
            result.update({key: Given(item, frame.shown, pair.line) for key, item in single.items()})
    if problems:
        raise ConfigError(problems)
    return result


def written_inputs(frame: Frame) -> dict[str, s.Expr]:
    """The expressions of the inputs that are written out one by one, by name."""
    attribute = frame.body.attribute("inputs")
    node = attribute.value if attribute else None
    if not isinstance(node, s.Object):
        return {}
    return {str(pair.key.value): pair.value for pair in node.pairs if isinstance(pair.key, s.Literal)}


def _input_lines(node: s.Expr) -> Iterator[tuple[str, int]]:
    """The lines of the keys that are written out inside ``merge(...)``."""
    if isinstance(node, s.Call) and node.name == "merge":
        for argument in node.arguments:
            yield from _input_lines(argument)
    if isinstance(node, s.Object):
        for pair in node.pairs:
            if isinstance(pair.key, s.Literal):
                yield str(pair.key.value), pair.line


def generate(frame: Frame) -> dict[str, Generated | None] | None:
    """The generate blocks by label; None stands for a disabled one, which hides an included one."""
    result: dict[str, Generated | None] = {}
    for block in frame.body.of_kind("generate"):
        options = _values(frame, block, late=True)
        if options.pop("disable", False) is True:
            result[block.labels[0]] = None
            continue
        if options["if_exists"] not in IF_EXISTS:
            message = f"{options['if_exists']!r} is not an if_exists"
            raise frame.problem("invalid-value", _line(block, "if_exists"), message, " or ".join(IF_EXISTS))
        for name in ("path", "contents"):
            if not isinstance(options[name], str):
                message = f"{name} must be a string, not a {v.kind(options[name])}"
                raise frame.problem("wrong-type", _line(block, name), message)
        result[block.labels[0]] = Generated(**options)
    return result or None


def remote_state(frame: Frame) -> RemoteState | None:
    """The ``remote_state`` block."""
    block = _single(frame, "remote_state")
    if block is None:
        return None
    options = _values(frame, block, late=True)
    backend, config, generate = options["backend"], options["config"], options.get("generate")
    if not isinstance(backend, str) or not isinstance(config, Mapping):
        raise frame.problem(
            "wrong-type", block.line, "remote_state needs a backend (string) and a config (map)"
        )
    if generate is not None:
        if not isinstance(generate, Mapping) or not {"path", "if_exists"} <= generate.keys():
            message = "generate must be a map with path and if_exists"
            raise frame.problem("wrong-type", _line(block, "generate"), message)
        if generate["if_exists"] not in IF_EXISTS:
            message = f"{generate['if_exists']!r} is not an if_exists"
            raise frame.problem("invalid-value", _line(block, "generate"), message, " or ".join(IF_EXISTS))
    return RemoteState(backend, v.plain(config), None if generate is None else v.plain(generate))


def _line(block: s.Block, name: str) -> int:
    found = block.attribute(name)
    return found.line if found else block.line
