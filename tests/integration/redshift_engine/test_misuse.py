# ruff: noqa: E501, T201  (tables are read line by line; a storm tells how it went)
"""Clients that misbehave, many at once: what they send, cancel, time out or leave behind harms nobody else.

A small part of each runs in the suite; the whole (10,000 cases of the fuzz, 20,000 statements over 20
connections, 200 clients killed) by ``make storm``.
"""

from __future__ import annotations

import random
import signal
import struct
import subprocess
import sys
import threading
import time

import pytest

from tests.integration.redshift_engine.conftest import PASSWORD
from tests.integration.redshift_engine.raw import (
    DESCRIBE,
    EXECUTE,
    SYNC,
    Raw,
    bind,
    errors,
    fields,
    message,
    parse,
    startup,
    values,
)
from tests.waiting import wait_for

pytestmark = pytest.mark.sandbox

storm = pytest.mark.storm

BACKEND = b"RSKZTDCEINnt123sGHWvAV"
"""Types of the messages that a server sends."""


def log_in(lab) -> Raw:
    return Raw(lab.engine.wire_port).log_in("admin", PASSWORD)


def active(lab) -> list[tuple[str | None, ...]]:
    """What PostgreSQL runs for clients at this moment."""
    backend = lab.engine._postgres.superuser("dev")
    try:
        return backend.query(
            "SELECT pid, query FROM pg_stat_activity WHERE backend_type = 'client backend' AND state <> 'idle' "
            "AND pid <> pg_backend_pid() AND application_name <> 'dpctl-engine'"
        ).rows
    finally:
        backend.close()


def pieces(rng: random.Random) -> bytes:
    """One to four messages, some of them wrong."""
    pipeline = parse("select $1::int") + bind() + DESCRIBE + EXECUTE + SYNC
    query = message(b"Q", b"select 1, 'x'\0")
    found = b""
    for _ in range(rng.randint(1, 4)):
        whole = rng.choice((pipeline, query, parse("select 1") + SYNC, query + pipeline))
        at = rng.randrange(len(whole))
        found += rng.choice(
            (
                rng.randbytes(rng.randint(1, 200)),
                message(bytes([rng.randrange(256)]), rng.randbytes(rng.randint(0, 60))),
                whole[:1] + struct.pack(">I", rng.choice((0, 1, 3, 5, 2**31, 2**32 - 1, rng.getrandbits(32)))) + whole[5:],
                whole[:at],
                whole[:at] + bytes([whole[at] ^ (1 << rng.randrange(8))]) + whole[at + 1 :],
                message(b"Q", rng.randbytes(rng.randint(1, 80)) + b"\0"),
                message(b"P", b"s\0select 1\0" + struct.pack(">H", rng.getrandbits(16))),
                message(b"B", b"\0\0" + struct.pack(">HhI", rng.getrandbits(16), -1, rng.getrandbits(32))),
                whole,
            )
        )  # fmt: skip
    return found


def answer(client: Raw, sent: bytes) -> bytes:
    """All that the server says until it hangs up, after the client has said its last."""
    found = bytearray()
    try:
        client.sock.sendall(sent)
        client.sock.shutdown(1)
        while data := client.sock.recv(65536):
            found += data
    except (ConnectionError, BrokenPipeError):
        pass  # hung up while something was still on its way
    return bytes(found)


def judge(said: bytes) -> None:
    """What a server says is messages to the last byte, and none of them tells of a fault of its own."""
    at = 0
    while at + 5 <= len(said):
        kind, length = said[at : at + 1], struct.unpack_from(">I", said, at + 1)[0]
        assert kind in BACKEND
        assert length >= 4
        if kind == b"E":
            error = fields(said[at + 5 : at + 1 + length])
            assert {"S", "C", "M"} <= set(error)
            assert "internal error" not in error["M"], error
        at += 1 + length
    assert at == len(said)


def fuzz(lab, cases: range) -> None:
    for case in cases:
        rng = random.Random(case)
        if case % 5:
            client = log_in(lab)
            said = answer(client, pieces(rng))
        else:  # before the password
            client = Raw(lab.engine.wire_port)
            first = startup({"user": "admin", "database": "dev"})
            said = answer(client, rng.choice((first, first[: rng.randrange(len(first))], b"")) + pieces(rng))
        client.close()
        try:
            judge(said)
        except AssertionError as error:
            raise AssertionError(f"case {case}: {error}") from error
    with_one_more = log_in(lab)
    assert values(with_one_more.simple("select 1")) == [["1"]]
    with_one_more.close()
    wait_for(lambda: not active(lab), 50)


def test_whatever_is_sent_the_answer_is_the_protocol(lab):
    fuzz(lab, range(100))


@storm
def test_10_000_cases_of_the_fuzz(lab):
    fuzz(lab, range(10_000))


