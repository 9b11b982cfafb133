"""Reading without Terraform: the outputs of a unit, and its lock."""

from __future__ import annotations

import difflib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dpctl import SCHEMA_VERSION
from dpctl.aws import Aws
from dpctl.config import Environment
from dpctl.deploy import preflight
from dpctl.deploy.outputs import Outputs
from dpctl.deploy.session import FOLDER
from dpctl.deploy.state import Lock, States
from dpctl.errors import DpctlError, UsageError
from dpctl.livetree import RemoteState, Unit, discover, preview

SENSITIVE = "(sensitive)"


@dataclass(frozen=True)
class UnitOutputs:
    """The outputs of one unit; hidden ones are None in ``values``, and named in ``hidden``."""

    env: str
    layer: str
    values: Mapping[str, Any]
    hidden: frozenset[str] = frozenset()

    def as_dict(self, name: str | None = None) -> dict[str, Any]:
        """The document of ``output --json`` (docs/schemas/output.schema.json). Raises UsageError."""
        values = self.values if name is None else {name: self.one(name)}
        return {
            "schema_version": SCHEMA_VERSION,
            "env": self.env,
            "layer": self.layer,
            "outputs": dict(values),
        }

    def one(self, name: str) -> Any:
        """One value. Raises UsageError for an output that is not there."""
        if name not in self.values:
            close = difflib.get_close_matches(name, self.values, n=1)
            command = f"dpctl output --env {self.env} --layer {self.layer}"
            raise UsageError(
                f"{self.env}/{self.layer} has no output {name!r}.",
                why=f"It has: {', '.join(sorted(self.values))}.",
                hint=f"{command} {close[0]}" if close else command,
            )
        return self.values[name]


def find_unit(environment: Environment, layer: str) -> Unit:
    """The unit of a layer. Raises UsageError."""
    units = {unit.layer: unit for unit in discover(environment.root, environment.name)}
    if layer not in units:
        close = difflib.get_close_matches(layer, units, n=1)
        raise UsageError(
            f"There is no layer {layer!r} in {environment.name}.",
            why=f"Known layers: {', '.join(sorted(units))}.",
            hint=f"--layer {close[0]}" if close else "dpctl graph",
        )
    return units[layer]


def _outputs(environment: Environment, aws: Aws) -> Outputs:
    folder = environment.root.resolve() / FOLDER
    return Outputs(States(aws), folder, dict(os.environ), aws.sandboxed)


def applied(environment: Environment, aws: Aws, layer: str) -> bool:
    """Whether a layer's state holds anything. Raises DpctlError where the state can't be read."""
    state = _outputs(environment, aws).state(find_unit(environment, layer))
    return state is not None and not (state.empty and not state.outputs)


def outputs_of(
    environment: Environment, aws: Aws, layer: str, *, show_sensitive: bool = False
) -> UnitOutputs:
    """Read a unit's outputs from its state. Raises DpctlError when it is not applied."""
    unit = find_unit(environment, layer)
    state = _outputs(environment, aws).state(unit)
    if state is None or (state.empty and not state.outputs):
        raise DpctlError(
            f"{unit.name} is not applied: it has no state yet.",
            hint=f"dpctl {'--sandbox ' if aws.sandboxed else ''}apply --env {unit.env} --layer {layer}",
        )
    hidden = frozenset() if show_sensitive else state.sensitive
    values = {name: None if name in hidden else value for name, value in sorted(state.outputs.items())}
    return UnitOutputs(unit.env, layer, values, hidden)


def outputs_text(found: UnitOutputs, name: str | None) -> str:
    """All outputs, one a line; or the bare value of one. Raises UsageError."""
    if name is not None:
        value = found.one(name)
        return SENSITIVE if name in found.hidden else value if isinstance(value, str) else json.dumps(value)
    width = max((len(key) for key in found.values), default=0)
    return "\n".join(
        f"{key:<{width}} = {SENSITIVE if key in found.hidden else json.dumps(value, ensure_ascii=False)}"
        for key, value in found.values.items()
    )


def backend_of(environment: Environment, aws: Aws, layer: str) -> tuple[RemoteState | None, Path]:
    """Where a layer's state is."""
    return _outputs(environment, aws).place(find_unit(environment, layer))


def lock_of(environment: Environment, aws: Aws, layer: str) -> tuple[Lock | None, str]:
    """Who holds a layer's state, and where that is. Raises AccessError and AwsError."""
    remote, path = backend_of(environment, aws, layer)
    preflight.check(environment, aws, remote, environment.root.resolve() / FOLDER)
    states = States(aws)
    return states.lock(remote, path), states.where(remote, path)


def release(environment: Environment, aws: Aws, layer: str) -> None:
    """Take a layer's lock away."""
    States(aws).release(*backend_of(environment, aws, layer))


def state_bucket(environment: Environment) -> tuple[str, str]:
    """The bucket of the environment's state, and its region. Raises UsageError where state is not in S3."""
    for unit in discover(environment.root, environment.name):
        remote = preview(unit, environ=dict(os.environ)).remote_state
        if remote is not None and remote.backend == "s3":
            return str(remote.config["bucket"]), str(remote.config.get("region", environment.config.region))
    raise UsageError(
        f"{environment.name} keeps no state in S3.",
        why="The units' remote_state has another backend, or there are no units.",
        hint="dpctl render --layer LAYER",
    )
