"""The engine: what the sandbox's front and its tests talk to."""

from __future__ import annotations

import time
from datetime import datetime
from pathlib import Path
from typing import Any

from dpctl.sandbox.redshift.dataapi.api import DataApi
from dpctl.sandbox.redshift.history import History
from dpctl.sandbox.redshift.jobs import Jobs
from dpctl.sandbox.redshift.postgres.server import Postgres
from dpctl.sandbox.redshift.roles import Roles
from dpctl.sandbox.redshift.s3 import Object
from dpctl.sandbox.redshift.server.tls import ca_file
from dpctl.sandbox.redshift.server.wire import Wire
from dpctl.sandbox.redshift.session import Namespace
from dpctl.sandbox.redshift.surroundings import Surroundings
from dpctl.sandbox.redshift.transfers import unload


class Engine:
    """One Redshift Serverless namespace with its databases, users and attached roles."""

    def __init__(self, namespace: Namespace, jobs: Jobs, wire: Wire, authority: Path) -> None:
        self._namespace, self._jobs, self._wire = namespace, jobs, wire
        self.ca_file = authority
        self._postgres = namespace.postgres
        self._data_api = DataApi(namespace, self.password_is)

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
        data_dir.mkdir(parents=True, exist_ok=True)
        postgres = Postgres(
            data_dir,
            database=database,
            admin=admin_user,
            admin_password=admin_password,
            clock=surroundings.clock,
        )
        namespace = Namespace(postgres, surroundings, Roles(surroundings), History(postgres))
        jobs = Jobs(namespace, data_dir)
        namespace.commands = {"unload": unload, "copy": jobs.copy, "copy job": jobs.command}
        namespace.views = {"svv_copy_job_integrations": jobs.tell_integrations}
        return cls(namespace, jobs, Wire(namespace, port, data_dir), ca_file(data_dir))

    @property
    def wire_port(self) -> int:
        """Where clients connect, on 127.0.0.1, with a user's password; `ca_file` is what they may trust."""
        return self._wire.port

    def set_password(
        self, user: str, password: str, *, superuser: bool = False, until: datetime | None = None
    ) -> None:
        """Create a database user, or change its password, which opens until a moment (None: for ever)."""
        self._postgres.set_password(user, password, superuser=superuser, until=until)

    def password_is(self, user: str, password: str) -> bool:
        """Whether this is the user's password."""
        known = self._postgres.credentials(user)
        return known is not None and known.opens(password)

    def register_role(self, arn: str, *, default: bool = False) -> None:
        """Attach an IAM role to the namespace, so that IAM_ROLE may name it (or ``default``)."""
        self._namespace.roles.register(arn, default=default)

    def remove_role(self, arn: str) -> None:
        """Detach an IAM role from the namespace."""
        self._namespace.roles.remove(arn)

    def create_database(self, name: str) -> None:
        """Create a database, unless it is there."""
        self._postgres.create_database(name)

    def data_api(self, operation: str, params: dict[str, Any], caller: str) -> dict[str, Any]:
        """Answer one operation of ``redshift-data`` (``ExecuteStatement`` ...); times are epoch seconds.

        ``caller`` is the ARN that signed the call. Raises DataApiError.
        """
        return self._data_api.call(operation, params, caller)

    def statement_owner(self, statement_id: str) -> str | None:
        """The ARN of who started a statement of the Data API; None where there is none."""
        return self._data_api.owner(statement_id)

    def object_created(self, bucket: str, key: str, size: int = 0, etag: str = "") -> None:
        """Tell the COPY JOBs that an object was put; loading goes on in the background."""
        self._jobs.object_created(Object(bucket, key, size, etag))

    def settle(self, timeout: float = 30.0) -> bool:
        """Wait for the loads that `object_created` started and for the Data API's statements.

        False when time ran out (seconds).
        """
        deadline = time.monotonic() + timeout
        return self._jobs.settle(timeout) and self._data_api.settle(deadline - time.monotonic())

    def stop(self) -> None:
        """Close every connection and stop PostgreSQL; what is in ``data_dir`` stays."""
        self._wire.close()
        self._data_api.close()
        self._jobs.stop()
        self._namespace.history.close()
        self._postgres.stop()
