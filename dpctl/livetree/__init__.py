"""The live tree: finding units, reading their HCL, and evaluating the subset of Terragrunt dpctl knows.

The subset and its semantics are described in docs/live-tree.md. The parser is imported on first use.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from dpctl.livetree.unit import (
    Definition,
    Dependency,
    Evaluation,
    Exclude,
    Generated,
    RemoteState,
    Unit,
)

__all__ = [
    "Definition",
    "Dependency",
    "Evaluation",
    "Exclude",
    "Generated",
    "Outputs",
    "RemoteState",
    "Unit",
    "discover",
    "evaluate",
    "load",
    "load_all",
    "preview",
    "write_generated",
]

Outputs = Callable[[Path], Mapping[str, Any] | None]
"""From a unit's directory to its outputs in state; None where it has no state (not applied)."""


def discover(root: Path, env: str) -> tuple[Unit, ...]:
    """Find the units of one environment, sorted by layer. Raises UsageError if ``live/<env>`` has none."""
    raise NotImplementedError


def load(unit: Unit) -> Definition:
    """Read what a unit declares, without any outputs. Raises ConfigError."""
    raise NotImplementedError


def load_all(units: Iterable[Unit]) -> tuple[Definition, ...]:
    """Load many units; raises one ConfigError with the problems of all of them."""
    raise NotImplementedError


def evaluate(unit: Unit, *, command: str, outputs: Outputs, environ: Mapping[str, str]) -> Evaluation:
    """Evaluate a unit for a Terraform command with the outputs of its dependencies. Raises ConfigError.

    Mocks are used only where a dependency has no outputs, ``command`` is ``validate`` or ``plan``, and the
    dependency's list of commands allows it; a dependency without outputs is otherwise an error whose code is
    ``dependency-not-applied``.
    """
    raise NotImplementedError


def preview(unit: Unit, *, environ: Mapping[str, str]) -> Evaluation:
    """Evaluate a unit offline: mocks where there are some, ``${dependency.x.outputs.y}`` texts elsewhere."""
    raise NotImplementedError


def write_generated(directory: Path, files: Iterable[Generated]) -> tuple[Path, ...]:
    """Write generated files as their ``if_exists`` says; returns the paths that were written.

    Raises ConfigError where a file is in the way.
    """
    raise NotImplementedError
