"""What runs SQL: one protocol, and the executor that only writes down what it was given."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

Progress = Callable[[float, str], None]
"""Called while a statement runs, with the seconds since it was sent and its id."""


@dataclass(frozen=True)
class Result:
    """What became of a statement.

    ``statement_id`` is the Data API's id, or the process and number of the connection; ``query_id`` is
    Redshift's own, which joins the SYS views, and ``session_id`` its process, each None where it is not
    known. ``row_count`` counts rows that were returned, unloaded or loaded. ``repeated`` says that the token
    had been used before, and this is what that run did.
    """

    statement_id: str
    query_id: int | None = None
    session_id: int | None = None
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[Any, ...], ...] = ()
    row_count: int | None = None
    seconds: float = 0.0
    repeated: bool = False

    def dicts(self) -> list[dict[str, Any]]:
        """The rows by column."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]


class Executor(Protocol):
    """Runs one statement at a time and waits for its end.

    A statement is sent once: when its fate is unknown, the error says so and nothing is sent again.
    ``token`` makes a repeated call with the same statement harmless where the way allows it. Raises
    StatementFailed, AwsError, AccessError, Interrupted.
    """

    def run(self, sql: str, *, fetch: bool = False, token: str = "") -> Result:
        """Run a statement; ``fetch`` brings its rows."""
        ...

    def attempt(self, work: str) -> str:
        """A token for a piece of work: the one of an attempt that runs or is done, else a new one.

        An attempt that has failed answers its token with the old failure. Empty where no token is remembered.
        """
        ...

    def close(self) -> None:
        """Give back what is held open."""
        ...


@dataclass
class RecordingExecutor:
    """Writes down the statements, and answers from ``answers``: the first whose key a statement contains.

    It is what ``--sql`` runs on, and what tests run on.
    """

    answers: Sequence[tuple[str, Result | Exception]] = ()
    statements: list[str] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)

    def run(self, sql: str, *, fetch: bool = False, token: str = "") -> Result:
        """Note the statement and give its answer."""
        self.statements.append(sql)
        self.tokens.append(token)
        for part, answer in self.answers:
            if part in sql:
                if isinstance(answer, Exception):
                    raise answer
                return answer
        return Result(f"recorded-{len(self.statements)}")

    def attempt(self, work: str) -> str:
        """The work's own: nothing has failed."""
        return work

    def close(self) -> None:
        """Nothing is held open."""
