"""A table of env.yaml made from one of MySQL's: columns, key, sort and distribution key, and the load."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

from dpctl.config import document
from dpctl.errors import ConfigError, UsageError
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

    def lines(self) -> list[str]:
        """The lines of the table alone, without an indentation."""
        return _dump({self.name: _styled(self.settings)}).splitlines()


def define(table: SourceTable, name: str = "") -> Definition:
    """The definition of a table.

    Raises UsageError where none of its columns can be loaded, and for a name that env.yaml does not take.
    """
    own = _own(table, name)
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


def _own(table: SourceTable, name: str) -> str:
    """Its name in env.yaml, by the rule that env.yaml has for it."""
    from pydantic import TypeAdapter, ValidationError

    from dpctl.config.types import Identifier

    try:
        return str(TypeAdapter(Identifier).validate_python(name or plain(table.name)))
    except ValidationError as error:
        why = error.errors()[0]["msg"].removeprefix("Value error, ")
        hint = f"--name {plain(name)}"
        raise UsageError(f"{name!r} can't be a table of env.yaml.", why=why, hint=hint) from error


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
        quoted = isinstance(value, str) and not _bare(value)
        return DoubleQuotedScalarString(value) if quoted else value

    made = CommentedMap((name, flow(value)) for name, value in settings.items())
    made["columns"] = CommentedSeq(flow(column) for column in settings["columns"])
    return made


def _bare(value: str) -> bool:
    """Whether a text in a list is that text without quotes: `y`, `no` and `1_000` are others in YAML 1.1."""
    try:
        return bool(document.parse(f"x: [{value}]", "").data == {"x": [value]})
    except ConfigError:
        return False


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
