"""A YAML file as data plus the line of every key; duplicate keys and bombs are refused."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from dpctl.config import syntax
from dpctl.errors import ConfigError, Problem

MAX_BYTES = 1_000_000
MAX_NODES = 100_000
MAX_DEPTH = 100
Path_ = tuple[str | int, ...]
FLAT = "fewer levels; no value of env.yaml has more than eight"
COPY = "copy live/dev/env.yaml of the repository, and put your values in"
_ODD_SPACE = re.compile("[\u00a0\u1680\u2000-\u200b\u202f\u205f\u3000]")
_ODD_QUOTE = re.compile("[\u2018\u2019\u201c\u201d]")
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
    return parse(_text(path, shown), shown)


def parse(text: str, shown: str) -> Document:
    """The same of a text. Raises ConfigError."""
    _refuse_leftovers(text, shown)
    try:
        # The loader in C where PyYAML was built with it: ten times as fast.
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        _refuse_depth(yaml.parse(text, Loader=loader), shown)
        node = yaml.compose(text, Loader=loader)
        if node is None:
            raise _problem(shown, 1, "empty-file", "the file is empty", COPY)
        _refuse_bombs(node, shown)
        reader = _Reader(shown)
        data = reader.value(node, ())
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        message = " ".join(filter(None, (error.context, error.problem)))
        if error.context_mark and "could not find expected ':'" in message:
            mark = error.context_mark  # the word that is no key; the problem is found one line later
        line = mark.line + 1 if mark else 1
        opened = syntax.open_quote(text, line)
        hint = syntax.QUOTE if opened else syntax.hint(text, line, message)
        raise _problem(shown, opened or line, "yaml-syntax", message, hint) from error
    except yaml.YAMLError as error:
        hint = "save the file as UTF-8 text without control characters"
        raise _problem(shown, 1, "yaml-syntax", str(error).splitlines()[0], hint) from error
    except RecursionError as error:
        raise _problem(shown, 1, "yaml-syntax", "the file is nested too deeply", FLAT) from error
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
            self._add(node, path, "ambiguous-value", message, _unambiguous(node.value))
            return node.value
        try:
            return self._scalars.construct_object(node)
        except ValueError as error:
            self._add(node, path, "yaml-syntax", str(error), f'write it in quotes: "{node.value}"')
            return None

    def _mapping(self, node: yaml.MappingNode, path: Path_) -> dict[str, Any]:
        result: dict[str, Any] = {}
        before = ""
        for key_node, value_node in node.value:
            key = str(key_node.value)
            here = (*path, key)
            if torn := _torn_number(result.get(before), key, value_node):
                self.problems.append(self._torn(key_node, (*path, before), torn))
                continue
            before = key
            if not isinstance(key_node, yaml.ScalarNode) or key_node.tag == "tag:yaml.org,2002:merge":
                merge = isinstance(key_node, yaml.ScalarNode)
                why = "merge keys (<<) are not read" if merge else "templates ({{ x }}) are not filled in"
                hint = "write the keys out" if merge else "the value itself"
                self._add(key_node, path, "yaml-syntax", f"keys must be plain words; {why}", hint)
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

    def _torn(self, node: yaml.Node, path: Path_, number: str) -> Problem:
        what = f"a comma ends a value, and {node.value} would be a key of its own"
        line = node.start_mark.line + 1
        return Problem("ambiguous-value", what, self.shown, line, dotted(path), f"{path[-1]}: {number}")

    def _add(self, node: yaml.Node, path: Path_, code: str, message: str, hint: str = "") -> None:
        line = node.start_mark.line + 1
        self.problems.append(Problem(code, message, self.shown, line, dotted(path), hint))


def _torn_number(before: Any, key: str, value: yaml.Node) -> str:
    """The number that was meant by ``20,000`` or ``0,0625`` in a mapping; empty for anything else."""
    whole = isinstance(before, int) and not isinstance(before, bool)
    if not whole or not key.isdecimal() or not isinstance(value, yaml.ScalarNode) or value.value:
        return ""
    thousands = len(key) == 3 and before != 0
    return f"{before}{key}" if thousands else f"{before}.{key}"


def _unambiguous(text: str) -> str:
    if re.fullmatch(r"[+-]?\d[\d_]*", text) and "_" in text:
        return f"{text.replace('_', '')}, or in quotes where it is a text"
    if re.fullmatch(r"[+-]\d+:\d+", text):
        return "a time zone has a name, as Asia/Kolkata; any other text stands in quotes"
    return f'write it in quotes: "{text}"'


def dotted(path: Path_) -> str:
    """A path as a person writes it: ``network.private_subnets[1].cidr``."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text


def _refuse_leftovers(text: str, shown: str) -> None:
    """What a merge or a web page leaves behind, and no YAML parser calls by its name."""
    for number, line in enumerate(text.split("\n"), start=1):
        if line.startswith(("<<<<<<< ", ">>>>>>> ")) or line == "=======":
            hint = "keep one side, and remove the lines <<<<<<<, ======= and >>>>>>>"
            raise _problem(shown, number, "merge-marker", "a merge was not finished here", hint)
        if odd := _ODD_SPACE.search(line.partition(" #")[0]):
            name = f"U+{ord(odd[0]):04X}"
            what = f"there is a {name} in this line, which only looks like a space"
            raise _problem(
                shown, number, "odd-space", what, f"an ordinary space in place of it: {_shown(line)}"
            )
        if quote := _ODD_QUOTE.search(line.partition(" #")[0]):
            what = f"{quote[0]} is not a quotation mark of YAML"
            raise _problem(
                shown, number, "odd-quote", what, f"straight quotes: {_ODD_QUOTE.sub(chr(34), line).strip()}"
            )


def _shown(line: str) -> str:
    return _ODD_SPACE.sub(" ", line).strip()[:60]


def _refuse_depth(events: Iterable[yaml.Event], shown: str) -> None:
    """Stop at MAX_DEPTH levels: the loader in C recurses, and would end the process without a word."""
    depth = 0
    for event in events:
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            line = event.start_mark.line + 1 if event.start_mark else 1
            raise _problem(
                shown, line, "yaml-syntax", f"the file is nested deeper than {MAX_DEPTH} levels", FLAT
            )


def _refuse_bombs(root: yaml.Node, shown: str) -> None:
    """Count what the aliases unfold to, without unfolding them."""
    sizes: dict[int, int] = {}

    def size(node: yaml.Node, above: frozenset[int]) -> int:
        if id(node) in above:
            raise _problem(
                shown, node.start_mark.line + 1, "yaml-syntax", "an alias contains itself", "the value itself"
            )
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
            shown,
            1,
            "too-large",
            f"the file unfolds to {total:,} values; the limit is {MAX_NODES:,}",
            "the values themselves instead of aliases of aliases",
        )


def _text(path: Path, shown: str) -> str:
    try:
        raw = path.read_bytes()
    except OSError as error:
        reason = error.strerror or str(error)
        raise _problem(
            shown, 0, "unreadable-file", f"the file can't be read: {reason}", f"ls -l {shown}"
        ) from error
    if len(raw) > MAX_BYTES:
        raise _problem(
            shown, 1, "too-large", f"the file has {len(raw):,} bytes; the limit is {MAX_BYTES:,}", COPY
        )
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise _problem(
            shown, line, "not-utf-8", f"byte {error.start} is not UTF-8 text", "save it as UTF-8"
        ) from error


def _problem(shown: str, line: int, code: str, message: str, hint: str = "") -> ConfigError:
    return ConfigError(Problem(code, message, shown, line, hint=hint))
