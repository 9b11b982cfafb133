"""The words of AWS that env.yaml is written in, each with its rule."""

from __future__ import annotations

import ipaddress
import json
import re
import zoneinfo
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_RATE = re.compile(r"rate\(([1-9]\d*) (minute|minutes|hour|hours|day|days)\)")
_CRON = re.compile(r"cron\((.+)\)")
_MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
_DAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]
# name, lowest, highest, names (the first of them has the value `lowest`), letters allowed beside numbers
_CRON_FIELDS: tuple[tuple[str, int, int, list[str], str], ...] = (
    ("minutes", 0, 59, [], ""),
    ("hours", 0, 23, [], ""),
    ("day of month", 1, 31, [], "LW"),
    ("month", 1, 12, _MONTHS, ""),
    ("day of week", 1, 7, _DAYS, "L#"),
    ("year", 1970, 2199, [], ""),
)


def _cidr(value: str) -> str:
    try:
        network = ipaddress.IPv4Network(value)
    except ValueError as error:
        raise ValueError(f"{value!r} is not an IPv4 network: {error}") from error
    if not 16 <= network.prefixlen <= 28:
        raise ValueError(f"{value!r}: AWS takes prefixes from /16 to /28")
    return value


def _bucket(value: str) -> str:
    if not _BUCKET.fullmatch(value) or ".." in value or re.fullmatch(r"[\d.]+", value):
        raise ValueError(
            f"{value!r} is not a bucket name: 3 to 63 of a-z, 0-9, hyphen and dot, "
            "starting and ending with a letter or digit"
        )
    return value


# Redshift's types, each with the most that its numbers in parentheses may be ("Data types", Redshift Database
# Developer Guide); int2, text and the like are other names of the same types
_LENGTHS: dict[str, tuple[int, ...]] = {
    **dict.fromkeys(("smallint", "int2", "integer", "int", "int4", "bigint", "int8"), ()),
    **dict.fromkeys(("real", "float4", "double precision", "float8", "boolean", "bool"), ()),
    **dict.fromkeys(("date", "time", "timetz", "timestamp", "timestamptz"), ()),
    **dict.fromkeys(("time without time zone", "time with time zone"), ()),
    **dict.fromkeys(("timestamp without time zone", "timestamp with time zone"), ()),
    **dict.fromkeys(("super", "geometry", "geography", "hllsketch", "text", "bpchar"), ()),
    **dict.fromkeys(("decimal", "numeric"), (38, 37)),
    "float": (53,),
    **dict.fromkeys(("varchar", "character varying", "nvarchar"), (65_535,)),
    **dict.fromkeys(("char", "character", "nchar"), (4_096,)),
    **dict.fromkeys(("varbyte", "varbinary", "binary varying"), (1_024_000,)),
}
_COLUMN_TYPE = re.compile(r"([a-z][a-z0-9]*(?: [a-z]+)*) ?(?:\( ?(\d{1,9}) ?(?:, ?(\d{1,9}) ?)?\))?")


def _column_type(value: str) -> str:
    match = _COLUMN_TYPE.fullmatch(" ".join(value.lower().split()))
    limits = _LENGTHS.get(match[1]) if match else None
    if match is None or limits is None:
        raise ValueError(f"{value!r} is not a column type of Redshift, as varchar(64) and decimal(12,2) are")
    given = [int(number) for number in match.groups()[1:] if number is not None]
    if len(given) > len(limits):
        takes = "one number" if limits else "no number"
        raise ValueError(f"{value!r}: {match[1]} takes {takes} in parentheses")
    for number, limit, least in zip(given, limits, (1, 0), strict=False):
        if not least <= number <= limit:
            raise ValueError(f"{value!r}: {match[1]} takes {least} to {limit:,}, not {number:,}")
    if len(given) == 2 and given[1] > given[0]:
        raise ValueError(f"{value!r}: {given[1]} digits behind the point are more than {given[0]} in all")
    return value


def _timezone(value: str) -> str:
    try:
        zoneinfo.ZoneInfo(value)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError(f"{value!r} is not a time zone of the IANA database, as Asia/Kolkata is") from error
    return value


def _cron_number(text: str, low: int, high: int, names: list[str]) -> int | None:
    if text.upper() in names:
        return low + names.index(text.upper())
    return int(text) if text.isdecimal() and low <= int(text) <= high else None


