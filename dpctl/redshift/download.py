"""Files from S3 to a folder of this machine, as they lie below their prefix."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from dpctl.aws import translate
from dpctl.errors import DpctlError, UsageError
from dpctl.redshift.location import S3Location
from dpctl.redshift.manifest import File

CHUNK = 1024 * 1024
Progress = Callable[[int, int, int], None]
"""Called with the number of the file, of all files, and the bytes so far."""


def check(folder: Path) -> None:
    """Raise UsageError unless the folder is empty or can be made: nothing of the user's is overwritten."""
    try:
        if folder.exists() and not folder.is_dir():
            raise UsageError(f"{folder} is there, and no folder.", hint="--download with a new folder")
        if folder.exists() and any(folder.iterdir()):
            raise UsageError(f"{folder} is there and not empty.", hint="--download with a new folder")
    except OSError as error:
        raise _unusable(folder, error) from error


def make(folder: Path) -> None:
    """Make the folder, and see that files can be put there. Raises UsageError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        trial = folder / ".part"
        trial.touch()
        trial.unlink()
    except OSError as error:
        raise _unusable(folder, error) from error


def _unusable(folder: Path, error: OSError) -> UsageError:
    why = f"{error.strerror or error}."
    return UsageError(f"{folder} can't be written.", why=why, hint="--download with a folder of yours")


def fetch(s3: Any, files: Iterable[File], prefix: S3Location, folder: Path, progress: Progress) -> list[Path]:
    """Write the files; a file is there in full or not at all. Raises DpctlError, AwsError, OSError."""
    wanted = list(files)
    done: list[Path] = []
    total = 0
    for number, file in enumerate(wanted, 1):
        place = S3Location.parse(file.url)
        target = _inside(
            folder, place.key.removeprefix(prefix.key).lstrip("/") or place.key.rpartition("/")[2]
        )
        target.parent.mkdir(parents=True, exist_ok=True)
        with _whole(target) as out:
            for piece in _pieces(s3, place):
                out.write(piece)
                total += len(piece)
                progress(number, len(wanted), total)
        done.append(target)
    return done


@contextmanager
def _whole(target: Path) -> Iterator[BinaryIO]:
    """A file that is there once it is written in full; whatever goes wrong, no piece of it stays."""
    partial = target.with_name(f"{target.name}.part")
    try:
        with partial.open("wb") as out:
            yield out
        partial.replace(target)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


def _pieces(s3: Any, place: S3Location) -> Iterable[bytes]:
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        body = s3.get_object(Bucket=place.bucket, Key=place.key)["Body"]
        while piece := body.read(CHUNK):
            yield piece
    except (BotoCoreError, ClientError) as error:
        raise translate(error, f"download {place.uri}") from error


def _inside(folder: Path, name: str) -> Path:
    """A path below the folder: a key may hold anything, ../ too."""
    target = folder.joinpath(*(part for part in name.split("/") if part)).resolve()
    if not target.is_relative_to(folder.resolve()):
        raise DpctlError(f"The key {name!r} leads out of {folder}.", why="It is not downloaded.")
    return target
