"""The way to AWS: one narrow object that makes clients, for the account or for the sandbox."""

from __future__ import annotations

import os
import re
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from dpctl import awsendpoints
from dpctl.errors import AccessError, AwsError

SANDBOX_HEADER = "X-Dpctl-Sandbox"  # in every answer of a sandbox
SANDBOX_USER = "dpctl-sandbox"  # whom a sandbox's own key belongs to

NO_CREDENTIALS_HINT = "dpctl --sandbox ... (no AWS account needed), or aws configure / AWS_PROFILE=..."

PERMISSION_HINT = "ask for that permission, or AWS_PROFILE=... of somebody who has it"
ABSENT_HINT = "dpctl plan, which shows what of env.yaml is not there yet"
NO_ANSWER_HINT = "the same command again once the endpoint can be reached (network, VPN, HTTPS_PROXY)"
EXPIRED_HINT = "aws sso login, or fresh credentials, and the same command again"
# how AWS's services say that the caller may not do it (common errors of each API reference)
DENIED_CODES = frozenset(
    {
        "AccessDenied",
        "AccessDeniedException",
        "AuthorizationError",
        "Client.UnauthorizedOperation",
        "Forbidden",
        "NotAuthorized",
        "UnauthorizedAccess",
        "UnauthorizedOperation",
        "403",
    }
)
EXPIRED_CODES = frozenset({"ExpiredToken", "ExpiredTokenException", "RequestExpired"})
# what a signature of the wrong time gets, which a wrong key may get as well
SKEWED_CODES = frozenset({"RequestTimeTooSkewed", "InvalidSignatureException", "RequestExpired"})
# S3 answers these without a body, so without the action.
UNSAID = {"HeadBucket": "s3:ListBucket", "HeadObject": "s3:GetObject"}
# what AWS's services call the absence of a thing: EntityNotFoundException, NoSuchBucketPolicy,
# StateMachineDoesNotExist, AWS.SimpleQueueService.NonExistentQueue, ...
_ABSENT = re.compile(r"NotFound|NoSuch|NotExist|NonExistent|^404$")
OBJECT_ABSENT = frozenset({"NoSuchKey", "NoSuchVersion", "404"})  # of S3: nothing that Terraform would make
_ACTION = re.compile(r"not authorized to perform: ([\w-]+:\w+)")
CONNECT_SECONDS = 10.0  # botocore's own minute, three times, is three minutes of silence behind a firewall
SKEW_SECONDS = 240  # AWS takes signatures that are at most five minutes off (fifteen in S3)
ACCESS_CODES = frozenset(
    {
        *DENIED_CODES,
        *EXPIRED_CODES,
        *SKEWED_CODES,
        "AuthFailure",
        "InvalidClientTokenId",
        "UnrecognizedClientException",
        "SignatureDoesNotMatch",
        "InvalidAccessKeyId",
    }
)


