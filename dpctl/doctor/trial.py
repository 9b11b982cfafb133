"""An event of our own, sent down the chain: how far it comes.

EventBridge takes no event with a source of AWS's from us (PutEvents), a stream takes none at all, and a write
to the table would change data. So the rule is asked about the event, and the state machine is started with
it; where only the stream is followed, the function that reads it is called with a record of ours. The event
is about a key that no item has: a run that takes it deletes a row that is not there.
"""

from __future__ import annotations

import base64
import json
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from dpctl.doctor import backlog, events, write
from dpctl.doctor.asking import Clients, attempt, found
from dpctl.doctor.finding import Finding, Fix
from dpctl.doctor.interrupt import unbroken
from dpctl.doctor.linkcheck import Look
from dpctl.doctor.links import BAD_RUNS, READS, Chain, Names
from dpctl.doctor.questions import is_machine
from dpctl.doctor.snapshot import CannotSee, Unknown
from dpctl.layers import CAPTURE

MACHINE_SECONDS, RUN_SECONDS = 120.0, 1800.0
PAUSE = 3.0


@dataclass(frozen=True)
class Trial:
    """How far the event came: what it passed, and where it stopped (empty where it arrived)."""

    passed: tuple[str, ...]
    stopped: str = ""


def send(clients: Clients, chain: Chain, **how: Any) -> Trial | Unknown:
    """Send an event each way that writes come: by the trail, by the stream, or by both one after the other.

    Raises AccessError without credentials.
    """
    passed: list[str] = []
    for trailed in ways(chain.names):
        sent = Sender(clients, chain, trailed, **how).run()
        if isinstance(sent, Unknown):
            return sent
        passed += sent.passed
        if sent.stopped:
            return Trial(tuple(passed), sent.stopped)
    return Trial(tuple(passed))


def ways(names: Names) -> tuple[bool, ...]:
    """By which ways writes come: True is the trail, False the stream."""
    return (True, False) if names.trailed and names.capture else (names.trailed,)


