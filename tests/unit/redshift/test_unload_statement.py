"""UNLOAD: the text of every option, every conflict, every value that is refused."""

from __future__ import annotations

from typing import Any

import pytest

from dpctl.errors import UsageError
from dpctl.redshift import conflicts
from dpctl.redshift.location import S3Location, Size
from dpctl.redshift.options import options_of
from dpctl.redshift.unload import Unload, check_columns, check_safety, unload_sql, warnings

ROLE = "arn:aws:iam::054158074701:role/RedshiftS3role"
KEY = "f0e1f63d-890f-4db1-be25-1b87157c2119"
HEAD = f"UNLOAD ('SELECT * FROM t')\nTO 's3://exports/orders/'\nIAM_ROLE '{ROLE}'"


def unload(**options: Any) -> Unload:
    fixed: dict[str, Any] = {"query": "SELECT * FROM t", "to": "s3://exports/orders/", "iam_role": ROLE}
    return Unload(**(fixed | options))


GOLDEN: dict[str, tuple[dict[str, Any], str]] = {
    "format": ({"format": "parquet"}, "FORMAT AS PARQUET"),
    "partition_by": ({"partition_by": ("day", 'a"b')}, 'PARTITION BY ("day", "a""b")'),
    "include": ({"partition_by": ("day",), "include": True}, 'PARTITION BY ("day")\nINCLUDE'),
    "manifest": ({"manifest": True}, "MANIFEST"),
    "verbose": ({"manifest": True, "verbose": True}, "MANIFEST\nVERBOSE"),
    "header": ({"header": True}, "HEADER"),
    "delimiter": ({"delimiter": "\t"}, "DELIMITER AS '\t'"),
    "fixed_width": ({"fixed_width": "a:3,b:10"}, "FIXEDWIDTH AS 'a:3,b:10'"),
    "encrypted": ({"encrypted": True, "kms_key_id": KEY}, f"ENCRYPTED\nKMS_KEY_ID '{KEY}'"),
    "encrypted_auto": ({"encrypted_auto": True}, "ENCRYPTED AUTO"),
    "kms_key_id": (
        {
            "format": "parquet",
            "encrypted": True,
            "kms_key_id": f"arn:aws:kms:ap-south-1:054158074701:key/{KEY}",
        },
        f"FORMAT AS PARQUET\nENCRYPTED\nKMS_KEY_ID 'arn:aws:kms:ap-south-1:054158074701:key/{KEY}'",
    ),
    "compression": ({"format": "json", "compression": "zstd"}, "FORMAT AS JSON\nZSTD"),
    "add_quotes": ({"add_quotes": True}, "ADDQUOTES"),
    "null_as": ({"null_as": "\\N"}, "NULL AS '\\\\N'"),
    "escape": ({"escape": True}, "ESCAPE"),
    "allow_overwrite": ({"allow_overwrite": True}, "ALLOWOVERWRITE"),
    "cleanpath": ({"cleanpath": True}, "CLEANPATH"),
    "parallel": ({"parallel": "off"}, "PARALLEL OFF"),
    "max_file_size": ({"max_file_size": Size.parse("1.50 gb")}, "MAXFILESIZE AS 1.5 GB"),
    "row_group_size": (
        {"format": "parquet", "row_group_size": Size.parse("128")},
        "FORMAT AS PARQUET\nROWGROUPSIZE AS 128 MB",
    ),
    "region": ({"region": "us-east-1"}, "REGION AS 'us-east-1'"),
    "extension": ({"extension": "csv.gz"}, "EXTENSION 'csv.gz'"),
}


@pytest.mark.parametrize("name", [name for name, _ in options_of(Unload)])
def test_the_text_of_every_option(name: str) -> None:
    options, text = GOLDEN[name]
    assert unload_sql(unload(**options)) == f"{HEAD}\n{text}"


def test_no_option_at_all() -> None:
    assert unload_sql(unload()) == HEAD


@pytest.mark.parametrize("compression", ["bzip2", "gzip", "zstd"])
def test_every_compression(compression: str) -> None:
    assert unload_sql(unload(format="csv", compression=compression)).endswith(f"CSV\n{compression.upper()}")


def test_everything_that_goes_together() -> None:
    statement = unload(
        query="  SELECT 'it''s', E'\\\\' FROM t ; ",
        format="csv",
        partition_by=("day",),
        manifest=True,
        verbose=True,
        header=True,
        delimiter=";",
        compression="gzip",
        null_as="",
        parallel="on",
        max_file_size=Size.parse("5MB"),
        region="ap-south-1",
        extension="csv.gz",
    )
    assert unload_sql(statement) == (
        "UNLOAD ('SELECT ''it''''s'', E''\\\\\\\\'' FROM t')\n"
        "TO 's3://exports/orders/'\n"
        f"IAM_ROLE '{ROLE}'\n"
        "FORMAT AS CSV\n"
        'PARTITION BY ("day")\n'
        "MANIFEST\nVERBOSE\nHEADER\n"
        "DELIMITER AS ';'\n"
        "GZIP\n"
        "NULL AS ''\n"
        "PARALLEL ON\n"
        "MAXFILESIZE AS 5 MB\n"
        "REGION AS 'ap-south-1'\n"
        "EXTENSION 'csv.gz'"
    )


