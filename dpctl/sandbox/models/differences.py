"""Where a service differs from its published model, with the source of each difference.

A model may be laxer than its service (it lists no pattern, and the service has one) or stricter (it forbids
what the service takes). What is not listed here is as the model says.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Rule:
    """What is true of a member in place of the model's word.

    ``required`` None leaves that to the model; ``constraints`` has min, max, pattern and enum, None for none;
    ``also`` are values that the enumeration lacks.
    """

    required: bool | None = None
    constraints: Mapping[str, Any] = field(default_factory=dict)
    also: tuple[str, ...] = ()


@dataclass(frozen=True)
class Difference:
    """One place: the operations (``service:Operation``), the member's path, the rule, and where that stands.

    The path is as AWS prints it, without the numbers of list elements; ``.key`` are the keys of a map.
    """

    operations: tuple[str, ...]
    path: str
    rule: Rule
    says: str
    source: str


_GLUE_CONNECTIONS = ("glue:CreateConnection", "glue:UpdateConnection")

DIFFERENCES: tuple[Difference, ...] = (
    Difference(
        _GLUE_CONNECTIONS,
        "connectionInput.connectionType",
        Rule(also=("REDSHIFT", "SNOWFLAKE")),
        "Glue takes the types of its console, which the model does not list",
        "https://github.com/hashicorp/terraform-provider-aws/issues/41544, "
        "https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/1810",
    ),
    Difference(
        _GLUE_CONNECTIONS,
        "connectionInput.connectionProperties.key",
        Rule(also=("ENFORCE_SSL", "JDBC_PARAMS")),
        "a connection of the type REDSHIFT has properties that the model does not list",
        "https://docs.aws.amazon.com/glue/latest/dg/connection-properties.html",
    ),
)

_AS_MODELLED = Rule()
_RULES = {(operation, one.path): one.rule for one in DIFFERENCES for operation in one.operations}


def rule_of(operation: str, path: str) -> Rule:
    """The rule of a member: ``path`` as a Difference has it."""
    return _RULES.get((operation, path), _AS_MODELLED)
