"""COPY JOB: the statements about jobs that load new files by themselves.

CREATE and DROP can't run inside a transaction block (COPY JOB, Redshift Database Developer Guide), so each is
sent alone. A job is made by ``Copy(..., job_create=NAME)``.
"""

from __future__ import annotations

from dpctl.errors import UsageError
from dpctl.redshift.copy import JOB_NAME


def list_sql() -> str:
    """List all jobs of the database."""
    return "COPY JOB LIST"


def show_sql(name: str) -> str:
    """Show one job."""
    return f"COPY JOB SHOW {_name(name)}"


def run_sql(name: str) -> str:
    """Load the files that are waiting, now."""
    return f"COPY JOB RUN {_name(name)}"


def alter_sql(name: str, *, auto: bool) -> str:
    """Switch a job's own running on or off."""
    return f"COPY JOB ALTER {_name(name)} AUTO {'ON' if auto else 'OFF'}"


def drop_sql(name: str) -> str:
    """Delete a job; what it loaded stays."""
    return f"COPY JOB DROP {_name(name)}"


def _name(name: str) -> str:
    if not JOB_NAME.fullmatch(name):
        raise UsageError(
            f"{name!r} is not a job's name.", why="It has letters, digits and underscores, and no hyphen."
        )
    return name
