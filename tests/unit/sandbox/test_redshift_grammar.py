# ruff: noqa: E501  (tables of statements are read line by line)
"""UNLOAD and COPY: every option is read, every conflict refused."""

from __future__ import annotations

import pytest

from dpctl.sandbox.redshift.copy.grammar import parse_copy, parse_copy_job
from dpctl.sandbox.redshift.errors import SqlError
from dpctl.sandbox.redshift.grammar import MEGABYTE
from dpctl.sandbox.redshift.unload.grammar import parse_unload

ROLE = "arn:aws:iam::054158074701:role/RedshiftS3role"
UNLOAD = f"UNLOAD ('select * from t') TO 's3://bucket/prefix/' IAM_ROLE '{ROLE}' "
COPY = f"COPY public.t (a, b) FROM 's3://bucket/prefix/' IAM_ROLE '{ROLE}' "

UNLOAD_OPTIONS = [
    ("FORMAT AS CSV", "FORMAT", "CSV"), ("FORMAT PARQUET", "FORMAT", "PARQUET"), ("JSON", "FORMAT", "JSON"),
    ("PARTITION BY (a, \"B\")", "PARTITION BY", ("a", "b")), ("PARTITION BY (a) INCLUDE", "INCLUDE", True),
    ("MANIFEST", "MANIFEST", "PLAIN"), ("MANIFEST VERBOSE", "MANIFEST", "VERBOSE"), ("HEADER", "HEADER", True),
    ("DELIMITER AS ','", "DELIMITER", ","), (r"DELIMITER '\t'", "DELIMITER", "\t"),
    ("FIXEDWIDTH AS 'a:3,b:10'", "FIXEDWIDTH", (("a", 3), ("b", 10))), ("ENCRYPTED KMS_KEY_ID 'k'", "ENCRYPTED", True),
    ("ENCRYPTED AUTO", "ENCRYPTED AUTO", True), ("KMS_KEY_ID 'k' ENCRYPTED", "KMS_KEY_ID", "k"),
    ("BZIP2", "BZIP2", True), ("GZIP", "GZIP", True), ("ZSTD", "ZSTD", True), ("ADDQUOTES", "ADDQUOTES", True),
    ("NULL AS 'nil'", "NULL AS", "nil"), (r"NULL '\N'", "NULL AS", r"\N"), ("ESCAPE", "ESCAPE", True),
    ("ALLOWOVERWRITE", "ALLOWOVERWRITE", True), ("CLEANPATH", "CLEANPATH", True), ("PARALLEL", "PARALLEL", True),
    ("PARALLEL OFF", "PARALLEL", False), ("PARALLEL FALSE", "PARALLEL", False), ("PARALLEL TRUE", "PARALLEL", True),
    ("MAXFILESIZE AS 256 MB", "MAXFILESIZE", 256 * MEGABYTE), ("MAXFILESIZE 1.5 GB", "MAXFILESIZE", 1536 * MEGABYTE),
    ("PARQUET ROWGROUPSIZE 64", "ROWGROUPSIZE", 64 * MEGABYTE), ("REGION AS 'us-east-1'", "REGION", "us-east-1"),
    ("EXTENSION 'csv.gz'", "EXTENSION", "csv.gz"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "name", "value"), UNLOAD_OPTIONS, ids=[item[0] for item in UNLOAD_OPTIONS])
def test_unload_option(text, name, value):
    unload = parse_unload(UNLOAD + text)
    assert (unload.format if name == "FORMAT" else unload.options.get(name)) == value


def test_unload_decodes_its_query():
    unload = parse_unload(r"unload ('select ''it\\''s'', \'x\' from t') to 's3://b-1/p' iam_role default")
    assert unload.query == r"select 'it\'s', 'x' from t"
    assert (unload.bucket, unload.prefix, unload.roles, unload.format) == ("b-1", "p", ("default",), "TEXT")


