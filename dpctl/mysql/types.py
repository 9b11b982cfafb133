"""Types of MySQL's and of Redshift's: which may fill which, and which one is proposed (docs/mysql.md).

gluejob has the same rule, since a job is one script; tests/unit/mysql compares the two.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from dpctl.mysql.catalogue import Column

KINDS = {
    **dict.fromkeys(("tinyint", "smallint", "mediumint", "int", "bigint", "year"), "int"),
    **dict.fromkeys(("decimal", "numeric"), "decimal"),
    **dict.fromkeys(("float", "double"), "float"),
    **dict.fromkeys(("char", "varchar", "tinytext", "text", "mediumtext", "longtext", "enum", "set"), "text"),
    **dict.fromkeys(("inet4", "inet6", "uuid"), "text"),
    **dict.fromkeys(("binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob"), "binary"),
    **{kind: kind for kind in ("bit", "date", "datetime", "timestamp", "time", "json")},
}
_NUMBERS = ("int", "bit", "decimal", "float", "text")
_WORDS = ("int", "bit", "decimal", "float", "date", "datetime", "timestamp", "time", "text", "json")
TAKES = {
    **dict.fromkeys(("smallint", "integer", "bigint", "numeric", "real", "double precision"), _NUMBERS),
    "boolean": ("int", "bit"),
    "date": ("date", "datetime", "text"),
    "timestamp": ("date", "datetime", "timestamp", "text"),
    "timestamptz": ("timestamp",),
    "time": ("time", "text"),
    **dict.fromkeys(("char", "varchar"), _WORDS),
    "super": ("json", "text"),
    "varbyte": ("binary",),
}
SAME = {
    "int": "integer", "int2": "smallint", "int4": "integer", "int8": "bigint", "decimal": "numeric",
    "float": "double precision", "float8": "double precision", "float4": "real", "bool": "boolean",
    "character varying": "varchar", "nvarchar": "varchar", "text": "varchar", "character": "char",
    "nchar": "char", "bpchar": "char", "timestamp without time zone": "timestamp",
    "timestamp with time zone": "timestamptz", "time without time zone": "time", "varbinary": "varbyte",
    "binary varying": "varbyte",
}  # fmt: skip
LENGTHS = {"char": 1, "varchar": 256, "varbyte": 64_000}
"""What CHAR, VARCHAR and VARBYTE without a length have ("Character types", "VARBYTE type")."""
RANGES = {"boolean": 2, "smallint": 2**15, "integer": 2**31, "bigint": 2**63}
WHOLE = {"tinyint": "smallint", "smallint": "smallint", "mediumint": "integer", "int": "integer"}
WIDER = {"smallint": "integer", "int": "bigint"}
VARCHAR, VARBYTE, DIGITS, SCALE = 65_535, 1_024_000, 38, 37  # Redshift's limits ("Data types")
BYTES = {
    "ascii": 1,
    "utf8mb4": 4,
    "utf16": 4,
    "utf16le": 4,
    "utf32": 4,
    "gb18030": 4,
}  # of a character in UTF-8
PLAIN = {"date": "date", "datetime": "timestamp", "timestamp": "timestamptz", "year": "smallint"}
OTHERS = {"uuid": "varchar(36)", "inet4": "varchar(15)", "inet6": "varchar(45)"}


class Proposal(NamedTuple):
    """A type of Redshift's for a column, or "" where none takes it; and what it will not take."""

    type: str
    note: str = ""


def base(text: str) -> str:
    """The type of a column of env.yaml, without its sizes, in one spelling."""
    name, _, size = text.lower().partition("(")
    name = " ".join(name.split())
    if name == "float" and size and int(re.sub(r"\D", "", size) or 53) <= 24:
        return "real"
    return SAME.get(name, name)


class Room(NamedTuple):
    """What a type has room for: numbers below ``most`` with ``scale`` digits behind the point, or bytes."""

    numbers: bool
    most: int
    scale: int = 0

    def within(self, other: Room) -> bool:
        """Whether all that fits here fits there; what is of another sort is not compared."""
        same = self.numbers == other.numbers
        return not same or (self.most <= other.most and self.scale <= other.scale)


def room(text: str) -> Room | None:
    """The room of a type of env.yaml; None for a type that has no bound of these."""
    name, sizes = base(text), [int(size) for size in re.findall(r"\d+", text.partition("(")[2])]
    if name in RANGES:
        return Room(True, RANGES[name])
    if name == "numeric":
        digits, scale = (*sizes, *(18, 0)[len(sizes) :])[:2]
        return Room(True, 10 ** (digits - scale), scale)
    if name in LENGTHS:
        usual = 256 if text.strip().lower() in ("text", "bpchar") else LENGTHS[name]
        return Room(False, sizes[0] if sizes else usual)
    return None


def goes(column: Column, text: str) -> bool:
    """Whether values of a column may go into a type at all."""
    return KINDS.get(column.kind, "") in TAKES.get(base(text), ())


def proposed(column: Column) -> Proposal:
    """The type that takes all, or the most, of what the column can hold."""
    kind = column.kind
    if kind == "tinyint" and column.full.startswith("tinyint(1)") and not column.unsigned:
        return Proposal("boolean", "smallint, if it has other numbers than 0 and 1")
    if kind in WHOLE:
        return Proposal(WIDER.get(kind, WHOLE[kind]) if column.unsigned else WHOLE[kind])
    if kind == "bigint":
        return Proposal("decimal(20,0)" if column.unsigned else "bigint")
    if kind == "bit":
        return Proposal(
            "boolean" if column.digits == 1 else "bigint" if column.digits < 64 else "decimal(20,0)"
        )
    if kind in ("decimal", "numeric"):
        return _decimal(column)
    if kind in ("float", "double"):
        return Proposal("real" if kind == "float" else "double precision")
    if kind == "time":
        return Proposal("time", "varchar(17), if it has times below 0 or from 24 hours")
    if kind in PLAIN or kind in OTHERS:
        return Proposal(PLAIN.get(kind) or OTHERS[kind])
    if kind == "json":
        return Proposal("super")
    if KINDS.get(kind) == "text":
        return _text(column)
    if KINDS.get(kind) == "binary":
        notes = [f"longer ones than {VARBYTE:,} bytes are refused"] if column.length > VARBYTE else []
        notes += [] if kind == "binary" else ["empty ones are refused: COPY makes NULL of them"]
        return Proposal(f"varbyte({max(1, min(column.length, VARBYTE))})", ", and ".join(notes))
    return Proposal("", f"{column.full} has no type in Redshift that takes it")


def _decimal(column: Column) -> Proposal:
    if column.digits > DIGITS or column.scale > SCALE:
        return Proposal(f"varchar({column.digits + 3})", f"it has more than Redshift's {DIGITS} digits")
    return Proposal(f"decimal({column.digits},{column.scale})")


def _text(column: Column) -> Proposal:
    """VARCHAR counts bytes of UTF-8."""
    each = BYTES.get(column.charset, 3)
    if column.kind.endswith("text"):  # its length is in bytes already
        each = 1 if column.charset in BYTES else 3
    most = column.length * each
    note = f"longer texts than {VARCHAR:,} bytes are refused" if most > VARCHAR else ""
    return Proposal(f"varchar({max(1, min(most, VARCHAR))})", note)
