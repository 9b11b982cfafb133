"""EC2: parameters that the operation does not have, which it refuses by name.

The code is UnknownParameter (EC2 API reference, "Error codes for the Amazon EC2 API"). Other services that
speak query pass over what they do not know.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

# What every request may have (EC2 API reference, "Common query parameters").
COMMON = frozenset(
    {
        "Action", "Version", "AWSAccessKeyId", "Expires", "Timestamp", "Signature", "SignatureMethod",
        "SignatureVersion", "SecurityToken",
    }
)  # fmt: skip


def unknown(shape: Any, names: Iterable[str]) -> str | None:
    """The first name that the input of an operation has not; ``shape`` None for no input at all."""
    for name in names:
        common = name in COMMON or name.lower().startswith("x-amz-")
        if not common and not _is_known(shape, name.split(".")):
            return name
    return None


def _is_known(shape: Any, parts: list[str]) -> bool:
    """Whether a path, ``Filter.1.Value.2``, leads through a shape to a value."""
    if not parts:
        return True
    if shape is None:
        return False
    if shape.type_name == "structure":
        inner = {_name(member, name): member for name, member in shape.members.items()}
        return parts[0] in inner and _is_known(inner[parts[0]], parts[1:])
    if shape.type_name == "list":
        return parts[0].isdigit() and _is_known(shape.member, parts[1:])
    return False


def _name(member: Any, name: str) -> str:
    """How the ec2 protocol writes a member: its queryName, or its locationName, capitalized."""
    said = member.serialization.get("queryName") or member.serialization.get("name") or name
    return str(said[:1].upper() + said[1:])
