"""The words of AWS that env.yaml is written in, each with its rule."""

from __future__ import annotations

import contextlib
import difflib
import ipaddress
import json
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import AfterValidator, Field, StringConstraints
from pydantic_core import core_schema

# AWS General Reference, "Regions and zones"; only used to recognise what is one letter away from one of them
REGIONS = (
    *("af-south-1", "ap-east-1", "ap-east-2", "ap-northeast-1", "ap-northeast-2", "ap-northeast-3"),
    *("ap-south-1", "ap-south-2", "ap-southeast-1", "ap-southeast-2", "ap-southeast-3", "ap-southeast-4"),
    *("ap-southeast-5", "ap-southeast-6", "ap-southeast-7", "ca-central-1", "ca-west-1", "cn-north-1"),
    *(
        "cn-northwest-1",
        "eu-central-1",
        "eu-central-2",
        "eu-north-1",
        "eu-south-1",
        "eu-south-2",
        "eu-west-1",
    ),
    *("eu-west-2", "eu-west-3", "il-central-1", "me-central-1", "me-south-1", "mx-central-1", "sa-east-1"),
    *("us-east-1", "us-east-2", "us-gov-east-1", "us-gov-west-1", "us-west-1", "us-west-2"),
)


class Wrong(ValueError):
    """A value that breaks a rule, with what to write instead."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


def closest(text: str, known: Any, cutoff: float = 0.7) -> str:
    """The known word that a text most likely means, or ""."""
    plain = unicodedata.normalize("NFKC", text)  # a digit of another width is that digit
    return next(iter(difflib.get_close_matches(plain, list(known), n=1, cutoff=cutoff)), "")


_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")


def _cidr(value: str) -> str:
    try:
        network = ipaddress.IPv4Network(value)
    except ValueError as error:
        raise Wrong(f"{value!r} is not an IPv4 network: {error}", _network(value)) from error
    if not 16 <= network.prefixlen <= 28:
        near = f"{network.network_address}/{min(max(network.prefixlen, 16), 28)}" if "/" in value else value
        raise Wrong(f"{value!r}: AWS takes prefixes from /16 to /28", _network(near))
    return value


def _network(value: str) -> str:
    """The network that an address with host bits is in; of a size in use where its own can't be."""
    address = value.partition("/")[0]
    for near in (value if "/" in value else "", f"{address}/20"):
        with contextlib.suppress(ValueError):
            return str(ipaddress.IPv4Network(near, strict=False))
    return "10.11.0.0/16"


def _bucket(value: str) -> str:
    if not _is_bucket(value):
        near = re.sub(r"^(s3a?://|arn:aws:s3:::)", "", value.lower()).partition("/")[0]
        near = re.sub(r"[^a-z0-9.-]+", "-", near).replace("..", ".").strip("-.")[:63].rstrip("-.")
        raise Wrong(
            f"{value!r} is not a bucket name: 3 to 63 of a-z, 0-9, hyphen and dot, "
            "starting and ending with a letter or digit, and none that AWS keeps for itself",
            near if _is_bucket(near) else "data-pipeline-exports-054158074701",
        )
    return value


def _is_bucket(value: str) -> bool:
    """General purpose buckets' names (Amazon S3 user guide, "Bucket naming rules")."""
    if not _BUCKET.fullmatch(value) or ".." in value or re.fullmatch(r"[\d.]+", value):
        return False
    return not value.startswith(("xn--", "sthree-", "amzn-s3-demo-")) and not value.endswith(
        ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3")
    )


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
        message = f"{value!r} is not a column type of Redshift, as varchar(64) and decimal(12,2) are"
        raise Wrong(message, _near_type(value) or "varchar(64)")
    given = [int(number) for number in match.groups()[1:] if number is not None]
    if len(given) > len(limits):
        takes = "one number" if limits else "no number"
        raise Wrong(
            f"{value!r}: {match[1]} takes {takes} in parentheses", _sized_type(match[1], given, limits)
        )
    for number, limit, least in zip(given, limits, (1, 0), strict=False):
        if not least <= number <= limit:
            message = f"{value!r}: {match[1]} takes {least} to {limit:,}, not {number:,}"
            raise Wrong(message, _sized_type(match[1], given, limits))
    if len(given) == 2 and given[1] > given[0]:
        message = f"{value!r}: {given[1]} digits behind the point are more than {given[0]} in all"
        raise Wrong(message, _sized_type(match[1], given, limits))
    return value


