"""The flow from DynamoDB to Redshift as it is deployed: real Terraform, the sandbox's events, the job."""

from __future__ import annotations

import json
import os
import random
import re
import signal
import time
import uuid
from collections import Counter
from pathlib import Path
from typing import Any

from dpctl import sandbox
from dpctl.aws import Aws
from tests import data_api
from tests.integration.conftest import Workspace, stop_all

ASSETS, TABLE, JOB = "aws-glue-assets-054158074701-ap-south-1", "Orders", "GlueTestjob"
SOURCES = ("cloudtrail", "stream", "both")


class Flow:
    """dev's two layers in a sandbox of their own, and what was written to the table."""

    def __init__(self, workspace: Workspace, seed: int = 1) -> None:
        self.workspace, self.chance = workspace, random.Random(seed)
        self.source = "cloudtrail"
        self.poisoned: set[str] = set()

    def start(self, source: str) -> None:
        """Start the sandbox, and apply with a source."""
        started = self.workspace.dpctl("sandbox", "start", "--env", "dev")
        assert started.code == 0, started.stderr
        environment = self.workspace.environment("dev")
        running = sandbox.status(environment)
        assert running is not None
        self.running = running
        self.aws = Aws(environment.config.region, running.environment())
        self.client = self.aws.client
        self.switch(source, "--layer", "static")
        made = self.dpctl("tables", "apply", "--yes")
        assert made.code == 0, made.stderr

    def stop(self) -> None:
        stop_all(self.workspace)

    def dpctl(self, *words: str) -> Any:
        return self.workspace.dpctl("--sandbox", *words, "--env", "dev")

    def switch(self, source: str, *words: str) -> None:
        """Set ``capture.source`` and apply, as the documentation says."""
        if source != self.source:
            self.workspace.edit("dev", (f"  source: {self.source} #", f"  source: {source} #"))
        self.source = source
        accepted: list[str] = []
        while True:
            done = self.dpctl("apply", "--layer", "ddb-redshift", *words, *accepted, "--yes")
            if done.code == 0:
                return
            # The rule stood before dpctl, and the function's log holds something: both go by name only.
            lost = re.search(r"(--accept|--allow-destroy) '?([^\s']+)'?", done.stderr)
            assert lost, (done.stdout[-4000:], done.stderr[-8000:])
            named = [lost[1], lost[2]]
            assert named not in [accepted[n : n + 2] for n in range(0, len(accepted), 2)], done.stderr[-8000:]
            accepted += named

    def ask(self, page: str, document: Any = None) -> Any:
        return sandbox.ask(self.running, page, document)

    # --- writes -------------------------------------------------------------------------------------

    def put(self, key: str, customer: str, **more: Any) -> None:
        item = {"PartKey": {"S": key}, "customer": {"S": customer}, **more}
        self.client("dynamodb").put_item(TableName=TABLE, Item=item)

    def update(self, key: str, customer: str) -> None:
        self.client("dynamodb").update_item(
            TableName=TABLE,
            Key={"PartKey": {"S": key}},
            UpdateExpression="SET customer = :c",
            ExpressionAttributeValues={":c": {"S": customer}},
        )

    def delete(self, key: str) -> None:
        self.client("dynamodb").delete_item(TableName=TABLE, Key={"PartKey": {"S": key}})

    def write(self, keys: list[str], step: int, poison: frozenset[str] = frozenset()) -> int:
        """One put, update, delete, batch or transaction among the keys; returns how many writes it was."""
        dynamodb, kind = self.client("dynamodb"), self.chance.random()
        key = self.chance.choice(keys)
        if key in poison:
            self.put(key, "x" * 300)
            self.poisoned.add(key)
            return 1
        if kind < 0.15:
            self.delete(key)
        elif kind < 0.4:
            self.update(key, f"update {step}")
        elif kind < 0.45:
            return self.batch(self.chance.sample(keys, 8), step, poison)
        elif kind < 0.5:
            item = {"PartKey": {"S": key}, "customer": {"S": f"transaction {step}"}}
            dynamodb.transact_write_items(TransactItems=[{"Put": {"TableName": TABLE, "Item": item}}])
        else:
            self.put(key, f"put {step}")
        return 1

    def batch(self, keys: list[str], step: int, poison: frozenset[str] = frozenset()) -> int:
        """Puts and deletes in one call; returns how many."""
        names = [name for name in keys if name not in poison]
        requests: list[dict[str, Any]] = [
            {"PutRequest": {"Item": {"PartKey": {"S": name}, "customer": {"S": f"batch {step}"}}}}
            for name in names[len(names) // 5 :]
        ]
        requests += [{"DeleteRequest": {"Key": {"PartKey": {"S": n}}}} for n in names[: len(names) // 5]]
        self.client("dynamodb").batch_write_item(RequestItems={TABLE: requests})
        return len(names)

    # --- what became of them ------------------------------------------------------------------------

    def query(self, sql: str) -> list[list[Any]]:
        return data_api.query(self.client("redshift-data"), sql)

    def rows(self) -> dict[str, str]:
        found = self.query("SELECT partkey, customer FROM public.orders")
        assert len(found) == len({row[0] for row in found}), "a key is there twice"
        return {row[0]: row[1] for row in found}

    def items(self) -> dict[str, str]:
        pages = self.client("dynamodb").get_paginator("scan").paginate(TableName=TABLE)
        return {item["PartKey"]["S"]: item["customer"]["S"] for page in pages for item in page["Items"]}

    def keys(self, folder: str) -> list[str]:
        pages = (
            self.client("s3")
            .get_paginator("list_objects_v2")
            .paginate(Bucket=ASSETS, Prefix=f"capture/{folder}/")
        )
        return [item["Key"] for page in pages for item in page.get("Contents", [])]

    def letters(self) -> dict[str, str]:
        """The reasons of the dead letters, by the keys that their events name."""
        found = {}
        for name in self.keys("dead-letter"):
            body = self.client("s3").get_object(Bucket=ASSETS, Key=name)["Body"].read()
            letter = json.loads(body)
            key = json.loads(letter["event"])["requestParameters"]["key"]["PartKey"]
            found[key["S"] if isinstance(key, dict) else key] = letter["reason"]
        return found

    def differences(self) -> list[str]:
        """Keys whose row and item are not the same; poisoned ones have none."""
        rows = self.rows()
        items = {key: text for key, text in self.items().items() if key not in self.poisoned}
        return sorted(key for key in {*rows, *items} if rows.get(key) != items.get(key))

    def wait_until_equal(self, seconds: float = 900) -> None:
        """Wait until Redshift has what DynamoDB has, and no key is pending."""
        deadline = time.monotonic() + seconds
        while True:
            self.ask("settle", {"seconds": 120})
            if not self.keys("pending") and not (differ := self.differences()):
                return
            assert time.monotonic() < deadline, (self.keys("pending")[:3], differ[:5])
            time.sleep(1)

    # --- trouble --------------------------------------------------------------------------------------

    def jobs(self) -> list[int]:
        """The processes of the job that run: children of this sandbox."""
        found = []
        for folder in Path("/proc").iterdir():
            try:
                if (
                    folder.name.isdigit()
                    and f"PPid:\t{self.running.pid}\n" in (folder / "status").read_text()
                ):
                    words = (folder / "cmdline").read_bytes().split(b"\0")
                    if any(word.endswith(f"{JOB}.py".encode()) for word in words):
                        found.append(int(folder.name))
            except OSError:  # it has ended
                continue
        return found

    def kill_one(self) -> bool:
        """SIGKILL a run of the job at a random moment of its life; whether one was running."""
        if not (jobs := self.jobs()):
            return False
        victim = self.chance.choice(jobs)
        time.sleep(self.chance.uniform(0.0, 2.5))
        if victim not in self.jobs():
            return False
        os.kill(victim, signal.SIGKILL)
        return True

    def overlap(self) -> None:
        """Let several runs of the job be active at once; AWS's default is what Terraform sets: one."""
        glue = self.client("glue")
        job = glue.get_job(JobName=JOB)["Job"]
        names = ("Role", "Command", "DefaultArguments", "MaxRetries", "Timeout", "MaxCapacity", "GlueVersion")
        update = {name: job[name] for name in names} | {"ExecutionProperty": {"MaxConcurrentRuns": 3}}
        glue.update_job(JobName=JOB, JobUpdate=update)

    def repeat_some(self, share: float) -> None:
        """Archived events arrive once more: late, in another order, one by one or together."""
        s3, archived = self.client("s3"), self.keys("archive")
        for name in self.chance.sample(archived, min(len(archived), 3)):
            lines = s3.get_object(Bucket=ASSETS, Key=name)["Body"].read().decode().splitlines()
            again = self.chance.sample(lines, round(len(lines) * share))
            for start in range(0, len(again), 40):
                part = again[start : start + 40]
                key = f"capture/pending/again-{uuid.uuid4()}-x{len(part)}.json"
                s3.put_object(Bucket=ASSETS, Key=key, Body="\n".join(part).encode())

    def calls(self) -> Counter[str]:
        """How often each operation was called so far."""
        return Counter({f"{c['service']}.{c['operation']}": c["count"] for c in self.ask("calls")})

    def statements(self) -> int:
        """How many statements Redshift has run."""
        return int(self.query("SELECT COUNT(*) FROM sys_query_history")[0][0])

    def transitions(self, sample: int = 200) -> tuple[int, float, int]:
        """Executions of LogEvent; the mean and most of their transitions, the one out of the last too."""
        machines = self.client("stepfunctions")
        listed = machines.list_state_machines()["stateMachines"]
        arn = next(item["stateMachineArn"] for item in listed if item["name"] == "LogEvent")
        pages = machines.get_paginator("list_executions").paginate(stateMachineArn=arn)
        found = [item["executionArn"] for page in pages for item in page["executions"]]
        made = Counter[str]()
        for execution in found[:sample]:
            history = machines.get_execution_history(executionArn=execution)["events"]
            made[execution] = 1 + sum(event["type"].endswith("StateEntered") for event in history)
        counts = list(made.values()) or [0]
        return len(found), sum(counts) / len(counts), max(counts)
