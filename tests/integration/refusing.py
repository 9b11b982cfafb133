"""AWS that answers all but one operation."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError

# How AWS refuses: no permission, too many questions, and a fault of its own.
KINDS = {"denied": "AccessDeniedException", "throttled": "ThrottlingException", "500": "InternalServerError"}


class Refusing:
    """The clients of an account, of which one operation fails; ``asked`` are all that were called."""

    def __init__(self, aws: Any, operation: str = "", code: str = "") -> None:
        self.aws, self.operation, self.code = aws, operation, code
        self.asked: set[str] = set()

    def client(self, service: str) -> Any:
        return _Client(self, service)


class _Client:
    def __init__(self, refusing: Refusing, service: str) -> None:
        self.refusing, self.service = refusing, service

    def __getattr__(self, operation: str) -> Any:
        return lambda **params: self._call(operation, params)

    def get_paginator(self, operation: str) -> Any:
        self._refuse(operation)
        return self.refusing.aws.client(self.service).get_paginator(operation)

    def _call(self, operation: str, params: Any) -> Any:
        self._refuse(operation)
        return getattr(self.refusing.aws.client(self.service), operation)(**params)

    def _refuse(self, operation: str) -> None:
        name = f"{self.service}.{operation}"
        self.refusing.asked.add(name)
        if name == self.refusing.operation:
            raise ClientError({"Error": {"Code": self.refusing.code, "Message": "not for you"}}, operation)
