"""What a statement comes to in PostgreSQL, and a query in its words: what readers of statements share."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any, Literal

from dpctl.sandbox.redshift.errors import SqlError, syntax_error, unsupported
from dpctl.sandbox.redshift.sql import lexer
from dpctl.sandbox.redshift.sql.known import Known

logging.getLogger("sqlglot").setLevel(logging.ERROR)  # what it cannot read is refused here, by name

Engine = Literal["", "unload", "copy", "copy job", "create database", "drop database"]


@dataclass(frozen=True)
class Plan:
    """What a statement of Redshift comes to.

    ``statements`` run in order in PostgreSQL; the answer is that of number ``answer``, under the command tag
    ``tag`` where one is given. With ``engine`` nothing of it is PostgreSQL's: the engine carries it out.
    ``commits`` says that the statement ends the open transaction first and commits itself (TRUNCATE).
    """

    statements: tuple[str, ...] = ()
    answer: int = 0
    tag: str = ""
    engine: Engine = ""
    commits: bool = False

    @property
    def simple(self) -> bool:
        """One statement that PostgreSQL may be handed as it is, parameters and all."""
        return len(self.statements) == 1 and not self.tag and not self.engine and not self.commits


def query(sql: str, known: Known) -> str:
    """A SELECT, INSERT, UPDATE or DELETE in PostgreSQL's SQL."""
    import sqlglot
    from sqlglot.errors import SqlglotError, UnsupportedError

    from dpctl.sandbox.redshift.sql import tree
    from dpctl.sandbox.redshift.sql.superpaths import mark_unpivots

    try:
        text = lexer.rewrite(lexer.unqualified(sql), backslash=True)
        found = sqlglot.parse(mark_unpivots(text), dialect=tree.reader())
        if len(found) != 1 or found[0] is None:
            raise syntax_error("cannot insert multiple commands into one statement")
        changed = tree.transform(found[0], known)
        return str(
            changed.sql(dialect=tree.writer(), unsupported_level=sqlglot.ErrorLevel.RAISE, comments=False)
        )
    except UnsupportedError as error:
        raise unsupported(str(error)) from error
    except SqlglotError as error:
        raise _syntax(sql, error) from error


# What Redshift has and the parser does not read, and what an error calls it.
UNREAD = {
    ("COLLATE", "("): "The function collate",  # to sqlglot, an operator that lacks its left side
    ("APPROXIMATE", "PERCENTILE_DISC"): "APPROXIMATE PERCENTILE_DISC",
    ("DAY", "TO", "SECOND"): "INTERVAL ... DAY TO SECOND",
    ("YEAR", "TO", "MONTH"): "INTERVAL ... YEAR TO MONTH",
    ("UNPIVOT",): "UNPIVOT of such an expression",
    ("@", "-"): "The operator @ before a sign",
}


def _syntax(sql: str, error: Any) -> SqlError:
    words = [token.upper or token.value for token in lexer.tokenize(sql)]
    for sequence, name in UNREAD.items():
        if any(tuple(words[at : at + len(sequence)]) == sequence for at in range(len(words))):
            return unsupported(name)
    details = getattr(error, "errors", None) or [{}]
    near = details[0].get("highlight") or ""
    last = sql.split()[-1:] or [""]
    return syntax_error(f'syntax error at or near "{near or last[0]}"')
