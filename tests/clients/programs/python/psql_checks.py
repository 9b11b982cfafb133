"""psql: connecting in each mode of TLS, and the family of \\d."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from checks import CASES, SCHEMA, check, fails, same

CA = os.environ["PGSSLROOTCERT"]


def psql(*words, **environ):
    done = subprocess.run(
        ["psql", "-X", "-v", "ON_ERROR_STOP=1", *words], capture_output=True, text=True, check=False,
        env={**os.environ, "PGSSLMODE": "verify-ca", **environ}, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(done.stderr.strip())
    return done.stdout


def value(sql, **environ):
    return psql("-At", "-c", sql, **environ).strip()


def has(command, *parts):
    found = psql("-c", command)
    same([], [part for part in parts if part not in found])


for mode in ("disable", "allow", "prefer", "require", "verify-ca", "verify-full"):
    check(f"connect: sslmode={mode}", lambda mode=mode: same("7", value("select 7", PGSSLMODE=mode)))
check(
    "connect: a wrong password",
    lambda: fails(lambda: value("select 1", PGPASSWORD="wrong"), "password authentication failed"),
)
check("connect: options", lambda: same("abc", value("show search_path", PGOPTIONS="-c search_path=abc")))
for name, sql, wanted, _kind in CASES["values"]:
    text = {None: "", "true": "t"}.get(wanted, wanted)
    check(f"values: {name}", lambda sql=sql, text=text: same(text.strip(), value(sql)))
value(f"create schema {SCHEMA}")
value(f"create table {SCHEMA}.r (a int)")
for sql in CASES["refused"]:
    check(f"refused: {sql}", lambda sql=sql: fails(lambda: value(sql.replace("T", f"{SCHEMA}.r")), "ERROR"))
for sql in (
    f"create table {SCHEMA}.parent (id bigint identity(1,1) primary key, code varchar(10) not null default 'x') distkey(id) sortkey(code)",
    f"create table {SCHEMA}.child (id int, parent bigint references {SCHEMA}.parent(id), s super, v varbyte(8))",
    f"create view {SCHEMA}.pv as select code from {SCHEMA}.parent",
    f"comment on table {SCHEMA}.parent is 'the parents'",
    f"create function {SCHEMA}.plus(int, int) returns int stable as $$ select $1 + $2 $$ language sql",
    f"grant select on {SCHEMA}.parent to public",
):
    check(f"statements: {' '.join(sql.split()[:2])}", lambda sql=sql: value(sql))
for command, *parts in (
    ("\\l", "dev"), ("\\dn", SCHEMA), (f"\\d {SCHEMA}.parent", "id", "code", "character varying(10)", "not null"),
    (f"\\d+ {SCHEMA}.parent", "code"), (f"\\d {SCHEMA}.child", "parent", "super", "varbyte"), (f"\\d {SCHEMA}.pv", "code"),
    (f"\\dt {SCHEMA}.*", "parent", "child"), (f"\\dv {SCHEMA}.*", "pv"),
    (f"\\df {SCHEMA}.*", "plus"), (f"\\df+ {SCHEMA}.*", "plus"), ("\\du", "admin"), ("\\dg", "admin"), (f"\\dp {SCHEMA}.*", "parent"), (f"\\z {SCHEMA}.*", "parent"),
    ("\\dT",), (f"\\di {SCHEMA}.*",), (f"\\ds {SCHEMA}.*",), (f"\\d {SCHEMA}.*", "parent", "child"), ("\\conninfo",), ("\\encoding", "UTF8"),
    ("\\drds",), ("\\ddp",), ("\\dx",), ("\\db",), (f"\\dS {SCHEMA}.*",), (f"\\sv {SCHEMA}.pv", "code"), (f"\\sf {SCHEMA}.plus", "plus"),
):  # fmt: skip
    check(
        f"metadata: {command.replace(SCHEMA, 's')}", lambda command=command, parts=parts: has(command, *parts)
    )


def own():
    found = psql("-c", "\\dn") + psql("-c", "\\dt *.*") + psql("-c", "\\d")
    same([], [name for name in ("sys_history", "pg_internal", "_id_seq") if name in found])


check("metadata: nothing of the engine's own", own)


def script():
    path = Path(f"{SCHEMA}.sql")
    path.write_text(
        "begin;\ncreate temp table q (i int);\ninsert into q values (1), (2);\nselect sum(i) from q;\ncommit;\n"
    )
    same(True, "3" in psql("-At", "-f", str(path)))


check("statements: a script", script)
check(
    "statements: -1, one transaction",
    lambda: fails(lambda: psql("-1", "-c", f"insert into {SCHEMA}.r values (1)", "-c", "select 1/0"), "zero"),
)
check("statements: it was taken back", lambda: same("0", value(f"select count(*) from {SCHEMA}.r")))


def variables():
    path = Path(f"{SCHEMA}-variables.sql")  # -c puts in no variables
    path.write_text("select :'x';\n")
    same("it's", psql("-At", "-v", "x=it's", "-f", str(path)).strip())


check("statements: variables", variables)
check(
    "cursors: FETCH_COUNT",
    lambda: same(
        20000,
        len(
            psql("-At", "-v", "FETCH_COUNT=500", "-c", "select n from generate_series(1, 20000) g(n)").split()
        ),
    ),
)
check(
    "errors: \\copy is refused",
    lambda: fails(lambda: psql("-c", f"\\copy {SCHEMA}.r from stdin"), "not supported", "syntax"),
)
for command in (f"\\dt+ {SCHEMA}.*", f"\\dv+ {SCHEMA}.*"):
    check(
        f"refused: {command.split()[0]} (pg_size_pretty)",
        lambda command=command: fails(lambda: psql("-c", command), "pg_size_pretty"),
    )
for sql in ("select 1;", "", "-- nothing", ";"):
    check(f"statements: {sql!r}", lambda sql=sql: psql("-c", sql))
value(f"drop schema {SCHEMA} cascade")
