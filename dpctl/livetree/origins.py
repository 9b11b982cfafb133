"""Where in env.yaml a value comes from: follows ``local.env.network`` back to the line of ``network:``.

An input that only picks a value out of ``yamldecode(file(...))``, through any number of locals and exposed
includes, has an origin; one that is computed has none.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import yaml

from dpctl.errors import ConfigError
from dpctl.livetree import syntax as s
from dpctl.livetree.frame import Frame, open_frame
from dpctl.livetree.merging import session
from dpctl.livetree.outputs import open_outputs
from dpctl.livetree.unit import Evaluation

Keys = tuple[str, ...]
MAX_STEPS = 50  # locals that point at each other were refused before; this only bounds the loop


def origins(evaluation: Evaluation, environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """``file:line`` of the data behind each input, where there is one. Raises ConfigError."""
    unit = evaluation.unit
    given = os.environ if environ is None else environ
    frame = open_frame(unit.file, session(unit.root, "validate", given, open_outputs))
    found: dict[str, str] = {}
    for item in (*(included.frame for included in frame.includes.values()), frame):
        for name, node in _inputs(item):
            place = f"{item.shown}:{node.line}"
            if evaluation.provenance.get(name) == place and (origin := _origin(item, node.value)):
                found[name] = origin
    return found


def _inputs(frame: Frame) -> list[tuple[str, s.Pair]]:
    attribute = frame.body.attribute("inputs")
    if attribute is None or not isinstance(attribute.value, s.Object):
        return []
    pairs = [pair for pair in attribute.value.pairs if isinstance(pair.key, s.Literal)]
    return [(str(pair.key.value), pair) for pair in pairs]


def _origin(frame: Frame, node: s.Expr) -> str:
    keys: Keys = ()
    for _ in range(MAX_STEPS):
        node, more = _picked(node)
        keys = more + keys
        match node, keys:
            case s.Call(_, "yamldecode", (s.Call(_, "file", (argument,), _),), _), _:
                return _place(frame, argument, keys)
            case s.Variable(_, "local"), (name, *rest):
                found = _local(frame, name)
            case s.Variable(_, "include"), (label, "locals", name, *rest) if label in frame.includes:
                frame = frame.includes[label].frame
                found = _local(frame, name)
            case _:
                return ""
        if found is None:
            return ""
        node, keys = found, tuple(rest)
    return ""


def _picked(node: s.Expr) -> tuple[s.Expr, Keys]:
    """What a chain of ``.name`` and ``["name"]`` starts from, and its names; ``try(x, ...)`` counts as x."""
    keys: Keys = ()
    while True:
        match node:
            case s.GetAttr(_, base, name):
                node, keys = base, (name, *keys)
            case s.Index(_, base, s.Literal(_, str(name))):
                node, keys = base, (name, *keys)
            case s.Call(_, "try", (first, *_), _):
                node = first
            case _:
                return node, keys


def _local(frame: Frame, name: str) -> s.Expr | None:
    for block in frame.body.of_kind("locals"):
        if attribute := block.attribute(name):
            return attribute.value
    return None


def _place(frame: Frame, argument: s.Expr, keys: Keys) -> str:
    try:
        path = frame.place.resolve(str(frame.value(argument)))
        node = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    except (ConfigError, OSError, UnicodeDecodeError, yaml.YAMLError):
        return ""
    line = _line(node, keys)
    return f"{frame.place.shown(Path(path))}:{line}" if line else ""


def _line(node: yaml.Node | None, keys: Keys) -> int:
    """The line of a path of keys; 0 where it is not in the file, and another value was taken."""
    line = 1
    for key in keys:
        pairs = node.value if isinstance(node, yaml.MappingNode) else []
        found = next(((k, item) for k, item in pairs if k.value == key), None)
        if found is None:
            return 0
        line, node = found[0].start_mark.line + 1, found[1]
    return line