def test_roles() -> None:
    assert "IAM_ROLE default" in unload_sql(unload(iam_role="default"))
    assert f"IAM_ROLE '{ROLE},{ROLE}'" in unload_sql(unload(iam_role=f"{ROLE},{ROLE}"))


# one value per keyword, so that every rule of the matrix can be broken
VALUES: dict[str, dict[str, Any]] = {
    "FORMAT CSV": {"format": "csv"},
    "FORMAT PARQUET": {"format": "parquet"},
    "FORMAT JSON": {"format": "json"},
    "ESCAPE": {"escape": True},
    "FIXEDWIDTH": {"fixed_width": "a:1"},
    "ADDQUOTES": {"add_quotes": True},
    "DELIMITER": {"delimiter": ","},
    "NULL": {"null_as": ""},
    "HEADER": {"header": True},
    "GZIP": {"compression": "gzip"},
    "BZIP2": {"compression": "bzip2"},
    "ZSTD": {"compression": "zstd"},
    "CLEANPATH": {"cleanpath": True},
    "ALLOWOVERWRITE": {"allow_overwrite": True},
    "ENCRYPTED AUTO": {"encrypted_auto": True},
    "ENCRYPTED": {"encrypted": True},
    "KMS_KEY_ID": {"kms_key_id": KEY},
    "VERBOSE": {"verbose": True},
    "INCLUDE": {"include": True},
    "ROWGROUPSIZE": {"row_group_size": Size.parse("32MB")},
}
EXCLUDED = [
    (rule.option, other) for rule in conflicts.UNLOAD if rule.kind == "excludes" for other in rule.others
]
NEEDED = [(rule.option, rule.others[0]) for rule in conflicts.UNLOAD if rule.kind == "needs"]


@pytest.mark.parametrize(("one", "other"), EXCLUDED)
def test_what_excludes_each_other_is_refused(one: str, other: str) -> None:
    with pytest.raises(UsageError) as caught:
        unload(**VALUES[one], **VALUES[other])
    assert f"{one} (" in str(caught.value) + caught.value.why
    assert f"{other} (" in str(caught.value) + caught.value.why
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(("one", "other"), NEEDED)
def test_what_needs_another_is_refused_alone(one: str, other: str) -> None:
    with pytest.raises(UsageError) as caught:
        unload(**VALUES[one])
    assert f"{one} (" in caught.value.what
    assert other in caught.value.what


def test_several_conflicts_are_told_at_once() -> None:
    with pytest.raises(UsageError) as caught:
        unload(format="parquet", header=True, compression="gzip")
    assert caught.value.what == "2 options of UNLOAD contradict each other."
    assert len(caught.value.why.splitlines()) == 2


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"delimiter": "::"}, "DELIMITER (--delimiter)"),
        ({"delimiter": "é"}, "DELIMITER (--delimiter)"),
        ({"fixed_width": "a:0"}, "FIXEDWIDTH (--fixed-width)"),
        ({"fixed_width": "a"}, "FIXEDWIDTH (--fixed-width)"),
        ({"max_file_size": Size.parse("4.9MB")}, "MAXFILESIZE (--max-file-size)"),
        ({"max_file_size": Size.parse("6.3GB")}, "MAXFILESIZE (--max-file-size)"),
        ({"format": "parquet", "row_group_size": Size.parse("31MB")}, "ROWGROUPSIZE (--row-group-size)"),
        ({"format": "parquet", "row_group_size": Size.parse("32.5MB")}, "ROWGROUPSIZE (--row-group-size)"),
        ({"extension": "a'b"}, "EXTENSION (--extension)"),
        ({"extension": "../x"}, "EXTENSION (--extension)"),
        ({"region": "mumbai"}, "Region"),
        ({"encrypted": True, "kms_key_id": "alias/mine"}, "KMS key"),
        ({"to": "exports/orders/"}, "s3://"),
        ({"to": "s3://Exports/orders/"}, "bucket"),
        ({"to": "s3://a..b/orders/"}, "bucket"),
        ({"to": "s3://10.0.0.1/orders/"}, "bucket"),
        ({"to": "s3://mine-s3alias/orders/"}, "access points"),
        ({"to": "s3://exports/a\nb"}, "control character"),
        ({"to": "s3://exports/" + "é" * 600}, "1024 bytes"),
        ({"iam_role": "RedshiftS3role"}, "role"),
        ({"iam_role": ",".join([ROLE] * 11)}, "ten"),
        ({"partition_by": ("a", "a")}, "PARTITION BY"),
    ],
)
def test_values_that_are_refused(options: dict[str, Any], named: str) -> None:
    with pytest.raises(UsageError) as caught:
        unload(**options)
    assert named in f"{caught.value.what} {caught.value.why}"