def _sized_type(name: str, given: list[int], limits: tuple[int, ...]) -> str:
    """The type with the nearest numbers that it takes."""
    near = [
        min(max(number, least), limit) for number, limit, least in zip(given, limits, (1, 0), strict=False)
    ]
    near[1:] = [min(number, near[0]) for number in near[1:]]
    return f"{name}({','.join(map(str, near))})" if near else name


def _json_object(value: str) -> str:
    try:
        found = json.loads(value)
    except ValueError as error:
        raise Wrong(f"this is not JSON: {error}", '{"key": "value"}') from error
    if not isinstance(found, dict):
        raise Wrong("this is JSON, but not an object in { }", '{"key": "value"}')
    return value


def _python_shell_capacity(value: float) -> float:
    if value not in (0.0625, 1.0):
        raise Wrong(f"{value} DPU: a python shell job takes 0.0625 or 1.0", "0.0625")
    return value


@dataclass(frozen=True)
class Text:
    """A string that must match; ``near`` makes of a wrong one what was meant, where that can be told.

    ``quoted`` is one that stands in quotes, since YAML would take it for a number.
    """

    regex: str
    what: str
    example: str
    near: Callable[[str], str] | None = None
    quoted: bool = False

    def check(self, value: str) -> str:
        """The value. Raises Wrong with a hint."""
        if not self._fits(value):
            guess = self.near(value) if self.near else ""
            hint = guess if self._fits(guess) else self.example
            raise Wrong(f"{value!r} is not {self.what}", f'"{hint}"' if self.quoted else hint)
        return value

    def _fits(self, value: str) -> bool:
        return re.fullmatch(self.regex, value, re.ASCII) is not None

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Any:
        return core_schema.no_info_after_validator_function(self.check, handler(source))

    def __get_pydantic_json_schema__(self, schema: Any, handler: Any) -> Any:
        pattern = f"^(?:{self.regex})$".replace("(?i:", "(?:")
        return {**handler(schema), "pattern": pattern, "examples": [self.example]}


def _region(value: str) -> str:
    if value not in REGIONS and (near := closest(value, REGIONS, 0.8)):
        raise Wrong(f"{value!r} is not a region of AWS", near)
    return value


def _near_region(value: str) -> str:
    return closest(value.lower(), REGIONS, 0.6)


def _zone(value: str) -> str:
    if value[:-1] not in REGIONS and (near := closest(value[:-1], REGIONS, 0.8)):
        raise Wrong(f"{value!r} is not an availability zone of AWS", near + value[-1])
    return value


# what other databases call a type -> what Redshift does
_OTHER_TYPES = {
    **dict.fromkeys(("string", "varchar2", "clob", "json", "uuid"), "varchar(65535)"),
    **dict.fromkeys(("number", "money"), "decimal(18,2)"),
    "datetime": "timestamp",
    "double": "double precision",
    "bool": "boolean",
    "tinyint": "smallint",
    **dict.fromkeys(("long", "int64", "bigserial"), "bigint"),
    **dict.fromkeys(("int32", "int16", "serial", "mediumint"), "integer"),
    **dict.fromkeys(("float64", "float32"), "double precision"),
    "blob": "varbyte",
    "binary": "varbyte",
    "int8": "bigint",
    "int4": "integer",
}


def _near_type(value: str) -> str:
    value = re.sub(r"\[(\d+)\]| (\d+)$", lambda size: f"({size[1] or size[2]})", value.strip().lower())
    if sized := re.match(r"([a-z ]+)\((max|\d+(?:, ?\d+)?)\)", value):
        name = closest(sized[1].strip(), _LENGTHS, 0.6)
        limits = _LENGTHS.get(name, ())
        given = list(limits[:1]) if sized[2] == "max" else [int(one) for one in sized[2].split(",")]
        if limits:
            return _sized_type(name, given[: len(limits)], limits)
    name, bracket, size = value.partition("(")
    found = _OTHER_TYPES.get(name.strip()) or closest(name.strip(), _LENGTHS, 0.6)
    return found + (bracket + size if "(" not in found else "")


