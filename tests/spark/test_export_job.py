"""DynamotoRedshift with --export by Glue's API: real Spark, and the scripts as they are deployed."""

from __future__ import annotations

import gzip
import json

import pytest

from tests.spark.chain import ASSETS, Chain
from tests.spark.conftest import SCRIPT

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
    s3, listed = account.client("s3"), []
    for part in range(FILES):
        numbers = range(part, ITEMS, FILES)
        text = "".join(json.dumps({"Item": item(number)}) + "\n" for number in numbers)
        key = f"{FOLDER}/data/part{part}.json.gz"
        s3.put_object(Bucket=ASSETS, Key=key, Body=gzip.compress(text.encode()))
        listed.append(json.dumps({"itemCount": len(numbers), "dataFileS3Key": key}))
    s3.put_object(Bucket=ASSETS, Key=f"{FOLDER}/manifest-files.json", Body="\n".join(listed).encode())
    summary = {
        "tableArn": account.arn("dynamodb", "table/Orders"),
        "exportTime": "2025-06-15T15:06:40Z",
        "s3Bucket": ASSETS,
        "manifestFilesS3Key": f"{FOLDER}/manifest-files.json",
        "outputFormat": "DYNAMODB_JSON",
        "exportType": "FULL_EXPORT",
    }
    s3.put_object(Bucket=ASSETS, Key=f"{FOLDER}/manifest-summary.json", Body=json.dumps(summary).encode())
    return f"s3://{ASSETS}/{FOLDER}/"


def test_an_export_is_loaded_by_workers_with_the_rules_of_the_drain(account, export):
    s3, names = account.client("s3"), account.environment.config.iam
    scripts = {"scripts/full.py": SCRIPT.with_name("DynamotoRedshift.py")}
    scripts["scripts/rules/GlueTestjob.py"] = SCRIPT.parents[1] / "glue_shell" / "GlueTestjob.py"
    for key, path in scripts.items():
        s3.put_object(Bucket=ASSETS, Key=key, Body=path.read_bytes())
    arguments = {
        "--bucket": ASSETS, "--prefix": "capture/", "--region": account.region, "--table_name": "Orders",
        "--workflow": account.environment.config.glue.workflow, "--workgroup": "default-workgroup",
        "--database": "dev", "--secret_arn": "test/redshift", "--hash_key": "PartKey",
        "--copy_role_arn": account.arn("iam", f"role/{names.redshift_commands}"),
        "--target": json.dumps(TARGET), "--extra-py-files": f"s3://{ASSETS}/scripts/rules/GlueTestjob.py",
        "--export": export,
    }  # fmt: skip
    account.client("glue").create_job(
        Name="full",
        Role=account.arn("iam", f"role/{names.glue}"),
        Command={"Name": "glueetl", "ScriptLocation": f"s3://{ASSETS}/scripts/full.py"},
        GlueVersion="5.0",
        WorkerType="G.1X",
        NumberOfWorkers=2,
        DefaultArguments=arguments,
    )
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
