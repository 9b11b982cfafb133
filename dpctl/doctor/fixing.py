"""Carries out a plan: env.yaml, the layers, the API calls, a test, and a second diagnosis.

What was begun and could not be finished is taken back in reverse order; what can't be taken back is said.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol

from dpctl import private
from dpctl.aws import translate
from dpctl.doctor import active
from dpctl.doctor import model as m
from dpctl.doctor import snapshot as s
from dpctl.doctor.asking import Clients
from dpctl.doctor.endpoints import CREATE
from dpctl.doctor.fixes import Edit, Plan
from dpctl.doctor.remedies import UPDATE_CONNECTION, ApiCall
from dpctl.doctor.update import changed, connection_input
from dpctl.errors import AwsError, DpctlError

Say = Callable[[str], None]
ENDPOINT_DEADLINE = 300.0  # seconds
Apply = Callable[[tuple[str, ...], tuple[str, ...], tuple[str, ...]], None]


class ApplyLayers(Protocol):
    """Terraform, as far as a fix needs it."""

    def __call__(self, layers: tuple[str, ...], targets: tuple[str, ...], accept: tuple[str, ...]) -> None:
        """Apply layers, only ``targets`` of those that have some, and take what is accepted.

        Raises DpctlError when one of them fails.
        """

    def never_applied(self, layers: tuple[str, ...]) -> frozenset[str]:
        """Those of the layers, and of the layers that they need, that nobody has applied."""


# where a connection of ours lives: what somebody changed of it is put back
PUT_BACK = ("ddb-redshift:module.glue.aws_glue_connection.redshift[0].physical_connection_requirements",)


@dataclass
class Fixer:
    """One attempt to fix; ``done`` says what was changed, in words."""

    clients: Clients
    connection: str
    apply: Apply | None
    say: Say
    done: list[str] = field(default_factory=list)
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    _undo: list[tuple[str, Callable[[], Any]]] = field(default_factory=list)
    _new: list[str] = field(default_factory=list)

    def carry_out(self, plan: Plan, edit: Edit | None) -> None:
        """Do everything in the plan. Raises DpctlError after taking back what was begun."""
        try:
            if edit:
                self._edit(edit)
            for call in plan.calls:
                self._call(call)
            self._wait_for_endpoints()
            if plan.layers:
                self._layers(plan.layers, plan.targets)
        except BaseException as error:
            left = self._take_back()
            if isinstance(error, DpctlError):
                error.why = "\n".join(filter(None, [error.why, *left]))
            else:  # Ctrl-C: nobody else will say what became of what was begun
                for line in left:
                    self.say(line)
            raise

    def test(self, deadline: float = active.DEADLINE) -> m.ActiveTest | s.Unknown:
        """Let Glue test the connection until it is READY, or the deadline."""
        return active.ask_glue(self.clients, self.connection, deadline=deadline)

    def _edit(self, edit: Edit) -> None:
        private.rewrite(edit.file, edit.after)
        self._undo.append((f"{edit.file.name} is as it was", lambda: _write(edit)))
        self.done.append(f"wrote {edit.file.name}")

    def _layers(self, layers: tuple[str, ...], targets: tuple[str, ...]) -> None:
        if self.apply is None:
            raise DpctlError("There is nothing here to apply layers with.", hint="dpctl apply")
        self.apply(layers, targets, PUT_BACK)
        self.done.append(f"applied {', '.join(layers)}")

    def _call(self, call: ApiCall) -> None:
        self.say(call.says[:1].upper() + call.says[1:])
        if call.operation == UPDATE_CONNECTION:
            self._update(call)
        else:
            answer = self._send(call)
            if call.operation == CREATE:
                self._new.append(answer["VpcEndpoint"]["VpcEndpointId"])
            undo = call.undo_from(answer) if call.undo_from else call.undo
            if undo:
                self._undo.append((undo.says, partial(self._send, undo)))
        self.done.append(call.says)

    def _wait_for_endpoints(self) -> None:
        """A new interface endpoint takes a minute or two before it answers; a test before that would fail."""
        ec2 = self.clients.client("ec2")
        started = self.clock()
        while self._new and self.clock() - started < ENDPOINT_DEADLINE:
            found = self._aws("see whether the new endpoints are there", lambda: _endpoints(ec2))
            states = {one["VpcEndpointId"]: one["State"].lower() for one in found}
            now = {identity: states.get(identity, "gone") for identity in self._new}
            bad = {
                identity: state for identity, state in now.items() if state not in {"pending", "available"}
            }
            if bad:
                raise DpctlError(
                    "A new endpoint does not come up.",
                    why=_states(bad),
                    hint="aws ec2 describe-vpc-endpoints",
                )
            if "pending" not in now.values():
                return
            self.sleep(active.PAUSE)
        if self._new:
            why = f"After {ENDPOINT_DEADLINE:.0f} s not all of them were available: {', '.join(self._new)}"
            raise DpctlError(
                "The new endpoints are still pending.", why=why, hint="aws ec2 describe-vpc-endpoints"
            )

    def _send(self, call: ApiCall) -> Any:
        return self._aws(
            call.says, lambda: getattr(self.clients.client(call.service), call.operation)(**call.params)
        )

    def _update(self, call: ApiCall) -> None:
        glue = self.clients.client("glue")
        name = self.connection
        raw = self._aws("read the connection", lambda: glue.get_connection(Name=name, HidePassword=True))
        before = connection_input(raw["Connection"])
        after = changed(before, call.params)
        self._aws(call.says, lambda: glue.update_connection(Name=name, ConnectionInput=after))
        back = lambda: glue.update_connection(Name=name, ConnectionInput=before)  # noqa: E731
        self._undo.append(("the connection is as it was", lambda: self._aws("put the connection back", back)))

    def _aws(self, doing: str, ask: Callable[[], Any]) -> Any:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            return ask()
        except (BotoCoreError, ClientError) as error:
            raise translate(error, doing) from error

    def _take_back(self) -> list[str]:
        """Undo in reverse order; a line for each thing that was or could not be taken back."""
        lines = []
        for words, undo in reversed(self._undo):
            try:
                undo()
                lines.append(f"Taken back: {words}.")
            except (AwsError, OSError) as error:
                lines.append(f"NOT taken back ({words}): {error}")
        if not self._undo and self.done:
            lines.append(f"This was done, and stays: {'; '.join(self.done)}.")
        self._undo.clear()
        return lines


def _endpoints(ec2: Any) -> list[Any]:
    pages = ec2.get_paginator("describe_vpc_endpoints").paginate()
    return [one for page in pages for one in page["VpcEndpoints"]]


def _states(states: dict[str, str]) -> str:
    return ", ".join(f"{identity} is {state}" for identity, state in states.items())


def _write(edit: Edit) -> None:
    private.rewrite(edit.file, edit.before)
