"""What is in the account, as far as somebody asked: every call is made once and remembered."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from threading import RLock
from typing import Any

from dpctl.aws import Aws, absent, translate
from dpctl.errors import AwsError

Ask = Callable[[str, str, Mapping[str, Any]], Any]


class NotKnown(Exception):
    """A planned value is not known before something else is created or imported."""


class Values(Mapping[str, Any]):
    """The planned values of one resource. What Terraform does not know yet raises NotKnown, not KeyError."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = values

    def __getitem__(self, name: str) -> Any:
        if name not in self._values:
            raise NotKnown(name)
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def get(self, name: str, default: Any = None) -> Any:
        """A value that may be absent, unknown or null: the default stands for all three."""
        value = self._values.get(name)
        return default if value is None else value

    @property
    def tag_name(self) -> str:
        """The tag ``Name``, empty without one."""
        return str(self.get("tags", {}).get("Name", ""))


class Inventory:
    """Asks AWS. A call that fails because something is not there gives None, or an empty list."""

    def __init__(self, aws: Aws, account_id: str) -> None:
        self.aws = aws
        self.account_id = account_id
        self._answers: dict[str, Any] = {}
        self._locks: dict[str, RLock] = {}
        self._lock = RLock()

    def get(self, service: str, operation: str, **params: Any) -> Any:
        """The answer to one call, or None. Raises AwsError for anything but an absence."""
        return self._once(self._call, service, operation, params)

    def items(self, service: str, operation: str, result: str, **params: Any) -> list[Any]:
        """All pages of a list, under the key ``result``; empty when what is listed is not there."""

        def pages(service: str, operation: str, params: Mapping[str, Any]) -> list[Any]:
            return self._pages(service, operation, result, params)

        found: list[Any] = self._once(pages, service, operation, params)
        return found

    def _once(self, ask: Ask, service: str, operation: str, params: Mapping[str, Any]) -> Any:
        key = json.dumps([service, operation, params], sort_keys=True, default=str)
        with self._lock:
            lock = self._locks.setdefault(key, RLock())
        with lock:
            if key not in self._answers:
                self._answers[key] = ask(service, operation, params)
            return self._answers[key]

    def _call(self, service: str, operation: str, params: Mapping[str, Any]) -> Any:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            return getattr(self.aws.client(service), operation)(**params)
        except (BotoCoreError, ClientError) as error:
            return self._absent(error, service, operation)

    def _pages(self, service: str, operation: str, result: str, params: Mapping[str, Any]) -> list[Any]:
        from botocore.exceptions import BotoCoreError, ClientError

        client = self.aws.client(service)
        if not client.can_paginate(operation):
            answer = self._call(service, operation, params)
            return list(answer.get(result) or []) if answer else []
        try:
            pages = client.get_paginator(operation).paginate(**params)
            return [item for page in pages for item in page.get(result) or []]
        except (BotoCoreError, ClientError) as error:
            self._absent(error, service, operation)
            return []

    def _absent(self, error: Exception, service: str, operation: str) -> None:
        """None when the error says that something is not there; otherwise it is raised as ours."""
        if absent(error):
            return
        wrapped: AwsError = translate(error, f"look for what exists ({service} {operation})")
        raise wrapped from error


def filters(**pairs: str) -> list[dict[str, Any]]:
    """EC2's filters; an underscore in a name stands for a hyphen, two for a colon."""
    return [
        {"Name": name.replace("__", ":").replace("_", "-"), "Values": [value]}
        for name, value in pairs.items()
    ]


def only(items: list[Any], key: str) -> str | None:
    """The ``key`` of the one item there is; of several nobody can say which is meant, so that is None."""
    return str(items[0][key]) if len(items) == 1 else None
