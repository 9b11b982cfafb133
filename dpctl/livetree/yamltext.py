"""``yamldecode`` and ``yamlencode`` as Terraform does them, which is neither YAML 1.1 nor 1.2.

``yes``, ``on`` and ``y`` are true, as keys too; ``010`` is ten; ``12:30`` is a text; a date is its midnight
in UTC; ``<<`` merges one mapping. Source: github.com/zclconf/go-cty-yaml. What PyYAML's parser refuses, and
what would be written over several lines, is not known exactly here.
"""

from __future__ import annotations

import base64
import binascii
import calendar
import functools
import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from dpctl.livetree import numbers
from dpctl.livetree import values as v
from dpctl.livetree.values import Mismatch, Unsure

MAX_VALUES = 100_000
MAX_DEPTH = 100
MAX_SHORT = 60  # characters of a line that nobody breaks
_PREFIX = "tag:yaml.org,2002:"
_NULL = {"", "~", "null", "Null", "NULL"}
_BOOL = {
    form: truth
    for truth, words in ((True, ("y", "yes", "on", "true")), (False, ("n", "no", "off", "false")))
    for word in words
    for form in (word, word.capitalize(), word.upper())
}
_INFINITE = {sign + form for sign in ("", "+", "-") for form in (".inf", ".Inf", ".INF")}
_INT = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_TIME = re.compile(
    r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})(?:"
    r"[Tt]([0-9]{1,2}):([0-9]{1,2}):([0-9]{1,2})(?:[.,][0-9]+)?(Z|[-+][0-9]{2}:[0-9]{2})"
    r"| +([0-9]{1,2}):([0-9]{1,2}):([0-9]{1,2})(?:[.,][0-9]+)?)?"
)
_MERGE = object()
_SIMPLE = re.compile(r"[ !#-\[\]-~]*")  # printable ASCII but for quotes and backslashes


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """PyYAML's safe loader, in C where it is built in."""


@functools.lru_cache(maxsize=512)
def decode(text: str) -> Any:
    """The values in a text; they are shared between callers, who never change values. Raises Mismatch,
    Unsure."""
    try:
        return _Reader(yaml.parse(text, Loader=_Loader)).document()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f" (line {mark.line + 1} of the text)" if mark else ""
        raise NotYaml(f"the text is not YAML: {error.problem}{place}", code="invalid-text") from None
    except yaml.YAMLError as error:
        raise NotYaml(f"the text is not YAML: {str(error).splitlines()[0]}", code="invalid-text") from None


class NotYaml(Mismatch):
    """A text that PyYAML's parser refuses; Terraform's may not."""


class _Reader:
    """Turns events into values, and stops when aliases unfold to too many."""

    def __init__(self, events: Iterator[Any]) -> None:
        self.events = events
        self.anchors: dict[str, tuple[Any, int]] = {}
        self.pending: set[str] = set()
        self.count = 0
        self.depth = 0

    def document(self) -> Any:
        next(self.events)
        start = next(self.events)
        if isinstance(start, yaml.StreamEndEvent):
            raise Mismatch("the text holds no YAML", code="invalid-text")
        if start.version and start.version != (1, 1):
            raise Mismatch("the text is YAML of another version than 1.1", code="invalid-text")
        value = self._value(next(self.events))
        next(self.events)
        if not isinstance(next(self.events), yaml.StreamEndEvent):
            raise Mismatch("the text holds more than one YAML document", code="invalid-text")
        return value

    def _value(self, event: Any) -> Any:
        if isinstance(event, yaml.AliasEvent):
            if event.anchor not in self.anchors or event.anchor in self.pending:
                raise Mismatch(f"*{event.anchor} stands for nothing", code="invalid-text")
            value, size = self.anchors[event.anchor]
            self._spend(size)
            return value
        before = self.count
        self._spend(1)
        if event.anchor:
            self.pending.add(event.anchor)
        if isinstance(event, yaml.ScalarEvent):
            value = _scalar(event)
            value = "<<" if value is _MERGE else value
        else:
            value = self._collection(event)
        if event.anchor:
            self.pending.discard(event.anchor)
            self.anchors[event.anchor] = (value, self.count - before)
        return value

    def _spend(self, count: int) -> None:
        self.count += count
        if self.count > MAX_VALUES:
            raise Mismatch(f"the YAML unfolds to more than {MAX_VALUES:,} values", code="too-large")

    def _collection(self, event: Any) -> Any:
        mapping = isinstance(event, yaml.MappingStartEvent)
        if event.tag not in (None, _PREFIX + ("map" if mapping else "seq")):
            raise Mismatch(f"{_tag(event.tag)} can't be read here", code="invalid-text")
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise Mismatch(f"the YAML is nested deeper than {MAX_DEPTH} levels", code="too-large")
        value = self._mapping() if mapping else self._sequence()
        self.depth -= 1
        return value

    def _sequence(self) -> list[Any]:
        items = []
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            items.append(self._value(event))
        return items

    def _mapping(self) -> dict[str, Any]:
        result: dict[str, Any] = {}
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            if not isinstance(event, yaml.ScalarEvent):
                raise Mismatch("a key in YAML must be a text", code="invalid-text")
            key = _scalar(event)
            value = self._value(next(self.events))
            if key is _MERGE:
                if not isinstance(value, Mapping):
                    raise Mismatch(f"<< merges one mapping, not {v.with_article(v.kind(value))}")
                result.update(value)
            elif key is None:
                raise Mismatch("a key in YAML can't be null", code="null-value")
            else:
                result[v.to_string(key)] = value
        return result


