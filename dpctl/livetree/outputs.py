"""The outputs of dependencies, and when mocks may stand in for them.

Terragrunt lets mocks reach any command unless a list of commands forbids it. Here they never do: they are
used for ``validate`` and ``plan`` (and ``init``) only, and the list can only narrow that further.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeAlias

from dpctl.errors import ConfigError, Problem
from dpctl.livetree.discovery import unit_at
from dpctl.livetree.unit import Dependency, Unit
from dpctl.livetree.values import Mismatch, Namespace, Unknown, missing

Outputs: TypeAlias = Callable[[Path], Mapping[str, Any] | None]
"""From a unit's directory to its outputs in state; None where it has no state (not applied)."""

MOCK_COMMANDS = frozenset({"init", "plan", "validate"})


class Resolver:
    """Gives each dependency its outputs, once; remembers where mocks were used."""

    def __init__(self, unit: Unit, command: str, outputs: Outputs) -> None:
        self.unit = unit
        self.command = command
        self._outputs = outputs
        self._resolved: dict[tuple[str, str, int], Any] = {}
        self._mocked: set[str] = set()

    @property
    def mocked(self) -> tuple[str, ...]:
        """The names of the dependencies whose mocks were used."""
        return tuple(sorted(self._mocked))

    def resolve(self, dependency: Dependency) -> Any:
        """The outputs of a dependency. Raises ConfigError where there are none and mocks are not allowed."""
        key = (dependency.name, dependency.file, dependency.line)
        if key not in self._resolved:
            self._resolved[key] = self._outputs_of(dependency)
        return self._resolved[key]

    def _outputs_of(self, dependency: Dependency) -> Namespace:
        mocks = dependency.mock_outputs if self._may_mock(dependency) else None
        if dependency.skip_outputs or not dependency.enabled:
            return self._namespace(dependency, self._mock(dependency, mocks or {}))
        real = self._outputs(dependency.unit_dir)
        if not real:
            if mocks is None:
                raise self._not_applied(dependency)
            return self._namespace(dependency, self._mock(dependency, mocks))
        strategy = dependency.mock_outputs_merge_strategy_with_state
        if strategy == "no_merge" or not mocks:
            return self._namespace(dependency, real)
        merged = {**mocks, **real} if strategy == "shallow" else _merge_maps(mocks, real)
        if merged != real:
            self._mocked.add(dependency.name)
        return self._namespace(dependency, merged)

    def _mock(self, dependency: Dependency, mocks: Mapping[str, Any]) -> Mapping[str, Any]:
        if mocks:
            self._mocked.add(dependency.name)
        return mocks

    def _may_mock(self, dependency: Dependency) -> bool:
        listed = dependency.mock_outputs_allowed_terraform_commands
        return self.command in MOCK_COMMANDS and (not listed or self.command in listed)

    def _namespace(self, dependency: Dependency, outputs: Mapping[str, Any]) -> Namespace:
        return _Known(self._name(dependency), dependency.name, outputs)

    def _name(self, dependency: Dependency) -> str:
        unit = unit_at(self.unit.root, dependency.unit_dir)
        return unit.name if unit else str(dependency.unit_dir)

    def _not_applied(self, dependency: Dependency) -> ConfigError:
        unit = unit_at(self.unit.root, dependency.unit_dir)
        why = "it has no mock_outputs"
        if dependency.mock_outputs is not None:
            why = f"its mocks are not for {self.command}"
        message = f"{self._name(dependency)} has no outputs yet (it was not applied), and {why}"
        hint = f"dpctl apply --env {unit.env} --layer {unit.layer}" if unit else ""
        return ConfigError(
            Problem("dependency-not-applied", message, dependency.file, dependency.line, hint=hint)
        )


class _Known(Namespace):
    """Outputs that are there; one that is not is an error that names the unit."""

    def __init__(self, unit: str, name: str, outputs: Mapping[str, Any]) -> None:
        super().__init__(f"dependency.{name}.outputs", outputs, outputs.__getitem__)
        self.unit = unit

    def get(self, name: str) -> Any:
        if name in self.names:
            return self._get(name)
        error = missing("output ", name, self.names)
        layer = self.unit.partition("/")[2]
        hint = error.hint or f"dpctl apply --layer {layer}, if the output is new"
        raise Mismatch(f"{self.unit}: {error}", hint, "missing-output")


class _Open(Namespace):
    """Outputs nobody has asked for yet: mocks where there are some, unknown values elsewhere."""

    def __init__(self, dependency: Dependency) -> None:
        mocks = dependency.mock_outputs or {}
        super().__init__(f"dependency.{dependency.name}.outputs", mocks, mocks.__getitem__)

    def get(self, name: str) -> Any:
        return self._get(name) if name in self.names else Unknown(f"${{{self.title}.{name}}}")

    def settle(self) -> Any:
        return super().settle() if self.names else Unknown(f"${{{self.title}}}")


def open_outputs(dependency: Dependency) -> Namespace:
    """Outputs for reading a unit without any state."""
    return _Open(dependency)


def _merge_maps(mocks: Mapping[str, Any], real: Mapping[str, Any]) -> dict[str, Any]:
    """``deep_map_only``: maps recurse, lists and everything else come from the state."""
    result = dict(mocks)
    for key, value in real.items():
        both = isinstance(value, Mapping) and isinstance(mocks.get(key), Mapping)
        result[key] = _merge_maps(mocks[key], value) if both else value
    return result
