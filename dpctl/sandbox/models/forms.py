"""How each service says that a request is no good: the code, the status and the words.

Sources: the pages "Common errors" of the services' API references, and for the words what AWS's framework
prints ("1 validation error detected: Value '' at 'tableName' failed to satisfy constraint: ...").
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dpctl.sandbox.calls import Call, ServiceError
from dpctl.sandbox.models.shapes import Violation

# Services that have another code than their protocol's for a value that breaks a constraint.
_CODES = {
    "logs": "InvalidParameterException",
    "sns": "ValidationError",
}
_BY_PROTOCOL = {
    "json": "ValidationException",
    "rest-json": "ValidationException",
    "query": "ValidationError",
    "rest-xml": "InvalidRequest",
}
_OWN_WORDS = {
    "InvalidBucketName": "The specified bucket is not valid.",
    "KeyTooLongError": "Your key is too long.",
}
_QUERY = frozenset({"ec2", "iam", "sts", "sns", "rds", "redshift"})
# Services that name one parameter in words of their own.
_PLAIN = frozenset({"ec2", "rds", "redshift", "sqs"})


def refusal(call: Call, found: Sequence[Violation]) -> ServiceError:
    """The error for the violations of a request, of which there is at least one."""
    types = [one for one in found if one.kind == "type"]
    own = next((one for one in found if one.code), None)
    if own:
        return ServiceError(own.code, _OWN_WORDS.get(own.code, framework_words([own])))
    if call.service in ("s3", "s3control"):
        return _s3(call, found[0])
    if call.service in _PLAIN:
        return _plain((types or found)[0])
    if types:
        return _wrong_type(call, types[0])
    code = _CODES.get(call.service, _BY_PROTOCOL[call.protocol])
    return ServiceError(code, framework_words(found))


def malformed(service: str, protocol: str, why: str) -> ServiceError:
    """The error for a body that cannot be read."""
    if protocol == "rest-xml":
        return ServiceError("MalformedXML", _MALFORMED)
    if protocol in ("query", "ec2"):
        return ServiceError("MalformedQueryString", "The query string contains a syntax error.")
    return ServiceError("SerializationException", f"The body cannot be read: {why}")


def framework_words(found: Sequence[Violation]) -> str:
    """The message of AWS's framework for a list of violations."""
    noun = "error" if len(found) == 1 else "errors"
    said = "; ".join(
        f"Value {_shown(one)}at '{one.path}' failed to satisfy constraint: {one.constraint}" for one in found
    )
    return f"{len(found)} validation {noun} detected: {said}"


def _shown(one: Violation) -> str:
    if one.sensitive:
        return ""
    return "null " if one.value is None else f"'{_text(one.value)}' "


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        return f"java.nio.HeapByteBuffer[pos=0 lim={len(value)} cap={len(value)}]"
    if isinstance(value, list):
        return "[" + ", ".join(_text(item) for item in value) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}={_text(item)}" for key, item in value.items()) + "}"
    return str(value)


# JSON's tokens, as AWS's framework names them.
_TOKENS = {str: "STRING_VALUE", bool: "BOOLEAN_VALUE", int: "NUMBER_VALUE", float: "DECIMAL_VALUE"}


def _wrong_type(call: Call, one: Violation) -> ServiceError:
    if call.protocol == "query":
        return ServiceError("MalformedInput", f"Invalid {one.constraint.lower()} at '{one.path}'")
    if isinstance(one.value, dict | list):
        noun = "structure or map" if isinstance(one.value, dict) else "list"
        return ServiceError("SerializationException", f"Start of {noun} found where not expected.")
    token = _TOKENS.get(type(one.value), "NULL_VALUE")
    return ServiceError("SerializationException", f"{token} cannot be converted to {one.constraint}")


def _plain(one: Violation) -> ServiceError:
    """EC2, RDS, Redshift and SQS: a parameter that is missing, or one whose value is invalid."""
    name = ".".join(_upper(part) for part in one.path.split(".") if part != "member")
    if one.kind == "missing":
        return ServiceError("MissingParameter", f"The request must contain the parameter {name}")
    shown = "" if one.sensitive else f"({_text(one.value)}) "
    words = f"It must be of the type {one.constraint}." if one.kind == "type" else f"{one.constraint}."
    return ServiceError("InvalidParameterValue", f"Value {shown}for parameter {name} is invalid. {words}")


def _upper(name: str) -> str:
    return name[:1].upper() + name[1:]


_MALFORMED = "The XML you provided was not well-formed or did not validate against our published schema"


def _s3(call: Call, one: Violation) -> ServiceError:
    """S3: what is wrong in the body breaks the schema; what is wrong in the path or a header has a name."""
    member = call.model.input_shape.members.get(one.member)
    if member is not None and member.serialization.get("location") in (None, ""):
        return ServiceError("MalformedXML", _MALFORMED)
    if one.kind == "missing":
        return ServiceError("InvalidArgument", f"{one.member} is missing")
    words = f"It must be of the type {one.constraint}." if one.kind == "type" else one.constraint
    return ServiceError("InvalidArgument", f"{one.member}: {words}")


def unknown(service: str, found: str) -> ServiceError:
    """The error for an operation that the service's model does not have; ``found`` is how it was named."""
    if service in _QUERY:
        return ServiceError("InvalidAction", f"The action {found} is not valid for this web service.")
    return ServiceError("UnknownOperationException", f"The operation {found} is not known.")
