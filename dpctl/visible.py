"""Text that others chose (names in AWS, tags, messages of errors), made fit to be shown.

A control character would be carried out by the terminal (ESC begins a command, C1 is the same in one byte),
and a bidirectional override shows text in another order than it is read ("Trojan Source", CVE-2021-42574).
"""

from __future__ import annotations

import re
from html import escape

# C0 and DEL, C1, line and paragraph separators, and the marks, embeddings, overrides and isolates of bidi.
_HARMFUL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]")


def visible(text: str) -> str:
    """The text with every such character written out, as ``\\x1b`` or ``\\u202e``; lines and tabs stay."""
    return _HARMFUL.sub(lambda match: _written(match[0]), text)


def visible_line(text: str) -> str:
    """The same on one line: a name with a newline in it can't pass for a line of ours."""
    return visible(text).replace("\n", "\\n").replace("\t", "\\t")


def visible_json(text: str) -> str:
    """The same for a JSON document, where the escapes of JSON mean what they stand for."""
    return _HARMFUL.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def _written(letter: str) -> str:
    return f"\\x{ord(letter):02x}" if ord(letter) < 256 else f"\\u{ord(letter):04x}"


def markup(text: str) -> str:
    """The text for HTML and SVG: made visible, and escaped."""
    return escape(visible(text))
