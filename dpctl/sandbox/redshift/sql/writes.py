"""Which table a statement writes to, and whether it changes rows that are there.

Redshift gives a table one writer at a time: who writes waits for the transaction of another to end, and takes
its snapshot then (Database Developer Guide, "Write and read/write operations").
"""

from __future__ import annotations

from dpctl.sandbox.redshift.sql.lexer import identifier, keywords, tokenize

# the verbs, and the words that may stand between them and the table
_WRITES = {
    "INSERT": ("INTO",), "UPDATE": (), "DELETE": ("FROM",), "MERGE": ("INTO",), "COPY": (),
}  # fmt: skip
_PARTS = 2  # schema and name; a database before them is the session's own
_CHANGES = ("UPDATE", "DELETE", "MERGE")


def changes_rows(sql: str) -> bool:
    """Whether a statement reads rows before it writes: of a table that another transaction is changing."""
    return keywords(sql, 1)[0] in _CHANGES


def written(sql: str) -> str:
    """The table as PostgreSQL reads its name; empty for a statement that writes to none."""
    words = tokenize(sql)
    verb = words[0].upper if words else ""
    if verb not in _WRITES or (verb == "COPY" and len(words) > 1 and words[1].upper == "JOB"):
        return ""
    rest = words[1:]
    if rest and rest[0].upper in _WRITES[verb]:
        rest = rest[1:]
    parts: list[str] = []
    for at, word in enumerate(rest):
        if at % 2 == 0 and word.kind in ("word", "quoted"):
            parts.append(identifier(word.value))
        elif not (at % 2 == 1 and word.value == "."):
            break
    return ".".join(parts[-_PARTS:])
