"""S3 as COPY and UNLOAD use it, with errors in Redshift's words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from dpctl.sandbox.redshift.errors import SqlError


@dataclass(frozen=True)
class Object:
    """An object of a bucket; ``size`` in bytes."""

    bucket: str
    key: str
    size: int
    etag: str = ""

    @property
    def uri(self) -> str:
        """``s3://bucket/key``."""
        return f"s3://{self.bucket}/{self.key}"


class Store:
    """The few calls that are needed; every failure is a SqlError as Redshift words it.

    A bucket is reached in the Region ``region`` only; ``located`` tells where one is ("" where it can't).
    """

    def __init__(
        self, client: Callable[[], Any], region: str = "", located: Callable[[str], str] = lambda bucket: ""
    ) -> None:
        self._make = client
        self._client: Any = None
        self._region, self._located = region, located
        self._reached: set[str] = set()

    def reach(self, bucket: str) -> None:
        """See that a bucket is in the statement's Region ("Load fails", Database Developer Guide)."""
        if bucket in self._reached:
            return
        found = self._located(bucket)
        if found and found != self._region:
            raise internal_error(
                "S3ServiceException:The bucket you are attempting to access must be addressed using the "
                "specified endpoint. Please send all future requests to this endpoint.,Status 301,"
                "Error PermanentRedirect,Rid ,ExtRid ,CanRetry 1",
                context=f"S3 bucket: {bucket}, Region: {found}",
            )
        self._reached.add(bucket)

    def listing(self, bucket: str, prefix: str, limit: int = 0) -> list[Object]:
        """The objects whose keys start with ``prefix``, in the order of their keys."""
        found: list[Object] = []
        self.reach(bucket)
        with _worded(f"s3://{bucket}/{prefix}"):
            pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
            for page in pages:
                for item in page.get("Contents", ()):
                    found.append(Object(bucket, item["Key"], item["Size"], item.get("ETag", "").strip('"')))
                if limit and len(found) >= limit:
                    break
        return found

    def read(self, bucket: str, key: str) -> bytes:
        """All of an object."""
        self.reach(bucket)
        with _worded(f"s3://{bucket}/{key}"):
            return bytes(self.client.get_object(Bucket=bucket, Key=key)["Body"].read())

    def head(self, bucket: str, key: str) -> Object | None:
        """An object's size, or None when it is not there."""
        from botocore.exceptions import ClientError

        self.reach(bucket)
        with _worded(f"s3://{bucket}/{key}"):
            try:
                head = self.client.head_object(Bucket=bucket, Key=key)
            except ClientError as error:
                if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
                    return None
                raise
        return Object(bucket, key, head["ContentLength"], head.get("ETag", "").strip('"'))

    def write(self, bucket: str, key: str, body: Any, extra: dict[str, str]) -> None:
        """Put an object; ``body`` is bytes or a file."""
        self.reach(bucket)
        with _worded(f"s3://{bucket}/{key}"):
            self.client.put_object(Bucket=bucket, Key=key, Body=body, **extra)

    def delete(self, objects: list[Object]) -> None:
        """Delete objects, a thousand at a time."""
        for start in range(0, len(objects), 1000):
            part = objects[start : start + 1000]
            with _worded(part[0].uri):
                keys = [{"Key": item.key} for item in part]
                self.client.delete_objects(Bucket=part[0].bucket, Delete={"Objects": keys, "Quiet": True})

    @property
    def client(self) -> Any:
        """The client, made with the first call."""
        if self._client is None:
            self._client = self._make()
        return self._client


@contextmanager
def _worded(uri: str) -> Iterator[None]:
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as error:
        info, meta = error.response.get("Error", {}), error.response.get("ResponseMetadata", {})
        status, code = meta.get("HTTPStatusCode", 0), info.get("Code", "")
        if status == 403 and code in ("", "403"):
            code = "AccessDenied"
        text = info.get("Message", "") or code
        raise internal_error(
            f"S3ServiceException:{text},Status {status},Error {code},"
            f"Rid {meta.get('RequestId', '')},ExtRid {meta.get('HostId', '')},CanRetry 1",
            context=f"S3 path: {uri}",
        ) from error
    except BotoCoreError as error:
        raise internal_error(f"S3CurlException: {error}", context=f"S3 path: {uri}") from error


def internal_error(message: str, *, code: int = 8001, context: str = "") -> SqlError:
    """An error from below the SQL layer, with the block of detail Redshift adds to it."""
    line = "-----------------------------------------------"
    detail = f"\n  {line}\n  error:  {message}\n  code:      {code}\n  context:   {context}\n  {line}"
    return SqlError(message, state="XX000", detail=detail)
