"""What an earlier run left behind, and what becomes of it.

A dpctl that was killed leaves a Terraform at work, which ends in its own time; a Terraform that was killed
leaves a lock, and perhaps a state that is behind what it did; one that could not reach its state leaves
``errored.tfstate``. The next run of the unit takes each of these up before it does anything else.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from dpctl.amounts import amount
from dpctl.deploy import workdir
from dpctl.deploy.changes import Stream
from dpctl.deploy.processes import send
from dpctl.deploy.session import Session
from dpctl.deploy.state import Lock, State
from dpctl.deploy.traces import Event, Made, Started, Traces, events
from dpctl.errors import DpctlError, Interrupted
from dpctl.livetree import Unit

ERRORED = "errored.tfstate"  # terraform: internal/backend/local, where a state that can't be saved goes
SLACK_SECONDS = 2  # Terraform's clock and a file's are read apart, and locks have whole seconds
# what Terraform only says once it holds the state's lock
UNDER_LOCK = ("refresh_", "apply_", "planned_", "resource_", "provision_", "change_summary", "ephemeral_")
# types that live in the state alone: to make one again costs nothing
NOWHERE = ("terraform_", "random_", "null_", "local_", "tls_", "time_", "archive_")

Watch = Callable[[str, Stream], None]


@dataclass
class Ending:
    """How a Terraform command ended, as far as its stream tells: nobody was there to see its exit code."""

    started: Started
    events: Sequence[Event]
    stream: Stream = field(default_factory=Stream)

    def __post_init__(self) -> None:
        for event in self.events:
            self.stream.take(event)

    @property
    def finished(self) -> bool:
        """Whether it did all that it was asked: the summary comes after the state is written."""
        applying = self.started.command == "apply"
        summaries = [event["changes"] for event in self.events if event.get("type") == "change_summary"]
        return any((summary.get("operation") != "plan") == applying for summary in summaries)

    @property
    def orderly(self) -> bool:
        """Whether it came to an end of its own, good or bad: errors are said when all is written."""
        return self.finished or bool(self.stream.errors)

    @property
    def held_lock(self) -> bool:
        """Whether it had the state's lock for sure."""
        return any(str(event.get("type", "")).startswith(UNDER_LOCK) for event in self.events)


def is_ours(lock: Lock, ending: Ending, last_word: float) -> bool:
    """Whether a lock is the one that a Terraform which is dead held, beyond doubt.

    It held the state's lock (what it said shows it) and never gave it back, so a lock from its lifetime, by
    this user on this machine, can be no other. ``last_word`` is when its stream grew last, in seconds since
    the epoch.
    """
    if lock.created is None or not ending.held_lock or lock.who != _this_user():
        return False
    created = lock.created.timestamp()
    return ending.started.at - SLACK_SECONDS <= created <= last_word + SLACK_SECONDS


def lost(ending: Ending, known: Made, state: State | None) -> Made:
    """What killed applies made and the state does not know."""
    made = {**known.things, **ending.stream.made}
    ids = state.ids if state is not None else {}
    unknown = {
        address: thing
        for address, thing in made.items()
        if ids.get(address) != thing[1]
        and address not in ending.stream.deleted
        and not thing[0].startswith(NOWHERE)
    }
    return Made(ending.started.account, unknown)


def leftovers(session: Session, unit: Unit) -> bool:
    """Whether an earlier run of a unit left something to take up."""
    traces = workdir.traces_of(session.folder, unit, sandboxed=session.aws.sandboxed)
    if traces.started() is not None or errored(traces, session.terraform.account).is_file():
        return True
    try:
        return (session.outputs.place(unit)[1] / ERRORED).is_file()
    except DpctlError:  # what keeps the unit from being read is said when it is its turn
        return False


def errored(traces: Traces, account: str) -> Path:
    """Where a state that Terraform could not write is kept; each sandbox has a place of its own."""
    return traces.folder / (f"{account}-{ERRORED}" if account else ERRORED)


def rescue(traces: Traces, folders: Iterable[Path], account: str) -> Path | None:
    """Bring a state that Terraform could not write to safety, and say where it is; None: there is none."""
    kept = errored(traces, account)
    for folder in folders:
        if (folder / ERRORED).is_file():
            traces.folder.mkdir(parents=True, exist_ok=True)
            (folder / ERRORED).chmod(0o600)
            (folder / ERRORED).replace(kept)
    return kept if kept.is_file() else None


