"""The clients, each in an environment of its own under .venv-clients; what is missing skips with its reason.

An environment is made once: a stamp holds what it was made of. After that no network is needed.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAMS = Path(__file__).parent / "programs"
HOME = Path(__file__).parents[2] / ".venv-clients"

REQUIREMENTS = {
    "sqlalchemy": (
        "sqlalchemy-redshift==1.0.0",
        "sqlalchemy==2.0.58",
        "redshift-connector==2.2.0",
        "pandas==3.1.1",
    ),
    "awswrangler": ("awswrangler[redshift]==3.17.1",),
    "dbt": ("dbt-core==1.10.13", "dbt-redshift==1.9.5"),
    "aws": ("awscli==1.46.3",),
}
"""Of the clients in Python, by their environment; redshift_connector is tested in SQLAlchemy's."""


def python(name: str) -> Path:
    """The interpreter of an environment, with its clients installed."""
    folder = HOME / name
    program = folder / "bin" / "python"
    wanted = f"{sys.version_info[:2]} {' '.join(REQUIREMENTS[name])}"
    if not _made(folder, wanted):
        shutil.rmtree(folder, ignore_errors=True)
        _run([sys.executable, "-m", "venv", str(folder)], f"no environment for {name}")
        _run([str(program), "-m", "pip", "install", "--quiet", *REQUIREMENTS[name]], f"pip cannot get {name}")
        _stamp(folder, wanted)
    return program


def go() -> Path:
    """The checks in Go, built."""
    source, folder = PROGRAMS / "go", HOME / "go"
    _need("go")
    wanted = _digest(*sorted(source.iterdir()))
    program = folder / "checks"
    if not _made(folder, wanted):
        folder.mkdir(parents=True, exist_ok=True)
        local = {"GOTOOLCHAIN": "local", "GOFLAGS": "-mod=mod"}
        _run(["go", "mod", "download"], "Go cannot get its modules", cwd=source, **local)
        done = _try(["go", "build", "-o", str(program), "."], cwd=source, **local)
        assert done.returncode == 0, done.stderr
        _stamp(folder, wanted)
    return program


def node() -> Path:
    """The folder with node_modules."""
    folder, package = HOME / "node", PROGRAMS / "node" / "package.json"
    _need("node", "npm")
    wanted = _digest(package)
    if not _made(folder, wanted):
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(package, folder)
        words = ["npm", "install", "--no-package-lock", "--no-audit", "--no-fund", "--silent"]
        _run(words, "npm cannot get the packages", cwd=folder)
        _stamp(folder, wanted)
    return folder


# The IAM login of the driver wants the AWS SDK for Java beside it, before 2.2 the first one. Where the SDK is
# not beside the driver, the checks of IAM are not made.
_JARS = {
    "2.1.0.34": [
        f"com.amazonaws:aws-java-sdk-{service}:1.12.788"
        for service in ("redshiftserverless", "redshift", "sts")
    ],
    "2.3.0": [],
}


def jdbc(version: str) -> str:
    """The class path of a version of the driver."""
    folder = HOME / f"jdbc-{version}"
    _need("java", "keytool")
    jars = [f"com.amazon.redshift:redshift-jdbc42:{version}", *_JARS[version]]
    wanted = " ".join(jars)
    if not _made(folder, wanted):
        _need("mvn")
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "pom.xml").write_text(_pom(jars), encoding="utf-8")
        words = ["mvn", "-q", "-B", "dependency:copy-dependencies", f"-DoutputDirectory={folder}"]
        _run(words, "Maven cannot get the driver", cwd=folder)
        _stamp(folder, wanted)
    return f"{folder}/*"


def _pom(artifacts: list[str]) -> str:
    found = "".join(
        "<dependency><groupId>{}</groupId><artifactId>{}</artifactId><version>{}</version></dependency>".format(
            *artifact.split(":")
        )
        for artifact in artifacts
    )
    return (
        '<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion><groupId>checks</groupId>'
        f"<artifactId>checks</artifactId><version>1</version><dependencies>{found}</dependencies></project>"
    )


def _need(*tools: str) -> None:
    for tool in tools:
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not installed")


def _made(folder: Path, wanted: str) -> bool:
    stamp = folder / ".made"
    return stamp.exists() and stamp.read_text(encoding="utf-8") == wanted


def _stamp(folder: Path, wanted: str) -> None:
    (folder / ".made").write_text(wanted, encoding="utf-8")


def _digest(*files: Path) -> str:
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()


def _run(words: list[str], otherwise: str, cwd: Path | None = None, **environ: str) -> None:
    """Run a command, or skip: what it fetches is not to be had here."""
    done = _try(words, cwd, **environ)
    if done.returncode:
        last = (done.stderr.strip() or done.stdout.strip() or "no word of why").splitlines()[-1]
        pytest.skip(f"{otherwise}: {last[:200]}")


def _try(words: list[str], cwd: Path | None = None, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        words,
        capture_output=True,
        text=True,
        cwd=cwd,
        timeout=1200,
        env={**os.environ, **environ},
        check=False,
    )
