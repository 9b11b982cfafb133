"""Requests against the services' models: what AWS refuses at once, the sandbox does too."""

from __future__ import annotations

from dpctl.sandbox.calls import Call
from dpctl.sandbox.models import forms, shapes
from dpctl.sandbox.wire import Malformed


def check(call: Call) -> None:
    """Raise ServiceError, in the service's own words, for a request that does not fit its model."""
    try:
        parameters = call.parameters
    except Malformed as error:
        raise forms.malformed(call.service, call.protocol, str(error)) from None
    shape = call.model.input_shape
    if shape is None:
        return
    found = list(shapes.violations(shape, parameters, f"{call.service}:{call.operation}"))
    if found:
        raise forms.refusal(call, found)
