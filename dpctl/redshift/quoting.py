r"""Text that goes into SQL: identifiers and literals.

Redshift reads a backslash inside ``'...'`` as an escape (it descends from PostgreSQL 8, where
``standard_conforming_strings`` is off), so doubling the quotation mark alone is not enough: a value that ends
in ``\`` would take the closing mark with it. Backslashes are doubled first, then quotation marks.
"""

from __future__ import annotations

from dpctl.errors import UsageError

# "Names and identifiers", Redshift Database Developer Guide: 1 to 127 bytes
IDENTIFIER_BYTES = 127


def literal(text: str) -> str:
    """A string literal that Redshift reads back as exactly ``text``. Raises UsageError if none can."""
    _storable(text, "a value")
    return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"


def identifier(name: str) -> str:
    """A delimited identifier; Redshift folds it to lower case all the same unless told otherwise."""
    _storable(name, "a name")
    size = len(name.encode())
    if not 1 <= size <= IDENTIFIER_BYTES:
        raise UsageError(
            f"{name[:40]!r} is not a name Redshift can have.",
            why=f"A name has 1 to {IDENTIFIER_BYTES} bytes; this one has {size}.",
        )
    return '"' + name.replace('"', '""') + '"'


def qualified(schema: str, name: str) -> str:
    """``"schema"."name"``."""
    return f"{identifier(schema)}.{identifier(name)}"


def identifiers(names: tuple[str, ...]) -> str:
    """``"a", "b"``."""
    return ", ".join(identifier(name) for name in names)


def _storable(text: str, what: str) -> None:
    if "\0" in text:
        raise UsageError(
            f"{text[:40]!r} can't be {what}: it holds a NUL character.",
            why="Redshift ends text at NUL.",
        )
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise UsageError(
            f"{text[:40]!r} can't be {what}: it is not valid Unicode.", why=str(error)
        ) from error
