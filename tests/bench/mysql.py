"""gluejob against what one does by hand: ``mariadb --batch`` into a file, and ``dpctl copy`` of it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.bench import Figure

PLAIN = Path(__file__).with_name("plain_spark.py")
ROWS = int(os.environ.get("DPCTL_BENCH_ROWS", "1000000"))
NARROW = int(os.environ.get("DPCTL_BENCH_NARROW", "5000000"))
WIDE = {"id": "bigint", "name": "varchar(64)", "amount": "decimal(12,2)", "at": "timestamp", "day": "date"}


def figures() -> Iterator[Figure]:
    """Rows a second, end to end; the time by stage; and the memory of many narrow rows."""
    from dpctl.sandbox import spark
    from dpctl.sandbox.mysql import program
    from tests.conftest import REPOSITORY
    from tests.integration.conftest import copy_tree

    if spark.find() is None or program() is None:
        print(f"mysql       left out: it takes Spark ({spark.INSTALL}) and a MariaDB")
        return
    with tempfile.TemporaryDirectory(prefix="dpctl-bench-") as folder:
        root = copy_tree(REPOSITORY, Path(folder)).root
        try:
            run(root, "sandbox", "start")
            yield from measured(root)
        finally:
            run(root, "sandbox", "stop")


def run(root: Path, *words: str) -> str:
    """A command of dpctl's, as a user types it."""
    argv = [sys.executable, "-m", "dpctl", "--root", str(root), *words]
    return subprocess.run(argv, check=True, capture_output=True, text=True).stdout


def measured(root: Path) -> Iterator[Figure]:
    """Fill both tables, and load them by both ways."""
    from dpctl import sandbox
    from dpctl.aws import Aws
    from dpctl.config import load_environment
    from tests.spark.chain import ASSETS, Chain, connect, create_job, etl_job

    environment = load_environment(root, "dev")
    running = sandbox.status(environment)
    assert running is not None
    assert running.mysql is not None
    client = Aws("ap-south-1", running.environment()).client
    create_job(client, environment, "fromMysql")
    client("s3").put_object(Bucket=ASSETS, Key="scripts/plain.py", Body=PLAIN.read_bytes())
    connection = {"--connection": "Jdbc connection mysql", "--rows": str(ROWS)}
    etl_job(client, environment, "plain", "scripts/plain.py", connection)
    chain = Chain(client, connect(running, client), "fromMysql")
    chain.mysql(
        "CREATE TABLE wide (id BIGINT PRIMARY KEY, name VARCHAR(64), amount DECIMAL(12,2), at DATETIME, "
        "day DATE)",
        "INSERT INTO wide SELECT seq, CONCAT('customer ', seq % 997), seq % 100000 / 100, "
        "TIMESTAMP '2026-01-01 00:00:00' + INTERVAL seq SECOND, DATE '2026-01-01' + INTERVAL seq % 365 DAY "
        f"FROM seq_1_to_{ROWS}",
        "CREATE TABLE narrow (id INT PRIMARY KEY, n INT)",
        f"INSERT INTO narrow SELECT seq, seq % 1000 FROM seq_1_to_{NARROW}",
    )
    chain.table("wide", WIDE, ["id"])
    chain.table("narrow", {"id": "integer", "n": "integer"}, ["id"])
    by_hand = hand(root, chain, client)
    began = time.monotonic()
    done = chain.load("wide")
    seconds = time.monotonic() - began
    start = seconds - done["seconds"]["read"] - done["seconds"]["load"]
    yield Figure(f"gluejob / (mariadb --batch + dpctl copy), {ROWS:,} rows", seconds / by_hand, "at most 1.5")
    alone = {what: spark_alone(client, what) for what in ("start", "rows")}
    yield Figure("gluejob / Spark's own read.jdbc().write.csv()", seconds / alone["rows"], "")
    yield Figure("Spark's own / (mariadb --batch + dpctl copy)", alone["rows"] / by_hand, "")
    yield Figure("seconds: an empty job of Spark's", alone["start"], "")
    yield Figure("rows a second by gluejob, end to end", ROWS / seconds, "")
    yield Figure("seconds: Spark's start", start, "")
    yield Figure("seconds: read, checked and staged", done["seconds"]["read"], "")
    yield Figure("seconds: loaded by Redshift", done["seconds"]["load"], "")
    with Memory() as memory:
        chain.load("narrow")
    yield Figure(f"GB of memory at most, {NARROW:,} narrow rows", memory.peak / 1e6, "under 2")


def spark_alone(client: Any, what: str) -> float:
    """What Spark takes to start, or to copy the rows into S3 without a look at them; in seconds."""
    from tests.spark.chain import Chain

    began = time.monotonic()
    job = Chain(client, None, "plain")
    run = job.wait(job.start("wide", do=what))
    assert run["JobRunState"] == "SUCCEEDED", run.get("ErrorMessage")
    return time.monotonic() - began


def hand(root: Path, chain: Any, client: Any) -> float:
    """What one does without the job; the seconds it takes. The table is empty again afterwards."""
    began = time.monotonic()
    file = root / "wide.tsv"
    ask = 'mariadb --batch --skip-column-names -u "$MYSQL_USER" "$MYSQL_DATABASE" -e "SELECT * FROM wide"'
    run(root, "sandbox", "exec", "--", "sh", "-c", f"{ask} > {file}")
    with file.open("rb") as body:
        client("s3").put_object(Bucket="manifest-bucket-054158074701", Key="bench/wide.tsv", Body=body)
    place = "s3://manifest-bucket-054158074701/bench/wide.tsv"
    # No table of env.yaml: schema.table.
    run(root, "--sandbox", "copy", "--table", "public.wide", "--from", place, "--format", "text",
        "--delimiter", "\\t")  # fmt: skip
    seconds = time.monotonic() - began
    assert chain.redshift("SELECT COUNT(*) FROM public.wide") == [(ROWS,)]
    chain.redshift("DELETE FROM public.wide")
    return seconds


class Memory:
    """The most memory (kB) that the processes of a job's Spark had at one time."""

    def __init__(self) -> None:
        self.peak = 0.0
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Memory:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._done.wait(0.2):
            self.peak = max(self.peak, sum(map(resident, Path("/proc").glob("[0-9]*"))))


def resident(process: Path) -> int:
    """The memory of a process of gluejob's; 0 for any other."""
    try:
        if "gj.py" not in (process / "cmdline").read_text(encoding="utf-8", errors="replace"):
            return 0
        found = re.search(r"VmRSS:\s+(\d+)", (process / "status").read_text(encoding="utf-8"))
    except OSError:
        return 0
    return int(found[1]) if found else 0
