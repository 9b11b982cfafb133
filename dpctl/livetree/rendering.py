"""A unit after evaluation, for ``dpctl render``: as JSON, and as text that reads like its file."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from dpctl import SCHEMA_VERSION, redaction
from dpctl.livetree import Evaluation
from dpctl.livetree import module as modules
from dpctl.livetree.origins import origins
from dpctl.redaction import without_secrets

SENSITIVE = "(sensitive value)"
MIN_SECRET = 4


def document(evaluation: Evaluation, *, provenance: bool = False) -> dict[str, Any]:
    """The JSON document; docs/schemas/render.schema.json describes it."""
    evaluation = _without_secrets(evaluation)
    unit, state = evaluation.unit, evaluation.remote_state
    result: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "env": unit.env,
        "layer": unit.layer,
        "source": _shown(evaluation, evaluation.source),
        "inputs": dict(evaluation.inputs),
        "locals": dict(evaluation.locals),
        "remote_state": state
        and {"backend": state.backend, "config": dict(state.config), "generate": state.generate},
        "generate": {
            name: {"path": item.path, "if_exists": item.if_exists, "contents": item.contents}
            for name, item in evaluation.generate.items()
        },
        "dependencies": _dependencies(evaluation),
    }
    if provenance:
        result |= {"provenance": _provenance(evaluation), "mocked": list(evaluation.mocked)}
    return result


def as_text(evaluation: Evaluation, *, provenance: bool = False) -> str:
    """The same for a person; with ``provenance`` each input says which line gave it."""
    return "\n".join(_lines(_without_secrets(evaluation), provenance))


def _lines(evaluation: Evaluation, provenance: bool) -> Iterator[str]:
    unit, state = evaluation.unit, evaluation.remote_state
    yield f"# {unit.name} ({_shown(evaluation, unit.file)})"
    yield f"source = {json.dumps(_shown(evaluation, evaluation.source))}"
    for path in _dependencies(evaluation):
        yield f"dependency = {json.dumps(path)}"
    if evaluation.prevent_destroy:
        yield "prevent_destroy = true"
    yield ""
    yield "inputs = {"
    places = _provenance(evaluation) if provenance else {}
    for name, value in evaluation.inputs.items():
        if provenance:
            yield f"  # {places[name]}"
        yield f"  {name} = {_value(value)}"
    yield "}"
    if state:
        yield ""
        yield f"remote_state {json.dumps(state.backend)} {{"
        for name in sorted(state.config):
            yield f"  {name} = {_value(state.config[name])}"
        yield "}"
    for name, item in evaluation.generate.items():
        yield ""
        yield f"generate {json.dumps(name)} -> {item.path} ({item.if_exists}) {{"
        yield from (f"  {line}".rstrip() for line in item.contents.splitlines())
        yield "}"


def _value(value: Any) -> str:
    """JSON, indented to stand inside a block; what is short stays on one line."""
    short = json.dumps(value, ensure_ascii=False)
    if len(short) <= 90:
        return short
    return json.dumps(value, indent=2, ensure_ascii=False).replace("\n", "\n  ")


def _without_secrets(evaluation: Evaluation) -> Evaluation:
    """Hide what the module calls sensitive, and what a name calls a secret, wherever else it was used too.

    A job's arguments are a plain map to the module, and people keep passwords there.
    """
    variables = modules.read(evaluation.source, evaluation.unit.root).variables
    sensitive = {name for name in evaluation.inputs if name in variables and variables[name].sensitive}
    state = evaluation.remote_state
    config = state.config if state else {}
    given = {"inputs": evaluation.inputs, "locals": evaluation.locals, "config": config}
    found = {text for name in sensitive for text in _texts(evaluation.inputs[name])}
    found.update(_masked(given, without_secrets(given, SENSITIVE)))
    secrets = tuple(sorted(found, key=len, reverse=True))
    shown = without_secrets(_hide(given, secrets), SENSITIVE)
    return replace(
        evaluation,
        inputs=shown["inputs"] | dict.fromkeys(sensitive, SENSITIVE),
        locals=shown["locals"],
        remote_state=state and replace(state, config=shown["config"]),
        generate={
            name: replace(item, contents=redaction.text(_hide(item.contents, secrets), SENSITIVE))
            for name, item in evaluation.generate.items()
        },
    )


def _masked(value: Any, shown: Any) -> Iterator[str]:
    """The texts of a value that stand as a mark, and nothing else, in how it is shown."""
    if isinstance(value, Mapping):
        for name, item in value.items():
            yield from _masked(item, shown[name])
    elif isinstance(value, list | tuple):
        for item, other in zip(value, shown, strict=True):
            yield from _masked(item, other)
    elif shown == SENSITIVE:
        yield from _texts(value)


def _texts(value: Any) -> Iterator[str]:
    """The texts in a value that are long enough to be told from ordinary words."""
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, str) and len(value) >= MIN_SECRET:
        yield value


def _hide(value: Any, secrets: tuple[str, ...]) -> Any:
    if isinstance(value, Mapping):
        return {key: _hide(item, secrets) for key, item in value.items()}
    if isinstance(value, list):
        return [_hide(item, secrets) for item in value]
    if isinstance(value, str):
        for secret in secrets:
            value = value.replace(secret, SENSITIVE)
    return value


def _provenance(evaluation: Evaluation) -> dict[str, str]:
    """The place of each input, and behind an arrow the place in the data file its value was taken from."""
    behind = origins(evaluation)
    return {
        name: f"{place} <- {behind[name]}" if name in behind else place
        for name, place in evaluation.provenance.items()
    }


def _dependencies(evaluation: Evaluation) -> list[str]:
    directories = {item.unit_dir for item in evaluation.dependencies if item.enabled} | set(evaluation.paths)
    return sorted(_shown(evaluation, directory) for directory in directories)


def _shown(evaluation: Evaluation, path: Path) -> str:
    root = evaluation.unit.root
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)
