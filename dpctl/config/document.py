"""A YAML file as data plus the line of every key; duplicate keys and bombs are refused."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from dpctl.errors import ConfigError, Problem

MAX_BYTES = 1_000_000
MAX_NODES = 100_000
MAX_DEPTH = 100
Path_ = tuple[str | int, ...]
# Plain words that PyYAML (YAML 1.1) and Terraform's yamldecode take for different values: numbers with a
# leading zero or an underscore, times, dates, and the one-letter truths.
_TWO_READINGS = re.compile(
    r"[-+]?0[0-9_]+|[-+]?[0-9][0-9_]*_[0-9_]*|[-+]?\d+(:[0-5]?\d)+(\.\d*)?|[yYnN]|\d{4}-\d\d?-\d\d?.*"
)


@dataclass(frozen=True)
class Document:
    """``data`` is plain JSON-like values; ``lines`` maps a path of keys to its 1-based line."""

    file: str
    data: Any
    lines: dict[Path_, int]

    def line(self, path: Path_) -> int:
        """The line of a path, or of the nearest one above it that is in the file."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


def read(path: Path, shown: str) -> Document:
    """Read one YAML file; ``shown`` is the path to put into messages.

    Raises ConfigError for what is not YAML, has a key twice, or unfolds to more than MAX_NODES values.
    """
    text = _text(path, shown)
    try:
        # The loader in C where PyYAML was built with it: ten times as fast.
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        _refuse_depth(yaml.parse(text, Loader=loader), shown)
        node = yaml.compose(text, Loader=loader)
        if node is None:
            raise _problem(shown, 1, "empty-file", "the file is empty", "copy live/dev/env.yaml")
        _refuse_bombs(node, shown)
        reader = _Reader(shown)
        data = reader.value(node, ())
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        message = " ".join(filter(None, (error.context, error.problem)))
        raise _problem(shown, mark.line + 1 if mark else 1, "yaml-syntax", message) from error
    except yaml.YAMLError as error:
        raise _problem(shown, 1, "yaml-syntax", str(error).splitlines()[0]) from error
    except RecursionError as error:
        raise _problem(shown, 1, "yaml-syntax", "the file is nested too deeply") from error
    if reader.problems:
        raise ConfigError(reader.problems)
    return Document(shown, data, reader.lines)


class _Reader:
    """Turns nodes into values, and remembers where each came from."""

    def __init__(self, shown: str) -> None:
        self.shown = shown
        self.lines: dict[Path_, int] = {}
        self.problems: list[Problem] = []
        self._scalars = yaml.SafeLoader("")

    def value(self, node: yaml.Node, path: Path_) -> Any:
        self.lines.setdefault(path, node.start_mark.line + 1)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(child, (*path, index)) for index, child in enumerate(node.value)]
        plain = isinstance(node, yaml.ScalarNode) and not node.style
        if plain and _TWO_READINGS.fullmatch(node.value):
            message = f"{node.value} is one value in YAML 1.1 and another in the YAML that Terraform reads"
            self._add(node, path, "ambiguous-value", message, f'write it in quotes: "{node.value}"')
            return node.value
        try:
            return self._scalars.construct_object(node)
        except ValueError as error:
            self._add(node, path, "yaml-syntax", str(error))
            return None

    def _mapping(self, node: yaml.MappingNode, path: Path_) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = str(key_node.value)
            here = (*path, key)
            if not isinstance(key_node, yaml.ScalarNode) or key_node.tag == "tag:yaml.org,2002:merge":
                self._add(
                    key_node, path, "yaml-syntax", "keys must be plain words; merge keys (<<) are not read"
                )
            elif key in result:
                self._add(
                    key_node,
                    here,
                    "duplicate-key",
                    f"the key {key!r} stands here twice; the first is on line {self.lines[here]}",
                    "keep one of them",
                )
            else:
                self.lines[here] = key_node.start_mark.line + 1
                result[key] = self.value(value_node, here)
        return result

    def _add(self, node: yaml.Node, path: Path_, code: str, message: str, hint: str = "") -> None:
        line = node.start_mark.line + 1
        self.problems.append(Problem(code, message, self.shown, line, dotted(path), hint))


def dotted(path: Path_) -> str:
    """A path as a person writes it: ``network.private_subnets[1].cidr``."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text


def _refuse_depth(events: Iterable[yaml.Event], shown: str) -> None:
    """Stop at MAX_DEPTH levels: the loader in C recurses, and would end the process without a word."""
    depth = 0
    for event in events:
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            line = event.start_mark.line + 1 if event.start_mark else 1
            raise _problem(shown, line, "yaml-syntax", f"the file is nested deeper than {MAX_DEPTH} levels")


def _refuse_bombs(root: yaml.Node, shown: str) -> None:
    """Count what the aliases unfold to, without unfolding them."""
    sizes: dict[int, int] = {}

    def size(node: yaml.Node, above: frozenset[int]) -> int:
        if id(node) in above:
            raise _problem(shown, node.start_mark.line + 1, "yaml-syntax", "an alias contains itself")
        if id(node) not in sizes:
            children: list[yaml.Node] = []
            if isinstance(node, yaml.MappingNode):
                children = [part for pair in node.value for part in pair]
            elif isinstance(node, yaml.SequenceNode):
                children = node.value
            sizes[id(node)] = 1 + sum(size(child, above | {id(node)}) for child in children)
        return sizes[id(node)]

    total = size(root, frozenset())
    if total > MAX_NODES:
        raise _problem(
            shown, 1, "too-large", f"the file unfolds to {total:,} values; the limit is {MAX_NODES:,}"
        )


def _text(path: Path, shown: str) -> str:
    try:
        raw = path.read_bytes()
    except OSError as error:
        reason = error.strerror or str(error)
        raise _problem(shown, 0, "unreadable-file", f"the file can't be read: {reason}") from error
    if len(raw) > MAX_BYTES:
        raise _problem(shown, 1, "too-large", f"the file has {len(raw):,} bytes; the limit is {MAX_BYTES:,}")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise _problem(shown, line, "not-utf-8", f"byte {error.start} is not UTF-8 text") from error


def _problem(shown: str, line: int, code: str, message: str, hint: str = "") -> ConfigError:
    return ConfigError(Problem(code, message, shown, line, hint=hint))
