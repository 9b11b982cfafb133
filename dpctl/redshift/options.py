"""Options of a statement as data: a field of a frozen dataclass carries its keyword, its text and its rule.

The command line, the text of the statement and the conflict rules all read the same fields, so that an option
exists in one place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields
from typing import Any, Literal

from dpctl.errors import UsageError
from dpctl.redshift.quoting import identifiers, literal

# "choice": the value is the keyword; "format" and "placed": the builder of the statement writes it
Style = Literal[
    "flag", "literal", "as literal", "number", "as number", "word", "names", "choice", "format", "placed"
]


@dataclass(frozen=True)
class Option:
    """How one option is written. ``check`` returns nothing and raises ValueError with the reason."""

    keyword: str
    help: str
    style: Style
    check: Callable[[Any], object] | None = None


@dataclass(frozen=True)
class Given:
    """An option that was given: its keyword, and its flag on the command line."""

    keyword: str
    flag: str


def option(
    keyword: str,
    help: str,
    style: Style = "flag",
    *,
    default: Any = None,
    check: Callable[[Any], object] | None = None,
) -> Any:
    """A field of a statement; without a value it is left out of the text."""
    if style == "flag":
        default = False
    return field(default=default, metadata={"option": Option(keyword, help, style, check)})


def options_of(statement: Any) -> Iterator[tuple[str, Option]]:
    """The fields of a statement (or of its class) that are options, in the order of the grammar."""
    for item in fields(statement):
        if "option" in item.metadata:
            yield item.name, item.metadata["option"]


def flag(name: str) -> str:
    """The field's flag on the command line."""
    return "--" + name.rstrip("_").replace("_", "-")


def given(statement: Any) -> list[Given]:
    """What was asked for, by keyword; a format is ``FORMAT CSV``."""
    found = []
    for name, item in options_of(statement):
        value = getattr(statement, name)
        if _absent(value):
            continue
        if item.style == "format":
            if value != "text":
                found.append(Given(f"FORMAT {value.upper()}", f"{flag(name)} {value}"))
        elif item.style == "choice":
            found.append(Given(value.upper(), f"{flag(name)} {value}"))
        else:
            found.append(Given(item.keyword, flag(name)))
    return found


def check_values(statement: Any) -> None:
    """Check every option's value by its own rule. Raises UsageError naming the option."""
    for name, item in options_of(statement):
        value = getattr(statement, name)
        if item.check is None or _absent(value):
            continue
        try:
            item.check(value)
        except ValueError as error:
            shown = repr(value) if isinstance(value, str | tuple) else str(value)
            raise UsageError(f"{item.keyword} ({flag(name)}) can't be {shown}.", why=f"{error}.") from error


def clauses(statement: Any) -> list[str]:
    """The text of every option that was given, in the order of the fields."""
    return [
        _clause(item, value)
        for name, item in options_of(statement)
        if not _absent(value := getattr(statement, name)) and item.style not in {"format", "placed"}
    ]


def _absent(value: Any) -> bool:
    return value is None or value is False or value == ()


def _clause(item: Option, value: Any) -> str:
    match item.style:
        case "flag":
            return item.keyword
        case "literal":
            return f"{item.keyword} {literal(value)}"
        case "as literal":
            return f"{item.keyword} AS {literal(value)}"
        case "as number":
            return f"{item.keyword} AS {value}"
        case "number":
            return f"{item.keyword} {value}"
        case "word":
            return f"{item.keyword} {value.upper()}"
        case "names":
            return f"{item.keyword} ({identifiers(value)})"
        case _:
            return str(value).upper()


# Rules for values that several options share


def one_ascii(value: str) -> None:
    """One ASCII character."""
    if len(value) != 1 or not value.isascii() or value == "\0":
        raise ValueError("It takes one ASCII character")


def delimiter(value: str) -> None:
    """One or several ASCII characters, none of which ends a line ("Data format parameters" of COPY)."""
    if not value or len(value) > 16 or not value.isascii() or set(value) & set("\0\r\n"):
        raise ValueError("It takes one or several ASCII characters, and no line end")


def between(low: int, high: int) -> Callable[[int], None]:
    """A whole number from ``low`` to ``high``."""

    def check(value: int) -> None:
        if not low <= value <= high:
            raise ValueError(f"It takes a number from {low:,} to {high:,}")

    return check


def widths(value: str) -> None:
    """``column:width,column:width``."""
    for part in value.split(","):
        label, colon, width = part.rpartition(":")
        if not colon or not label.strip() or not width.strip().isdecimal() or int(width) == 0:
            raise ValueError(f"It takes label:width,label:width; {part!r} is not that")