def _tag(tag: str | None) -> str:
    return "" if tag is None else tag.replace(_PREFIX, "!!")


def _scalar(event: Any) -> Any:
    tag, text = _tag(event.tag), str(event.value)
    if tag not in ("", "!!str", "!!bool", "!!int", "!!float", "!!null", "!!timestamp", "!!binary"):
        raise Mismatch(f"{tag} can't be read here", code="invalid-text")
    if tag not in ("!!str", "!!binary") and (not text or text[0] in "+-0123456789yYnNtTfFoO~."):
        if event.style:  # in quotes, or a block
            return _normal(text)
        found = _resolved(tag, text)
        if found is not _MERGE:
            return found
    if not tag:
        return _MERGE if text == "<<" else _normal(text)
    return _tagged(tag, text)


def _normal(text: str) -> str:
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def _resolved(tag: str, text: str) -> Any:
    """What a text without quotes means by its looks; _MERGE where that is nothing."""
    if text in _BOOL:
        return _BOOL[text]
    if text in _NULL:
        return None
    if text in _INFINITE or (not tag and text.lower() == ".nan"):
        raise Mismatch(f"{text} is not a number that Terraform has", code="invalid-text")
    if not text or text[0] not in "+-.0123456789":
        return _MERGE
    if text[0] == ".":
        return _number(text) if _FLOAT.fullmatch(text) else _MERGE
    if tag in ("", "!!timestamp") and (stamp := timestamp(text)):
        return stamp
    return _number(text) if _INT.fullmatch(text) or _FLOAT.fullmatch(text) else _MERGE


def _tagged(tag: str, text: str) -> Any:
    if tag == "!!binary":
        try:
            base64.b64decode(text, validate=True)
        except binascii.Error:
            raise Mismatch("the text is not base64", code="invalid-text") from None
    if tag in ("!!str", "!!binary"):
        return _normal(text)
    if tag == "!!null":
        return None
    if tag == "!!bool" and text in _BOOL:
        return _BOOL[text]
    if tag in ("!!int", "!!float"):
        return _number(text.replace("_", ""))
    if tag == "!!timestamp" and (stamp := timestamp(text)):
        return stamp
    raise Mismatch(f"{text!r} can't be read as {tag}", code="invalid-text")


def _number(text: str) -> Any:
    try:
        if text[:2] in ("0o", "0x"):
            return numbers.narrow(int(text, 0))
        return numbers.parse(text)
    except numbers.TooLarge as error:
        raise Mismatch(str(error), code="too-large") from None
    except ValueError:
        raise Mismatch(f"{text!r} is not a number", code="invalid-text") from None


def timestamp(text: str) -> str:
    """A date or time as Terraform writes it (RFC 3339); "" for what is none."""
    match = _TIME.fullmatch(text)
    if not match:
        return ""
    year, month, day = (int(match[number]) for number in (1, 2, 3))
    hour, minute, second = (int(match[number] or match[number + 4] or 0) for number in (4, 5, 6))
    zone = match[7] or "Z"
    if not 1 <= month <= 12 or not 1 <= day <= calendar.monthrange(year or 4, month)[1]:
        return ""
    if (
        hour > 23
        or minute > 59
        or second > 59
        or (zone != "Z" and (int(zone[1:3]) > 24 or int(zone[4:]) > 59))
    ):
        return ""
    zone = "Z" if zone[1:] == "00:00" else zone
    return f"{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{zone}"


def encode(value: Any) -> str:
    """The text Terraform's ``yamlencode`` makes: keys sorted and in quotes. Raises Unsure."""
    if not isinstance(value, list | Mapping) or not value:
        raise Unsure
    return "".join(line + "\n" for line in _block(value, 0))


def _block(value: Any, indent: int) -> Iterator[str]:
    """The lines of a map or list that is not empty."""
    pad = " " * indent
    if isinstance(value, Mapping):
        for key in sorted(value):
            head = f"{pad}{_short(key)}:"
            inner = value[key]
            if isinstance(inner, list | Mapping) and inner:
                yield head
                yield from _block(inner, indent + 2 if isinstance(inner, Mapping) else indent)
            else:
                yield _line(f"{head} {_short(inner)}")
        return
    for item in value:
        if isinstance(item, list | Mapping) and item:
            first, *rest = _block(item, indent + 2)
            yield f"{pad}- {first[indent + 2 :]}"
            yield from rest
        else:
            yield _line(f"{pad}- {_short(item)}")


def _line(text: str) -> str:
    if len(text) > MAX_SHORT:
        raise Unsure
    return text


def _short(value: Any) -> str:
    if isinstance(value, str):
        if not _SIMPLE.fullmatch(value):
            raise Unsure
        return f'"{value}"'
    if isinstance(value, list):
        return "[]"
    if isinstance(value, Mapping):
        return "{}"
    return "null" if v.is_null(value) else v.to_string(value)
