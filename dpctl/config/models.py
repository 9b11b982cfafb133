"""The models of ``live/<env>/env.yaml``: frozen, and closed to keys they do not know.

The names here are the keys of the file, and become the inputs of the Terraform modules through
``yamldecode(file("env.yaml"))`` in the live tree.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from dpctl.config.model import Model
from dpctl.config.schedules import Schedule, Timezone
from dpctl.config.tables import DumpSchedule, Table
from dpctl.config.types import (
    AccountId,
    Arn,
    Bucket,
    Cidr,
    IamName,
    Identifier,
    JsonObject,
    Name,
    Port,
    Project,
    PythonShellCapacity,
    Region,
    SecretName,
    SecurityGroupId,
    SubnetId,
    VpcId,
    Zone,
)


class Vpc(Model):
    """The network the databases live in; without ``id`` it is created."""

    id: VpcId | None = None
    name: Name
    cidr: Cidr


class Subnet(Model):
    """A subnet; without ``id`` it is created."""

    id: SubnetId | None = None
    az: Zone
    cidr: Cidr


class SecurityGroups(Model):
    """``database`` guards Redshift, MySQL and Glue's interfaces; without an id it is created."""

    database: SecurityGroupId | None = None
    others: list[SecurityGroupId] = []


class Network(Model):
    """Where things run, and how they reach AWS's own services (``egress``).

    ``none`` is for an account in which no job runs in the VPC: no endpoint and no NAT gateway is paid for.
    """

    vpc: Vpc
    private_subnets: Annotated[list[Subnet], Field(min_length=2)]
    public_subnets: list[Subnet] = []
    security_groups: SecurityGroups = Field(default_factory=SecurityGroups)
    egress: Literal["endpoints", "nat", "none"] = "endpoints"


class Storage(Model):
    """The buckets: what comes in, Glue's scripts and temporary files, the trail's logs, what goes out.

    ``options`` is whether encryption, lifecycle and ownership are left as they stand (``existing``, the
    default where ``naming`` is) or ``managed``. ``more_statements`` are the owner's in the buckets' policies.
    """

    source_bucket: Bucket
    glue_assets_bucket: Bucket
    trail_bucket: Bucket
    export_bucket: Bucket
    log_retention_days: Annotated[int, Field(ge=1, le=3653)] = 365
    options: Literal["existing", "managed"] | None = None
    more_statements: dict[Literal["source", "glue_assets", "trail"], list[JsonObject]] = {}


class Secrets(Model):
    """Names in Secrets Manager. Values are never managed here."""

    redshift: SecretName
    database: SecretName


class SelectorField(Model):
    """One condition of an event selector, on a field of the event."""

    field: Name
    equals: list[str] | None = None
    not_equals: list[str] | None = None
    starts_with: list[str] | None = None
    not_starts_with: list[str] | None = None
    ends_with: list[str] | None = None
    not_ends_with: list[str] | None = None


class Selector(Model):
    """An advanced event selector of the trail, beside the one that the pipeline needs."""

    name: str
    fields: Annotated[list[SelectorField], Field(min_length=1)]


class Audit(Model):
    """The CloudTrail trail whose data events start the pipeline; without a key one is created."""

    trail: IamName
    kms_key_arn: Arn | None = None
    more_selectors: list[Selector] = []


class DynamoDb(Model):
    """The table that orders land in."""

    table: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{3,255}$")]
    hash_key: Name
    hash_key_type: Literal["S", "N", "B"] = "S"
    billing_mode: Literal["PAY_PER_REQUEST"] = "PAY_PER_REQUEST"
    stream_view_type: Literal["NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES", "KEYS_ONLY"] = "NEW_IMAGE"


class MySql(Model):
    """The RDS instance that gluejob may read; all but ``identifier`` counts only when it is created.

    With ``managed_password`` RDS makes the password and keeps it in a secret of its own.
    """

    identifier: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,62}$")]
    database: Name
    port: Port = 3306
    username: Name = "admin"
    managed_password: bool = False
    engine_version: Name = "8.0"
    instance_class: Annotated[str, Field(pattern=r"^db\.[a-z0-9]+\.[a-z0-9]+$")] = "db.t4g.micro"
    allocated_storage_gib: Annotated[int, Field(ge=20, le=65536)] = 20
    multi_az: bool = False


