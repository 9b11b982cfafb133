"""COPY and COPY JOB: the text of every option, every conflict, every value that is refused."""

from __future__ import annotations

from typing import Any

import pytest

from dpctl.errors import UsageError
from dpctl.redshift import conflicts, copyjob
from dpctl.redshift.copy import Copy, copy_sql
from dpctl.redshift.options import options_of

ROLE = "arn:aws:iam::054158074701:role/RedshiftS3role"
HEAD = f"COPY \"public\".\"orders\"\nFROM 's3://source/orders/'\nIAM_ROLE '{ROLE}'"


def copy(**options: Any) -> Copy:
    fixed: dict[str, Any] = {
        "schema": "public",
        "table": "orders",
        "source": "s3://source/orders/",
        "iam_role": ROLE,
    }
    return Copy(**(fixed | options))


GOLDEN: dict[str, tuple[dict[str, Any], str]] = {
    "format": ({"format": "parquet"}, "FORMAT AS PARQUET"),
    "quote": ({"format": "csv", "quote": "'"}, "FORMAT AS CSV\nQUOTE AS ''''"),
    "jsonpaths": (
        {"format": "avro", "jsonpaths": "s3://source/p.json"},
        "FORMAT AS AVRO 's3://source/p.json'",
    ),
    "serialize_to_json": ({"format": "orc", "serialize_to_json": True}, "FORMAT AS ORC\nSERIALIZETOJSON"),
    "simplify": ({"format": "shapefile", "simplify": 0.5}, "FORMAT AS SHAPEFILE\nSIMPLIFY 0.5"),
    "simplify_auto": (
        {"format": "shapefile", "simplify_auto": 0.1},
        "FORMAT AS SHAPEFILE\nSIMPLIFY AUTO 0.1",
    ),
    "delimiter": ({"delimiter": "|"}, "DELIMITER AS '|'"),
    "fixed_width": ({"fixed_width": "a:3,b:4"}, "FIXEDWIDTH AS 'a:3,b:4'"),
    "compression": ({"compression": "lzop"}, "LZOP"),
    "accept_any_date": (
        {"accept_any_date": True, "date_format": "auto"},
        "ACCEPTANYDATE\nDATEFORMAT AS 'auto'",
    ),
    "accept_inv_chars": ({"accept_inv_chars": "?"}, "ACCEPTINVCHARS AS '?'"),
    "blanks_as_null": ({"blanks_as_null": True}, "BLANKSASNULL"),
    "date_format": ({"date_format": "YYYY-MM-DD"}, "DATEFORMAT AS 'YYYY-MM-DD'"),
    "empty_as_null": ({"empty_as_null": True}, "EMPTYASNULL"),
    "encoding": ({"encoding": "utf16le"}, "ENCODING UTF16LE"),
    "escape": ({"escape": True}, "ESCAPE"),
    "explicit_ids": ({"explicit_ids": True}, "EXPLICIT_IDS"),
    "fill_record": ({"fill_record": True}, "FILLRECORD"),
    "ignore_blank_lines": ({"ignore_blank_lines": True}, "IGNOREBLANKLINES"),
    "ignore_header": ({"ignore_header": 1}, "IGNOREHEADER AS 1"),
    "null_as": ({"null_as": "\\N"}, "NULL AS '\\\\N'"),
    "remove_quotes": ({"remove_quotes": True}, "REMOVEQUOTES"),
    "roundec": ({"roundec": True}, "ROUNDEC"),
    "time_format": ({"time_format": "epochmillisecs"}, "TIMEFORMAT AS 'epochmillisecs'"),
    "trim_blanks": ({"trim_blanks": True}, "TRIMBLANKS"),
    "truncate_columns": ({"truncate_columns": True}, "TRUNCATECOLUMNS"),
    "comp_rows": ({"comp_rows": 1000}, "COMPROWS 1000"),
    "comp_update": ({"comp_update": "preset"}, "COMPUPDATE PRESET"),
    "stat_update": ({"stat_update": "off"}, "STATUPDATE OFF"),
    "max_error": ({"max_error": 10}, "MAXERROR AS 10"),
    "ignore_all_errors": ({"ignore_all_errors": True}, "IGNOREALLERRORS"),
    "noload": ({"noload": True}, "NOLOAD"),
    "region": ({"region": "us-east-1"}, "REGION AS 'us-east-1'"),
    "manifest": ({"manifest": True}, "MANIFEST"),
    "ssh": ({"ssh": True}, "SSH"),
    "using_template": ({"using_template": "etl.csv"}, 'USING TEMPLATE "etl"."csv"'),
    "job_create": ({"job_create": "orders_autocopy"}, "JOB CREATE orders_autocopy"),
    "auto": ({"job_create": "orders_autocopy", "auto": "on"}, "JOB CREATE orders_autocopy AUTO ON"),
}


