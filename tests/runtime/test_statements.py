"""The SQL that Terraform writes is what dpctl would write; the modules' tests hold the same texts."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from pathlib import Path

from dpctl.redshift.build import select_sql
from dpctl.redshift.copy import Copy, copy_sql
from dpctl.redshift.location import Size
from dpctl.redshift.unload import Unload, unload_sql

MODULES = Path(__file__).resolve().parents[2] / "modules"


def expected(module: str, left: str) -> str:
    """The text that a module's test expects of an expression; HCL's escapes are those of JSON."""
    text = next((MODULES / module / "tests").glob("*.tftest.hcl")).read_text(encoding="utf-8")
    found = re.search(re.escape(left) + r' == ("(?:[^"\\]|\\.)*")', text)
    assert found, f"{module} has no test of {left}"
    return str(json.loads(found[1]))


def words(sql: str) -> list[str]:
    return sql.split()


def test_the_scheduled_dump_is_what_dpctl_unloads() -> None:
    statement = Unload(
        query=select_sql("public", "orders", ("partkey", "order_date"), "note <> 'it''s\\n'"),
        to="s3://exports/orders/run=__RUN__/",
        iam_role="arn:aws:iam::054158074701:role/RedshiftS3role",
        format="parquet",
        partition_by=("order_date",),
        manifest=True,
        verbose=True,
        max_file_size=Size(Decimal(256)),
    )
    assert unload_sql(statement) == expected("redshift-to-s3", 'local.statements["orders"]')


def test_the_scheduled_copy_is_what_dpctl_copies() -> None:
    statement = Copy(
        schema="public",
        table="order_files",
        source="s3://manifest-bucket-054158074701/its/here/",
        iam_role="arn:aws:iam::054158074701:role/Commands",
        format="csv",
        ignore_header=1,
        delimiter="'",
        compression="gzip",
    )
    ours = expected("s3-to-redshift", 'output.copy_statements["order_files"]')
    theirs = copy_sql(statement).replace("/its/here/", "/it''s\\\\here/")  # dpctl refuses such a prefix
    assert sorted(words(ours)) == sorted(words(theirs))
