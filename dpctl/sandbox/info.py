"""What is known about a running sandbox: where it listens, and how to talk to it."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from dpctl import SCHEMA_VERSION
from dpctl.sandbox.realism import Kind
from dpctl.sandbox.signature import Credentials

Account = Literal["existing", "empty", "console", "snapshot"]

PROFILE_FILE = "aws-config"


@dataclass(frozen=True)
class MySqlAddress:
    """Where the MySQL behind the RDS instance listens, and the name ``endpoint`` that it has in AWS."""

    host: str
    port: int
    database: str
    user: str
    endpoint: str

    def as_dict(self) -> dict[str, Any]:
        """The document of ``mysql`` in ``dpctl sandbox status --json``."""
        return asdict(self)


@dataclass(frozen=True)
class SandboxInfo:
    """One running sandbox.

    ``endpoint`` is the URL of every AWS service; Redshift's own protocol is at ``redshift_host`` and
    ``redshift_port``, over TLS for who trusts ``redshift_ca``. ``account`` says what it began with
    (and ``variant`` of which number, or which file). ``log``
    is the server's log file. ``credentials`` sign every call, ``token`` opens the pages under /_sandbox/;
    both are this sandbox's own, and neither is printed by ``status``. ``realism`` are its manners, of a storm
    with ``seed``. ``mysql`` is None where no server is
    installed, or env.yaml has none.
    """

    endpoint: str
    account_id: str
    region: str
    account: Account
    pid: int
    redshift_host: str
    redshift_port: int
    redshift_database: str
    redshift_user: str
    log: Path
    redshift_ca: Path
    credentials: Credentials = field(repr=False)
    token: str = field(repr=False)
    variant: str = ""
    mysql: MySqlAddress | None = None
    realism: Kind = "calm"
    seed: int = 0

    def environment(self) -> dict[str, str]:
        """The variables that make boto3, Terraform and the AWS CLI talk to this sandbox, and to nothing else.

        The profile is a file of the sandbox, so that an AWS_PROFILE of the user has no say here.
        """
        profile = str(self.log.parent / PROFILE_FILE)
        here = "127.0.0.1,localhost"
        known = os.environ.get("NO_PROXY", os.environ.get("no_proxy", ""))
        no_proxy = known if here in known else ",".join(filter(None, (known, here)))
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": self.credentials.access_key,
            "AWS_SECRET_ACCESS_KEY": self.credentials.secret_key,
            "AWS_SESSION_TOKEN": "",
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_PROFILE": "default",
            "AWS_CONFIG_FILE": profile,
            "AWS_SHARED_CREDENTIALS_FILE": profile,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_STS_REGIONAL_ENDPOINTS": "regional",
            "PGSSLROOTCERT": str(self.redshift_ca),
            "NO_PROXY": no_proxy,
            "no_proxy": no_proxy,
        }

    def as_dict(self) -> dict[str, Any]:
        """The document of ``dpctl sandbox status --json`` (docs/schemas/sandbox-status.schema.json)."""
        return {
            "schema_version": SCHEMA_VERSION,
            "running": True,
            "endpoint": self.endpoint,
            "account_id": self.account_id,
            "region": self.region,
            "account": self.account,
            **({"variant": self.variant} if self.variant else {}),
            "realism": self.realism,
            **({"storm_seed": self.seed} if self.realism == "storm" else {}),
            "pid": self.pid,
            "redshift": {
                "host": self.redshift_host,
                "port": self.redshift_port,
                "database": self.redshift_database,
                "user": self.redshift_user,
            },
            "redshift_ca": str(self.redshift_ca),
            **({"mysql": self.mysql.as_dict()} if self.mysql else {}),
            "log": str(self.log),
        }
