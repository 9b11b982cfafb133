"""The IAM roles attached to the namespace, which IAM_ROLE may name."""

from __future__ import annotations

import threading
from typing import Any

from dpctl.sandbox.redshift.errors import SqlError
from dpctl.sandbox.redshift.grammar import Options
from dpctl.sandbox.redshift.s3 import Store, internal_error
from dpctl.sandbox.redshift.surroundings import Surroundings


class Roles:
    """The registry of attached roles."""

    def __init__(self, surroundings: Surroundings) -> None:
        self._surroundings = surroundings
        self._lock = threading.Lock()
        self._attached: set[str] = set()
        self._default = ""

    def register(self, arn: str, *, default: bool = False) -> None:
        """Attach a role."""
        with self._lock:
            self._attached.add(arn)
            if default:
                self._default = arn

    def remove(self, arn: str) -> None:
        """Detach a role."""
        with self._lock:
            self._attached.discard(arn)
            if self._default == arn:
                self._default = ""

    def client(self, service: str, roles: tuple[str, ...], user: str) -> Any:
        """A client of ``s3`` or ``dynamodb`` that acts as a statement's role.

        Raises SqlError in Redshift's words, as `check`.
        """
        around = self._surroundings
        if around.as_role is None:
            return around.s3() if service == "s3" else around.dynamodb()
        try:
            return around.as_role(service, (self._default,) if roles == ("default",) else roles)
        except PermissionError as error:
            raise self._not_authorized(str(error.args[0]), user) from error

    def store(self, roles: tuple[str, ...], user: str, options: Options) -> Store:
        """S3 as a statement reaches it: as its role, and in the Region of its options."""
        around = self._surroundings
        region = str(options.get("REGION") or around.region).lower()
        return Store(lambda: self.client("s3", roles, user), region, around.bucket_region)

    def check(self, roles: tuple[str, ...], user: str) -> None:
        """Whether a statement may use a role or a chain of them. Raises SqlError in Redshift's words."""
        if roles == ("default",):
            if not self._default:
                raise SqlError("Default IAM role is not set for the cluster.", state="XX000")
            return
        exists = self._surroundings.role_exists
        for arn in roles:
            if exists is not None and not exists(arn):
                raise self._not_authorized(arn, user)
        if roles[0] not in self._attached:
            raise internal_error(
                f"Not authorized to get credentials of role {roles[0]}",
                code=30000,
                context=f"{roles[0]} is not associated with the namespace",
            )

    def _not_authorized(self, arn: str, user: str) -> SqlError:
        region, account = self._surroundings.region, self._surroundings.account_id
        who = f"arn:aws:redshift:{region}:{account}:dbuser:serverless-{account}/{user}"
        return internal_error(
            f"User {who} is not authorized to assume IAM Role {arn}", code=8001, context=f"IAM Role={arn}"
        )
