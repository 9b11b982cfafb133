"""Fixing the pipeline: the plan that is shown is the plan that is done, and then everything is looked at
again.
"""

from __future__ import annotations

import itertools
import shlex
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from dpctl.aws import translate
from dpctl.doctor import aims, pipeline, repairs, trial
from dpctl.doctor.asking import Clients
from dpctl.doctor.chain import collect_chain
from dpctl.doctor.diagnosis import calling
from dpctl.doctor.finding import Finding
from dpctl.doctor.fixing import Apply
from dpctl.doctor.links import Chain, Names
from dpctl.doctor.remedies import ApiCall
from dpctl.doctor.snapshot import COMMAND
from dpctl.errors import DpctlError
from dpctl.layers import LAYERS

if TYPE_CHECKING:
    from dpctl.terminal import Terminal

STARTS = ("invoke", "start_job_run")  # a dump (repairs)
DUMP_SECONDS, PAUSE = 900.0, 3.0  # the longest a function runs (AWS Lambda quotas); between two looks
ASKED = ("grants", "jobs")  # what only Redshift itself tells (inredshift)


@dataclass(frozen=True)
class Plan:
    """What fixes the broken links: calls, then layers; and the links that nobody but a person can fix.

    ``targets`` are the addresses of the layers that are applied (a layer without any is applied whole);
    ``accept`` names what that may take of what somebody changed by hand.
    """

    calls: tuple[ApiCall, ...]
    layers: tuple[str, ...]
    left: tuple[Finding, ...]
    accept: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether there is nothing a program can do."""
        return not self.calls and not self.layers


def plan(chain: Chain, findings: tuple[Finding, ...]) -> Plan:
    """The plan for the broken links; a link that can't be seen is left alone."""
    calls: list[ApiCall] = []
    asked: dict[str, list[str]] = {"--layer": [], "--target": [], "--accept": []}
    whole: set[str] = set()
    left: list[Finding] = []
    for one in findings:
        if one.result != "fail":
            continue
        made = repairs.calls(one.code, chain)
        calls += [call for call in made if call not in calls]
        if not made and one.fix and one.fix.kind == "terraform":
            given = _options(one.fix.commands)
            for option, values in asked.items():
                values += given.get(option, [])
            aimed = {target.partition(":")[0] for target in given.get("--target", [])}
            whole |= {*given.get("--layer", [])} - aimed
        elif not made:
            left.append(one)
    layers = tuple(layer for layer in LAYERS if layer in asked["--layer"])
    targets = aims.complete(asked["--target"], whole)
    return Plan(tuple(calls), layers, tuple(left), tuple(dict.fromkeys(asked["--accept"])), targets)


def _options(commands: Iterable[str]) -> dict[str, list[str]]:
    """The options of printed commands, each with its values: what is printed is what is done."""
    found: dict[str, list[str]] = {}
    for words in map(shlex.split, commands):
        for option, value in itertools.pairwise(words):
            if option.startswith("--"):
                found.setdefault(option, []).append(value)
    return found


def describe(made: Plan, env: str, region: str, command: str = COMMAND) -> str:
    """The plan as a person reads it."""
    lines = ["The plan"]
    for call in made.calls:
        undo = f" (undone by: {call.undo.says})" if call.undo else ""
        lines += [f"  {call.says}{undo}", f"    $ {repairs.typed(call, region)}"]
    if made.layers:
        given = {"--layer": made.layers, "--target": made.targets, "--accept": made.accept}
        words = [word for option, values in given.items() for one in values for word in (option, one)]
        what = "what is broken of these layers" if made.targets else "these layers"
        lines += [f"  bring {what} back to env.yaml; Terraform's plan is shown and asked about",
                  f"    $ {command} apply --env {env} {shlex.join(words)}"]  # fmt: skip
    lines += [f"  Left to you: {one.code} {one.fix.text if one.fix else one.title}" for one in made.left]
    return "\n".join(lines)


