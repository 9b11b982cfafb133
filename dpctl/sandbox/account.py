"""What the sandbox knows beyond moto: the account it plays, and a store for each service that moto lacks."""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from dpctl.sandbox.calls import ServiceError
from dpctl.sandbox.info import ACCESS_KEY, SECRET_KEY

if TYPE_CHECKING:
    from dpctl.config import Environment

Store = TypeVar("Store")

GLOBAL_SERVICES = frozenset({"iam", "sts", "s3"})


@dataclass
class Account:
    """One AWS account in one region.

    ``lock`` guards moto's backends, which are plain dictionaries. ``endpoint`` is where the sandbox answers;
    it is set once the server listens. ``stores`` holds one object per service that is answered here; one that
    runs something has a method ``close``.
    """

    environment: Environment
    data_dir: Path
    endpoint: str = ""
    lock: threading.RLock = field(default_factory=threading.RLock)
    stores: dict[type[Any], Any] = field(default_factory=dict)
    _session: Any = None
    _clients: dict[str, Any] = field(default_factory=dict)

    @property
    def account_id(self) -> str:
        """The twelve digits."""
        return self.environment.config.account_id

    @property
    def region(self) -> str:
        """The region; calls for another one reach moto's backend of that region."""
        return self.environment.config.region

    def arn(self, service: str, resource: str) -> str:
        """An ARN of this account and region."""
        region = "" if service == "iam" else self.region
        return f"arn:aws:{service}:{region}:{self.account_id}:{resource}"

    def redshift_host(self, workgroup: str) -> str:
        """The address of a workgroup's endpoint."""
        return f"{workgroup}.{self.account_id}.{self.region}.redshift-serverless.amazonaws.com"

    def backend(self, service: str) -> Any:
        """moto's backend of a service (its module's name, as ``awslambda``), the one that answers calls."""
        from moto.backends import get_backend

        if service == "stepfunctions":  # the one that executes
            from moto.stepfunctions.parser.models import stepfunctions_parser_backends as known
        elif service == "awslambda":  # the one without Docker
            from moto.awslambda_simple.models import lambda_simple_backends as known
        else:
            known = get_backend(service)
        return known[self.account_id]["aws" if service in GLOBAL_SERVICES else self.region]

    def store(self, kind: type[Store]) -> Store:
        """The one object of a kind, made when first asked for."""
        with self.lock:
            if kind not in self.stores:
                self.stores[kind] = kind()
            store: Store = self.stores[kind]
            return store

    def client(self, service: str) -> Any:
        """A boto3 client of this sandbox, made once. Raises ServiceError before the server listens."""
        with self.lock:
            if service not in self._clients:
                self._clients[service] = self._make_client(service)
            return self._clients[service]

    def _make_client(self, service: str) -> Any:
        import boto3
        from botocore.config import Config

        if not self.endpoint:
            raise ServiceError("ServiceUnavailable", "The sandbox does not listen yet.", 501)
        if self._session is None:
            self._session = boto3.Session(ACCESS_KEY, SECRET_KEY, region_name=self.region)
        config = Config(
            retries={"max_attempts": 1},
            proxies={},
            s3={"addressing_style": "path"},
            # Nothing is lost on the way to oneself: hashing once is enough.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        )
        return self._session.client(service, endpoint_url=self.endpoint, config=config)

    def child_environment(self) -> dict[str, str]:
        """The environment of a process that runs inside the account: this sandbox, and no other settings."""
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "MOTO_"))}
        return clean | {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "NO_PROXY": "127.0.0.1,localhost",
            "no_proxy": "127.0.0.1,localhost",
        }

    def close(self) -> None:
        """End what was started for this account: PostgreSQL, jobs that run, timers."""
        for store in list(self.stores.values()):
            if hasattr(store, "close"):
                store.close()
