"""Asking AWS one thing: the answer, nothing, or what kept AWS from giving it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from dpctl.aws import absent, error_code, lacking, translate
from dpctl.doctor.snapshot import Unknown
from dpctl.errors import AccessError

T = TypeVar("T")
THREADS = 8
NO_LOGIN = frozenset(
    {"ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId", "SignatureDoesNotMatch"}
)


class Clients(Protocol):
    """What collect needs of `dpctl.aws.Aws`."""

    def client(self, service: str) -> Any:
        """A boto3 client."""


@dataclass
class Asker:
    """Asks AWS, side by side, and counts its calls; ``facts`` holds what was answered so far, by name."""

    clients: Clients
    facts: dict[str, Any] = field(default_factory=dict)
    calls: int = 0
    _lock: Any = field(default_factory=threading.Lock)

    def call(self, service: str, operation: str, **params: Any) -> Any:
        """One API call."""
        self.count()
        return getattr(self.clients.client(service), operation)(**params)

    def find(self, service: str, operation: str, **params: Any) -> Any:
        """One API call, or None where AWS says that there is no such thing."""
        return found(lambda: self.call(service, operation, **params))

    def pages(self, service: str, operation: str, key: str, **params: Any) -> list[Any]:
        """All pages of a list; every page counts as a call."""
        items: list[Any] = []
        for page in self.clients.client(service).get_paginator(operation).paginate(**params):
            self.count()
            items += page.get(key) or []
        return items

    def following(self, service: str, operation: str, key: str, **params: Any) -> list[Any]:
        """All pages of a list that botocore has no paginator for, each by the token of the one before."""
        items: list[Any] = []
        more: dict[str, str] = {}
        while True:
            page = self.call(service, operation, **params, **more)
            items += page.get(key) or []
            if not page.get("NextToken"):
                return items
            more = {"NextToken": page["NextToken"]}

    def every(self, service: str, operation: str, key: str, **params: Any) -> dict[str, list[Any]] | None:
        """All pages of a list as one answer, or None where AWS says that there is no such thing."""
        items = found(lambda: self.pages(service, operation, key, **params))
        return None if items is None else {key: items}

    def count(self) -> None:
        """Count a call."""
        with self._lock:
            self.calls += 1

    def known(self, name: str) -> Any:
        """What is known so far; None where nothing is."""
        value = self.facts.get(name)
        return None if isinstance(value, Unknown) else value

    def side_by_side(self, tasks: Mapping[str, Callable[[], Any]]) -> dict[str, Any]:
        """Run tasks at the same time; the first AccessError of one of them is raised."""
        with ThreadPoolExecutor(THREADS) as pool:
            running = {name: pool.submit(task) for name, task in tasks.items()}
            return {name: future.result() for name, future in running.items()}


def attempt(permission: str, ask: Callable[[], T]) -> T | Unknown:
    """The answer, or what kept AWS from giving it. Raises AccessError when there is no login at all.

    ``permission`` is what the question takes; one that asks more than one thing may lack another, which AWS
    names.
    """
    from botocore import exceptions as boto

    try:
        return ask()
    except boto.ClientError as error:
        code = error_code(error)
        if code in NO_LOGIN:
            raise translate(error, "ask AWS about the connection") from error
        return Unknown(lacking(error) or permission, code or "an error without a code")
    except boto.BotoCoreError as error:
        told = translate(error, "ask AWS about the connection")
        if isinstance(told, AccessError):  # no login that works: nothing can be asked
            raise told from error
        return Unknown(permission, type(error).__name__)


def found(ask: Callable[[], T]) -> T | None:
    """The answer, or None where AWS says that there is no such thing."""
    from botocore.exceptions import ClientError

    try:
        return ask()
    except ClientError as error:
        if absent(error):
            return None
        raise


# What regions (and the sandbox) say that do not have an operation: then there is no such thing either.
NO_SUCH_OPERATION = frozenset({"InvalidAction", "UnknownOperationException", "NotImplemented"})


def where_known(ask: Callable[[], T]) -> T | None:
    """The answer, or None where the region does not know the operation."""
    from botocore.exceptions import ClientError

    try:
        return ask()
    except ClientError as error:
        if error_code(error) in NO_SUCH_OPERATION:
            return None
        raise


def document(policy: Any) -> str:
    """A policy document as JSON text; boto3 gives some as text and some decoded."""
    import json

    return policy if isinstance(policy, str) else json.dumps(policy or {})