CONFLICTS = [
    *[(f"CSV {option}", option.split("'")[0].split()[0]) for option in ("ESCAPE", "FIXEDWIDTH 'a:1'", "ADDQUOTES")],
    *[
        (f"PARQUET {option}", option.split()[0])
        for option in ("DELIMITER '|'", "FIXEDWIDTH 'a:1'", "ADDQUOTES", "ESCAPE", "NULL AS 'x'", "HEADER", "GZIP",
                       "BZIP2", "ZSTD")
    ],
    *[
        (f"JSON {option}", option.split()[0])
        for option in ("DELIMITER '|'", "HEADER", "FIXEDWIDTH 'a:1'", "ADDQUOTES", "ESCAPE", "NULL AS 'x'")
    ],
    ("FIXEDWIDTH 'a:1' DELIMITER ','", "DELIMITER"), ("FIXEDWIDTH 'a:1' HEADER", "HEADER"),
    ("CLEANPATH ALLOWOVERWRITE", "CLEANPATH"), ("GZIP ZSTD", "ZSTD"), ("GZIP BZIP2", "GZIP"),
    ("KMS_KEY_ID 'k'", "ENCRYPTED"),
    ("ENCRYPTED AUTO KMS_KEY_ID 'k'", "KMS_KEY_ID"), ("MAXFILESIZE 4 MB", "MAXFILESIZE"),
    ("MAXFILESIZE 7 GB", "MAXFILESIZE"), ("ROWGROUPSIZE 64 MB", "ROWGROUPSIZE"),
    ("PARQUET ROWGROUPSIZE 256 MB", "ROWGROUPSIZE"), ("DELIMITER 'ab'", "DELIMITER"), ("DELIMITER 'é'", "DELIMITER"),
    ("HEADER HEADER", "redundant"), ("VERBOSE", "VERBOSE"), ("PARTITION BY (a, a)", "twice"),
    ("FIXEDWIDTH 'a:x'", "fixed width"), ("NOSUCH", "NOSUCH"), ("INCLUDE", "INCLUDE"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "part"), CONFLICTS, ids=[item[0] for item in CONFLICTS])
def test_unload_refuses(text, part):
    with pytest.raises(SqlError) as failure:
        parse_unload(UNLOAD + text)
    assert part in failure.value.message


@pytest.mark.parametrize(
    ("sql", "part"),
    [
        (
            "UNLOAD ('select * from t limit 5') TO 's3://bucket/p' IAM_ROLE default",
            "Limit clause is not supported",
        ),
        (
            "UNLOAD ('select top 5 * from t') TO 's3://bucket/p' IAM_ROLE default",
            "Limit clause is not supported",
        ),
        ("UNLOAD ('delete from t') TO 's3://bucket/p' IAM_ROLE default", "SELECT"),
        ("UNLOAD ('select 1; drop table t') TO 's3://bucket/p' IAM_ROLE default", "exactly one"),
        ("UNLOAD ('') TO 's3://bucket/p' IAM_ROLE default", "exactly one"),
        ("UNLOAD ('select 1') TO 'file:///x' IAM_ROLE default", "Invalid S3 path"),
        ("UNLOAD ('select 1') TO 's3://bucket/p'", "authorization"),
        ("UNLOAD ('select 1') TO 's3://bucket/p' IAM_ROLE 'nobody'", "Invalid IAM role ARN"),
        ("UNLOAD ('select 1') TO 's3://bucket/p' IAM_ROLE default IAM_ROLE default", "redundant"),
        ("UNLOAD 'select 1' TO 's3://bucket/p' IAM_ROLE default", "syntax error"),
    ],
)
def test_unload_refuses_statement(sql, part):
    with pytest.raises(SqlError) as failure:
        parse_unload(sql)
    assert part in failure.value.message


def test_a_limit_inside_is_no_outer_limit():
    assert parse_unload(
        "UNLOAD ('select * from (select * from t limit 5) x') TO 's3://bucket/p' IAM_ROLE default"
    )


COPY_OPTIONS = [
    *[
        (name, name, True)
        for name in ("BZIP2", "GZIP", "ZSTD", "BLANKSASNULL", "EMPTYASNULL", "ESCAPE", "EXPLICIT_IDS", "FILLRECORD",
                     "IGNOREBLANKLINES", "REMOVEQUOTES", "ROUNDEC", "TRIMBLANKS", "TRUNCATECOLUMNS", "NOLOAD",
                     "MANIFEST", "ENCRYPTED", "IGNOREALLERRORS")
    ],
    ("CSV", "FORMAT", "CSV"), ("FORMAT AS PARQUET", "FORMAT", "PARQUET"), ("ORC", "FORMAT", "ORC"),
    ("JSON 'auto ignorecase'", "PATHS", "auto ignorecase"), ("FORMAT JSON AS 's3://b/p.json'", "PATHS", "s3://b/p.json"),
    ("JSON", "PATHS", "auto"), ("CSV QUOTE AS '%'", "QUOTE", "%"), ("DELIMITER ';'", "DELIMITER", ";"),
    ("FIXEDWIDTH '0:3,1:4'", "FIXEDWIDTH", (("0", 3), ("1", 4))), ("ACCEPTINVCHARS", "ACCEPTINVCHARS", "?"),
    ("ACCEPTINVCHARS AS '^'", "ACCEPTINVCHARS", "^"), ("DATEFORMAT 'auto' ACCEPTANYDATE", "ACCEPTANYDATE", True),
    ("TIMEFORMAT AS 'epochsecs'", "TIMEFORMAT", "epochsecs"), ("ENCODING AS UTF16", "ENCODING", "utf16"),
    ("ENCODING 'utf16'", "ENCODING", "utf16"), ("IGNOREHEADER AS 1", "IGNOREHEADER", 1), ("NULL AS 'x'", "NULL AS", "x"),
    (r"NULL '\N'", "NULL AS", r"\N"), ("MAXERROR 10", "MAXERROR", 10), ("COMPROWS 1000", "COMPROWS", 1000),
    ("COMPUPDATE OFF", "COMPUPDATE", False), ("COMPUPDATE PRESET", "COMPUPDATE", "PRESET"),
    ("STATUPDATE ON", "STATUPDATE", True), ("REGION 'us-east-1'", "REGION", "us-east-1"),
    ("PARQUET SERIALIZETOJSON", "SERIALIZETOJSON", True),
]  # fmt: skip


