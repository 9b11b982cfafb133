"""A call of ExecuteStatement or BatchExecuteStatement, its statements, and what became of them."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Any

from dpctl.sandbox.redshift.dataapi.sessions import Kept
from dpctl.sandbox.redshift.postgres.backend import Result
from dpctl.sandbox.redshift.session import Session


@dataclass
class Sub:
    """One statement of SQL and what became of it."""

    sql: str
    id: str
    query_id: int = -1
    status: str = "SUBMITTED"
    result: Result | None = None
    error: str = ""
    created: float = 0.0
    updated: float = 0.0
    seconds: float = 0.0


@dataclass
class Statement:
    """One call of ExecuteStatement or BatchExecuteStatement; ``kept``: the session it shares with others."""

    id: str
    params: dict[str, Any]
    caller: str
    user: str
    database: str
    subs: list[Sub]
    batch: bool
    status: str = "SUBMITTED"
    error: str = ""
    session: Session | None = None
    created: float = 0.0
    updated: float = 0.0
    seconds: float = 0.0
    cancelled: bool = False
    kept: Kept | None = None
    pid: int = 0
    done: threading.Event = field(default_factory=threading.Event)
