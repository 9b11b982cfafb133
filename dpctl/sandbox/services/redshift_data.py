"""The Redshift Data API, and the one engine behind all workgroups of the account."""

from __future__ import annotations

import contextlib
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from dpctl.sandbox.account import Account
from dpctl.sandbox.calls import Call, ServiceError
from dpctl.sandbox.redshift import DataApiError, Engine, Surroundings, iam_user, server_chain
from dpctl.sandbox.services import events, integrations, rds, roles
from dpctl.sandbox.services.redshift_store import Serverless
from dpctl.sandbox.signature import Credentials

OPERATIONS = (
    "ExecuteStatement",
    "BatchExecuteStatement",
    "DescribeStatement",
    "GetStatementResult",
    "GetStatementResultV2",
    "ListStatements",
    "ListSessions",
    "CancelStatement",
    "ListDatabases",
    "ListSchemas",
    "ListTables",
    "DescribeTable",
)


@dataclass
class Redshift:
    """The engine of the account, once it is needed."""

    engine: Engine | None = None
    admin_password: str = field(default_factory=lambda: f"Aa1{uuid.uuid4().hex}")

    def close(self) -> None:
        """Stop PostgreSQL."""
        if self.engine is not None:
            self.engine.stop()


def engine(account: Account) -> Engine:
    """The account's engine; it binds its port at once, and PostgreSQL starts with the first use."""
    with account.lock:
        store = account.store(Redshift)
        if store.engine is None:
            redshift = account.environment.config.databases.redshift
            server_chain(account.data_dir / "redshift", rds.names(account))
            store.engine = Engine.start(
                account.data_dir / "redshift",
                surroundings=_surroundings(account),
                database=redshift.database,
                admin_user=redshift.admin_user,
                admin_password=store.admin_password,
            )
        return store.engine


def _surroundings(account: Account) -> Surroundings:
    return Surroundings(
        region=account.region,
        account_id=account.account_id,
        s3=lambda: account.client("s3"),
        dynamodb=lambda: account.client("dynamodb"),
        as_role=lambda service, arns: _as_role(account, service, arns),
        secret=lambda arn: _secret(account, arn),
        role_exists=lambda arn: _role_exists(account, arn),
        integration_exists=lambda bucket: integrations.feeds(account, bucket),
        bucket_region=lambda bucket: _bucket_region(account, bucket),
        workgroup_exists=lambda name: _workgroup_exists(account, name),
        tls_required=lambda: _tls_required(account),
        clock=account.clock.time,
        statement_changed=lambda detail: _statement_changed(account, detail),
    )


def _statement_changed(account: Account, detail: dict[str, Any]) -> None:
    """The event of a statement that ran ``WithEvent``."""
    events.emit(account, "aws.redshift-data", "Redshift Data Statement Status Change", detail)


def _secret(account: Account, arn: str) -> Mapping[str, str] | None:
    try:
        document = json.loads(account.client("secretsmanager").get_secret_value(SecretId=arn)["SecretString"])
    except Exception:
        return None
    return document if isinstance(document, dict) else None


def _workgroup_exists(account: Account, name: str) -> bool:
    return name in account.store(Serverless).workgroups


def _tls_required(account: Account) -> bool:
    """Whether plain connections are turned away; the account's workgroups share one port."""
    parameters = (
        item for group in account.store(Serverless).workgroups.values() for item in group["configParameters"]
    )
    return any(
        item["parameterKey"] == "require_ssl" and item["parameterValue"] == "true" for item in parameters
    )


def _role_exists(account: Account, arn: str) -> bool:
    return any(role.arn == arn for role in account.backend("iam").roles.values())


def _bucket_region(account: Account, bucket: str) -> str:
    found = account.backend("s3").buckets.get(bucket)
    return str(found.region_name) if found is not None else ""


# Either may be trusted (Redshift management guide, "Granting permissions to Amazon Redshift Serverless").
SERVICES = ("redshift.amazonaws.com", "redshift-serverless.amazonaws.com")


def _as_role(account: Account, service: str, arns: tuple[str, ...]) -> Any:
    """A client that acts as the last role of a chain, each taken on by the one before it."""
    try:
        credentials = _first(account, arns[0])
        for arn in arns[1:]:
            credentials = roles.take_by(account, credentials, arn)
    except ServiceError as error:
        raise PermissionError(arns[0], str(error)) from error
    return account.client_of(credentials, service)


def _first(account: Account, arn: str) -> Credentials:
    try:
        return roles.take(account, arn, SERVICES[0], name="RedshiftIamRoleSession")
    except ServiceError:
        return roles.take(account, arn, SERVICES[1], name="RedshiftIamRoleSession")


def owner_of(account: Account, statement: str) -> str | None:
    """Whose statement it is, as the condition key ``redshift-data:statement-owner-iam-userid`` has it."""
    store = account.store(Redshift)
    arn = store.engine.statement_owner(statement) if store.engine else None
    return roles.userid(account, arn) if arn else None


def address(account: Account) -> tuple[str, int]:
    """Host and port of Redshift's own protocol."""
    return "127.0.0.1", engine(account).wire_port


def ca_file(account: Account) -> Path:
    """The certificate of the authority that signed Redshift's."""
    return engine(account).ca_file


def create_database(account: Account, name: str) -> None:
    """A namespace comes with its first database; the configured one is there from the start."""
    if name != account.environment.config.databases.redshift.database:
        engine(account).create_database(name)


def set_password(account: Account, user: str, password: str, *, admin: bool = False) -> None:
    """Let a user in with a password; the administrator's first one does not start PostgreSQL."""
    store = account.store(Redshift)
    if user == account.environment.config.databases.redshift.admin_user:
        store.admin_password = password
        if store.engine is None:
            return
    engine(account).set_password(user, password, superuser=admin)


def attach_roles(account: Account, before: list[str], after: list[str], default: str) -> None:
    """Let COPY and UNLOAD name the roles of a namespace, and no longer those that were taken away."""
    for arn in before:
        if arn not in after:
            engine(account).remove_role(arn)
    for arn in after:
        engine(account).register_role(arn, default=arn == default)


def temporary_credentials(account: Account, call: Call, seconds: int) -> dict[str, Any]:
    """A user of the caller's name with a new password."""
    user, password = iam_user(caller(account, call)), uuid.uuid4().hex
    expires = account.clock.now() + timedelta(seconds=seconds)
    engine(account).set_password(user, password, until=expires)
    return {"dbUser": user, "dbPassword": password, "expiration": expires, "nextRefreshTime": expires}


def caller(account: Account, call: Call) -> str:
    """The ARN of who signed a call: a role session that moto knows, or the sandbox's own user."""
    with contextlib.suppress(Exception):
        from moto.iam.models import get_account_id_from  # noqa: F401
        from moto.sts.models import sts_backends

        assumed = sts_backends[account.account_id]["aws"].get_assumed_role_from_access_key(call.access_key)
        if assumed:
            return str(assumed.arn)
    return account.user_arn


def data_api(account: Account, call: Call) -> dict[str, Any]:
    """Any operation of the Data API."""
    try:
        return engine(account).data_api(call.operation, call.params(), caller(account, call))
    except DataApiError as error:
        raise ServiceError(error.code, error.message, error.status) from error


def database(account: Account, _document: Any) -> dict[str, Any]:
    """``GET /_sandbox/database``: the administrator's name and password."""
    redshift = account.environment.config.databases.redshift
    return {"user": redshift.admin_user, "password": account.store(Redshift).admin_password}


CONTROL = {("GET", "database"): database}
HANDLERS = {("redshift-data", operation): data_api for operation in OPERATIONS}
