"""What the sections of a picture are made with."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from dpctl.redaction import without_secrets

Shape = dict[str, Any]
HIDDEN = "(redacted)"


def plain(value: Any) -> Any:
    """A value as JSON has it, without secrets."""
    return without_secrets(_as_json(value), HIDDEN)


def _as_json(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _as_json(item) for name, item in value.items() if name != "ResponseMetadata"}
    if isinstance(value, list | tuple | set):
        return [_as_json(item) for item in value]
    return value.isoformat() if isinstance(value, date) else value


def only(shape: Mapping[str, Any] | None, *names: str) -> Shape:
    """Some fields of a shape, where they are there and hold something."""
    return {name: shape[name] for name in names if shape and shape.get(name) not in (None, [], {}, "")}


def tags(items: Iterable[Mapping[str, Any]] | None) -> dict[str, str]:
    """A list of tags, whatever AWS calls their fields, as a map; without AWS's own, which nobody can set."""
    found = {
        str(item.get("Key", item.get("TagKey", item.get("key")))): str(
            item.get("Value", item.get("TagValue", item.get("value", "")))
        )
        for item in items or []
    }
    return without_aws(found)


def without_aws(found: Mapping[str, str]) -> dict[str, str]:
    """Tags without those of AWS itself (Tagging guide, "aws:" is reserved): CloudFormation leaves them."""
    return {name: value for name, value in found.items() if not name.lower().startswith("aws:")}


def from_json(text: Any) -> Any:
    """What a text of JSON says; anything else as it is."""
    return json.loads(text) if isinstance(text, str) and text else text
