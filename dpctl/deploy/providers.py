"""Provider locks: which version of each provider a module runs with, and the checksums of its packages.

``.terraform.lock.hcl`` beside a module is committed. Every run starts from it; only :func:`lock` writes it.
Terraform and OpenTofu have registries of their own, so one file holds an entry for each: who writes one keeps
the other's (https://developer.hashicorp.com/terraform/language/files/dependency-lock).
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from dpctl.aws import Aws
from dpctl.config import Environment
from dpctl.deploy import cliconfig, workdir
from dpctl.deploy.processes import Processes
from dpctl.deploy.session import FOLDER
from dpctl.deploy.terraform import Terraform, find
from dpctl.errors import DpctlError
from dpctl.livetree import Unit, discover, preview

PLATFORMS = ("darwin_amd64", "darwin_arm64", "linux_amd64", "linux_arm64", "windows_amd64")
_ENTRY = re.compile(r'^provider "([^"]+)" \{\n.*?^\}\n', re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Locked:
    """A lock file that was looked at; ``providers`` maps addresses to versions."""

    file: Path
    providers: Mapping[str, str]
    changed: bool


def entries(text: str) -> dict[str, str]:
    """The entries of a lock file, by the provider's address."""
    return {found[1]: found[0] for found in _ENTRY.finditer(text)}


def merged(before: str, after: str) -> str:
    """What Terraform wrote, and the entries of other registries that stood there before."""
    ours = entries(after)
    kept = {address: text for address, text in entries(before).items() if address not in ours}
    head = after[: after.index("provider ")] if ours else before
    both = ours | kept
    return head + "\n".join(both[address] for address in sorted(both))


def lock(environment: Environment, *, terraform: str | None, environ: Mapping[str, str]) -> list[Locked]:
    """Write the lock file of every module of an environment, for all platforms that can be had.

    From the internet that is PLATFORMS, from a mirror what lies in it. Raises ToolMissing, DpctlError.
    """
    aws = Aws(environment.config.region, {})
    folder = environment.root.resolve() / FOLDER
    tool = find(terraform, environ)
    processes = Processes()
    program = Terraform(tool, cliconfig.environment(aws, folder, environ), processes)
    units = {
        preview(unit, environ=environ).source: unit for unit in discover(environment.root, environment.name)
    }
    flags = _flags(environ.get(cliconfig.MIRROR))
    with processes.guarded(lambda _said: None):
        return [_lock_module(program, unit, flags, environ) for unit in units.values()]


def _flags(mirror: str | None) -> list[str]:
    if not mirror:
        return [f"-platform={platform}" for platform in PLATFORMS]
    platforms = {path.name for path in Path(mirror).glob("*/*/*/*/*_*") if path.is_dir()}
    return [f"-fs-mirror={mirror}", *(f"-platform={platform}" for platform in sorted(platforms))]


def _lock_module(program: Terraform, unit: Unit, flags: list[str], environ: Mapping[str, str]) -> Locked:
    with _workspace(unit, environ) as work:
        for arguments in (["get", "-no-color"], ["providers", "lock", "-no-color", *flags]):
            finished = program.stream(arguments, work=work, on_event=lambda _event: None)
            if finished.code != 0:
                raise DpctlError(
                    f"{program.tool.name} {arguments[0]} failed for {unit.name} (exit {finished.code}).",
                    why=finished.tail,
                    hint="dpctl doctor toolchain",
                )
        file = work.source / workdir.LOCK_FILE
        before = file.read_text(encoding="utf-8") if file.is_file() else ""
        after = merged(before, (work.path / workdir.LOCK_FILE).read_text(encoding="utf-8"))
    if after != before:
        file.write_text(after, encoding="utf-8")
    versions = {address: _version(text) for address, text in entries(after).items()}
    return Locked(file, versions, after != before)


@contextmanager
def _workspace(unit: Unit, environ: Mapping[str, str]) -> Iterator[workdir.WorkDir]:
    """A work directory for once: the real one belongs to runs, and to their inputs."""
    with tempfile.TemporaryDirectory(prefix="dpctl-lock-") as folder:
        yield workdir.prepare(Path(folder), preview(unit, environ=environ), environ, sandboxed=False)


def _version(entry: str) -> str:
    found = re.search(r'^\s*version\s*=\s*"([^"]+)"', entry, re.MULTILINE)
    return found[1] if found else ""
