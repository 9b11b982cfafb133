"""env.yaml: its models, its rules, and the loader that finds every problem in one run.

The models are imported when they are asked for: what only needs names and tables gets by without them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dpctl.config.environment import Environment, environment_names
from dpctl.config.known import known_environment

if TYPE_CHECKING:
    from dpctl.config.load import check_environment, load_environment, locate
    from dpctl.config.models import EnvConfig

__all__ = [
    "EnvConfig",
    "Environment",
    "check_environment",
    "environment_names",
    "known_environment",
    "load_environment",
    "locate",
]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(name)
    from dpctl.config import load

    return getattr(load, name)