class Redshift(Model):
    """Redshift Serverless; ``base_capacity`` is in RPU.

    With ``managed_password`` Redshift makes the admin's password and keeps it in a secret of its own.
    ``more_roles`` are the namespace's roles beside those of ``iam``. ``limit_usd_month`` bounds a month's
    compute: once it is used up, ``limit_action`` is taken (``deactivate`` refuses queries until the month
    ends or the limit is raised; keys and files wait). ``rpu_hour_usd`` is your price of an RPU-hour.
    ``load_as: loader`` lets loads sign in as their role's own database user, which has rights on its tables
    only (``dpctl tables apply`` grants them), and not as the admin user of the secret.
    """

    namespace: Annotated[str, Field(pattern=r"^[a-z0-9-]{3,64}$")]
    workgroup: Annotated[str, Field(pattern=r"^[a-z0-9-]{3,64}$")]
    database: Identifier = "dev"
    admin_user: Identifier = "admin"
    managed_password: bool = False
    base_capacity: Annotated[int, Field(ge=4, le=1024)] = 128
    max_capacity: Annotated[int, Field(ge=4, le=1024)] | None = None
    port: Port = 5439
    publicly_accessible: bool = False
    more_roles: list[Arn] = []
    limit_usd_month: Annotated[float, Field(gt=0)] | None = None
    load_as: Literal["admin", "loader"] = "admin"
    limit_action: Literal["log", "emit-metric", "deactivate"] = "deactivate"
    rpu_hour_usd: Annotated[float, Field(gt=0)] | None = None


class Databases(Model):
    """What holds rows. ``mysql: null`` leaves MySQL out.

    With ``deletion_protection`` the table and MySQL refuse to be deleted, whoever asks.
    """

    deletion_protection: bool = True

    dynamodb: DynamoDb
    mysql: MySql | None
    redshift: Redshift


class Iam(Model):
    """The names of the roles of all layers.

    With ``exclusive`` the static layer's roles lose every managed policy that was attached to them by hand.
    ``kms_key_arns`` are customer keys that the roles may use: of buckets, secrets, the table. ``paths`` has
    the path of each role that is not at ``/``, by its name in AWS.
    """

    exclusive: bool = False
    kms_key_arns: list[Arn] = []
    paths: dict[IamName, Annotated[str, Field(pattern=r"^/([\x21-\x7e]+/)?$")]] = {}

    glue: IamName = "GlueFullAccessRole"
    redshift_commands: IamName = "RedshiftCommandsRole"
    redshift_s3: Annotated[list[IamName], Field(min_length=1)] = ["RedshiftS3role"]
    step_functions: IamName = "LogEventRole"
    events_to_step_functions: IamName = "EventBridgeInvokeStepFunctions"
    events_to_glue: IamName = "EventBridgeInvokeGlue"
    sweeper: IamName = "CaptureSweeperRole"
    capture_lambda: IamName = "CaptureStreamRole"
    scheduler: IamName = "RedshiftSchedulerRole"
    unload_lambda: IamName = "LambdaRedshiftUnloadRole"


class GlueConnection(Model):
    """The connection of the Glue jobs to Redshift; without ``subnet`` it takes the first private one.

    ``manage`` is whether Terraform makes it ours; without it only where names are ``prefixed``. One that is
    not managed is kept as it is, and looked after by the doctor.
    """

    name: Name
    subnet: SubnetId | None = None
    security_group: SecurityGroupId | None = None
    manage: bool | None = None


class GlueJob(Model):
    """A Glue job. ``pythonshell`` is sized by ``max_capacity`` (DPU), ``glueetl`` by workers.

    ``source`` and ``table`` are gluejob's: what it reads, and the table of ``tables`` it loads (without one,
    the first that is loaded from S3). Without ``timeout_minutes`` the job keeps the one it has, or gets
    AWS's default. ``arguments`` are the owner's, beside those that the pipeline sets.
    """

    enabled: bool = True
    type: Literal["pythonshell", "glueetl"]
    glue_version: Literal["1.0", "3.0", "4.0", "5.0"]
    max_capacity: PythonShellCapacity | None = None
    worker_type: Literal["G.025X", "G.1X", "G.2X", "G.4X", "G.8X"] | None = None
    number_of_workers: Annotated[int, Field(ge=2, le=299)] | None = None
    timeout_minutes: Annotated[int, Field(ge=1, le=10080)] | None = None
    arguments: dict[str, str] = {}
    schedule: Schedule | None = None
    source: Literal["dynamodb", "s3", "mysql"] = "dynamodb"
    table: Identifier | None = None


