"""What the sandbox knows beyond moto: the account it plays, and a store for each service that moto lacks."""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from dpctl.aws import SANDBOX_USER
from dpctl.sandbox import gate, hosts, processes
from dpctl.sandbox.calls import ServiceError
from dpctl.sandbox.clock import Clock
from dpctl.sandbox.realism import Realism
from dpctl.sandbox.signature import BadSignature, Credentials
from dpctl.sandbox.working import Working

if TYPE_CHECKING:
    from dpctl.config import Environment

Store = TypeVar("Store")

GLOBAL_SERVICES = frozenset({"budgets", "iam", "sts", "s3"})


@dataclass
class Account:
    """One AWS account in one region.

    ``lock`` guards moto's backends, which are plain dictionaries. ``endpoint`` is where the sandbox answers;
    it is set once the server listens. ``credentials`` are those of the one who started it, who may do all;
    ``own`` are AWS's, for what it does in the account by itself: such calls are neither judged nor recorded.
    ``realism`` are its manners, ``clock`` is its time, ``working`` knows what still runs in it.
    ``stores`` holds one object per service that is answered here; one that runs something has a method
    ``close``.
    """

    environment: Environment
    data_dir: Path
    endpoint: str = ""
    credentials: Credentials = field(default_factory=gate.new_credentials)
    own: Credentials = field(default_factory=gate.new_credentials)
    lock: threading.RLock = field(default_factory=threading.RLock)
    stores: dict[type[Any], Any] = field(default_factory=dict)
    realism: Realism = field(default_factory=Realism)
    working: Working = field(default_factory=Working)
    clock: Clock = field(init=False)
    _session: Any = None
    _clients: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.clock = Clock(self.clock_folder)
        self.clock.watch(lambda: self.working.wakes(self.clock_folder))

    @property
    def clock_folder(self) -> Path:
        """Where processes of the account read the clock."""
        return self.data_dir / "clock"

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

    def client_of(self, credentials: Credentials, service: str) -> Any:
        """A boto3 client that signs with a key of this sandbox; a new one each time.

        S3 gets no hash of the body: files are large, and nothing is lost on the way to oneself.
        """
        from botocore.config import Config

        config = Config(s3={"addressing_style": "path", "payload_signing_enabled": False})
        return self._make_client(service, more=config, credentials=credentials)

    def machine_client(self, service: str, region: str, credentials: Credentials | None = None) -> Any:
        """A client for a state machine: it checks no parameters, waits for its answer, and tries once."""
        from botocore.config import Config

        day = 86_400
        config = Config(
            parameter_validation=False,
            retries={"total_max_attempts": 1},
            connect_timeout=60,
            read_timeout=day,
        )
        return self._make_client(service, region, config, credentials)

    def _make_client(
        self, service: str, region: str = "", more: Any = None, credentials: Credentials | None = None
    ) -> Any:
        import boto3
        from botocore.config import Config

        if not self.endpoint:
            raise ServiceError("ServiceUnavailable", "The sandbox does not listen yet.", 501)
        with self.lock:  # a session is not for two threads at once
            if self._session is None:
                self._session = boto3.Session(region_name=self.region)
        config = Config(
            retries={"max_attempts": 1},
            proxies={},
            s3={"addressing_style": "path"},
            # Nothing is lost on the way to oneself: hashing once is enough.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        )
        keys = credentials or self.own
        with self.lock:
            return self._session.client(
                service,
                region_name=region or self.region,
                endpoint_url=self.endpoint,
                aws_access_key_id=keys.access_key,
                aws_secret_access_key=keys.secret_key,
                aws_session_token=keys.session_token or None,
                config=config.merge(more) if more else config,
            )

    @property
    def user_arn(self) -> str:
        """Who the sandbox's own key belongs to: a name that no real account has."""
        return self.arn("iam", f"user/{SANDBOX_USER}")

    def credentials_of(self, access_key: str) -> Credentials | None:
        """The secret and token of an access key: the sandbox's own, an IAM user's, or a role session's.

        Raises BadSignature for a session that is over.
        """
        for known in (self.credentials, self.own):
            if access_key == known.access_key:
                return known
        with self.lock:
            session = self.backend("sts").get_assumed_role_from_access_key(access_key)
            if session is not None:
                if session.expiration <= self.clock.now().replace(tzinfo=None):
                    message = "The security token included in the request is expired"
                    raise BadSignature("expired-token", message)
                return Credentials(access_key, session.secret_access_key, session.session_token)
            for user in self.backend("iam").users.values():
                for key in user.access_keys:
                    if key.access_key_id == access_key and key.status == "Active":
                        return Credentials(access_key, key.secret_access_key)
        return None

    def child_environment(self, credentials: Credentials | None = None) -> dict[str, str]:
        """The environment of a process inside the account: this sandbox, a key of it, nothing more."""
        credentials = credentials or self.own
        return processes.environment() | {
            "HOME": str(self.data_dir),
            "PYTHONPATH": str(hosts.FOLDER),
            **hosts.clock(self.clock_folder),
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": credentials.access_key,
            "AWS_SECRET_ACCESS_KEY": credentials.secret_key,
            "AWS_SESSION_TOKEN": credentials.session_token,
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "NO_PROXY": "127.0.0.1,localhost",
            "no_proxy": "127.0.0.1,localhost",
        }

    def close(self) -> None:
        """End what was started for this account: PostgreSQL, jobs that run, what waits for the clock."""
        self.clock.close()
        for store in list(self.stores.values()):
            if hasattr(store, "close"):
                store.close()
