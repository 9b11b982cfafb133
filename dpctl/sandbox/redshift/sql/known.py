"""What the translation knows of the database: its SUPER columns, and the columns of the tables of a query."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Column:
    """A column: the relation as the query names it, PostgreSQL's type and modifier, its place from 1."""

    relation: str
    name: str
    type: str
    modifier: int
    place: int = 0


@dataclass(frozen=True)
class Known:
    """``supers``: names of SUPER columns. ``columns``: of a query's relations; None: not looked up.

    ``functions`` are those that users have made; ``foreign`` those that only PostgreSQL has.
    """

    supers: frozenset[str] = frozenset()
    columns: frozenset[Column] | None = frozenset()
    functions: frozenset[str] = frozenset()
    foreign: frozenset[str] = frozenset()


NOTHING = Known()


class NeedsColumns(Exception):
    """A query means different things by what columns its ``relations`` have."""

    def __init__(self, relations: frozenset[str]) -> None:
        super().__init__(", ".join(sorted(relations)))
        self.relations = relations
