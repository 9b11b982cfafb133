"""Terraform's state, read directly: its outputs, whether it holds anything, and who has it locked.

``terraform output`` loads the provider and costs half a second a unit; the object in S3 costs milliseconds.
The format is state version 4 (terraform: internal/states/statefile/version4.go), unchanged since 0.12.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from dpctl import jsontext
from dpctl.aws import Aws, translate
from dpctl.errors import DpctlError
from dpctl.jsontext import Value
from dpctl.livetree import RemoteState

LOCK = ".tflock"  # what stands beside a state
NOT_THERE = frozenset({"NoSuchKey", "NoSuchBucket", "404", "NotFound"})


@dataclass(frozen=True)
class State:
    """One unit's state. ``sensitive`` names the outputs that must not be shown; ``ids`` is by address."""

    serial: int
    lineage: str
    outputs: Mapping[str, Any] = field(default_factory=dict)
    sensitive: frozenset[str] = frozenset()
    addresses: tuple[str, ...] = ()
    ids: Mapping[str, str] = field(default_factory=dict)

    @property
    def empty(self) -> bool:
        """Whether there is nothing to destroy."""
        return not self.addresses


@dataclass(frozen=True)
class Lock:
    """Who holds a state. ``created`` is in UTC; None where Terraform wrote no time."""

    id: str
    who: str
    operation: str
    created: datetime | None
    path: str

    def age(self, now: datetime) -> str:
        """How long it has been held, as a person says it."""
        if self.created is None:
            return "an unknown time"
        seconds = int((now - self.created).total_seconds())
        if seconds < 120:
            return f"{max(seconds, 0)} seconds"
        if seconds < 7200:
            return f"{seconds // 60} minutes"
        return f"{seconds // 3600} hours"


def parse(text: bytes | str) -> State:
    """Read a state of version 4. Raises DpctlError for anything else."""
    try:
        data = jsontext.read(text)
        version = data["version"].raw
        if version == 4:
            return _state(data)
    except jsontext.Unreadable as error:
        raise DpctlError("The state is not JSON that Terraform wrote.", why=str(error)) from error
    raise DpctlError(
        f"The state has version {version!r:.40}; dpctl reads version 4.",
        hint="terraform apply with Terraform 0.12 or later, which rewrites it",
    )


def _state(data: Value) -> State:
    outputs = data.get("outputs").items()
    found = dict(_instances(data.get("resources").list()))
    serial, lineage = data.get("serial"), data.get("lineage")
    return State(
        serial=serial.integer() if serial else 0,
        lineage=lineage.text() if lineage else "",
        outputs={name: output.get("value").raw for name, output in outputs},
        sensitive=frozenset(name for name, output in outputs if output.get("sensitive").raw),
        addresses=tuple(sorted(found)),
        ids={address: name for address, name in found.items() if name},
    )


def _instances(resources: list[Value]) -> Iterator[tuple[str, str]]:
    """Address and id of each managed resource."""
    for resource in resources:
        if resource.get("mode").raw != "managed":
            continue
        module = f"{resource['module'].text()}." if resource.get("module") else ""
        for instance in resource.get("instances").list():
            key = instance.get("index_key").raw
            index = "" if key is None else f"[{json.dumps(key)}]"
            attributes = instance.get("attributes")
            name = str((attributes.get("id").raw if attributes else "") or "")
            yield f"{module}{resource['type'].text()}.{resource['name'].text()}{index}", name


