"""Requests as botocore writes them, without its own checks, read as the sandbox reads them."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from urllib.parse import urlencode, urlsplit

import botocore.session
from botocore.serialize import create_serializer

from dpctl.sandbox.calls import SERVICES, Call, identify
from dpctl.sandbox.signature import Signature

_SIGNED_AS = {ours: theirs for theirs, ours in SERVICES.items()}


@cache
def service_model(service: str):
    return botocore.session.Session().get_service_model(service)


def call(service: str, operation: str, params: dict[str, Any]) -> Call:
    """The call that boto3 would make of these parameters."""
    model = service_model(service)
    found = model.operation_model(operation)
    request = create_serializer(model.resolved_protocol, include_validation=False).serialize_to_request(
        dict(params), found
    )
    body = request["body"]
    headers = dict(request["headers"])
    if isinstance(body, dict):
        body = urlencode(body)
        headers["Content-Type"] = "application/x-www-form-urlencoded; charset=utf-8"
    return raw(
        service,
        method=request["method"],
        path=request["url_path"],
        query=request["query_string"],
        headers=headers,
        body=body.encode() if isinstance(body, str) else body,
    )


def document(service: str, operation: str, body: Any) -> Call:
    """A call of a service that speaks JSON, with a body of any kind."""
    model = service_model(service)
    return raw(
        service,
        headers={
            "Content-Type": f"application/x-amz-json-{model.metadata.get('jsonVersion', '1.1')}",
            "X-Amz-Target": f"{model.metadata['targetPrefix']}.{operation}",
        },
        body=body if isinstance(body, bytes) else json.dumps(body).encode(),
    )


def raw(
    service: str,
    *,
    method: str = "POST",
    path: str = "/",
    query: Any = "",
    headers: dict[str, Any] | None = None,
    body: bytes = b"",
) -> Call:
    """A request as it stands on the wire."""
    parts = urlsplit(path)
    text = urlencode(query, doseq=True) if isinstance(query, dict) else str(query)
    text = "&".join(filter(None, [parts.query, text]))
    environ = {
        "REQUEST_METHOD": method,
        "PATH_INFO": parts.path,
        "RAW_URI": parts.path + (f"?{text}" if text else ""),
        "QUERY_STRING": text,
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "HTTP_HOST": "127.0.0.1",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "CONTENT_LENGTH": str(len(body)),
    }
    for name, value in (headers or {}).items():
        key = name.upper().replace("-", "_")
        environ[key if key == "CONTENT_TYPE" else f"HTTP_{key}"] = str(value)
    found = identify(environ, _signature(_SIGNED_AS.get(service, service)))
    assert found is not None, f"{method} {path} is no call of {service}"
    return found


def _signature(service: str) -> Signature:
    now = datetime.now(UTC)
    return Signature(
        access_key="AKIASANDBOX123456789",
        date=now.strftime("%Y%m%d"),
        region="ap-south-1",
        service=service,
        headers=("host",),
        signature="0" * 64,
        time=now,
        token="",
        presigned=False,
        expires=timedelta(0),
    )
