"""What commands are made of, built lazily from the global options."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from dpctl.cli.given import Given
from dpctl.errors import DpctlError, UsageError
from dpctl.terminal import Terminal

if TYPE_CHECKING:
    import typer

    from dpctl.aws import Aws
    from dpctl.config import Environment
    from dpctl.sandbox import SandboxInfo

ROOT_FILES = ("terragrunt.hcl", "root.hcl")
"""What the file that all units include may be called; Terragrunt recommends the second."""
NO = frozenset({"", "0", "false", "no", "off"})


@dataclass
class App:
    """The global options of one run, and the objects that follow from them."""

    given_root: Path | None
    terminal: Terminal
    sandboxed: bool = False
    debug: bool = False
    given: Given | None = None
    umask: int = 0o022  # the user's own, for programs that are not part of dpctl
    _aws: dict[str, Aws] = field(default_factory=dict, repr=False)
    _announced: set[str] = field(default_factory=set, repr=False)

    @cached_property
    def root(self) -> Path:
        """The repository: ``--root``, or the nearest one at or above this folder."""
        if self.given_root is None:
            return find_root(Path.cwd())
        if not self.given_root.is_dir():
            what = "is not a folder" if self.given_root.exists() else "is not there"
            raise UsageError(f"--root {self.given_root} {what}.", hint="the repository's folder: --root DIR")
        return self.given_root.resolve()

    def environment(self, name: str | None) -> Environment:
        """The environment of ``--env``, ``DPCTL_ENV``, the project's settings, or ``dev``."""
        from dpctl.config import load_environment

        return load_environment(self.root, self.env_name(name))

    def known_environment(self, name: str | None) -> Environment:
        """The same for who only needs its values: a file that was checked before is not checked again."""
        from dpctl.config import known_environment

        return known_environment(self.root, self.env_name(name))

    def env_name(self, name: str | None) -> str:
        """The name of the environment that was asked for."""
        if name and self.given is not None:
            self.given.env = name
        return name or os.environ.get("DPCTL_ENV") or _configured_env(self.root) or "dev"

    def aws(self, environment: Environment) -> Aws:
        """The way to AWS, or to the sandbox (which is started when it is not there); one for the run."""
        from dpctl.aws import Aws

        self.announce(environment)
        if environment.name not in self._aws:
            own = self.sandbox(environment).environment() if self.sandboxed else {}
            found = Aws(
                environment.config.region,
                own,
                self.terminal.warning,
                profile=environment.config.aws.profile or "",
                role_arn=environment.config.aws.role_arn or "",
            )
            role = _sandbox_role(environment) if self.sandboxed else ""
            self._aws[environment.name] = found.acting_as(role) if role else found
        return self._aws[environment.name]

    def announce(self, environment: Environment) -> None:
        """The first line of every run that reaches an account: which one, and whether it is real; once."""
        if environment.name in self._announced:
            return
        self._announced.add(environment.name)
        config = environment.config
        guarded = config.protected and not self.sandboxed
        world = "SANDBOX" if self.sandboxed else "AWS"
        role = _sandbox_role(environment) if self.sandboxed else ""
        self.terminal.header(
            f"{environment.name} · account {config.account_id} · {config.region} · {world}"
            f"{' · PROTECTED' if guarded else ''}{f' · as {role}' if role else ''}",
            alarm=guarded,
        )
        self.terminal.protected = environment.name if guarded else ""

    def sandbox(self, environment: Environment) -> SandboxInfo:
        """The running sandbox of an environment; started when needed, once it is said which that is."""
        from dpctl import sandbox

        self.announce(environment)
        running = sandbox.status(environment)
        if running:
            return running
        with self.terminal.status(f"Starting the sandbox of account {environment.config.account_id}"):
            return sandbox.start(environment)

    def running(self, name: str | None) -> SandboxInfo:
        """The sandbox of ``--env``. Raises DpctlError where it is not running."""
        from dpctl import sandbox

        environment = self.environment(name)
        found = sandbox.status(environment)
        if found is None:
            raise DpctlError(
                f"The sandbox of {environment.name} is not running.",
                hint=f"dpctl sandbox start --env {environment.name}",
            )
        return found

    def mysql(self, environment: Environment) -> tuple[str, str, int] | None:
        """The name of the sandbox's MySQL in AWS, and where it is; None outside, and without a server."""
        found = self.sandbox(environment).mysql if self.sandboxed else None
        return (found.endpoint, found.host, found.port) if found else None


def sandbox_asked(environ: Mapping[str, str]) -> bool:
    """Whether DPCTL_SANDBOX sends the run to the sandbox. All but a plain no does: it does no harm there."""
    return environ.get("DPCTL_SANDBOX", "").strip().lower() not in NO


def _sandbox_role(environment: Environment) -> str:
    """The ARN of the role in the sandbox that a run is held to (DPCTL_SANDBOX_ROLE, also a name)."""
    role = os.environ.get("DPCTL_SANDBOX_ROLE", "")
    if not role or role.startswith("arn:"):
        return role
    return f"arn:aws:iam::{environment.config.account_id}:role/{role}"


def find_root(start: Path) -> Path:
    """The nearest folder at or above ``start`` that has ``live/``; any folder of the repository will do."""
    start = start.resolve()
    for folder in (start, *start.parents):
        if (folder / "live").is_dir() and any((folder / name).is_file() for name in ROOT_FILES):
            return folder
    raise UsageError(
        f"There is no live tree at or above {start}.",
        why=f"A repository of dpctl has a {' or '.join(ROOT_FILES)} beside a folder live/.",
        hint="cd to the repository, or dpctl --root DIR",
    )


def _configured_env(root: Path) -> str | None:
    import tomllib

    for name, path in (("dpctl.toml", ()), ("pyproject.toml", ("tool", "dpctl"))):
        file = root / name
        if not file.is_file():
            continue
        try:
            table = tomllib.loads(file.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise UsageError(f"{name} is not TOML.", why=str(error), file=name) from error
        for key in path:
            table = table.get(key, {})
        if isinstance(table.get("env"), str):
            return str(table["env"])
    return None


def app_of(ctx: typer.Context) -> App:
    """The run's App: what the global options made. Typer's own ``ctx.obj`` has no type."""
    assert isinstance(ctx.obj, App)
    return ctx.obj
