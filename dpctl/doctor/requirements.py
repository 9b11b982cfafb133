"""What a Glue connection to Redshift needs of its network and of its role, with where AWS says so."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from dpctl import aws
from dpctl.doctor import model as m

# AWS Glue developer guide, "Setting up networking for development" and the managed policy AWSGlueServiceRole:
# Glue makes the network interface with the role, and looks the network up with it first.
MAKE = "ec2:CreateNetworkInterface"
NETWORK_ACTIONS = (
    MAKE,
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeRouteTables",
    "ec2:DescribeVpcEndpoints",
    "ec2:DescribeVpcAttribute",
)
INTERFACE = "network-interface/*"  # it has no id before it is made
SECRET_ACTION = "secretsmanager:GetSecretValue"
KEY_ACTION = "kms:Decrypt"
# The actions of which each service's endpoint policy must let at least one through.
ENDPOINT_ACTIONS: Mapping[str, tuple[str, ...]] = {
    "sts": ("sts:AssumeRole", "sts:GetCallerIdentity"),
    "secretsmanager": (SECRET_ACTION,),
    "s3": ("s3:GetObject",),
    "kms": (KEY_ACTION,),
    "glue": ("glue:GetConnection",),
    "logs": ("logs:PutLogEvents",),
    "redshift-serverless": ("redshift-serverless:GetCredentials",),
    "redshift": ("redshift:GetClusterCredentials", "redshift:GetClusterCredentialsWithIAM"),
}


@dataclass(frozen=True)
class Simulation:
    """Actions to ask IAM's simulator about, on the resources a request names, under known conditions."""

    actions: tuple[str, ...]
    resources: tuple[str, ...] = ()
    context: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


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


@dataclass(frozen=True)
class Scene:
    """Where the role does its work: what its requests name, and what their context holds."""

    partition: str
    region: str
    account: str
    vpc: str = ""
    subnet: str = ""
    groups: tuple[str, ...] = ()
    secret: str = ""
    keys: tuple[str, ...] = ()

    def ec2(self, *names: str) -> tuple[str, ...]:
        """ARNs of EC2's things."""
        return tuple(f"arn:{self.partition}:ec2:{self.region}:{self.account}:{name}" for name in names)

    @property
    def context(self) -> dict[str, tuple[str, ...]]:
        """The condition keys every one of these requests carries (IAM and EC2 service authorization)."""
        facts = {
            "aws:RequestedRegion": self.region,
            "aws:PrincipalAccount": self.account,
            "aws:ResourceAccount": self.account,
            "aws:SecureTransport": "true",
            "aws:CalledVia": "glue.amazonaws.com",
            "ec2:Region": self.region,
        }
        if self.vpc:
            facts["ec2:Vpc"] = self.ec2(f"vpc/{self.vpc}")[0]
            facts["ec2:Subnet"] = self.ec2(f"subnet/{self.subnet}")[0]
        facts["aws:TagKeys"] = "aws-glue-service-resource"
        return {key: (value,) for key, value in facts.items()}


def simulations(scene: Scene) -> list[Simulation]:
    """The questions for the policy simulator: each action on the resources its real request names."""
    names = [f"subnet/{scene.subnet}"] if scene.subnet else []
    names += [f"security-group/{one}" for one in scene.groups]
    context = scene.context
    asked = [Simulation(NETWORK_ACTIONS, scene.ec2(INTERFACE, *names), context)]
    if scene.secret:
        asked.append(Simulation((SECRET_ACTION,), (scene.secret,), context))
    decrypt = {**context, "kms:ViaService": (f"secretsmanager.{scene.region}.{dns_suffix(scene.region)}",)}
    asked += [Simulation((KEY_ACTION,), (key,), decrypt) for key in scene.keys if key.startswith("arn:")]
    return asked


def is_of(action: str, resource: str) -> bool:
    """Whether a request for an action names a resource: only making an interface names subnet and groups."""
    return action not in NETWORK_ACTIONS or action == MAKE or f":{INTERFACE}" in resource or resource == "*"


