"""moto's settings."""

from __future__ import annotations


def configure() -> None:
    """No Docker, managed IAM policies by name, state machines that really run, and moto fixed."""
    from moto.core.config import default_user_config

    from dpctl.sandbox import patches

    default_user_config["lambda"] = {"use_docker": False}
    default_user_config["batch"] = {"use_docker": False}
    default_user_config["stepfunctions"] = {"execute_state_machine": True}
    default_user_config["iam"] = {"load_aws_managed_policies": True}
    patches.apply()


def reset() -> None:
    """Forget every account that moto holds in this process."""
    from moto.core.base_backend import BackendDict
    from moto.core.model_instances import reset_model_data

    BackendDict.reset()
    reset_model_data()