@dataclass(frozen=True)
class TakeUp:
    """Takes up what an earlier run of a unit left. ``say`` tells a person."""

    session: Session
    unit: Unit
    watch: Watch

    @property
    def traces(self) -> Traces:
        """The unit's traces."""
        return workdir.traces_of(self.session.folder, self.unit, sandboxed=self.session.aws.sandboxed)

    def run(self) -> Path | None:
        """Wait for a process that is still at work, and settle what it did; returns a state to be pushed.

        Raises Interrupted.
        """
        traces, session = self.traces, self.session
        started = traces.started()
        account = session.terraform.account
        folders = {session.outputs.place(self.unit)[1]}
        if started is not None:
            if traces.busy():
                self._wait(started)
            self._conclude(started)
            folders.add(Path(started.folder))
            account = started.account
        rescue(traces, folders, account)
        kept = errored(traces, session.terraform.account)
        return kept if kept.is_file() else None

    def _wait(self, started: Started) -> None:
        """Let an apply come to its end; stop what nobody waits for any more."""
        session = self.session
        with ExitStack() as stack:
            if started.alive:
                stack.enter_context(session.processes.caring(started.pid))
                if started.command == "apply":
                    session.say(f"{self.unit.name}: the apply that was started at {_at(started)} goes on.")
                else:
                    send(started.pid, signal.SIGINT)
            elif started.pid:
                send(started.pid, signal.SIGKILL)  # what is left of a Terraform that is gone
            stream = Stream()
            phase = f"{started.command}, started at {_at(started)}"

            def on_event(event: Event) -> None:
                stream.take(event)
                self.watch(phase, stream)

            self.watch(phase, stream)
            work = workdir.WorkDir(
                Path(started.folder), Path(started.folder), self.traces.folder / "log", self.traces
            )
            session.terraform.follow(work, self.traces.when_ended(started), on_event)
        if session.processes.interrupted.is_set():
            raise Interrupted(
                f"{self.unit.name}: what an earlier run had started was interrupted.", hint=session.onward
            )

    def _conclude(self, started: Started) -> None:
        """Say how it ended, remember what the state does not know, and take away a lock that nobody holds."""
        session, traces = self.session, self.traces
        ending = Ending(started, events(traces.stream))
        if started.account == session.terraform.account:  # else: that sandbox is gone, with all it held
            session.outputs.forget(self.unit)
            if not ending.orderly:
                self._unlock(ending)
            if started.command == "apply":
                self._say(ending)
                known = traces.made()
                known = known if known.account == started.account else Made(started.account)
                if not ending.orderly or known.things:
                    traces.keep(lost(ending, known, session.outputs.state(self.unit)))
                session.outputs.keep(self.unit)
        traces.settle()

    def _say(self, ending: Ending) -> None:
        stream, name, when = ending.stream, self.unit.name, _at(ending.started)
        if ending.finished:
            self.session.say(f"{name}: the apply that was started at {when} has finished ({stream.count}).")
        elif ending.orderly:
            reason = stream.errors[0].summary
            self.session.say(f"{name}: the apply that was started at {when} failed: {reason}")
        else:
            self.session.say(
                f"{name}: the apply that was started at {when} was killed ({stream.applied} done)."
            )
            if stream.unknown:
                names = ", ".join(sorted(stream.unknown))
                things = amount(len(stream.unknown), "thing")
                self.session.say(f"{name}: {things} may have been made without a word: {names}")

    def _unlock(self, ending: Ending) -> None:
        remote, path = self.session.outputs.place(self.unit)
        try:
            lock = self.session.states.lock(remote, path)
            last_word = self.traces.stream.stat().st_mtime
        except (DpctlError, OSError):
            return  # the plan that follows will say it better
        if lock is not None and is_ours(lock, ending, last_word):
            self.session.states.release(remote, path)
            self.session.say(
                f"{self.unit.name}: released the lock of a Terraform that was killed ({lock.id})."
            )


def _at(started: Started) -> str:
    """When it was started, in local time."""
    return datetime.fromtimestamp(started.at, UTC).astimezone().strftime("%H:%M:%S")


def _this_user() -> str:
    """Who Terraform says holds a lock: statemgr.NewLockInfo."""
    import getpass
    import pwd
    import socket

    try:
        user = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        user = getpass.getuser()
    return f"{user}@{socket.gethostname()}"
