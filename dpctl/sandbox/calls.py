"""One request to AWS, read and answered by AWS's own service models (botocore has them, moto reads them)."""

from __future__ import annotations

import io
import re
import warnings
from dataclasses import dataclass
from typing import Any

# Signing names that differ from the name of the service's model.
SERVICES = {
    "monitoring": "cloudwatch",
    "states": "stepfunctions",
    "eventbridge": "events",
    "tagging": "resourcegroupstaggingapi",
    "email": "ses",
}
# A POST to S3 with ?delete and other bodies stay streams: only these services are read here.
_STREAMED = frozenset({"s3"})
_SCOPE = re.compile(r"Credential=(?P<key>[^/]+)/\d{8}/(?P<region>[^/]+)/(?P<service>[^/]+)/aws4_request")
_QUERY_SCOPE = re.compile(
    r"X-Amz-Credential=(?P<key>[^%/&]+)(?:%2F|/)\d{8}(?:%2F|/)(?P<region>[^%/&]+)(?:%2F|/)(?P<service>[^%/&]+)"
)


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

    def params(self) -> dict[str, Any]:
        """The parameters, parsed by the service's model into the shapes that boto3 takes."""
        from moto.core.parse import PROTOCOL_PARSERS
        from moto.core.request import determine_request_protocol
        from moto.core.utils import get_service_model

        model = get_service_model(self.service)
        operation = model.operation_model(self.operation)
        protocol = determine_request_protocol(model, self.request.content_type)
        parser = PROTOCOL_PARSERS[protocol](operation, map_type=dict)
        parsed = parser.parse(
            {
                "method": self.request.method,
                "values": self.request.values,
                "headers": self.request.headers,
                "body": self.request.data,
                "url_path": self.request.path,
                "url_params": self.uri_params,
            }
        )
        return dict(parsed or {})

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
        from moto.core.request import determine_request_protocol
        from moto.core.serialize import get_serializer_class
        from moto.core.utils import get_service_model
        from moto.moto_api._internal import mock_random

        model = get_service_model(self.service)
        operation = model.operation_model(self.operation)
        protocol = determine_request_protocol(model, self.request.content_type)
        response = get_serializer_class(model.service_name, protocol)(operation).serialize(result)
        body = response["body"]
        headers = {str(name): str(value) for name, value in response["headers"].items()}
        headers.setdefault("x-amzn-RequestId", str(mock_random.uuid4()))
        return Answer(response["status_code"], headers, body.encode() if isinstance(body, str) else body)


def identify(environ: dict[str, Any]) -> Call | None:
    """Which call a WSGI request is; None for one that is no known call of a known service.

    The service and region are read from the signature's credential scope (Signature Version 4), the operation
    from the header X-Amz-Target, the parameter Action, or the method and path, after the service's model.
    """
    match = _SCOPE.search(environ.get("HTTP_AUTHORIZATION", "")) or _QUERY_SCOPE.search(
        environ.get("QUERY_STRING", "")
    )
    if not match:
        return None
    service = SERVICES.get(match["service"].lower(), match["service"].lower())
    if service == "dynamodb" and environ.get("HTTP_X_AMZ_TARGET", "").startswith("DynamoDBStreams"):
        service = "dynamodbstreams"
    if service == "s3" and environ.get("PATH_INFO", "").startswith("/v20180820/"):
        service = "s3control"
    if service not in _STREAMED:
        _buffer(environ)
    return _route(service, match["region"], match["key"], environ)


def _route(service: str, region: str, key: str, environ: dict[str, Any]) -> Call | None:
    from botocore.exceptions import UnknownServiceError
    from moto.core.request import Request
    from moto.core.routing import NotFound, get_service_router

    own = environ | {"wsgi.input": io.BytesIO(environ.get("dpctl.body", b""))}
    request = Request(own, shallow=service in _STREAMED)
    try:
        operation, uri_params = get_service_router(service).match(request)
    except (NotFound, NotImplementedError, UnknownServiceError):
        return None
    return Call(service, str(operation.name), region, key, request, uri_params)


def _buffer(environ: dict[str, Any]) -> None:
    """Read the body into memory, so that both this module and moto can read it."""
    length = environ.get("CONTENT_LENGTH")
    if not length and not environ.get("wsgi.input_terminated"):
        body = b""
    else:
        body = environ["wsgi.input"].read(int(length)) if length else environ["wsgi.input"].read()
    environ["CONTENT_LENGTH"] = str(len(body))
    environ["wsgi.input"] = io.BytesIO(body)
    environ["dpctl.body"] = body
