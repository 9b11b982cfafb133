"""The data of the live tree: units, what they declare, and what they evaluate to. All of it is frozen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

FILE = "terragrunt.hcl"


@dataclass(frozen=True, order=True)
class Unit:
    """One layer in one environment: ``live/<env>/<layer>/terragrunt.hcl``, with one Terraform state.

    ``layer`` is the path below the environment, with slashes where it is nested. Paths are absolute.
    """

    env: str
    layer: str
    directory: Path
    file: Path

    @property
    def name(self) -> str:
        """``env/layer``: what messages call the unit."""
        return f"{self.env}/{self.layer}"

    @property
    def root(self) -> Path:
        """The repository: the folder that holds ``live/``."""
        return self.directory.parents[len(PurePosixPath(self.layer).parts) + 1]


@dataclass(frozen=True)
class Dependency:
    """A ``dependency`` block: another unit, and what stands in for its outputs until it is applied.

    ``file`` and ``line`` say where the block is (it may come from an included file).
    """

    name: str
    unit_dir: Path
    mock_outputs: Mapping[str, Any] | None = None
    mock_outputs_allowed_terraform_commands: tuple[str, ...] | None = None
    mock_outputs_merge_strategy_with_state: str = "no_merge"
    skip_outputs: bool = False
    enabled: bool = True
    file: str = ""
    line: int = 0


@dataclass(frozen=True)
class Exclude:
    """An ``exclude`` block. ``actions`` may hold ``all`` and ``all_except_output``."""

    condition: bool
    actions: tuple[str, ...]
    exclude_dependencies: bool = False
    no_run: bool = False

    def applies(self, command: str) -> bool:
        """Whether a command leaves the unit out."""
        named = command in self.actions or "all" in self.actions
        return self.condition and (named or ("all_except_output" in self.actions and command != "output"))


@dataclass(frozen=True)
class Definition:
    """What a unit declares, known without any outputs (the static pass).

    ``dependencies`` holds disabled ones too; ``waits_for`` is what makes edges. ``outputs_used`` maps a
    dependency's name to the outputs that the unit's files mention, each with its ``(file, line)``; the
    output ``*`` means the whole object. ``version_constraint`` says which versions of Terraform the unit
    takes, with the file and line that say so.
    """

    unit: Unit
    source: Path
    dependencies: tuple[Dependency, ...] = ()
    paths: tuple[Path, ...] = ()
    outputs_used: Mapping[str, Mapping[str, tuple[str, int]]] = field(default_factory=dict)
    prevent_destroy: bool = False
    exclude: Exclude | None = None
    version_constraint: tuple[str, str, int] | None = None

    @property
    def waits_for(self) -> tuple[Path, ...]:
        """The directories of the units that come first, sorted and each once."""
        enabled = {dependency.unit_dir for dependency in self.dependencies if dependency.enabled}
        return tuple(sorted(enabled | set(self.paths)))


@dataclass(frozen=True)
class Generated:
    """A file that Terragrunt would write into the working directory.

    ``contents`` is what the author wrote; the signature line is added when the file is written.
    ``if_exists`` is ``overwrite``, ``overwrite_terragrunt``, ``skip`` or ``error``.
    """

    path: str
    if_exists: str
    contents: str
    comment_prefix: str = "# "
    disable_signature: bool = False


@dataclass(frozen=True)
class RemoteState:
    """Where the state is kept. ``generate`` is ``{"path": ..., "if_exists": ...}`` or None.

    ``config`` holds all keys as written, also those that only serve to make the bucket.
    """

    backend: str
    config: Mapping[str, Any]
    generate: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Evaluation:
    """A unit after evaluation; ``inputs`` are plain JSON values.

    ``mocked`` names the dependencies whose mocks were used: what follows from them is an estimate.
    ``provenance`` says which ``file:line`` gave each input. ``files`` is everything to write into the work
    directory before ``terraform init``: the generate blocks and the backend of ``remote_state``.
    """

    unit: Unit
    source: Path
    inputs: Mapping[str, Any]
    locals: Mapping[str, Any]
    remote_state: RemoteState | None
    generate: Mapping[str, Generated]
    dependencies: tuple[Dependency, ...]
    paths: tuple[Path, ...]
    mocked: tuple[str, ...]
    provenance: Mapping[str, str]
    files: tuple[Generated, ...]
    prevent_destroy: bool = False
    exclude: Exclude | None = None
