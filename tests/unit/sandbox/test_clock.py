"""The clock of a sandbox, moved by hand: what is due is done in order, and everybody sees the same time."""

import contextlib
import gc
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
import weakref
from pathlib import Path

import pytest

from dpctl.sandbox import hosts
from dpctl.sandbox.clock import Clock
from dpctl.sandbox.realism import STEP_SECONDS, Realism
from dpctl.sandbox.working import Working, sleepers
from tests.waiting import wait_for

START = 1_000_000.0


@pytest.fixture
def clock():
    """A clock whose machine stands still."""
    found = Clock(real=lambda: START)
    yield found
    found.close()


def test_what_is_due_is_done_in_order_at_its_time(clock):
    seen = []
    for seconds in (30, 10, 20, 99):
        clock.after(seconds, f"after {seconds}", lambda: seen.append(clock.time() - START))
    done = clock.advance(60, lambda: True)
    assert seen == [10, 20, 30]
    assert done == [(START + n, f"after {n}") for n in (10, 20, 30)]
    assert clock.time() == START + 60
    assert clock.waiting() == [(START + 99, "after 99")]


def test_it_knows_how_far_it_was_moved_since_a_moment():
    now = [START]
    clock = Clock(real=lambda: now[0])
    assert clock.moved_since(START) == 0
    for ahead, pause in ((60, 10), (40, 0), (5, 10)):  # the last two at the same moment
        now[0] += pause
        clock.advance(ahead, lambda: True)
    moved = [clock.moved_since(START + seconds) for seconds in (0, 9, 10, 15, 20, 99)]
    assert moved == [105, 105, 5, 5, 0, 0]
    clock.close()


def test_what_follows_is_done_on_the_way(clock):
    seen = []

    def again(left):
        seen.append(clock.time() - START)
        if left:
            clock.after(10, "again", lambda: again(left - 1))

    clock.after(10, "first", lambda: again(5))
    clock.advance(35, lambda: True)
    assert seen == [10, 20, 30]


def test_each_moment_is_settled_before_the_next(clock):
    seen = []
    clock.after(10, "a", lambda: seen.append("a"))
    clock.after(20, "b", lambda: seen.append("b"))
    clock.advance(30, lambda: seen.append("settled") or True)
    assert seen == ["settled", "a", "settled", "b", "settled", "settled"]


def test_what_does_not_end_is_an_error_and_the_clock_can_be_moved_again(clock):
    clock.after(10, "a", lambda: None)
    with pytest.raises(TimeoutError, match="did not end"):
        clock.advance(30, iter([True, False]).__next__)
    assert clock.time() == START + 10
    clock.advance(5, lambda: True)
    assert clock.time() == START + 15


def test_what_was_cancelled_or_fails_stops_nothing(clock):
    seen = []
    clock.after(1, "cancelled", lambda: seen.append("never")).cancel()
    clock.after(2, "fails", lambda: 1 / 0)
    clock.after(3, "goes on", lambda: seen.append("on"))
    clock.advance(5, lambda: True)
    assert seen == ["on"]


def test_what_was_cancelled_is_let_go_at_once_and_not_at_its_time(clock):
    class Task:
        def __call__(self):
            raise AssertionError

    tasks = [Task() for _ in range(50)]
    entries = [clock.after(86_400 + number, "cancelled", task) for number, task in enumerate(tasks)]
    left, gone = clock.after(90_000, "left", lambda: None), [weakref.ref(task) for task in tasks]
    for entry in entries:
        entry.cancel()
        entry.cancel()
    assert clock.waiting() == [(left.due, "left")]
    del tasks, entries, entry
    gc.collect()
    assert [one() for one in gone] == [None] * 50
    assert [what for _, what in clock.advance(100_000, lambda: True)] == ["left"]
    left.cancel()
    assert left.cancelled


def test_it_stops_where_somebody_wakes_who_looks_himself(clock):
    seen, wakes = [], [START + 7, START + 14]
    clock.watch(lambda: wakes)
    clock.advance(20, lambda: seen.append(clock.time() - START) or True)
    assert seen == [0, 7, 14, 20]


def test_real_time_passes_too():
    clock, done = Clock(), threading.Event()
    clock.after(0.05, "soon", done.set)
    assert done.wait(60)
    clock.close()


def test_a_thread_that_sleeps_wakes_when_the_clock_is_moved(clock):
    woken = threading.Event()
    threading.Thread(target=lambda: (clock.sleep(3600), woken.set()), daemon=True).start()
    wait_for(clock.waiting, 60)
    clock.advance(3600, lambda: True)
    assert woken.wait(60)


def test_who_sleeps_is_awake_from_the_moment_the_clock_is_there(clock):
    """However late the thread itself comes to it."""
    sleeper, seen = object(), []
    clock.after(3600, "looks", lambda: seen.append(clock.asleep(sleeper)))
    threading.Thread(target=clock.sleep, args=(3600, lambda: False, sleeper), daemon=True).start()
    wait_for(lambda: len(clock.waiting()) == 2, 60)
    assert clock.asleep(sleeper)
    assert not clock.asleep(object())
    clock.after(3600, "looks again", lambda: seen.append(clock.asleep(sleeper)))
    clock.advance(3600, lambda: True)
    assert seen == [True, False]


# A program as a job is one: it imports nothing of the sandbox.
PROGRAM = """
import sys, time
print(time.time(), flush=True)
time.sleep(3600)
print(time.time(), flush=True)
"""


