"""The inputs that the shell gives by ``TF_VAR_<name>``, read as Terraform reads them.

They win over the live tree's, for Terraform as for Terragrunt. Source: developer.hashicorp.com/terraform/
language/values/variables, "Environment Variables"; terraform: internal/configs/named_values.go (a variable of
a primitive type, or of none, takes the text as it is; any other takes an expression).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from dpctl.errors import ConfigError
from dpctl.livetree import hcl
from dpctl.livetree import module as modules
from dpctl.livetree import values as v
from dpctl.livetree.expressions import Evaluator
from dpctl.livetree.unit import Evaluation

PREFIX = "TF_VAR_"


def inputs(environ: Mapping[str, str]) -> dict[str, str]:
    """The texts that the shell gives, by the variable's name."""
    return {name.removeprefix(PREFIX): text for name, text in environ.items() if name.startswith(PREFIX)}


def over(evaluation: Evaluation, environ: Mapping[str, str]) -> Evaluation:
    """A unit as an apply in this shell would see it: what its module declares is taken from the shell."""
    declared = modules.read(evaluation.source, evaluation.unit.root).variables
    given = {name: text for name, text in inputs(environ).items() if name in declared}
    values = {name: value(text, declared[name].type, PREFIX + name) for name, text in given.items()}
    places = {name: f"{PREFIX}{name} of the shell" for name in given}
    return replace(
        evaluation,
        inputs=dict(sorted({**evaluation.inputs, **values}.items())) if values else evaluation.inputs,
        provenance={**evaluation.provenance, **places},
    )


def value(text: str, kind: str, shown: str) -> Any:
    """The value of a text for a variable of a type; what is no expression is left for Terraform to refuse."""
    if kind == "string":
        return text
    try:
        if kind == "number":
            return v.to_number(text)
        if kind == "bool":
            return v.to_bool(text)
        [attribute] = hcl.parse(f"value = {text}\n", shown).attributes
        return Evaluator(shown, lambda name: None).value(attribute.value, {})
    except (ConfigError, ValueError, v.Mismatch):
        return text
