"""Where a unit's resources come from, remembered for every later run: there before Terraform, or made by us.

Terraform has no mark for it. The record is an object ``adopted/imports/<env>/<layer>.json`` in the bucket of
Glue's assets, beside the copies of code; a file beside the state where state is local.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from dpctl.aws import Aws, translate
from dpctl.errors import DpctlError
from dpctl.livetree import RemoteState

FILE = "terraform.tfstate.adopted"
FOLDER = "adopted/imports"
NOT_THERE = frozenset({"NoSuchKey", "NoSuchBucket", "404", "NotFound"})


@dataclass(frozen=True)
class Origins:
    """The addresses that were there before Terraform, those that an apply of ours made, and those let go of.

    What is in neither of the first two (somebody imported it without dpctl, or an apply was killed) counts as
    the owner's.
    """

    adopted: frozenset[str] = frozenset()
    created: frozenset[str] = frozenset()
    released: frozenset[str] = frozenset()

    def with_(
        self, adopted: Iterable[str] = (), created: Iterable[str] = (), released: Iterable[str] = ()
    ) -> Origins:
        """The same with what another run did: the last word on an address counts."""
        new, made, gone = frozenset(adopted), frozenset(created), frozenset(released)
        return Origins(
            (self.adopted - made - gone) | new,
            (self.created - new - gone) | made,
            (self.released - new - made) | gone,
        )


@dataclass(frozen=True)
class Record:
    """One unit's record. ``file`` is used where state is local, ``bucket`` and ``key`` where it is not."""

    aws: Aws
    bucket: str
    key: str
    file: Path | None = None

    def read(self) -> Origins:
        """What is written down. Raises DpctlError for a record that nobody of us wrote, AwsError."""
        text = self._text()
        if not text:
            return Origins()
        try:
            data = json.loads(text)
            later = (frozenset(data.get(name, ())) for name in ("created", "released"))
            return Origins(frozenset(data["adopted"]), *later)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            where = self.file or f"s3://{self.bucket}/{self.key}"
            raise DpctlError(f"{where} is not what dpctl wrote.", why=str(error)) from error

    def add(
        self, adopted: Iterable[str] = (), created: Iterable[str] = (), released: Iterable[str] = ()
    ) -> bool:
        """Write addresses down; False where there is no bucket yet. Raises AwsError."""
        new, made, gone = frozenset(adopted), frozenset(created), frozenset(released)
        if not new | made | gone:
            return True
        before = self.read()
        now = before.with_(new, made, gone)
        if now == before:
            return True
        said = {"adopted": sorted(now.adopted), "created": sorted(now.created)}
        if now.released:
            said["released"] = sorted(now.released)
        text = json.dumps(said, indent=2)
        if self.file is not None:
            self.file.write_text(text, encoding="utf-8")
            return True
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            self.aws.client("s3").put_object(Bucket=self.bucket, Key=self.key, Body=text.encode())
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") in NOT_THERE:
                return False
            raise translate(error, f"write s3://{self.bucket}/{self.key}") from error
        except BotoCoreError as error:
            raise translate(error, f"write s3://{self.bucket}/{self.key}") from error
        return True

    def _text(self) -> bytes | None:
        if self.file is not None:
            return self.file.read_bytes() if self.file.is_file() else None
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            body: bytes = self.aws.client("s3").get_object(Bucket=self.bucket, Key=self.key)["Body"].read()
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") in NOT_THERE:
                return None
            raise translate(error, f"read s3://{self.bucket}/{self.key}") from error
        except BotoCoreError as error:
            raise translate(error, f"read s3://{self.bucket}/{self.key}") from error
        return body


def record(aws: Aws, bucket: str, name: str, remote: RemoteState | None, directory: Path) -> Record:
    """The record of a unit, ``<env>/<layer>``."""
    local = remote is None or remote.backend == "local"
    return Record(aws, bucket, f"{FOLDER}/{name}.json", directory / FILE if local else None)