def _cron_part(part: str, low: int, high: int, names: list[str], letters: str) -> bool:
    base, slash, step = part.partition("/")
    if slash and not (step.isdecimal() and int(step) > 0):
        return False
    if base == "*" or (not slash and "L" in letters and base == "L"):
        return True
    if not slash and "W" in letters and re.fullmatch(r"\d{1,2}W|LW", base):
        return base == "LW" or low <= int(base[:-1]) <= high
    if not slash and "#" in letters and (match := re.fullmatch(r"([1-7]|[A-Za-z]{3})#[1-5]", base)):
        return _cron_number(match[1], low, high, names) is not None
    if not slash and letters == "L#" and re.fullmatch(r"[1-7]L", base):
        return True
    ends = [_cron_number(end, low, high, names) for end in base.split("-")]
    return len(ends) <= 2 and None not in ends


def _schedule(value: str) -> str:
    """AWS's schedule expressions (EventBridge Scheduler user guide, "Schedule types")."""
    if _RATE.fullmatch(value):
        return value
    match = _CRON.fullmatch(value)
    if not match:
        raise ValueError(
            f"{value!r} is neither cron(minutes hours day month weekday year) nor rate(5 minutes)"
        )
    fields = match[1].split()
    if len(fields) != 6:
        raise ValueError(f"{value!r} has {len(fields)} fields; AWS's cron has 6, the last one the year")
    for text, (name, low, high, names, letters) in zip(fields, _CRON_FIELDS, strict=True):
        if text == "?" and name.startswith("day"):
            continue
        if not all(_cron_part(part, low, high, names, letters) for part in text.split(",")):
            raise ValueError(f"{value!r}: {text!r} is not a value for {name}")
    if (fields[2] == "?") == (fields[4] == "?"):
        raise ValueError(f"{value!r}: exactly one of day of month and day of week must be ?")
    return value


def _json_object(value: str) -> str:
    try:
        found = json.loads(value)
    except ValueError as error:
        raise ValueError(f"this is not JSON: {error}") from error
    if not isinstance(found, dict):
        raise ValueError("this is JSON, but not an object in { }")
    return value


def _python_shell_capacity(value: float) -> float:
    if value not in (0.0625, 1.0):
        raise ValueError(f"{value} DPU: a python shell job takes 0.0625 or 1.0")
    return value


def _pattern(regex: str, what: str) -> AfterValidator:
    compiled = re.compile(regex)

    def check(value: str) -> str:
        if not compiled.fullmatch(value):
            raise ValueError(f"{value!r} is not {what}")
        return value

    return AfterValidator(check)


AccountId = Annotated[str, _pattern(r"\d{12}", "an account id: twelve digits, in quotes")]
Region = Annotated[str, _pattern(r"[a-z]{2}(-[a-z]+)+-\d", "a region, as ap-south-1 is")]
Zone = Annotated[str, _pattern(r"[a-z]{2}(-[a-z]+)+-\d[a-z]", "an availability zone, as ap-south-1a is")]
VpcId = Annotated[str, _pattern(r"vpc-[0-9a-f]{8,17}", "a VPC id")]
SubnetId = Annotated[str, _pattern(r"subnet-[0-9a-f]{8,17}", "a subnet id")]
SecurityGroupId = Annotated[str, _pattern(r"sg-[0-9a-f]{8,17}", "a security group id")]
Cidr = Annotated[str, AfterValidator(_cidr)]
Bucket = Annotated[str, AfterValidator(_bucket)]
Prefix = Annotated[
    str, _pattern(r"([A-Za-z0-9!_.*'()=-]+/)+", "an S3 prefix: no slash before it, one at its end")
]
Timezone = Annotated[str, AfterValidator(_timezone)]
Schedule = Annotated[str, AfterValidator(_schedule)]
Arn = Annotated[
    str,
    _pattern(r"arn:aws[\w-]*:[\w-]+:[\w-]*:(\d{12})?:.+", "an ARN: arn:aws:service:region:account:resource"),
]
SecretName = Annotated[str, _pattern(r"[\w/+=.@-]{1,512}", "a secret's name")]
IamName = Annotated[str, _pattern(r"[\w+=,.@-]{1,64}", "an IAM name: at most 64 letters, digits and +=,.@_-")]
Name = Annotated[str, StringConstraints(min_length=1, max_length=255, strip_whitespace=True)]
Project = Annotated[str, _pattern(r"[a-z][a-z0-9-]{1,23}", "a project name: 2 to 24 of a-z, 0-9 and hyphen")]
Identifier = Annotated[
    str,
    _pattern(
        r"[a-z_][a-z0-9_$]{0,126}",
        "an identifier Redshift keeps as it is: lower case letters, digits, _ and $, at most 127",
    ),
]
ColumnType = Annotated[str, AfterValidator(_column_type)]
PythonShellCapacity = Annotated[float, AfterValidator(_python_shell_capacity)]
Port = Annotated[int, Field(ge=1, le=65535)]
JsonObject = Annotated[str, AfterValidator(_json_object)]
