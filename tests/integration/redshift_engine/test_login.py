"""Getting in: TLS with the sandbox's own authority, passwords that end, startup parameters."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import struct
import subprocess
import time
from datetime import UTC, datetime, timedelta

import pytest

from dpctl.sandbox.redshift.server.wire import Wire
from tests.integration.redshift_engine.conftest import PASSWORD
from tests.integration.redshift_engine.raw import Raw, errors, fields, message, startup, values

pytestmark = pytest.mark.sandbox

PSQL = shutil.which("psql")


@pytest.fixture
def raw(lab):
    """Opens raw connections."""
    opened = []

    def open_one(**options):
        opened.append(Raw(lab.engine.wire_port, **options))
        return opened[-1]

    yield open_one
    for item in opened:
        item.close()


def psql(lab, sql, **variables):
    words = {"PGUSER": "admin", "PGPASSWORD": PASSWORD, "PGDATABASE": "dev", "PGHOST": "127.0.0.1"}
    env = {"PATH": os.environ["PATH"], "PGPORT": str(lab.engine.wire_port)} | words | variables
    return subprocess.run([PSQL, "-XAtc", sql], env=env, capture_output=True, text=True, timeout=60)


@pytest.mark.skipif(PSQL is None, reason="psql is not installed")
@pytest.mark.parametrize("mode", ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"])
def test_psql_in_every_mode_of_tls(lab, mode):
    done = psql(lab, "select 7", PGSSLMODE=mode, PGSSLROOTCERT=str(lab.engine.ca_file))
    assert (done.stdout, done.returncode) == ("7\n", 0), done.stderr


@pytest.mark.skipif(PSQL is None, reason="psql is not installed")
def test_a_stranger_authority_is_not_trusted(lab, tmp_path):
    from dpctl.sandbox.redshift.server.tls import ca_file, server_context

    server_context(tmp_path)
    done = psql(lab, "select 7", PGSSLMODE="verify-ca", PGSSLROOTCERT=str(ca_file(tmp_path)))
    assert done.returncode
    assert "certificate verify failed" in done.stderr


def test_the_authority_stays_over_a_restart(lab):
    from dpctl.sandbox.redshift.server.tls import server_context

    before = lab.engine.ca_file.read_bytes()
    server_context(lab.engine.ca_file.parents[1])
    assert lab.engine.ca_file.read_bytes() == before
    assert b"PRIVATE" not in before
    assert (lab.engine.ca_file.parent / "server.pem").stat().st_mode & 0o077 == 0


def test_plain_only_where_the_workgroup_allows_it(lab, raw, monkeypatch):
    assert values(raw().log_in("admin", PASSWORD).simple("select 1")) == [["1"]]
    object.__setattr__(lab.engine._namespace.surroundings, "tls_required", lambda: True)
    try:
        with pytest.raises(AssertionError, match="SSL off"):
            raw().log_in("admin", PASSWORD)
        assert values(raw(tls=True).log_in("admin", PASSWORD).simple("select 1")) == [["1"]]
    finally:
        object.__setattr__(lab.engine._namespace.surroundings, "tls_required", lambda: False)


@pytest.mark.parametrize("user", ["IAM:Engineer", "iam:engineer", "IAMR:Some-Role"])
def test_a_password_with_an_end(lab, raw, user):
    stored = "IAM:Engineer" if "ngineer" in user else user
    lab.engine.set_password(stored, "abc", until=datetime.now(UTC) + timedelta(seconds=900))
    assert values(raw().log_in(user, "abc").simple("select current_user")) == [[stored]]
    with pytest.raises(AssertionError, match="28000"):
        raw().log_in(user, "abd")
    lab.engine.set_password(stored, "abc", until=datetime.now(UTC) - timedelta(seconds=1))
    with pytest.raises(AssertionError, match="28000"):
        raw().log_in(user, "abc")


@pytest.mark.parametrize(
    ("parameters", "setting", "value"),
    [
        ({"search_path": "a,b"}, "search_path", "a,b"),
        ({"options": "-c search_path=a,b"}, "search_path", "a,b"),
        ({"options": "-csearch_path=a --statement-timeout=7000"}, "statement_timeout", "7s"),
        ({"options": r"-c query_group=a\ b"}, "query_group", "a b"),
        ({"statement_timeout": "500"}, "statement_timeout", "500ms"),
        ({"query_group": "etl"}, "query_group", "etl"),
        ({"DateStyle": "ISO, DMY"}, "datestyle", "ISO, DMY"),
        (
            {"client_protocol_version": "2", "driver_version": "x", "os_version": "y"},
            "query_group",
            "default",
        ),
        ({"client_encoding": "LATIN1"}, "client_encoding", "UTF8"),
    ],
)
def test_startup_parameters(raw, parameters, setting, value):
    assert values(raw().log_in("admin", PASSWORD, **parameters).simple(f"show {setting}")) == [[value]]


def test_a_statement_timeout_of_the_startup(raw):
    session = raw().log_in("admin", PASSWORD, statement_timeout="200")
    assert errors(session.simple("select pg_sleep(60)")) == ["57014"]


@pytest.mark.parametrize(
    ("parameters", "state"),
    [
        ({"options": "nonsense"}, "42601"),
        ({"options": "-c x"}, "42601"),
        ({"statement_timeout": "soon"}, "22023"),
        ({"database": "nowhere"}, "3D000"),
    ],
)
def test_startup_parameters_that_are_refused(raw, parameters, state):
    with pytest.raises(AssertionError, match=state):
        raw().log_in("admin", PASSWORD, **parameters)


def test_who_never_logs_in_is_cut_off(lab, tmp_path):
    wire = Wire(lab.engine._namespace, 0, tmp_path, login_seconds=0.3)
    try:
        for first in (b"", b"\0\0", struct.pack(">II", 8, 80877103), startup({"user": "admin"})):
            with socket.create_connection(("127.0.0.1", wire.port), timeout=30) as sock:
                sock.sendall(first)
                began = time.monotonic()
                while sock.recv(1024):
                    pass
                assert time.monotonic() - began < 20
        # who has logged in may be silent
        session = Raw(wire.port).log_in("admin", PASSWORD)
        time.sleep(1)
        assert values(session.simple("select 1")) == [["1"]]
    finally:
        wire.close()


BEFORE = [
    b"GET / HTTP/1.1\r\n\r\n",
    struct.pack(">I", 300 << 20) + b"x" * 4096,
    struct.pack(">II", 4, 196608),
    struct.pack(">II", 9, 196608) + b"\0",
    struct.pack(">II", 14, 196608) + b"user\0\0",
    struct.pack(">II", 8, 131072),
    startup({"user": "admin"})[:8] + b"\xff" * (len(startup({"user": "admin"})) - 9) + b"\0",
    struct.pack(">II", 8, 80877103) + startup({"user": "admin", "database": "dev"}),
]


@pytest.mark.parametrize("data", BEFORE, ids=range(len(BEFORE)))
def test_what_is_no_startup_is_a_protocol_error(raw, data):
    client = raw()
    client.sock.sendall(data)
    if data[4:8] == struct.pack(">I", 80877103):
        assert client.take(1) in (b"S", b"E")  # then TLS fails, or the data sent in the clear is refused
        return
    kind, body = client.read()
    assert (kind, fields(body)["S"]) == (b"E", "FATAL")
    assert fields(body)["C"] in ("08P01", "0A000", "28000")
    with pytest.raises(EOFError):
        client.read()


def test_a_password_of_300_mb_is_not_read(lab, raw):
    client = raw()
    client.sock.sendall(startup({"user": "admin", "database": "dev"}))
    assert client.read()[0] == b"R"
    client.sock.sendall(b"p" + struct.pack(">I", 300 << 20))
    sent = 0
    with contextlib.suppress(OSError):
        while sent < 300:
            client.sock.sendall(b"x" * (1 << 20))
            sent += 1
    assert sent < 300
    assert values(raw().log_in("admin", PASSWORD).simple("select 1")) == [["1"]]


def test_a_password_that_is_not_text(raw):
    client = raw()
    client.sock.sendall(startup({"user": "admin", "database": "dev"}))
    assert client.read()[0] == b"R"
    client.sock.sendall(message(b"p", b"\xff\xfe\0"))
    kind, body = client.read()
    assert (kind, fields(body)["C"]) == (b"E", "28000")


def test_the_connector_of_dpctl_comes_in_where_tls_is_required(lab, monkeypatch):
    from dpctl.errors import AwsError
    from dpctl.redshift.connector import Login, connect

    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    surroundings, place = lab.engine._namespace.surroundings, ("127.0.0.1", lab.engine.wire_port, "dev")
    object.__setattr__(surroundings, "tls_required", lambda: True)
    try:
        with pytest.raises(AwsError):
            connect(Login(*place, "admin", PASSWORD, tls=False))
        with pytest.raises(AwsError):  # an authority that nobody told it of
            connect(Login(*place, "admin", PASSWORD))
        connection = connect(Login(*place, "admin", PASSWORD, authority=str(lab.engine.ca_file)))
        cursor = connection.cursor()
        cursor.execute("select 1")
        assert cursor.fetchall() == ([1],)
        connection.close()
    finally:
        object.__setattr__(surroundings, "tls_required", lambda: False)
    assert "SSL_CERT_FILE" not in os.environ


def test_each_caller_has_a_password_of_its_own(lab, raw):
    user, later = "IAM:two-callers", datetime.now(UTC) + timedelta(hours=1)
    for password in ("First-1", "Second-2"):
        lab.engine.set_password(user, password, until=later)
    lab.engine.set_password(user, "Third-3", until=datetime.now(UTC) - timedelta(seconds=1))
    for password in ("First-1", "Second-2"):
        assert values(raw().log_in(user, password).simple("select 1")) == [["1"]]
    for password in ("Third-3", "wrong"):
        with pytest.raises(AssertionError, match="28000"):
            raw().log_in(user, password)