def test_a_process_sleeps_by_the_sandboxs_clock(tmp_path):
    clock, working = Clock(tmp_path), Working()
    clock.advance(86_400, lambda: True)
    environment = {**os.environ, "PYTHONPATH": str(hosts.FOLDER), **hosts.clock(tmp_path)}
    with working.work() as work:
        process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM],
            stdout=subprocess.PIPE, text=True, env=environment, start_new_session=True,
        )  # fmt: skip
        work.group = process.pid
        assert working.busy(tmp_path, clock.time())
        began = float(process.stdout.readline())
        assert abs(began - clock.time()) < 3000
        wait_for(lambda: sleepers(tmp_path), 60)
        assert not working.busy(tmp_path, clock.time())
        [wakes] = working.wakes(tmp_path)
        assert wakes == pytest.approx(began + 3600, abs=600)
        clock.advance(3600, lambda: True)
        ended = float(process.stdout.readline())
        assert process.wait(60) == 0
        working.leave(work, tmp_path)
    assert ended - began == pytest.approx(3600, abs=600)
    assert sleepers(tmp_path) == []
    assert not working.busy(tmp_path, clock.time())


# Each sleeps in one place, and says so; in another it does something until a line comes.
BUSY = {
    "another thread": """
        import sys, threading, time
        threading.Thread(target=time.sleep, args=(3600,), daemon=True).start()
        def work():
            print(1, flush=True)
            sys.stdin.readline()
            time.sleep(7200)
        threading.Thread(target=work).start()
    """,
    "the thread that started it": """
        import sys, threading, time
        threading.Thread(target=time.sleep, args=(3600,)).start()
        print(1, flush=True)
        sys.stdin.readline()
        time.sleep(7200)
    """,
    "a process of the sleeper": """
        import subprocess, sys, time
        subprocess.Popen([sys.executable, "-c", "import sys; print(1, flush=True); sys.stdin.readline()"])
        time.sleep(3600)
    """,
}
IDLE = {
    "a pool": """
        import sys, time
        from concurrent.futures import ThreadPoolExecutor
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(time.sleep, [3600, 7200]))
    """,
    "a thread that is joined": """
        import threading, time
        thread = threading.Thread(target=time.sleep, args=(3600,))
        thread.start()
        thread.join()
    """,
    "a process that is waited for": """
        import subprocess, sys
        subprocess.run([sys.executable, "-c", "import time; time.sleep(3600)"])
    """,
}


@contextlib.contextmanager
def at_work(folder, program):
    """A job that runs a program, and the account's clock."""
    clock, working = Clock(folder), Working()
    environment = {**os.environ, "PYTHONPATH": str(hosts.FOLDER), **hosts.clock(folder)}
    with working.work() as work:
        process = subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(program)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment,
            start_new_session=True,
        )  # fmt: skip
        work.group = process.pid
        try:
            yield clock, working, process
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            clock.close()


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")
@pytest.mark.parametrize("where", BUSY)
def test_a_job_is_at_work_where_it_sleeps_in_one_place_and_works_in_another(tmp_path, where):
    with at_work(tmp_path, BUSY[where]) as (clock, working, process):
        assert process.stdout.readline() == "1\n"
        for _ in range(20):  # it sleeps by now, or will
            assert working.busy(tmp_path, clock.time())
            time.sleep(0.02)
        process.stdin.write("\n")
        process.stdin.flush()
        wait_for(lambda: not working.busy(tmp_path, clock.time()), 60)
        assert min(working.wakes(tmp_path)) - clock.time() < 3601


@pytest.mark.parametrize("where", IDLE)
def test_a_job_is_asleep_where_it_only_waits_for_one_that_sleeps(tmp_path, where):
    with at_work(tmp_path, IDLE[where]) as (clock, working, process):
        wait_for(lambda: sleepers(tmp_path), 60)
        wait_for(lambda: not working.busy(tmp_path, clock.time()), 60)
        clock.advance(3600, lambda: True)
        wait_for(lambda: where == "a pool" or process.poll() is not None, 60)


def test_a_sleeper_that_was_killed_is_forgotten(tmp_path):
    clock, working = Clock(tmp_path), Working()
    with working.work() as work:
        work.group = 4242
        (tmp_path / "sleepers" / "4242-4242").write_text(str(clock.time() + 1e6))
        assert working.wakes(tmp_path)
        working.leave(work, tmp_path)
        assert working.wakes(tmp_path) == []


def test_the_same_seed_is_the_same_storm():
    def storm(seed):
        found = Realism("storm", seed)
        return [(found.arrivals(START + n, trail=n % 2 == 0), found.shuffled()) for n in range(200)]

    assert storm(7) == storm(7)
    assert storm(7) != storm(8)
    times = [due - START - n for n, (arrivals, _) in enumerate(storm(7)) for due in arrivals]
    assert min(times) >= 0
    assert max(times) <= 900 + STEP_SECONDS
    assert sum(len(arrivals) > 1 for arrivals, _ in storm(7)) > 20


def test_calm_and_aws_keep_the_order():
    assert Realism("calm").arrivals(START, trail=True) == [START]
    assert Realism("aws").arrivals(START, trail=True) == [START + 300]
    assert Realism("aws").arrivals(START, trail=False) == [START]
    assert Realism("aws").shuffled() == Realism("aws").shuffled() == 0.0
