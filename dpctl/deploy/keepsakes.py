"""Code that a plan overwrites and that is not ours: a copy is kept before ours is written.

A script in S3, a function's package and a state machine's definition can't be merged. What stood there is
copied to ``adopted/<name>.<hash>`` in the bucket of Glue's assets, and the run says so; nothing ever deletes
it.
"""

from __future__ import annotations

import hashlib
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dpctl.aws import Aws, translate

FOLDER = "adopted"
# resource type -> the attributes that are its code; they are kept, so they are no loss
CODE: Mapping[str, frozenset[str]] = {
    "aws_s3_object": frozenset(
        {"content", "content_base64", "content_type", "etag", "source", "source_hash", "version_id"}
    ),
    "aws_sfn_state_machine": frozenset({"definition"}),
    "aws_lambda_function": frozenset(
        {"filename", "image_uri", "s3_bucket", "s3_key", "s3_object_version", "source_code_hash"}
    ),
}


@dataclass(frozen=True)
class Keepsake:
    """One piece of code that is about to be overwritten, and where its copy goes."""

    address: str
    bucket: str
    key: str
    body: bytes

    @property
    def line(self) -> str:
        """What a person is told."""
        return f"{self.address}: what stands there is kept as s3://{self.bucket}/{self.key}"


def find(document: Mapping[str, Any], aws: Aws, bucket: str) -> tuple[Keepsake, ...]:
    """What a plan (``show -json``) overwrites that Terraform did not write. Raises AwsError."""
    found = []
    for resource, changed in _overwritten(document):
        name, body = READERS[str(resource["type"])](resource["change"]["before"], aws)
        if body is not None:
            digest = hashlib.sha256(body).hexdigest()[:12]
            found.append(Keepsake(str(changed), bucket, f"{FOLDER}/{name}.{digest}", body))
    return tuple(found)


def _overwritten(document: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], str]]:
    """The resources that are imported, or were changed by hand, and whose code this plan replaces."""
    drifted = {item["address"] for item in document.get("resource_drift") or []}
    for resource in document.get("resource_changes") or []:
        change, names = resource["change"], CODE.get(str(resource.get("type")), frozenset())
        if not names or change["actions"] in (["no-op"], ["read"], ["create"], ["delete"]):
            continue
        before, after = change.get("before") or {}, change.get("after") or {}
        theirs = bool(change.get("importing")) or resource["address"] in drifted
        if theirs and any(before.get(name) != after.get(name) for name in names):
            yield resource, str(resource["address"])


def save(keepsakes: Sequence[Keepsake], aws: Aws) -> None:
    """Write the copies. Raises AwsError; then nothing may be overwritten."""
    from botocore.exceptions import BotoCoreError, ClientError

    for one in keepsakes:
        try:
            aws.client("s3").put_object(Bucket=one.bucket, Key=one.key, Body=one.body)
        except (BotoCoreError, ClientError) as error:
            raise translate(error, f"keep a copy of what {one.address} overwrites") from error


Read = tuple[str, bytes | None]


def _object(before: Mapping[str, Any], aws: Aws) -> Read:
    key = str(before["key"])
    body: bytes = _ask(aws, "s3", "get_object", Bucket=before["bucket"], Key=key)["Body"].read()
    return key.rpartition("/")[2], body


def _definition(before: Mapping[str, Any], _aws: Aws) -> Read:
    text = before.get("definition")
    return f"{before['name']}.asl.json", str(text).encode() if text else None


def _package(before: Mapping[str, Any], aws: Aws) -> Read:
    """A function's package, from the address that AWS gives for some minutes; an image has none."""
    name = str(before["function_name"])
    place = (_ask(aws, "lambda", "get_function", FunctionName=name).get("Code") or {}).get("Location")
    if not place or not str(place).startswith(("https://", "http://127.0.0.1")):
        return f"{name}.zip", None
    with urllib.request.urlopen(place, timeout=60) as response:
        return f"{name}.zip", response.read()


def _ask(aws: Aws, service: str, operation: str, **params: Any) -> Any:
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        return getattr(aws.client(service), operation)(**params)
    except (BotoCoreError, ClientError) as error:
        raise translate(error, f"read what is to be kept ({service} {operation})") from error


READERS: Mapping[str, Callable[[Mapping[str, Any], Aws], Read]] = {
    "aws_s3_object": _object,
    "aws_sfn_state_machine": _definition,
    "aws_lambda_function": _package,
}
