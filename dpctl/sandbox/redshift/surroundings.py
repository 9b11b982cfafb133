"""What Redshift knows of the account around it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

Client = Callable[[], Any]
"""Makes a boto3 client, or gives the one that is there."""


@dataclass(frozen=True)
class Surroundings:
    """The account, seen from the engine.

    ``as_role`` makes the client of a service (``s3``, ``dynamodb``) that acts as the last role of a chain,
    and raises PermissionError(role, why) where one is not to be had; None: ``s3`` and ``dynamodb`` serve any
    role. ``secret`` resolves the ``SecretArn`` of a Data API call to its JSON (``username``, ``password``);
    None when there is no such secret. ``role_exists`` says whether IAM has a role (None: every ARN exists).
    ``integration_exists(bucket)`` says whether an S3 event integration feeds the namespace, without which a
    COPY JOB sees no new files. ``statement_changed`` gets the detail of "Redshift Data Statement Status
    Change" for statements run ``WithEvent``. ``workgroup_exists`` checks a call's ``WorkgroupName``.
    ``clock`` is the time of statements, their tokens and results, and what SQL says it is (seconds since
    1970).
    ``bucket_region`` tells in which Region a bucket is, "" where there is none.
    ``tls_required``: whether a workgroup's ``require_ssl`` turns plain connections away.
    """

    region: str
    account_id: str
    s3: Client
    dynamodb: Client
    as_role: Callable[[str, tuple[str, ...]], Any] | None = None
    secret: Callable[[str], Mapping[str, str] | None] = lambda arn: None
    role_exists: Callable[[str], bool] | None = None
    integration_exists: Callable[[str], bool] = lambda bucket: False
    statement_changed: Callable[[dict[str, Any]], None] = lambda detail: None
    workgroup_exists: Callable[[str], bool] = lambda name: True
    tls_required: Callable[[], bool] = lambda: False
    bucket_region: Callable[[str], str] = lambda bucket: ""
    clock: Callable[[], float] = time.time

    def now(self) -> datetime:
        """The moment as the history keeps it: UTC without a zone."""
        return datetime.fromtimestamp(self.clock(), UTC).replace(tzinfo=None)

    def ahead(self) -> float:
        """How far the clock is ahead of this machine's, in whole seconds."""
        return float(round(self.clock() - time.time()))
