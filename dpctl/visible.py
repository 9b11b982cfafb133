"""Text that others chose (names in AWS, tags, messages of errors), made fit to be shown.

A control character would be carried out by the terminal (ESC begins a command, C1 is the same in one byte),
a bidirectional override shows text in another order than it is read ("Trojan Source", CVE-2021-42574), and
what nobody sees makes one name look like another. Half of a pair of UTF-16 can't be written at all. Joiners
and combining marks stay: languages are written with them.
"""

from __future__ import annotations

import json
import re
from html import escape

# C0 and DEL, C1; line and paragraph separators, and the marks, embeddings, overrides and isolates of bidi;
# soft hyphen, Hangul's fillers, spaces and operators without a width, annotations, tags; halves of pairs.
_HARMFUL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff"
    "\u00ad\u115f\u1160\u180e\u200b\u2060-\u2064\u206a-\u206f\u3164\uffa0\ufff9-\ufffb\ufffe\uffff\U000e0000-\U000e007f"
    "\ud800-\udfff]"
)


def visible(text: str) -> str:
    """The text with every such character written out, as ``\\x1b`` or ``\\u202e``; lines and tabs stay."""
    return _HARMFUL.sub(lambda match: _written(match[0]), text)


def visible_line(text: str) -> str:
    """The same on one line: a name with a newline in it can't pass for a line of ours."""
    return visible(text).replace("\n", "\\n").replace("\t", "\\t")


def visible_json(text: str) -> str:
    """The same for a JSON document, where the escapes of JSON mean what they stand for."""
    return _HARMFUL.sub(lambda match: json.dumps(match[0])[1:-1], text)


def _written(letter: str) -> str:
    number = ord(letter)
    return (
        f"\\x{number:02x}" if number < 256 else f"\\u{number:04x}" if number < 1 << 16 else f"\\U{number:08x}"
    )


def markup(text: str) -> str:
    """The text for HTML and SVG: made visible, and escaped."""
    return escape(visible(text))