class States:
    """Reads states and locks, wherever the live tree keeps them: S3, or a file in the work directory."""

    def __init__(self, aws: Aws) -> None:
        self.aws = aws

    def read(self, remote: RemoteState | None, directory: Path) -> State | None:
        """A unit's state, or None where there is none yet. ``directory`` is its work directory."""
        text = self._text(remote, directory, "")
        where = self.where(remote, directory)
        if text is None or (not text and not where.startswith("s3://")):
            return None  # on a disk Terraform makes an empty file to have something to lock
        if not text.strip():
            raise DpctlError(
                f"The state at {where} is empty.",
                why="Terraform never writes an empty state: it was damaged, or emptied by hand. "
                "Everything in it would be taken for new.",
                hint=_restore(where),
            )
        return parse(text)

    def lock(self, remote: RemoteState | None, directory: Path) -> Lock | None:
        """Who holds the state's lock file, or None."""
        text = self._text(remote, directory, LOCK)
        if not text:
            return None
        try:
            data = jsontext.read(text).mapping()
        except jsontext.Unreadable:
            data = {}
        return Lock(
            id=str(data.get("ID", "?")),
            who=str(data.get("Who", "?")),
            operation=str(data.get("Operation", "")).removeprefix("OperationType"),
            created=_time(str(data.get("Created", ""))),
            path=str(data.get("Path", "")) or self.where(remote, directory),
        )

    def release(self, remote: RemoteState | None, directory: Path) -> None:
        """Take the lock away, whoever holds it."""
        if remote is None or remote.backend == "local":
            _lock_file(_local(remote, directory)).unlink(missing_ok=True)
            return
        from botocore.exceptions import BotoCoreError, ClientError

        bucket, key = _object(remote)
        try:
            self._s3(remote).delete_object(Bucket=bucket, Key=f"{key}.tflock")
        except (BotoCoreError, ClientError) as error:
            raise translate(error, f"release s3://{bucket}/{key}.tflock") from error

    def where(self, remote: RemoteState | None, directory: Path) -> str:
        """The state's place, for messages."""
        if remote is None or remote.backend == "local":
            return str(_local(remote, directory))
        bucket, key = _object(remote)
        return f"s3://{bucket}/{key}"

    def _text(self, remote: RemoteState | None, directory: Path, suffix: str) -> bytes | None:
        if remote is None or remote.backend == "local":
            path = _local(remote, directory)
            path = _lock_file(path) if suffix == LOCK else path.with_name(path.name + suffix)
            return path.read_bytes() if path.is_file() else None
        from botocore.exceptions import BotoCoreError, ClientError

        bucket, key = _object(remote)
        try:
            body: bytes = self._s3(remote).get_object(Bucket=bucket, Key=key + suffix)["Body"].read()
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") in NOT_THERE:
                return None
            raise translate(error, f"read s3://{bucket}/{key}{suffix}") from error
        except BotoCoreError as error:
            raise translate(error, f"read s3://{bucket}/{key}{suffix}") from error
        return body

    def _s3(self, remote: RemoteState) -> Any:
        region = str(remote.config.get("region") or self.aws.region)
        aws = self.aws if region == self.aws.region else Aws(region, self.aws.environment)
        return aws.client("s3")


def _object(remote: RemoteState) -> tuple[str, str]:
    if remote.backend != "s3":
        raise DpctlError(
            f"dpctl does not read state from the backend {remote.backend!r}.",
            why="It reads s3 and local.",
            hint='remote_state { backend = "s3" } in the root terragrunt.hcl',
        )
    return str(remote.config["bucket"]), str(remote.config["key"])


def _restore(where: str) -> str:
    """How to get an earlier state back."""
    bucket, _, key = where.removeprefix("s3://").partition("/")
    return (
        f"aws s3api list-object-versions --bucket {bucket} --prefix {key}, and delete the empty version; or "
        f"aws s3 rm {where} if nothing was ever applied"
    )


def _local(remote: RemoteState | None, directory: Path) -> Path:
    config = remote.config if remote else {}
    return directory / str(config.get("path") or "terraform.tfstate")


def _lock_file(path: Path) -> Path:
    """Where the local backend keeps its lock (terraform: statemgr.Filesystem.lockInfoPath)."""
    return path.with_name(f".{path.name}.lock.info")


def _time(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text[:19]).replace(tzinfo=UTC)
    except ValueError:
        return None
