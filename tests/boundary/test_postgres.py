"""What the embedded PostgreSQL does, where COPY of the sandbox's Redshift relies on it."""

from __future__ import annotations

import pytest

from dpctl.sandbox.redshift.errors import SqlError
from dpctl.sandbox.redshift.postgres.server import Postgres

pytestmark = pytest.mark.sandbox

COPY = "COPY t FROM STDIN (FORMAT csv, ON_ERROR ignore, LOG_VERBOSITY verbose)"


@pytest.fixture(scope="module")
def backend(tmp_path_factory):
    server = Postgres(tmp_path_factory.mktemp("postgres"), database="dev", admin="admin", admin_password=None)
    session = server.connect("admin")
    session.query("create table t (a integer, b varchar(3))")
    yield session
    session.close()
    server.stop()


@pytest.fixture
def notices(backend):
    backend.query("truncate t")
    found = []
    backend.on_notice = lambda fields: found.append(fields["M"])
    return found


def test_bad_values_are_skipped_and_told(backend, notices):
    assert backend.copy_in(COPY, [b"1,x\nno,x\n2,long one\n"]) == 1
    assert notices[0] == 'skipping row due to data type incompatibility at line 2 for column "a": "no"'
    assert notices[1] == 'skipping row due to data type incompatibility at line 3 for column "b": "long one"'


def test_line_feeds_count_only_after_the_first_row(backend, notices):
    backend.copy_in(COPY, [b'1,"\n"\n2,"\n"\nno,x\n'])
    assert "at line 4 for column" in notices[0]  # the row is at line 5


def test_a_flood_of_notices_does_not_block(backend, notices):
    assert backend.copy_in(COPY, (b"no,x\n" * 1000 for _ in range(50))) == 0
    assert len([text for text in notices if text.startswith("skipping")]) == 50_000


def test_a_session_outlives_errors(backend):
    with pytest.raises(SqlError) as failure:
        backend.query("select nope")
    assert failure.value.state == "42703"
    assert backend.value("select 1") == "1"
    for rows in backend.copy_out("COPY (SELECT generate_series(1, 1000000)) TO STDOUT"):
        assert rows
        break
    assert backend.value("select 2") == "2"
