"""What ran through the Data API: a list, one statement, and how to stop it.

The Data API keeps statements for 24 hours, and shows those of the caller's own IAM identity (Amazon Redshift
Management Guide, "Using the Amazon Redshift Data API").
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from dpctl.aws import translate
from dpctl.errors import UsageError
from dpctl.redshift.failures import explain
from dpctl.redshift.polling import look_after


@dataclass(frozen=True)
class Ran:
    """One statement; ``seconds`` is how long it ran, ``rows`` what it returned, loaded or unloaded."""

    id: str
    state: str
    sql: str
    user: str = ""
    name: str = ""
    created: datetime | None = None
    seconds: float | None = None
    rows: int | None = None
    error: str = ""
    means: str = ""
    hint: str = ""

    def as_dict(self) -> dict[str, Any]:
        """The shape of ``--json``."""
        return asdict(self) | {"created": self.created.isoformat() if self.created else None}


def listed(client: Any, target: Mapping[str, str], *, state: str, limit: int) -> list[Ran]:
    """The newest statements of the workgroup's database, each asked for its end. Raises AwsError."""
    from botocore.exceptions import BotoCoreError, ClientError

    where = {key: value for key, value in target.items() if key in {"WorkgroupName", "Database"}}
    found: list[str] = []
    page: dict[str, str] = {}
    try:
        while len(found) < limit:
            size = min(limit, 100)
            answer = client.list_statements(Status=state.upper(), MaxResults=size, **where, **page)
            found += [str(item["Id"]) for item in answer["Statements"]]
            if not answer.get("NextToken"):
                break
            page = {"NextToken": answer["NextToken"]}
    except (BotoCoreError, ClientError) as error:
        raise translate(error, "list the statements") from error
    return [described(client, name) for name in found[:limit]]


def described(client: Any, name: str) -> Ran:
    """One statement by its id. Raises UsageError for an id that is none or not known, AwsError."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        state = client.describe_statement(Id=name)
    except ClientError as error:
        raise _unknown(name, error, "look at the statement") from error
    except BotoCoreError as error:
        raise translate(error, "look at the statement") from error
    seconds = state.get("Duration")
    rows = state.get("ResultRows")
    failure = str(state.get("Error") or "")
    _, means, hint = explain(failure) if failure else (None, "", "")
    return Ran(
        id=name,
        state=str(state["Status"]).lower(),
        sql=str(state.get("QueryString") or ""),
        user=str(state.get("DbUser") or state.get("SecretArn") or ""),
        created=state.get("CreatedAt"),
        seconds=round(seconds / 1e9, 3) if seconds and seconds > 0 else None,  # nanoseconds
        rows=int(rows) if rows is not None and rows >= 0 else None,
        error=failure,
        means=means,
        hint=hint,
    )


def cancelled(client: Any, name: str) -> Ran:
    """Cancel a statement and say what became of it. Raises UsageError, AwsError."""
    from botocore.exceptions import BotoCoreError, ClientError

    before = described(client, name)
    if before.state in {"finished", "failed", "aborted"}:
        raise UsageError(
            f"Statement {name} has ended already: {before.state}.", hint=f"dpctl statements show {name}"
        )
    try:
        client.cancel_statement(Id=name)
    except (BotoCoreError, ClientError) as error:
        raise translate(error, "cancel the statement") from error
    return described(client, name)


def _unknown(name: str, error: Any, doing: str) -> Exception:
    code = error.response.get("Error", {}).get("Code", "")
    if code in {"ResourceNotFoundException", "ValidationException"} and re.fullmatch(r"\d+/\d+", name):
        return UsageError(
            f"The Data API does not know {name!r}.",
            why="It is a statement of a connection (--via connector): its process and its number there.",
            hint=look_after(name),
        )
    if code in {"ResourceNotFoundException", "ValidationException"}:
        return UsageError(
            f"There is no statement {name!r}.",
            why="The Data API keeps statements for 24 hours, and shows a caller its own.",
            hint="dpctl statements list",
        )
    return translate(error, doing)
