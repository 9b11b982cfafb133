"""DynamotoRedshift with --export by Glue's API: real Spark, and the scripts as they are deployed."""

from __future__ import annotations

import json

import pytest

from tests.runtime import exports
from tests.spark.chain import ASSETS, SCRIPT, Chain, etl_job

pytestmark = [pytest.mark.spark, pytest.mark.sandbox]
ITEMS, FILES = 5_000, 4
FOLDER = "capture/exports/AWSDynamoDB/01750000000000-abcdef12"
TARGET = {
    "schema": "public",
    "name": "exported",
    "key": ["partkey"],
    "version": "_version",
    "columns": [
        {"name": "partkey", "type": "varchar(64)", "nullable": False},
        {"name": "amount", "type": "decimal(12,2)"},
        {"name": "note", "type": "varchar(8)"},
        {"name": "tags", "type": "super"},
        {"name": "_version", "type": "bigint"},
    ],
}


def item(number: int) -> dict:
    note = "too long a note" if number % 1000 == 7 else f"n{number}"
    return {
        "PartKey": {"S": f"k{number:05d}"},
        "Amount": {"N": f"{number}.5"},
        "note": {"S": note},
        "tags": {"L": [{"M": {"n": {"N": str(number)}}}]},
    }


@pytest.fixture(scope="module")
def export(account) -> str:
    """An export in files as DynamoDB writes them."""
    parts = [map(item, range(part, ITEMS, FILES)) for part in range(FILES)]
    table = account.arn("dynamodb", "table/Orders")
    return exports.write(account.client("s3"), ASSETS, FOLDER, table, parts)


def test_an_export_is_loaded_by_workers_with_the_rules_of_the_drain(account, export):
    s3 = account.client("s3")
    scripts = {"scripts/full.py": SCRIPT.with_name("DynamotoRedshift.py")}
    scripts["scripts/rules/GlueTestjob.py"] = SCRIPT.parents[1] / "glue_shell" / "GlueTestjob.py"
    for key, path in scripts.items():
        s3.put_object(Bucket=ASSETS, Key=key, Body=path.read_bytes())
    arguments = {
        "--prefix": "capture/",
        "--table_name": "Orders",
        "--hash_key": "PartKey",
        "--workflow": account.environment.config.glue.workflow,
        "--target": json.dumps(TARGET),
        "--extra-py-files": f"s3://{ASSETS}/scripts/rules/GlueTestjob.py",
        "--export": export,
    }
    etl_job(account.client, account.environment, "full", "scripts/full.py", arguments)
    chain = Chain(account.client, None, "full")
    columns = ", ".join(f"{column['name']} {column['type']}" for column in TARGET["columns"])
    chain.redshift(f"CREATE TABLE public.exported ({columns})")
    run = chain.wait(account.client("glue").start_job_run(JobName="full", Arguments={})["JobRunId"])
    assert run["JobRunState"] == "SUCCEEDED", run.get("ErrorMessage")
    rows = chain.redshift(
        "SELECT partkey, amount::varchar, note, tags[0].n::varchar FROM public.exported ORDER BY 1"
    )
    whole = [number for number in range(ITEMS) if number % 1000 != 7]
    assert rows == [(f"k{n:05d}", f"{n}.50", f"n{n}", str(n)) for n in whole]
    assert chain.keys("capture/staging/") == []
    letters = chain.keys("capture/dead-letter/")
    assert len(letters) == ITEMS - len(whole)
    letter = json.loads(s3.get_object(Bucket=ASSETS, Key=letters[0])["Body"].read())
    assert "the text has 15 bytes, and the column takes 8" in letter["reason"]
