"""The words of env.yaml: a table of what AWS takes and what it refuses."""

import pytest
from pydantic import TypeAdapter, ValidationError

from dpctl.config import schedules, types

ACCEPTED = [
    (schedules.Schedule, "rate(5 minutes)"),
    (schedules.Schedule, "rate(1 hour)"),
    (schedules.Schedule, "cron(0 1 * * ? *)"),
    (schedules.Schedule, "cron(0/15 8-17 ? * MON-FRI *)"),
    (schedules.Schedule, "cron(0 10 L * ? 2027)"),
    (schedules.Schedule, "cron(0 10 15W * ? *)"),
    (schedules.Schedule, "cron(0 10 ? JAN,jul 6#3 *)"),
    (schedules.Schedule, "cron(0 10 ? * 6L *)"),
    (types.Cidr, "10.11.0.0/16"),
    (types.Bucket, "aws-glue-assets-054158074701-ap-south-1"),
    (types.Bucket, "with.dots.in-it"),
    (schedules.Timezone, "Asia/Kolkata"),
    (types.Prefix, "orders/"),
    (types.Prefix, "a/b_c/d=1/"),
    (types.Arn, "arn:aws:kms:ap-south-1:054158074701:key/f0e1f63d"),
    (types.ColumnType, "varchar(64)"),
    (types.ColumnType, "DECIMAL(12,2)"),
    (types.ColumnType, "double precision"),
    (types.AccountId, "054158074701"),
    (types.Zone, "ap-south-1b"),
    (types.Region, "us-gov-west-1"),
    (types.PythonShellCapacity, 0.0625),
]
# what is typed for a network -> the hint, which must not be the network of the whole VPC
NETWORKS = {
    "10.11.0.1/16": "10.11.0.0/16",
    "10.11.128.0/40": "10.11.128.0/20",
    "10.11.128.0/": "10.11.128.0/20",
    "10.11.128.7/x": "10.11.128.0/20",
    "10.11.144.0/30": "10.11.144.0/28",
    "ten": "10.11.0.0/16",
}


@pytest.mark.parametrize("text", NETWORKS)
def test_the_hint_for_a_network_keeps_its_address(text):
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(types.Cidr).validate_python(text)
    assert caught.value.errors()[0]["ctx"]["error"].hint == NETWORKS[text]


REFUSED = [
    (schedules.Schedule, "cron(0 1 * * *)", "has 5 fields"),
    (schedules.Schedule, "cron(0 1 * * * *)", "exactly one of day of month and day of week"),
    (schedules.Schedule, "cron(0 1 ? * ? *)", "exactly one of day of month and day of week"),
    (schedules.Schedule, "cron(60 1 * * ? *)", "'60' is not a value for minutes"),
    (schedules.Schedule, "cron(0 24 * * ? *)", "'24' is not a value for hours"),
    (schedules.Schedule, "cron(0 1 * 13 ? *)", "'13' is not a value for month"),
    (schedules.Schedule, "cron(0 1 32W * ? *)", "'32W' is not a value for day of month"),
    (schedules.Schedule, "cron(0/0 1 * * ? *)", "'0/0' is not a value for minutes"),
    (schedules.Schedule, "cron(1-2-3 1 * * ? *)", "'1-2-3' is not a value for minutes"),
    (schedules.Schedule, "rate(0 minutes)", "neither cron"),
    (schedules.Schedule, "daily", "neither cron"),
    (types.Cidr, "10.11.0.1/16", "host bits set"),
    (types.Cidr, "10.0.0.0/8", "prefixes from /16 to /28"),
    (types.Bucket, "Upper-Case", "is not a bucket name"),
    (types.Bucket, "ab", "is not a bucket name"),
    (types.Bucket, "192.168.0.1", "is not a bucket name"),
    (schedules.Timezone, "Asia/Kolkatta", "is not a time zone"),
    (schedules.Timezone, "../etc/passwd", "is not a time zone"),
    (types.Prefix, "/orders/", "is not an S3 prefix"),
    (types.Prefix, "orders", "is not an S3 prefix"),
    (types.Arn, "kms:key", "is not an ARN"),
    (types.ColumnType, "varchar(64); drop table x", "is not a column type"),
    (types.AccountId, "54158074701", "is not an account id"),
    (types.IamName, "x" * 65, "is not an IAM name"),
    (types.PythonShellCapacity, 0.5, "takes 0.0625 or 1.0"),
]


@pytest.mark.parametrize(("kind", "value"), ACCEPTED)
def test_what_aws_takes_is_kept_as_it_is(kind, value):
    assert TypeAdapter(kind).validate_python(value) == value


@pytest.mark.parametrize(("kind", "value", "message"), REFUSED)
def test_what_aws_refuses_is_refused_with_the_reason(kind, value, message):
    with pytest.raises(ValidationError, match="validation error") as caught:
        TypeAdapter(kind).validate_python(value)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "int2",
            "INT4",
            "int8",
            "float4",
            "float8",
            "float(53)",
            "bool",
            "text",
            "bpchar",
            "nvarchar(65535)",
        ),
        *(
            "nchar(4096)",
            "char(4096)",
            "varbinary(1024000)",
            "binary varying(10)",
            "decimal(38, 37)",
            "numeric",
        ),
        *("character varying( 10 )", "timestamp without time zone", "time with time zone", "hllsketch"),
    ],
)
def test_every_name_of_a_type_is_taken(text):
    from dpctl.redshift.ddl import Type

    assert TypeAdapter(types.ColumnType).validate_python(text) == text
    assert Type.parse(text).name


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("decimal(39,2)", "takes 1 to 38, not 39"),
        ("decimal(10,11)", "11 digits behind the point"),
        ("decimal(38,38)", "takes 0 to 37"),
        ("varchar(65536)", "takes 1 to 65,535"),
        ("varchar(0)", "takes 1 to"),
        ("char(4097)", "takes 1 to 4,096"),
        ("varbyte(1024001)", "takes 1 to 1,024,000"),
        ("float(54)", "takes 1 to 53"),
        ("integer(4)", "takes no number"),
        ("text(100)", "takes no number"),
        ("varchar(1,2)", "takes one number"),
        ("jsonb", "is not a column type"),
        ("money", "is not a column type"),
        ("uuid", "is not a column type"),
    ],
)
def test_lengths_and_types_that_redshift_does_not_have(text, why):
    with pytest.raises(ValidationError, match=why):
        TypeAdapter(types.ColumnType).validate_python(text)
