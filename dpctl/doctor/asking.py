"""Asking AWS one thing: the answer, nothing, or what kept AWS from giving it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from dpctl.doctor.snapshot import Unknown

T = TypeVar("T")
# AWS's services have as many words for a thing that is not there: EntityNotFoundException,
# NoSuchBucketPolicy, StateMachineDoesNotExist, AWS.SimpleQueueService.NonExistentQueue, ...
_NOT_FOUND = re.compile(r"NotFound|DoesNotExist|NonExistent|^NoSuch|^404$")
NO_LOGIN = frozenset(
    {"ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId", "SignatureDoesNotMatch"}
)


class Clients(Protocol):
    """What collect needs of `dpctl.aws.Aws`."""

    def client(self, service: str) -> Any:
        """A boto3 client."""


def attempt(permission: str, ask: Callable[[], T]) -> T | Unknown:
    """The answer, or what kept AWS from giving it. Raises AccessError when there is no login at all."""
    from botocore import exceptions as boto

    from dpctl.aws import translate

    try:
        return ask()
    except (boto.NoCredentialsError, boto.PartialCredentialsError, boto.ProfileNotFound) as error:
        raise translate(error, "ask AWS about the connection") from error
    except boto.ClientError as error:
        code = error_code(error)
        if code in NO_LOGIN:
            raise translate(error, "ask AWS about the connection") from error
        return Unknown(permission, code or "an error without a code")
    except boto.BotoCoreError as error:
        return Unknown(permission, type(error).__name__)


def found(ask: Callable[[], T]) -> T | None:
    """The answer, or None where AWS says that there is no such thing."""
    from botocore.exceptions import ClientError

    try:
        return ask()
    except ClientError as error:
        if _NOT_FOUND.search(error_code(error)):
            return None
        raise


def error_code(error: Any) -> str:
    """The code of a ClientError."""
    return str(error.response.get("Error", {}).get("Code", ""))


def document(policy: Any) -> str:
    """A policy document as JSON text; boto3 gives some as text and some decoded."""
    import json

    return policy if isinstance(policy, str) else json.dumps(policy or {})