@pytest.mark.parametrize("text", ["", "5 TB", "-1", "1e3", "five", "1.2.3MB"])
def test_sizes_that_are_none(text: str) -> None:
    with pytest.raises(UsageError, match="size"):
        Size.parse(text)


def test_locations() -> None:
    assert unload(to="s3://exports/a", partition_by=("d",)).manifest_location.uri == "s3://exports/a/manifest"
    assert unload(to="s3://exports/a").manifest_location.uri == "s3://exports/amanifest"
    assert unload(to="s3://exports").manifest_location.uri == "s3://exports/manifest"


COLUMNS = [("id", "varchar(64)"), ("day", "date"), ("doc", "super"), ("at", "timestamptz")]


@pytest.mark.parametrize(
    ("kind", "format", "written"),
    [
        *[
            (kind, "parquet", False)
            for kind in ("varbyte(10)", "VARBINARY", "timetz", "geometry", "hllsketch")
        ],
        *[(kind, "json", False) for kind in ("varbyte(10)", "geography", "hllsketch")],
        ("timetz", "json", True),
        ("super", "parquet", True),
        *[(kind, "csv", True) for kind in ("varbyte(10)", "timetz", "geometry")],
    ],
)
def test_types_that_a_format_does_not_hold(kind: str, format: str, written: bool) -> None:
    statement, columns = unload(format=format), [("id", "int"), ("odd", kind)]
    if written:
        check_columns(statement, columns)
        return
    with pytest.raises(UsageError, match=rf"FORMAT {format.upper()} .* can't hold the column 'odd'"):
        check_columns(statement, columns)


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"partition_by": ("dat",)}, "'dat', which is not in the result"),
        ({"partition_by": ("doc",)}, "can't take 'doc'"),
        ({"partition_by": ("at",)}, "can't take 'at'"),
    ],
)
def test_partition_columns_that_are_refused(options: dict[str, Any], named: str) -> None:
    with pytest.raises(UsageError, match="PARTITION BY") as caught:
        check_columns(unload(**options), COLUMNS)
    assert named in caught.value.what


def test_one_column_must_be_left() -> None:
    every = unload(partition_by=("id", "day"))
    with pytest.raises(UsageError, match="every column"):
        check_columns(every, COLUMNS[:2])
    check_columns(unload(partition_by=("id", "day"), include=True), COLUMNS[:2])
    check_columns(unload(partition_by=("day",)), COLUMNS)


WATCHED = [S3Location("exports", "in/orders/")]


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"to": "s3://exports", "cleanpath": True}, "everything in the bucket"),
        ({"to": "s3://exports/", "cleanpath": True}, "everything in the bucket"),
        ({"to": "s3://exports/in/", "cleanpath": True}, "watched"),
        ({"to": "s3://exports/in/orders/", "cleanpath": True}, "watched"),
        ({"to": "s3://exports/in/or", "cleanpath": True}, "watched"),
        ({"to": "s3://exports/in/orders/x/"}, "loaded again"),
        ({"to": "s3://exports/in/", "partition_by": ("orders",)}, "PARTITION BY"),
    ],
)
def test_what_would_hurt_others_is_refused(options: dict[str, Any], named: str) -> None:
    with pytest.raises(UsageError) as caught:
        check_safety(unload(**options), WATCHED)
    assert named in f"{caught.value.what} {caught.value.why}"


@pytest.mark.parametrize(
    "options",
    [
        {"to": "s3://exports/out/", "cleanpath": True},
        {"to": "s3://others/in/orders/"},
        {"to": "s3://exports/in/"},
        {"to": "s3://exports/"},
    ],
)
def test_what_hurts_nobody_is_allowed(options: dict[str, Any]) -> None:
    check_safety(unload(**options), WATCHED)


def test_warnings() -> None:
    assert warnings(unload()) == []
    assert len(warnings(unload(to="s3://exports/a/_b"))) == 1
    text = {"format": "text", "escape": True}
    assert warnings(unload(**text, extension="escaped.txt.gz")) == []
    assert len(warnings(unload(**text, extension="dat"))) == len(warnings(unload(**text))) == 1
    assert "NULL, '' and blanks" in warnings(unload(format="text", fixed_width="0:3"))[0]
    assert len(warnings(unload(format="parquet", row_group_size=Size.parse("32")))) == 1
