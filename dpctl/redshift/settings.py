"""From an environment to what statements and executors need: names, ARNs, prefixes and tables of env.yaml."""

from __future__ import annotations

import difflib
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from dpctl.aws import Aws, partition, translate
from dpctl.errors import AwsError, UsageError
from dpctl.redshift.location import S3Location

if TYPE_CHECKING:
    from dpctl.config import Environment
    from dpctl.config.tables import Table
    from dpctl.redshift.executor import Executor, Progress
    from dpctl.redshift.polling import Clock

CALL_SECONDS = (
    20.0  # the longest that one call of the Data API may take; it only starts things and tells of them
)


def role_arn(environment: Environment, name: str) -> str:
    """The ARN of a role by its name in env.yaml, with the path it has there."""
    config, own = environment.config, environment.resource(name)
    path = config.iam.paths.get(own, "/")
    return f"arn:{partition(config.region)}:iam::{config.account_id}:role{path}{own}"


def export_location(environment: Environment, prefix: str, run: str) -> S3Location:
    """A place of its own below a prefix of the export bucket: ``<prefix>run=<run>/``."""
    return S3Location(environment.resource(environment.config.storage.export_bucket), f"{prefix}run={run}/")


def timestamp(now: datetime) -> str:
    """A UTC time as it stands in keys: ``20260131T000000Z``."""
    return now.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def source_location(environment: Environment, table: Table) -> S3Location:
    """Where the files of a table with ``load.source: s3`` arrive."""
    prefix = table.load.prefix if table.load else None
    return S3Location(environment.resource(environment.config.storage.source_bucket), prefix or "")


def watched(environment: Environment) -> tuple[S3Location, ...]:
    """The prefixes whose new files are loaded: nothing may be unloaded there."""
    return tuple(source_location(environment, table) for table in environment.loaded_from("s3").values())


def find_table(environment: Environment, name: str) -> Table | None:
    """A table of env.yaml by its name."""
    return environment.config.tables.get(name)


def required_table(environment: Environment, name: str, *, otherwise: str = "") -> Table:
    """A table of env.yaml. Raises UsageError with what is there.

    ``otherwise`` is what else the name could have been meant as, for the hint.
    """
    table = find_table(environment, name)
    if table is None:
        known = sorted(environment.config.tables)
        close = difflib.get_close_matches(name, known, n=1)
        raise UsageError(
            f"There is no table {name!r} in live/{environment.name}/env.yaml.",
            why=f"It has: {', '.join(known) or 'none'}.",
            hint=f"--table {close[0]}" if close else f"add it under tables:{otherwise}",
        )
    return table


def target(environment: Environment, aws: Aws, database: str | None = None) -> dict[str, str]:
    """What every call of the Data API names: the workgroup, the database, and the secret to log in with."""
    config = environment.config
    return {
        "WorkgroupName": environment.resource(config.databases.redshift.workgroup),
        "Database": database or config.databases.redshift.database,
        "SecretArn": secret_id(environment, aws),
    }


def data_api(
    environment: Environment,
    aws: Aws,
    *,
    timeout: float,
    progress: Progress,
    database: str | None = None,
    clock: Clock | None = None,
    session: bool = False,
) -> Executor:
    """The Data API on the environment's workgroup, logged in with its secret; see `DataApiExecutor`."""
    from dpctl.redshift.dataapi import DataApiExecutor
    from dpctl.redshift.polling import Clock, Waiting

    waiting = Waiting(timeout, clock or Clock(), progress)
    client = aws.client("redshift-data", timeout=min(CALL_SECONDS, timeout))
    return DataApiExecutor(client, target(environment, aws, database), waiting, session=session)


def connector(
    environment: Environment,
    aws: Aws,
    *,
    timeout: float,
    progress: Progress,
    address: Callable[[], tuple[str, int]] | None = None,
    authority: str = "",
    database: str | None = None,
    clock: Clock | None = None,
) -> Executor:
    """redshift-connector with the secret's user and password.

    ``address`` stands in for the workgroup's, where TLS is spoken if there is an ``authority`` to trust.
    """
    from dpctl.redshift.connector import ConnectorExecutor, Login, connect
    from dpctl.redshift.polling import Clock, Waiting

    def open_connection() -> Any:
        user, password = _credentials(environment, aws)
        host, port = address() if address else _endpoint(environment, aws)
        name = database or environment.config.databases.redshift.database
        tls = address is None or bool(authority)
        return connect(Login(host, port, name, user, password, tls, authority))

    return ConnectorExecutor(open_connection, Waiting(timeout, clock or Clock(), progress))


def _endpoint(environment: Environment, aws: Aws) -> tuple[str, int]:
    from botocore.exceptions import BotoCoreError, ClientError

    name = environment.resource(environment.config.databases.redshift.workgroup)
    try:
        group = aws.client("redshift-serverless").get_workgroup(workgroupName=name)["workgroup"]
    except (BotoCoreError, ClientError) as error:
        raise translate(error, f"find the address of the workgroup {name}") from error
    return str(group["endpoint"]["address"]), int(group["endpoint"]["port"])


def secret_id(environment: Environment, aws: Aws) -> str:
    """The secret of the admin's login: the one of env.yaml, or the namespace's own where AWS manages it."""
    from botocore.exceptions import BotoCoreError, ClientError

    config = environment.config
    if not config.databases.redshift.managed_password:
        return environment.resource(config.secrets.redshift)
    name = environment.resource(config.databases.redshift.namespace)
    try:
        found = aws.client("redshift-serverless").get_namespace(namespaceName=name)["namespace"]
    except (BotoCoreError, ClientError) as error:
        raise translate(error, f"find the secret of the namespace {name}") from error
    if not found.get("adminPasswordSecretArn"):
        raise AwsError(
            f"The namespace {name} has no secret of its own.",
            why="databases.redshift.managed_password says that Redshift manages the password.",
            hint=f"dpctl apply --env {environment.name} --layer static",
        )
    return str(found["adminPasswordSecretArn"])


def _credentials(environment: Environment, aws: Aws) -> tuple[str, str]:
    from botocore.exceptions import BotoCoreError, ClientError

    name = secret_id(environment, aws)
    try:
        text = aws.client("secretsmanager").get_secret_value(SecretId=name)["SecretString"]
    except (BotoCoreError, ClientError) as error:
        raise translate(error, f"read the secret {name}") from error
    try:
        secret = json.loads(text)
        return str(secret["username"]), str(secret["password"])
    except (ValueError, KeyError, TypeError) as error:
        raise AwsError(
            f"The secret {name} is not one for Redshift.",
            why="It must be JSON with username and password.",
            hint="dpctl doctor glue-connection",
        ) from error
