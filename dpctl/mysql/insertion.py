"""A table put into env.yaml: nothing else of the file is formatted anew, and nothing is ever lost.

Where the block belongs is asked of YAML's own parser, which tells the place of each value. The new text is
read again before it is written: it must say what the old one said, and the table.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dpctl import private
from dpctl.config import document
from dpctl.errors import ConfigError, UsageError

if TYPE_CHECKING:
    import yaml

    from dpctl.mysql.definition import Definition

SECTION = "tables"


def write(file: Path, made: Definition) -> None:
    """Put the table into env.yaml, in full or not at all.

    Raises UsageError where the table is there already and, with what to paste, where the text can't be
    edited.
    """
    try:
        text = file.read_bytes().decode("utf-8")
        before = document.parse(text, file.name).data
        tables = before.get(SECTION) or {}
        if made.name in tables:
            raise _there(file, made)
        after = inserted(text, made)
        wanted = before | {SECTION: tables | {made.name: made.settings}}
        if document.parse(after, file.name).data != wanted:
            raise ValueError("the block would change more than its table")
        private.rewrite(file, after)
    except (ConfigError, OSError, ValueError, AttributeError, TypeError) as error:
        raise UsageError(
            "env.yaml can't be edited.",
            why=_reason(error),
            hint=f"put this in by hand; nothing was changed:\n{made.text()}".rstrip(),
            file=file,
        ) from error


def _there(file: Path, made: Definition) -> UsageError:
    return UsageError(
        f"env.yaml has a table {made.name!r} already.",
        why="What somebody wrote is not written over.",
        hint="--name OTHER, or without --write: then compare by hand",
        file=file,
    )


def _reason(error: Exception) -> str:
    if isinstance(error, ConfigError):
        return "; ".join(f"{one.where}: {one.message}" for one in error.problems)
    if isinstance(error, OSError):
        return error.strerror or str(error)
    return str(error) if isinstance(error, ValueError) else "its tables are no mapping of names to tables"


def inserted(text: str, made: Definition) -> str:
    """The text with the table behind those that are there. Raises ValueError where it has no place."""
    import yaml

    root = yaml.compose(text, Loader=yaml.SafeLoader)  # the parser in Python: its marks count characters
    if not isinstance(root, yaml.MappingNode) or not root.value:
        raise ValueError("the file is no mapping of keys to values")
    own = json.dumps({made.name: made.settings}, ensure_ascii=False)[1:-1]
    found = [value for key, value in root.value if key.value == SECTION]
    if not found:
        if root.flow_style:
            return _behind(text, root, f'"{SECTION}": {{{own}}}')
        return _below(text, root, [f"{SECTION}:", *(f"  {line}" for line in made.lines())])
    tables = found[0]
    if isinstance(tables, yaml.MappingNode) and tables.value:
        return _behind(text, tables, own) if tables.flow_style else _below(text, tables, made.lines())
    start, end = tables.start_mark.index, tables.end_mark.index
    if root.flow_style:
        return f"{text[:start]} {{{own}}}{text[end:]}"
    # Nothing (`{}`, `null`, `~`) makes room for a block, at the end of its line.
    emptied = text[:start].rstrip(" ") + text[end:]
    indent = " " * (root.value[0][0].start_mark.column + 2)
    return _lines(emptied, len(text[:start].rstrip(" ")), [indent + line for line in made.lines()])


def _behind(text: str, node: yaml.MappingNode, entry: str) -> str:
    """The entry behind the last of a mapping in braces."""
    at = node.value[-1][1].end_mark.index
    return f"{text[:at]}, {entry}{text[at:]}"


def _below(text: str, node: yaml.MappingNode, block: list[str]) -> str:
    """The block below the last entry of a mapping, as deep as its keys stand."""
    indent = " " * node.value[0][0].start_mark.column
    return _lines(text, _end(node), [indent + line for line in block])


def _end(node: Any) -> int:
    """Where the last value in a node ends; a block's own mark is where the next key begins."""
    while isinstance(node.value, list) and node.value and not node.flow_style:
        last = node.value[-1]
        node = last[1] if isinstance(last, tuple) else last
    return int(node.end_mark.index)


def _lines(text: str, at: int, block: list[str]) -> str:
    """The lines below the one that the place ``at`` is in; below the line before it, where it begins one."""
    newline = "\r\n" if "\r\n" in text else "\n"
    if at and text[at - 1] != "\n":
        end = text.find("\n", at)
        at = len(text) if end < 0 else end + 1
    before = text[:at] if text[:at].endswith("\n") else text[:at] + newline
    return before + "".join(f"{line}{newline}" for line in block) + text[at:]
