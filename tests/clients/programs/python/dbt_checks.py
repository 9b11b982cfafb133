"""dbt on Redshift: seed, run, run again, snapshot, test, docs; a check for each command and each of its results."""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import tempfile
from pathlib import Path

from checks import SCHEMA, check, same
from dbt.cli.main import dbtRunner

os.environ["CHECKS_SCHEMA"] = f"dbt_{SCHEMA}"
PROJECT = Path(tempfile.mkdtemp()) / "project"
shutil.copytree(Path(__file__).parent.parent / "dbt", PROJECT)
RUNNER = dbtRunner()


def dbt(*words):
    return RUNNER.invoke([*words, "--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT), "--quiet"])


def each(command, *words, wanted=()):
    """A check for the command, and one for each node that it ran."""
    done = dbt(*words)
    results = list(getattr(done.result, "results", None) or ())
    for result in results:
        name = f"{command}: {result.node.name}"
        message = str(result.message or "")

        def as_told(result=result, message=message):
            if str(result.status) not in ("success", "pass"):
                raise AssertionError(f"{result.status}: {message}")

        check(name, as_told)

    def whole():
        if done.exception:
            raise done.exception
        same(True, done.success)
        same(set(), set(wanted) - {result.node.name for result in results})

    check(f"{command}: the command", whole)
    return results


def rows(sql):
    with contextlib.redirect_stdout(io.StringIO()):
        done = dbt("show", "--inline", sql, "--output", "json", "--limit", "100")
    if not done.success:
        raise AssertionError(str(done.exception or done.result))
    return [list(row) for row in done.result.results[0].agate_table.rows]


def count(**wanted):
    """A check for each table and its number of rows, by one query."""
    counted = " union all ".join(
        f"select '{name}' as name, count(*) as n from {{{{ target.schema }}}}.{name}" for name in wanted
    )
    found = {name: int(number) for name, number in rows(counted)}
    for name, number in wanted.items():
        check(f"rows: {name} has {number}", lambda name=name, number=number: same(number, found[name]))


STRATEGIES = ("inc_merge", "inc_deleteinsert", "inc_append")
check("connect: debug", lambda: same(True, dbt("debug").success))
each("seed", "seed", wanted=["orders"])
each("seed again", "seed", wanted=["orders"])
each("seed, full refresh", "seed", "--full-refresh", wanted=["orders"])
each("run", "run", wanted=["customers", "recent", "late", "names", *STRATEGIES])
count(inc_merge=3, inc_deleteinsert=3, inc_append=3)
each("run again", "run", wanted=STRATEGIES)
count(inc_merge=3, inc_deleteinsert=3, inc_append=5)
each("run with a new column", "run", "--select", *STRATEGIES, "--vars", "wider: true", wanted=STRATEGIES)
each("run, full refresh", "run", "--full-refresh", wanted=STRATEGIES)
count(inc_merge=3, inc_deleteinsert=3, inc_append=3)
each("snapshot", "snapshot", wanted=["kept"])
check("snapshot: a change", lambda: same(True, dbt("run-operation", "change").success))
each("snapshot again", "snapshot", wanted=["kept"])
count(kept=4)
each("test", "test")
each("build", "build", "--exclude", "orders")


def docs():
    same(True, dbt("docs", "generate").success)
    catalog = json.loads((PROJECT / "target" / "catalog.json").read_text(encoding="utf-8"))
    columns = {name.split(".")[2]: list(node["columns"]) for name, node in catalog["nodes"].items()}
    same(["customer", "total", "orders"], columns["customers"])
    same(["id", "customer"], columns["late"])


check("docs: generate", docs)


def described():
    # The comments that persist_docs wrote.
    found = rows(
        "select description from pg_description join pg_class c on c.oid = objoid where relname = 'customers' and objsubid = 0"
    )
    same("One row a customer, it's said.", found[0][0])


check("docs: persisted in the database", described)
check("compile", lambda: same(True, dbt("compile").success))
check("source freshness: none", lambda: same(True, dbt("source", "freshness").success))
check("clean up", lambda: same(True, dbt("run-operation", "reset").success))
