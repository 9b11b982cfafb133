"""SQL reaches no file and no program of this machine: no client's session is a superuser of PostgreSQL."""

from contextlib import suppress

import pytest
import redshift_connector

pytestmark = pytest.mark.sandbox

ESCAPES = [
    "select pg_read_file('/etc/passwd')",
    "select pg_read_binary_file('/etc/passwd')",
    "select pg_ls_dir('/')",
    "select pg_stat_file('/etc/passwd')",
    "select lo_import('/etc/passwd')",
    "select lo_export(lo_create(0), '/tmp/owned')",
    "select lo_from_bytea(0, 'x'), lo_export(1, '/tmp/owned')",
    "set role rdsdb",
    "set session authorization rdsdb",
    "alter user admin createuser; set role rdsdb",
    "grant rdsdb to admin",
    "grant pg_read_server_files to admin",
    "grant pg_execute_server_program to admin",
    "select set_config('role', 'rdsdb', false)",
    "create extension file_fdw",
    "create function f() returns int as '/lib/x86_64-linux-gnu/libc.so.6', 'system' language c",
    "alter system set archive_command = 'touch /tmp/owned'",
    "update pg_authid set rolsuper = true",
    "delete from pg_catalog.redshift_attributes; update pg_class set relname = relname",
]


@pytest.mark.parametrize("sql", ESCAPES)
@pytest.mark.parametrize("user", ["admin", "someone"])
def test_no_statement_reaches_a_file_or_the_catalogs_owner(lab, connect, sql, user):
    if user != "admin":
        lab.engine.set_password(user, "Sandbox-2", superuser=True)
    connection = connect(user=user, password="Sandbox-1" if user == "admin" else "Sandbox-2")
    cursor = connection.cursor()
    first, *last = sql.split("; ")
    if last:
        with suppress(redshift_connector.Error):
            cursor.execute(first)
            connection.commit()
        connection.rollback()
    with pytest.raises(redshift_connector.Error):
        cursor.execute(last[0] if last else first)
    connection.rollback()


def test_a_superuser_of_redshift_is_one_as_before(lab, connect, name):
    admin = connect()
    cursor = admin.cursor()
    cursor.execute("select usesuper from pg_user where usename = current_user")
    assert cursor.fetchone()[0] is True
    cursor.execute(f"create user {name} password 'Sandbox-3'")
    admin.commit()
    other = connect(user=name, password="Sandbox-3")
    theirs = other.cursor()
    theirs.execute("select usesuper from pg_user where usename = current_user")
    assert theirs.fetchone()[0] is False
    cursor.execute(f"create schema {name} authorization {name}")
    admin.commit()
    theirs.execute(f"create table {name}.t (a int)")
    other.commit()
    cursor.execute(f"insert into {name}.t values (1)")
    cursor.execute(f"select count(*) from {name}.t")
    assert cursor.fetchone()[0] == 1
    cursor.execute(f"alter table {name}.t add column b int")
    cursor.execute(f"drop table {name}.t")
    cursor.execute(f"alter user {name} createuser")
    admin.commit()
    theirs.execute("select usesuper from pg_user where usename = current_user")
    assert theirs.fetchone()[0] is True
    cursor.execute(f"alter user {name} nocreateuser")
    admin.commit()