class Misused:
    """One connection, whose statements are cancelled, time out, or are closed upon."""

    def __init__(self, lab, number: int) -> None:
        self.lab, self.rng = lab, random.Random(number)
        self.client = log_in(lab)
        self.outcomes: dict[str, int] = {}
        self.wrong: list[str] = []

    def go(self, statements: int) -> None:
        try:
            for number in range(statements):
                self.rng.choice((self.cancel, self.cancel, self.expire, self.leave))(number)
                # Whatever was done to the statement before, this one is untouched.
                found = self.client.simple(f"select {number}")
                if values(found) != [[str(number)]]:
                    self.wrong.append(f"{number}: {errors(found)}")
        except Exception as error:
            self.wrong.append(repr(error))
        finally:
            self.client.close()

    def note(self, found) -> None:
        state = (errors(found) or ["done"])[0]
        self.outcomes[state] = self.outcomes.get(state, 0) + 1
        if state not in ("done", "57014"):
            self.wrong.append(state)

    def cancel(self, number: int) -> None:
        pause = self.rng.random() * 0.004
        helper = threading.Thread(target=lambda: (time.sleep(pause), self.client.cancel()))
        helper.start()
        run = self.rng.choice((self.client.simple, self.client.extended))
        self.note(run(f"select pg_sleep({self.rng.random() * 0.006:.4f}), {number}"))
        if self.rng.random() < 0.7:  # else it may arrive while the next statement is being sent
            helper.join()
        else:
            self.note(self.client.simple("select pg_sleep(0.004)"))
            helper.join()

    def expire(self, number: int) -> None:
        self.client.simple("set statement_timeout = 200")
        self.note(self.client.simple(f"select pg_sleep({self.rng.choice((0.19, 0.2, 30))}), {number}"))
        while errors(self.client.simple("set statement_timeout = 0")):
            pass  # the limit holds for this one too

    def leave(self, number: int) -> None:
        self.client.sock.sendall(message(b"Q", f"select pg_sleep(30), {number}\0".encode()))
        self.client.close()
        self.client = log_in(self.lab)


def misuse(lab, connections: int, statements: int) -> dict[str, int]:
    users = [Misused(lab, number) for number in range(connections)]
    threads = [threading.Thread(target=user.go, args=(statements,)) for user in users]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [wrong for user in users for wrong in user.wrong] == []
    wait_for(lambda: not active(lab), 50)
    raw = log_in(lab)
    assert values(raw.simple("select count(*) from sys_query_history where status = 'running'")) == [["0"]]
    raw.close()
    return {state: sum(user.outcomes.get(state, 0) for user in users) for state in ("done", "57014")}


def test_cancels_closes_and_timeouts_hit_their_own(lab):
    outcomes = misuse(lab, 4, 30)
    assert outcomes["57014"] > 0


@storm
def test_20_000_cancels_closes_and_timeouts_over_20_connections(lab):
    outcomes = misuse(lab, 20, 1000)
    assert min(outcomes.values()) > 500


# Opens connections, begins a transaction that writes into a table on each, and says when all of them wait.
KILLED = """
import sys
sys.path.insert(0, sys.argv[4])
from tests.integration.redshift_engine.raw import Raw, message
clients = [Raw(int(sys.argv[1])).log_in("admin", sys.argv[2]) for _ in range(int(sys.argv[3]))]
for client in clients:
    client.simple("begin"); client.simple("insert into killed values (1)")
    client.sock.sendall(message(b"Q", b"select count(*) from killed, (select pg_sleep(600)) x\\0"))
print("ready", flush=True)
sys.stdin.read()
"""


def kill(lab, repo, processes: int, connections: int) -> float:
    """Seconds from the last kill until nothing of the clients is left."""
    raw = log_in(lab)
    raw.simple("create table killed (a int)")
    words = [sys.executable, "-c", KILLED, str(lab.engine.wire_port), PASSWORD, str(connections), str(repo)]
    running = [
        subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(processes)
    ]
    for process in running:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in running:
        process.send_signal(signal.SIGKILL)
    start = time.monotonic()
    for process in running:
        process.communicate()
    wait_for(lambda: not active(lab), 50)
    left = "select count(*) from sys_query_history where status = 'running'"
    wait_for(lambda: values(raw.simple(left)) == [["0"]], 50)
    raw.simple("set statement_timeout = 50000")
    assert errors(raw.simple("drop table killed")) == []
    raw.close()
    return time.monotonic() - start


def test_clients_that_are_killed_leave_nothing(lab, repo):
    kill(lab, repo, 1, 10)


@storm
def test_200_clients_are_killed_in_mid_query(lab, repo):
    for _ in range(4):
        seconds = kill(lab, repo, 5, 10)
        print(f"50 clients killed: nothing left after {seconds:.1f} s")


@storm
def test_200_connections_at_once_are_killed(lab, repo):
    seconds = kill(lab, repo, 10, 20)
    print(f"200 clients killed: nothing left after {seconds:.1f} s")
