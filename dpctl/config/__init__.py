"""env.yaml: its models, its rules, and the loader that finds every problem in one run."""

from dpctl.config.load import Environment, check_environment, environment_names, load_environment, locate
from dpctl.config.models import EnvConfig

__all__ = ["EnvConfig", "Environment", "check_environment", "environment_names", "load_environment", "locate"]
