"""``yamldecode`` and ``yamlencode`` as Terraform does them, which is neither YAML 1.1 nor 1.2.

``yes``, ``on`` and ``y`` are true; ``010`` is ten; ``12:30`` is a text; a date is its midnight in UTC.
tests/boundary/test_terraform_functions.py asks Terraform.
"""

from __future__ import annotations

import functools
import re
from typing import Any

import yaml

from dpctl.livetree.values import Mismatch, whole

MAX_VALUES = 100_000
MAX_DEPTH = 100
_NULL = {"", "~", "null", "Null", "NULL"}
_BOOL = {
    form: truth
    for truth, words in ((True, ("y", "yes", "on", "true")), (False, ("n", "no", "off", "false")))
    for word in words
    for form in (word, word.capitalize(), word.upper())
}
_INT = re.compile(r"[-+]?[0-9]+")
_OCTAL, _HEX = re.compile(r"0o[0-7]+"), re.compile(r"0x[0-9a-fA-F]+")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """PyYAML's safe loader, in C where it is built in."""


class _Dumper(yaml.SafeDumper):
    """Writes every string in quotes, and texts of several lines as blocks."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _string(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    style = "|" if "\n" in text else '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _string)


def encode(value: Any) -> str:
    """The text Terraform's ``yamlencode`` makes: keys sorted and in quotes."""
    return str(yaml.dump(value, Dumper=_Dumper, width=10**9, allow_unicode=True, default_flow_style=False))


@functools.lru_cache(maxsize=512)
def decode(text: str) -> Any:
    """The values in a text; they are shared between callers, who never change values. Raises Mismatch."""
    try:
        _refuse_depth(text)
        node = yaml.compose(text, Loader=_Loader)
        return None if node is None else _Reader().value(node)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f" (line {mark.line + 1} of the text)" if mark else ""
        raise Mismatch(f"the text is not YAML: {error.problem}{place}", code="invalid-text") from None
    except (yaml.YAMLError, RecursionError) as error:
        raise Mismatch(f"the text is not YAML: {str(error).splitlines()[0]}", code="invalid-text") from None


def _refuse_depth(text: str) -> None:
    """Stop at MAX_DEPTH levels: building nodes is recursive in C, and would end the whole process."""
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > MAX_DEPTH:
            raise Mismatch(f"the YAML is nested deeper than {MAX_DEPTH} levels", code="too-large")


class _Reader:
    """Turns nodes into values, and stops when aliases unfold to too many."""

    def __init__(self) -> None:
        self.count = 0

    def value(self, node: yaml.Node) -> Any:
        self.count += 1
        if self.count > MAX_VALUES:
            raise Mismatch(f"the YAML unfolds to more than {MAX_VALUES:,} values", code="too-large")
        if isinstance(node, yaml.MappingNode):
            return {str(self.value(key)): self.value(item) for key, item in node.value}
        if isinstance(node, yaml.SequenceNode):
            return [self.value(item) for item in node.value]
        return _scalar(node)


def _scalar(node: yaml.Node) -> Any:
    text = str(node.value)
    if getattr(node, "style", None):  # in quotes, or a block
        return text
    if text in _NULL:
        return None
    if text in _BOOL:
        return _BOOL[text]
    if _INT.fullmatch(text):
        return int(text)
    if _OCTAL.fullmatch(text) or _HEX.fullmatch(text):
        return int(text, 0)
    if _FLOAT.fullmatch(text):
        return whole(float(text))
    if _DATE.fullmatch(text):
        return f"{text}T00:00:00Z"
    return text
