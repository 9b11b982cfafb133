"""The Terraform modules, and Terraform to try them with: offline where the machine has a provider mirror."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from dpctl.deploy import terraform as programs
from dpctl.livetree import hcl
from tests.conftest import REPOSITORY, provider_mirror, require_providers

MODULES = REPOSITORY / "modules"
TOP = sorted(path for path in MODULES.iterdir() if any(path.glob("*.tf")))
EVERY = sorted({path.parent for path in MODULES.rglob("*.tf")})


def name(module: Path) -> str:
    """How a module is called in the names of tests."""
    return str(module.relative_to(MODULES))


def blocks(module: Path, kind: str):
    """The blocks of one kind in a module's files."""
    for path in sorted(module.glob("*.tf")):
        for block in hcl.read(path, path.name).blocks:
            if block.kind == kind:
                yield block


@dataclass(frozen=True)
class Terraform:
    """A way to call Terraform: its own settings, and none of the user's."""

    argv: tuple[str, ...]
    environ: dict[str, str]

    def run(self, *words: str, cwd: Path, **environ: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*self.argv, *words],
            cwd=cwd,
            env=self.environ | environ,
            capture_output=True,
            text=True,
            timeout=600,
            stdin=subprocess.DEVNULL,
            check=False,
        )


@pytest.fixture(scope="session")
def terraform(tmp_path_factory) -> Terraform:
    """Terraform, as dpctl finds it: on PATH, or the embedded one. Not yet a way to providers."""
    folder = tmp_path_factory.mktemp("terraform")
    config = folder / "terraform.rc"
    mirror = provider_mirror()
    where = f"  filesystem_mirror {{\n    path = {json.dumps(str(mirror))}\n  }}\n"
    config.write_text(f"provider_installation {{\n{where}}}\n" if mirror else "")
    plugins = folder / "plugins"
    plugins.mkdir()
    environ = {key: value for key, value in os.environ.items() if not key.startswith(("TF_", "AWS_"))} | {
        "TF_CLI_CONFIG_FILE": str(config),
        "TF_IN_AUTOMATION": "1",
        "CHECKPOINT_DISABLE": "1",
        "NO_COLOR": "1",
    }
    if not mirror:
        environ["TF_PLUGIN_CACHE_DIR"] = str(plugins)
    return Terraform(programs.find(None, os.environ).argv, environ)


@pytest.fixture(scope="session")
def with_providers(terraform) -> Terraform:
    """Terraform that can have the AWS provider, from a mirror or the internet; skips where it can't."""
    require_providers()
    return terraform


@pytest.fixture(scope="session")
def initialised(with_providers, tmp_path_factory):
    """A function: a top module's folder in a copy of the tree, initialised; once a session for each."""
    root = tmp_path_factory.mktemp("tree")
    for part in ("modules", "runtime"):  # modules ship what is in runtime/
        if (REPOSITORY / part).is_dir():
            ignore = shutil.ignore_patterns(".terraform*", "__pycache__")
            shutil.copytree(REPOSITORY / part, root / part, ignore=ignore)
    ready: set[Path] = set()

    def folder(module: Path) -> Path:
        copy = root / "modules" / module.relative_to(MODULES)
        if module not in ready:
            done = with_providers.run("init", "-backend=false", "-input=false", cwd=copy)
            assert done.returncode == 0, done.stdout + done.stderr
            ready.add(module)
        return copy

    return folder
