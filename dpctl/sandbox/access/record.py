"""What calls have needed: the measure of what a role, or an operator, has to be allowed."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from dpctl.sandbox.access.needs import Need

Entry = tuple[str, str, str, str]
"""Who called (a role's ARN, empty for the operator), the call, the action, and the resource."""
MOST = 50_000  # entries: every object of a bucket is a resource of its own


@dataclass
class Record:
    """Every need once, with the condition keys of its first call."""

    needs: dict[Entry, dict[str, list[str]]] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, who: str, call: str, needs: Iterable[Need]) -> None:
        """Write down what a call (``s3:GetObject``, in boto3's names) needed, and was given."""
        with self.lock:
            for need in needs:
                if len(self.needs) < MOST:
                    kept = {name: list(values) for name, values in need.keys.items()}
                    self.needs.setdefault((who, call, need.action, need.resource), kept)

    def clear(self) -> None:
        """Start anew."""
        with self.lock:
            self.needs.clear()

    def listing(self) -> list[dict[str, Any]]:
        """Every need, by who called, action and resource."""
        with self.lock:
            known = sorted(self.needs.items(), key=lambda item: (item[0][0], *item[0][2:], item[0][1]))
        return [
            {"role": who or None, "call": call, "action": action, "resource": resource, "conditions": keys}
            for (who, call, action, resource), keys in known
        ]
