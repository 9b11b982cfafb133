"""From a put to a row: how long each hop takes, how fast the drain is, and what a million writes cost."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.bench import Figure

PUTS = 20
KEYS, SINGLE = 20_000, 100
MILLION = 1_000_000


def figures() -> Iterator[Figure]:
    """Goal: the drain loads 50 times as many keys a second as one MERGE for each key does."""
    yield from drain()
    for source in ("stream", "cloudtrail"):
        yield from hops(source)
    yield from money()


def drain() -> Iterator[Figure]:
    """The deployed job as a process, over KEYS pending keys, against a MERGE for each of SINGLE keys."""
    from dpctl.config import load_environment
    from dpctl.sandbox import server
    from tests import data_api
    from tests.conftest import REPOSITORY
    from tests.storm.test_flow_storm import BUCKET, PREFIX, TABLE, Storm

    with tempfile.TemporaryDirectory() as folder:
        running = server.listen(load_environment(REPOSITORY, "dev"), "existing", Path(folder))
        try:
            storm = Storm(running.front.account, seed=1, keys=KEYS)
            for start in range(0, KEYS, 25):
                puts = [
                    {"PutRequest": {"Item": {"PartKey": {"S": key}, "customer": {"S": "a customer"}}}}
                    for key in storm.keys[start : start + 25]
                ]
                storm.dynamodb.batch_write_item(RequestItems={TABLE: puts})
            began = time.perf_counter()
            for number, key in enumerate(storm.keys[:SINGLE]):
                item = storm.dynamodb.get_item(
                    TableName=TABLE, Key={"PartKey": {"S": key}}, ConsistentRead=True
                )["Item"]
                text = item["customer"]["S"]
                data_api.query(
                    storm.data,
                    f"CREATE TEMP TABLE one AS SELECT '{key}'::varchar(64) AS partkey, "
                    f"'{text}'::varchar(32) AS customer, {number}::bigint AS _version",
                    "MERGE INTO public.orders USING one ON orders.partkey = one.partkey "
                    "WHEN MATCHED THEN UPDATE SET customer = one.customer, _version = one._version "
                    "WHEN NOT MATCHED THEN INSERT (partkey, customer, _version) "
                    "VALUES (one.partkey, one.customer, one._version)",
                )
            single = SINGLE / (time.perf_counter() - began)
            for start in range(0, KEYS, 2000):
                part = storm.keys[start : start + 2000]
                body = "\n".join(storm.event(_detail(key)) for key in part).encode()
                name = f"{PREFIX}pending/bench-{start}-x{len(part)}.json"
                storm.s3.put_object(Bucket=BUCKET, Key=name, Body=body)
            process = storm.start()
            began = time.perf_counter()
            printed, _ = process.communicate()
            seconds = time.perf_counter() - began
            assert process.returncode == 0, printed
            assert storm.query("SELECT COUNT(*) FROM public.orders") == [[KEYS]]
        finally:
            running.close()
    yield Figure("keys a second by one MERGE each", single, "")
    yield Figure(f"keys a second by the drain, {KEYS:,} keys, its start included", KEYS / seconds, "")
    yield Figure("the drain over one MERGE for each key", KEYS / seconds / single, "at least 50")


def _detail(key: str) -> dict[str, Any]:
    """What CloudTrail says of a put."""
    return {"eventName": "PutItem", "requestParameters": {"tableName": "Orders", "key": {"PartKey": key}}}


def hops(source: str) -> Iterator[Figure]:
    """PUTS writes one after the other, through what Terraform deploys; no window is waited for here."""
    from tests.conftest import REPOSITORY
    from tests.integration.conftest import copy_tree
    from tests.storm.flow import Flow

    with tempfile.TemporaryDirectory() as folder:
        flow = Flow(copy_tree(REPOSITORY, Path(folder)))
        try:
            flow.start(source)
            flow.put("warm", "up")
            flow.wait_until_equal()
            samples = [_sample(flow, f"bench-{number}") for number in range(PUTS)]
            executions, mean, _ = flow.transitions()
        finally:
            flow.stop()
    names = ("event at the state machine",) if source == "cloudtrail" else ()
    for name in (*names, "key recorded", "run started", "row visible"):
        times = sorted(sample[name] for sample in samples)
        p95 = times[max(0, round(0.95 * len(times)) - 1)]
        yield Figure(f"{source}: put to {name}, median (s)", statistics.median(times), "")
        yield Figure(f"{source}: put to {name}, p95 (s)", p95, "")
    transitions = executions * mean / (PUTS + 1) * MILLION
    yield Figure(f"{source}: state transitions of a million writes", transitions, "")


def _sample(flow: Any, key: str) -> dict[str, float]:
    """The seconds from a put to each hop."""
    glue, machines = flow.client("glue"), flow.client("stepfunctions")
    known = set(flow.keys("archive"))
    runs = {run["Id"] for run in _runs(glue)}
    began = time.time()
    flow.put(key, "measured")
    found: dict[str, float] = {}
    while "row visible" not in found:
        now = time.time() - began
        if "key recorded" not in found and (flow.keys("pending") or set(flow.keys("archive")) - known):
            found["key recorded"] = now
        if "run started" not in found:
            new = [run for run in _runs(glue) if run["Id"] not in runs]
            if new:
                found["run started"] = new[-1]["StartedOn"].timestamp() - began
        if "run started" in found and flow.query(
            f"SELECT COUNT(*) FROM public.orders WHERE partkey = '{key}'"
        ) == [[1]]:
            found["row visible"] = time.time() - began
        assert now < 600, found
    found.setdefault("key recorded", found["run started"])
    if starts := [at - began for at in _executions(machines) if at >= began]:  # none by the stream
        found["event at the state machine"] = min(starts)
    flow.ask("settle", {"seconds": 120})
    return found


def _executions(machines: Any) -> list[float]:
    """When the newest executions of LogEvent started (epoch seconds)."""
    listed = machines.list_state_machines()["stateMachines"]
    arn = next(one["stateMachineArn"] for one in listed if one["name"] == "LogEvent")
    newest = machines.list_executions(stateMachineArn=arn, maxResults=5)["executions"]
    return [one["startDate"].timestamp() for one in newest]


def _runs(glue: Any) -> list[dict[str, Any]]:
    return list(glue.get_job_runs(JobName="GlueTestjob", MaxResults=5)["JobRuns"])


def money() -> Iterator[Figure]:
    """What a million writes cost beside Redshift's seconds, at 1,000 a minute, as `dpctl cost` reckons."""
    from dpctl import cost, prices
    from dpctl.config import load_environment
    from tests.conftest import REPOSITORY

    config = load_environment(REPOSITORY, "dev").config
    region = prices.of(config.region)
    use = cost.at_rate(cost.Use(), 1000)
    writes = 1000 * 1440 * cost.DAYS
    trail = ("CloudTrail data events", "Step Functions: LogEvent", "S3 requests: keys from CloudTrail")
    for source, names in [("stream", ("Lambda and S3: keys from the stream",)), ("cloudtrail", trail)]:
        capture = config.capture.model_copy(update={"source": source})
        lines = cost.estimate(config.model_copy(update={"capture": capture}), region, use)
        usd = sum(line.usd for line in lines if line.what in names)
        yield Figure(f"{source}: USD for a million writes", usd / writes * MILLION, "")
