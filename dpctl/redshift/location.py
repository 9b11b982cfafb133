"""Places and identities that statements name: S3 URIs, DynamoDB tables, role ARNs, Regions, sizes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from dpctl.errors import UsageError

_BUCKET = re.compile(r"(?!\d+(\.\d+){3}$)(?!.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_ROLE = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:role/[\w+=,.@/-]{1,577}", re.ASCII)
_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-\d")
_KMS_KEY = re.compile(
    r"(arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:)?(key/)?[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
    r"|(arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:)?key/mrk-[0-9a-f]{32}|mrk-[0-9a-f]{32}"
)
_DYNAMODB = re.compile(r"dynamodb://[A-Za-z0-9_.-]{3,255}")
_EMR = re.compile(r"emr://j-[A-Z0-9]{1,20}/[^\x00-\x1f\x7f]+")
_SIZE = re.compile(r"(\d{1,6}(?:\.\d{1,6})?) *(MB|GB)?", re.IGNORECASE)
KEY_BYTES = 1024


@dataclass(frozen=True)
class S3Location:
    """A bucket and the beginning of keys; ``key`` is empty for the whole bucket."""

    bucket: str
    key: str = ""

    @classmethod
    def parse(cls, uri: str) -> S3Location:
        """Read ``s3://bucket/key``. Raises UsageError with the reason."""
        if not uri.startswith("s3://"):
            raise _bad("an S3 location", uri, "it does not begin with s3://", "s3://bucket/prefix/")
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        if bucket.endswith(("-s3alias", "--ol-s3")):
            raise _bad("a bucket", uri, "COPY and UNLOAD do not take aliases of access points")
        if not _BUCKET.fullmatch(bucket):
            raise _bad("an S3 location", uri, f"{bucket!r} is not the name of a bucket")
        if _CONTROL.search(key):
            raise _bad("an S3 location", uri, "it holds a control character")
        try:
            size = len(key.encode())
        except UnicodeEncodeError as error:
            raise _bad("an S3 location", uri, "it is not valid Unicode") from error
        if size > KEY_BYTES:
            raise _bad("an S3 location", uri, f"a key has at most {KEY_BYTES} bytes; this one has {size}")
        return cls(bucket, key)

    @property
    def uri(self) -> str:
        """``s3://bucket/key``."""
        return f"s3://{self.bucket}/{self.key}"

    def within(self, other: S3Location) -> bool:
        """Whether every key that begins as this one also begins as ``other``."""
        return self.bucket == other.bucket and self.key.startswith(other.key)


@dataclass(frozen=True)
class Size:
    """A size as the statements write it: an amount and ``MB`` or ``GB``."""

    amount: Decimal
    unit: str = "MB"

    @classmethod
    def parse(cls, text: str) -> Size:
        """Read ``256``, ``256 MB`` or ``1.5GB``; without a unit it is MB, as in the statements."""
        match = _SIZE.fullmatch(text.strip())
        if not match:
            raise _bad("a size", text, "write a number and MB or GB", "256MB")
        return cls(Decimal(match[1]), (match[2] or "MB").upper())

    @property
    def megabytes(self) -> Decimal:
        """The size in MB of 1024 * 1024 bytes."""
        return self.amount * (1024 if self.unit == "GB" else 1)

    def __str__(self) -> str:
        return f"{self.amount.normalize():f} {self.unit}"


def check_role(role: str) -> str:
    """``default``, or the ARN of a role, or several joined by commas (role chaining, at most ten)."""
    if role == "default":
        return role
    chain = role.split(",")
    for arn in chain:
        if not _ROLE.fullmatch(arn):
            raise _bad("a role", arn, "write default or arn:aws:iam::<account>:role/<name>")
    if len(chain) > 10:
        raise _bad("a chain of roles", role, "at most ten roles can be chained")
    return role


def check_region(region: str) -> str:
    """A Region's name."""
    if not _REGION.fullmatch(region):
        raise _bad("a Region", region, "write it as ap-south-1")
    return region


def check_kms_key(key: str) -> str:
    """The id or the ARN of a KMS key (an alias is not taken by UNLOAD)."""
    if not _KMS_KEY.fullmatch(key):
        raise _bad("a KMS key", key, "write the key's id or its ARN; UNLOAD takes no alias")
    return key


def check_source(uri: str) -> str:
    """What COPY reads from: ``s3://``, ``dynamodb://`` or ``emr://``."""
    if uri.startswith("dynamodb:"):
        if not _DYNAMODB.fullmatch(uri):
            raise _bad("a DynamoDB table", uri, "write dynamodb://<table>")
    elif uri.startswith("emr:"):
        if not _EMR.fullmatch(uri):
            raise _bad("a path on a cluster", uri, "write emr://<cluster id>/<path>")
    else:
        S3Location.parse(uri)
    return uri


def _bad(what: str, value: str, why: str, hint: str = "") -> UsageError:
    return UsageError(f"{value[:200]!r} is not {what}.", why=f"{why[0].upper()}{why[1:]}.", hint=hint)