def host_of(service: str, region: str) -> str:
    """The name of a service in a region."""
    return f"{service}.{region}.{dns_suffix(region)}"


def is_endpoint_of(service_name: str, host: str) -> bool:
    """Whether an endpoint's service is that of a host: the same service, of the same region.

    ``com.amazonaws.ap-south-1.sts``, ``cn.com.amazonaws.cn-north-1.sts`` and the FIPS variants, which have
    names of their own and answer to none but these.
    """
    return service_name.split(".")[-2:] == list(reversed(host.split(".")[:2])) and host.count(".") > 2


def partition(host: str) -> str:
    """The partition of a service's host."""
    return aws.partition(host.split(".")[1] if host.count(".") > 2 else "")


def endpoint_resources(service: str, secret: str, scripts: Iterable[str], partition: str) -> tuple[str, ...]:
    """The ARNs that go through an endpoint, where they are known: the secret, the scripts of the jobs."""
    if service == "secretsmanager" and secret:
        return (secret,)
    if service == "s3":
        names = [script.removeprefix("s3://") for script in scripts if script.startswith("s3://")]
        return tuple(f"arn:{partition}:s3:::{name}" for name in dict.fromkeys(names))
    return ()


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
    kind: str = "",
) -> tuple[Destination, ...]:
    """Where a connection test and the connection's jobs must get to, the required ones first.

    ``kind`` is the warehouse's: ``workgroup`` or ``cluster``.
    """
    suffix = dns_suffix(region)

    def service(name: str, required: bool, why: str) -> Destination:
        return Destination(name, host_of(name, region), 443, name, required, why)

    used = [job for job in jobs if connection and connection.name in job.connections]
    # A login that is stored in the connection needs no role in the VPC, and so no STS.
    stored = bool(connection and connection.plaintext_password and not connection.role)
    wanted = [service("sts", not stored, "the test takes on the role")]
    login = iam_login(connection) if connection else ""
    if login:
        name = "redshift" if kind == "cluster" else "redshift-serverless"
        wanted.append(service(name, login == "required", "the login is made by IAM"))
    if connection and connection.secret:
        wanted.append(service("secretsmanager", True, "the login is in a secret"))
    wanted.append(service("s3", True, "Glue reads its driver and the script, and checks for a way there"))
    if secret and secret.kms_key and "alias/aws/" not in secret.kms_key:
        wanted.append(service("kms", True, "the secret has a key of your own"))
    if host:
        name = "mysql" if kind == "instance" else "redshift"
        wanted.append(Destination(name, host, port or 5439, "", True, "the warehouse"))
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


def iam_login(connection: m.Connection) -> str:
    """Whether the driver asks Redshift for a login: ``required``, ``possible`` beside a stored one, or empty.

    Amazon Redshift management guide, "Using IAM authentication to generate database user credentials": the
    driver calls GetCredentials or GetClusterCredentials from where it runs.
    """
    by_url = connection.properties.get("JDBC_CONNECTION_URL", "").lower().startswith("jdbc:redshift:iam:")
    if connection.auth_type.upper() == "IAM" or (by_url and not connection.secret):
        return "required"
    return "possible" if by_url else ""


# Glue versions whose Python SDK asks the global STS unless it is told otherwise (AWS SDKs reference guide,
# "AWS STS Regional endpoints"; the versions of boto3 are those of the Glue guide, "Python libraries").
LEGACY_GLUE = ("0.9", "1.0", "2.0", "3.0", "4.0")


def uses_old_sdk(job: m.Job) -> bool:
    """Whether a job's SDK asks the global STS by default (Python shell 3.9 carries botocore 1.24)."""
    arguments = " ".join(f"{key} {value}" for key, value in job.arguments.items()).lower()
    old = job.type == "pythonshell" or (job.type.startswith("glue") and job.glue_version in LEGACY_GLUE)
    return old and "regional" not in arguments and "boto3" not in arguments