@dataclass(frozen=True)
class Aws:
    """Clients for one region.

    ``environment`` is laid over the process environment: empty for AWS as the user is logged in there, the
    sandbox's endpoint and keys for the sandbox. The same mapping goes to every process that is started.
    ``profile`` and ``role_arn`` are those of env.yaml: who is logged in, and the role that they take on.
    ``say`` is told which endpoints of the user's take AWS's place, before anything is asked of them.
    """

    region: str
    environment: Mapping[str, str] = field(default_factory=dict)
    say: Callable[[str], None] = field(default=lambda _text: None, repr=False, compare=False)
    profile: str = ""
    role_arn: str = ""
    _clients: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)
    _lock: Any = field(default_factory=threading.RLock, repr=False, compare=False)

    @property
    def sandboxed(self) -> bool:
        """Whether the calls stay on this machine."""
        return "AWS_ENDPOINT_URL" in self.environment

    def client(self, service: str, *, timeout: float | None = None) -> Any:
        """A client, made once (they are safe to share between threads).

        ``timeout`` bounds each call to so many seconds and leaves repeating it to the caller; without it
        botocore waits a minute for an answer, and repeats by itself.

        Raises AccessError where the user's endpoints lead to different places.
        """
        with self._lock:
            if service not in self._clients:
                self._clients[service] = self._make(service, timeout)
            return self._clients[service]

    def account_id(self) -> str:
        """The account these credentials belong to. Raises AccessError when there are none."""
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            caller = self.client("sts").get_caller_identity()
        except (BotoCoreError, ClientError) as error:
            raise translate(error, "ask AWS who is calling") from error
        if not self.sandboxed and str(caller["Arn"]).endswith(f":user/{SANDBOX_USER}"):
            raise _a_sandbox()
        return str(caller["Account"])

    def caller_arn(self) -> str:
        """Who calls, as AWS names him in an error; empty where it does not say."""
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            return str(self.client("sts").get_caller_identity()["Arn"])
        except (BotoCoreError, ClientError):
            return ""

    def acting_as(self, role_arn: str) -> Aws:
        """The same place, in a session of a role. Raises AccessError where it can't be taken on."""
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            taken = self.client("sts").assume_role(RoleArn=role_arn, RoleSessionName="dpctl")["Credentials"]
        except (BotoCoreError, ClientError) as error:
            raise translate(error, f"take on the role {role_arn}") from error
        keys = {
            "AWS_ACCESS_KEY_ID": taken["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": taken["SecretAccessKey"],
            "AWS_SESSION_TOKEN": taken["SessionToken"],
        }
        return Aws(self.region, {**self.environment, **keys}, self.say)

    def exported(self) -> dict[str, str]:
        """Credentials as variables, for programs that can't get them by themselves; else empty.

        Terraform's S3 backend asks for no MFA code, and knows nothing of env.yaml's profile and role. What is
        handed on lasts as long as the session does: an hour, unless the role says otherwise.

        Raises AccessError.
        """
        from botocore.exceptions import BotoCoreError, ClientError

        if self.sandboxed or not (self.profile or self.role_arn or self._asks_for_mfa()):
            return {}
        try:
            found = self._session.get_credentials()
            frozen = found.get_frozen_credentials() if found else None
        except (BotoCoreError, ClientError) as error:
            raise translate(error, "log in to AWS") from error
        if frozen is None:
            raise AccessError("Could not log in to AWS: no AWS credentials.", hint=NO_CREDENTIALS_HINT)
        given = {"AWS_ACCESS_KEY_ID": frozen.access_key, "AWS_SECRET_ACCESS_KEY": frozen.secret_key}
        return given | {"AWS_SESSION_TOKEN": frozen.token or ""}

    def _asks_for_mfa(self) -> bool:
        from botocore.exceptions import BotoCoreError

        try:
            return "mfa_serial" in self._session.get_scoped_config()
        except BotoCoreError:  # a profile that is not there: the first call says so
            return False

    @cached_property
    def _session(self) -> Any:
        # botocore without boto3 around it, which would double what a session costs and add nothing used here.
        import botocore.session

        # In the sandbox nothing of the user's settings has a say: no profile, no endpoint, no role of theirs.
        nothing = (None, None, os.devnull, None)
        own = {"profile": (None, None, None, None), "config_file": nothing, "credentials_file": nothing}
        session = botocore.session.Session(
            own if self.sandboxed else None, profile=(not self.sandboxed and self.profile) or None
        )
        session.set_config_variable("region", self.region)  # for STS, where a profile takes on a role
        if not self.sandboxed and not sys.stdin.isatty():
            _ask_nobody(session)
        if self.role_arn and not self.sandboxed:
            _take_role(session, self.role_arn, self.region)
        # Every folder is taken for a service: botocore would look at the files of all 400 to find the one.
        loader = session.get_component("data_loader")
        loader.list_available_services = lambda _type: [
            entry.name for root in loader.search_paths if Path(root).is_dir() for entry in os.scandir(root)
        ]
        if not self.sandboxed:
            self._look_around(session)
        return session

    def _look_around(self, session: Any) -> None:
        """Outside the sandbox: which endpoints are set, and is any answer a sandbox's?"""
        from botocore.exceptions import BotoCoreError

        try:
            profile = session.get_scoped_config()
            services = session.full_config.get("services", {}).get(profile.get("services", ""), {})
        except BotoCoreError:  # a profile that is not there: the first call says so
            profile, services = {}, {}
        found = awsendpoints.configured(os.environ, profile, services)
        for one in found:
            self.say(f"{one.place} is set: calls go to {awsendpoints.told(one.url)}")
        awsendpoints.check(found)
        session.register("before-parse", _refuse_sandbox)

    def _make(self, service: str, timeout: float | None) -> Any:
        from botocore.config import Config

        waiting: dict[str, Any] = {"retries": {"mode": "standard"}, "connect_timeout": CONNECT_SECONDS}
        if timeout is not None:
            waiting = {
                "retries": {"mode": "standard", "total_max_attempts": 1},
                "connect_timeout": timeout,
                "read_timeout": timeout,
            }

        proxies: dict[str, str] | None = {} if self.sandboxed else None  # {}: none, whatever HTTP_PROXY says
        return self._session.create_client(
            service,
            region_name=self.region,
            endpoint_url=self.environment.get("AWS_ENDPOINT_URL"),
            aws_access_key_id=self.environment.get("AWS_ACCESS_KEY_ID"),
            aws_secret_access_key=self.environment.get("AWS_SECRET_ACCESS_KEY"),
            aws_session_token=self.environment.get("AWS_SESSION_TOKEN") or None,
            config=Config(user_agent_extra="dpctl", proxies=proxies, **waiting),
        )


def error_code(error: Any) -> str:
    """The code of botocore's ClientError; empty for an error that has none."""
    return str(getattr(error, "response", {}).get("Error", {}).get("Code", ""))


def absent(error: Any) -> bool:
    """Whether an error of botocore's says that there is no such thing."""
    return bool(_ABSENT.search(error_code(error)))


def lacking(error: Any) -> str:
    """The action that an error of botocore's says the caller may not do; empty for any other error."""
    if error_code(error) not in DENIED_CODES:
        return ""
    said = _ACTION.search(str(error))
    return said[1] if said else UNSAID.get(getattr(error, "operation_name", ""), "")


def _ask_nobody(session: Any) -> None:
    """Where nobody can type an MFA code, say so instead of asking for one."""
    from botocore.exceptions import RefreshWithMFAUnsupportedError

    def prompter(_text: str) -> str:
        raise RefreshWithMFAUnsupportedError()

    providers = session.get_component("credential_provider")
    providers.get_provider("assume-role")._prompter = prompter


def _take_role(session: Any, role_arn: str, region: str) -> None:
    """Let a session act as a role, taken on by whoever is logged in; renewed as long as the session lives."""
    from botocore.credentials import AssumeRoleCredentialFetcher, DeferredRefreshableCredentials

    login = session.get_credentials()
    if login is None:
        return  # the first call says that nobody is logged in

    def client(service: str, **options: Any) -> Any:
        return session.create_client(service, region_name=region, **options)

    fetcher = AssumeRoleCredentialFetcher(client, login, role_arn, extra_args={"RoleSessionName": "dpctl"})
    session._credentials = DeferredRefreshableCredentials(
        method="assume-role", refresh_using=fetcher.fetch_credentials
    )


def _refuse_sandbox(response_dict: Mapping[str, Any], **_: Any) -> None:
    """A sandbox says that it is one in every answer; a real run that meets it has lost its way."""
    if any(name.lower() == SANDBOX_HEADER.lower() for name in response_dict["headers"]):
        raise _a_sandbox()


def _a_sandbox() -> AccessError:
    return AccessError(
        "What answers is a sandbox, not AWS.",
        why="An endpoint or a key of it is set, and this is not a run with --sandbox.",
        hint="unset AWS_ENDPOINT_URL and the keys that came with it, or dpctl --sandbox ...",
    )


def partition(region: str) -> str:
    """The first word of an ARN after ``arn:``: AWS's own partition, or that of China or GovCloud.

    Source: AWS general reference, "Amazon Resource Names (ARNs)".
    """
    if region.startswith("cn-"):
        return "aws-cn"
    return "aws-us-gov" if region.startswith("us-gov-") else "aws"


def translate(error: Exception, doing: str) -> AwsError:
    """Turn botocore's error into one of ours; ``doing`` completes the sentence "Could not ..."."""
    from botocore import exceptions as boto

    if isinstance(error, boto.NoCredentialsError | boto.PartialCredentialsError | boto.ProfileNotFound):
        return AccessError(
            f"Could not {doing}: no AWS credentials.", why=str(error), hint=NO_CREDENTIALS_HINT
        )
    if hint := _login_hint(error):
        return AccessError(f"Could not {doing}: the login to AWS does not work.", why=str(error), hint=hint)
    if isinstance(error, boto.ClientError):
        code = error.response.get("Error", {}).get("Code", "")
        if code in ACCESS_CODES and (off := _clock_off(error.response)):
            return AccessError(
                f"Could not {doing}: this machine's clock is {off} AWS's.",
                why=str(error),
                hint="timedatectl set-ntp true (or set the clock), and the same command again",
            )
        if code in ACCESS_CODES:
            needed = UNSAID.get(error.operation_name, "") if code in DENIED_CODES else ""
            why = f"{error} It needs {needed}." if needed else str(error)
            return AccessError(f"Could not {doing}: {code}.", why=why, hint=_access_hint(code))
        if absent(error) and code not in OBJECT_ABSENT:
            bucket = error.response["Error"].get("BucketName", "")  # S3's message names none
            why = f"{error}: {bucket}" if bucket else str(error)
            return AwsError(f"Could not {doing}.", why=why, hint=ABSENT_HINT)
    if isinstance(error, boto.HTTPClientError):  # no answer: refused, cut off, too late, or a proxy's doing
        return AwsError(f"Could not {doing}: no answer.", why=str(error), hint=NO_ANSWER_HINT)
    return AwsError(f"Could not {doing}.", why=str(error))


def _clock_off(response: Mapping[str, Any]) -> str:
    """How far this machine's clock is from the answer's: ``47 minutes behind``; empty where it is not."""
    from email.utils import parsedate_to_datetime

    told = response.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date", "")
    try:
        seconds = time.time() - parsedate_to_datetime(told).timestamp()
    except (TypeError, ValueError):
        return ""
    if abs(seconds) < SKEW_SECONDS:
        return ""
    return f"{abs(seconds) / 60:,.0f} minutes {'ahead of' if seconds > 0 else 'behind'}"


def _login_hint(error: Exception) -> str:
    """The command that fixes a login, by the kind of botocore's error; empty for any other error."""
    from botocore import exceptions as boto

    profile = os.environ.get("AWS_PROFILE", "")
    option = f" --profile {profile}" if profile else ""
    if isinstance(error, boto.SSOError | boto.TokenRetrievalError):
        return f"aws sso login{option}"
    if isinstance(error, boto.RefreshWithMFAUnsupportedError):
        return f"aws sts get-session-token{option} --serial-number ARN --token-code CODE; export its keys"
    if isinstance(error, boto.CredentialRetrievalError | boto.MetadataRetrievalError):
        return f"aws sts get-caller-identity{option}, which shows what is wrong with the login"
    if isinstance(
        error, boto.InvalidConfigError | boto.InfiniteLoopConfigError | boto.UnknownCredentialError
    ):
        return f"aws configure list{option}, and the file it names"
    return ""


def _access_hint(code: str) -> str:
    if code in DENIED_CODES:
        return PERMISSION_HINT
    return EXPIRED_HINT if code in EXPIRED_CODES else NO_CREDENTIALS_HINT


# ``aws`` as it is typed: not the word of a sentence, not behind "--" already, not about the user's own login.
_TYPED = re.compile(r"(?<![\w./'-])(?<!-- )aws (?!configure |sso |login )(?=[a-z][a-z0-9-]* [a-z])")


def in_sandbox(text: str) -> str:
    """A text whose ``aws ...`` commands go to the sandbox: as they stand, they would go to the account."""
    return _TYPED.sub("dpctl sandbox exec -- aws ", text)