@pytest.mark.parametrize("name", [name for name, _ in options_of(Copy) if name != "read_ratio"])
def test_the_text_of_every_option(name: str) -> None:
    options, text = GOLDEN[name]
    assert copy_sql(copy(**options)) == f"{HEAD}\n{text}"


def test_from_dynamodb() -> None:
    text = copy_sql(copy(source="dynamodb://Orders", read_ratio=50))
    assert text == HEAD.replace("s3://source/orders/", "dynamodb://Orders") + "\nREADRATIO 50"


def test_from_a_cluster() -> None:
    text = copy_sql(copy(source="emr://j-1ABC/out/*", format="csv"))
    assert text == HEAD.replace("s3://source/orders/", "emr://j-1ABC/out/*") + "\nFORMAT AS CSV"


def test_columns_and_default_role() -> None:
    text = copy_sql(copy(columns=("a", 'b"c'), iam_role="default", format="json"))
    assert text == (
        'COPY "public"."orders" ("a", "b""c")\n'
        "FROM 's3://source/orders/'\nIAM_ROLE default\nFORMAT AS JSON 'auto'"
    )


VALUES: dict[str, dict[str, Any]] = {
    **{f"FORMAT {name.upper()}": {"format": name} for name in ("csv", "json", "avro", "parquet", "orc")},
    "FORMAT SHAPEFILE": {"format": "shapefile"},
    "FIXEDWIDTH": {"fixed_width": "a:1"},
    "REMOVEQUOTES": {"remove_quotes": True},
    "ESCAPE": {"escape": True},
    "QUOTE": {"quote": '"'},
    "DELIMITER": {"delimiter": ","},
    "JSONPATHS": {"jsonpaths": "auto"},
    "SERIALIZETOJSON": {"serialize_to_json": True},
    "SIMPLIFY": {"simplify": 0.5},
    "SIMPLIFY AUTO": {"simplify_auto": 0.5},
    "IGNOREALLERRORS": {"ignore_all_errors": True},
    "MAXERROR": {"max_error": 1},
    "ACCEPTANYDATE": {"accept_any_date": True},
    "READRATIO": {"read_ratio": 10},
    "FROM dynamodb://": {"source": "dynamodb://Orders"},
    "FROM emr://": {"source": "emr://j-1ABC/x"},
    **{name.upper(): {"compression": name} for name in ("bzip2", "gzip", "lzop", "zstd")},
    "FILLRECORD": {"fill_record": True},
    "IGNOREBLANKLINES": {"ignore_blank_lines": True},
    "IGNOREHEADER": {"ignore_header": 1},
    "NULL": {"null_as": ""},
    "ACCEPTINVCHARS": {"accept_inv_chars": "?"},
    "ENCODING": {"encoding": "utf8"},
    "MANIFEST": {"manifest": True},
    "SSH": {"ssh": True},
    "USING TEMPLATE": {"using_template": "t"},
    "JOB CREATE": {"job_create": "j"},
    "AUTO": {"auto": "on"},
    "REGION": {"region": "us-east-1"},
    "NOLOAD": {"noload": True},
    "IAM_ROLE default": {"iam_role": "default"},
    "DATEFORMAT": {"date_format": "auto"},
    "TIMEFORMAT": {"time_format": "auto"},
    "TRIMBLANKS": {"trim_blanks": True},
    "TRUNCATECOLUMNS": {"truncate_columns": True},
    "BLANKSASNULL": {"blanks_as_null": True},
    "EMPTYASNULL": {"empty_as_null": True},
    "ROUNDEC": {"roundec": True},
    "COMPROWS": {"comp_rows": 1000},
    "COMPUPDATE": {"comp_update": "on"},
    "STATUPDATE": {"stat_update": "on"},
    "EXPLICIT_IDS": {"explicit_ids": True},
}
EXCLUDED = [
    (rule.option, other) for rule in conflicts.COPY if rule.kind == "excludes" for other in rule.others
]
COLUMNAR = [
    (rule.option, other)
    for rule in conflicts.COPY
    if rule.kind == "allows only"
    for other in VALUES
    if other not in rule.others and not other.startswith("FORMAT")
]
NEEDED = [(rule.option, rule.others) for rule in conflicts.COPY if rule.kind == "needs"]


