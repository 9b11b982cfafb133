"""The operations that are answered here, one module per service.

A module exports ``HANDLERS`` (the answer to a call; None lets moto answer), ``AFTER`` (what follows a call),
``CONTROL`` (pages under /_sandbox/) and ``TARGETS`` (what rules and schedules may start), where it has any.
"""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

from dpctl.sandbox.account import Account
from dpctl.sandbox.calls import Answer, Call
from dpctl.sandbox.services import (
    budgets,
    event_sources,
    events,
    glue_connections,
    glue_jobs,
    glue_runs,
    glue_triggers,
    glue_workflows,
    iam,
    integrations,
    lambda_access,
    lambda_invoke,
    lambdas,
    objects,
    propagation,
    rds,
    redshift_data,
    redshift_serverless,
    schedule_clock,
    schedules,
    secrets,
    settling,
    slow,
    stepfunctions,
    sts,
    targets,
    time_to_live,
    trail,
)

Key = tuple[str, str]
Handler = Callable[[Account, Call], dict[str, Any] | None]
Hook = Callable[[Account, Call, Answer], Answer | None]
Control = Callable[[Account, Any], Any]

HANDLERS: dict[Key, Handler] = {}
AFTER: dict[Key, list[Hook]] = {}
CONTROL: dict[Key, Control] = {}
# Services that moto has nothing of, or nothing that is true: what is not answered here is not answered.
# The last one is nobody's: moto takes its calls for another service's, and breaks.
OWN_SERVICES = frozenset({"redshift-serverless", "redshift-data", "route53profiles"})


MODULES: tuple[ModuleType, ...] = (
    budgets,
    event_sources,
    events,
    glue_connections,
    glue_jobs,
    glue_runs,
    glue_triggers,
    glue_workflows,
    iam,
    integrations,
    lambda_access,
    lambda_invoke,
    lambdas,
    objects,
    propagation,
    rds,
    redshift_data,
    redshift_serverless,
    schedule_clock,
    schedules,
    secrets,
    settling,
    slow,
    stepfunctions,
    sts,
    time_to_live,
    trail,
)


def _collect() -> None:
    for module in MODULES:
        HANDLERS.update(getattr(module, "HANDLERS", {}))
        CONTROL.update(getattr(module, "CONTROL", {}))
        targets.TARGETS.update(getattr(module, "TARGETS", {}))
        for key, hook in getattr(module, "AFTER", {}).items():
            AFTER.setdefault(key, []).append(hook)


_collect()
