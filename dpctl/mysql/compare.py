"""The tables of env.yaml that are loaded from MySQL, compared with what MySQL has."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dpctl.config import locate
from dpctl.config.document import dotted
from dpctl.errors import Problem
from dpctl.mysql import types
from dpctl.mysql.catalogue import Column, SourceTable, find

if TYPE_CHECKING:
    from dpctl.config import Environment
    from dpctl.config.tables import Table


@dataclass(frozen=True)
class Difference:
    """What a load would stumble over: ``fatal`` refuses each run, the others only some values.

    ``column`` is the one of env.yaml, "" where it is about the table.
    """

    table: str
    text: str
    fatal: bool
    column: str = ""

    def __str__(self) -> str:
        return f"{self.table}: {self.text}" + ("; its load would be refused" if self.fatal else "")


def problems(environment: Environment, found: Iterable[Difference]) -> list[Problem]:
    """The differences as ``dpctl validate`` tells them: warnings, with the line of env.yaml."""
    line, told = locate(environment), []
    for one in found:
        path: tuple[str | int, ...] = ("tables", one.table)
        names = [column.name for column in environment.config.tables[one.table].columns]
        if one.column:
            path = (*path, "columns", names.index(one.column))
        own = source_name(one.table, environment.config.tables[one.table])
        hint = f"dpctl tables from-mysql {shlex.quote(own)} shows what fits"
        file = str(environment.file.relative_to(environment.root))
        told.append(Problem("mysql-differs", str(one), file, line(path), dotted(path), hint, "warning"))
    return told


def compare(environment: Environment, opened: Any) -> list[Difference]:
    """Every table that is loaded from MySQL, against its source."""
    found: list[Difference] = []
    for name, table in environment.loaded_from("mysql").items():
        own = source_name(name, table)
        source = find(opened, own)
        if source is None:
            text = f"MySQL has no table {own!r} that the user of the secret may see"
            found.append(Difference(name, text, True))
        else:
            found += differences(name, table, source)
    return found


def source_name(name: str, table: Table) -> str:
    """MySQL's name for a table of env.yaml."""
    return (table.load.source_table if table.load else None) or name


def differences(name: str, table: Table, source: SourceTable) -> Iterator[Difference]:
    """What of one table does not fit its source."""
    filled = []
    for column in table.columns:
        found = [one for one in source.columns if plain(one.name) == plain(column.name)]
        found = [one for one in found if one.name == column.name] or found
        if len(found) != 1:
            many = ", ".join(repr(one.name) for one in found)
            text = f"is {many} in MySQL: which one?" if found else f"is no column of {source.name}"
            yield Difference(name, f"{column.name} {text}", True, column.name)
            continue
        filled.append(found[0].name)
        yield from _column(name, column, found[0], column.name in table.key)
    left = [one.name for one in source.columns if one.name not in filled]
    if left:
        yield Difference(name, f"MySQL's {', '.join(left)} would be left out", False)


def _column(name: str, column: Any, source: Column, is_key: bool) -> Iterator[Difference]:
    if not types.goes(source, column.type):
        text = f"{column.name}: MySQL's {source.full} does not go into {column.type}"
        yield Difference(name, text, True, column.name)
        return
    if source.nullable and (is_key or not column.nullable):
        text = f"{column.name} may not be NULL here, and may in MySQL"
        yield Difference(name, text, False, column.name)
    wanted = types.proposed(source).type
    needed, there = types.room(wanted), types.room(column.type)
    if needed and there and not needed.within(there):
        more = f"have more digits, as {wanted} has" if needed.numbers else f"be longer, as {wanted} is"
        text = f"{column.name} {column.type}: MySQL's {source.full} can {more}"
        yield Difference(name, text, False, column.name)


def plain(name: str) -> str:
    """A name as env.yaml has it, and as gluejob finds it again (docs/mysql.md)."""
    return re.sub(r"[^a-z0-9_]|^(?=[0-9])", "_", name.lower())
