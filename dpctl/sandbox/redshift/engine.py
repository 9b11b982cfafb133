"""The engine: what the sandbox's front and its tests talk to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Client = Callable[[], Any]
"""Makes a boto3 client, or gives the one that is there."""


@dataclass(frozen=True)
class Surroundings:
    """What the engine knows of the account around it.

    ``secret`` resolves the ``SecretArn`` of a Data API call to its JSON (``username``, ``password``); None
    when there is no such secret. ``role_exists`` says whether IAM has a role (None: every ARN exists).
    ``integration_exists(bucket)`` says whether an S3 event integration feeds the namespace, without which a
    COPY JOB sees no new files. ``statement_changed`` gets the detail of "Redshift Data Statement Status
    Change" for statements run ``WithEvent``.
    """

    region: str
    account_id: str
    s3: Client
    dynamodb: Client
    secret: Callable[[str], Mapping[str, str] | None] = lambda arn: None
    role_exists: Callable[[str], bool] | None = None
    integration_exists: Callable[[str], bool] = lambda bucket: False
    statement_changed: Callable[[dict[str, Any]], None] = lambda detail: None
    workgroups: set[str] = field(default_factory=set)


class Engine:
    """One Redshift Serverless namespace with its databases, users and attached roles."""

    wire_port: int
    """Where redshift-connector and psql connect, on 127.0.0.1, with a user's password and no TLS."""

    @classmethod
    def start(
        cls,
        data_dir: Path,
        *,
        surroundings: Surroundings,
        database: str = "dev",
        admin_user: str = "admin",
        admin_password: str | None = None,
        port: int = 0,
    ) -> Engine:
        """Bind the port and come back at once; PostgreSQL itself starts with the first use.

        ``data_dir`` keeps databases, users and history over a restart; roles are registered anew each time.
        """
        raise NotImplementedError

    def set_password(self, user: str, password: str) -> None:
        """Create a database user, or change its password."""
        raise NotImplementedError

    def register_role(self, arn: str, *, default: bool = False) -> None:
        """Attach an IAM role to the namespace, so that IAM_ROLE may name it (or ``default``)."""
        raise NotImplementedError

    def remove_role(self, arn: str) -> None:
        """Detach an IAM role from the namespace."""
        raise NotImplementedError

    def create_database(self, name: str) -> None:
        """Create a database, unless it is there."""
        raise NotImplementedError

    def data_api(self, operation: str, params: dict[str, Any], caller: str) -> dict[str, Any]:
        """Answer one operation of ``redshift-data`` (``ExecuteStatement`` ...); times are epoch seconds.

        ``caller`` is the ARN that signed the call. Raises DataApiError.
        """
        raise NotImplementedError

    def object_created(self, bucket: str, key: str, size: int = 0, etag: str = "") -> None:
        """Tell the COPY JOBs that an object was put; loading goes on in the background."""
        raise NotImplementedError

    def settle(self, timeout: float = 30.0) -> bool:
        """Wait until the loads that `object_created` started are done; False when time ran out."""
        raise NotImplementedError

    def stop(self) -> None:
        """Close every connection and stop PostgreSQL; what is in ``data_dir`` stays."""
        raise NotImplementedError