@dataclass
class Sender:
    """Sends one event by the trail or by the stream, follows it, and takes away what is left of it."""

    clients: Clients
    chain: Chain
    trailed: bool
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    _execution: str = ""

    def run(self) -> Trial | Unknown:
        """Send it; whatever happens, nothing of it is left. Raises AccessError without credentials."""
        name = f"dpctl-doctor-{secrets.token_hex(6)}"
        permission = "states:StartExecution" if self.trailed else "lambda:InvokeFunction"
        try:
            return attempt(permission, lambda: self._send(name))
        finally:
            with unbroken():
                attempt("states:StopExecution", self._stop)
                attempt("s3:DeleteObject", lambda: self._sweep(name))

    def _send(self, name: str) -> Trial:
        passed: list[str] = []
        try:
            for step in self._steps(name):
                passed.append(step)
        except Stopped as stopped:
            return Trial(tuple(passed), str(stopped))
        return Trial(tuple(passed))

    def _steps(self, name: str) -> Iterator[str]:
        before = {one.get("Id") for one in self._runs()}
        yield from self._by_trail(name) if self.trailed else self._by_stream(name)
        yield self._run(name, before)

    def _by_trail(self, name: str) -> Iterator[str]:
        chain, names = self.chain, self.chain.names
        for link in (events.trail, events.selectors):  # nobody but AWS can send what a trail sends
            _holds(link, chain)
        missed = [one for one, fits in (chain.known("matches") or {}).items() if not fits]
        rule = chain.known("rule")
        if not rule or not str(rule.get("State")).startswith("ENABLED") or missed:
            raise Stopped(f"the rule {names.rule} does not take it in")
        yield f"the rule {names.rule} takes it in"
        machine = chain.known("machine")
        targets = (chain.known("targets") or {}).get("Targets") or ()
        started = [one["Arn"] for one in targets if ":stateMachine:" in one.get("Arn", "")]
        if not machine or not started:
            raise Stopped(f"the rule {names.rule} starts no state machine that is there")
        self._machine(next((one for one in started if is_machine(names, one)), started[0]), name)
        yield f"the state machine recorded its key in s3://{names.bucket}/{backlog.PENDING}"

    def _machine(self, arn: str, name: str) -> None:
        states = self.clients.client("stepfunctions")
        event = {**write.event(self.chain.names, "DeleteItem"), "id": name}
        event["detail"]["requestParameters"]["key"] = key_of(self.chain.known("table"), name)
        with unbroken():
            execution = states.start_execution(stateMachineArn=arn, name=name, input=json.dumps(event))
            self._execution = execution["executionArn"]
        now = self._until(
            MACHINE_SECONDS,
            lambda: states.describe_execution(executionArn=self._execution),
            lambda one: one["status"] != "RUNNING",
        )
        if now["status"] == "RUNNING":
            raise Stopped(f"the state machine is still running after {MACHINE_SECONDS:.0f} s")
        self._execution = ""
        if now["status"] != "SUCCEEDED":
            raise Stopped(f"the state machine {now['status']}: {now.get('error', '')} {now.get('cause', '')}")

    def _by_stream(self, name: str) -> Iterator[str]:
        names, chain = self.chain.names, self.chain
        function = chain.known("capture") or {}
        if function.get("missing"):
            raise Stopped(f"there is no function {names.capture}")
        if (function.get("Concurrency") or {}).get("ReservedConcurrentExecutions") == 0:
            raise Stopped(f"the function {names.capture} may not run: its reserved concurrency is 0")
        stream = ((chain.known("table") or {}).get("Table") or {}).get("LatestStreamArn")
        mappings = (chain.known("mappings") or {}).get("EventSourceMappings") or ()
        if not any(one.get("EventSourceArn") == stream and one.get("State") in READS for one in mappings):
            raise Stopped(f"nothing reads the table's stream for {names.capture}")
        yield f"the table's stream is read by {names.capture}"
        key = key_of(chain.known("table"), name)
        records = [write.record(names, "REMOVE", key, name)]
        with unbroken():
            answer = self.clients.client("lambda").invoke(
                FunctionName=names.capture, Payload=json.dumps({"Records": records}).encode()
            )
            said = json.loads(answer["Payload"].read() or b"null") or {}
        if answer.get("FunctionError"):
            raise Stopped(f"the function {names.capture} fails: {said.get('errorMessage', said)}")
        if said.get("batchItemFailures"):
            raise Stopped(f"the function {names.capture} could not record the key; its log says why")
        yield f"the function {names.capture} recorded its key in s3://{names.bucket}/{backlog.PENDING}"

    def _run(self, name: str, before: set[Any]) -> str:
        """Wait until a run of the job has taken the key; ``before`` are the runs that were there already."""
        names = self.chain.names
        ended = self._until(RUN_SECONDS, lambda: self._ended(name, before), bool)
        if not ended:
            raise Stopped(f"no run of {names.job} took the key within {RUN_SECONDS / 60:.0f} minutes")
        if ended != "taken":
            raise Stopped(ended)
        if self._listed(backlog.DEAD, name):
            raise Stopped(f"the job set it aside: s3://{names.bucket}/{backlog.DEAD} says why")
        return f"a run of {names.job} took it, and Redshift took what it loads"

    def _ended(self, name: str, before: set[Any]) -> str:
        """``taken``, or the failure of a run that began after the event; empty while neither is known."""
        if not self._listed(backlog.PENDING, name):
            return "taken"
        for one in self._runs():
            if one.get("Id") not in before and one.get("JobRunState") in BAD_RUNS:
                return (
                    f"the run of {self.chain.names.job} {one['JobRunState']}: {one.get('ErrorMessage', '')}"
                )
        return ""

    def _runs(self) -> list[Any]:
        glue = self.clients.client("glue")
        answer = found(lambda: glue.get_job_runs(JobName=self.chain.names.job, MaxResults=5))
        return list((answer or {}).get("JobRuns") or ())

    def _listed(self, folder: str, name: str) -> bool:
        s3, bucket, place = self.clients.client("s3"), self.chain.names.bucket, self._place(folder, name)
        return bool(s3.list_objects_v2(Bucket=bucket, Prefix=place, MaxKeys=1).get("KeyCount"))

    def _place(self, folder: str, name: str) -> str:
        """How the object of the event begins: the function that reads the stream names it in its own way."""
        return f"{folder}{'' if self.trailed else 'stream-'}{name}"

    def _stop(self) -> None:
        """Stop the state machine where it still runs: it could write the key after everything is cleared."""
        if self._execution:
            self.clients.client("stepfunctions").stop_execution(executionArn=self._execution)

    def _sweep(self, name: str) -> None:
        """Delete the event where it stopped: it is about nothing."""
        s3, bucket = self.clients.client("s3"), self.chain.names.bucket
        for folder in (backlog.PENDING, backlog.DEAD):
            place = self._place(folder, name)
            listed = s3.list_objects_v2(Bucket=bucket, Prefix=place).get("Contents") or ()
            for one in listed:
                s3.delete_object(Bucket=bucket, Key=one["Key"])

    def _until(self, seconds: float, ask: Callable[[], Any], done: Callable[[Any], bool]) -> Any:
        """Ask until it is done, or the time is up; the last answer."""
        started = self.clock()
        while True:
            answer = ask()
            if done(answer) or self.clock() - started > seconds:
                return answer
            self.sleep(PAUSE)


class Stopped(Exception):
    """The event came no further; the text says why."""


def _holds(link: Callable[[Chain], Finding], chain: Chain) -> None:
    """Raise Stopped where a check has found a link broken; what can't be seen stops nothing."""
    with suppress(CannotSee, KeyError):
        found = link(chain)
        if found.result == "fail":
            raise Stopped(found.evidence[-1])


def key_of(table: Any, name: str) -> dict[str, dict[str, str]]:
    """A key of the table, of its own types, that no item has."""
    known = (table or {}).get("Table") or {}
    kinds = {one["AttributeName"]: one["AttributeType"] for one in known.get("AttributeDefinitions") or ()}
    number = str(-(10**30) - int(name.rpartition("-")[2], 16))
    values = {"S": name, "N": number, "B": base64.b64encode(name.encode()).decode()}
    return {
        one["AttributeName"]: {kind: values[kind]}
        for one in known.get("KeySchema") or ()
        if (kind := kinds.get(one["AttributeName"], "S"))
    }


def arrived(chain: Chain) -> Finding:
    """The event that was sent came through."""
    trial = chain["trial"]
    look = Look("PD40", chain.names.rule if chain.names.trailed else chain.names.capture, CAPTURE)
    look.see(*trial.passed)
    look.must(not trial.stopped, f"it stopped: {trial.stopped}")
    if trial.passed and trial.stopped:
        look.see("the links before that hold")
    return look.end(
        chain, Fix("manual", "Fix the link where it stopped; the other checks say what is wrong.")
    )
