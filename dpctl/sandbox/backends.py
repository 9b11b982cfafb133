"""moto's settings, and what is mended in it at run time."""

from __future__ import annotations

# The part of an RDS endpoint that AWS gives to an account and region (plan, 1.5).
RDS_SUFFIX = "cx0o02ucshgw"


def configure() -> None:
    """No Docker, managed IAM policies by name, state machines that really run, and what moto gets wrong."""
    from moto.core.config import default_user_config

    default_user_config["lambda"] = {"use_docker": False}
    default_user_config["batch"] = {"use_docker": False}
    default_user_config["stepfunctions"] = {"execute_state_machine": True}
    default_user_config["iam"] = {"load_aws_managed_policies": True}
    _rds_address()


def _rds_address() -> None:
    from moto.rds.models import DBInstance

    def address(instance: DBInstance) -> str:
        return f"{instance.db_instance_identifier}.{RDS_SUFFIX}.{instance.region}.rds.amazonaws.com"

    DBInstance.address = property(address)


def reset() -> None:
    """Forget every account that moto holds in this process."""
    from moto.core.base_backend import BackendDict
    from moto.core.model_instances import reset_model_data

    BackendDict.reset()
    reset_model_data()