@dataclass
class Visit:
    """One look at a pipeline, and what is done about it."""

    names: Names
    connect: Callable[[], Clients]
    terminal: Terminal
    command: str = COMMAND
    active: bool = False
    sql: Callable[[], dict[str, Any]] | None = None
    never_applied: Callable[[tuple[str, ...]], frozenset[str]] | None = None
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic

    def look(self) -> tuple[Chain, tuple[Finding, ...]]:
        """Ask AWS about every link, and judge. Raises AccessError without credentials."""
        with self.terminal.status("Asking AWS about the pipeline"):
            chain = collect_chain(self.connect(), self.names)
        if self.sql:
            chain = replace(chain, facts={**chain.facts, **self.sql()})
        if self.active:
            self.terminal.info("Sending an event about a key that no item has (this can take minutes)")
            sent = trial.send(self.connect(), chain)
            chain = replace(chain, facts={**chain.facts, "trial": sent})
        return self._judged(chain)

    def _judged(self, chain: Chain) -> tuple[Chain, tuple[Finding, ...]]:
        """The findings; where layers have to be applied, those first that nobody has applied yet."""
        findings = self.judge(chain)
        if self.never_applied is None:
            return chain, findings
        fixes = [one.fix for one in findings if one.fix and one.fix.kind == "terraform"]
        printed = _options(line for fix in fixes for line in fix.commands)
        layers = dict.fromkeys(printed.get("--layer", ()))
        first = {}
        for layer in layers:
            with suppress(DpctlError):  # a state that can't be read: its layer is there, as far as we know
                first[layer] = self.never_applied((layer,))
        if not any(first.values()):
            return chain, findings
        chain = replace(chain, first=first)
        return chain, self.judge(chain)

    def judge(self, chain: Chain) -> tuple[Finding, ...]:
        """The findings, with commands as they are called here."""
        return tuple(calling(one, self.command) for one in pipeline.examine(chain))

    def fix(
        self, chain: Chain, findings: tuple[Finding, ...], apply: Apply, *, yes: bool, as_json: bool
    ) -> tuple[Chain, tuple[Finding, ...], tuple[str, ...]]:
        """Show the plan, ask, do it, and look again. Raises Declined, UsageError, DpctlError.

        With nothing to do nothing is done.
        """
        made = plan(chain, findings)
        if made.empty:
            left = "; ".join(f"{one.code}: {one.fix.text if one.fix else one.title}" for one in made.left)
            said = f"Nothing here can be fixed by a program. {left}" if left else "Nothing needs to be fixed."
            self.terminal.warning(said) if left else self.terminal.info(said)
            return chain, findings, ()
        self.terminal.info(describe(made, self.names.env, self.names.region, self.command))
        self.terminal.confirm("Do this?", yes=yes, as_json=as_json)
        done = [self._send(call) for call in made.calls]
        if made.layers:
            apply(made.layers, made.targets, made.accept)
            done.append(f"applied {', '.join(made.layers)}")
        # what was asked of Redshift no fix of ours changes, and it is not woken twice
        told = {name: chain.facts[name] for name in ASKED if name in chain.facts}
        return (*replace(self, active=False, sql=lambda: told)._ended(chain, made), tuple(done))

    def _ended(self, before: Chain, made: Plan) -> tuple[Chain, tuple[Finding, ...]]:
        """Look again; where dumps were started, once one has ended, or after as long as one may take."""
        started, began = any(call.operation in STARTS for call in made.calls), self.clock()
        while True:
            chain, findings = self.look()
            waits = started and chain.known("dumps") == before.known("dumps")
            if not waits or self.clock() - began > DUMP_SECONDS:
                return chain, findings
            self.sleep(PAUSE)

    def _send(self, call: ApiCall) -> str:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            answer: Any = getattr(self.connect().client(call.service), call.operation)
            answer(**call.params)
        except (BotoCoreError, ClientError) as error:
            failed: DpctlError = translate(error, call.says)
            raise failed from error
        return call.says
