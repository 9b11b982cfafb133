"""A table of env.yaml made from one of MySQL's: columns, key, sort and distribution key, and the load."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dpctl.errors import UsageError
from dpctl.mysql import types
from dpctl.mysql.catalogue import Column, SourceTable
from dpctl.mysql.compare import plain

TIMES = ("timestamp", "timestamptz", "date")


@dataclass(frozen=True)
class Definition:
    """A table of env.yaml: its ``name``, the ``settings`` as they stand below it, and why they are so."""

    name: str
    settings: dict[str, Any]
    reasons: tuple[str, ...]

    def text(self) -> str:
        """The block of env.yaml, with the reasons as comments before it."""
        comments = "".join(f"# {line}\n" for line in self.reasons)
        return comments + _dump({"tables": {self.name: _styled(self.settings)}})


def define(table: SourceTable, name: str = "") -> Definition:
    """The definition of a table. Raises UsageError where no column of it can be loaded."""
    own = name or plain(table.name)
    reasons: list[str] = []
    kept: dict[str, tuple[Column, str]] = {}
    names = [plain(column.name) for column in table.columns]
    for column, target in zip(table.columns, names, strict=True):
        found = types.proposed(column)
        shared = names.count(target) > 1 and column.name != target
        if not found.type or shared:
            why = f"another column would be {target} too" if shared else found.note
            reasons.append(f"{column.name} is left out: {why}")
            continue
        kept[target] = (column, found.type)
        if found.note:
            reasons.append(f"{target} {found.type}: {found.note}")
    if not kept:
        raise UsageError(f"No column of {table.name} can be loaded.", why="; ".join(reasons))
    key = _key(table, kept, reasons)
    settings: dict[str, Any] = {"key": key} if key else {}
    settings |= _distribution(key, reasons) | _sort(table, kept, key, reasons)
    settings["columns"] = [
        _column(target, kind, column, target in key) for target, (column, kind) in kept.items()
    ]
    settings["load"] = _load(table, kept, key, own, reasons)
    return Definition(own, settings, tuple(reasons))


def _column(name: str, kind: str, column: Column, is_key: bool) -> dict[str, Any]:
    made: dict[str, Any] = {"name": name, "type": kind}
    return made if column.nullable and not is_key else {**made, "nullable": False}


def _key(table: SourceTable, kept: dict[str, tuple[Column, str]], reasons: list[str]) -> list[str]:
    by_source = {column.name: target for target, (column, _) in kept.items()}
    key = [by_source[name] for name in table.key if name in by_source]
    if not key or len(key) < len(table.key):
        reasons.append(
            "no key: the table has no primary key, nor a unique index without NULL; so it is loaded whole"
            if not table.key
            else f"no key: a column of ({', '.join(table.key)}) can't be loaded"
        )
        return []
    return key


def _distribution(key: list[str], reasons: list[str]) -> dict[str, Any]:
    if len(key) != 1:
        reasons.append(
            "no distribution key (AUTO): no single column is the key, and rows should spread evenly"
        )
        return {}
    reasons.append(
        f"distribution key {key[0]}: no two rows have the same, so they spread evenly, "
        "and a row that is replaced is found where it is"
    )
    return {"distribution_key": key[0]}


def _sort(
    table: SourceTable, kept: dict[str, tuple[Column, str]], key: list[str], reasons: list[str]
) -> dict[str, Any]:
    """What questions are most likely limited by: a time, best one that MySQL has an index for."""
    times = [target for target, (column, kind) in kept.items() if kind in TIMES and not _touched(column)]
    indexed = [target for target in times if kept[target][0].name in table.indexed]
    if times:
        first = (indexed or times)[0]
        why = "MySQL has an index that begins with it" if indexed else "it is the first time in the table"
        reasons.append(
            f"sort key {first}: {why}, and questions about a time read only the blocks of that time"
        )
        return {"sort_key": [first]}
    whole = key if len(key) == 1 and kept[key[0]][1] in ("smallint", "integer", "bigint") else []
    if whole:
        reasons.append(f"sort key {whole[0]}: the key grows, so new rows come behind the old ones, in order")
        return {"sort_key": whole}
    reasons.append("no sort key (AUTO): no column is a time, nor a key that grows")
    return {}


def _touched(column: Column) -> bool:
    """Whether MySQL sets the column at each change: sorted by it, every change would move a row."""
    return "on update" in column.extra


def _load(
    table: SourceTable, kept: dict[str, tuple[Column, str]], key: list[str], own: str, reasons: list[str]
) -> dict[str, Any]:
    load: dict[str, Any] = {"source": "mysql"}
    if own != table.name:
        load["source_table"] = table.name
    touched = [target for target, (column, kind) in kept.items() if _touched(column) and kind in TIMES[:2]]
    if key and touched:
        reasons.append(f"mode upsert by {touched[0]}: MySQL sets it at each change; deletions are not seen")
        return {**load, "mode": "upsert", "watermark": touched[0]}
    reasons.append(
        "mode full: no column tells what changed; append, where rows only come and their key grows"
    )
    return {**load, "mode": "full"}


def write(file: Path, made: Definition) -> None:
    """Put the block into env.yaml; all else stays as it is. Raises UsageError where the table is there."""
    from ruamel.yaml.error import YAMLError

    before = file.read_text(encoding="utf-8")
    try:
        tables = _yaml().load(before)["tables"] or {}
    except (YAMLError, KeyError, TypeError) as error:
        raise UsageError("env.yaml can't be edited.", why=str(error), file=file) from error
    if made.name in tables:
        raise UsageError(
            f"env.yaml has a table {made.name!r} already.",
            why="What somebody wrote is not written over.",
            hint="--name OTHER, or without --write: then compare by hand",
            file=file,
        )
    file.write_text(_inserted(before, made), encoding="utf-8")


def _inserted(text: str, made: Definition) -> str:
    """The text with the block at the end of ``tables:``: nothing else is formatted anew."""
    lines = text.splitlines(keepends=True)
    start = next(i for i, line in enumerate(lines) if re.match(r"tables\s*:", line))
    if re.match(r"tables\s*:\s*(\{\}|null|~)\s*(#.*)?$", lines[start]):
        lines[start] = "tables:\n"
    end = start + 1
    for i in range(start + 1, len(lines)):
        if lines[i].strip() and not lines[i].lstrip().startswith("#"):
            if not lines[i][0].isspace():
                break
            end = i + 1
    inner = [line for line in lines[start + 1 : end] if line.strip() and not line.lstrip().startswith("#")]
    indent = re.match(r"\s*", inner[0])[0] if inner else "  "  # type: ignore[index]
    block = _dump({made.name: _styled(made.settings)}).splitlines()
    if lines[end - 1][-1:] != "\n":
        lines[end - 1] += "\n"
    lines[end:end] = [f"{indent}{line}\n" for line in block]
    return "".join(lines)


def _styled(settings: dict[str, Any]) -> Any:
    """The settings as env.yaml is written: lists and columns on a line of their own."""
    from ruamel.yaml.comments import CommentedMap, CommentedSeq
    from ruamel.yaml.scalarstring import DoubleQuotedScalarString

    def flow(value: Any) -> Any:
        if isinstance(value, dict):
            made = CommentedMap((name, flow(part)) for name, part in value.items())
            made.fa.set_flow_style()
            return made
        if isinstance(value, list):
            listed = CommentedSeq(flow(part) for part in value)
            listed.fa.set_flow_style()
            return listed
        needs_quotes = isinstance(value, str) and re.search(r"[,\[\]{}]", value)
        return DoubleQuotedScalarString(value) if needs_quotes else value

    made = CommentedMap((name, flow(value)) for name, value in settings.items())
    made["columns"] = CommentedSeq(flow(column) for column in settings["columns"])
    return made


def _yaml() -> Any:
    from ruamel.yaml import YAML

    yaml = YAML()
    yaml.width = 4096
    yaml.indent(mapping=2, sequence=4, offset=2)
    return yaml


def _dump(document: Any) -> str:
    out = io.StringIO()
    _yaml().dump(document, out)
    return out.getvalue()
