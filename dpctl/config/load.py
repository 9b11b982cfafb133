"""From ``live/<env>/env.yaml`` to a checked Environment, with every problem in one run."""

from __future__ import annotations

import difflib
import re
import types
import typing
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel, TypeAdapter, ValidationError

from dpctl.config import account_rules, advice, document, meant, rules, table_rules
from dpctl.config.environment import FILE, Environment, environment_names
from dpctl.config.models import EnvConfig
from dpctl.errors import ConfigError, Problem, UsageError

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")  # a folder of live/, never a way out of it
EMPTY = "copy live/dev/env.yaml of the repository: region: ap-south-1 and so on"
RULES = (account_rules, table_rules)  # importing them registers their rules
# pydantic's error type -> our code; what is not listed is a value that breaks a rule
CODES = {
    "missing": "missing-key",
    "extra_forbidden": "unknown-key",
    "value_error": "invalid-value",
    "literal_error": "invalid-value",
}


def load_environment(root: Path, name: str) -> Environment:
    """Read and check one environment.

    Raises UsageError when there is no such environment, ConfigError with every problem that is an error.
    """
    config, problems = _check(root, name)
    errors = [problem for problem in problems if problem.severity == "error"]
    if errors or config is None:
        raise ConfigError(errors)
    return Environment(name, root, root / "live" / name / FILE, config)


def locate(environment: Environment) -> Callable[[tuple[str | int, ...]], int]:
    """A function from a key's path to its line in the file; what is left out has the line above it."""
    return document.read(environment.file, environment.file.name).line


def check_environment(root: Path, name: str) -> list[Problem]:
    """Every problem of one env.yaml, warnings too. Raises UsageError when there is no such environment."""
    return _check(root, name)[1]


def _check(root: Path, name: str) -> tuple[EnvConfig | None, list[Problem]]:
    path = root / "live" / name / FILE
    if not NAME.fullmatch(name) or not path.is_file():
        raise _no_such_environment(root, name)
    try:
        doc = document.read(path, str(path.relative_to(root)))
    except ConfigError as error:
        return None, list(error.problems)
    if not isinstance(doc.data, dict):
        return None, [
            Problem("wrong-type", "the file must be a mapping of keys to values", doc.file, 1, hint=EMPTY)
        ]
    config: EnvConfig | None = None
    problems: list[Problem] = []
    try:
        config = EnvConfig.model_validate(doc.data)
        sections = dict(config)
    except ValidationError as error:
        problems = meant.root_causes([_from_pydantic(doc, item) for item in error.errors()], doc)
        sections = _sections(doc.data)
        for section, key in meant.keys(problems):
            sections.pop("" if section else key, None)
    for breach in rules.check(name, sections):
        line = doc.line(breach.path)
        key = document.dotted(breach.path)
        problems.append(
            Problem(breach.code, breach.message, doc.file, line, key, breach.hint, breach.severity)
        )
    return config, sorted(problems, key=lambda problem: (problem.line, problem.key, problem.code))


def _sections(data: dict[str, Any]) -> dict[str, Any]:
    """The top-level values that are valid on their own, so that one bad section hides no other's problems."""
    sections: dict[str, Any] = {}
    for name, field in EnvConfig.model_fields.items():
        if name not in data:
            if not field.is_required():
                sections[name] = field.get_default(call_default_factory=True)
            continue
        annotation: Any = field.annotation
        if field.metadata:
            annotation = typing.Annotated[annotation, *field.metadata]
        try:
            sections[name] = TypeAdapter(annotation).validate_python(data[name])
        except ValidationError:
            continue
    return sections


def _from_pydantic(doc: document.Document, item: Any) -> Problem:
    path = tuple(part for part in item["loc"] if part != "[key]")
    kind = item["type"]
    code = CODES.get(kind, "wrong-type" if kind.endswith(("_type", "_parsing")) else "invalid-value")
    message = item["msg"].removeprefix("Value error, ")
    hint = advice.on(item, str(path[-1]) if path else "")
    if kind == "missing":
        message = f"the key {path[-1]!r} is missing"
        path = path[:-1]
    elif kind == "extra_forbidden":
        known = _known_keys(path[:-1])
        message = f"there is no key {path[-1]!r} here; known: {', '.join(known)}"
        close = meant.key(str(path[-1]), known)
        hint = close or _elsewhere(str(path[-1])) or meant.REMOVE
    elif kind == "string_pattern_mismatch":
        message = f"{item['input']!r} does not fit {item['ctx']['pattern']}"
    elif kind in ("model_type", "dict_type", "model_attributes_type"):
        message = f"this is a mapping of keys to values, not {item['input']!r:.60}"
        hint = advice.mapping(item["input"], _required(path), hint)
    elif code == "wrong-type":
        message = f"{message}, not {item['input']!r:.60}"
    return Problem(code, message, doc.file, doc.line(path), document.dotted(path), hint)


def _elsewhere(key: str) -> str:
    """Where a key belongs that stands in the wrong section."""
    places = [place for place in _places(EnvConfig, "") if place.rpartition(".")[2] == key]
    return f"move it to {places[0]}" if len(places) == 1 else ""


def _places(model: type[BaseModel], path: str) -> Iterator[str]:
    """Every key of the file that is not below a list or a name of the user's."""
    for name, field in model.model_fields.items():
        place = f"{path}.{field.alias or name}" if path else field.alias or name
        yield place
        kind = _model(field.annotation)
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from _places(kind, place)


def _known_keys(path: tuple[Any, ...]) -> list[str]:
    """The keys a model allows at a path, found by walking the annotations."""
    kind: Any = EnvConfig
    for part in path:
        kind = _model(kind)
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            fields = {field.alias or name: field for name, field in kind.model_fields.items()}
            kind = fields[str(part)].annotation
        else:
            kind = typing.get_args(kind)[-1]
    kind = _model(kind)
    return [field.alias or name for name, field in kind.model_fields.items()]


def _required(path: tuple[Any, ...]) -> list[str]:
    """The keys that the mapping at a path must have; none where its keys are the user's own."""
    kind: Any = EnvConfig
    for part in path:
        kind = _model(kind)
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            kind = {field.alias or name: field for name, field in kind.model_fields.items()}[
                str(part)
            ].annotation
        else:
            kind = typing.get_args(kind)[-1]
    kind = _model(kind)
    if not (isinstance(kind, type) and issubclass(kind, BaseModel)):
        return []
    return [field.alias or name for name, field in kind.model_fields.items() if field.is_required()]


def _model(kind: Any) -> Any:
    """Strip Annotated and ``| None``."""
    while True:
        origin = typing.get_origin(kind)
        if origin is typing.Annotated:
            kind = typing.get_args(kind)[0]
        elif origin in (typing.Union, types.UnionType):
            kind = next(arg for arg in typing.get_args(kind) if arg is not type(None))
        else:
            return kind


def _no_such_environment(root: Path, name: str) -> UsageError:
    known = environment_names(root)
    if not known:
        return UsageError(
            f"There is no live/*/{FILE} under {root}.", hint="cd to the repository, or dpctl --root DIR"
        )
    close = difflib.get_close_matches(name, known, n=1)
    return UsageError(
        f"There is no environment {name!r}.",
        why=f"live/ has: {', '.join(known)}.",
        hint=f"--env {close[0] if close else known[0]}",
    )
