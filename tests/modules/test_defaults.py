"""What env.yaml leaves out means the same to dpctl and to the modules.

dpctl fills a gap with the default of its model, a module with the default of ``optional()``. The live tree
hands the modules env.yaml as it was written, so both must know the same default.
"""

from __future__ import annotations

import types
import typing

import pytest
from pydantic import BaseModel

from dpctl.config.models import EnvConfig
from dpctl.livetree import syntax as s
from tests.modules.conftest import TOP, blocks, name


def model_in(annotation) -> type[BaseModel] | None:
    """The model inside list[X], dict[str, X], X | None and Annotated[X, ...]."""
    if isinstance(annotation, type) and not isinstance(annotation, types.GenericAlias):
        return annotation if issubclass(annotation, BaseModel) else None
    found = (model_in(argument) for argument in typing.get_args(annotation))
    return next((model for model in found if model), None)


def plain(expression):
    """A literal of HCL as a value."""
    match expression:
        case s.Literal(_, value):
            return value
        case s.Template(_, parts):
            return "".join(plain(part) for part in parts)
        case s.TupleNode(_, items):
            return [plain(item) for item in items]
        case s.Object(_, ()):
            return {}
    raise AssertionError(f"not a literal: {expression}")


def differences(kind, model: type[BaseModel], path: str):
    """Where a type's ``optional(..., default)`` and the model's default are not the same."""
    while isinstance(kind, s.Call) and kind.name in {"list", "set", "map", "optional"}:
        kind = kind.arguments[0]
    if not (isinstance(kind, s.Call) and kind.name == "object"):
        return
    for pair in kind.arguments[0].pairs:
        key = pair.key.name if isinstance(pair.key, s.Variable) else plain(pair.key)
        here = f"{path}.{key}"
        fields = {field.alias or known: field for known, field in model.model_fields.items()}
        if key not in fields:
            yield f"{here}: env.yaml has no such key"
            continue
        field, inner = fields[key], model_in(fields[key].annotation)
        optional = isinstance(pair.value, s.Call) and pair.value.name == "optional"
        if not field.is_required() and not optional:
            yield f"{here}: env.yaml may leave it out, the module needs it"
        elif optional and not field.is_required():
            given = pair.value.arguments[1:]
            default = plain(given[0]) if given else None
            expected = field.get_default(call_default_factory=True)
            if isinstance(expected, BaseModel):
                expected = {}
            if default != expected:
                yield f"{here}: {expected!r} to env.yaml, {default!r} to the module"
        if inner:
            yield from differences(pair.value, inner, here)


@pytest.mark.parametrize("module", TOP, ids=name)
def test_defaults_are_those_of_env_yaml(module):
    found = []
    for block in blocks(module, "variable"):
        section, kind = block.labels[0], block.attribute("type").value
        if section in EnvConfig.model_fields:
            model = model_in(EnvConfig.model_fields[section].annotation)
            if model:
                found += differences(kind, model, section)
    assert found == []
