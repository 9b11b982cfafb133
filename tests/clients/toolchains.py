"""The clients, each in an environment of its own under .venv-clients; what can't be had is Missing, and why.

An environment is made once: a stamp holds what it was made of. After that no network is needed. Every
download is bounded: a network that does not answer costs minutes, not the run.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

PROGRAMS = Path(__file__).parent / "programs"
HOME = Path(__file__).parents[2] / ".venv-clients"
PATIENCE = 300  # seconds for what one command fetches

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

# Two clients of one tool ask for it at once: the first makes it. Maven's repository takes one at a time.
_LOCKS = {name: threading.Lock() for name in (*REQUIREMENTS, "go", "node", "maven")}


class Missing(Exception):
    """A client's tools are not to be had on this machine; the text says why."""


def python(name: str) -> Path:
    """The interpreter of an environment, with its clients installed."""
    folder = HOME / name
    program = folder / "bin" / "python"
    wanted = f"{sys.version_info[:2]} {' '.join(REQUIREMENTS[name])}"
    with _LOCKS[name]:
        if not _made(folder, wanted):
            shutil.rmtree(folder, ignore_errors=True)
            made = [sys.executable, "-m", "venv", "--without-pip", str(folder)]
            _fetch(made, f"no environment for {name}")
            pip = [sys.executable, "-m", "pip", "--python", str(program), "--disable-pip-version-check"]
            install = ["install", "--quiet", "--no-compile", "--prefer-binary", "--timeout=20", "--retries=2"]
            _fetch([*pip, *install, *REQUIREMENTS[name]], f"pip cannot get {name}")
            _stamp(folder, wanted)
    return program


def go() -> Path:
    """The checks in Go, built."""
    source, folder = PROGRAMS / "go", HOME / "go"
    need("go")
    wanted = _digest(*sorted(source.iterdir()))
    program = folder / "checks"
    with _LOCKS["go"]:
        if not _made(folder, wanted):
            folder.mkdir(parents=True, exist_ok=True)
            local = {"GOTOOLCHAIN": "local", "GOFLAGS": "-mod=mod"}
            _fetch(["go", "mod", "download"], "Go cannot get its modules", cwd=source, **local)
            build = ["go", "build", "-o", str(program), "."]
            done = run(build, cwd=source, environ={**os.environ, **local}, seconds=900)
            assert done.returncode == 0, done.stderr
            _stamp(folder, wanted)
    return program


def node() -> Path:
    """The folder with node_modules."""
    folder, package = HOME / "node", PROGRAMS / "node" / "package.json"
    need("node", "npm")
    wanted = _digest(package)
    with _LOCKS["node"]:
        if not _made(folder, wanted):
            folder.mkdir(parents=True, exist_ok=True)
            shutil.copy(package, folder)
            quiet = ["--no-package-lock", "--no-audit", "--no-fund", "--loglevel=error"]
            bounds = [
                "--fetch-timeout=20000",
                "--fetch-retries=2",
                "--fetch-retry-mintimeout=1000",
                "--fetch-retry-maxtimeout=5000",
            ]
            _fetch(["npm", "install", *quiet, *bounds], "npm cannot get the packages", cwd=folder)
            _stamp(folder, wanted)
    return folder


# The IAM login of the driver wants the AWS SDK for Java beside it: the first one before 2.2, then the second.
_JARS = {
    "2.1.0.34": [
        f"com.amazonaws:aws-java-sdk-{service}:1.12.788"
        for service in ("redshiftserverless", "redshift", "sts")
    ],
    "2.3.0": [
        f"software.amazon.awssdk:{service}:2.31.78"
        for service in ("auth", "redshiftserverless", "redshift", "sts")
    ]
    + ["com.fasterxml.jackson.core:jackson-databind:2.17.2"],
}


def jdbc(version: str) -> str:
    """The class path of a version of the driver."""
    folder = HOME / f"jdbc-{version}"
    need("java", "keytool")
    jars = [f"com.amazon.redshift:redshift-jdbc42:{version}", *_JARS[version]]
    wanted = " ".join(jars)
    with _LOCKS["maven"]:
        if not _made(folder, wanted):
            need("mvn")
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "pom.xml").write_text(_pom(jars), encoding="utf-8")
            bounds = [
                f"-Dmaven.wagon.rto={PATIENCE * 100}",
                "-Daether.connector.requestTimeout=30000",
                "-Dstyle.color=never",
            ]
            words = [
                "mvn",
                "-q",
                "-B",
                "-U",
                *bounds,
                "dependency:copy-dependencies",
                f"-DoutputDirectory={folder}",
            ]
            _fetch(words, "Maven cannot get the driver", cwd=folder)
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


def need(*tools: str) -> None:
    """Raise Missing unless these programs are there."""
    for tool in tools:
        if shutil.which(tool) is None:
            raise Missing(f"{tool} is not installed")


def run(
    words: list[str], *, cwd: Path | None = None, environ: Mapping[str, str], seconds: float
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end; when its time is over, it ends with all that it started, and returns -9."""
    pipe, nothing = subprocess.PIPE, subprocess.DEVNULL
    process = subprocess.Popen(
        [str(word) for word in words], stdin=nothing, stdout=pipe, stderr=pipe, text=True,
        cwd=cwd, env=dict(environ), start_new_session=True,
    )  # fmt: skip
    try:
        out, err = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        out, err = process.communicate()
        err += f"\nnot done after {seconds:g} s"
    return subprocess.CompletedProcess(words, process.returncode, out, err)


def _made(folder: Path, wanted: str) -> bool:
    stamp = folder / ".made"
    return stamp.exists() and stamp.read_text(encoding="utf-8") == wanted


def _stamp(folder: Path, wanted: str) -> None:
    (folder / ".made").write_text(wanted, encoding="utf-8")


def _digest(*files: Path) -> str:
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()


def _fetch(words: list[str], otherwise: str, cwd: Path | None = None, **environ: str) -> None:
    """Run a command that needs the network. Raises Missing when it fails."""
    done = run(words, cwd=cwd, environ={**os.environ, **environ}, seconds=PATIENCE)
    if done.returncode:
        said = (done.stderr.strip() or done.stdout.strip() or "no word of why").splitlines()
        why = next((line for line in said if "error" in line.lower()), said[-1])
        raise Missing(f"{otherwise}: {why[:300]}")
