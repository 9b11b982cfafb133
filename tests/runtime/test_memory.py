"""20,000 pending keys of 20 KB items: requests grow with the keys, memory does not."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.runtime.scripts import RUNTIME

# The job in a process of its own, over services that make what they are asked for and keep only counts.
PROGRAM = '''
import collections, importlib.util, io, json, re, sys, types
from datetime import datetime, timezone

spec = importlib.util.spec_from_file_location("job", sys.argv[1])
job = sys.modules["job"] = importlib.util.module_from_spec(spec)
spec.loader.exec_module(job)
KEYS, SIZE = int(sys.argv[2]), int(sys.argv[3])
calls = collections.Counter()
pending = {"p/pending/%06d.json" % n: n for n in range(KEYS)}
NOTE = "x" * SIZE
NOW = datetime.now(timezone.utc)

class S3:
    def get_paginator(self, name):
        return self
    def paginate(self, Bucket, Prefix, PaginationConfig):
        most = PaginationConfig["MaxItems"]
        found = [key for key in pending if key.startswith(Prefix)][:most]
        for start in range(0, len(found), 1000):
            calls["list"] += 1
            yield {"Contents": [{"Key": key, "LastModified": NOW} for key in found[start:start + 1000]]}
    def get_object(self, Bucket, Key):
        calls["get"] += 1
        key = {"PartKey": "key-%06d" % pending[Key]}
        event = {"eventName": "PutItem", "requestParameters": {"tableName": "T", "key": key}}
        event["padding"] = "y" * 2000
        return {"Body": io.BytesIO(json.dumps(event).encode())}
    def put_object(self, Bucket, Key, Body):
        calls["put"] += 1
        calls["bytes"] += len(Body)
    def delete_objects(self, Bucket, Delete):
        calls["delete"] += 1
        for item in Delete["Objects"]:
            del pending[item["Key"]]
        return {}

class DynamoDB:
    """Answers end at 16 MB."""
    def batch_get_item(self, RequestItems):
        calls["read"] += 1
        keys = RequestItems["T"]["Keys"]
        most = max(1, (16 << 20) // SIZE)
        items = [{**key, "note": {"S": NOTE}} for key in keys[:most]]
        left = {"T": {"Keys": keys[most:]}} if keys[most:] else {}
        return {"Responses": {"T": items}, "UnprocessedKeys": left}

class Redshift:
    def run(self, statements):
        calls["batches"] += 1
        return {"Id": "1"}

types_of = {"partkey": "varchar(64)", "note": "super", "v": "bigint"}
columns = tuple({"name": name, "type": kind} for name, kind in types_of.items())
settings = types.SimpleNamespace(
    table_name="T", hash_key="PartKey", hash_key_type="S", batch_size=20000, chunk_size=10000,
    load_bytes=64 << 20, window_seconds=0, run_seconds=3600, copy_role_arn="r",
    target=job.Target("public", "t", columns, ("partkey",), "v"),
)
loaded = job.Job(settings, job.Store(S3(), "b", "p/"), DynamoDB(), Redshift()).drain()
# Not getrusage: its maximum outlives exec, and would be at least that of the process that ran the tests.
with open("/proc/self/status") as status:
    peak = int(re.search(r"VmHWM:\\s+(\\d+) kB", status.read()).group(1)) // 1024
print(json.dumps({"loaded": loaded, "left": len(pending), "peak_mb": peak, **calls}))
'''


def run(keys: int, size: int) -> dict[str, int]:
    words = [
        sys.executable,
        "-c",
        PROGRAM,
        str(RUNTIME / "glue_shell" / "GlueTestjob.py"),
        str(keys),
        str(size),
    ]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.parametrize(("keys", "size"), [(20_000, 20_000), (560, 390_000)])
def test_memory_does_not_grow_with_the_backlog(keys: int, size: int) -> None:
    found = run(keys, size)
    assert (found["loaded"], found["left"]) == (keys, 0)
    assert found["peak_mb"] < 400, found
    assert found["get"] == keys
    assert found["delete"] <= keys / 1000 + 2
    assert found["read"] <= 2 * max(keys / 100, keys * size / (16 << 20)) + 4
    assert found["batches"] <= keys * size / (64 << 20) + keys / 10_000 + 1
    assert found["put"] <= 40 + keys * size / (8 << 20) + keys / 2000 + 4 * found["batches"]
