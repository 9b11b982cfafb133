"""The parameters of a request as they stand on the wire, read by the service's model.

moto's parsers know the protocols (json, query, ec2, rest-json, rest-xml), and read more than AWS does: to
them every text but "true" is false, and "5" is a number in JSON. Here such a value is not guessed at: it
stays, marked as ``Unreadable``, and ``checks`` refuses it as the service would.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol


class Malformed(Exception):
    """A body that cannot be read at all; the text says why."""


@dataclass(frozen=True)
class Unreadable:
    """What stands where the model wants a value of another type."""

    value: Any


class Written(Protocol):
    """What is read of a call (``calls.Call``)."""

    @property
    def request(self) -> Any:
        """The HTTP request (werkzeug's)."""

    @property
    def uri_params(self) -> dict[str, Any]:
        """The labels of the path."""

    @property
    def body(self) -> bytes:
        """The body; empty where it is a stream."""

    @property
    def protocol(self) -> str:
        """The protocol."""

    @property
    def model(self) -> Any:
        """The operation's model."""


def read(call: Written) -> dict[str, Any]:
    """The parameters of a call. Raises Malformed where the body is no JSON object or no XML."""
    from moto.core.parse import RequestParserError

    request = call.request
    parser = _parsers()[call.protocol](call.model, blob_parser=_blob, map_type=dict)
    try:
        parsed = parser.parse(
            {
                "method": request.method,
                "values": request.args if request.shallow else request.values,
                "headers": request.headers,
                "body": call.body,
                "url_path": request.path,
                "url_params": call.uri_params,
            }
        )
    except (RequestParserError, RecursionError, ValueError) as error:
        raise Malformed(str(error)) from None
    return dict(parsed) if isinstance(parsed, Mapping) else {}


def _blob(value: Any) -> bytes:
    return base64.b64decode(value, validate=True)


# What a value of JSON may be, by the type in the model (a timestamp is a number or text, by its format).
_JSON: dict[str, tuple[type, ...]] = {
    "structure": (dict,),
    "map": (dict,),
    "list": (list,),
    "string": (str,),
    "character": (str,),
    "blob": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "short": (int,),
    "byte": (int,),
    "long": (int,),
    "float": (int, float, str),  # "NaN" and "Infinity" are text (Smithy, "AWS JSON protocols")
    "double": (int, float, str),
    "timestamp": (int, float, str),
}


def _fits(shape: Any, value: Any) -> bool:
    if getattr(shape, "is_document_type", False):
        return True
    if isinstance(value, bool):
        return bool(shape.type_name == "boolean")
    if isinstance(value, float) and shape.type_name in ("integer", "long", "short", "byte"):
        return value.is_integer()  # 5.0 is the number 5 in JSON
    return isinstance(value, _JSON[shape.type_name])


@cache
def _parsers() -> dict[str, type[Any]]:
    """moto's parsers, by protocol, that mark what they cannot read."""
    from moto.core import parse

    class Marking:
        """Marks the innermost value that does not read as its type."""

        def _parse_shape(self: Any, shape: Any, node: Any, *prefix: str) -> Any:
            try:
                return super()._parse_shape(shape, node, *prefix)  # type: ignore[misc]
            except (ValueError, TypeError, AttributeError, OverflowError):
                return Unreadable(node.get(prefix[0]) if prefix else getattr(node, "text", node))

        def _parse_boolean(self: Any, shape: Any, node: Any, *prefix: str) -> Any:
            text = node.get(prefix[0]) if prefix else getattr(node, "text", node)
            if isinstance(text, bool):
                return text
            if isinstance(text, str) and text.lower() not in ("true", "false"):
                raise ValueError(text)
            return super()._parse_boolean(shape, node, *prefix)  # type: ignore[misc]

    class MarkingJson(Marking):
        """JSON has types of its own, which must be the model's; text of a path or header has none."""

        in_body = False

        def _parse_shape(self: Any, shape: Any, node: Any, *prefix: str) -> Any:
            if self.in_body and node is not None and not _fits(shape, node):
                return Unreadable(node)
            return super()._parse_shape(shape, node, *prefix)

        def _parse_body_as_json(self: Any, body: bytes) -> Any:
            self.in_body = True
            document = json.loads(body) if body.strip() else {}
            if not isinstance(document, dict):
                raise ValueError("The body is no JSON object.")
            return document

    class Query(Marking, parse.QueryParser):  # type: ignore[misc]
        pass

    class Ec2(Marking, parse.EC2QueryParser):  # type: ignore[misc]
        pass

    class Json(MarkingJson, parse.JSONParser):  # type: ignore[misc]
        pass

    class RestJson(MarkingJson, parse.RestJSONParser):  # type: ignore[misc]
        pass

    class RestXml(Marking, parse.RestXMLParser):  # type: ignore[misc]
        pass

    return {"query": Query, "ec2": Ec2, "json": Json, "rest-json": RestJson, "rest-xml": RestXml}
