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
    "update pg_catalog.pg_proc set proowner = 10",
    "update pg_type set typowner = 10",
    "delete from pg_database",
    "update pg_group set groname = groname",
    "update pg_namespace set nspowner = 10",
]

# What a procedure may say is seen by nobody beforehand, and its dynamic statements by nobody at all.
PROCEDURES = [
    "execute 'copy (select 1) to program ''true'''",
    "execute 'set role rdsdb'",
    "perform pg_read_file('/etc/passwd')",
    "perform pg_internal.rebuild_late(0, 'public.v', 'select 1 as a; copy (select 1) to program ''true''')",
    "perform pg_internal.rebuild_late(0, 'public.v', 'select 1 as a; set role rdsdb')",
    "update pg_internal.pg_proc set proowner = 10",
    "update pg_proc set proowner = 10",
    "update pg_group set groname = groname",
    "update pg_catalog.redshift_attributes set diststyle = 'x'",
    "insert into pg_catalog.redshift_late_views values (1, 'x', false)",
    "delete from sys_history.query",
    "insert into sys_history.copy_job (job_id, copy_text) values (1, 'x')",
    "update pg_internal.pg_type set typowner = 10",
    "execute 'alter function pg_internal.rebuild_late(oid, text, text) owner to rdsdb'",
    "execute 'alter function pg_internal.remember_late(regclass, text, boolean) security invoker'",
    "execute 'grant redshift_engine to current_user'",
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


@pytest.mark.parametrize("body", PROCEDURES)
def test_no_procedure_does(lab, connect, name, body):
    cursor = connect().cursor()
    cursor.execute(f"create procedure {name}() as $$ begin {body}; end $$ language plpgsql")
    with pytest.raises(redshift_connector.Error, match=r"permission denied|must be owner|cannot set"):
        cursor.execute(f"call {name}()")


def test_what_works_for_every_client_has_no_power_beyond_the_database(lab, connect):
    """No function with rights of its owner is a superuser's, and no view is written through."""
    connect()
    session = lab.engine._postgres.superuser("dev")
    try:
        powerful = session.query(
            "SELECT p.oid::regprocedure FROM pg_proc p JOIN pg_roles r ON r.oid = p.proowner "
            "WHERE p.prosecdef AND r.rolsuper"
        )
        writable = session.query(
            "SELECT c.oid::regclass FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
            "WHERE n.nspname IN ('pg_catalog', 'pg_internal', 'sys_history', 'information_schema') "
            "AND c.relname <> 'pg_settings' AND NOT EXISTS "
            "(SELECT 1 FROM pg_trigger t WHERE t.tgrelid = c.oid AND t.tgname = 'refuse_writing') "
            "AND (c.relkind = 'v' AND pg_relation_is_updatable(c.oid, false) & 28 <> 0 "
            "OR c.relkind = 'r' AND c.oid >= 16384)"
        )
        engine = session.query("SELECT rolsuper FROM pg_roles WHERE rolname = 'redshift_engine'")
    finally:
        session.close()
    assert (powerful.rows, writable.rows, engine.rows) == ([], [], [("f",)])


def test_the_owner_of_a_database_has_no_say_in_the_engines_sessions(lab, connect, name):
    """A client's function of the name of PostgreSQL's would run as the engine that looks there first."""
    cursor = connect().cursor()
    path = "alter database dev set search_path = public, pg_catalog"
    cursor.execute(f"create procedure {name}() as $$ begin execute '{path}'; end $$ language plpgsql")
    cursor.execute(f"call {name}()")
    cursor.execute("commit")
    try:
        session = lab.engine._postgres.superuser("dev")
        assert session.query("SHOW search_path").rows == [('"$user", public',)]
        session.close()
    finally:
        session = lab.engine._postgres.superuser("postgres")
        session.query("ALTER DATABASE dev RESET search_path")
        session.close()


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
