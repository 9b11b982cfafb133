"""One request to AWS, read and answered by AWS's own service models (botocore has them, moto reads them)."""

from __future__ import annotations

import copy
import io
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from dpctl.sandbox import wire
from dpctl.sandbox.signature import Signature

Environ = dict[str, Any]

# Signing names that differ from the name of the service's model.
SERVICES = {
    "monitoring": "cloudwatch",
    "states": "stepfunctions",
    "eventbridge": "events",
    "tagging": "resourcegroupstaggingapi",
    "email": "ses",
}
# Bodies of these may be objects of any size: one is read here only where the operation's model has no stream.
_STREAMED = frozenset({"s3"})


class ServiceError(Exception):
    """An error as AWS would answer it: a ``code`` of the service's model, or one common to all services."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status


@dataclass(frozen=True)
class Answer:
    """An HTTP response."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Call:
    """One request: which service and operation (names of boto3 and of the API), where, and with what."""

    service: str
    operation: str
    region: str
    access_key: str
    request: Any
    uri_params: dict[str, Any]
    body: bytes = b""

    @cached_property
    def parameters(self) -> Mapping[str, Any]:
        """The parameters, in the shapes that boto3 takes; to be read only, without a body that is a stream.

        A value that cannot be read as its type stands there as ``wire.Unreadable``; no handler gets to see
        one, because ``checks`` refuses it before. Raises wire.Malformed for a body that cannot be read.
        """
        return wire.read(self)

    def params(self) -> dict[str, Any]:
        """A copy of the parameters that the caller may change."""
        return copy.deepcopy(dict(self.parameters))

    @cached_property
    def model(self) -> Any:
        """The operation in the service's model (botocore's OperationModel)."""
        from moto.core.utils import get_service_model

        return get_service_model(self.service).operation_model(self.operation)

    @cached_property
    def protocol(self) -> str:
        """How the request is written: json, query, ec2, rest-json or rest-xml."""
        from moto.core.request import determine_request_protocol

        return str(determine_request_protocol(self.model.service_model, self.request.content_type))

    def answer(self, result: dict[str, Any]) -> Answer:
        """Serialize a result as this operation answers it."""
        return self._serialize(result)

    def refuse(self, error: ServiceError) -> Answer:
        """Serialize an error as this service answers it."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a fault may have a code that the service's model does not list
            answer = self._serialize(error)
        status = error.status if error.status != 400 else max(answer.status, 400)
        return Answer(status, answer.headers, answer.body)

    def _serialize(self, result: Any) -> Answer:
        from moto.core.serialize import get_serializer_class
        from moto.moto_api._internal import mock_random

        serializer = get_serializer_class(self.model.service_model.service_name, self.protocol)
        response = serializer(self.model).serialize(result)
        body = response["body"]
        headers = {str(name): str(value) for name, value in response["headers"].items()}
        headers.setdefault("x-amzn-RequestId", str(mock_random.uuid4()))
        content = (
            body.encode() if isinstance(body, str) else body or b""
        )  # None where it has a payload's place
        return Answer(response["status_code"], headers, content)


def service_of(environ: Environ, signature: Signature) -> str:
    """boto3's name of the service that a request is signed for."""
    name = signature.service.lower()
    service = SERVICES.get(name, name)
    if service == "dynamodb" and environ.get("HTTP_X_AMZ_TARGET", "").startswith("DynamoDBStreams"):
        return "dynamodbstreams"
    if service == "s3" and environ.get("PATH_INFO", "").startswith("/v20180820/"):
        return "s3control"
    return service


def identify(environ: Environ, signature: Signature) -> Call | None:
    """Which call a WSGI request is; None for one that is no known call of a known service.

    The service and region are those of the signature's credential scope (Signature Version 4), the operation
    is read from the header X-Amz-Target, the parameter Action, or the method and path, after the service's
    model.
    """
    service = service_of(environ, signature)
    if service not in _STREAMED:
        _buffer(environ)
    return _route(service, signature.region, signature.access_key, environ)


def _route(service: str, region: str, key: str, environ: Environ) -> Call | None:
    from botocore.exceptions import UnknownServiceError
    from moto.core.routing import NotFound, get_service_router

    request = _request(environ, shallow=service in _STREAMED)
    try:
        operation, uri_params = get_service_router(service).match(request)
    except NotFound:
        operation, uri_params = _named(service, environ), {}
    except (NotImplementedError, UnknownServiceError):
        operation = None
    if operation is None:
        return None
    if service in _STREAMED and not operation.has_streaming_input:
        _buffer(environ)
    return Call(
        service, str(operation.name), region, key, request, uri_params, environ.get("dpctl.body", b"")
    )


def _named(service: str, environ: Environ) -> Any:
    """The operation that X-Amz-Target names behind another prefix than the model's; None for no such one.

    AWS's SDK for Go names CloudTrail's with a package: com.amazonaws.cloudtrail.v20131101.CloudTrail_...
    """
    from moto.core.utils import get_service_model

    model = get_service_model(service)
    name = environ.get("HTTP_X_AMZ_TARGET", "").rpartition(".")[2]
    return model.operation_model(name) if name in model.operation_names else None


def _request(environ: Environ, *, shallow: bool) -> Any:
    from moto.core.request import Request

    own = environ | {"wsgi.input": io.BytesIO(environ.get("dpctl.body", b""))}
    return Request(own, shallow=shallow)


def _buffer(environ: Environ) -> None:
    """Read the body into memory, so that both this module and moto can read it."""
    body = read_body(environ)
    environ["CONTENT_LENGTH"] = str(len(body))
    environ["dpctl.body"] = body


def read_body(environ: Environ) -> bytes:
    """The whole body, which stays there to be read again. Raises ServiceError where it ends too early."""
    length = environ.get("CONTENT_LENGTH")
    if length:
        body: bytes = environ["wsgi.input"].read(int(length))
        if len(body) < int(length):
            raise ServiceError("IncompleteBody", "The body is shorter than Content-Length says.")
    else:
        body = environ["wsgi.input"].read() if environ.get("wsgi.input_terminated") else b""
    environ["wsgi.input"] = io.BytesIO(body)
    return body