def _near_prefix(value: str) -> str:
    return re.sub(r"/+", "/", value.replace(" ", "-").strip("/")) + "/"


def _near_identifier(value: str) -> str:
    near = re.sub(r"[^a-z0-9_$]+", "_", value.lower())[:127]
    return f"_{near}" if near[:1].isdigit() else near


def _digits(value: str) -> str:
    return re.sub(r"\D", "", value)


def _lower(value: str) -> str:
    return re.sub(r"[^a-z0-9-]+", "-", value.lower()).strip("-")


_ARN = r"arn:aws[\w-]*:[\w-]+:[\w-]*:(\d{12})?:.+"
_KEY_ARN = "arn:aws:kms:ap-south-1:054158074701:key/f0e1f63d-890f-4db1-be25-1b87157c2119"

AccountId = Annotated[
    str, Text(r"\d{12}", "an account id: twelve digits, in quotes", "054158074701", _digits, quoted=True)
]
Region = Annotated[
    str,
    Text(r"[a-z]{2}(-[a-z]+)+-\d", "a region, as ap-south-1 is", "ap-south-1", _near_region),
    AfterValidator(_region),
]
Zone = Annotated[
    str,
    Text(r"[a-z]{2}(-[a-z]+)+-\d[a-z]", "an availability zone, as ap-south-1a is", "ap-south-1a"),
    AfterValidator(_zone),
]
VpcId = Annotated[str, Text(r"vpc-[0-9a-f]{8,17}", "a VPC id", "vpc-0c12017fa98cbab0d", str.lower)]
SubnetId = Annotated[
    str, Text(r"subnet-[0-9a-f]{8,17}", "a subnet id", "subnet-0c293c5fb7629213a", str.lower)
]
SecurityGroupId = Annotated[
    str, Text(r"sg-[0-9a-f]{8,17}", "a security group id", "sg-0537128325078f598", str.lower)
]
Cidr = Annotated[str, AfterValidator(_cidr)]
Bucket = Annotated[str, AfterValidator(_bucket)]
Prefix = Annotated[
    str,
    Text(
        r"([A-Za-z0-9!_.*'()=-]+/)+",
        "an S3 prefix: no slash before it, one at its end",
        "orders/",
        _near_prefix,
    ),
]
Arn = Annotated[
    str,
    Text(_ARN, "an ARN: arn:aws:service:region:account:resource", _KEY_ARN, lambda value: f"arn:{value}"),
]
SecretName = Annotated[
    str,
    Text(r"[\w/+=.@-]{1,512}", "a secret's name", "test/redshift", lambda value: value.replace(" ", "-")),
]
IamName = Annotated[
    str,
    Text(
        r"[\w+=,.@-]{1,64}",
        "an IAM name: at most 64 letters, digits and +=,.@_-",
        "GlueFullAccessRole",
        lambda value: re.sub(r"[^\w+=,.@-]+", "-", value.rpartition("/")[2])[:64],
    ),
]
Name = Annotated[str, StringConstraints(min_length=1, max_length=255, strip_whitespace=True)]
Project = Annotated[
    str,
    Text(r"[a-z][a-z0-9-]{1,23}", "a project name: 2 to 24 of a-z, 0-9 and hyphen", "data-pipeline", _lower),
]
Identifier = Annotated[
    str,
    Text(
        r"[a-z_][a-z0-9_$]{0,126}",
        "an identifier Redshift keeps as it is: lower case letters, digits, _ and $, at most 127",
        "orders",
        _near_identifier,
    ),
]
ColumnType = Annotated[str, AfterValidator(_column_type)]
PythonShellCapacity = Annotated[float, AfterValidator(_python_shell_capacity)]
Port = Annotated[int, Field(ge=1, le=65535)]
JsonObject = Annotated[str, AfterValidator(_json_object)]
