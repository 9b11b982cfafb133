"""Job: there to be begun and committed; bookmarks are not here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class Job:
    """``init`` and ``commit`` do nothing: they keep bookmarks, which the sandbox refuses by name."""

    def __init__(self, glue_context: Any) -> None:
        self.context = glue_context

    def init(self, job_name: str, args: Mapping[str, str] | None = None) -> None:
        """Begin."""

    def commit(self) -> None:
        """End."""
