"""What moto's state machines wait for: in a calm account for a second at most, else for the sandbox's clock.

That is a Wait, the pause before a Retry, and the end of what may take no longer: a task (TimeoutSeconds), the
time between two heartbeats, an execution.
"""

from __future__ import annotations

import threading
import time
from types import SimpleNamespace
from typing import Any

from dpctl.sandbox.clock import Clock

WAIT_SECONDS = 1


class Waiting:
    """State machines that wait: for a second at most in a calm account, else for the sandbox's clock.

    moto keeps its accounts in globals of the process, and so is the clock that its state machines have.
    """

    def __init__(self) -> None:
        self.clock, self.calm = Clock(), True

    def use(self, clock: Clock, *, calm: bool) -> None:
        """Take the time from an account's clock from now on."""
        self.clock, self.calm = clock, calm


WAITING = Waiting()


def apply() -> None:
    """Have moto wait so."""
    _waits()
    _retries()
    _tasks()
    _heartbeats()
    _executions()


def _waits() -> None:
    """A rehearsal does not take the time of the real thing: in a calm one no Wait takes over a second."""
    from moto.stepfunctions.parser.asl.component.state.wait.wait_function.timestamp import Timestamp
    from moto.stepfunctions.parser.asl.component.state.wait.wait_function.wait_function import WaitFunction

    def interval(state: WaitFunction, env: Any, wait_seconds: int) -> None:
        if WAITING.calm:
            env.program_state_event.wait(min(wait_seconds, WAIT_SECONDS))
            return
        moved = WAITING.clock.ahead if isinstance(state, Timestamp) else 0.0  # moto asks this machine's time
        WAITING.clock.sleep(max(0.0, wait_seconds - moved), lambda: not env.is_running(), env)

    WaitFunction._wait_interval = interval


def _retries() -> None:
    """The pauses of a state's Retry are taken from the clock where the account is not calm."""
    from moto.stepfunctions.parser.asl.component.common.retry import retrier_decl

    retrier = retrier_decl.RetrierDecl
    if hasattr(retrier, "plain_eval_body"):
        return
    plain, here = retrier._eval_body, threading.local()

    def sleep(seconds: float) -> None:
        if WAITING.calm:
            time.sleep(seconds)
        else:
            WAITING.clock.sleep(seconds, lambda: not here.env.is_running(), here.env)

    def evaluate(this: Any, env: Any) -> None:
        here.env = env
        plain(this, env)

    retrier_decl.time = SimpleNamespace(sleep=sleep)
    retrier.plain_eval_body, retrier._eval_body = plain, evaluate


def only_waits(execution: Any) -> bool:
    """Whether a running execution does nothing but wait for the clock: each branch and iteration of it."""

    def waits(env: Any) -> bool:
        frames = [frame for frame in list(env._frames) if frame.is_running()]
        return all(map(waits, frames)) if frames else WAITING.clock.asleep(env)

    started = execution.exec_worker is not None and execution.exec_worker.env is not None
    return started and waits(execution.exec_worker.env)


class TaskEnd(threading.Event):
    """The end of a task, for which moto waits as long as the task may take.

    A task that waits for its token does nothing but wait for the clock.
    """

    def __init__(self, here: threading.local) -> None:
        super().__init__()
        self._state, self._env = here.state, here.env

    def wait(self, timeout: float | None = None) -> bool:
        """Whether it ended in time."""
        from moto.stepfunctions.parser.asl.component.common.timeouts.timeout import TimeoutSeconds

        if WAITING.calm or timeout is None or timeout >= TimeoutSeconds.DEFAULT_TIMEOUT_SECONDS:
            return super().wait(timeout)
        who = self._env._frames[-1] if _waits_for_token(self._state) else None
        WAITING.clock.sleep(timeout, self.is_set, who)
        return self.is_set()


def _waits_for_token(state: Any) -> bool:
    from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.resource import (
        ResourceCondition,
    )

    condition = getattr(getattr(state, "resource", None), "condition", None)
    return bool(condition == ResourceCondition.WaitForTaskToken)


def _tasks() -> None:
    from moto.stepfunctions.parser.asl.component.state.exec import execute_state

    kind = execute_state.ExecutionState
    if hasattr(kind, "plain_evaluate"):
        return
    plain, here = kind._evaluate_with_timeout, threading.local()

    def evaluate(state: Any, env: Any) -> None:
        here.state, here.env = state, env
        plain(state, env)

    execute_state.threading = SimpleNamespace(Event=lambda: TaskEnd(here))
    kind.plain_evaluate, kind._evaluate_with_timeout = plain, evaluate


def _heartbeats() -> None:
    from moto.stepfunctions.parser.asl.eval.callback.callback import HeartbeatEndpoint

    if hasattr(HeartbeatEndpoint, "plain_wait"):
        return
    plain = HeartbeatEndpoint.plain_wait = HeartbeatEndpoint.clear_and_wait

    def wait(endpoint: Any) -> bool:
        if WAITING.calm:
            return bool(plain(endpoint))
        beat = endpoint._next_heartbeat_event
        if not beat.is_set():
            WAITING.clock.sleep(endpoint._heartbeat_seconds, beat.is_set)
        return beat.is_set() and bool(plain(endpoint))

    HeartbeatEndpoint.clear_and_wait = wait


class Worker(threading.Thread):
    """The thread of an execution, for which moto waits as long as the execution may take."""

    def join(self, timeout: float | None = None) -> None:
        """Wait until it ends or its time is over."""
        if WAITING.calm or timeout is None:
            super().join(timeout)
        else:
            WAITING.clock.sleep(timeout, lambda: not self.is_alive())


def _executions() -> None:
    from moto.stepfunctions.parser.asl.component.program import program

    program.threading = SimpleNamespace(Thread=Worker)