@pytest.mark.parametrize(("text", "name", "value"), COPY_OPTIONS)
def test_copy_option(text, name, value):
    copy = parse_copy(COPY + text)
    assert (copy.format if name == "FORMAT" else copy.options.get(name)) == value
    assert (copy.table, copy.columns) == (("public", "t"), ("a", "b"))


COPY_CONFLICTS = [
    "CSV FIXEDWIDTH 'a:1'", "CSV REMOVEQUOTES", "CSV ESCAPE", "FIXEDWIDTH 'a:1' DELIMITER '|'",
    "FIXEDWIDTH 'a:1' ESCAPE", "IGNOREALLERRORS MAXERROR 5", "GZIP ZSTD", "JSON DELIMITER ','", "JSON ESCAPE",
    "QUOTE '%'", "PARQUET MAXERROR 5", "PARQUET GZIP", "PARQUET IGNOREALLERRORS", "ORC REGION 'us-east-1'",
    "PARQUET ACCEPTANYDATE DATEFORMAT 'auto'", "ACCEPTANYDATE", "MAXERROR 100001", "READRATIO 50",
    "ACCEPTINVCHARS 'xx'", "ENCODING 'ebcdic'", "IGNOREHEADER -1", "CSV JSON",
]  # fmt: skip


@pytest.mark.parametrize("text", COPY_CONFLICTS)
def test_copy_refuses(text):
    with pytest.raises(SqlError) as failure:
        parse_copy(COPY + text)
    assert failure.value.state != "XX000"


@pytest.mark.parametrize(
    "text", ["", "READRATIO 0", "READRATIO 201", "READRATIO 50 CSV", "READRATIO 50 GZIP"]
)
def test_copy_from_dynamodb_refuses(text):
    with pytest.raises(SqlError):
        parse_copy(f"COPY t FROM 'dynamodb://Orders' IAM_ROLE '{ROLE}' {text}")
    assert (
        parse_copy(f"COPY t FROM 'dynamodb://Orders' IAM_ROLE '{ROLE}' READRATIO 50").options.get("READRATIO")
        == 50
    )


@pytest.mark.parametrize("text", ["FORMAT AVRO", "LZOP", "SSH", "SHAPEFILE", "USING TEMPLATE x"])
def test_copy_names_what_the_sandbox_lacks(text):
    with pytest.raises(SqlError, match="not supported in the sandbox"):
        parse_copy(COPY + text)


def test_copy_job():
    copy = parse_copy(COPY + "FORMAT PARQUET JOB CREATE orders_job AUTO OFF")
    assert (copy.job, copy.auto) == ("orders_job", False)
    assert copy.text.endswith("FORMAT PARQUET")
    assert parse_copy_job("copy job alter orders_job auto on").auto is True
    assert parse_copy_job("COPY JOB LIST").verb == "LIST"


@pytest.mark.parametrize(
    "text",
    ["JOB CREATE a-b", "MAXERROR 5 JOB CREATE j", "MANIFEST JOB CREATE j", "IGNOREALLERRORS JOB CREATE j"],
)
def test_copy_job_refuses(text):
    with pytest.raises(SqlError):
        parse_copy(COPY + text)
    with pytest.raises(SqlError, match="IAM_ROLE default"):
        parse_copy("COPY t FROM 's3://bucket/p' IAM_ROLE default JOB CREATE j")
