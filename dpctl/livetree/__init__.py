"""The live tree: finding units, reading their HCL, and evaluating the subset of Terragrunt dpctl knows.

The subset and its semantics are described in docs/live-tree.md. The parser is imported on first use.
"""

from __future__ import annotations

from dpctl.livetree.discovery import discover, environments, overlooked, unit_at
from dpctl.livetree.generate import write_generated
from dpctl.livetree.outputs import Outputs
from dpctl.livetree.reading import evaluate, load, load_all, preview
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
    "environments",
    "evaluate",
    "load",
    "load_all",
    "overlooked",
    "preview",
    "unit_at",
    "write_generated",
]