class Glue(Model):
    """Glue: the workflow the events start, its connection and its jobs by name.

    ``start_trigger`` is the workflow's starting trigger; without it, ``<workflow>-start``.
    """

    workflow: Name
    connection: GlueConnection
    mysql_connection: Name = "Jdbc connection mysql"
    start_trigger: Name | None = None
    jobs: dict[Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,255}$")], GlueJob]


class Batch(Model):
    """When the next load begins: ``window_seconds`` after the last one, or when ``size`` events wait.

    The window is what bounds the loads of an hour, and with them Redshift's price; ``size`` cuts it short
    only where a load would grow too large. (Glue's own batching takes at most 100 and 900.)
    """

    size: Annotated[int, Field(ge=1, le=1_000_000)] = 20_000
    window_seconds: Annotated[int, Field(ge=1, le=900)] = 300


WriteEvent = Literal[
    "PutItem",
    "UpdateItem",
    "DeleteItem",
    "BatchWriteItem",
    "TransactWriteItems",
    "ExecuteStatement",
    "BatchExecuteStatement",
    "ExecuteTransaction",
]


CAPTURED: tuple[WriteEvent, ...] = (
    "PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems"
)  # fmt: skip


class Capture(Model):
    """Where writes to the DynamoDB table are seen, and by what.

    ``source``: the table's ``stream`` (every change, in seconds), ``cloudtrail`` (the writes named in
    ``events``, after minutes, as far as CloudTrail delivers them), or ``both`` while one takes over from
    the other. ``target`` is the id of the state machine among the rule's targets; one that stands under this
    id is adopted. Every ``sweep_minutes`` a run is started if keys wait and nothing runs.
    """

    source: Literal["stream", "cloudtrail", "both"] = "stream"
    rule: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,64}$")] = "dynamodb-insert"
    target: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,64}$")] = "state-machine"
    state_machine: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,73}$")] = "LogEvent"
    function: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")] = "CaptureStream"
    events: Annotated[list[WriteEvent], Field(min_length=1)] = list(CAPTURED)
    batch: Batch = Field(default_factory=Batch)
    sweep_minutes: Annotated[int, Field(ge=1, le=1440)] = 5


class S3ToRedshift(Model):
    """How new files get into Redshift: by Redshift's auto-copy, or by a scheduled COPY."""

    mode: Literal["auto_copy", "scheduled"] = "auto_copy"
    cron: Schedule = "cron(0 * * * ? *)"
    timezone: Timezone = "UTC"


class Adoption(Model):
    """How what stands is adopted. ``protect`` adds what protects and takes nothing.

    That is: versioning, the public access block and a TLS-only statement of buckets, point-in-time recovery
    of the table, deletion protection of table and MySQL.
    """

    protect: bool = True


class Login(Model):
    """Who works in this environment: a profile of the AWS CLI, and a role that they take on.

    Without them it is whoever is logged in where dpctl runs.
    """

    profile: Name | None = None
    role_arn: Arn | None = None


class EnvConfig(Model):
    """All of env.yaml: one account, one region, every value the four layers need.

    ``protected`` is for production: a question about a change in AWS wants the environment's name typed.
    """

    account_id: AccountId
    region: Region
    project: Project
    naming: Literal["existing", "prefixed"] = "existing"
    network: Network
    storage: Storage
    secrets: Secrets
    audit: Audit
    databases: Databases
    iam: Iam = Field(default_factory=Iam)
    glue: Glue
    capture: Capture = Field(default_factory=Capture)
    s3_to_redshift: S3ToRedshift = Field(default_factory=S3ToRedshift)
    tables: dict[Identifier, Table] = {}
    schedules: list[DumpSchedule] = []
    adoption: Adoption = Field(default_factory=Adoption)
    aws: Login = Field(default_factory=Login)
    protected: bool = False
    alarm_email: Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+$")] | None = None

    @property
    def manages_connection(self) -> bool:
        """Whether Terraform writes the Glue connection to Redshift; the modules know the same default."""
        manage = self.glue.connection.manage
        return self.naming == "prefixed" if manage is None else manage
