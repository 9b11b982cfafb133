"""What only Redshift itself can say: tables and grants, COPY JOBs and their files, and how dumps ended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dpctl.doctor.finding import Finding, Fix
from dpctl.doctor.linkcheck import Look
from dpctl.doctor.links import Chain
from dpctl.doctor.snapshot import Unknown
from dpctl.errors import DpctlError
from dpctl.layers import CAPTURE, COPIES
from dpctl.redshift import autocopy, loads
from dpctl.redshift.quoting import literal, qualified

if TYPE_CHECKING:
    from dpctl.config import Environment
    from dpctl.redshift.executor import Executor

PERMISSION = "redshift-data:ExecuteStatement"
USAGE = "usage of the schema"
SHOWN = 5  # files that are named


@dataclass(frozen=True)
class Jobs:
    """The COPY JOBs that are not as env.yaml has them (name, state), and the files that failed, with why."""

    states: tuple[tuple[str, str], ...]
    failed: tuple[tuple[str, str], ...]


def ask(environment: Environment, executor: Executor, s3: Any) -> dict[str, Any]:
    """The answers for the checks with ``--sql``, by name; Unknown where Redshift does not let us look."""
    ledger = environment.resource(environment.config.storage.export_bucket)
    auto = autocopy.AutoCopy(executor, s3, ledger)
    jobs = autocopy.wanted(environment)
    facts = {"grants": _try(lambda: grants(executor, rights(environment)))}
    if jobs:
        facts["jobs"] = _try(lambda: _jobs(executor, auto, jobs))
    return facts


def _try(question: Any) -> Any:
    try:
        return question()
    except DpctlError as error:
        return Unknown(PERMISSION, error.what)


def rights(environment: Environment) -> dict[tuple[str, str], tuple[str, ...]]:
    """What is done with each table, by schema and name: loads write it, dumps read it."""
    found = {}
    for name, table in environment.config.tables.items():
        load = ("insert", "select", "update", "delete") if table.load else ()
        dump = ("select",) if table.unload else ()
        found[table.schema_, name] = tuple(dict.fromkeys((*load, *dump)))
    return found


def grants(executor: Executor, wanted: dict[tuple[str, str], tuple[str, ...]]) -> dict[str, Any]:
    """What the login lacks of each table: None where there is no such table."""
    if not wanted:
        return {}
    schemas = ", ".join(literal(schema) for schema in sorted({schema for schema, _ in wanted}))
    sql = f"SELECT table_schema, table_name FROM svv_tables WHERE table_schema IN ({schemas})"
    there = {(str(row[0]), str(row[1])) for row in executor.run(sql, fetch=True).rows}
    lacking: dict[str, Any] = {f"{schema}.{name}": None for schema, name in wanted}
    for schema, name in [one for one in wanted if one in there]:
        table = literal(qualified(schema, name))
        asked = [f"has_table_privilege({table}, {literal(right)})" for right in wanted[schema, name]]
        if not asked:
            lacking[f"{schema}.{name}"] = ()
            continue
        # a right on a table is worth nothing without its schema's (Redshift, "Schema-based privileges")
        asked = [f"has_schema_privilege({literal(schema)}, 'usage')", *asked]
        row = executor.run(f"SELECT {', '.join(asked)}", fetch=True).rows[0]
        held = zip((USAGE, *wanted[schema, name]), row, strict=True)
        lacking[f"{schema}.{name}"] = tuple(
            right for right, has in held if str(has).lower() not in {"1", "t", "true"}
        )
    return lacking


def _jobs(executor: Executor, auto: autocopy.AutoCopy, jobs: tuple[autocopy.Job, ...]) -> Jobs:
    states = tuple((one.name, one.state) for one in autocopy.statuses(jobs, auto.live()))
    known = {name for name, state in states if state != "missing"}
    failed = [
        item.file.url
        for job in jobs
        if job.name in known
        for item in auto.files(job)
        if item.state == "failed"
    ]
    errors = loads.errors_of(executor, failed)
    why = [(url, errors[url].sentence if url in errors else "") for url in failed]
    return Jobs(states, tuple(why))


# -- checks -------------------------------------------------------------------------------------------------


def tables(chain: Chain) -> Finding:
    """Every table is there, and the login of the jobs may do with it what they do."""
    look = Look("PD18", chain.names.database, CAPTURE)
    for name, lacking in chain["grants"].items():
        look.must(lacking is not None, f"there is no table {name} in {chain.names.database}")
        if lacking:
            look.must(False, f"the login may not {', '.join(lacking)} on {name}")
        elif lacking is not None:
            look.see(f"{name} is there, and may be used")
    env = chain.names.env
    if any(one is None for one in chain["grants"].values()):
        return look.end(
            chain, Fix("manual", "Make the tables of env.yaml.", (f"dpctl tables apply --env {env}",))
        )
    return look.end(chain, Fix("manual", "Grant it, as the owner of the table: GRANT ... ON ... TO ..."))


def copy_jobs(chain: Chain) -> Finding:
    """The COPY JOBs are those of env.yaml, and no file failed."""
    found, env = chain["jobs"], chain.names.env
    look = Look("PD22", chain.names.source, COPIES)
    for name, state in found.states:
        look.see(f"{name}: {state}")
        look.must(state not in {"missing", "changed"}, f"the COPY JOB {name} is {state}")
    for url, said in found.failed[:SHOWN]:
        why = said or "Redshift names no row; a retry says why"
        look.must(False, f"{url} was not loaded: {why}")
    rest = len(found.failed) - SHOWN
    look.must(rest <= 0, f"and {rest} files more")
    bad = any(state in {"missing", "changed"} for _, state in found.states)
    create = ("Make the COPY JOBs.", f"dpctl autocopy create --env {env}")
    retry = ("Fix the files, or the table, then load them.", f"dpctl autocopy retry --env {env}")
    text, command = create if bad else retry
    return look.end(chain, Fix("manual", text, (command,)))