@pytest.mark.parametrize(("one", "other"), EXCLUDED + COLUMNAR)
def test_what_excludes_each_other_is_refused(one: str, other: str) -> None:
    with pytest.raises(UsageError) as caught:
        copy(**{**VALUES[one], **VALUES[other]})
    assert f"{one} (" in caught.value.what + caught.value.why
    assert f"{other} (" in caught.value.what + caught.value.why
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(("one", "others"), NEEDED)
def test_what_needs_another_is_refused_alone(one: str, others: tuple[str, ...]) -> None:
    with pytest.raises(UsageError) as caught:
        copy(**VALUES[one])
    assert f"{one} (" in caught.value.what
    assert all(other in caught.value.what for other in others)


@pytest.mark.parametrize("other", ["ACCEPTINVCHARS", "FILLRECORD", "STATUPDATE", "MANIFEST", "EXPLICIT_IDS"])
@pytest.mark.parametrize("format", ["parquet", "orc"])
def test_what_columnar_files_allow(format: str, other: str) -> None:
    assert f"FORMAT AS {format.upper()}" in copy_sql(copy(format=format, **VALUES[other]))


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"max_error": 100_001}, "MAXERROR (--max-error)"),
        ({"max_error": -1}, "MAXERROR (--max-error)"),
        ({"comp_rows": 999}, "COMPROWS (--comp-rows)"),
        ({"source": "dynamodb://Orders", "read_ratio": 0}, "READRATIO (--read-ratio)"),
        ({"source": "dynamodb://Orders", "read_ratio": 201}, "READRATIO (--read-ratio)"),
        ({"format": "csv", "quote": "''"}, "QUOTE (--quote)"),
        ({"accept_inv_chars": "é"}, "ACCEPTINVCHARS (--accept-inv-chars)"),
        ({"null_as": "\n"}, "NULL (--null-as)"),
        ({"format": "json", "jsonpaths": "Auto"}, "JSONPATHS (--jsonpaths)"),
        ({"format": "json", "jsonpaths": "s3://source/folder/"}, "JSONPATHS (--jsonpaths)"),
        ({"job_create": "orders-autocopy"}, "JOB CREATE (--job-create)"),
        ({"using_template": "a..b"}, "USING TEMPLATE (--using-template)"),
        ({"format": "shapefile", "simplify": 2.0}, "SIMPLIFY (--simplify)"),
        ({"source": "dynamodb://a b"}, "DynamoDB"),
        ({"source": "emr://mine/x"}, "cluster"),
        ({"source": "https://source/x"}, "s3://"),
        ({"source": "s3://source", "manifest": True}, "MANIFEST"),
        ({"columns": ("a", "a")}, "twice"),
        ({"iam_role": "arn:aws:iam::1:role/x"}, "role"),
    ],
)
def test_values_that_are_refused(options: dict[str, Any], named: str) -> None:
    with pytest.raises(UsageError) as caught:
        copy(**options)
    assert named in f"{caught.value.what} {caught.value.why}"


def test_statements_about_jobs() -> None:
    assert copyjob.list_sql() == "COPY JOB LIST"
    assert copyjob.show_sql("a_1") == "COPY JOB SHOW a_1"
    assert copyjob.run_sql("a_1") == "COPY JOB RUN a_1"
    assert copyjob.alter_sql("a_1", auto=True) == "COPY JOB ALTER a_1 AUTO ON"
    assert copyjob.alter_sql("a_1", auto=False) == "COPY JOB ALTER a_1 AUTO OFF"
    assert copyjob.drop_sql("a_1") == "COPY JOB DROP a_1"


@pytest.mark.parametrize("name", ["", "a-b", "a b", "a;b", "1a", "a'b", "ü"])
def test_names_no_job_can_have(name: str) -> None:
    with pytest.raises(UsageError, match="job's name"):
        copyjob.drop_sql(name)
