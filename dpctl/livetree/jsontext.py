"""``jsonencode`` and ``jsondecode`` as Terraform does them: Go's escapes, and numbers without loss."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from dpctl.livetree import numbers
from dpctl.livetree import values as v
from dpctl.livetree.values import Mismatch

_ESCAPED = re.compile(r'["\\\x00-\x1f<>&\u2028\u2029]')
_SHORT = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_SURROGATE = re.compile("[\ud800-\udfff]")


def encode_json(value: Any) -> str:
    """The text Terraform's ``jsonencode`` makes: keys sorted, nothing that HTML would take for its own."""
    parts: list[str] = []
    _write(value, parts)
    return "".join(parts)


def _write(value: Any, parts: list[str]) -> None:
    if isinstance(value, str):
        parts.append(f'"{_ESCAPED.sub(_escape, value)}"')
    elif v.is_null(value):
        parts.append("null")
    elif isinstance(value, bool | int | Fraction | float):
        parts.append(v.to_string(value))
    elif isinstance(value, Mapping):
        parts.append("{")
        for number, key in enumerate(sorted(value)):
            parts.append("," if number else "")
            _write(key, parts)
            parts.append(":")
            _write(value[key], parts)
        parts.append("}")
    else:
        parts.append("[")
        for number, item in enumerate(value):
            parts.append("," if number else "")
            _write(item, parts)
        parts.append("]")


def _escape(match: re.Match[str]) -> str:
    return _SHORT.get(match[0]) or f"\\u{ord(match[0]):04x}"


def decode_json(text: str) -> Any:
    """The values in a text. Raises Mismatch."""
    try:
        found = json.loads(
            text, parse_int=numbers.parse, parse_float=numbers.parse, parse_constant=_no_number
        )
    except numbers.TooLarge as error:
        raise Mismatch(str(error), code="too-large") from None
    except (ValueError, RecursionError) as error:
        raise Mismatch(f"the text is not JSON: {error}", code="invalid-text") from None
    return found if text.isascii() and "\\u" not in text else _clean(found)


def _no_number(name: str) -> Any:
    raise ValueError(f"{name} is not a number of JSON")


def _clean(value: Any) -> Any:
    """Normal form C, and Go's replacement for half a surrogate pair."""
    if isinstance(value, str):
        return unicodedata.normalize("NFC", _SURROGATE.sub("\ufffd", value))
    if isinstance(value, dict):
        return {_clean(key): _clean(item) for key, item in value.items()}
    return [_clean(item) for item in value] if isinstance(value, list) else value
