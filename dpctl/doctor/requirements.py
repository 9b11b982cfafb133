"""What a Glue connection to Redshift needs of its network and of its role, with where AWS says so."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from dpctl.doctor import model as m

# AWS Glue developer guide, "Setting up networking for development" and the managed policy AWSGlueServiceRole:
# Glue makes the network interface with the role, and looks the network up with it first.
NETWORK_ACTIONS = (
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeRouteTables",
    "ec2:DescribeVpcEndpoints",
    "ec2:DescribeVpcAttribute",
)
SECRET_ACTION = "secretsmanager:GetSecretValue"
KEY_ACTION = "kms:Decrypt"
# The action that each service's endpoint policy must let through.
ENDPOINT_ACTIONS = {
    "sts": "sts:GetCallerIdentity",
    "secretsmanager": SECRET_ACTION,
    "s3": "s3:GetObject",
    "kms": KEY_ACTION,
    "glue": "glue:GetConnection",
    "logs": "logs:PutLogEvents",
}


@dataclass(frozen=True)
class Simulation:
    """Actions to ask IAM's simulator about, on one resource."""

    actions: tuple[str, ...]
    resource: str


@dataclass(frozen=True)
class Destination:
    """Where the connection's network interface must get to. ``service`` is empty for the warehouse.

    ``required`` tells what a connection test needs from what only some jobs need.
    """

    name: str
    host: str
    port: int
    service: str
    required: bool
    why: str


def simulations(secret: str, keys: Iterable[str]) -> list[Simulation]:
    """The questions for the policy simulator, one for each kind of resource."""
    asked = [Simulation(NETWORK_ACTIONS, "*")]
    if secret:
        asked.append(Simulation((SECRET_ACTION,), secret))
    asked += [Simulation((KEY_ACTION,), key) for key in keys if key.startswith("arn:")]
    return asked


def dns_suffix(region: str) -> str:
    """The domain of a region's partition."""
    return "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"


def destinations(
    region: str,
    connection: m.Connection | None,
    secret: m.Secret | None,
    jobs: Iterable[m.Job],
    host: str,
    port: int,
) -> tuple[Destination, ...]:
    """Where a connection test and the connection's jobs must get to, the required ones first."""
    suffix = dns_suffix(region)

    def service(name: str, required: bool, why: str) -> Destination:
        return Destination(name, f"{name}.{region}.{suffix}", 443, name, required, why)

    used = [job for job in jobs if connection and connection.name in job.connections]
    wanted = [service("sts", True, "the test takes on the role")]
    if connection and connection.secret:
        wanted.append(service("secretsmanager", True, "the login is in a secret"))
    wanted.append(service("s3", True, "Glue reads its driver and the script, and checks for a way there"))
    if secret and secret.kms_key and "alias/aws/" not in secret.kms_key:
        wanted.append(service("kms", True, "the secret has a key of your own"))
    if host:
        wanted.append(Destination("redshift", host, port or 5439, "", True, "the warehouse"))
    if used:
        names = ", ".join(job.name for job in used)
        wanted.append(service("glue", False, f"jobs with this connection: {names}"))
        wanted.append(service("logs", False, f"jobs with this connection: {names}"))
    asked_globally = bool(connection and f"sts.{suffix}" in connection.reason)
    if asked_globally or any(uses_old_sdk(job) for job in used):
        old = Destination(
            "sts-global",
            f"sts.{suffix}",
            443,
            "sts-global",
            asked_globally,
            "an old SDK asks the global STS, which no endpoint of a region answers for",
        )
        wanted.append(old)
    return tuple(wanted)


def uses_old_sdk(job: m.Job) -> bool:
    """Whether a job's SDK asks the global STS by default (Python shell 3.9 carries botocore 1.24)."""
    arguments = " ".join(f"{key} {value}" for key, value in job.arguments.items()).lower()
    return job.type == "pythonshell" and "regional" not in arguments and "boto3" not in arguments
