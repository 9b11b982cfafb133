"""Requests against the services' models: what AWS refuses at once, the sandbox does too."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from dpctl.sandbox.calls import Call, ServiceError
from dpctl.sandbox.models import forms, parameters, shapes
from dpctl.sandbox.wire import Malformed


def unknown(service: str, environ: Mapping[str, Any]) -> ServiceError:
    """The error for a request that is none of the service's operations."""
    named = environ.get("HTTP_X_AMZ_TARGET", "").rpartition(".")[2]
    if not named:
        text = environ.get("QUERY_STRING", "") + "&" + environ.get("dpctl.body", b"").decode("latin-1")
        named = dict(parse_qsl(text)).get("Action") or f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}"
    return forms.unknown(service, named)


def check(call: Call) -> None:
    """Raise ServiceError, in the service's own words, for a request that does not fit its model."""
    try:
        given = call.parameters
    except Malformed as error:
        raise forms.malformed(call.service, call.protocol, str(error)) from None
    shape = call.model.input_shape
    if call.protocol == "ec2" and (name := parameters.unknown(shape, call.request.values)):
        raise ServiceError("UnknownParameter", f"The parameter {name} is not recognized")
    if shape is None:
        return
    found = list(shapes.violations(shape, given, f"{call.service}:{call.operation}"))
    if found:
        raise forms.refusal(call, found)
